//! Body primitives: big-endian integers, `u32 length ‖ data`, `u32 count ‖ items`, `u8 0|1` options.

use crate::refusal::{Outcome, Refusal};

/// Reads a body from front to end; every read is bounds-checked.
pub struct Reader<'a> {
    rest: &'a [u8],
}

fn malformed(what: &str) -> Refusal {
    Refusal::new(
        "wire.malformed",
        format!("the request body is malformed: {what}"),
    )
}

impl<'a> Reader<'a> {
    /// A reader over a whole body.
    #[must_use]
    pub fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// `wire.malformed` when fewer are left.
    pub fn take(&mut self, count: usize) -> Outcome<&'a [u8]> {
        if count > self.rest.len() {
            return Err(malformed(&format!(
                "found {} bytes more, expected {count}",
                self.rest.len()
            )));
        }
        let (head, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// `wire.malformed` when fewer are left.
    pub fn array<const N: usize>(&mut self) -> Outcome<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// A byte.
    ///
    /// # Errors
    /// `wire.malformed` at the end of the body.
    pub fn u8(&mut self) -> Outcome<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// A 32-bit integer.
    ///
    /// # Errors
    /// `wire.malformed` when fewer than 4 bytes are left.
    pub fn u32(&mut self) -> Outcome<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A 64-bit integer.
    ///
    /// # Errors
    /// `wire.malformed` when fewer than 8 bytes are left.
    pub fn u64(&mut self) -> Outcome<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// Length-prefixed bytes of at most `limit`.
    ///
    /// # Errors
    /// `wire.malformed` when longer than `limit` or than the body.
    pub fn bytes(&mut self, limit: usize) -> Outcome<&'a [u8]> {
        let count = self.u32()? as usize;
        if count > limit {
            return Err(malformed(&format!(
                "a field of {count} bytes, expected at most {limit}"
            )));
        }
        self.take(count)
    }

    /// Length-prefixed UTF-8 of at most `limit` bytes.
    ///
    /// # Errors
    /// `wire.malformed` when too long or not UTF-8.
    pub fn str(&mut self, limit: usize) -> Outcome<&'a str> {
        std::str::from_utf8(self.bytes(limit)?).map_err(|_| malformed("a text is not UTF-8"))
    }

    /// A yes or no.
    ///
    /// # Errors
    /// `wire.malformed` for any byte but 0 and 1.
    pub fn flag(&mut self) -> Outcome<bool> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(malformed(&format!(
                "found {other} where 0 or 1 was expected"
            ))),
        }
    }

    /// A list of at most `limit` items.
    ///
    /// # Errors
    /// `wire.malformed` for more items, or what `item` refuses.
    pub fn list<T>(
        &mut self,
        limit: usize,
        mut item: impl FnMut(&mut Self) -> Outcome<T>,
    ) -> Outcome<Vec<T>> {
        let count = self.u32()? as usize;
        if count > limit {
            return Err(malformed(&format!(
                "a list of {count} items, expected at most {limit}"
            )));
        }
        let mut out = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            out.push(item(self)?);
        }
        Ok(out)
    }

    /// An optional item.
    ///
    /// # Errors
    /// `wire.malformed` for a marker other than 0 and 1, or what `item` refuses.
    pub fn option<T>(&mut self, item: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<Option<T>> {
        if self.flag()? {
            item(self).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Nothing is left.
    ///
    /// # Errors
    /// `wire.malformed` when bytes follow the body.
    pub fn end(self) -> Outcome<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(malformed(&format!(
            "{} bytes follow its end",
            self.rest.len()
        )))
    }
}

/// Builds a body.
#[derive(Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty body.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.out.push(value);
        self
    }

    /// Appends a 32-bit integer.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Appends a 64-bit integer.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Appends bytes as they are.
    pub fn raw(&mut self, value: &[u8]) -> &mut Self {
        self.out.extend_from_slice(value);
        self
    }

    /// Appends a count of items or bytes; what is over 2^32−1 cannot be sent and the reply limit catches it before.
    pub fn count(&mut self, value: usize) -> &mut Self {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX))
    }

    /// Appends length and bytes.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.count(value.len()).raw(value)
    }

    /// Appends length and text.
    pub fn str(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// The finished body.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Bytes so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// True when nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }
}
