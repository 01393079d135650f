//! The request file: what a platform asks an approver, and the answer file that goes back.

use jinku_words::approval::Decision;
use jinku_words::canonical;
use jinku_words::shape::{CODE, DIGEST, Fields, document_bytes, read_document, value_error};
use jinku_words::{Approval, Intent, WordsError};
use serde_json::{Value, json};

/// The most things that a platform tells beside the intent.
const MAX_TOLD: usize = 32;
/// The longest of them, in characters.
const MAX_TOLD_TEXT: usize = 1000;

/// What the platform tells, and nobody proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// A code, such as `policy.limit`.
    pub code: String,
    /// Its text.
    pub text: String,
}

/// What a platform asks an approver: `{"intent", "policy_digest", "signature", "told", "trust_root", "v":1}` in canonical
/// bytes. Nothing in it is believed: `check` compares it with what the device pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked for.
    pub intent: Intent,
    /// The initiator's, over the intent's digest.
    pub signature: [u8; 64],
    /// The policy that the platform says is in force, 64 hex digits.
    pub policy_digest: String,
    /// The digest of the trust root that the platform says is in force, 64 hex digits.
    pub trust_root: String,
    /// What it tells besides.
    pub told: Vec<Told>,
}

impl Request {
    /// The request of exactly these bytes; an unknown field, a missing one, or another spelling is refused.
    ///
    /// # Errors
    /// A [`WordsError`] that names the field.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, WordsError> {
        let mut fields = read_document(bytes, "approval_request")?;
        fields.version(1)?;
        let request = Self {
            intent: Intent::from_canonical(&canonical::to_vec(&fields.take("intent")?)?)?,
            signature: signature_of(&mut fields, "approval_request")?,
            policy_digest: fields.text("policy_digest")?,
            trust_root: fields.text("trust_root")?,
            told: fields.each("told", MAX_TOLD, |one| {
                Ok(Told {
                    code: one.text("code")?,
                    text: one.text("text")?,
                })
            })?,
        };
        fields.end()?;
        request.check()?;
        Ok(request)
    }

    fn check(&self) -> Result<(), WordsError> {
        DIGEST.check(&self.policy_digest, "approval_request.policy_digest")?;
        DIGEST.check(&self.trust_root, "approval_request.trust_root")?;
        for told in &self.told {
            CODE.check(&told.code, "approval_request.told.code")?;
            let length = told.text.chars().count();
            if length > MAX_TOLD_TEXT {
                let (found, expected) = (
                    format!("{length} characters"),
                    format!("at most {MAX_TOLD_TEXT}"),
                );
                return Err(value_error("approval_request.told.text", found, expected));
            }
        }
        Ok(())
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// For values out of form, and for more bytes than a document may have.
    pub fn to_canonical(&self) -> Result<Vec<u8>, WordsError> {
        self.check()?;
        let told = |told: &Told| json!({"code": told.code, "text": told.text});
        let document = json!({
            "v": 1,
            "intent": value_of(&self.intent.to_canonical()?)?,
            "policy_digest": self.policy_digest,
            "signature": hex(&self.signature),
            "told": self.told.iter().map(told).collect::<Vec<_>>(),
            "trust_root": self.trust_root,
        });
        document_bytes(&document, "approval_request")
    }
}

/// The answer file: `{"approval", "signature", "v":1}` in canonical bytes. What a signer takes are the approval's own
/// canonical bytes and the signature over their digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was decided, on what, until when.
    pub approval: Approval,
    /// The approver's, Ed25519 over the approval's digest.
    pub signature: [u8; 64],
}

impl Answer {
    /// The answer of exactly these bytes.
    ///
    /// # Errors
    /// As [`Request::from_canonical`].
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, WordsError> {
        let mut fields = read_document(bytes, "approval_answer")?;
        fields.version(1)?;
        let answer = Self {
            approval: Approval::from_canonical(&canonical::to_vec(&fields.take("approval")?)?)?,
            signature: signature_of(&mut fields, "approval_answer")?,
        };
        fields.end()?;
        Ok(answer)
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// For an approval out of form.
    pub fn to_canonical(&self) -> Result<Vec<u8>, WordsError> {
        let document = json!({
            "v": 1,
            "approval": value_of(&self.approval.to_canonical()?)?,
            "signature": hex(&self.signature),
        });
        document_bytes(&document, "approval_answer")
    }
}

/// The word of a decision.
#[must_use]
pub(crate) const fn word_of(decision: Decision) -> &'static str {
    match decision {
        Decision::Approve => "approve",
        Decision::Reject => "reject",
    }
}

fn value_of(bytes: &[u8]) -> Result<Value, WordsError> {
    canonical::parse_exact(bytes)
}

fn signature_of(fields: &mut Fields, document: &str) -> Result<[u8; 64], WordsError> {
    let text = fields.text("signature")?;
    unhex(&text).ok_or_else(|| {
        let place = format!("{document}.signature");
        value_error(&place, "another text", "128 lower-case hex digits")
    })
}

/// Lower-case hexadecimal.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of so many lower-case hex digits.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() != 2 * N || !lower {
        return None;
    }
    let mut out = [0; N];
    for (byte, at) in out.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(out)
}
