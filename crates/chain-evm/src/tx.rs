//! Transactions as they are signed and as they are sent (EIP-155, 2718, 2930, 1559, 7702).

use jinku_chain::{ChainCode, ChainError, ChainResult};
use jinku_words::Uint256;
use sha3::{Digest, Keccak256};

use crate::authorization::{MAX_AUTHORIZATIONS, SignedAuthorization};
use crate::parts::Access;
use crate::rlp::{malformed, put, put_list, put_number, put_u64, put_uint};

/// 20 bytes.
pub type Address = [u8; 20];

/// EIP-2294: the largest chain id.
pub(crate) const MAX_CHAIN: u64 = 9_223_372_036_854_775_771;
/// What the cheapest transaction takes.
const LEAST_GAS: u64 = jinku_words::detail::LEAST_GAS;

/// The type of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TxType {
    /// 0, with the chain id (EIP-155).
    Legacy,
    /// 1, with an access list (EIP-2930).
    AccessList,
    /// 2, fee and tip apart (EIP-1559).
    DynamicFee,
    /// 4, hands accounts over to code (EIP-7702).
    SetCode,
}

impl TxType {
    const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Legacy => &[],
            Self::AccessList => &[1],
            Self::DynamicFee => &[2],
            Self::SetCode => &[4],
        }
    }

    pub(crate) const fn has_tip(self) -> bool {
        matches!(self, Self::DynamicFee | Self::SetCode)
    }
}

/// A transaction without its signature. Creations are not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Its type.
    pub kind: TxType,
    /// The chain.
    pub chain_id: u64,
    /// The sender's nonce.
    pub nonce: u64,
    /// The tip for one gas; equal to `max_fee` where the type has none.
    pub tip: Uint256,
    /// The most that one gas costs; the gas price where the type has no tip.
    pub max_fee: Uint256,
    /// The most gas.
    pub gas_limit: u64,
    /// Whom it calls.
    pub to: Address,
    /// How much of the chain's coin goes there.
    pub value: Uint256,
    /// The call.
    pub data: Vec<u8>,
    /// What it touches.
    pub access_list: Vec<Access>,
    /// Which accounts it hands over.
    pub authorizations: Vec<SignedAuthorization>,
}

impl Transaction {
    /// The encoding whose Keccak-256 is signed.
    #[must_use]
    pub fn unsigned(&self) -> Vec<u8> {
        self.encode(|out| {
            if self.kind == TxType::Legacy {
                put_u64(out, self.chain_id);
                put(out, &[]);
                put(out, &[]);
            }
        })
    }

    /// Keccak-256 of [`Transaction::unsigned`].
    #[must_use]
    pub fn signing_hash(&self) -> [u8; 32] {
        Keccak256::digest(self.unsigned()).into()
    }

    /// The encoding that is sent, with the parity of R's y (0 or 1) and `r ‖ s`.
    #[must_use]
    pub fn signed(&self, parity: u8, signature: &[u8; 64]) -> Vec<u8> {
        self.encode(|out| {
            if self.kind == TxType::Legacy {
                put_number(
                    out,
                    &(u128::from(self.chain_id) * 2 + 35 + u128::from(parity)).to_be_bytes(),
                );
            } else {
                put_u64(out, u64::from(parity));
            }
            put_number(out, &signature[..32]);
            put_number(out, &signature[32..]);
        })
    }

    fn encode(&self, tail: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = self.kind.prefix().to_vec();
        put_list(&mut out, |to| {
            if self.kind != TxType::Legacy {
                put_u64(to, self.chain_id);
            }
            put_u64(to, self.nonce);
            if self.kind.has_tip() {
                put_uint(to, self.tip);
            }
            put_uint(to, self.max_fee);
            put_u64(to, self.gas_limit);
            put(to, &self.to);
            put_uint(to, self.value);
            put(to, &self.data);
            if self.kind != TxType::Legacy {
                put_list(to, |to| {
                    self.access_list.iter().for_each(|item| item.put(to))
                });
            }
            if self.kind == TxType::SetCode {
                put_list(to, |to| {
                    self.authorizations.iter().for_each(|item| item.put(to))
                });
            }
            tail(to);
        });
        out
    }

    /// Refuse figures that no chain takes.
    pub(crate) fn check(&self) -> ChainResult<()> {
        if self.chain_id == 0 || self.chain_id > MAX_CHAIN {
            return Err(range("the chain id", &self.chain_id.to_string()));
        }
        if self.nonce == u64::MAX {
            return Err(range("the nonce (EIP-2681)", &self.nonce.to_string()));
        }
        if self.gas_limit < LEAST_GAS {
            return Err(range("the gas limit", &self.gas_limit.to_string()));
        }
        if self.tip > self.max_fee {
            return Err(range("the tip above the fee", &self.tip.to_string()));
        }
        let lists = (self.access_list.len(), self.authorizations.len());
        if matches!(
            (self.kind, lists),
            (TxType::SetCode, (_, 0))
                | (TxType::Legacy, (1.., _))
                | (TxType::AccessList | TxType::DynamicFee, (_, 1..))
        ) {
            let found = format!("{} and {}", lists.0, lists.1);
            let expected = "an access list but before types, authorisations in type 4 alone";
            return Err(malformed("a list is not of its type", &found, expected));
        }
        if self.authorizations.len() > MAX_AUTHORIZATIONS {
            let found = self.authorizations.len().to_string();
            return Err(range("the number of authorisations", &found));
        }
        self.most_spent().map(|_| ())
    }

    /// The most that it pays for gas.
    ///
    /// # Errors
    /// `tx.range` beyond 256 bits.
    pub fn most_fee(&self) -> ChainResult<Uint256> {
        self.max_fee.checked_mul(self.gas_limit).ok_or_else(|| {
            range(
                "the fee",
                &format!("{} gas of {} wei", self.gas_limit, self.max_fee),
            )
        })
    }

    /// Refuse a sum of value and fee that no balance could hold.
    fn most_spent(&self) -> ChainResult<Uint256> {
        self.most_fee()?
            .checked_add(self.value)
            .ok_or_else(|| range("value and fee together", &self.value.to_string()))
    }
}

pub(crate) fn range(what: &str, found: &str) -> ChainError {
    let what = format!("a figure of the transaction is out of range: {what}");
    ChainError::new(ChainCode::Range, what, found, "")
}
