//! One entry point a parser for fuzzers: none may panic, whatever the bytes.

use crate::bip39::{Language, Mnemonic};
use crate::key::{ExtendedKey, ExtendedPublic};
use crate::path::Path;

/// Phrases, in a detected and in each named language.
pub fn mnemonic(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(mnemonic) = Mnemonic::parse(&text) {
        let again = Mnemonic::parse_in(mnemonic.language(), &mnemonic.phrase());
        assert!(again.is_ok_and(|again| again.entropy() == mnemonic.entropy()));
    }
    for language in Language::ALL {
        let _ = Mnemonic::parse_in(language, &text);
    }
}

/// Derivation paths; what parses is written and read back unchanged.
pub fn path(data: &[u8]) {
    if let Ok(path) = Path::parse(&String::from_utf8_lossy(data)) {
        assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }
}

/// Extended keys; what parses is written and read back unchanged.
pub fn extended_key(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok((key, version)) = ExtendedPublic::from_xpub_versioned(&text) {
        assert!(
            key.to_xpub_as(version)
                .is_ok_and(|again| *again == text.trim())
        );
    }
    if let Ok((key, version)) = ExtendedKey::from_xprv_versioned(&text) {
        assert!(
            key.to_xprv_as(version)
                .is_ok_and(|again| *again == text.trim())
        );
    }
}
