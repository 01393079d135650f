//! The lists inside a transaction, and the signatures.

use jinku_chain::ChainResult;

use crate::rlp::{Reader, malformed, put, put_list};
use crate::tx::Address;

/// An address whose storage is touched, and which words of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The address.
    pub address: Address,
    /// The words.
    pub storage_keys: Vec<[u8; 32]>,
}

impl Access {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        put_list(out, |to| {
            put(to, &self.address);
            put_list(to, |to| {
                self.storage_keys.iter().for_each(|key| put(to, key))
            });
        });
    }

    pub(crate) fn take(mut item: Reader<'_>) -> ChainResult<Self> {
        let address = item.fixed("an address of the access list")?;
        let mut keys = item.list()?;
        let mut storage_keys = Vec::new();
        while !keys.is_empty() {
            storage_keys.push(keys.fixed("a storage key")?);
        }
        item.end()?;
        Ok(Self {
            address,
            storage_keys,
        })
    }
}

pub(crate) fn items<'a, T>(
    mut list: Reader<'a>,
    take: fn(Reader<'a>) -> ChainResult<T>,
) -> ChainResult<Vec<T>> {
    let mut found = Vec::new();
    while !list.is_empty() {
        found.push(take(list.list()?)?);
    }
    Ok(found)
}

pub(crate) fn parity(rest: &mut Reader<'_>) -> ChainResult<u8> {
    match rest.u64("the parity of a signature")? {
        0 => Ok(0),
        1 => Ok(1),
        other => Err(malformed(
            "the parity of a signature is wrong",
            &other.to_string(),
            "0 or 1",
        )),
    }
}

pub(crate) fn signature(rest: &mut Reader<'_>) -> ChainResult<[u8; 64]> {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&rest.uint("r")?.to_be_bytes());
    signature[32..].copy_from_slice(&rest.uint("s")?.to_be_bytes());
    Ok(signature)
}
