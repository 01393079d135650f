//! One entry point a parser for fuzzers: none may panic, whatever the bytes.

use crate::{Family, Form, bech32, encode, network, validate};

/// Addresses on every family; what is valid has a canonical spelling that is valid too.
pub fn address(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for family in Family::ALL {
        if let Ok(parsed) = validate(family.main_chain(), &text) {
            let again = validate(family.main_chain(), &parsed.canonical);
            assert_eq!(again, Ok(parsed));
        }
    }
}

/// Chain ids.
pub fn chain(data: &[u8]) {
    if let Ok(known) = network(&String::from_utf8_lossy(data)) {
        assert_eq!(network(&known.chain), Ok(known));
    }
}

/// Bech32 strings.
pub fn bech32_string(data: &[u8]) {
    if let Ok((hrp, values, variant)) = bech32::decode(&String::from_utf8_lossy(data)) {
        assert_eq!(
            bech32::decode(&bech32::encode(&hrp, values.clone(), variant)),
            Ok((hrp, values, variant))
        );
    }
}

/// Public keys of any length, in every default form.
pub fn public_key(data: &[u8]) {
    for form in Form::defaults(&Family::ALL) {
        if let Ok(address) = encode(&form, data) {
            assert_eq!(
                validate(&form.chain, &address).map(|parsed| parsed.canonical),
                Ok(address)
            );
        }
    }
}
