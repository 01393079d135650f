//! A Plan: what the chain needs and nobody knew when the intent was approved; it is journaled before any signature.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::amount::Uint256;
use crate::caip::{AccountId, ChainId};
use crate::detail::Detail;
use crate::digest::{PLAN, domain_digest};
use crate::error::Result;
use crate::id::Id;
use crate::intent::check_ms;
use crate::shape::{
    ANCHOR, DIGEST, Fields, MAX_MS, OUTPOINT, PATH, document_bytes, read_document, value_error,
};

/// How many inputs, change outputs or payloads one plan may have.
pub const MAX_PARTS: usize = 256;

/// The curve a payload is signed on, in SLIP-10's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// secp256k1.
    Secp256k1,
    /// NIST P-256.
    Nist256p1,
    /// Ed25519.
    Ed25519,
}

impl Curve {
    /// SLIP-10's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secp256k1 => "secp256k1",
            Self::Nist256p1 => "nist256p1",
            Self::Ed25519 => "ed25519",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        [Self::Secp256k1, Self::Nist256p1, Self::Ed25519]
            .into_iter()
            .find(|curve| curve.as_str() == text)
            .ok_or_else(|| {
                value_error(
                    "plan.payloads.curve",
                    format!("{text:?}"),
                    "secp256k1, nist256p1, ed25519",
                )
            })
    }
}

/// An output that is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanInput {
    /// `txid:number`.
    pub outpoint: String,
    /// Its value in the smallest unit.
    pub value: Uint256,
}

/// Change that comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanOutput {
    /// To which account of ours.
    pub account: AccountId,
    /// How much, in the smallest unit.
    pub value: Uint256,
}

/// What one key signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// 64 hex digits: the chain's digest, or SHA-256 of the message on Ed25519.
    pub digest: String,
    /// On which curve.
    pub curve: Curve,
    /// The key's path.
    pub path: String,
}

/// How one intent will be done. Account chains carry a nonce, UTXO chains inputs; others an anchor and a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The plan's own id.
    pub id: Id,
    /// The deployment.
    pub deployment: Id,
    /// The intent it serves, 64 hex digits.
    pub intent_digest: String,
    /// The chain.
    pub chain: ChainId,
    /// The nonce, on account chains.
    pub nonce: Option<u64>,
    /// What is spent, on UTXO chains.
    pub inputs: Vec<PlanInput>,
    /// What comes back.
    pub change: Vec<PlanOutput>,
    /// The fee, in the chain's smallest native unit.
    pub fee: Uint256,
    /// A recent block's hash, where the chain wants one.
    pub anchor: Option<String>,
    /// The last height at which it may land, where the chain has one.
    pub valid_until_height: Option<u64>,
    /// What is signed.
    pub payloads: Vec<Payload>,
    /// What only its family needs; null where the family has no codec yet.
    pub detail: Option<Detail>,
    /// The plan that this one replaces.
    pub replaces: Option<Id>,
    /// Unix milliseconds.
    pub created_at_ms: u64,
}

impl Plan {
    /// Refuse values out of form, nonce and inputs at once, an input twice, no payload, foreign change.
    ///
    /// # Errors
    /// `document.value`, with the field.
    pub fn check(&self) -> Result<()> {
        DIGEST.check(&self.intent_digest, "plan.intent_digest")?;
        check_ms(self.created_at_ms, "plan.created_at")?;
        if let Some(anchor) = &self.anchor {
            ANCHOR.check(anchor, "plan.anchor")?;
        }
        self.check_parts()?;
        if self.nonce.is_some() && !self.inputs.is_empty() {
            return Err(value_error(
                "plan.inputs",
                "inputs beside a nonce",
                "one of the two",
            ));
        }
        let outpoints: HashSet<&str> = self
            .inputs
            .iter()
            .map(|item| item.outpoint.as_str())
            .collect();
        if outpoints.len() != self.inputs.len() {
            return Err(value_error(
                "plan.inputs",
                "an outpoint twice",
                "each outpoint once",
            ));
        }
        if self
            .change
            .iter()
            .any(|item| *item.account.chain() != self.chain)
        {
            return Err(value_error(
                "plan.change",
                "an account on another chain",
                self.chain.to_string(),
            ));
        }
        let counts = [
            ("inputs", self.inputs.len()),
            ("change", self.change.len()),
            ("payloads", self.payloads.len()),
        ];
        if let Some((place, count)) = counts.into_iter().find(|(_, count)| *count > MAX_PARTS) {
            let place = format!("plan.{place}");
            return Err(value_error(
                &place,
                format!("{count} items"),
                format!("at most {MAX_PARTS}"),
            ));
        }
        if self.payloads.is_empty() {
            return Err(value_error("plan.payloads", "0 items", "at least 1"));
        }
        if self.replaces == Some(self.id) {
            return Err(value_error(
                "plan.replaces",
                "its own id",
                "the plan before, or null",
            ));
        }
        self.check_detail()
    }

    fn check_parts(&self) -> Result<()> {
        self.inputs
            .iter()
            .try_for_each(|item| OUTPOINT.check(&item.outpoint, "plan.inputs.outpoint"))?;
        self.payloads.iter().try_for_each(|item| {
            DIGEST.check(&item.digest, "plan.payloads.digest")?;
            PATH.check(&item.path, "plan.payloads.path")
        })
    }

    /// The canonical bytes that are journaled.
    ///
    /// # Errors
    /// As [`Plan::check`].
    pub fn to_canonical(&self) -> Result<Vec<u8>> {
        self.check()?;
        document_bytes(&self.to_value(), "plan")
    }

    /// The plan of exactly these bytes; an unknown field, a missing one, or another spelling is refused.
    ///
    /// # Errors
    /// A [`crate::WordsError`] that names the field.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self> {
        let mut fields = read_document(bytes, "plan")?;
        fields.version(1)?;
        let u64_of = |fields: &mut Fields, name: &str| fields.small(name, u64::MAX);
        let (id, deployment) = (fields.word("id")?, fields.word("deployment")?);
        let intent_digest = fields.text("intent_digest")?;
        let chain: ChainId = fields.word("chain")?;
        let plan = Self {
            id,
            deployment,
            intent_digest,
            detail: Self::take_detail(&mut fields, chain.family())?,
            chain,
            nonce: fields.optional("nonce", u64_of)?,
            inputs: fields.each("inputs", MAX_PARTS, |item| {
                Ok(PlanInput {
                    outpoint: item.text("outpoint")?,
                    value: item.word("value")?,
                })
            })?,
            change: fields.each("change", MAX_PARTS, |item| {
                Ok(PlanOutput {
                    account: item.word("account")?,
                    value: item.word("value")?,
                })
            })?,
            fee: fields.word("fee")?,
            anchor: fields.optional("anchor", Fields::text)?,
            valid_until_height: fields.optional("valid_until_height", u64_of)?,
            payloads: fields.each("payloads", MAX_PARTS, |item| {
                let curve = Curve::parse(&item.text("curve")?)?;
                Ok(Payload {
                    digest: item.text("digest")?,
                    curve,
                    path: item.text("path")?,
                })
            })?,
            replaces: fields.optional("replaces", Fields::word)?,
            created_at_ms: fields.small("created_at", MAX_MS)?,
        };
        plan.check()?;
        fields.end()?;
        Ok(plan)
    }

    /// The digest that names this plan.
    ///
    /// # Errors
    /// As [`Plan::check`].
    pub fn digest(&self) -> Result<[u8; 32]> {
        Ok(domain_digest(PLAN, &self.to_canonical()?))
    }

    fn to_value(&self) -> Value {
        let input =
            |item: &PlanInput| json!({"outpoint": item.outpoint, "value": item.value.to_string()});
        let output = |item: &PlanOutput| json!({"account": item.account.to_string(), "value": item.value.to_string()});
        let payload = |item: &Payload| json!({"curve": item.curve.as_str(), "digest": item.digest, "path": item.path});
        json!({
            "v": 1,
            "id": self.id,
            "deployment": self.deployment,
            "intent_digest": self.intent_digest,
            "chain": self.chain.to_string(),
            "nonce": self.nonce.map(|nonce| nonce.to_string()),
            "inputs": self.inputs.iter().map(input).collect::<Vec<_>>(),
            "change": self.change.iter().map(output).collect::<Vec<_>>(),
            "fee": self.fee.to_string(),
            "anchor": self.anchor,
            "valid_until_height": self.valid_until_height.map(|height| height.to_string()),
            "payloads": self.payloads.iter().map(payload).collect::<Vec<_>>(),
            "detail": self.detail.as_ref().map(Detail::to_value),
            "replaces": self.replaces,
            "created_at": self.created_at_ms.to_string(),
        })
    }
}
