//! RLP (Yellow Paper, appendix B): a writer, and a reader that takes the one encoding of a value only.

use jinku_chain::{ChainCode, ChainError, ChainResult};
use jinku_words::Uint256;

/// Appends a string.
pub(crate) fn put(out: &mut Vec<u8>, item: &[u8]) {
    if let [one @ 0..0x80] = item {
        out.push(*one);
    } else {
        put_header(out, 0x80, item.len());
        out.extend_from_slice(item);
    }
}

/// Appends a number: its big-endian bytes without leading zeros.
pub(crate) fn put_number(out: &mut Vec<u8>, big_endian: &[u8]) {
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    put(out, &big_endian[zeros..]);
}

/// Appends a number of 64 bits.
pub(crate) fn put_u64(out: &mut Vec<u8>, number: u64) {
    put_number(out, &number.to_be_bytes());
}

/// Appends a number of 256 bits.
pub(crate) fn put_uint(out: &mut Vec<u8>, number: Uint256) {
    put_number(out, &number.to_be_bytes());
}

/// Appends a list of what `write` puts into it.
pub(crate) fn put_list(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut items = Vec::with_capacity(128);
    write(&mut items);
    put_header(out, 0xc0, items.len());
    out.extend_from_slice(&items);
}

fn put_header(out: &mut Vec<u8>, base: u8, length: usize) {
    match u8::try_from(length) {
        Ok(short @ 0..56) => out.push(base + short),
        _ => {
            let bytes = length.to_be_bytes();
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            // At most eight bytes of length.
            out.push(base + 55 + (bytes.len() - zeros) as u8);
            out.extend_from_slice(&bytes[zeros..]);
        }
    }
}

/// The items of a list that are not read yet.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The items of the one list that these bytes are.
    pub(crate) fn of_list(bytes: &'a [u8]) -> ChainResult<Self> {
        let mut outer = Self(bytes);
        let inner = outer.list()?;
        outer.end()?;
        Ok(inner)
    }

    /// Refuse further items.
    pub(crate) fn end(&self) -> ChainResult<()> {
        if self.is_empty() {
            return Ok(());
        }
        Err(malformed(
            "bytes follow the last item",
            &format!("{} bytes", self.0.len()),
            "none",
        ))
    }

    /// Whether every item was read.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A string.
    pub(crate) fn bytes(&mut self) -> ChainResult<&'a [u8]> {
        match self.0 {
            [0..0x80, ..] => {
                let (item, rest) = self.0.split_at(1);
                self.0 = rest;
                Ok(item)
            }
            [0x80..0xc0, ..] => {
                let item = self.body(0x80)?;
                if let [0..0x80] = item {
                    return Err(malformed(
                        "a string has a second spelling",
                        "a header before one small byte",
                        "the byte alone",
                    ));
                }
                Ok(item)
            }
            _ => Err(malformed("a string is missing", kind(self.0), "a string")),
        }
    }

    /// A string of exactly `N` bytes.
    pub(crate) fn fixed<const N: usize>(&mut self, what: &str) -> ChainResult<[u8; N]> {
        let found = self.bytes()?;
        found.try_into().map_err(|_| {
            let what = format!("{what} has a wrong length");
            malformed(
                &what,
                &format!("{} bytes", found.len()),
                &format!("{N} bytes"),
            )
        })
    }

    /// A number of at most 256 bits.
    pub(crate) fn uint(&mut self, what: &str) -> ChainResult<Uint256> {
        let found = self.bytes()?;
        let mut bytes = [0; 32];
        if let [0, ..] = found {
            return Err(malformed(
                &format!("{what} has a second spelling"),
                "a leading zero",
                "no leading zero",
            ));
        }
        let Some(start) = bytes.len().checked_sub(found.len()) else {
            let found = format!("{} bytes", found.len());
            return Err(malformed(
                &format!("{what} is too large"),
                &found,
                "at most 32 bytes",
            ));
        };
        bytes[start..].copy_from_slice(found);
        Ok(Uint256::from_be_bytes(bytes))
    }

    /// A number of at most 64 bits.
    pub(crate) fn u64(&mut self, what: &str) -> ChainResult<u64> {
        let number = self.uint(what)?;
        number.to_u64().ok_or_else(|| {
            malformed(
                &format!("{what} is too large"),
                &number.to_string(),
                "at most 64 bits",
            )
        })
    }

    /// A list.
    pub(crate) fn list(&mut self) -> ChainResult<Self> {
        match self.0 {
            [0xc0..=0xff, ..] => Ok(Self(self.body(0xc0)?)),
            _ => Err(malformed("a list is missing", kind(self.0), "a list")),
        }
    }

    /// The body behind a header of this base, which stands first.
    fn body(&mut self, base: u8) -> ChainResult<&'a [u8]> {
        let [header, rest @ ..] = self.0 else {
            return Err(malformed("an item is missing", "the end", "an item"));
        };
        let short = header - base;
        let (length, rest) = if short < 56 {
            (usize::from(short), rest)
        } else {
            long_length(rest, usize::from(short - 55))?
        };
        let (body, rest) = rest.split_at_checked(length).ok_or_else(|| {
            malformed(
                "an item is cut off",
                &format!("{} bytes", rest.len()),
                &format!("{length} bytes"),
            )
        })?;
        self.0 = rest;
        Ok(body)
    }
}

/// A length of so many bytes, and what follows it.
fn long_length(bytes: &[u8], count: usize) -> ChainResult<(usize, &[u8])> {
    let cut = || malformed("a length is cut off", "the end", "a length");
    let (digits, rest) = bytes.split_at_checked(count).ok_or_else(cut)?;
    let length = digits.iter().try_fold(0usize, |sum, byte| {
        sum.checked_mul(256)?.checked_add(usize::from(*byte))
    });
    match (digits, length) {
        ([1..=0xff, ..], Some(length @ 56..)) => Ok((length, rest)),
        ([1..=0xff, ..], None) => Err(malformed(
            "a length is too large",
            "more than 64 bits",
            "fewer bytes",
        )),
        _ => Err(malformed(
            "a length has a second spelling",
            "a needlessly long one",
            "the shortest",
        )),
    }
}

const fn kind(rest: &[u8]) -> &'static str {
    match rest {
        [] => "the end",
        [0..0xc0, ..] => "a string",
        _ => "a list",
    }
}

/// The error of bytes that are not the one encoding of a transaction.
pub(crate) fn malformed(what: &str, found: &str, expected: &str) -> ChainError {
    let what = format!("the transaction's bytes are malformed: {what}");
    ChainError::new(ChainCode::Malformed, what, found, expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> ChainResult<&[u8]> {
        let mut reader = Reader(bytes);
        let item = reader.bytes()?;
        reader.end()?;
        Ok(item)
    }

    #[test]
    fn strings_of_every_length_are_read_as_written() {
        for length in [0, 1, 2, 55, 56, 57, 255, 256, 65_535, 65_536] {
            for first in [0u8, 0x7f, 0x80, 0xff] {
                let mut item = vec![0xab; length];
                if let Some(byte) = item.first_mut() {
                    *byte = first;
                }
                let mut out = Vec::new();
                put(&mut out, &item);
                assert_eq!(
                    read(&out).as_deref(),
                    Ok(item.as_slice()),
                    "{length} {first}"
                );
                let mut list = Vec::new();
                put_list(&mut list, |to| put(to, &item));
                let mut inner = Reader::of_list(&list).expect("a list");
                assert_eq!(inner.bytes().as_deref(), Ok(item.as_slice()));
                assert!(inner.end().is_ok());
                for cut in 0..out.len().min(70) {
                    assert!(read(&out[..cut]).is_err(), "cut to {cut} of {length}");
                }
                out.push(0);
                assert!(read(&out).is_err());
            }
        }
    }

    #[test]
    fn a_second_spelling_is_refused() {
        for (bytes, why) in [
            (&[0x81, 0x7f][..], "one small byte behind a header"),
            (&[0xb8, 1, 0xff], "a short string with a long length"),
            (&[0xb9, 0, 56], "a length with a leading zero"),
            (&[0xb8, 55], "55 bytes with a long length"),
            (
                &[0xbf, 255, 255, 255, 255, 255, 255, 255, 255],
                "a length beyond memory",
            ),
            (&[0xc0], "a list"),
            (&[], "nothing"),
        ] {
            assert!(read(bytes).is_err(), "{why}");
        }
        for bytes in [&[0x00][..], &[0x82, 0, 1], &[0xa1; 34]] {
            assert!(Reader(bytes).uint("it").is_err(), "{bytes:02x?}");
        }
        assert!(
            Reader(&[0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0])
                .u64("it")
                .is_err()
        );
        assert_eq!(Reader(&[0x80]).u64("it"), Ok(0));
        assert!(Reader::of_list(&[0xc1, 1, 1]).is_err());
        assert!(Reader::of_list(&[0xf8, 1, 1]).is_err());
        assert!(Reader::of_list(&[0x80]).is_err());
    }
}
