//! Contract ABI: the arguments of a call, in their one encoding.

use jinku_chain::{ChainCode, ChainError, ChainResult};
use jinku_words::Uint256;

use crate::decode::unsupported;
use crate::tx::Address;

/// The 32-byte words behind a selector.
pub(crate) struct Words<'a>(&'a [[u8; 32]]);

impl<'a> Words<'a> {
    /// The words of a call that has exactly `count` of them, or at least so many when it has a tail.
    pub(crate) fn new(
        arguments: &'a [u8],
        name: &str,
        count: usize,
        tail: bool,
    ) -> ChainResult<Self> {
        let (words, rest) = arguments.as_chunks::<32>();
        let fits = if tail {
            words.len() >= count
        } else {
            words.len() == count
        };
        if fits && rest.is_empty() {
            return Ok(Self(words));
        }
        let found = format!("{} bytes", arguments.len());
        let more = if tail { "at least " } else { "" };
        Err(malformed(
            name,
            &found,
            &format!("{more}{} bytes", 32 * count),
        ))
    }

    /// A word; those within the count that [`Words::new`] was given are there.
    pub(crate) fn word(&self, at: usize) -> ChainResult<&'a [u8; 32]> {
        self.0
            .get(at)
            .ok_or_else(|| malformed("a call", "the end", "a word"))
    }

    /// A number of 256 bits.
    pub(crate) fn uint(&self, at: usize) -> ChainResult<Uint256> {
        self.word(at).map(|word| Uint256::from_be_bytes(*word))
    }

    /// An address: its upper twelve bytes are zero.
    pub(crate) fn address(&self, at: usize) -> ChainResult<Address> {
        let word = self.word(at)?;
        let (upper, lower) = word.split_at(12);
        if upper != [0; 12] {
            return Err(malformed("an address", "bits above 160", "none"));
        }
        let mut address = [0; 20];
        address.copy_from_slice(lower);
        Ok(address)
    }

    /// A number below a limit.
    pub(crate) fn small(&self, at: usize, limit: u64) -> ChainResult<u64> {
        let number = self.uint(at)?;
        number
            .to_u64()
            .filter(|small| *small < limit)
            .ok_or_else(|| {
                malformed(
                    "an argument",
                    &number.to_string(),
                    &format!("below {limit}"),
                )
            })
    }

    /// True or false.
    pub(crate) fn flag(&self, at: usize) -> ChainResult<bool> {
        self.small(at, 2).map(|number| number == 1)
    }

    /// Refuse any other word there.
    pub(crate) fn expect(&self, at: usize, value: usize, what: &str) -> ChainResult<()> {
        let (found, value) = (self.uint(at)?, Uint256::from(value as u64));
        if found == value {
            return Ok(());
        }
        Err(malformed(what, &found.to_string(), &value.to_string()))
    }

    /// Refuse bytes that the receiver's code would be handed, since what it does with them is not known here; and whatever
    /// follows their length.
    pub(crate) fn no_data(&self, head: usize, length: usize) -> ChainResult<()> {
        self.expect(head, 32 * length, "the place of the data")?;
        let found = self.uint(length)?;
        if found != Uint256::ZERO {
            let found = format!("{found} bytes");
            return Err(unsupported("data for the receiver's code", &found));
        }
        if self.0.len() != length + 1 {
            let (found, expected) = (self.0.len(), length + 1);
            let what = "words follow the last one";
            return Err(malformed(
                what,
                &format!("{found} words"),
                &format!("{expected} words"),
            ));
        }
        Ok(())
    }
}

/// A call: selector and words.
pub(crate) fn call(selector: [u8; 4], words: &[[u8; 32]]) -> Vec<u8> {
    [&selector[..], words.as_flattened()].concat()
}

/// An address as a word.
pub(crate) fn address_word(address: &Address) -> [u8; 32] {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address);
    word
}

pub(crate) fn malformed(what: &str, found: &str, expected: &str) -> ChainError {
    let what = format!("the call's bytes are malformed: {what}");
    ChainError::new(ChainCode::Malformed, what, found, expected)
}
