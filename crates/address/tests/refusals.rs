//! What is no address, and what the refusal says.

use jinku_address::{AddressError, Family, Form, encode, validate};
use proptest::prelude::*;

const EVM: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const NEO: &str = "NRaKbRA5JAEJtfUgJJZzmeDnKvP3pJwKp1";
const TRON: &str = "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC";
const BITCOIN: &str = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";

fn refused(family: Family, address: &str) -> AddressError {
    validate(family.main_chain(), address).expect_err(address)
}

/// The examples of EIP-55.
#[test]
fn eip55_is_checked_when_cases_are_mixed() {
    for address in [
        EVM,
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ] {
        assert_eq!(validate("eip155:1", address).unwrap().canonical, address);
        let small = address.to_lowercase();
        assert_eq!(validate("eip155:1", &small).unwrap().canonical, address);
    }
    let flipped = EVM.replacen("5aA", "5aa", 1);
    assert_eq!(
        refused(Family::Evm, &flipped),
        AddressError::Checksum {
            encoding: "EIP-55 (upper and lower case)"
        }
    );
}

#[test]
fn each_refusal_names_its_cause() {
    use AddressError::*;
    assert_eq!(
        refused(Family::Evm, &EVM[..41]),
        Length {
            unit: "characters",
            found: 41,
            expected: "42: 0x and 40 digits"
        }
    );
    assert_eq!(
        refused(Family::Evm, &EVM.replacen('A', "G", 1)),
        Character {
            position: 5,
            encoding: "hexadecimal"
        }
    );
    assert!(matches!(refused(Family::Evm, &EVM[2..]), Network { .. }));
    assert!(matches!(refused(Family::Evm, ""), Length { found: 0, .. }));
    assert!(matches!(
        refused(Family::Evm, &"0".repeat(5000)),
        Length { found: 5000, .. }
    ));
    assert_eq!(
        refused(Family::Neo, &NEO.replacen('R', "S", 1)),
        Checksum {
            encoding: "Base58Check"
        }
    );
    assert_eq!(
        refused(Family::Neo, &NEO.replacen('R', "0", 1)),
        Character {
            position: 2,
            encoding: "Base58"
        }
    );
    assert_eq!(
        refused(Family::Bitcoin, &BITCOIN.replacen("w5", "W5", 1)),
        MixedCase
    );
    assert_eq!(
        refused(Family::Bitcoin, &BITCOIN.replacen("w5", "w6", 1)),
        Checksum { encoding: "Bech32" }
    );
    let testnet = refused(Family::Bitcoin, "mzK2FFDEhxqHcmrJw1ysqFkVyhUULo45hZ").to_string();
    assert!(
        testnet.contains("0x6f (a Bitcoin test network)"),
        "{testnet}"
    );
    let legacy = refused(Family::Neo, "AK2nJJpJr6o664CWJKi1QRXjqeic2zRp8y").to_string();
    assert!(legacy.contains("Neo Legacy"), "{legacy}");
    assert!(
        refused(Family::Tron, "é")
            .to_string()
            .contains("character 1")
    );
}

#[test]
fn an_address_of_another_family_is_recognised() {
    for (address, found) in [
        (EVM, Family::Evm),
        (NEO, Family::Neo),
        (TRON, Family::Tron),
        (BITCOIN, Family::Bitcoin),
    ] {
        for expected in Family::ALL.into_iter().filter(|family| *family != found) {
            assert_eq!(
                refused(expected, address),
                AddressError::OtherFamily { found, expected }
            );
        }
        assert!(validate(found.main_chain(), address).is_ok());
    }
}

#[test]
fn keys_that_are_none_are_refused() {
    for form in Form::defaults(&Family::ALL) {
        let family = form.family;
        for found in [0usize, 20, 31, 34, 64, 66] {
            assert_eq!(
                encode(&form, &vec![2; found]),
                Err(AddressError::KeyLength { family, found })
            );
        }
        if family != Family::Solana {
            let mut off_curve = [0xff; 33];
            off_curve[0] = 2;
            assert_eq!(
                encode(&form, &off_curve),
                Err(AddressError::BadKey { family })
            );
            assert_eq!(
                encode(&form, &[4; 65]),
                Err(AddressError::BadKey { family })
            );
        }
    }
}

/// A compressed and an uncompressed key are the same point, so they give the same address.
#[test]
fn compressed_and_uncompressed_keys_agree() {
    let secp = secp256k1::Secp256k1::new();
    let key = secp256k1::SecretKey::from_byte_array([7; 32])
        .unwrap()
        .public_key(&secp);
    let p256 = p256::SecretKey::from_slice(&[7; 32]).unwrap().public_key();
    use p256::elliptic_curve::sec1::ToSec1Point;
    let long = p256.to_sec1_point(false);
    for form in Form::defaults(&Family::ALL) {
        match form.family {
            Family::Solana => {}
            Family::Neo => assert_eq!(
                encode(&form, long.as_bytes()),
                encode(&form, &p256.to_sec1_bytes())
            ),
            _ => assert_eq!(
                encode(&form, &key.serialize_uncompressed()),
                encode(&form, &key.serialize())
            ),
        }
    }
}

proptest! {
    #[test]
    fn every_encoded_address_is_valid_on_its_chain_only(secret in any::<[u8; 32]>()) {
        let secp = secp256k1::Secp256k1::new();
        let Ok(k1) = secp256k1::SecretKey::from_byte_array(secret) else { return Ok(()) };
        let Ok(r1) = p256::SecretKey::from_slice(&secret) else { return Ok(()) };
        for form in Form::defaults(&Family::ALL) {
            let key = match form.family {
                Family::Solana => ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key().to_bytes().to_vec(),
                Family::Neo => r1.public_key().to_sec1_bytes().to_vec(),
                _ => k1.public_key(&secp).serialize().to_vec(),
            };
            let address = encode(&form, &key).unwrap();
            for family in Family::ALL {
                let valid = validate(family.main_chain(), &address);
                prop_assert_eq!(valid.is_ok(), family == form.family, "{} on {}", address, family);
            }
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,100}", at in 0usize..6) {
        let _ = validate(Family::ALL[at].main_chain(), &text);
        let _ = validate(&text, EVM);
    }

    #[test]
    fn one_changed_character_is_noticed(which in 0usize..4, at in any::<usize>(), to in "[a-zA-Z0-9]") {
        let (family, address) = [(Family::Evm, EVM), (Family::Neo, NEO), (Family::Tron, TRON), (Family::Bitcoin, BITCOIN)][which];
        let at = at % address.len();
        let changed = format!("{}{to}{}", &address[..at], &address[at + 1..]);
        prop_assume!(changed != address);
        if let Ok(parsed) = validate(family.main_chain(), &changed) {
            // EIP-55 is a weak checksum: a digit replaced by a digit may pass (1 in 2^15 on average).
            prop_assert!(family == Family::Evm && parsed.canonical == changed);
        }
    }
}
