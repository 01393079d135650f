//! Assets: CAIP-19.

use std::fmt;
use std::str::FromStr;

use super::ChainId;
use crate::error::{Code, Result, WordsError};
use crate::forms::{
    any_base58, count_in, denom, evm_address, is_token_number, lettered, lower_hex, token_hex,
};

fn asset_error(found: &str, expected: &str) -> WordsError {
    WordsError::new(
        Code::AssetInvalid,
        "an asset is not understood",
        found,
        expected,
    )
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
        let known: &[&str] = match chain.namespace() {
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
        let holds = match (chain.namespace(), namespace) {
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
                &format!("the {namespace} reference of {}", chain.namespace()),
            ));
        }
        if chain.namespace() == "cosmos" {
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
