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

#[cfg(test)]
mod tests {
    use super::*;
    use jinku_hd::fuzz_targets::campaign;

    #[test]
    fn addresses() {
        let seeds: [&[u8]; 8] = [
            b"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            b"bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
            b"1FsSia9rv4NeEwvJ2GvXrX7LyxYspbN2mo",
            b"cosmos1pkptre7fdkl6gfrzlesjjvhxhlc3r4gmmk8rs6",
            b"5F86TNSTre3CYwZd1wELsGQGhqG2HkN3d8zxhbyBSnzm",
            b"NRaKbRA5JAEJtfUgJJZzmeDnKvP3pJwKp1",
            b"TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC",
        ];
        campaign(address, &seeds);
        campaign(bech32_string, &seeds);
    }

    #[test]
    fn chains() {
        campaign(
            chain,
            &Family::ALL.map(|family| family.main_chain().as_bytes()),
        );
    }

    #[test]
    fn keys() {
        let mut generator = [0x79; 33];
        generator[0] = 2;
        campaign(public_key, &[&generator, &[4; 65], &[7; 32]]);
    }
}
