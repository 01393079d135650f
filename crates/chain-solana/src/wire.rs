//! A message as it is sent: lengths in the one shortest form, indexes within the list of keys. What stands behind the end
//! is seen when the message is written again.

use jinku_chain::{ChainCode, ChainError, ChainResult};
use jinku_words::SolanaVersion;

use crate::key::Key;

/// The largest transaction that the network carries: what IPv6 guarantees, less its headers.
pub(crate) const MAX_BYTES: usize = 1_232;
/// A signature and the number of signatures before a message.
pub(crate) const SIGNATURES: usize = 65;

/// An instruction with its accounts looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) program: Key,
    pub(crate) accounts: Vec<Key>,
    pub(crate) data: Vec<u8>,
}

/// The index of a program, those of accounts, and data.
type Row<'a> = (u8, &'a [u8], &'a [u8]);

/// A message before its instructions are understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) version: SolanaVersion,
    pub(crate) payer: Key,
    pub(crate) anchor: Key,
    pub(crate) instructions: Vec<Raw>,
}

pub(crate) fn malformed(what: &str, found: &str, expected: &str) -> ChainError {
    let text = format!("bytes are no message of Solana: {what}");
    ChainError::new(ChainCode::Malformed, text, found, expected)
}

/// The error of what is understood, and not read in full.
pub(crate) fn unsupported(what: &str, found: &str) -> ChainError {
    let text = format!("{what} is not read, so it is not signed");
    let expected =
        "a transfer of SOL or of a token with its receiver's account, under one signature";
    ChainError::new(ChainCode::Unsupported, text, found, expected)
}

/// A length in 7 bits a byte, the lowest first (compact-u16).
pub(crate) fn put_length(out: &mut Vec<u8>, length: usize) {
    let mut rest = length;
    while rest > 0x7f {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push((rest & 0x7f) as u8);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> ChainResult<&'a [u8]> {
        let Some((head, rest)) = self.0.split_at_checked(count) else {
            let (found, expected) = (format!("{} bytes", self.0.len()), count.to_string());
            return Err(malformed("they end early", &found, &expected));
        };
        self.0 = rest;
        Ok(head)
    }

    fn byte(&mut self) -> ChainResult<u8> {
        Ok(self.take(1)?[0])
    }

    fn key(&mut self) -> ChainResult<Key> {
        let mut key = [0; 32];
        key.copy_from_slice(self.take(32)?);
        Ok(key)
    }

    /// No message holds 16,384 of anything, so two bytes are enough.
    fn length(&mut self) -> ChainResult<usize> {
        let low = self.byte()?;
        if low < 0x80 {
            return Ok(usize::from(low));
        }
        let high = self.byte()?;
        if !(1..0x80).contains(&high) {
            let found = format!("{low:02x}{high:02x}");
            return Err(malformed(
                "a length",
                &found,
                "its shortest form, below 16,384",
            ));
        }
        Ok(usize::from(low & 0x7f) | usize::from(high) << 7)
    }

    fn bytes(&mut self) -> ChainResult<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }
}

impl Envelope {
    pub(crate) fn parse(bytes: &[u8]) -> ChainResult<Self> {
        if bytes.len() + SIGNATURES > MAX_BYTES {
            let found = format!("{} bytes", bytes.len());
            let expected = format!("at most {}", MAX_BYTES - SIGNATURES);
            return Err(malformed("they are too many", &found, &expected));
        }
        let mut rest = Reader(bytes);
        let version = match bytes.first() {
            Some(0x80) => {
                rest.byte()?;
                SolanaVersion::V0
            }
            Some(other @ 0x81..) => {
                let found = format!("version {}", other & 0x7f);
                return Err(unsupported("a version of messages", &found));
            }
            _ => SolanaVersion::Legacy,
        };
        let header = rest.take(3)?;
        if header[0] != 1 {
            let found = format!("{} signatures", header[0]);
            return Err(unsupported("a message of several signers", &found));
        }
        let count = rest.length()?;
        let keys: Vec<Key> = (0..count).map(|_| rest.key()).collect::<ChainResult<_>>()?;
        let anchor = rest.key()?;
        let count = rest.length()?;
        let rows: Vec<Row<'_>> = (0..count)
            .map(|_| Ok((rest.byte()?, rest.bytes()?, rest.bytes()?)))
            .collect::<ChainResult<_>>()?;
        // Tables would add keys that stand elsewhere.
        if version == SolanaVersion::V0 && rest.length()? != 0 {
            return Err(unsupported(
                "a message with address lookup tables",
                "a table",
            ));
        }
        let instructions = rows
            .iter()
            .map(|row| looked_up(row, &keys))
            .collect::<ChainResult<_>>()?;
        let payer = *keys
            .first()
            .ok_or_else(|| malformed("they name no key", "0 keys", "the payer"))?;
        Ok(Self {
            version,
            payer,
            anchor,
            instructions,
        })
    }
}

fn looked_up((program, accounts, data): &Row<'_>, keys: &[Key]) -> ChainResult<Raw> {
    let key = |index: &u8| {
        keys.get(usize::from(*index)).copied().ok_or_else(|| {
            let expected = format!("below {}", keys.len());
            malformed("an index of a key", &index.to_string(), &expected)
        })
    };
    Ok(Raw {
        program: key(program)?,
        accounts: accounts.iter().map(key).collect::<ChainResult<_>>()?,
        data: data.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_one_form() {
        for length in [0, 1, 127, 128, 300, 16_383] {
            let mut bytes = Vec::new();
            put_length(&mut bytes, length);
            let mut reader = Reader(&bytes);
            assert_eq!(reader.length(), Ok(length));
            assert!(reader.0.is_empty());
        }
        for other in [&[0x80, 0x00][..], &[0xff, 0x80, 0x01], &[0x80]] {
            let refused = Reader(other).length().map_err(|error| error.code);
            assert_eq!(refused, Err(ChainCode::Malformed), "{other:02x?}");
        }
    }
}
