//! Bech32 and Bech32m (BIP-173, BIP-350).
//!
//! Written here so that the batch encoder and the independent re-check, which uses the `bech32` crate, share no code.

use crate::error::AddressError;

/// The checksum of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// BIP-173: witness version 0, Cosmos.
    Bech32,
    /// BIP-350: witness versions 1 to 16.
    Bech32m,
}

impl Variant {
    fn constant(self) -> u32 {
        match self {
            Self::Bech32 => 1,
            Self::Bech32m => 0x2bc8_30a3,
        }
    }
}

const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [
    0x3b6a_57b2,
    0x2650_8e6d,
    0x1ea1_19fa,
    0x3d42_33dd,
    0x2a14_62b3,
];
const CHECKSUM: usize = 6;

/// The longest string that BIP-173 allows.
pub(crate) const MAX_LENGTH: usize = 90;

fn step(state: u32, value: u8) -> u32 {
    let top = state >> 25;
    let mut next = (state & 0x01ff_ffff) << 5 ^ u32::from(value);
    for (bit, generator) in GENERATOR.iter().enumerate() {
        if top >> bit & 1 == 1 {
            next ^= generator;
        }
    }
    next
}

fn expanded(hrp: &str) -> u32 {
    let high = hrp.bytes().map(|byte| byte >> 5);
    let low = hrp.bytes().map(|byte| byte & 31);
    high.chain([0]).chain(low).fold(1, step)
}

/// The string over 5-bit values. The prefix is taken as it is: lower case ASCII.
pub fn encode(hrp: &str, values: impl IntoIterator<Item = u8>, variant: Variant) -> String {
    let mut text = String::with_capacity(MAX_LENGTH);
    text.push_str(hrp);
    text.push('1');
    let mut state = expanded(hrp);
    let letter = |value: u8| char::from(CHARSET[usize::from(value & 31)]);
    for value in values {
        state = step(state, value & 31);
        text.push(letter(value));
    }
    for _ in 0..CHECKSUM {
        state = step(state, 0);
    }
    state ^= variant.constant();
    for place in (0..CHECKSUM).rev() {
        text.push(letter((state >> (5 * place)) as u8));
    }
    text
}

/// Bytes cut into 5-bit values, the last one filled with zeros.
pub(crate) fn to_base32(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    (0..(bytes.len() * 8).div_ceil(5)).map(move |at| {
        let bit = at * 5;
        let pair =
            u16::from(bytes[bit / 8]) << 8 | bytes.get(bit / 8 + 1).copied().map_or(0, u16::from);
        (pair >> (11 - bit % 8)) as u8 & 31
    })
}

/// Values put back into bytes; None when the filling is longer than 4 bits or not zero.
pub fn to_bytes(values: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(values.len() * 5 / 8);
    let (mut held, mut bits) = (0u32, 0u32);
    for value in values {
        held = (held << 5 | u32::from(*value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    (bits < 5 && held & ((1 << bits) - 1) == 0).then_some(bytes)
}

/// Prefix (in lower case), 5-bit values without the checksum, and which checksum held.
pub fn decode(text: &str) -> Result<(String, Vec<u8>, Variant), AddressError> {
    let found = text.chars().count();
    if let Some(at) = text.chars().position(|c| !('\x21'..='\x7e').contains(&c)) {
        return Err(AddressError::Character {
            position: at + 1,
            encoding: "Bech32",
        });
    }
    if !(8..=MAX_LENGTH).contains(&found) {
        return Err(AddressError::Length {
            unit: "characters",
            found,
            expected: "8 to 90",
        });
    }
    let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
    if upper && text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Err(AddressError::MixedCase);
    }
    let text = text.to_ascii_lowercase();
    let cut = text.rfind('1').unwrap_or(0);
    if cut == 0 {
        return Err(AddressError::Network {
            found: "no prefix".into(),
            expected: "a prefix and \"1\"".into(),
        });
    }
    let (hrp, data) = (&text[..cut], &text[cut + 1..]);
    if data.len() < CHECKSUM {
        return Err(AddressError::Length {
            unit: "characters",
            found,
            expected: "6 or more behind the last \"1\"",
        });
    }
    let mut values = Vec::with_capacity(data.len());
    for (at, byte) in data.bytes().enumerate() {
        let value = CHARSET.iter().position(|letter| *letter == byte);
        let value = value.and_then(|value| u8::try_from(value).ok());
        values.push(value.ok_or(AddressError::Character {
            position: cut + 2 + at,
            encoding: "Bech32",
        })?);
    }
    let state = values
        .iter()
        .fold(expanded(hrp), |state, value| step(state, *value));
    values.truncate(values.len() - CHECKSUM);
    let variant = [Variant::Bech32, Variant::Bech32m]
        .into_iter()
        .find(|variant| variant.constant() == state);
    let variant = variant.ok_or(AddressError::Checksum { encoding: "Bech32" })?;
    Ok((hrp.to_owned(), values, variant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::bech32::{Bech32, Bech32m, Hrp};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_bech32_crate(
            hrp in "[a-z]{1,8}",
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
            modern in any::<bool>(),
        ) {
            let variant = if modern { Variant::Bech32m } else { Variant::Bech32 };
            let ours = encode(&hrp, to_base32(&bytes), variant);
            let name = Hrp::parse(&hrp).unwrap();
            let theirs = if modern {
                ::bech32::encode::<Bech32m>(name, &bytes)
            } else {
                ::bech32::encode::<Bech32>(name, &bytes)
            };
            prop_assert_eq!(&ours, &theirs.unwrap());
            for spelling in [ours.clone(), ours.to_uppercase()] {
                let (prefix, values, found) = decode(&spelling).unwrap();
                prop_assert_eq!((prefix.as_str(), found), (hrp.as_str(), variant));
                prop_assert_eq!(to_bytes(&values), Some(bytes.clone()));
            }
        }

        #[test]
        fn a_changed_character_is_noticed(
            bytes in proptest::collection::vec(any::<u8>(), 20), at in 3usize..40, by in 1u8..32,
        ) {
            let mut text = encode("bc", to_base32(&bytes), Variant::Bech32).into_bytes();
            let at = 3 + at % (text.len() - 3);
            let old = CHARSET.iter().position(|letter| *letter == text[at]).unwrap() as u8;
            text[at] = CHARSET[usize::from(old ^ by)];
            prop_assert!(decode(std::str::from_utf8(&text).unwrap()).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,100}") {
            let _ = decode(&text);
        }
    }
}
