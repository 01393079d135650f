//! Names of chains, accounts and assets: CAIP-2, CAIP-10 and CAIP-19, for the six families Jinku knows.
//!
//! Each name has one form. `FromStr` takes that form only, as documents do; `parse` takes what people write too (a tron
//! alias, mixed-case contract hex). Checksums of addresses are the address encoders' task, not looked at here.

use std::fmt;
use std::str::FromStr;

use crate::error::{Code, Result, WordsError};
use crate::forms::{
    any_base58, any_bech32, count_in, denom, hex_lower, is_token_number, token_hex,
};

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

fn account_error(found: &str, expected: &str) -> WordsError {
    WordsError::new(
        Code::AccountInvalid,
        "an account on a chain is not understood",
        found,
        expected,
    )
}

fn asset_error(found: &str, expected: &str) -> WordsError {
    WordsError::new(
        Code::AssetInvalid,
        "an asset is not understood",
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

    fn is_hub(&self) -> bool {
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
        let (holds, expected) = match chain.namespace {
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

fn evm_address(text: &str) -> bool {
    text.strip_prefix("0x")
        .is_some_and(|digits| hex_lower(digits, 40))
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

fn lettered(text: &str, letter: char) -> bool {
    text.strip_prefix(letter)
        .is_some_and(|rest| any_base58(rest, 33, 33))
}

fn lower_hex(text: &str) -> String {
    if text.starts_with("0x") {
        text.to_ascii_lowercase()
    } else {
        text.to_owned()
    }
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

/// An asset (CAIP-19); the reference holds the token id too, after a slash, where the standard has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId {
    chain: ChainId,
    namespace: String,
    reference: String,
}

impl AssetId {
    /// The asset of its three parts in their one form.
    ///
    /// # Errors
    /// `asset.invalid`.
    pub fn new(chain: ChainId, namespace: &str, reference: &str) -> Result<Self> {
        let found = format!("{chain}/{namespace}:{reference}");
        let known: &[&str] = match chain.namespace {
            "eip155" => &["slip44", "erc20", "erc721", "erc1155"],
            "bip122" => &["slip44"],
            "cosmos" => &["slip44", "denom"],
            "solana" => &["slip44", "token"],
            "neo" => &["nep17", "nep11"],
            _ => &["slip44", "trc20", "trc10"],
        };
        if !known.contains(&namespace) {
            return Err(asset_error(
                &found,
                &format!("one of the asset namespaces {}", known.join(", ")),
            ));
        }
        let holds = match (chain.namespace, namespace) {
            ("cosmos", "slip44") => reference == "118",
            ("solana", "slip44") => reference == "501",
            ("tron", "slip44") => reference == "195",
            (_, "slip44") => count_in(reference, 0, 9_999_999_999),
            (_, "erc20" | "nep17") => evm_address(reference),
            (_, "erc721" | "erc1155") => with_token(reference, is_token_number),
            (_, "nep11") => with_token(reference, |token| token_hex(token, 39)),
            (_, "denom") => denom(reference),
            (_, "token") => any_base58(reference, 32, 44),
            (_, "trc20") => lettered(reference, 'T'),
            _ => count_in(reference, 1, 9_999_999_999_999_999_999),
        };
        if !holds {
            return Err(asset_error(
                &found,
                &format!("the {namespace} reference of {}", chain.namespace),
            ));
        }
        if chain.namespace == "cosmos" {
            if namespace == "slip44" && !chain.is_hub() {
                let expected = "denom:… (coin types do not name one coin off the Cosmos hub)";
                return Err(asset_error(&found, expected));
            }
            if namespace == "denom" && reference == "uatom" && chain.is_hub() {
                return Err(asset_error(&found, "slip44:118, the one name of this coin"));
            }
        }
        Ok(Self {
            chain,
            namespace: namespace.to_owned(),
            reference: reference.to_owned(),
        })
    }

    /// The asset of a text that people write: hex of any case and `denom:uatom` of a hub are understood.
    ///
    /// # Errors
    /// `asset.invalid` or `chain.invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let (chain, namespace, reference) = split_asset(text)?;
        let chain = ChainId::parse(chain)?;
        if namespace == "denom" && reference == "uatom" && chain.is_hub() {
            return Self::new(chain, "slip44", "118");
        }
        if !matches!(
            namespace,
            "erc20" | "erc721" | "erc1155" | "nep17" | "nep11"
        ) {
            return Self::new(chain, namespace, reference);
        }
        let reference = match reference.split_once('/') {
            Some((contract, token)) => format!("{}/{token}", lower_hex(contract)),
            None => lower_hex(reference),
        };
        Self::new(chain, namespace, &reference)
    }

    /// The chain.
    #[must_use]
    pub const fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// `slip44`, `erc20`, `denom` and so on.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// What stands behind the second colon.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }
}

fn with_token(text: &str, token_holds: impl Fn(&str) -> bool) -> bool {
    match text.split_once('/') {
        Some((contract, token)) => evm_address(contract) && token_holds(token),
        None => evm_address(text),
    }
}

fn split_asset(text: &str) -> Result<(&str, &str, &str)> {
    let parts = text.split_once('/').and_then(|(chain, asset)| {
        let (namespace, reference) = asset.split_once(':')?;
        Some((chain, namespace, reference))
    });
    parts.ok_or_else(|| {
        asset_error(
            text,
            "chain/namespace:reference, for example eip155:1/slip44:60",
        )
    })
}

impl FromStr for AssetId {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self> {
        let (chain, namespace, reference) = split_asset(text)?;
        Self::new(chain.parse()?, namespace, reference)
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.chain, self.namespace, self.reference)
    }
}
