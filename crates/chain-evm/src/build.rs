//! From an intent and a plan to the one transaction that serves them.

use jinku_chain::{ChainCode, ChainError, ChainResult, Codec};
use jinku_words::intent::IntentKind;
use jinku_words::{AccountId, Detail, EvmDetail, EvmType, Intent, Plan, Uint256};

use crate::authorization::{Authorization, SignedAuthorization};
use crate::call::{transfer, transfer_token, transfer_units};
use crate::codec::{Evm, number_of};
use crate::parts::Access;
use crate::tx::{Address, Transaction, TxType};

/// Whom a delegation calls: its transaction does nothing else, and here is no code.
pub(crate) const NOBODY: Address = [0; 20];

impl Evm {
    /// What is signed for an intent under a plan, in its encoding.
    pub(crate) fn encoding(&self, intent: &Intent, plan: &Plan) -> ChainResult<Vec<u8>> {
        let chain_id = number_of(intent.chain())?;
        let (Some(Detail::Evm(detail)), Some(nonce)) = (&plan.detail, plan.nonce) else {
            return Err(of_plan("no detail or no nonce", "those of an EVM plan"));
        };
        let kind = match (intent.kind, detail.kind) {
            (IntentKind::Transfer, EvmType::Legacy) => TxType::Legacy,
            (IntentKind::Transfer, EvmType::AccessList) => TxType::AccessList,
            (IntentKind::Transfer, EvmType::DynamicFee) => TxType::DynamicFee,
            (IntentKind::Delegate, EvmType::SetCode | EvmType::Authorization) => TxType::SetCode,
            (kind, other) => {
                let found = format!("{} for a {}", other.as_str(), kind.as_str());
                let expected = "a type that serves the intent";
                return Err(of_plan(&found, expected));
            }
        };
        let (to, value, data) = self.call_of(intent)?;
        if detail.kind == EvmType::Authorization {
            let made = authorization_of(intent, chain_id, nonce)?;
            return Ok(made.unsigned());
        }
        let made = Transaction {
            kind,
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
            authorizations: match &detail.authorization {
                Some(signature) => {
                    // The sender's nonce has gone up by the time that authorisations are looked at.
                    let made = authorization_of(intent, chain_id, nonce.saturating_add(1))?;
                    vec![signed(made, signature)?]
                }
                None => Vec::new(),
            },
        };
        made.check()?;
        Ok(made.unsigned())
    }

    /// Whom an intent calls, with how much of the coin, and with which data.
    fn call_of(&self, intent: &Intent) -> ChainResult<(Address, Uint256, Vec<u8>)> {
        let refused = |what: &str, found: String, expected: &str| {
            let what = format!("no transaction of this chain serves the intent: {what}");
            Err(ChainError::new(ChainCode::Intent, what, found, expected))
        };
        let (from, to) = (
            address_of(&intent.source)?,
            address_of(&intent.destination)?,
        );
        let delegates = intent.kind == IntentKind::Delegate;
        if to[..18] == [0; 18] && !(delegates && to == NOBODY) {
            let expected = "an account; what goes to the zero address or a precompile is lost";
            return refused("the destination", intent.destination.to_string(), expected);
        }
        if delegates {
            if to == from {
                let found = intent.destination.to_string();
                return refused("the destination", found, "the code of another address");
            }
            return Ok((NOBODY, Uint256::ZERO, Vec::new()));
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

/// The authorisation that an intent asks for, good on its chain alone.
fn authorization_of(intent: &Intent, chain_id: u64, nonce: u64) -> ChainResult<Authorization> {
    let made = Authorization {
        chain_id,
        delegate: address_of(&intent.destination)?,
        nonce,
    };
    made.check()?;
    Ok(made)
}

/// With the signature that the plan carries; whose it is, [`Evm::summarise`] finds out.
fn signed(authorization: Authorization, signature: &str) -> ChainResult<SignedAuthorization> {
    let bytes: [u8; 65] = bytes_of(signature)?;
    match bytes.split_first_chunk() {
        Some((signature, &[parity @ 0..=1])) => Ok(SignedAuthorization {
            authorization,
            parity,
            signature: *signature,
        }),
        _ => Err(of_plan("the parity of a signature", "00 or 01")),
    }
}

fn of_plan(found: &str, expected: &str) -> ChainError {
    let what = "a plan does not serve its intent";
    ChainError::new(ChainCode::Plan, what, found, expected)
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
