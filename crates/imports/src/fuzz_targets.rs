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
