//! The outer form of Jinku's sealed files: canonical JSON, a line feed, `sha256:<hex>`, a line feed.
//!
//! The checksum proves nothing against an attacker (the MAC inside does); it tells a cut or rotten file apart from a
//! wrong passphrase. Every later version of a format keeps this outer form.

use jinku_words::canonical;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{EnvelopeError, hex};

/// `\nsha256:` + 64 hex digits + `\n`.
const TRAILER: usize = 73;
const LABEL: &[u8] = b"\nsha256:";

pub(crate) fn damaged(what: impl Into<String>) -> EnvelopeError {
    EnvelopeError::Damaged { what: what.into() }
}

/// Returns the canonical JSON of a value of ours.
pub(crate) fn canonical_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, EnvelopeError> {
    canonical::to_vec(value).map_err(|e| EnvelopeError::BadField {
        field: "a field",
        found: format!("not canonical JSON ({e})"),
        expected: "text and integers within ±(2^53 − 1)",
    })
}

/// Returns the bytes of a sealed file.
pub(crate) fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, EnvelopeError> {
    let mut bytes = canonical_bytes(value)?;
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(LABEL);
    bytes.extend_from_slice(hex::encode(&digest).as_bytes());
    bytes.push(b'\n');
    Ok(bytes)
}

/// Returns the value of a sealed file whose `format` is `known`.
pub(crate) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    known: &'static str,
) -> Result<T, EnvelopeError> {
    let body = checked_body(bytes)?;
    let value = canonical::parse_exact(body).map_err(|e| damaged(e.to_string()))?;
    let found = value
        .get("format")
        .and_then(Value::as_str)
        .ok_or_else(|| damaged("it names no format"))?;
    if found != known {
        let found: String = found.chars().take(40).collect();
        return Err(EnvelopeError::UnknownVersion { found, known });
    }
    serde_json::from_value(value).map_err(|e| damaged(e.to_string()))
}

/// Returns the JSON part when the checksum holds.
fn checked_body(bytes: &[u8]) -> Result<&[u8], EnvelopeError> {
    let cut = || EnvelopeError::Truncated { found: bytes.len() };
    let (body, trailer) = bytes.split_last_chunk::<TRAILER>().ok_or_else(cut)?;
    let labelled = trailer.starts_with(LABEL);
    // A whole file has its label in its place and ends in a line feed; one flipped bit spoils only one of the two.
    if !labelled && trailer[TRAILER - 1] != b'\n' {
        return Err(cut());
    }
    let digits = std::str::from_utf8(&trailer[LABEL.len()..TRAILER - 1])
        .ok()
        .and_then(hex::decode_array::<32>);
    let written = digits
        .filter(|_| labelled && trailer[TRAILER - 1] == b'\n')
        .ok_or_else(|| damaged("its checksum line"))?;
    if written != <[u8; 32]>::from(Sha256::digest(body)) {
        return Err(damaged("its SHA-256 is not the one at its end"));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KNOWN: &str = "test/1";

    fn sample() -> Vec<u8> {
        write(&json!({"format": KNOWN, "a": "金库", "n": 5})).expect("plain")
    }

    #[test]
    fn a_whole_file_reads_back() {
        let value: Value = read(&sample(), KNOWN).expect("whole");
        assert_eq!(value, json!({"format": KNOWN, "a": "金库", "n": 5}));
    }

    #[test]
    fn every_cut_is_called_cut_and_every_flip_damage() {
        let whole = sample();
        for n in 0..whole.len() {
            let found = read::<Value>(&whole[..n], KNOWN).expect_err("cut");
            assert!(
                matches!(found, EnvelopeError::Truncated { found } if found == n),
                "{n}: {found}"
            );
        }
        for bit in 0..whole.len() * 8 {
            let mut bent = whole.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let found = read::<Value>(&bent, KNOWN).expect_err("bent");
            assert!(
                matches!(found, EnvelopeError::Damaged { .. }),
                "bit {bit}: {found}"
            );
        }
    }

    #[test]
    fn a_newer_format_is_named() {
        let newer = write(&json!({"format": "test/2"})).expect("plain");
        let found = read::<Value>(&newer, KNOWN).expect_err("newer").to_string();
        assert!(
            found.contains("test/2") && found.contains("test/1"),
            "{found}"
        );
    }
}
