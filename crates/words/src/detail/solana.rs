//! What a Solana plan carries beside its anchor. The anchor is a recent block's hash, or what a nonce account holds.

use serde_json::{Value, json};

use crate::error::Result;
use crate::plan::{Curve, Plan};
use crate::shape::form::SOLANA_KEY;
use crate::shape::{Fields, value_error};

/// What each signature costs, in lamports.
pub const SIGNATURE_FEE: u64 = 5_000;
/// The most compute units of one transaction.
pub const MAX_COMPUTE: u32 = 1_400_000;
/// Micro-lamports of a lamport: the unit of prices of compute units.
const MICRO: u128 = 1_000_000;

/// The form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolanaVersion {
    /// Before versions.
    Legacy,
    /// Version 0.
    V0,
}

impl SolanaVersion {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::V0 => "v0",
        }
    }
}

/// The program that keeps a token's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenProgram {
    /// SPL Token.
    Token,
    /// Token-2022.
    Token2022,
}

impl TokenProgram {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Token2022 => "token_2022",
        }
    }

    /// The most lamports that a new token account takes: two years' rent, at genesis' 3,480 lamports a byte and year, for
    /// 128 bytes and its own. Those are 165 in SPL Token. In Token-2022 the mint decides, and no mint asks for more than 195.
    #[must_use]
    pub const fn account_cost(self) -> u64 {
        let size = match self {
            Self::Token => 165,
            Self::Token2022 => 195,
        };
        (128 + size) * 2 * 3_480
    }
}

/// The token that a plan moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SolanaToken {
    /// Who keeps its accounts.
    pub program: TokenProgram,
    /// As the mint has them; the chain refuses others.
    pub decimals: u8,
}

/// What a Solana transaction carries beside source, destination, asset, amount and anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SolanaDetail {
    /// The form of the message.
    pub version: SolanaVersion,
    /// The most compute units it may use.
    pub compute_limit: u32,
    /// Micro-lamports for each unit of the limit.
    pub compute_price: u64,
    /// The durable nonce's account, in base58; the anchor is then what it holds. The source is its authority.
    pub nonce_account: Option<String>,
    /// The token; null when the coin moves.
    pub token: Option<SolanaToken>,
}

/// Signatures and compute units, in lamports, or None beyond 64 bits.
#[must_use]
pub fn fee_of(signatures: u64, compute_limit: u32, compute_price: u64) -> Option<u64> {
    let micro = u128::from(compute_limit) * u128::from(compute_price);
    let priority = u64::try_from(micro.div_ceil(MICRO)).ok()?;
    signatures.checked_mul(SIGNATURE_FEE)?.checked_add(priority)
}

impl SolanaDetail {
    pub(super) fn to_value(&self) -> Value {
        let token = |token: &SolanaToken| json!({"decimals": token.decimals.to_string(), "program": token.program.as_str()});
        json!({
            "compute_limit": self.compute_limit.to_string(),
            "compute_price": self.compute_price.to_string(),
            "nonce_account": self.nonce_account,
            "token": self.token.as_ref().map(token),
            "version": self.version.as_str(),
        })
    }

    pub(super) fn take(mut fields: Fields) -> Result<Self> {
        let version = word(
            "plan.detail.version",
            &fields.text("version")?,
            [SolanaVersion::Legacy, SolanaVersion::V0],
            SolanaVersion::as_str,
        )?;
        let limit = fields.small("compute_limit", u64::from(MAX_COMPUTE))?;
        let detail = Self {
            version,
            compute_limit: u32::try_from(limit).unwrap_or(MAX_COMPUTE),
            compute_price: fields.small("compute_price", u64::MAX)?,
            nonce_account: fields.optional("nonce_account", Fields::text)?,
            token: fields
                .optional("token", Fields::fields)?
                .map(SolanaToken::take)
                .transpose()?,
        };
        fields.end()?;
        Ok(detail)
    }

    /// The most that the transaction can cost: its signature, its compute units, and the receiver's token account where a
    /// token moves. None beyond 64 bits.
    #[must_use]
    pub fn max_fee(&self) -> Option<u64> {
        let account = self.token.map_or(0, |token| token.program.account_cost());
        fee_of(1, self.compute_limit, self.compute_price)?.checked_add(account)
    }

    fn check(&self) -> Result<()> {
        if !(1..=MAX_COMPUTE).contains(&self.compute_limit) {
            let (found, expected) = (
                self.compute_limit.to_string(),
                format!("1 to {MAX_COMPUTE}"),
            );
            return Err(value_error("plan.detail.compute_limit", found, expected));
        }
        match &self.nonce_account {
            Some(account) => SOLANA_KEY.check(account, "plan.detail.nonce_account"),
            None => Ok(()),
        }
    }

    /// Refuse a plan that has what a Solana plan has not, or not so.
    pub(super) fn check_plan(&self, plan: &Plan) -> Result<()> {
        self.check()?;
        let strays = [
            ("plan.nonce", plan.nonce.is_some()),
            ("plan.inputs", !plan.inputs.is_empty()),
            ("plan.change", !plan.change.is_empty()),
        ];
        if let Some((place, _)) = strays.into_iter().find(|(_, stray)| *stray) {
            return Err(value_error(place, "a value", "none in a Solana plan"));
        }
        match &plan.anchor {
            Some(anchor) => SOLANA_KEY.check(anchor, "plan.anchor")?,
            None => {
                return Err(value_error(
                    "plan.anchor",
                    "null",
                    "a block's hash, or what the nonce account holds",
                ));
            }
        }
        let durable = self.nonce_account.is_some();
        if durable == plan.valid_until_height.is_some() {
            let found = if durable { "a height" } else { "null" };
            let expected = "the last height of a block's hash, null with a durable nonce";
            return Err(value_error("plan.valid_until_height", found, expected));
        }
        if plan.payloads.len() != 1 || plan.payloads[0].curve != Curve::Ed25519 {
            let found = format!("{} payloads", plan.payloads.len());
            return Err(value_error(
                "plan.payloads",
                found,
                "1 on ed25519 in a Solana plan",
            ));
        }
        if self.max_fee().map(Into::into) != Some(plan.fee) {
            let expected = "signature, compute units and the account of a token";
            return Err(value_error("plan.fee", plan.fee.to_string(), expected));
        }
        Ok(())
    }
}

impl SolanaToken {
    fn take(mut fields: Fields) -> Result<Self> {
        let decimals = fields.small("decimals", u64::from(u8::MAX))?;
        let program = word(
            "plan.detail.token.program",
            &fields.text("program")?,
            [TokenProgram::Token, TokenProgram::Token2022],
            TokenProgram::as_str,
        )?;
        fields.end()?;
        let decimals = u8::try_from(decimals).unwrap_or(u8::MAX);
        Ok(Self { program, decimals })
    }
}

fn word<T: Copy>(place: &str, found: &str, all: [T; 2], text: fn(T) -> &'static str) -> Result<T> {
    let known = all.into_iter().find(|it| text(*it) == found);
    known.ok_or_else(|| value_error(place, format!("{found:?}"), all.map(text).join(", ")))
}
