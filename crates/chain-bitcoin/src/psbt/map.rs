//! Keys and values of a PSBT: no key twice, each known one in its form.

use std::collections::BTreeMap;

use jinku_chain::{ChainError, ChainResult};

use super::{Pair, missing};
use crate::bytes::{Reader, hex, malformed, put_string, unsupported};

/// Whose fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Global,
    Input,
    Output,
}

/// Fields that were not taken yet.
pub(super) struct Map<'a> {
    scope: Scope,
    rest: BTreeMap<&'a [u8], &'a [u8]>,
}

impl<'a> Map<'a> {
    pub(super) fn take(reader: &mut Reader<'a>, scope: Scope) -> ChainResult<Self> {
        let mut rest = BTreeMap::new();
        loop {
            let key = reader.string()?;
            if key.is_empty() {
                return Ok(Self { scope, rest });
            }
            if rest.insert(key, reader.string()?).is_some() {
                return Err(malformed("a key of a PSBT stands twice", hex(key), "once"));
            }
        }
    }

    /// The value of a type that has one key.
    pub(super) fn get(&mut self, kind: u8) -> Option<&'a [u8]> {
        self.rest.remove(&[kind][..])
    }

    pub(super) fn needed(&mut self, kind: u8, what: &str) -> ChainResult<&'a [u8]> {
        self.get(kind).ok_or_else(|| missing(what))
    }

    pub(super) fn fixed<const N: usize>(&mut self, kind: u8) -> ChainResult<Option<[u8; N]>> {
        let value = self.get(kind).map(|bytes| {
            let sized = bytes.try_into();
            sized.map_err(|_| self.wrong(&[kind], bytes, &format!("a value of {N} bytes")))
        });
        value.transpose()
    }

    pub(super) fn word(&mut self, kind: u8) -> ChainResult<Option<u32>> {
        Ok(self.fixed(kind)?.map(u32::from_le_bytes))
    }

    pub(super) fn count(&mut self, kind: u8, what: &str) -> ChainResult<u64> {
        let mut reader = Reader::new(self.needed(kind, what)?);
        let count = reader.count()?;
        reader.end().map(|()| count)
    }

    /// What is left, when all of it is hints in their form.
    pub(super) fn hints(self) -> ChainResult<Vec<Pair>> {
        for (key, value) in &self.rest {
            self.check(key, value)?;
        }
        let pair = |(key, value): (&[u8], &[u8])| (key.to_vec(), value.to_vec());
        Ok(self.rest.into_iter().map(pair).collect())
    }

    fn check(&self, key: &[u8], value: &[u8]) -> ChainResult<()> {
        let (kind, data) = key.split_first().unwrap_or((&0, &[]));
        let path = |bytes: &[u8]| bytes.len() >= 4 && bytes.len().is_multiple_of(4);
        let public = matches!(
            (data.len(), data.first()),
            (33, Some(2 | 3)) | (65, Some(4))
        );
        let holds = match (self.scope, kind) {
            (Scope::Global, 0x01) => data.len() == 78 && path(value),
            (Scope::Input, 0x06) | (Scope::Output, 0x02) => public && path(value),
            (Scope::Input, 0x16) | (Scope::Output, 0x07) => {
                data.len() == 32 && tap_path(value).is_some_and(path)
            }
            (Scope::Input, 0x17) | (Scope::Output, 0x05) => data.is_empty() && value.len() == 32,
            (Scope::Output, 0x00 | 0x01) => data.is_empty(),
            _ => {
                let what = "a field of a PSBT is not read";
                let found = format!("{:?} {}", self.scope, hex(key));
                let expected = "the transaction, what it spends, and key paths";
                return Err(unsupported(what, found, expected));
            }
        };
        match holds {
            true => Ok(()),
            false => Err(self.wrong(key, value, "the form of BIP-174 or BIP-371")),
        }
    }

    fn wrong(&self, key: &[u8], value: &[u8], expected: &str) -> ChainError {
        let found = format!("{:?} {} = {} bytes", self.scope, hex(key), value.len());
        malformed("a field of a PSBT is out of form", found, expected)
    }
}

/// Fingerprint and path behind the leaf hashes (BIP-371).
fn tap_path(value: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(value);
    let leaves = usize::try_from(reader.count().ok()?).ok()?;
    let start = value.len() - reader.left() + leaves.checked_mul(32)?;
    value.get(start..)
}

pub(super) fn put_pair(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    put_string(out, key);
    put_string(out, value);
}
