//! Typed data that lets somebody spend: the two permits of tokens (ERC-2612 and DAI's). What they do is read; of everything
//! else only the digest is known, so it is not signed: Permit2, orders of markets, log-ins.

use jinku_chain::{ChainCode, ChainError, ChainResult, Grant, Limit};
use jinku_words::{AccountId, AssetId, Uint256};
use serde_json::Value;

use crate::call::{account, hex};
use crate::codec::on_chain;
use crate::decode::unsupported;
use crate::tx::Address;
use crate::typed::TypedData;
use crate::typed_form::Types;
use crate::typed_value::{Atom, address_of, encode_atom};

const NAME: &str = "Permit";
const ERC_2612: [(&str, &str); 5] = [
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
];
const DAI: [(&str, &str); 5] = [
    ("holder", "address"),
    ("spender", "address"),
    ("nonce", "uint256"),
    ("expiry", "uint256"),
    ("allowed", "bool"),
];

/// Who may spend whose tokens, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    owner: Address,
    spender: Address,
    limit: Limit,
}

impl Permit {
    /// None for a message of any other form.
    pub(crate) fn read(types: &Types, primary: &str, message: &Value) -> Option<Self> {
        let members: Vec<_> = types.members(primary).ok()?.collect();
        let (owner, limit) = if primary == NAME && members == ERC_2612 {
            let value = encode_atom(Atom::Uint(256), message.get("value")?)?;
            ("owner", Limit::UpTo(Uint256::from_be_bytes(value)))
        } else if primary == NAME && members == DAI {
            let allowed = message.get("allowed")?.as_bool()?;
            ("holder", if allowed { Limit::All } else { Limit::Nothing })
        } else {
            return None;
        };
        Some(Self {
            owner: address_of(message.get(owner)?)?,
            spender: address_of(message.get("spender")?)?,
            limit,
        })
    }
}

/// What typed data grants when this account signs it.
///
/// # Errors
/// `tx.unsupported` for all but a permit of the account's on one chain, `tx.other_chain`.
pub(crate) fn grant(found: &TypedData, signer: &AccountId) -> ChainResult<Grant> {
    let (Some(permit), Some(number), Some(token)) =
        (&found.permit, found.chain_id, &found.contract)
    else {
        let what = "typed data other than the permit of a token on one chain";
        return Err(unsupported(what, &found.primary_type));
    };
    let chain = signer.chain();
    on_chain(number, chain)?;
    let owner = account(chain, &permit.owner)?;
    if owner != *signer {
        return Err(unsupported(
            "the permit of another account",
            owner.address(),
        ));
    }
    let asset = AssetId::new(chain.clone(), "erc20", &hex(token))
        .map_err(|error| ChainError::of_word(ChainCode::Malformed, &error))?;
    Ok(Grant {
        owner,
        spender: account(chain, &permit.spender)?,
        asset,
        or_else: None,
        limit: permit.limit,
    })
}
