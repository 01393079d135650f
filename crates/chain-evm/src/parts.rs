//! The lists inside a transaction, and the signatures.

use jinku_chain::ChainResult;
use sha3::{Digest, Keccak256};

use crate::rlp::{Reader, malformed, put, put_list, put_number, put_u64};
use crate::tx::Address;

/// An address whose storage is touched, and which words of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The address.
    pub address: Address,
    /// The words.
    pub storage_keys: Vec<[u8; 32]>,
}

/// An account that hands itself over to code, with its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The chain it is good for; 0: every chain.
    pub chain_id: u64,
    /// The code; zero takes it back.
    pub delegate: Address,
    /// The account's nonce.
    pub nonce: u64,
    /// 0 or 1: the parity of R's y.
    pub parity: u8,
    /// `r ‖ s`.
    pub signature: [u8; 64],
}

impl Authorization {
    /// What the account signed.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let mut out = vec![5];
        put_list(&mut out, |to| {
            put_u64(to, self.chain_id);
            put(to, &self.delegate);
            put_u64(to, self.nonce);
        });
        Keccak256::digest(out).into()
    }
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

impl Authorization {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        put_list(out, |to| {
            put_u64(to, self.chain_id);
            put(to, &self.delegate);
            put_u64(to, self.nonce);
            put_u64(to, u64::from(self.parity));
            put_number(to, &self.signature[..32]);
            put_number(to, &self.signature[32..]);
        });
    }

    pub(crate) fn take(mut item: Reader<'_>) -> ChainResult<Self> {
        let found = Self {
            chain_id: item.u64("the chain id of an authorisation")?,
            delegate: item.fixed("the address of an authorisation")?,
            nonce: item.u64("the nonce of an authorisation")?,
            parity: parity(&mut item)?,
            signature: signature(&mut item)?,
        };
        item.end()?;
        Ok(found)
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
