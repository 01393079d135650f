//! Chains: CAIP-2.

use std::fmt;
use std::str::FromStr;

use crate::error::{Code, Result, WordsError};
use crate::forms::{any_base58, count_in, hex_lower};

/// The namespaces that are known, in the order of the reference page.
pub const NAMESPACES: [&str; 6] = ["eip155", "bip122", "cosmos", "solana", "neo", "tron"];

/// EIP-2294: the largest EVM chain id.
const MAX_EVM_CHAIN: u64 = 9_223_372_036_854_775_771;

fn chain_error(found: &str, expected: &str) -> WordsError {
    WordsError::new(
        Code::ChainInvalid,
        "a chain is not understood",
        found,
        expected,
    )
}

/// A chain (CAIP-2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId {
    namespace: &'static str,
    reference: String,
}

impl ChainId {
    /// The chain of a namespace and a reference in its one form.
    ///
    /// # Errors
    /// `chain.invalid`.
    pub fn new(namespace: &str, reference: &str) -> Result<Self> {
        let found = format!("{namespace}:{reference}");
        let Some(namespace) = NAMESPACES.into_iter().find(|known| *known == namespace) else {
            return Err(chain_error(
                &found,
                &format!("one of the namespaces {}", NAMESPACES.join(", ")),
            ));
        };
        let (holds, expected) = match namespace {
            "eip155" => (
                count_in(reference, 1, MAX_EVM_CHAIN),
                "1 to 9223372036854775771, decimal (EIP-2294)",
            ),
            "bip122" => (
                hex_lower(reference, 32),
                "the first 32 hex digits of the genesis block hash",
            ),
            "cosmos" => (
                cosmos_reference(reference),
                "a chain id, or hashed- and 16 hex digits",
            ),
            "solana" => (
                any_base58(reference, 32, 32),
                "the first 32 base58 characters of the genesis hash",
            ),
            "neo" => (
                count_in(reference, 0, u64::from(u32::MAX)),
                "the network magic, decimal, 32 bits",
            ),
            _ => (
                count_in(reference, 0, u64::from(u32::MAX)),
                "eth_chainId, decimal, 32 bits",
            ),
        };
        if !holds {
            return Err(chain_error(&found, expected));
        }
        Ok(Self {
            namespace,
            reference: reference.to_owned(),
        })
    }

    /// The chain of a text that people write: `tron:0x…` is understood as an alias.
    ///
    /// # Errors
    /// `chain.invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(digits) = text
            .strip_prefix("tron:0x")
            .filter(|digits| hex_lower(digits, 8))
            && let Ok(number) = u32::from_str_radix(digits, 16)
        {
            return Self::new("tron", &number.to_string());
        }
        text.parse()
    }

    /// `eip155`, `bip122`, `cosmos`, `solana`, `neo` or `tron`.
    #[must_use]
    pub const fn namespace(&self) -> &'static str {
        self.namespace
    }

    /// What stands behind the colon.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The family that knows this chain: `evm`, `bitcoin`, `cosmos`, `solana`, `neo` or `tron`.
    #[must_use]
    pub fn family(&self) -> &'static str {
        match self.namespace {
            "eip155" => "evm",
            "bip122" => "bitcoin",
            other => other,
        }
    }

    /// Whether this is a Cosmos hub, of any version.
    pub(super) fn is_hub(&self) -> bool {
        let version = self
            .reference
            .strip_prefix("cosmoshub-")
            .unwrap_or_default();
        self.namespace == "cosmos"
            && !version.is_empty()
            && version.bytes().all(|b| b.is_ascii_digit())
    }
}

fn cosmos_reference(text: &str) -> bool {
    match text.strip_prefix("hashed-") {
        Some(digits) => hex_lower(digits, 16),
        None => {
            (1..=32).contains(&text.len())
                && text.bytes().all(|b| b == b'-' || b.is_ascii_alphanumeric())
        }
    }
}

impl FromStr for ChainId {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':') {
            Some((namespace, reference)) => Self::new(namespace, reference),
            None => Err(chain_error(
                text,
                "namespace:reference, for example eip155:1",
            )),
        }
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.reference)
    }
}
