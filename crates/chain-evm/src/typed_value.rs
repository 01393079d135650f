//! The atomic values of typed data, each as one word.

use jinku_address::validate;
use jinku_words::Uint256;
use serde_json::Value;
use sha3::{Digest, Keccak256};

use crate::abi::address_word;
use crate::tx::Address;

/// A type without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Atom {
    Address,
    Bool,
    /// Bytes of any length.
    Bytes,
    /// So many bytes, 1 to 32.
    Fixed(u8),
    /// So many bits, 8 to 256.
    Int(u16),
    String,
    /// So many bits, 8 to 256.
    Uint(u16),
}

impl Atom {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let sized = |digits: &str| {
            let size = digits.parse::<u16>().ok()?;
            (size.to_string() == digits).then_some(size)
        };
        let bits = |digits: &str| sized(digits).filter(|it| (8..=256).contains(it) && it % 8 == 0);
        match text {
            "address" => return Some(Self::Address),
            "bool" => return Some(Self::Bool),
            "bytes" => return Some(Self::Bytes),
            "string" => return Some(Self::String),
            _ => {}
        }
        if let Some(digits) = text.strip_prefix("uint") {
            return bits(digits).map(Self::Uint);
        }
        if let Some(digits) = text.strip_prefix("int") {
            return bits(digits).map(Self::Int);
        }
        let size = sized(text.strip_prefix("bytes")?)?;
        u8::try_from(size)
            .ok()
            .filter(|it| (1..=32).contains(it))
            .map(Self::Fixed)
    }
}

/// The word of a value, or None when it is not of the type.
pub(crate) fn encode_atom(atom: Atom, value: &Value) -> Option<[u8; 32]> {
    let mut word = [0; 32];
    match (atom, value) {
        (Atom::Bool, Value::Bool(flag)) => word[31] = u8::from(*flag),
        (Atom::String, Value::String(text)) => word = Keccak256::digest(text).into(),
        (Atom::Bytes, Value::String(text)) => word = Keccak256::digest(unhex(text)?).into(),
        (Atom::Fixed(size), Value::String(text)) => {
            let bytes = unhex(text).filter(|bytes| bytes.len() == usize::from(size))?;
            word[..bytes.len()].copy_from_slice(&bytes);
        }
        // EIP-55 is checked where letters of both cases stand.
        (Atom::Address, Value::String(text)) => {
            let address: Address = validate("eip155:1", text).ok()?.payload.try_into().ok()?;
            word = address_word(&address);
        }
        (Atom::Uint(bits), value) => {
            let (false, number) = integer(value)? else {
                return None;
            };
            return fits(number, bits).then(|| number.to_be_bytes());
        }
        (Atom::Int(bits), value) => {
            let (negative, number) = integer(value)?;
            // -2^(n-1) to 2^(n-1) - 1
            let most = number.checked_sub(Uint256::from(u64::from(negative)))?;
            if !fits(most, bits - 1) {
                return None;
            }
            // The two's complement of -n is the complement of n - 1.
            return Some(match negative {
                true => most.to_be_bytes().map(|byte| !byte),
                false => number.to_be_bytes(),
            });
        }
        _ => return None,
    }
    Some(word)
}

/// The address that a value is.
pub(crate) fn address_of(value: &Value) -> Option<Address> {
    encode_atom(Atom::Address, value)?.last_chunk().copied()
}

/// Whether a number is below 2^bits.
fn fits(number: Uint256, bits: u16) -> bool {
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let used = bytes
        .get(zeros)
        .map_or(0, |byte| (32 - zeros) * 8 - byte.leading_zeros() as usize);
    used <= usize::from(bits)
}

/// Sign and magnitude of an integer: a JSON number, a decimal text, or `0x` and hex digits. There is no negative zero.
fn integer(value: &Value) -> Option<(bool, Uint256)> {
    match value {
        Value::Number(number) => {
            let number = number.as_i64()?;
            Some((number < 0, Uint256::from(number.unsigned_abs())))
        }
        Value::String(text) => {
            if let Some(digits) = text.strip_prefix("0x") {
                return Some((false, hex_number(digits)?));
            }
            let (negative, digits) = match text.strip_prefix('-') {
                Some(digits) => (true, digits),
                None => (false, text.as_str()),
            };
            let number: Uint256 = digits.parse().ok()?;
            (!negative || number != Uint256::ZERO).then_some((negative, number))
        }
        _ => None,
    }
}

fn hex_number(digits: &str) -> Option<Uint256> {
    if digits.is_empty() || digits.len() > 64 {
        return None;
    }
    let bytes = unhex(&format!("0x{digits:0>64}"))?;
    Some(Uint256::from_be_bytes(bytes.try_into().ok()?))
}

/// The bytes of `0x` and pairs of hex digits of any case.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|it| u8::try_from(it).ok())
    };
    let (pairs, []) = text.strip_prefix("0x")?.as_bytes().as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}
