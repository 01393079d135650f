//! Web3 Secret Storage: public vectors, altered files, costs, exports.

use jinku_imports::kdf::Kdf;
use jinku_imports::keystore::{self, Fresh, Keystore};
use jinku_imports::{ImportError, ImportKind, Imported, ImportedSecret, Request, import};
use jinku_testkit::vectors;
use serde_json::Value;

fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}"))
}

fn raw(imported: &Imported) -> &[u8; 32] {
    match &imported.secret {
        ImportedSecret::Raw { secret, .. } => secret,
        other => panic!("{}", other.kind()),
    }
}

#[test]
fn keystores_open_with_their_passwords_only() {
    let file = vectors("ethereum/keystore_basic_tests.json");
    for (name, case) in file.as_object().expect("an object") {
        let data = case["json"].to_string();
        let mut request = Request {
            password: Some(text(case, "password").as_bytes()),
            ..Request::new(ImportKind::Keystore)
        };
        let found = ok(import(&request, data.as_bytes()));
        assert_eq!(hex::encode(raw(&found[0])), text(case, "priv"), "{name}");
        assert_eq!(found[0].secret.kind(), "raw-secp256k1");
        request.password = Some(b"wrong");
        let refused = import(&request, data.as_bytes()).err();
        assert_eq!(
            refused,
            Some(ImportError::WrongPassword { format: "keystore" }),
            "{name}"
        );
        request.password = None;
        assert!(matches!(
            import(&request, data.as_bytes()),
            Err(ImportError::NoPassword { .. })
        ));
    }
}

#[test]
fn an_altered_keystore_is_refused() {
    let file = vectors("ethereum/keystore_basic_tests.json");
    let case = &file["mycrypto"];
    let password = text(case, "password").as_bytes();
    let open =
        |json: &Value| ok(Keystore::parse(json.to_string().as_bytes())).open(password, false);
    assert!(open(&case["json"]).is_ok());
    for (field, value) in [("ciphertext", "00".repeat(32)), ("mac", "00".repeat(32))] {
        let mut json = case["json"].clone();
        json["crypto"][field] = value.into();
        assert_eq!(
            open(&json).err(),
            Some(ImportError::WrongPassword { format: "keystore" }),
            "{field}"
        );
    }
    let mut json = case["json"].clone();
    json["address"] = "00".repeat(20).into();
    let refused = open(&json).err();
    assert_eq!(
        refused,
        Some(ImportError::Mismatch {
            format: "keystore",
            what: "address"
        })
    );
    // The counter is not under the MAC: only the address tells.
    let mut json = case["json"].clone();
    json["crypto"]["cipherparams"]["iv"] = "00".repeat(16).into();
    assert_eq!(
        open(&json).err(),
        Some(ImportError::Mismatch {
            format: "keystore",
            what: "address"
        })
    );
}

#[test]
fn a_keystore_with_another_shape_is_refused_by_field() {
    let file = vectors("ethereum/keystore_basic_tests.json");
    let good = &file["mycrypto"]["json"];
    let refused = |pointer: &str, value: Value| {
        let mut json = good.clone();
        *json.pointer_mut(pointer).expect("a field") = value;
        Keystore::parse(json.to_string().as_bytes()).err()
    };
    let field = |field: &'static str, expected: &'static str| {
        Some(ImportError::Field {
            format: "keystore",
            field,
            expected,
        })
    };
    assert_eq!(refused("/version", 1.into()), field("version", "3"));
    assert_eq!(
        refused("/crypto/cipher", "aes-256-gcm".into()),
        field("cipher", "aes-128-ctr")
    );
    assert_eq!(
        refused("/crypto/kdf", "argon2".into()),
        field("kdf", "scrypt or pbkdf2")
    );
    assert_eq!(
        refused("/crypto/kdfparams/dklen", 16.into()),
        field("dklen", "32")
    );
    assert_eq!(
        refused("/crypto/cipherparams/iv", "00".into()),
        field("iv", "16 bytes in hexadecimal")
    );
    assert!(matches!(
        refused("/crypto/kdfparams/n", (-1).into()),
        Some(ImportError::Json { .. })
    ));
    assert!(matches!(
        refused("/crypto/kdfparams/n", Value::Null),
        Some(ImportError::Field { .. })
    ));
    for broken in ["", "{", "[]", "null", "\"secret\"", "{\"version\":3}"] {
        let error = Keystore::parse(broken.as_bytes()).expect_err("refused");
        assert!(matches!(error, ImportError::Json { .. }), "{error}");
        assert!(
            !error.to_string().contains("secret"),
            "errors quote nothing"
        );
    }
    assert!(matches!(
        Keystore::parse(&[b' '; 70_000]),
        Err(ImportError::TooLarge { found: 70_000, .. })
    ));
}

#[test]
fn an_absurd_cost_is_refused_with_its_figure() {
    let file = vectors("ethereum/keystore_basic_tests.json");
    let mut json = file["mycrypto"]["json"].clone();
    json["crypto"]["kdfparams"]["n"] = (1u64 << 24).into();
    let mut request = Request {
        password: Some(b"x"),
        ..Request::new(ImportKind::Keystore)
    };
    let told = import(&request, json.to_string().as_bytes())
        .err()
        .expect("refused");
    assert!(
        matches!(
            told,
            ImportError::Costly {
                memory_mib: 16385,
                absolute: true,
                ..
            }
        ),
        "{told}"
    );
    json["crypto"]["kdfparams"]["n"] = 8192.into();
    json["crypto"]["kdfparams"]["p"] = 2000.into();
    let told = import(&request, json.to_string().as_bytes())
        .err()
        .expect("refused");
    assert!(
        matches!(
            told,
            ImportError::Costly {
                seconds: 88,
                absolute: false,
                ..
            }
        ),
        "{told}"
    );
    assert!(
        told.to_string()
            .contains("scrypt with n=8192, r=8, p=2000 would take"),
        "{told}"
    );
    request.allow_costly_kdf = true;
    assert_eq!(
        Kdf::Scrypt {
            n: 8192,
            r: 8,
            p: 2000
        }
        .check(request.allow_costly_kdf),
        Ok(())
    );
}

#[test]
fn exported_keystores_open_again() {
    let cost = Kdf::Scrypt {
        n: 4096,
        r: 8,
        p: 1,
    };
    let secret = [7u8; 32];
    let first = ok(keystore::export_with(
        &secret,
        b"pass",
        cost,
        &ok(Fresh::random()),
    ));
    let second = ok(keystore::export_with(
        &secret,
        b"pass",
        cost,
        &ok(Fresh::random()),
    ));
    assert_ne!(first, second, "salt and counter are fresh");
    assert!(!first.contains(&hex::encode(secret)));
    let file = ok(Keystore::parse(first.as_bytes()));
    assert_eq!(ok(file.open(b"pass", false))[..], secret);
    assert!(file.open(b"Pass", false).is_err());
    // The file of a fixed salt, counter and id never changes.
    let fixed = ok(keystore::export_with(
        &secret,
        b"pass",
        cost,
        &Fresh([1; 64]),
    ));
    let json: Value = ok(serde_json::from_str(&fixed));
    assert_eq!(text(&json, "id"), "01010101-0101-4101-8101-010101010101");
    assert_eq!(text(&json, "address").len(), 40);
    assert!(
        keystore::export_with(&secret, b"", Kdf::Pbkdf2 { rounds: 1 }, &Fresh([1; 64])).is_err()
    );
    assert!(
        keystore::export_with(&[0; 32], b"", cost, &Fresh([1; 64])).is_err(),
        "zero is no key"
    );
}
