//! What people compare: a digest in hex, and its first 128 bits as words that can be read out.

use crate::Hash;
use crate::log::error::hex;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";

/// A trust root's digest as people compare it, on paper, by phone, across devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// All 256 bits, 64 hex digits.
    pub hex: String,
    /// The first 128 bits as eight words, joined by hyphens.
    pub words: String,
}

impl Fingerprint {
    /// The fingerprint of a digest.
    #[must_use]
    pub fn of(digest: &Hash) -> Self {
        Self {
            hex: hex(digest),
            words: words(&digest[..16]),
        }
    }
}

/// Proquints: each 16 bits as consonant, vowel, consonant, vowel, consonant, four and two bits each (D. S. Wilkerson, "A
/// Proposal for Proquints", 2009). A last odd byte is left out.
#[must_use]
pub fn words(bytes: &[u8]) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let word = |pair: &[u8; 2]| {
        let bits = u16::from_be_bytes(*pair);
        let letter = |shift: u32, consonant: bool| {
            let at = usize::from(bits >> shift);
            char::from(if consonant {
                CONSONANTS[at & 15]
            } else {
                VOWELS[at & 3]
            })
        };
        [
            letter(12, true),
            letter(10, false),
            letter(6, true),
            letter(4, false),
            letter(0, true),
        ]
        .iter()
        .collect::<String>()
    };
    pairs.iter().map(word).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_examples_are_met() {
        for (address, expected) in [
            ([127, 0, 0, 1], "lusab-babad"),
            ([63, 84, 220, 193], "gutih-tugad"),
            ([140, 98, 193, 141], "mudof-sakat"),
        ] {
            assert_eq!(words(&address), expected);
        }
        let print = Fingerprint::of(&[0xff; 32]);
        assert_eq!(print.words, ["zuzuz"; 8].join("-"));
        assert_eq!(print.hex, "ff".repeat(32));
    }
}
