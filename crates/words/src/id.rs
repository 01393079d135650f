//! Ids are UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 bits that make them distinct.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::{ACCOUNT_ID, domain_digest};
use crate::error::{Code, Result, WordsError};

const MAX_MS: u64 = (1 << 48) - 1;
const TAIL_BITS: u32 = 74;
const LOW_62: u64 = (1 << 62) - 1;

/// A UUIDv7. The order of ids is the order of their bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id([u8; 16]);

impl Id {
    /// The id in 16 big-endian bytes.
    ///
    /// # Errors
    /// `id.invalid` unless the version is 7 and the variant that of RFC 9562.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self> {
        let (version, variant) = (bytes[6] >> 4, bytes[8] >> 6);
        if version != 7 || variant != 0b10 {
            let found = format!("version {version}, variant bits {variant:02b}");
            return Err(invalid(
                "an id is no UUIDv7",
                &found,
                "version 7, variant bits 10",
            ));
        }
        Ok(Self(bytes))
    }

    /// The id of a time in Unix milliseconds (48 bits) and a 74-bit tail (rand_a ‖ rand_b).
    ///
    /// # Errors
    /// `id.invalid` when either is out of range.
    pub fn from_parts(time_ms: u64, tail: u128) -> Result<Self> {
        if time_ms > MAX_MS {
            return Err(invalid(
                "an id's time is out of range",
                &time_ms.to_string(),
                "48 bits of milliseconds",
            ));
        }
        if tail >> TAIL_BITS != 0 {
            return Err(invalid(
                "an id's tail is out of range",
                "more than 74 bits",
                "74 bits",
            ));
        }
        Ok(Self::assemble(time_ms, tail))
    }

    /// `time_ms` has at most 48 bits and `tail` at most 74.
    fn assemble(time_ms: u64, tail: u128) -> Self {
        let (rand_a, rand_b) = (tail >> 62, tail & u128::from(LOW_62));
        let number = u128::from(time_ms) << 80 | 7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b;
        Self(number.to_be_bytes())
    }

    /// The 16 big-endian bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Unix milliseconds of the id.
    #[must_use]
    pub fn time_ms(&self) -> u64 {
        u64::try_from(u128::from_be_bytes(self.0) >> 80).unwrap_or(MAX_MS)
    }

    /// The 74 bits beside the time.
    #[must_use]
    pub fn tail(&self) -> u128 {
        let number = u128::from_be_bytes(self.0);
        (number >> 64 & 0xfff) << 62 | number & u128::from(LOW_62)
    }

    /// The text form in ASCII, without an allocation: 36 bytes.
    #[must_use]
    pub fn to_ascii(&self) -> [u8; 36] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut out = [b'-'; 36];
        let mut at = 0;
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                at += 1;
            }
            out[at] = HEX[usize::from(byte >> 4)];
            out[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
        out
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_ascii()
            .iter()
            .try_for_each(|&byte| fmt::Write::write_char(f, char::from(byte)))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl FromStr for Id {
    type Err = WordsError;

    /// The id in its only text form: lower-case hex, 8-4-4-4-12.
    fn from_str(text: &str) -> Result<Self> {
        let malformed = || {
            invalid(
                "an id is malformed",
                &format!("{text:?}"),
                "36 characters, lower-case hex, 8-4-4-4-12",
            )
        };
        let ascii = text.as_bytes();
        if ascii.len() != 36 {
            return Err(malformed());
        }
        let mut bytes = [0u8; 16];
        let mut nibbles = 0usize;
        for (i, &c) in ascii.iter().enumerate() {
            if matches!(i, 8 | 13 | 18 | 23) {
                if c != b'-' {
                    return Err(malformed());
                }
                continue;
            }
            let nibble = match c {
                b'0'..=b'9' => c - b'0',
                b'a'..=b'f' => c - b'a' + 10,
                _ => return Err(malformed()),
            };
            bytes[nibbles / 2] |= if nibbles.is_multiple_of(2) {
                nibble << 4
            } else {
                nibble
            };
            nibbles += 1;
        }
        Self::from_bytes(bytes)
    }
}

impl TryFrom<String> for Id {
    type Error = WordsError;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.to_string()
    }
}

fn invalid(what: &str, found: &str, expected: &str) -> WordsError {
    WordsError::new(Code::IdInvalid, what, found, expected)
}

/// rand_a = low 12 bits of bytes 0..2, rand_b = low 62 bits of bytes 2..10, both big-endian.
fn tail_of(random: &[u8; 10]) -> u128 {
    let rand_a = u128::from(u16::from_be_bytes([random[0], random[1]]) & 0xfff);
    let [_, _, low @ ..] = *random;
    rand_a << 62 | u128::from(u64::from_be_bytes(low) & LOW_62)
}

/// The id of account `index` of a job: always the same, so that a retried chunk makes the same accounts.
///
/// The tail comes from the first 10 bytes of `SHA256("jinku/account-id/1" ‖ 00 ‖ job ‖ index as u64 BE)`. `ts_ms` is the
/// job's created_at; only its low 48 bits are used (the year 10889), so this cannot fail in a hot loop.
#[must_use]
pub fn account_id(job: &[u8; 16], ts_ms: u64, index: u64) -> Id {
    let mut message = [0u8; 24];
    message[..16].copy_from_slice(job);
    message[16..].copy_from_slice(&index.to_be_bytes());
    let seed = domain_digest(ACCOUNT_ID, &message);
    let mut random = [0u8; 10];
    random.copy_from_slice(&seed[..10]);
    Id::assemble(ts_ms & MAX_MS, tail_of(&random))
}

/// Makes ids that strictly increase, also within a millisecond and when the clock runs back; time and randomness are
/// handed in. A later id in a known millisecond adds 1 to 2^32 to the tail before (RFC 9562, section 6.2, method 2).
#[derive(Debug, Default)]
pub struct IdSource {
    last: Option<(u64, u128)>,
}

impl IdSource {
    /// A source that has made no id.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: None }
    }

    /// A new id, greater than every one this source made before.
    ///
    /// # Errors
    /// `id.invalid` when the time has more than 48 bits.
    pub fn next(&mut self, now_ms: u64, random: &[u8; 10]) -> Result<Id> {
        let (time_ms, tail) = match self.last {
            Some((last_ms, last_tail)) if now_ms <= last_ms => {
                let step = u128::from(u32::from_be_bytes([
                    random[0], random[1], random[2], random[3],
                ])) + 1;
                let tail = last_tail + step;
                if tail >> TAIL_BITS == 0 {
                    (last_ms, tail)
                } else {
                    (last_ms + 1, tail_of(random))
                }
            }
            _ => (now_ms, tail_of(random)),
        };
        let id = Id::from_parts(time_ms, tail)?;
        self.last = Some((time_ms, tail));
        Ok(id)
    }
}
