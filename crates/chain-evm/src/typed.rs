//! Typed data (EIP-712), strict: every member that a type names is there and no other; a number has one of three spellings
//! and fits; a type that is used is defined, and none but those. `null` for a missing structure is refused.

use jinku_chain::{ChainCode, ChainError, ChainResult};
use jinku_words::{MAX_DOCUMENT_BYTES, canonical};
use serde_json::{Map, Value};
use sha3::{Digest, Keccak256};

use crate::tx::Address;
use crate::typed_form::{DOMAIN, Types};
use crate::typed_grant::Permit;
use crate::typed_value::{Atom, address_of, encode_atom};

/// A typed message that was read in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedData {
    /// The name of its type.
    pub primary_type: String,
    /// The chain that its domain names; None: good on every chain.
    pub chain_id: Option<u64>,
    /// The contract that its domain names.
    pub contract: Option<Address>,
    /// What it lets somebody spend, when it is a permit.
    pub permit: Option<Permit>,
    /// What names its domain.
    pub domain_separator: [u8; 32],
    /// The hash of the message alone.
    pub message_hash: [u8; 32],
    /// What is signed.
    pub digest: [u8; 32],
}
impl TypedData {
    /// The typed data of a JSON text `{types, primaryType, domain, message}`.
    ///
    /// # Errors
    /// `message.malformed`, with the member.
    pub fn parse(text: &[u8]) -> ChainResult<Self> {
        if text.len() > MAX_DOCUMENT_BYTES {
            let expected = format!("at most {MAX_DOCUMENT_BYTES} bytes");
            return Err(refused(
                "all of it",
                &format!("{} bytes", text.len()),
                &expected,
            ));
        }
        let value = canonical::parse(text)
            .map_err(|error| ChainError::of_word(ChainCode::Message, &error))?;
        let mut members = object(value, "typed data")?;
        let types = Types::read(take(&mut members, "types")?)?;
        let Value::String(primary_type) = take(&mut members, "primaryType")? else {
            return Err(refused("primaryType", "something else", "a text"));
        };
        let domain = object(take(&mut members, "domain")?, "domain")?;
        let message = take(&mut members, "message")?;
        end(&members, "typed data")?;
        let types = types.checked(&primary_type)?;
        let contract = domain.get("verifyingContract").and_then(address_of);
        let chain_id = domain.get("chainId").map(chain_number).transpose()?;
        let domain_separator = types.hash(DOMAIN, &Value::Object(domain), "domain")?;
        let message_hash = types.hash(&primary_type, &message, "message")?;
        let permit = Permit::read(&types, &primary_type, &message);
        let digest = Keccak256::new()
            .chain_update([0x19, 1])
            .chain_update(domain_separator)
            .chain_update(message_hash)
            .finalize();
        Ok(Self {
            primary_type,
            chain_id,
            contract,
            permit,
            domain_separator,
            message_hash,
            digest: digest.into(),
        })
    }
}
/// The chain of a domain; one that no chain has is refused, since nothing could compare it.
fn chain_number(value: &Value) -> ChainResult<u64> {
    let number = encode_atom(Atom::Uint(64), value)
        .and_then(|word| word.last_chunk().copied().map(u64::from_be_bytes));
    number.ok_or_else(|| {
        refused(
            "domain.chainId",
            &value.to_string(),
            "a number of at most 64 bits",
        )
    })
}
pub(crate) fn object(value: Value, place: &str) -> ChainResult<Map<String, Value>> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(refused(place, "something else", "an object")),
    }
}

pub(crate) fn take(members: &mut Map<String, Value>, name: &str) -> ChainResult<Value> {
    members
        .remove(name)
        .ok_or_else(|| refused(name, "nothing", "this member"))
}

pub(crate) fn end(members: &Map<String, Value>, place: &str) -> ChainResult<()> {
    match members.keys().next() {
        None => Ok(()),
        Some(name) => Err(refused(place, name, "no such member")),
    }
}

pub(crate) fn refused(place: &str, found: &str, expected: &str) -> ChainError {
    let what = format!("typed data is not read: {place}");
    ChainError::new(ChainCode::Message, what, found, expected)
}
