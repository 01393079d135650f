//! BIP-32, BIP-39, BIP-49, BIP-84, BIP-86 and SLIP-10 test vectors.

use jinku_hd::bip39::{Bip39Error, Language, Mnemonic};
use jinku_hd::key::{Curve, ExtendedKey, ExtendedPublic, KeyError};
use jinku_hd::path::{HARDENED, Path};
use jinku_hd::{Network, Script, Version};
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

fn secp(seed: &[u8], path: &str) -> ExtendedKey {
    ok(ok(ExtendedKey::from_seed(Curve::Secp256k1, seed)).derive(&ok(Path::parse(path))))
}

#[test]
fn bip39_all_languages() {
    let file = vectors("mnemonic/bip39_trezor_vectors.json");
    let mut cases = 0;
    for (name, rows) in file.as_object().expect("an object") {
        let language: Language = ok(name.parse());
        for row in list(rows) {
            let field = |at: usize| row[at].as_str().expect("text");
            let entropy = ok(hex::decode(field(0)));
            let made = ok(Mnemonic::from_entropy(&entropy, language));
            assert_eq!(made.phrase().as_str(), field(1), "{name}");
            let read = match Mnemonic::parse(field(1)) {
                Err(Bip39Error::Ambiguous { languages }) => {
                    assert!(languages.contains(&language));
                    ok(Mnemonic::parse_in(language, field(1)))
                }
                other => ok(other),
            };
            assert_eq!(read.entropy(), entropy);
            let seed = made.seed("TREZOR");
            assert_eq!(hex::encode(&seed[..]), field(2), "{name}");
            assert_eq!(
                ok(secp(&seed[..], "m").to_xprv()).as_str(),
                field(3),
                "{name}"
            );
            cases += 1;
        }
    }
    assert!(cases >= 12, "{cases}");
}

#[test]
fn bip32_derivations() {
    for vector in list(&vectors("bitcoin/bip32.json")["valid"]) {
        let seed = ok(hex::decode(text(vector, "seed_hex")));
        for chain in list(&vector["chains"]) {
            let path = ok(Path::parse(text(chain, "path")));
            let key = secp(&seed, text(chain, "path"));
            assert_eq!(ok(key.to_xprv()).as_str(), text(chain, "ext_prv"), "{path}");
            let public = ok(key.public());
            assert_eq!(
                ok(public.to_xpub()).as_str(),
                text(chain, "ext_pub"),
                "{path}"
            );
            assert_eq!(
                ok(ok(ExtendedKey::from_xprv(text(chain, "ext_prv"))).to_xprv()).as_str(),
                text(chain, "ext_prv")
            );
            assert!(ok(ExtendedPublic::from_xpub(text(chain, "ext_pub"))) == public);
            public_child_agrees(&seed, &path);
        }
    }
}

/// Where the last step is not hardened, CKDpub gives what CKDpriv gives.
fn public_child_agrees(seed: &[u8], path: &Path) {
    let Some((last, above)) = path.0.split_last() else {
        return;
    };
    let master = ok(ExtendedKey::from_seed(Curve::Secp256k1, seed));
    let parent = ok(master.derive(&Path(above.to_vec())));
    let child = ok(parent.public()).child(*last);
    if last & HARDENED == 0 {
        assert!(ok(child) == ok(ok(parent.child(*last)).public()));
    } else {
        assert_eq!(
            child.err(),
            Some(KeyError::HardenedFromPublic {
                index: last & !HARDENED
            })
        );
    }
}

#[test]
fn bip32_invalid_keys_are_refused() {
    let file = vectors("bitcoin/bip32.json");
    for case in list(&file["invalid"]) {
        let (key, reason) = (text(case, "key"), text(case, "reason"));
        let as_private = ExtendedKey::from_xprv(key).err();
        let as_public = ExtendedPublic::from_xpub(key).err();
        assert!(as_private.is_some() && as_public.is_some(), "{reason}");
        let told = if key.starts_with("xpub") {
            as_public
        } else {
            as_private
        };
        let told = told.expect("refused");
        let fits = match reason {
            r if r.contains("prefix") => matches!(told, KeyError::BadPrefix { .. }),
            r if r.contains("mismatch") => {
                matches!(
                    told,
                    KeyError::BadPrefix { .. } | KeyError::IsPrivate | KeyError::IsPublic
                )
            }
            r if r.contains("depth") => told == KeyError::MasterWithParent,
            r if r.contains("version") => matches!(told, KeyError::UnknownVersion { .. }),
            r if r.contains("checksum") => told == KeyError::NotBase58Check,
            r if r.contains("private key") => told == KeyError::BadSecret,
            r if r.contains("public") || r.contains("pubkey") => told == KeyError::BadPublic,
            _ => false,
        };
        assert!(fits, "{reason}: {told}");
    }
}

#[test]
fn slip10_derivations() {
    let mut cases = 0;
    for vector in list(&vectors("mnemonic/slip10.json")["vectors"]) {
        let curve = match text(vector, "curve") {
            "secp256k1" => Curve::Secp256k1,
            "nist256p1" => Curve::Nist256p1,
            "ed25519" => Curve::Ed25519,
            _ => continue,
        };
        let seed = ok(hex::decode(text(vector, "seed_hex")));
        for chain in list(&vector["chains"]) {
            let path = ok(Path::parse(text(chain, "path")));
            let master = ok(ExtendedKey::from_seed(curve, &seed));
            let key = ok(master.derive(&path));
            let public = ok(key.public());
            let name = format!("{curve} {path}");
            assert_eq!(
                hex::encode(key.parent_fingerprint()),
                text(chain, "fingerprint"),
                "{name}"
            );
            assert_eq!(
                hex::encode(key.chain_code()),
                text(chain, "chain_code"),
                "{name}"
            );
            assert_eq!(hex::encode(key.secret()), text(chain, "private"), "{name}");
            assert_eq!(hex::encode(public.key), text(chain, "public"), "{name}");
            assert!(public.key.ends_with(&key.public_key()));
            if let Some((last, above)) = path.0.split_last()
                && last & HARDENED == 0
            {
                let parent = ok(ok(master.derive(&Path(above.to_vec()))).public());
                assert!(ok(parent.child(*last)) == public, "{name}: CKDpub");
            }
            cases += 1;
        }
    }
    assert!(cases >= 40, "{cases}");
}

#[test]
fn slip10_limits() {
    let seed = [7u8; 32];
    let key = ok(ExtendedKey::from_seed(Curve::Ed25519, &seed));
    assert_eq!(
        key.child(3).err(),
        Some(KeyError::SoftOnEd25519 { index: 3 })
    );
    assert_eq!(key.public_key().len(), 32);
    assert!(key.child(3 | HARDENED).is_ok());
    assert_eq!(
        key.to_xprv().err(),
        Some(KeyError::NoTextForm {
            curve: Curve::Ed25519
        })
    );
    for found in [0, 15, 65] {
        let made = ExtendedKey::from_seed(Curve::Secp256k1, &vec![1; found]);
        assert_eq!(made.err(), Some(KeyError::SeedLength { found }));
    }
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let order: [u8; 32] = ok(hex::decode(order)).try_into().expect("32 bytes");
    for bad in [[0; 32], order, [0xff; 32]] {
        let made = ExtendedKey::from_parts(Curve::Secp256k1, &bad, &[0; 32]);
        assert_eq!(made.err(), Some(KeyError::BadSecret));
    }
    let mut deep = ok(ExtendedKey::from_seed(Curve::Nist256p1, &seed));
    for _ in 0..255 {
        deep = ok(deep.child(0));
    }
    assert_eq!(deep.child(0).err(), Some(KeyError::TooDeep));
    assert_eq!(ok(deep.public()).child(0).err(), Some(KeyError::TooDeep));
}

#[test]
fn bip84_and_bip86_keys() {
    for (file, script) in [
        ("bitcoin/bip84.json", Script::Segwit),
        ("bitcoin/bip86.json", Script::Any),
    ] {
        let file = vectors(file);
        let version = Version {
            network: Network::Main,
            script,
        };
        let seed = ok(Mnemonic::parse(text(&file, "mnemonic"))).seed("");
        let root = secp(&seed[..], "m");
        assert_eq!(
            ok(root.to_xprv_as(version)).as_str(),
            text(&file, "rootpriv")
        );
        assert_eq!(
            ok(ok(root.public()).to_xpub_as(version)).as_str(),
            text(&file, "rootpub")
        );
        for row in list(&file["derivations"]) {
            let Some(path) = row["path"].as_str() else {
                continue;
            };
            let key = secp(&seed[..], path);
            for (name, value) in row.as_object().expect("an object") {
                let value = value.as_str().unwrap_or_default();
                match name.as_str() {
                    "xpriv" | "xprv" => assert_eq!(ok(key.to_xprv_as(version)).as_str(), value),
                    "xpub" => {
                        assert_eq!(ok(ok(key.public()).to_xpub_as(version)).as_str(), value);
                        assert!(ok(ExtendedPublic::from_xpub_versioned(value)).1 == version);
                    }
                    "pubkey" => assert_eq!(
                        hex::encode(key.public_key()),
                        value.trim_start_matches("0x")
                    ),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn bip49_keys() {
    let file = vectors("bitcoin/bip49.json");
    let seed = ok(Mnemonic::parse(text(&file, "masterseedWords"))).seed("");
    let version = Version {
        network: Network::Test,
        script: Script::NestedSegwit,
    };
    let first = |value: &str| value.split(' ').next().unwrap_or_default().to_owned();
    assert_eq!(
        ok(secp(&seed[..], "m").to_xprv_as(version)).as_str(),
        first(text(&file, "masterseed"))
    );
    let account = secp(&seed[..], "m/49'/1'/0'");
    let steps = &file["steps"];
    assert_eq!(
        ok(account.to_xprv_as(version)).as_str(),
        first(text(&steps[0], "account0Xpriv"))
    );
    assert_eq!(
        ok(ok(account.public()).to_xpub_as(version)).as_str(),
        first(text(&steps[0], "account0Xpub"))
    );
    let leaf = secp(&seed[..], "m/49'/1'/0'/0/0");
    assert_eq!(
        format!("0x{}", hex::encode(leaf.secret())),
        text(&steps[1], "account0recvPrivateKeyHex")
    );
}
