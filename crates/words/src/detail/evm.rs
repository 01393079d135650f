//! The detail of an EVM plan, and what has to hold between the two.

use serde_json::{Value, json};

use crate::amount::Uint256;
use crate::error::Result;
use crate::plan::{Curve, Plan};
use crate::shape::{DIGEST, EVM_ADDRESS, Fields, RECOVERABLE, value_error};

/// How many addresses an access list may have, and how many storage keys each of them.
pub const MAX_ACCESS: usize = 256;
/// What the cheapest transaction takes (Yellow Paper, G_transaction).
pub const LEAST_GAS: u64 = 21_000;

/// The type of an EVM transaction (EIP-2718), or what is signed before one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvmType {
    /// 0: before types, always with the chain id (EIP-155).
    Legacy,
    /// 1: with an access list (EIP-2930).
    AccessList,
    /// 2: fee and tip apart (EIP-1559).
    DynamicFee,
    /// 4: takes an authorisation to the chain (EIP-7702).
    SetCode,
    /// The authorisation itself, which costs nothing; the plan's nonce is its own, one above that of the transaction.
    Authorization,
}

impl EvmType {
    const ALL: [Self; 5] = [
        Self::Legacy,
        Self::AccessList,
        Self::DynamicFee,
        Self::SetCode,
        Self::Authorization,
    ];

    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::AccessList => "access_list",
            Self::DynamicFee => "dynamic_fee",
            Self::SetCode => "set_code",
            Self::Authorization => "authorization",
        }
    }

    /// Whether it has a tip apart from the fee.
    #[must_use]
    pub const fn has_tip(self) -> bool {
        matches!(self, Self::DynamicFee | Self::SetCode)
    }

    fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let expected = Self::ALL.map(Self::as_str).join(", ");
                value_error("plan.detail.type", format!("{text:?}"), expected)
            })
    }
}

/// What a transaction says that it will touch (EIP-2930).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessItem {
    /// Whose storage, `0x` and lower-case hex.
    pub address: String,
    /// Which words of it, 64 hex digits each.
    pub storage_keys: Vec<String>,
}

/// What an EVM transaction carries beside nonce, destination, value and data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvmDetail {
    /// The transaction's type.
    pub kind: EvmType,
    /// The most gas it may use; 0 in an authorisation.
    pub gas_limit: u64,
    /// The most wei a gas may cost; the gas price where there is no dynamic fee.
    pub max_fee_per_gas: Uint256,
    /// The tip within it, in the types that have one.
    pub max_priority_fee_per_gas: Option<Uint256>,
    /// What it touches; empty in a legacy transaction and in an authorisation.
    pub access_list: Vec<AccessItem>,
    /// The signature of the authorisation that a transaction of type 4 takes along, 130 hex digits: `r ‖ s ‖ parity`.
    pub authorization: Option<String>,
}

impl EvmDetail {
    pub(crate) fn take(mut fields: Fields) -> Result<Self> {
        let kind = EvmType::parse(&fields.text("type")?)?;
        let detail = Self {
            kind,
            gas_limit: fields.small("gas_limit", u64::MAX)?,
            max_fee_per_gas: fields.word("max_fee_per_gas")?,
            max_priority_fee_per_gas: fields.optional("max_priority_fee_per_gas", Fields::word)?,
            access_list: fields.each("access_list", MAX_ACCESS, |item| {
                Ok(AccessItem {
                    address: item.text("address")?,
                    storage_keys: item.strings("storage_keys", MAX_ACCESS)?,
                })
            })?,
            authorization: fields.optional("authorization", Fields::text)?,
        };
        fields.end()?;
        Ok(detail)
    }

    /// The most that the transaction can cost, or None beyond 2^256 − 1.
    #[must_use]
    pub fn max_fee(&self) -> Option<Uint256> {
        self.max_fee_per_gas.checked_mul(self.gas_limit)
    }

    pub(crate) fn to_value(&self) -> Value {
        let item =
            |item: &AccessItem| json!({"address": item.address, "storage_keys": item.storage_keys});
        json!({
            "access_list": self.access_list.iter().map(item).collect::<Vec<_>>(),
            "authorization": self.authorization,
            "gas_limit": self.gas_limit.to_string(),
            "max_fee_per_gas": self.max_fee_per_gas.to_string(),
            "max_priority_fee_per_gas": self.max_priority_fee_per_gas.map(|tip| tip.to_string()),
            "type": self.kind.as_str(),
        })
    }

    fn check(&self) -> Result<()> {
        self.check_gas()?;
        let place = "plan.detail.max_priority_fee_per_gas";
        match (self.kind.has_tip(), self.max_priority_fee_per_gas) {
            (true, Some(tip)) if tip > self.max_fee_per_gas => {
                let expected = format!("at most max_fee_per_gas, {}", self.max_fee_per_gas);
                return Err(value_error(place, tip.to_string(), expected));
            }
            (true, None) => return Err(value_error(place, "null", "the tip of a dynamic fee")),
            (false, Some(tip)) => {
                let expected = "null without a dynamic fee";
                return Err(value_error(place, tip.to_string(), expected));
            }
            _ => {}
        }
        let place = "plan.detail.authorization";
        match (self.kind, &self.authorization) {
            (EvmType::SetCode, Some(signature)) => RECOVERABLE.check(signature, place)?,
            (EvmType::SetCode, None) => {
                let expected = "the signature of the authorisation";
                return Err(value_error(place, "null", expected));
            }
            (_, Some(_)) => {
                return Err(value_error(place, "a signature", "null but in set_code"));
            }
            _ => {}
        }
        let place = "plan.detail.access_list";
        if matches!(self.kind, EvmType::Legacy | EvmType::Authorization)
            && !self.access_list.is_empty()
        {
            let expected = format!("none in {}", self.kind.as_str());
            return Err(value_error(place, "an access list", expected));
        }
        if self.access_list.len() > MAX_ACCESS {
            let found = format!("{} items", self.access_list.len());
            return Err(value_error(place, found, format!("at most {MAX_ACCESS}")));
        }
        self.access_list.iter().try_for_each(AccessItem::check)
    }

    /// Refuse parts of the plan that contradict it.
    pub(crate) fn check_plan(&self, plan: &Plan) -> Result<()> {
        self.check()?;
        if plan.nonce.is_none_or(|nonce| nonce == u64::MAX) {
            let found = plan
                .nonce
                .map_or("null".to_owned(), |nonce| nonce.to_string());
            return Err(value_error(
                "plan.nonce",
                found,
                "a nonce below 2^64 - 1 (EIP-2681)",
            ));
        }
        let strays = [
            ("plan.change", !plan.change.is_empty()),
            ("plan.anchor", plan.anchor.is_some()),
            ("plan.valid_until_height", plan.valid_until_height.is_some()),
        ];
        if let Some((place, _)) = strays.into_iter().find(|(_, stray)| *stray) {
            return Err(value_error(place, "a value", "none in an EVM plan"));
        }
        if plan.payloads.len() != 1 || plan.payloads[0].curve != Curve::Secp256k1 {
            let found = format!("{} payloads", plan.payloads.len());
            return Err(value_error(
                "plan.payloads",
                found,
                "1 on secp256k1 in an EVM plan",
            ));
        }
        if self.max_fee() != Some(plan.fee) {
            let expected = "gas_limit times max_fee_per_gas";
            return Err(value_error("plan.fee", plan.fee.to_string(), expected));
        }
        Ok(())
    }

    /// An authorisation takes no gas; everything else at least what the cheapest transaction takes.
    fn check_gas(&self) -> Result<()> {
        let refused = |place: &str, found: String, expected: String| {
            Err(value_error(
                &format!("plan.detail.{place}"),
                found,
                expected,
            ))
        };
        if self.kind == EvmType::Authorization {
            let expected = || "0 in an authorisation".to_owned();
            if self.gas_limit != 0 {
                return refused("gas_limit", self.gas_limit.to_string(), expected());
            }
            if self.max_fee_per_gas != Uint256::ZERO {
                let found = self.max_fee_per_gas.to_string();
                return refused("max_fee_per_gas", found, expected());
            }
            return Ok(());
        }
        if self.gas_limit < LEAST_GAS {
            let expected = format!("at least {LEAST_GAS}");
            return refused("gas_limit", self.gas_limit.to_string(), expected);
        }
        Ok(())
    }
}

impl AccessItem {
    fn check(&self) -> Result<()> {
        EVM_ADDRESS.check(&self.address, "plan.detail.access_list.address")?;
        let place = "plan.detail.access_list.storage_keys";
        if self.storage_keys.len() > MAX_ACCESS {
            let found = format!("{} items", self.storage_keys.len());
            return Err(value_error(place, found, format!("at most {MAX_ACCESS}")));
        }
        self.storage_keys
            .iter()
            .try_for_each(|key| DIGEST.check(key, place))
    }
}
