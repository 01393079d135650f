//! What a plan carries for its family alone: together with the intent it decides every byte that is built. The family of
//! the plan's chain says which detail it is. A family has none until its codec exists.

use serde_json::Value;

use crate::error::Result;
use crate::plan::Plan;
use crate::shape::{Fields, value_error};

mod bitcoin;
mod evm;
pub mod solana;

pub use bitcoin::{BitcoinDetail, BitcoinInput, SEQUENCES};
pub use evm::{AccessItem, EvmDetail, EvmType, LEAST_GAS, MAX_ACCESS};
pub use solana::{SolanaDetail, SolanaToken, SolanaVersion, TokenProgram};

/// The detail of one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// On `eip155` chains.
    Evm(EvmDetail),
    /// On `bip122` chains.
    Bitcoin(BitcoinDetail),
    /// On `solana` chains.
    Solana(SolanaDetail),
}

impl Detail {
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Evm(detail) => detail.to_value(),
            Self::Bitcoin(detail) => detail.to_value(),
            Self::Solana(detail) => detail.to_value(),
        }
    }

    const fn family(&self) -> &'static str {
        match self {
            Self::Evm(_) => "evm",
            Self::Bitcoin(_) => "bitcoin",
            Self::Solana(_) => "solana",
        }
    }
}

impl Plan {
    /// The detail that stands in a plan for a chain of that family.
    pub(crate) fn take_detail(fields: &mut Fields, family: &str) -> Result<Option<Detail>> {
        let detail = fields.optional("detail", Fields::fields)?;
        match (family, detail) {
            ("evm", Some(detail)) => Ok(Some(Detail::Evm(EvmDetail::take(detail)?))),
            ("bitcoin", Some(detail)) => Ok(Some(Detail::Bitcoin(BitcoinDetail::take(detail)?))),
            ("solana", Some(detail)) => Ok(Some(Detail::Solana(SolanaDetail::take(detail)?))),
            (_, Some(_)) => Err(value_error(
                "plan.detail",
                "an object",
                format!("null on a {family} chain"),
            )),
            (_, None) => Ok(None),
        }
    }

    /// Refuse a detail of another family, and parts that contradict it.
    pub(crate) fn check_detail(&self) -> Result<()> {
        let family = self.chain.family();
        let codec = matches!(family, "evm" | "bitcoin" | "solana");
        match &self.detail {
            Some(Detail::Evm(detail)) if family == "evm" => detail.check_plan(self),
            Some(Detail::Bitcoin(detail)) if family == "bitcoin" => detail.check_plan(self),
            Some(Detail::Solana(detail)) if family == "solana" => detail.check_plan(self),
            None if !codec => Ok(()),
            found => {
                let found = found.as_ref().map_or("null".to_owned(), |detail| {
                    format!("a detail of the {} family", detail.family())
                });
                let expected = match codec {
                    true => format!("the detail of a plan of the {family} family"),
                    false => format!("null on a {family} chain"),
                };
                Err(value_error("plan.detail", found, expected))
            }
        }
    }
}
