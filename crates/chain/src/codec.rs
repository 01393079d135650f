//! The four verbs of a family, and the checks that follow from them for every family alike.

use jinku_words::plan::Curve;
use jinku_words::{AccountId, AssetId, ChainId, Intent, Plan};
use sha2::{Digest, Sha256};

use crate::effects::Effects;
use crate::error::{ChainCode, ChainError, ChainResult};

/// A transaction without its signatures, or what else a key of the chain signs with effects of its own: on EVM chains an
/// authorisation (EIP-7702), and a permit as the JSON text of its typed data (EIP-712).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// Whose key signs it. On some chains the bytes do not say; then it is what a signature has to prove.
    pub account: AccountId,
    /// The encoding that is signed, as the family has it.
    pub bytes: Vec<u8>,
}

/// What a key signs: a digest on the ECDSA and Schnorr chains, a message on Ed25519.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// 32 bytes.
    Digest([u8; 32]),
    /// The whole message.
    Bytes(Vec<u8>),
}

/// What is to be signed, and by whom. The path to the key stands in the plan: the signer derives the key and takes it only
/// if its address is the account's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToSign {
    /// Whose key.
    pub account: AccountId,
    /// On which curve.
    pub curve: Curve,
    /// What.
    pub message: Message,
}

impl ToSign {
    /// What a plan says of it: the digest, or SHA-256 of the message.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        match &self.message {
            Message::Digest(digest) => *digest,
            Message::Bytes(bytes) => Sha256::digest(bytes).into(),
        }
    }
}

/// A signature of 64 bytes, and what recovers its key where the chain needs that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `r ‖ s` or `R ‖ S`.
    pub bytes: [u8; 64],
    /// 0 to 3 on secp256k1.
    pub recovery_id: Option<u8>,
}

/// A transaction that the chain would take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The encoding that is broadcast.
    pub bytes: Vec<u8>,
    /// Its name on the chain, in the chain's own spelling.
    pub id: String,
}

/// A plan that belongs to its intent: what it builds, and what that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is signed.
    pub unsigned: Unsigned,
    /// What it does, decoded from those bytes.
    pub effects: Effects,
}

/// One family of chains. Every verb is a pure function.
pub trait Codec {
    /// The asset that fees are paid in.
    ///
    /// # Errors
    /// `tx.other_chain` for a chain of another family.
    fn fee_asset(&self, chain: &ChainId) -> ChainResult<AssetId>;

    /// The one transaction of an intent under a plan. What the plan says of payloads is not looked at.
    ///
    /// # Errors
    /// `tx.intent`, `tx.plan`, `tx.range`, `tx.other_chain`.
    fn build(&self, intent: &Intent, plan: &Plan) -> ChainResult<Unsigned>;

    /// Everything that the transaction does, decoded from the bytes and nothing else.
    ///
    /// # Errors
    /// `tx.malformed`, `tx.unsupported`, `tx.range`, `tx.other_chain`, `tx.signature` inside the bytes, `message.malformed`: what
    /// is not read in full is not read at all.
    fn summarise(&self, unsigned: &Unsigned) -> ChainResult<Effects>;

    /// What is to be signed, in the order in which [`Codec::attach`] wants the signatures.
    ///
    /// # Errors
    /// As [`Codec::summarise`].
    fn payloads(&self, unsigned: &Unsigned) -> ChainResult<Vec<ToSign>>;

    /// The signed transaction, every signature verified.
    ///
    /// # Errors
    /// `tx.signature`, and those of [`Codec::summarise`].
    fn attach(&self, unsigned: &Unsigned, signatures: &[Signature]) -> ChainResult<Signed>;

    /// What the approvers of an intent are shown, before there is a plan.
    ///
    /// # Errors
    /// `tx.intent`, and those of [`Codec::fee_asset`].
    fn asked(&self, intent: &Intent) -> ChainResult<Effects> {
        Effects::of_intent(intent, self.fee_asset(intent.chain())?)
    }

    /// A draft with the digests of its payloads filled in; its payloads name curve and path.
    ///
    /// # Errors
    /// Those of [`Codec::build`], and `tx.plan` when the draft has another number of payloads.
    fn complete(&self, intent: &Intent, draft: &Plan) -> ChainResult<Plan> {
        let to_sign = self.payloads(&self.build(intent, draft)?)?;
        let mut plan = draft.clone();
        same_count(to_sign.len(), plan.payloads.len())?;
        for (payload, wanted) in plan.payloads.iter_mut().zip(&to_sign) {
            payload.digest = hex(&wanted.digest());
        }
        self.check(intent, &plan)?;
        Ok(plan)
    }

    /// What the plan builds, when everything holds: it belongs to the intent, the bytes do what the intent asks for and
    /// nothing else, the fee is within bounds, and the payloads are those of the bytes. The signer checks this again.
    ///
    /// # Errors
    /// Any code of this crate but `tx.signature`.
    fn check(&self, intent: &Intent, plan: &Plan) -> ChainResult<Checked> {
        belongs(intent, plan)?;
        let unsigned = self.build(intent, plan)?;
        let effects = self.summarise(&unsigned)?;
        effects.within(&self.asked(intent)?)?;
        if effects.fee.most != plan.fee {
            let (found, expected) = (plan.fee.to_string(), effects.fee.most.to_string());
            return Err(contradiction(
                "the fee is not that of the bytes",
                found,
                expected,
            ));
        }
        let to_sign = self.payloads(&unsigned)?;
        same_count(to_sign.len(), plan.payloads.len())?;
        for (payload, wanted) in plan.payloads.iter().zip(&to_sign) {
            let expected = hex(&wanted.digest());
            if payload.digest != expected || payload.curve != wanted.curve {
                let found = format!("{} on {}", payload.digest, payload.curve.as_str());
                let expected = format!("{expected} on {}", wanted.curve.as_str());
                return Err(contradiction(
                    "a payload is not that of the bytes",
                    found,
                    expected,
                ));
            }
        }
        Ok(Checked { unsigned, effects })
    }
}

fn contradiction(what: &str, found: impl AsRef<str>, expected: impl Into<String>) -> ChainError {
    let what = format!("a plan contradicts its intent or itself: {what}");
    ChainError::new(ChainCode::Plan, what, found, expected)
}

fn same_count(wanted: usize, found: usize) -> ChainResult<()> {
    if wanted == found {
        return Ok(());
    }
    let what = "the number of payloads differs";
    Err(contradiction(what, found.to_string(), wanted.to_string()))
}

/// Refuse a plan of another intent, deployment or chain, or made outside the intent's time.
fn belongs(intent: &Intent, plan: &Plan) -> ChainResult<()> {
    let words = |error| ChainError::of_word(ChainCode::Plan, &error);
    plan.check().map_err(words)?;
    let digest = hex(&intent.digest().map_err(words)?);
    let pairs = [
        ("the intent", &plan.intent_digest, &digest),
        (
            "the deployment",
            &plan.deployment.to_string(),
            &intent.deployment.to_string(),
        ),
        (
            "the chain",
            &plan.chain.to_string(),
            &intent.chain().to_string(),
        ),
    ];
    if let Some((what, found, expected)) = pairs.into_iter().find(|(_, a, b)| a != b) {
        return Err(contradiction(
            &format!("{what} is another"),
            found,
            expected,
        ));
    }
    if plan.created_at_ms > intent.bounds.valid_until_ms {
        let expected = format!("at most {}", intent.bounds.valid_until_ms);
        let found = plan.created_at_ms.to_string();
        return Err(contradiction(
            "it was made after the intent ended",
            found,
            expected,
        ));
    }
    if plan.replaces.is_some() && !intent.bounds.replaceable {
        let what = "it replaces another, which the intent forbids";
        return Err(contradiction(what, "a replacement", "none"));
    }
    Ok(())
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
