//! From an intent and a plan to the one transaction that serves them.

use jinku_chain::{ChainCode, ChainError, ChainResult, Codec};
use jinku_words::{AccountId, Detail, EvmDetail, EvmType, Intent, Plan, Uint256};

use crate::call::{transfer, transfer_token, transfer_units};
use crate::codec::{Evm, number_of};
use crate::parts::Access;
use crate::tx::{Address, Transaction, TxType};

impl Evm {
    /// The one transaction of an intent under a plan.
    pub(crate) fn transaction(&self, intent: &Intent, plan: &Plan) -> ChainResult<Transaction> {
        let chain_id = number_of(intent.chain())?;
        let (Some(Detail::Evm(detail)), Some(nonce)) = (&plan.detail, plan.nonce) else {
            let what = "a plan has no detail or no nonce";
            return Err(ChainError::new(
                ChainCode::Plan,
                what,
                "",
                "those of an EVM plan",
            ));
        };
        let (to, value, data) = self.call_of(intent)?;
        let made = Transaction {
            kind: kind_of(detail.kind),
            chain_id,
            nonce,
            tip: detail
                .max_priority_fee_per_gas
                .unwrap_or(detail.max_fee_per_gas),
            max_fee: detail.max_fee_per_gas,
            gas_limit: detail.gas_limit,
            to,
            value,
            data,
            access_list: access_of(detail)?,
            authorizations: Vec::new(),
        };
        made.check()?;
        Ok(made)
    }

    /// Whom a transfer calls, with how much of the coin, and with which data.
    fn call_of(&self, intent: &Intent) -> ChainResult<(Address, Uint256, Vec<u8>)> {
        let refused = |what: &str, found: String, expected: &str| {
            let what = format!("no transaction of this chain serves the intent: {what}");
            Err(ChainError::new(ChainCode::Intent, what, found, expected))
        };
        let (from, to) = (
            address_of(&intent.source)?,
            address_of(&intent.destination)?,
        );
        if to[..18] == [0; 18] {
            let expected = "an account; what goes to the zero address or a precompile is lost";
            return refused("the destination", intent.destination.to_string(), expected);
        }
        if intent.amount == Uint256::ZERO {
            return refused("the amount", "0".to_owned(), "1 or more");
        }
        let asset = &intent.asset;
        if asset.namespace() == "slip44" {
            if *asset != self.fee_asset(intent.chain())? {
                return refused(
                    "the coin",
                    asset.to_string(),
                    "slip44:60, the one name of the chain's coin",
                );
            }
            return Ok((to, intent.amount, Vec::new()));
        }
        let (contract, token) = match asset.reference().split_once('/') {
            Some((contract, token)) => (contract, token.parse::<Uint256>().ok()),
            None => (asset.reference(), None),
        };
        let contract = bytes_of::<20>(contract.strip_prefix("0x").unwrap_or_default())?;
        if contract == to {
            return refused(
                "the destination",
                intent.destination.to_string(),
                "not the token's own contract",
            );
        }
        let data = match (asset.namespace(), token) {
            ("erc20", None) => transfer(&to, intent.amount),
            ("erc721", Some(_)) if intent.amount != Uint256::from(1) => {
                return refused(
                    "the amount",
                    intent.amount.to_string(),
                    "1, for a token that is one of a kind",
                );
            }
            ("erc721", Some(token)) => transfer_token(&from, &to, token),
            ("erc1155", Some(token)) => transfer_units(&from, &to, token, intent.amount),
            _ => {
                return refused(
                    "the asset",
                    asset.to_string(),
                    "a coin, a token, or one token of a collection",
                );
            }
        };
        Ok((contract, Uint256::ZERO, data))
    }
}

const fn kind_of(kind: EvmType) -> TxType {
    match kind {
        EvmType::Legacy => TxType::Legacy,
        EvmType::AccessList => TxType::AccessList,
        EvmType::DynamicFee => TxType::DynamicFee,
    }
}

fn access_of(detail: &EvmDetail) -> ChainResult<Vec<Access>> {
    let item = |item: &jinku_words::AccessItem| {
        Ok(Access {
            address: bytes_of(item.address.strip_prefix("0x").unwrap_or_default())?,
            storage_keys: item
                .storage_keys
                .iter()
                .map(|key| bytes_of(key))
                .collect::<ChainResult<_>>()?,
        })
    };
    detail.access_list.iter().map(item).collect()
}

fn address_of(account: &AccountId) -> ChainResult<Address> {
    bytes_of(account.address().strip_prefix("0x").unwrap_or_default())
}

/// The bytes of lower-case hex digits, which the words have checked.
fn bytes_of<const N: usize>(digits: &str) -> ChainResult<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect();
    let bytes = bytes
        .filter(|_| rest.is_empty())
        .and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| {
        let expected = format!("{} lower-case hex digits", 2 * N);
        ChainError::new(
            ChainCode::Intent,
            "hexadecimal is malformed",
            digits,
            expected,
        )
    })
}
