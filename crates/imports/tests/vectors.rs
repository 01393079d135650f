//! WIF, NEP-2, NEP-6, Solana, mnemonic and extended key vectors.

use jinku_hd::Network;
use jinku_hd::bip39::Language;
use jinku_hd::key::{Curve, ExtendedKey};
use jinku_hd::path::Path;
use jinku_imports::kdf::Kdf;
use jinku_imports::nep2::{self, Nep2};
use jinku_imports::nep6::Wallet;
use jinku_imports::{
    ImportError, ImportKind, Imported, ImportedSecret, Request, import, solana, wif,
};
use jinku_testkit::vectors;
use serde_json::Value;

fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    ok(hex::decode(hex)).try_into().expect("the right length")
}

fn raw(imported: &Imported) -> &[u8; 32] {
    match &imported.secret {
        ImportedSecret::Raw { secret, .. } => secret,
        other => panic!("{}", other.kind()),
    }
}

#[test]
fn wif_keys_of_bitcoin_core() {
    let mut cases = 0;
    for row in list(&vectors("bitcoin/key_io_valid.json")) {
        let string = row[0].as_str().expect("text");
        if row[2]["isPrivkey"] != true {
            assert!(
                wif::parse(string.as_bytes()).is_err(),
                "an address is no key"
            );
            continue;
        }
        let found = ok(wif::parse(string.as_bytes()));
        assert_eq!(
            hex::encode(&found.secret[..]),
            row[1].as_str().expect("text")
        );
        assert_eq!(found.compressed, row[2]["isCompressed"] == true);
        assert_eq!(found.network == Network::Main, row[2]["chain"] == "main");
        assert_eq!(
            wif::encode(&found.secret, found.compressed, found.network).as_str(),
            string
        );
        let imported = ok(import(&Request::new(ImportKind::Wif), string.as_bytes()));
        let notes = usize::from(!found.compressed) + usize::from(found.network == Network::Test);
        assert_eq!(imported[0].notes.len(), notes, "{:?}", imported[0].notes);
        cases += 1;
    }
    assert!(cases >= 4, "{cases}");
    for row in list(&vectors("bitcoin/key_io_invalid.json")) {
        let string = row[0].as_str().expect("text");
        assert!(
            import(&Request::new(ImportKind::Wif), string.as_bytes()).is_err(),
            "{string}"
        );
    }
}

#[test]
fn bip49_leaf_as_wif() {
    let file = vectors("bitcoin/bip49.json");
    let step = &file["steps"][1];
    let found = ok(wif::parse(text(step, "account0recvPrivateKey").as_bytes()));
    assert_eq!(
        format!("0x{}", hex::encode(&found.secret[..])),
        text(step, "account0recvPrivateKeyHex")
    );
}

#[test]
fn neo_accounts_as_wif_and_nep2() {
    let file = vectors("neo/neo_mamba_accounts.json");
    for row in list(&file["accounts"]) {
        let secret: [u8; 32] = bytes(text(row, "private_key"));
        let request = Request {
            curve: Curve::Nist256p1,
            ..Request::new(ImportKind::Wif)
        };
        let found = ok(import(&request, text(row, "wif_key").as_bytes()));
        assert_eq!(
            (raw(&found[0]), found[0].secret.kind()),
            (&secret, "raw-nist256p1")
        );
        assert_eq!(
            wif::encode(&secret, true, Network::Main).as_str(),
            text(row, "wif_key")
        );
        assert_eq!(ok(nep2::address(&secret)), text(row, "address"));

        let number = |key: &str| row["scrypt"][key].as_u64();
        let kdf = match (number("n"), number("r"), number("p")) {
            (Some(n), Some(r), Some(p)) => Kdf::Scrypt {
                n,
                r: u32::try_from(r).expect("small"),
                p: u32::try_from(p).expect("small"),
            },
            _ => nep2::DEFAULT,
        };
        let key = ok(Nep2::parse(text(row, "encrypted_key").as_bytes()));
        let opened = ok(key.open(text(row, "password").as_bytes(), kdf, false));
        assert_eq!(
            (&*opened.secret, opened.address.as_str()),
            (&secret, text(row, "address"))
        );
        let refused = key.open(b"wrong", kdf, false).err();
        assert_eq!(
            refused,
            Some(ImportError::WrongPassword {
                format: "NEP-2 key"
            })
        );
        let sealed = ok(Nep2::seal(&secret, text(row, "password").as_bytes(), kdf));
        assert_eq!(sealed.encode(), text(row, "encrypted_key"));
    }
    let again = ok(wif::parse(text(&file, "wif_roundtrip").as_bytes()));
    assert_eq!(
        wif::encode(&again.secret, true, again.network).as_str(),
        text(&file, "wif_roundtrip")
    );
}

#[test]
fn nep2_is_read_through_the_door() {
    let file = vectors("neo/neo_mamba_accounts.json");
    let row = &file["accounts"][0];
    let request = Request {
        password: Some(text(row, "password").as_bytes()),
        ..Request::new(ImportKind::Nep2)
    };
    let found = ok(import(&request, text(row, "encrypted_key").as_bytes()));
    assert_eq!(found[0].address.as_deref(), Some(text(row, "address")));
}

#[test]
fn nep6_wallets() {
    let user = vectors("neo/neo_mamba_user-wallet.json").to_string();
    let request = Request {
        password: Some(b"123"),
        ..Request::new(ImportKind::Nep6)
    };
    let found = ok(import(&request, user.as_bytes()));
    assert_eq!((found.len(), found[0].secret.kind()), (1, "raw-nist256p1"));
    assert_eq!(
        found[0].address.as_deref(),
        Some("Nh5bER811LF2XYBKVkw1YDQmk8pSp15B2U")
    );
    assert_eq!(
        ok(nep2::address(raw(&found[0]))),
        "Nh5bER811LF2XYBKVkw1YDQmk8pSp15B2U"
    );
    let wrong = Request {
        password: Some(b"124"),
        ..request
    };
    assert!(matches!(
        import(&wrong, user.as_bytes()),
        Err(ImportError::WrongPassword { .. })
    ));

    let two = vectors("neo/neo_mamba_rc2-wallet.json");
    let wallet = ok(Wallet::parse(two.to_string().as_bytes()));
    assert_eq!((wallet.accounts.len(), wallet.kdf), (2, nep2::DEFAULT));
    assert_eq!(
        wallet.accounts[0].key, wallet.accounts[1].key,
        "single-sig and multi-sig share a key"
    );
    assert!(matches!(
        wallet.open(b"wrong", false),
        Err(ImportError::WrongPassword { .. })
    ));
}

#[test]
fn altered_nep6_wallets_are_refused() {
    let good = vectors("neo/neo_mamba_user-wallet.json");
    let refused = |pointer: &str, value: Value| {
        let mut json = good.clone();
        *json.pointer_mut(pointer).expect("a field") = value;
        Wallet::parse(json.to_string().as_bytes())
            .and_then(|wallet| wallet.open(b"123", false))
            .err()
            .expect("refused")
    };
    let swapped = refused(
        "/accounts/0/address",
        "NRaKbRA5JAEJtfUgJJZzmeDnKvP3pJwKp1".into(),
    );
    assert_eq!(
        swapped,
        ImportError::Mismatch {
            format: "NEP-6 wallet",
            what: "contract script"
        }
    );
    assert!(matches!(
        refused("/version", "3.0".into()),
        ImportError::Field {
            field: "version",
            ..
        }
    ));
    assert!(matches!(
        refused(
            "/accounts/0/address",
            "AK2nJJpJr6o664CWJKi1QRXjqeic2zRp8y".into()
        ),
        ImportError::Field { .. }
    ));
    assert!(matches!(
        refused("/accounts/0/key", "6P".into()),
        ImportError::Checksum { .. }
    ));
    assert!(matches!(
        refused("/scrypt/n", (1u64 << 30).into()),
        ImportError::Costly { .. }
    ));
    assert!(matches!(
        refused("/scrypt/n", 1000.into()),
        ImportError::Field { .. }
    ));
    let mut empty = good.clone();
    empty["accounts"][0]["key"] = Value::Null;
    let request = Request {
        password: Some(b"123"),
        ..Request::new(ImportKind::Nep6)
    };
    assert!(matches!(
        import(&request, empty.to_string().as_bytes()),
        Err(ImportError::Count { found: 0, .. })
    ));
}

fn unbase64(text: &str) -> Vec<u8> {
    let table = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = text
        .bytes()
        .filter_map(|byte| table.iter().position(|letter| *letter == byte))
        .flat_map(|value| (0..6).rev().map(move |bit| (value >> bit & 1) as u8))
        .collect();
    bits.chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit))
        .collect()
}

#[test]
fn solana_keypairs() {
    for row in list(&vectors("solana/solana.json")["keypairs"]) {
        let pair: Vec<u8> = match (
            row["secret_key_64_base64"].as_str(),
            row["keypair_hex"].as_str(),
            row["keypair_base58"].as_str(),
        ) {
            (Some(base64), ..) => unbase64(base64),
            (_, Some(hex), _) => ok(hex::decode(hex)),
            (.., Some(base58)) => ok(bs58::decode(base58).into_vec()),
            _ => continue,
        };
        let numbers: Vec<String> = pair.iter().map(u8::to_string).collect();
        let file = format!("[{}]\n", numbers.join(", "));
        let result = import(&Request::new(ImportKind::SolanaKeypair), file.as_bytes());
        if row["valid"] == true {
            let found = ok(result);
            assert_eq!(
                (&raw(&found[0])[..], found[0].secret.kind()),
                (&pair[..32], "raw-ed25519")
            );
            assert_eq!(
                ok(solana::encode(raw(&found[0]))).as_str(),
                format!("[{}]", numbers.join(","))
            );
        } else {
            let format = "Solana keypair file";
            assert_eq!(
                result.err(),
                Some(ImportError::Mismatch {
                    format,
                    what: "public half"
                })
            );
        }
    }
}

#[test]
fn solana_files_of_another_shape_are_refused() {
    let count = |found| {
        Some(ImportError::Count {
            format: "Solana keypair file",
            found,
            expected: "64 numbers",
        })
    };
    for (file, found) in [("[]", 0), ("[ ]", 0), ("[1,2,3]", 3)] {
        assert_eq!(solana::parse(file.as_bytes()).err(), count(found));
    }
    assert_eq!(
        solana::parse(format!("[{}0]", "0,".repeat(64)).as_bytes()).err(),
        count(65)
    );
    for file in [
        "[256]", "[-1]", "[1.0]", "[01]", "[1,]", "[\"1\"]", "[1 2]", "[1e0]",
    ] {
        assert!(
            matches!(
                solana::parse(file.as_bytes()),
                Err(ImportError::Field { .. })
            ),
            "{file}"
        );
    }
    for file in ["", "1,2", "{}", "[1,2"] {
        assert!(
            matches!(
                solana::parse(file.as_bytes()),
                Err(ImportError::Json { .. })
            ),
            "{file}"
        );
    }
}

#[test]
fn mnemonic_files_in_every_language() {
    for (name, rows) in vectors("mnemonic/bip39_trezor_vectors.json")
        .as_object()
        .expect("an object")
    {
        let row = list(rows).last().expect("a case");
        let language: Language = ok(name.parse());
        let file = format!("\u{feff}{}\n", row[1].as_str().expect("text"));
        let request = Request {
            password: Some(b"TREZOR"),
            ..Request::new(ImportKind::Mnemonic)
        };
        let found = ok(import(&request, file.as_bytes()));
        let ImportedSecret::Bip39 {
            mnemonic,
            passphrase,
        } = &found[0].secret
        else {
            panic!("a phrase")
        };
        assert_eq!(
            hex::encode(&mnemonic.seed(passphrase)[..]),
            row[2].as_str().expect("text"),
            "{name}"
        );
        assert_eq!(found[0].notes.len(), usize::from(!language.official()));
        let root = ok(ExtendedKey::from_xprv(row[3].as_str().expect("text")));
        assert_eq!(ok(found[0].secret.fingerprint()), root.fingerprint());
    }
    let not_text = import(&Request::new(ImportKind::Mnemonic), &[0xff, 0xfe, 0x61]).err();
    assert_eq!(not_text, Some(ImportError::NotText { format: "mnemonic" }));
}

#[test]
fn neo_account_of_the_acceptance_phrase() {
    let phrase = "online ramp onion faculty trap clerk near rabbit busy gravity prize employ exit horse found \
                  slogan effort dash siren buzz sport pig coconut element";
    let found = ok(import(
        &Request::new(ImportKind::Mnemonic),
        phrase.as_bytes(),
    ));
    let ImportedSecret::Bip39 { mnemonic, .. } = &found[0].secret else {
        panic!("a phrase")
    };
    let master = ok(ExtendedKey::from_seed(
        Curve::Nist256p1,
        &mnemonic.seed("")[..],
    ));
    let key = ok(master.derive(&ok(Path::parse("m/44'/888'/0'/0/0"))));
    let text = wif::encode(key.secret(), true, Network::Main);
    assert_eq!(
        text.as_str(),
        "KxGtKtYTsxCW997F762Zn62C2e72gQ9XMPkkL2231Rc4GuvSCuba"
    );
}

#[test]
fn extended_keys() {
    let file = vectors("bitcoin/bip32.json");
    for vector in list(&file["valid"]) {
        for chain in list(&vector["chains"]) {
            let (private, public) = (text(chain, "ext_prv"), text(chain, "ext_pub"));
            let of = |kind, text: &str| import(&Request::new(kind), text.as_bytes());
            let (a, b) = (
                ok(of(ImportKind::Xprv, private)),
                ok(of(ImportKind::Xpub, public)),
            );
            assert_eq!(
                (a[0].secret.kind(), b[0].secret.kind()),
                ("xprv", "watch-xpub")
            );
            assert_eq!(ok(a[0].secret.fingerprint()), ok(b[0].secret.fingerprint()));
            assert_eq!(a[0].notes.len(), usize::from(text(chain, "path") != "m"));
            assert!(of(ImportKind::Xprv, public).is_err());
            let refused = of(ImportKind::Xpub, private).err();
            assert_eq!(refused, Some(ImportError::PrivateKey { format: "xpub" }));
        }
    }
    for case in list(&file["invalid"]) {
        for kind in [ImportKind::Xprv, ImportKind::Xpub] {
            assert!(
                import(&Request::new(kind), text(case, "key").as_bytes()).is_err(),
                "{case}"
            );
        }
    }
}
