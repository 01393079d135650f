//! One entry point a parser for fuzzers: none may panic, whatever the bytes.
//!
//! Costly key derivations are left out: parsers run, passwords are not tried.

use crate::descriptor::Descriptor;
use crate::keystore::Keystore;
use crate::nep2::Nep2;
use crate::nep6::Wallet;
use crate::secret::ImportedSecret;
use crate::{ImportKind, Request, import, solana, wif};

/// Keystore files.
pub fn keystore(data: &[u8]) {
    if let Ok(file) = Keystore::parse(data) {
        let _ = file.kdf.check(false);
    }
}

/// NEP-2 keys; what parses is written and read back unchanged.
pub fn nep2_key(data: &[u8]) {
    if let Ok(key) = Nep2::parse(data) {
        assert_eq!(Nep2::parse(key.encode().as_bytes()), Ok(key));
    }
}

/// NEP-6 wallets.
pub fn nep6_wallet(data: &[u8]) {
    let _ = Wallet::parse(data);
}

/// WIF keys; what parses is written and read back unchanged.
pub fn wif_key(data: &[u8]) {
    if let Ok(key) = wif::parse(data) {
        let again = wif::parse(wif::encode(&key.secret, key.compressed, key.network).as_bytes());
        assert!(again.is_ok_and(|again| again.secret == key.secret && again.compressed == key.compressed));
    }
}

/// Solana keypair files; what parses is written and read back unchanged.
pub fn solana_keypair(data: &[u8]) {
    if let Ok(seed) = solana::parse(data) {
        let again = solana::encode(&seed).and_then(|text| solana::parse(text.as_bytes()));
        assert!(again.is_ok_and(|again| again == seed));
    }
}

/// Descriptors; what parses is written and read back unchanged.
pub fn descriptor(data: &[u8]) {
    for found in Descriptor::parse(data).unwrap_or_default() {
        let again = found
            .encode()
            .and_then(|text| Descriptor::parse(text.as_bytes()));
        assert!(again.is_ok_and(|again| again == [found]));
    }
}

/// Records of a vault; what parses is written and read back unchanged.
pub fn record(data: &[u8]) {
    if let Ok(secret) = ImportedSecret::from_record(data) {
        let first = secret.to_record();
        let again = first
            .clone()
            .and_then(|bytes| ImportedSecret::from_record(&bytes));
        assert!(again.and_then(|again| again.to_record()) == first && first.is_ok());
    }
}

/// The one door, for the formats that need no password.
pub fn door(data: &[u8]) {
    for kind in ImportKind::ALL {
        let _ = import(&Request::new(kind), data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jinku_hd::fuzz_targets::campaign;
    use jinku_hd::key::{Curve, ExtendedKey};
    use zeroize::Zeroizing;

    const KEYSTORE: &[u8] = br#"{"version":3,"address":"460121576cc7df020759730751f92bd62fd78dd6","crypto":{"ciphertext":
        "54ae683c6287fa3d58321f09d56e26d94e58a00d4f90bdd95782ae0e4aab618b","cipherparams":{"iv":"681679cdb125bba9495d068b002816a4"},
        "cipher":"aes-128-ctr","kdf":"scrypt","kdfparams":{"dklen":32,"salt":"c3","n":8192,"r":8,"p":1},
        "mac":"dea6bdf22a2f522166ed82808c22a6311e84c355f4bbe100d4260483ff675a46"}}"#;
    const WALLET: &[u8] = br#"{"name":null,"version":"1.0","scrypt":{"n":16384,"r":8,"p":8},"accounts":[{"address":
        "NY9qiu8YScTM9oAc3nnaeNjaX5fnraaRTA","label":null,"isDefault":false,"lock":false,"key":
        "6PYMvxK89M59ZzxVwrgFKL1AQLYzVWXA7DgwEJ1i2A4dzEF7omth5Ae4Ry","contract":{"script":
        "DCEDpgwd6vFHsQaRw0THbl89rIO1Vf3Vo/jZ4vYjs9GvjfZBVuezJw==","parameters":[],"deployed":false},"extra":null}],"extra":null}"#;
    const WIF: &[u8] = b"KxGtKtYTsxCW997F762Zn62C2e72gQ9XMPkkL2231Rc4GuvSCuba";
    const NEP2: &[u8] = b"6PYKuriAL7pFeVTr3tKksbD1SpKUP7K82vjGuskZ5zpo9EWDhLRW6GcnyL";

    #[test]
    fn json_files() {
        assert!(
            Keystore::parse(KEYSTORE).is_ok() && Wallet::parse(WALLET).is_ok(),
            "the seeds are sound"
        );
        campaign(keystore, &[KEYSTORE, WALLET]);
        campaign(nep6_wallet, &[WALLET, KEYSTORE]);
        let pair = solana::encode(&[7; 32]).ok().unwrap();
        campaign(solana_keypair, &[pair.as_bytes(), b"[1,2]"]);
    }

    #[test]
    fn texts() {
        campaign(
            wif_key,
            &[WIF, b"5JuW2AMDYu4xVwRG9DZW18VbzQrGcd5RCgb99sS6ehJsNQXu5b9"],
        );
        campaign(nep2_key, &[NEP2]);
        campaign(door, &[WIF, NEP2, KEYSTORE, b"abandon abandon about"]);
    }

    #[test]
    fn descriptors_and_records() {
        let key = ExtendedKey::from_seed(Curve::Secp256k1, &[1; 32])
            .ok()
            .unwrap();
        let public = key.public().ok().unwrap().to_xpub().unwrap();
        let body = format!("sh(wpkh([73c5da0a/49'/0h]{}/<0;1>/*))", *public);
        let text = format!("{body}#{}", crate::descriptor::checksum(&body).unwrap());
        assert!(
            Descriptor::parse(text.as_bytes()).is_ok(),
            "the seed is sound"
        );
        campaign(descriptor, &[text.as_bytes(), b"tr(a,{b,c})#89f8spxm"]);
        let seed = Zeroizing::new([3; 32]);
        let sound = ImportedSecret::raw(Curve::Ed25519, seed)
            .ok()
            .unwrap()
            .to_record()
            .ok()
            .unwrap();
        let phrase = [
            &[1, 0, 7][..],
            b"english",
            &[0, 16],
            &[9; 16],
            &[0, 2],
            b"pw",
        ]
        .concat();
        assert!(
            ImportedSecret::from_record(&phrase).is_ok(),
            "the seed is sound"
        );
        campaign(record, &[&sound, &phrase]);
    }

    /// Mutated descriptors fail at the checksum; here it is made right again, so that the parser behind it is met.
    #[test]
    fn descriptors_with_a_right_checksum() {
        fn signed(data: &[u8]) {
            let body = String::from_utf8_lossy(data);
            if let Some(sum) = crate::descriptor::checksum(&body) {
                descriptor(format!("{body}#{sum}").as_bytes());
            }
        }
        let key = ExtendedKey::from_seed(Curve::Secp256k1, &[1; 32])
            .ok()
            .unwrap();
        let public = key.public().ok().unwrap().to_xpub().unwrap();
        let body = format!("wpkh([73c5da0a/49'/0h]{}/<0;1>/5/*)", *public);
        campaign(signed, &[body.as_bytes()]);
    }
}
