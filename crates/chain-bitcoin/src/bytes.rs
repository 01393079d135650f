//! Little-endian figures and lengths as Bitcoin writes them; a length has one spelling.

use jinku_chain::{ChainCode, ChainError, ChainResult};

/// Refuse bytes that are not the one encoding of something.
pub(crate) fn malformed(
    what: impl Into<String>,
    found: impl AsRef<str>,
    expected: impl Into<String>,
) -> ChainError {
    ChainError::new(ChainCode::Malformed, what, found, expected)
}

/// Refuse what is well formed and not read in full.
pub(crate) fn unsupported(
    what: impl Into<String>,
    found: impl AsRef<str>,
    expected: impl Into<String>,
) -> ChainError {
    ChainError::new(ChainCode::Unsupported, what, found, expected)
}

/// What is left of some bytes.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn left(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn end(self) -> ChainResult<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let found = format!("{} bytes", self.0.len());
        Err(malformed("bytes follow the end", found, "none"))
    }

    pub(crate) fn take(&mut self, count: usize) -> ChainResult<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(|| {
            let (found, expected) = (format!("{} bytes", self.0.len()), format!("{count} bytes"));
            malformed("the bytes are cut off", found, expected)
        })?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> ChainResult<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    pub(crate) fn u32(&mut self) -> ChainResult<u32> {
        Ok(u32::from_le_bytes(self.fixed()?))
    }

    pub(crate) fn u64(&mut self) -> ChainResult<u64> {
        Ok(u64::from_le_bytes(self.fixed()?))
    }

    /// A "compact size", in its shortest form only.
    pub(crate) fn count(&mut self) -> ChainResult<u64> {
        let [lead] = self.fixed()?;
        let (number, least) = match lead {
            0xfd => (u64::from(u16::from_le_bytes(self.fixed()?)), 0xfd),
            0xfe => (u64::from(self.u32()?), 0x1_0000),
            0xff => (self.u64()?, 0x1_0000_0000),
            small => (u64::from(small), 0),
        };
        if number < least {
            let found = format!("{number} after {lead:#x}");
            return Err(malformed("a length is not in its shortest form", found, ""));
        }
        Ok(number)
    }

    /// Bytes after their length.
    pub(crate) fn string(&mut self) -> ChainResult<&'a [u8]> {
        let length = self.count()?;
        // A length beyond memory is beyond the bytes, too.
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// So many items; each takes bytes, so a count too high runs into the end.
    pub(crate) fn each<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> ChainResult<T>,
    ) -> ChainResult<Vec<T>> {
        let count = self.count()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }
}

pub(crate) fn put_count(out: &mut Vec<u8>, count: usize) {
    let number = count as u64;
    match number {
        0..=0xfc => out.push(number as u8),
        0xfd..=0xffff => {
            out.push(0xfd);
            out.extend_from_slice(&(number as u16).to_le_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(0xfe);
            out.extend_from_slice(&(number as u32).to_le_bytes());
        }
        _ => {
            out.push(0xff);
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
}

pub(crate) fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_one_spelling() {
        for number in [0, 0xfc, 0xfd, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000] {
            let mut out = Vec::new();
            put_count(&mut out, number);
            let mut reader = Reader::new(&out);
            assert_eq!(reader.count(), Ok(number as u64));
            assert!(reader.end().is_ok());
        }
        for long in ["fd0000", "fdfc00", "feffff0000", "ffffffffff00000000"] {
            let bytes: Vec<u8> = (0..long.len() / 2)
                .filter_map(|at| u8::from_str_radix(&long[2 * at..2 * at + 2], 16).ok())
                .collect();
            let refused = Reader::new(&bytes).count().map_err(|error| error.code);
            assert_eq!(refused, Err(ChainCode::Malformed), "{long}");
        }
        let huge = Reader::new(&[0xff; 9]).string().map_err(|error| error.code);
        assert_eq!(huge, Err(ChainCode::Malformed));
    }
}
