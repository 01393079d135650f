//! The system key set: one sealed secret, and the keys that HKDF makes of it.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};

use ed25519_dalek::{Signer as _, SigningKey};
use jinku_envelope::{
    EnvelopeError, KdfParams, OpenVault, Unlock, VaultEnvelope, VaultSpec, subkey,
};
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::error::{LogError, LogResult};
use jinku_proof::log::handover::{HANDOVER_TAG, Handover};
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::{Note, SignatureLine};
use jinku_proof::log::trust::{AdminSignature, TrustRoot};
use jinku_secrets::Secret;
use jinku_words::digest::domain_digest;
use jinku_words::id::Id;
use zeroize::Zeroizing;

use crate::begun::{BEGUN, Begun};
use crate::refusal::{Outcome, Refusal};

/// Purpose of the key that signs batch statements and answers to hello.
pub(crate) const IDENTITY: &str = "identity";
/// Purpose of the key of the actor that `init` enrols.
pub(crate) const ACTOR: &str = "actor";
/// Purpose of the log's Ed25519 key.
pub(crate) const LOG_ED25519: &str = "log-ed25519";
/// Purpose of the log's ML-DSA-44 seed.
pub(crate) const LOG_MLDSA44: &str = "log-mldsa44";
/// Purpose of the key that pays for anchors on a chain (secp256k1).
pub(crate) const ANCHOR: &str = "anchor-evm";
/// Purpose of the key that signs heads of the slot log (Ed25519).
const SLOTS: &str = "slots-ed25519";
const RECORD: &str = "system-secret";
/// A later origin is called by the second in which it was named (since 1970) and nine random digits: no two copies of a
/// home choose one name.
const LATER_ORIGINS: RangeInclusive<u64> = 1_000_000_000_000_000_000..=9_999_999_999_999_999_999;
/// What a second counts in such a number.
pub(crate) const ORIGINS_A_SECOND: u64 = 1_000_000_000;

/// The unlocked system keys of one deployment.
pub(crate) struct System {
    deployment: Id,
    secret: Secret<32>,
    public: Public,
    /// The newest version of the trust root that was read or accepted while these keys stood open.
    newest_trust: AtomicU64,
}

/// The public halves, as bytes.
#[derive(Clone)]
pub(crate) struct Public {
    /// Ed25519.
    pub(crate) identity: [u8; 32],
    /// Ed25519.
    pub(crate) actor: [u8; 32],
    /// Ed25519.
    pub(crate) log_ed25519: [u8; 32],
    /// ML-DSA-44 (FIPS 204), 1,312 bytes.
    pub(crate) log_mldsa44: Vec<u8>,
}

impl System {
    /// A new key set and the file that seals it.
    ///
    /// # Errors
    /// `envelope.*`.
    pub(crate) fn create(deployment: Id, unlock: &Unlock<'_>) -> Outcome<(Self, VaultEnvelope)> {
        let secret = Secret::<32>::random()
            .map_err(|error| Refusal::later("signer.random", error.to_string()))?;
        let spec = VaultSpec {
            vault: deployment.to_string(),
            name: "system".into(),
            tier: "system".into(),
            forms: Vec::new(),
            limits: "{}".into(),
            exportable: false,
            hardened_accounts: false,
            secret_kind: "system".into(),
            fingerprint: String::new(),
            notes: std::collections::BTreeMap::new(),
        };
        let marks = Begun::ALL.map(|begun| (begun.record(), BEGUN));
        let records = [&[(RECORD, &secret.expose()[..])], &marks[..]].concat();
        let (file, _) = VaultEnvelope::create(spec, unlock, KdfParams::default(), &records)?;
        Ok((Self::of(deployment, secret), file))
    }

    /// The key set of a file that was opened.
    ///
    /// # Errors
    /// `envelope.*` when the record does not open, `system.damaged` when it is not a system secret.
    pub(crate) fn open(deployment: Id, file: &VaultEnvelope, opened: &OpenVault) -> Outcome<Self> {
        let record = file.record(opened, RECORD)?;
        let exact = record
            .expose()
            .first_chunk::<32>()
            .filter(|_| record.len() == 32);
        let exact = exact
            .ok_or_else(|| Refusal::new("system.damaged", "the system secret has not 32 bytes"))?;
        Ok(Self::of(
            deployment,
            Secret::init(|to| to.copy_from_slice(exact)),
        ))
    }

    /// The file with the mark that another one has begun; `None` when it has the mark already.
    ///
    /// # Errors
    /// `envelope.*`.
    pub(crate) fn mark(
        file: &VaultEnvelope,
        opened: &OpenVault,
        begun: Begun,
    ) -> Outcome<Option<VaultEnvelope>> {
        let record = begun.record();
        match file.record(opened, record) {
            Ok(_) => Ok(None),
            Err(EnvelopeError::NoRecord { .. }) => {
                let marked = file.with_record(opened, record, BEGUN);
                marked.map(Some).map_err(Refusal::from)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn of(deployment: Id, secret: Secret<32>) -> Self {
        let id = deployment.to_string();
        let ed25519 = |purpose| {
            signing_key(&secret, purpose, &id)
                .verifying_key()
                .to_bytes()
        };
        let public = Public {
            identity: ed25519(IDENTITY),
            actor: ed25519(ACTOR),
            log_ed25519: ed25519(LOG_ED25519),
            log_mldsa44: mldsa44_public(&subkey(&secret, LOG_MLDSA44, &id)),
        };
        Self {
            deployment,
            secret,
            public,
            newest_trust: AtomicU64::new(0),
        }
    }

    /// Raises the newest version of the trust root that was seen, and gives it.
    pub(crate) fn newest_trust(&self, version: u64) -> u64 {
        self.newest_trust
            .fetch_max(version, Ordering::SeqCst)
            .max(version)
    }

    /// The deployment that these keys belong to.
    #[must_use]
    pub(crate) fn deployment(&self) -> Id {
        self.deployment
    }

    /// The public halves.
    #[must_use]
    pub(crate) fn public(&self) -> &Public {
        &self.public
    }

    /// The identity key's signature over `SHA256(tag ‖ 00 ‖ bytes)`. `tag` is one of this program's own constants, so
    /// nothing that a caller chooses is ever signed as it stands.
    #[must_use]
    pub(crate) fn attest(&self, tag: &'static str, bytes: &[u8]) -> [u8; 64] {
        signing_key(&self.secret, IDENTITY, &self.deployment.to_string())
            .sign(&domain_digest(tag, bytes))
            .to_bytes()
    }

    /// The log's Ed25519 signature over a hand-over, by its parsed form: over a digest of 32 bytes, which no head's text is.
    #[must_use]
    pub(crate) fn sign_handover(&self, handover: &Handover) -> [u8; 64] {
        signing_key(&self.secret, LOG_ED25519, &self.deployment.to_string())
            .sign(&domain_digest(HANDOVER_TAG, &handover.to_bytes()))
            .to_bytes()
    }

    /// The actor's signature over a trust root, by its parsed form: no bytes of a caller are signed as they came.
    ///
    /// # Errors
    /// `trust.malformed`.
    pub(crate) fn sign_root(&self, root: &TrustRoot) -> LogResult<AdminSignature> {
        let digest = root.digest()?;
        Ok(AdminSignature {
            public: self.public.actor,
            signature: signing_key(&self.secret, ACTOR, &self.deployment.to_string())
                .sign(&digest)
                .to_bytes(),
        })
    }

    /// The key that pays for anchors. It is no vault's, and signs by [`crate::anchor`] alone.
    #[must_use]
    pub(crate) fn anchor_key(&self) -> Secret<32> {
        subkey(&self.secret, ANCHOR, &self.deployment.to_string())
    }

    /// The seed of the slot log's key, which signs by [`crate::slot_key`] alone.
    #[must_use]
    pub(crate) fn slot_seed(&self) -> Secret<32> {
        subkey(&self.secret, SLOTS, &self.deployment.to_string())
    }

    /// The log's name: origin line and name of its keys. The first is the deployment's, later ones have a number.
    #[must_use]
    pub(crate) fn log_origin(&self, number: u64) -> String {
        match number {
            0 | 1 => format!("{}.jinku", self.deployment),
            later => format!("{}.jinku/{later}", self.deployment),
        }
    }

    /// Which of this log's origins it is; `None` for any other text.
    #[must_use]
    pub(crate) fn origin_number(&self, origin: &str) -> Option<u64> {
        let number = match origin.rsplit_once('/') {
            None => 1,
            Some((_, digits)) => digits.parse().ok().filter(|n| LATER_ORIGINS.contains(n))?,
        };
        (self.log_origin(number) == origin).then_some(number)
    }

    /// The log's public keys under this number's name: Ed25519 first, then ML-DSA-44.
    ///
    /// # Errors
    /// `log.input`, which would be a defect.
    pub(crate) fn log_keys(&self, number: u64) -> Outcome<[VerifierKey; 2]> {
        let origin = self.log_origin(number);
        Ok([
            VerifierKey::new(&origin, Algorithm::Ed25519, &self.public.log_ed25519)
                .map_err(|error| wrong(&error))?,
            VerifierKey::new(&origin, Algorithm::MlDsa44, &self.public.log_mldsa44)
                .map_err(|error| wrong(&error))?,
        ])
    }

    /// The head as a note that both keys of the log signed at this time. Its caller knows that no other tree was signed.
    ///
    /// # Errors
    /// `log.input`, which would be a defect: a head of another log's origin, say.
    pub(crate) fn sign_log(&self, head: &Checkpoint, time_s: u64) -> Outcome<Note> {
        let id = self.deployment.to_string();
        let text = head.text();
        let number = self
            .origin_number(&head.origin)
            .ok_or_else(|| Refusal::new("log.input", "a head of another log's origin"))?;
        let [ed25519, mldsa44] = self.log_keys(number)?;
        let message = ed25519
            .message(&text, time_s)
            .map_err(|error| wrong(&error))?;
        let first = signing_key(&self.secret, LOG_ED25519, &id)
            .sign(&message)
            .to_bytes();
        let message = mldsa44
            .message(&text, time_s)
            .map_err(|error| wrong(&error))?;
        let second = mldsa44_key(&subkey(&self.secret, LOG_MLDSA44, &id))
            .expanded_key()
            .sign_deterministic(&message, &[])
            .map_err(|_| Refusal::new("log.input", "the ML-DSA-44 key did not sign"))?
            .encode();
        let lines = vec![
            SignatureLine::new(&ed25519, time_s, &first),
            SignatureLine::new(&mldsa44, time_s, &second),
        ];
        Note::new(&text, lines).map_err(|error| wrong(&error))
    }
}

fn wrong(error: &LogError) -> Refusal {
    Refusal::new("log.input", error.to_string())
}

fn signing_key(secret: &Secret<32>, purpose: &str, id: &str) -> SigningKey {
    SigningKey::from_bytes(subkey(secret, purpose, id).expose())
}

fn mldsa44_key(seed: &Secret<32>) -> ml_dsa::SigningKey<ml_dsa::MlDsa44> {
    let seed = Zeroizing::new(ml_dsa::Seed::from(*seed.expose()));
    ml_dsa::SigningKey::from_seed(&seed)
}

fn mldsa44_public(seed: &Secret<32>) -> Vec<u8> {
    mldsa44_key(seed)
        .expanded_key()
        .verifying_key()
        .encode()
        .to_vec()
}
