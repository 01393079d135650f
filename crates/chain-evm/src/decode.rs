//! From bytes to a transaction: the one encoding, every figure within what a chain takes.

use jinku_chain::{ChainCode, ChainError, ChainResult};
use jinku_words::Uint256;

use crate::authorization::SignedAuthorization;
use crate::parts::{Access, items, parity, signature};
use crate::rlp::{Reader, malformed};
use crate::tx::{Transaction, TxType, range};

/// The largest transaction that common nodes pass on.
const MAX_BYTES: usize = 131_072;

impl Transaction {
    /// The transaction of exactly these bytes, as [`Transaction::unsigned`] writes them.
    ///
    /// # Errors
    /// `tx.malformed`, `tx.unsupported`, `tx.range`.
    pub fn parse_unsigned(bytes: &[u8]) -> ChainResult<Self> {
        let (mut found, mut rest) = Self::parse_fields(bytes)?;
        if found.kind == TxType::Legacy {
            if rest.is_empty() {
                return Err(unprotected("no chain id"));
            }
            found.chain_id = rest.u64("the chain id")?;
            if !rest.bytes()?.is_empty() || !rest.bytes()?.is_empty() {
                return Err(malformed(
                    "the places of the signature are taken",
                    "a value",
                    "two empty strings",
                ));
            }
        }
        rest.end()?;
        found.check()?;
        Ok(found)
    }

    /// The transaction of exactly these bytes, as [`Transaction::signed`] writes them, with parity and `r ‖ s`. Whose
    /// signature it is has to be recovered.
    ///
    /// # Errors
    /// `tx.malformed`, `tx.unsupported`, `tx.range`.
    pub fn parse_signed(bytes: &[u8]) -> ChainResult<(Self, u8, [u8; 64])> {
        let (mut found, mut rest) = Self::parse_fields(bytes)?;
        let parity = if found.kind == TxType::Legacy {
            let v = rest.uint("v")?;
            let number = v.checked_sub(Uint256::from(35)).map(Uint256::to_be_bytes);
            let Some(number) = number.filter(|number| number[..16] == [0; 16]) else {
                return Err(unprotected(&format!("v {v}")));
            };
            let number = u128::from_be_bytes(*number.last_chunk().unwrap_or(&[0; 16]));
            found.chain_id =
                u64::try_from(number / 2).map_err(|_| range("the chain id", &v.to_string()))?;
            u8::from(number % 2 == 1)
        } else {
            parity(&mut rest)?
        };
        let signature = signature(&mut rest)?;
        rest.end()?;
        found.check()?;
        Ok((found, parity, signature))
    }

    /// The fields before the signature, and what follows them.
    fn parse_fields(bytes: &[u8]) -> ChainResult<(Self, Reader<'_>)> {
        let (kind, body) = kind_and_body(bytes)?;
        let mut rest = Reader::of_list(body)?;
        let chain_id = match kind {
            TxType::Legacy => 0,
            _ => rest.u64("the chain id")?,
        };
        let nonce = rest.u64("the nonce")?;
        let first = rest.uint("the price of gas")?;
        let max_fee = if kind.has_tip() {
            rest.uint("the fee")?
        } else {
            first
        };
        let gas_limit = rest.u64("the gas limit")?;
        let to = rest.bytes()?;
        if to.is_empty() {
            return Err(unsupported("the creation of a contract", "no address"));
        }
        let to = to.try_into().map_err(|_| {
            malformed(
                "an address has a wrong length",
                &format!("{} bytes", to.len()),
                "20 bytes",
            )
        })?;
        let value = rest.uint("the value")?;
        let data = rest.bytes()?.to_vec();
        let access_list = match kind {
            TxType::Legacy => Vec::new(),
            _ => items(rest.list()?, Access::take)?,
        };
        let authorizations = match kind {
            TxType::SetCode => items(rest.list()?, SignedAuthorization::take)?,
            _ => Vec::new(),
        };
        let found = Self {
            kind,
            chain_id,
            nonce,
            tip: first,
            max_fee,
            gas_limit,
            to,
            value,
            data,
            access_list,
            authorizations,
        };
        Ok((found, rest))
    }
}

/// The type, and the list behind it (EIP-2718).
fn kind_and_body(bytes: &[u8]) -> ChainResult<(TxType, &[u8])> {
    if bytes.len() > MAX_BYTES {
        let (found, expected) = (
            format!("{} bytes", bytes.len()),
            format!("at most {MAX_BYTES}"),
        );
        return Err(malformed("they are too many", &found, &expected));
    }
    match bytes {
        [0xc0..=0xff, ..] => Ok((TxType::Legacy, bytes)),
        [1, body @ ..] => Ok((TxType::AccessList, body)),
        [2, body @ ..] => Ok((TxType::DynamicFee, body)),
        [4, body @ ..] => Ok((TxType::SetCode, body)),
        [3, ..] => Err(unsupported("a transaction with blobs (EIP-4844)", "type 3")),
        [other, ..] => Err(unsupported(
            "a type of transaction",
            &format!("type {other}"),
        )),
        [] => Err(malformed("there are none", "no bytes", "a transaction")),
    }
}

/// The error of what is understood, and not read in full.
pub(crate) fn unsupported(what: &str, found: &str) -> ChainError {
    let text = format!("{what} is not read, so it is not signed");
    let expected = "a transfer or an approval in a transaction of type 0, 1, 2 or 4";
    ChainError::new(ChainCode::Unsupported, text, found, expected)
}

fn unprotected(found: &str) -> ChainError {
    unsupported(
        "a transaction that is good on every chain (before EIP-155)",
        found,
    )
}
