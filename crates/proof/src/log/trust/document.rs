//! The document: its fields, and what may be asked of them.

use jinku_words::Id;
use jinku_words::shape::{DIGEST, MAX_DOCUMENT_BYTES, MAX_MS};

use super::TRUST_ROOT_TAG;
use super::fingerprint::Fingerprint;
use super::refusal::{of_word, refused};
use crate::Hash;
use crate::log::error::{LogCode, LogError, LogResult};
use crate::log::key::VerifierKey;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Signs trust roots.
    Admin,
    /// Signs approvals.
    Approver,
    /// Signs intents.
    Initiator,
    /// Signs facts, such as prices, that may loosen a verdict.
    Source,
}

impl Role {
    pub(super) const ALL: [Self; 4] = [Self::Admin, Self::Approver, Self::Initiator, Self::Source];

    /// The word in the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Approver => "approver",
            Self::Initiator => "initiator",
            Self::Source => "source",
        }
    }
}

/// Where a passkey is used: what its assertions have to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The web origin, such as `https://console.example`.
    pub origin: String,
    /// The relying party's id, such as `console.example`.
    pub rp_id: String,
}

/// What kind of key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519, 32 bytes.
    Ed25519,
    /// A passkey (WebAuthn, ES256): a compressed point of P-256, 33 bytes.
    Passkey(Passkey),
}

/// A key that the deployment trusts for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: KeyKind,
    /// The public key.
    pub public: Vec<u8>,
    /// What it may do, ascending, each once.
    pub roles: Vec<Role>,
    /// Unix milliseconds after which it may not.
    pub not_after_ms: Option<u64>,
}

impl TrustedKey {
    /// Holds when the key may do this at that time.
    #[must_use]
    pub fn may(&self, role: Role, at_ms: u64) -> bool {
        self.roles.contains(&role) && self.not_after_ms.is_none_or(|end| at_ms <= end)
    }
}

/// Approvers of whom some number has to agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Names of approvers' keys, ascending, each once.
    pub members: Vec<String>,
    /// How many of them.
    pub threshold: u64,
}

/// Somebody who cosigns checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its name in this document; all its keys count as one.
    pub name: String,
    /// Its keys, of types 0x04 and 0x06.
    pub keys: Vec<VerifierKey>,
    /// Whether somebody else runs it. Only such witnesses count.
    pub outside: bool,
}

/// Whom a signer of this deployment believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRoot {
    /// The deployment.
    pub deployment: Id,
    /// 1 for the first.
    pub version: u64,
    /// Unix milliseconds.
    pub created_at_ms: u64,
    /// Unix milliseconds after which a new version is needed.
    pub not_after_ms: Option<u64>,
    /// How many admins have to sign a version.
    pub admin_threshold: u64,
    /// Keys by ascending name.
    pub keys: Vec<TrustedKey>,
    /// Groups by ascending name.
    pub groups: Vec<Group>,
    /// Digest of the policy in force, 64 hex digits.
    pub policy_digest: Option<String>,
    /// The journal's origin.
    pub origin: String,
    /// The journal's keys, of types 0x01 and 0x06; each of them signs every checkpoint.
    pub journal_keys: Vec<VerifierKey>,
    /// Witnesses by ascending name.
    pub witnesses: Vec<Witness>,
    /// How many outside witnesses have to cosign.
    pub quorum: u64,
}

impl TrustRoot {
    /// Holds when the document keeps every rule.
    ///
    /// # Errors
    /// `trust.malformed`, naming the field.
    pub fn check(&self) -> LogResult<()> {
        if self.version == 0 {
            return Err(refused("version", "0", "1 or more"));
        }
        for (place, time) in [
            ("created_at", Some(self.created_at_ms)),
            ("not_after", self.not_after_ms),
        ] {
            if time.is_some_and(|t| t > MAX_MS) {
                return Err(refused(
                    place,
                    "a later time",
                    "at most 2^53 − 1 milliseconds",
                ));
            }
        }
        if let Some(digest) = &self.policy_digest {
            DIGEST
                .check(digest, "trust_root.policy_digest")
                .map_err(|e| of_word(&e))?;
        }
        self.check_keys()?;
        self.check_groups()?;
        self.check_journal()?;
        self.check_witnesses()
    }

    /// Whether no outside witness has to cosign: receipts under this root are marked so.
    #[must_use]
    pub fn is_dev(&self) -> bool {
        self.quorum == 0
    }

    /// Holds when the root may be used at that time.
    ///
    /// # Errors
    /// `trust.expired`.
    pub fn check_fresh(&self, at_ms: u64) -> LogResult<()> {
        match self.not_after_ms.filter(|end| at_ms > *end) {
            Some(end) => Err(LogError::new(
                LogCode::TrustExpired,
                format!(
                    "version {} of the trust root has expired; have the admins sign the next one",
                    self.version
                ),
                format!("{at_ms} ms"),
                format!("at most {end} ms"),
            )),
            None => Ok(()),
        }
    }

    /// The key of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&TrustedKey> {
        self.keys.iter().find(|k| k.name == name)
    }

    /// What admins sign: `SHA-256("jinku/trust-root/1" ‖ 00 ‖ canonical bytes)`.
    ///
    /// # Errors
    /// As [`TrustRoot::to_canonical`].
    pub fn digest(&self) -> LogResult<Hash> {
        Ok(jinku_words::digest::domain_digest(
            TRUST_ROOT_TAG,
            &self.to_canonical()?,
        ))
    }

    /// What people compare.
    ///
    /// # Errors
    /// As [`TrustRoot::to_canonical`].
    pub fn fingerprint(&self) -> LogResult<Fingerprint> {
        Ok(Fingerprint::of(&self.digest()?))
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// As [`TrustRoot::check`], and for more than 65,535 bytes.
    pub fn to_canonical(&self) -> LogResult<Vec<u8>> {
        self.check()?;
        let mut out = Vec::with_capacity(8192);
        self.write(&mut out);
        if out.len() > MAX_DOCUMENT_BYTES {
            return Err(refused(
                "",
                format!("{} bytes", out.len()),
                format!("at most {MAX_DOCUMENT_BYTES} bytes"),
            ));
        }
        Ok(out)
    }
}
