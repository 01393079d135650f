//! An Intent: what somebody wants moved, and within which bounds; its initiator signs the digest.

use serde_json::{Value, json};

use crate::amount::Uint256;
use crate::caip::{AccountId, AssetId, ChainId};
use crate::digest::{INTENT, INTENT_BODY, domain_digest};
use crate::error::Result;
use crate::id::Id;
use crate::shape::{
    DIGEST, Fields, IDEMPOTENCY_KEY, KEY_NAME, MAX_MS, document_bytes, read_document, value_error,
};

/// What no plan may exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The highest fee, in the chain's smallest native unit.
    pub max_fee: Uint256,
    /// Unix milliseconds after which nothing may be signed.
    pub valid_until_ms: u64,
    /// Whether a plan may be replaced by another with the same nonce or input.
    pub replaceable: bool,
}

impl Bounds {
    pub(crate) fn to_value(&self) -> Value {
        json!({
            "max_fee": self.max_fee.to_string(),
            "replaceable": self.replaceable,
            "valid_until": self.valid_until_ms.to_string(),
        })
    }

    pub(crate) fn take(mut fields: Fields) -> Result<Self> {
        let bounds = Self {
            max_fee: fields.word("max_fee")?,
            valid_until_ms: fields.small("valid_until", MAX_MS)?,
            replaceable: fields.flag("replaceable")?,
        };
        fields.end()?;
        Ok(bounds)
    }

    pub(crate) fn check(&self) -> Result<()> {
        check_ms(self.valid_until_ms, "bounds.valid_until")
    }
}

/// Refuse a time beyond 2^53 − 1.
pub(crate) fn check_ms(value: u64, place: &str) -> Result<()> {
    if value <= MAX_MS {
        return Ok(());
    }
    Err(value_error(
        place,
        value.to_string(),
        format!("an integer of 0 to {MAX_MS}"),
    ))
}

/// What an intent asks for. Other kinds come with what serves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentKind {
    /// An asset moves from the source to the destination.
    Transfer,
    /// The source hands itself over to the code of the destination (EIP-7702), or back with the zero address; the asset is
    /// the chain's coin, the amount zero.
    Delegate,
}

impl IntentKind {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Delegate => "delegate",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        [Self::Transfer, Self::Delegate]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| value_error("intent.kind", format!("{text:?}"), "transfer, delegate"))
    }
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The intent's own id.
    pub id: Id,
    /// The deployment it is meant for; another one refuses it.
    pub deployment: Id,
    /// What it asks for.
    pub kind: IntentKind,
    /// The vault that holds the source's key.
    pub vault: Id,
    /// From where.
    pub source: AccountId,
    /// To where.
    pub destination: AccountId,
    /// Which asset.
    pub asset: AssetId,
    /// How much, in the asset's smallest unit.
    pub amount: Uint256,
    /// What no plan may exceed.
    pub bounds: Bounds,
    /// The name of the key that asks.
    pub initiator: String,
    /// A salted commitment to the reason (64 hex digits), if one was given.
    pub reason_commitment: Option<String>,
    /// The caller's key: the same key and body are the same request.
    pub idempotency_key: String,
    /// Unix milliseconds.
    pub created_at_ms: u64,
}

impl Intent {
    /// Refuse texts out of form, parts on different chains, and an intent that ends before it begins.
    ///
    /// # Errors
    /// `document.value`, with the field.
    pub fn check(&self) -> Result<()> {
        self.bounds.check()?;
        check_ms(self.created_at_ms, "intent.created_at")?;
        KEY_NAME.check(&self.initiator, "intent.initiator")?;
        IDEMPOTENCY_KEY.check(&self.idempotency_key, "intent.idempotency_key")?;
        if let Some(commitment) = &self.reason_commitment {
            DIGEST.check(commitment, "intent.reason_commitment")?;
        }
        let chain = self.chain();
        for (place, other) in [
            ("destination", self.destination.chain()),
            ("asset", self.asset.chain()),
        ] {
            if other != chain {
                let expected = format!("the chain of the source, {chain}");
                return Err(value_error(
                    &format!("intent.{place}"),
                    other.to_string(),
                    expected,
                ));
            }
        }
        if self.bounds.valid_until_ms <= self.created_at_ms {
            let (found, expected) = (
                self.bounds.valid_until_ms.to_string(),
                format!("later than created_at {}", self.created_at_ms),
            );
            return Err(value_error("intent.bounds.valid_until", found, expected));
        }
        match self.kind {
            IntentKind::Transfer => Ok(()),
            IntentKind::Delegate => self.check_delegate(),
        }
    }

    /// A delegation moves nothing, and only EVM chains have it.
    fn check_delegate(&self) -> Result<()> {
        if self.chain().family() != "evm" {
            let found = format!("delegate on {}", self.chain());
            return Err(value_error("intent.kind", found, "an EVM chain"));
        }
        if (self.asset.namespace(), self.asset.reference()) != ("slip44", "60") {
            let (found, expected) = (self.asset.to_string(), "slip44:60 in a delegation");
            return Err(value_error("intent.asset", found, expected));
        }
        if self.amount != Uint256::ZERO {
            let found = self.amount.to_string();
            return Err(value_error("intent.amount", found, "0 in a delegation"));
        }
        Ok(())
    }

    /// The canonical bytes that are signed and journaled.
    ///
    /// # Errors
    /// As [`Intent::check`].
    pub fn to_canonical(&self) -> Result<Vec<u8>> {
        self.check()?;
        document_bytes(&self.to_value(), "intent")
    }

    /// The intent of exactly these bytes; an unknown field, a missing one, or another spelling is refused.
    ///
    /// # Errors
    /// A [`crate::WordsError`] that names the field.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self> {
        let mut fields = read_document(bytes, "intent")?;
        fields.version(1)?;
        let intent = Self {
            id: fields.word("id")?,
            deployment: fields.word("deployment")?,
            kind: IntentKind::parse(&fields.text("kind")?)?,
            vault: fields.word("vault")?,
            source: fields.word("source")?,
            destination: fields.word("destination")?,
            asset: fields.word("asset")?,
            amount: fields.word("amount")?,
            bounds: Bounds::take(fields.fields("bounds")?)?,
            initiator: fields.text("initiator")?,
            reason_commitment: fields.optional("reason_commitment", Fields::text)?,
            idempotency_key: fields.text("idempotency_key")?,
            created_at_ms: fields.small("created_at", MAX_MS)?,
        };
        intent.check()?;
        fields.end()?;
        Ok(intent)
    }

    /// The chain it happens on.
    #[must_use]
    pub const fn chain(&self) -> &ChainId {
        self.source.chain()
    }

    /// What its initiator signs and approvals name.
    ///
    /// # Errors
    /// As [`Intent::check`].
    pub fn digest(&self) -> Result<[u8; 32]> {
        Ok(domain_digest(INTENT, &self.to_canonical()?))
    }

    /// The digest over all but the id: equal for two requests that idempotency holds for the same.
    ///
    /// # Errors
    /// As [`Intent::check`].
    pub fn body_digest(&self) -> Result<[u8; 32]> {
        self.check()?;
        let mut document = self.to_value();
        if let Some(members) = document.as_object_mut() {
            members.remove("id");
        }
        Ok(domain_digest(
            INTENT_BODY,
            &document_bytes(&document, "intent")?,
        ))
    }

    fn to_value(&self) -> Value {
        json!({
            "v": 1,
            "id": self.id,
            "deployment": self.deployment,
            "kind": self.kind.as_str(),
            "vault": self.vault,
            "source": self.source.to_string(),
            "destination": self.destination.to_string(),
            "asset": self.asset.to_string(),
            "amount": self.amount.to_string(),
            "bounds": self.bounds.to_value(),
            "initiator": self.initiator,
            "reason_commitment": self.reason_commitment,
            "idempotency_key": self.idempotency_key,
            "created_at": self.created_at_ms.to_string(),
        })
    }
}
