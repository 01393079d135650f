//! Solana keypair files: a JSON list of 64 numbers, seed and public key.

use jinku_hd::key::{Curve, ExtendedKey};
use zeroize::Zeroizing;

use crate::error::{ImportError, text};

const FORMAT: &str = "Solana keypair file";

/// The 32-byte seed of the keypair; the public half was checked against it.
///
/// Read without a JSON library, whose buffers would keep the key.
pub fn parse(data: &[u8]) -> Result<Zeroizing<[u8; 32]>, ImportError> {
    let text = text(FORMAT, data, 4096)?;
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let inner = inner.ok_or(ImportError::Json {
        format: FORMAT,
        line: 1,
        column: 1,
    })?;
    let mut bytes = Zeroizing::new([0u8; 64]);
    let mut found = 0;
    for part in inner.split(',').filter(|_| !inner.trim().is_empty()) {
        let number = number(part.trim());
        let number = number.ok_or(ImportError::Field {
            format: FORMAT,
            field: "number",
            expected: "0 to 255",
        })?;
        if let Some(place) = bytes.get_mut(found) {
            *place = number;
        }
        found += 1;
    }
    if found != 64 {
        return Err(ImportError::Count {
            format: FORMAT,
            found,
            expected: "64 numbers",
        });
    }
    from_bytes(&bytes)
}

/// The 32-byte seed of a 64-byte keypair; the public half was checked against it.
pub fn from_bytes(bytes: &[u8; 64]) -> Result<Zeroizing<[u8; 32]>, ImportError> {
    let mut seed = Zeroizing::new([0u8; 32]);
    seed.copy_from_slice(&bytes[..32]);
    let key = ExtendedKey::from_parts(Curve::Ed25519, &seed, &[0; 32])?;
    if key.public_key() != bytes[32..] {
        return Err(ImportError::Mismatch {
            format: FORMAT,
            what: "public half",
        });
    }
    Ok(seed)
}

/// The file's text for a seed: a secret in the clear, for exports.
pub fn encode(seed: &[u8; 32]) -> Result<Zeroizing<String>, ImportError> {
    use std::fmt::Write;
    let public = ExtendedKey::from_parts(Curve::Ed25519, seed, &[0; 32])?.public_key();
    let mut text = Zeroizing::new(String::with_capacity(2 + 64 * 4));
    for (at, byte) in seed.iter().chain(&public).enumerate() {
        let mark = if at == 0 { '[' } else { ',' };
        let written = write!(*text, "{mark}{byte}");
        debug_assert!(written.is_ok());
    }
    text.push(']');
    Ok(text)
}

fn number(part: &str) -> Option<u8> {
    let plain = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    part.parse()
        .ok()
        .filter(|_| plain && (part.len() == 1 || !part.starts_with('0')))
}
