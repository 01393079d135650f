//! An Approval: a decision on one intent, its decoded effects and the policy in force; its approver signs the digest.

use serde_json::json;

use crate::digest::{APPROVAL, domain_digest};
use crate::error::Result;
use crate::id::Id;
use crate::intent::{Bounds, check_ms};
use crate::shape::{DIGEST, KEY_NAME, MAX_MS, document_bytes, read_document, value_error};

/// What the approver decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may go on.
    Approve,
    /// It may not.
    Reject,
}

impl Decision {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

/// A decision that holds for exactly these digests (64 hex digits) and bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The deployment.
    pub deployment: Id,
    /// The intent.
    pub intent_digest: String,
    /// What the approver's own device decoded and showed.
    pub effects_digest: String,
    /// The bounds that were shown.
    pub bounds: Bounds,
    /// The policy in force.
    pub policy_digest: String,
    /// What was decided.
    pub decision: Decision,
    /// Unix milliseconds after which it is void.
    pub not_after_ms: u64,
    /// The name of the approver's key.
    pub approver: String,
}

impl Approval {
    /// Refuse values out of form.
    ///
    /// # Errors
    /// `document.value`, with the field.
    pub fn check(&self) -> Result<()> {
        self.bounds.check()?;
        DIGEST.check(&self.intent_digest, "approval.intent_digest")?;
        DIGEST.check(&self.effects_digest, "approval.effects_digest")?;
        DIGEST.check(&self.policy_digest, "approval.policy_digest")?;
        KEY_NAME.check(&self.approver, "approval.approver")?;
        check_ms(self.not_after_ms, "approval.not_after")
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// As [`Approval::check`].
    pub fn to_canonical(&self) -> Result<Vec<u8>> {
        self.check()?;
        let document = json!({
            "v": 1,
            "deployment": self.deployment,
            "intent_digest": self.intent_digest,
            "effects_digest": self.effects_digest,
            "bounds": self.bounds.to_value(),
            "policy_digest": self.policy_digest,
            "decision": self.decision.as_str(),
            "not_after": self.not_after_ms.to_string(),
            "approver": self.approver,
        });
        document_bytes(&document, "approval")
    }

    /// The approval of exactly these bytes; an unknown field, a missing one, or another spelling is refused.
    ///
    /// # Errors
    /// A [`crate::WordsError`] that names the field.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self> {
        let mut fields = read_document(bytes, "approval")?;
        fields.version(1)?;
        let approval = Self {
            deployment: fields.word("deployment")?,
            intent_digest: fields.text("intent_digest")?,
            effects_digest: fields.text("effects_digest")?,
            bounds: Bounds::take(fields.fields("bounds")?)?,
            policy_digest: fields.text("policy_digest")?,
            decision: decision_of(&fields.text("decision")?)?,
            not_after_ms: fields.small("not_after", MAX_MS)?,
            approver: fields.text("approver")?,
        };
        approval.check()?;
        fields.end()?;
        Ok(approval)
    }

    /// What is signed by Ed25519, or the challenge of a passkey.
    ///
    /// # Errors
    /// As [`Approval::check`].
    pub fn digest(&self) -> Result<[u8; 32]> {
        Ok(domain_digest(APPROVAL, &self.to_canonical()?))
    }
}

fn decision_of(text: &str) -> Result<Decision> {
    match text {
        "approve" => Ok(Decision::Approve),
        "reject" => Ok(Decision::Reject),
        _ => Err(value_error(
            "approval.decision",
            format!("{text:?}"),
            "approve, reject",
        )),
    }
}
