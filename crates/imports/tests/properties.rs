//! What holds for any input: no panic, and round trips through text and record.

use jinku_hd::bip39::{Language, Mnemonic};
use jinku_hd::key::{Curve, ExtendedKey};
use jinku_hd::{Network, Version};
use jinku_imports::kdf::Kdf;
use jinku_imports::keystore::Keystore;
use jinku_imports::nep2::Nep2;
use jinku_imports::nep6::Wallet;
use jinku_imports::{ImportError, ImportKind, ImportedSecret, Request, import, solana, wif};
use proptest::prelude::*;
use zeroize::Zeroizing;

fn same(secret: &ImportedSecret) -> Result<(), TestCaseError> {
    let bytes = secret.to_record().unwrap_or_else(|error| panic!("{error}"));
    let again = ImportedSecret::from_record(&bytes).unwrap_or_else(|error| panic!("{error}"));
    prop_assert_eq!(again.kind(), secret.kind());
    prop_assert_eq!(again.fingerprint(), secret.fingerprint());
    prop_assert_eq!(again.to_record(), Ok(bytes.clone()));
    prop_assert!(
        ImportedSecret::from_record(&bytes[..bytes.len() - 1]).is_err(),
        "cut off"
    );
    prop_assert!(
        ImportedSecret::from_record(&[&bytes[..], &[0]].concat()).is_err(),
        "too long"
    );
    Ok(())
}

proptest! {
    #[test]
    fn records_give_back_what_they_hold(
        seed in any::<[u8; 32]>(), passphrase in "\\PC{0,40}", language in 0usize..12, depth in 0u32..4,
    ) {
        let mnemonic = Mnemonic::from_entropy(&seed, Language::ALL[language]).ok().unwrap();
        same(&ImportedSecret::Bip39 { mnemonic, passphrase: Zeroizing::new(passphrase) })?;
        let mut key = ExtendedKey::from_seed(Curve::Secp256k1, &seed).ok().unwrap();
        for index in 0..depth {
            key = key.child(index).ok().unwrap();
        }
        let version = if depth % 2 == 0 { Version::MAIN } else { Version::TEST };
        same(&ImportedSecret::WatchXpub { key: key.public().ok().unwrap(), version })?;
        same(&ImportedSecret::Xprv { key, version })?;
        for curve in [Curve::Secp256k1, Curve::Nist256p1, Curve::Ed25519] {
            if let Ok(secret) = ImportedSecret::raw(curve, Zeroizing::new(seed)) {
                same(&secret)?;
            }
        }
    }

    #[test]
    fn keys_survive_wif_and_solana_files(secret in any::<[u8; 32]>(), compressed in any::<bool>(), main in any::<bool>()) {
        let network = if main { Network::Main } else { Network::Test };
        let read = wif::parse(wif::encode(&secret, compressed, network).as_bytes()).ok().unwrap();
        prop_assert!(*read.secret == secret && read.compressed == compressed && read.network == network);
        let file = solana::encode(&secret).ok().unwrap();
        prop_assert!(*solana::parse(file.as_bytes()).ok().unwrap() == secret);
    }

    #[test]
    fn a_changed_wif_is_refused(secret in any::<[u8; 32]>(), at in 0usize..52, to in "[1-9A-HJ-NP-Za-km-z]") {
        let text = wif::encode(&secret, true, Network::Main);
        let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
        prop_assume!(changed != text.as_str());
        prop_assert!(wif::parse(changed.as_bytes()).is_err());
    }

    #[test]
    fn no_bytes_make_a_parser_panic(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        for kind in ImportKind::ALL {
            let _ = import(&Request { password: Some(b""), ..Request::new(kind) }, &data);
        }
        let _ = ImportedSecret::from_record(&data);
        for tag in 0u8..9 {
            let _ = ImportedSecret::from_record(&[&[tag], &data[..]].concat());
        }
    }

    #[test]
    fn no_json_makes_a_parser_panic(text in "[\\[{][\\[\\]{}\":,0-9a-z ]{0,80}[\\]}]") {
        let _ = Keystore::parse(text.as_bytes());
        let _ = Wallet::parse(text.as_bytes());
        let _ = solana::parse(text.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nep2_opens_what_it_sealed(secret in any::<[u8; 32]>(), password in "\\PC{0,12}") {
        let kdf = Kdf::Scrypt { n: 2, r: 8, p: 8 };
        let Ok(sealed) = Nep2::seal(&secret, password.as_bytes(), kdf) else { return Ok(()) };
        let read = Nep2::parse(sealed.encode().as_bytes()).ok().unwrap();
        prop_assert!(*read.open(password.as_bytes(), kdf, false).ok().unwrap().secret == secret);
        let other = format!("{password}x");
        let wrong = read.open(other.as_bytes(), kdf, false).err();
        prop_assert_eq!(wrong, Some(ImportError::WrongPassword { format: "NEP-2 key" }));
    }
}

#[test]
fn composed_and_decomposed_passwords_open_the_same_nep2_key() {
    let kdf = Kdf::Scrypt { n: 2, r: 8, p: 8 };
    let sealed = Nep2::seal(&[9; 32], "Žluťoučký".as_bytes(), kdf)
        .ok()
        .unwrap();
    let typed = "Z\u{30c}lut\u{30c}ouc\u{30c}ky\u{301}";
    assert!(sealed.open(typed.as_bytes(), kdf, false).is_ok());
    assert!(sealed.open("Zlutoucky".as_bytes(), kdf, false).is_err());
}

#[test]
fn kinds_are_named_and_curves_are_checked() {
    for kind in ImportKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    assert_eq!("paper".parse::<ImportKind>(), Err(ImportError::UnknownKind));
    let text = wif::encode(&[7; 32], false, Network::Main);
    for (curve, fits) in [
        (Curve::Secp256k1, true),
        (Curve::Nist256p1, false),
        (Curve::Ed25519, false),
    ] {
        let found = import(
            &Request {
                curve,
                ..Request::new(ImportKind::Wif)
            },
            text.as_bytes(),
        );
        assert_eq!(found.is_ok(), fits, "{curve}");
    }
    // Between the orders of the two curves: a key on one, none on the other.
    let high = wif::encode(&[0xff; 32], true, Network::Main);
    assert!(import(&Request::new(ImportKind::Wif), high.as_bytes()).is_err());
}
