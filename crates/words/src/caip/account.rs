//! Accounts: CAIP-10.

use std::fmt;
use std::str::FromStr;

use super::ChainId;
use crate::error::{Code, Result, WordsError};
use crate::forms::{any_base58, any_bech32, evm_address, lettered, lower_hex};

fn account_error(found: &str, expected: &str) -> WordsError {
    WordsError::new(
        Code::AccountInvalid,
        "an account on a chain is not understood",
        found,
        expected,
    )
}

/// An address on a chain (CAIP-10). An EVM address stands in lower case, so one account has one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    chain: ChainId,
    address: String,
}

impl AccountId {
    /// The account of a chain and an address in its one form.
    ///
    /// # Errors
    /// `account.invalid` when the address does not have the shape of its family.
    pub fn new(chain: ChainId, address: &str) -> Result<Self> {
        let (holds, expected) = match chain.namespace() {
            "eip155" => (evm_address(address), "0x and 40 hex digits"),
            "bip122" => (
                bitcoin_address(address),
                "a base58 or lower-case bech32 address",
            ),
            "cosmos" => (cosmos_address(address), "a lower-case bech32 address"),
            "solana" => (any_base58(address, 32, 44), "32 to 44 base58 characters"),
            "neo" => (lettered(address, 'N'), "N and 33 base58 characters"),
            _ => (lettered(address, 'T'), "T and 33 base58 characters"),
        };
        if !holds {
            return Err(account_error(&format!("{chain}:{address}"), expected));
        }
        Ok(Self {
            chain,
            address: address.to_owned(),
        })
    }

    /// The account of a text that people write: EVM hex digits may be of any case.
    ///
    /// # Errors
    /// `account.invalid` or `chain.invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let (namespace, reference, address) = split_account(text)?;
        let chain = ChainId::parse(&format!("{namespace}:{reference}"))?;
        let address = if namespace == "eip155" {
            lower_hex(address)
        } else {
            address.to_owned()
        };
        Self::new(chain, &address)
    }

    /// The chain.
    #[must_use]
    pub const fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

fn split_account(text: &str) -> Result<(&str, &str, &str)> {
    let mut parts = text.split(':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(namespace), Some(reference), Some(address), None) => {
            Ok((namespace, reference, address))
        }
        _ => Err(account_error(text, "namespace:reference:address")),
    }
}

fn bitcoin_address(text: &str) -> bool {
    let witness = ["bc1", "tb1", "bcrt1"]
        .iter()
        .filter_map(|prefix| text.strip_prefix(prefix))
        .any(|data| any_bech32(data, 6, 87));
    witness || any_base58(text, 25, 35)
}

fn cosmos_address(text: &str) -> bool {
    // The separator is the last '1', as bech32 data has none.
    text.rsplit_once('1').is_some_and(|(prefix, data)| {
        (1..=20).contains(&prefix.len())
            && prefix
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && any_bech32(data, 38, 58)
    })
}

impl FromStr for AccountId {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self> {
        let (namespace, reference, address) = split_account(text)?;
        Self::new(ChainId::new(namespace, reference)?, address)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.chain, self.address)
    }
}
