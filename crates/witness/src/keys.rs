//! The witness's keys: one secret, wrapped at rest, and the Ed25519 and ML-DSA-44 keys that HKDF makes of it.

use std::collections::BTreeMap;

use ed25519_dalek::{Signer as _, SigningKey};
use jinku_envelope::file::{create_durable, read_limited};
use jinku_envelope::vault::MAX_BYTES;
use jinku_envelope::{KdfParams, Unlock, VaultEnvelope, VaultSpec, subkey};
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::{Note, SignatureLine};
use jinku_secrets::{Secret, os_random};
use jinku_words::Id;

use crate::folder::Folder;
use crate::{Outcome, WitnessError};

/// Purpose of the Ed25519 seed.
const ED25519: &str = "witness-ed25519";
/// Purpose of the ML-DSA-44 seed (FIPS 204).
const MLDSA44: &str = "witness-mldsa44";
const RECORD: &str = "witness-secret";
const NAME: &str = "name";

/// What opened, but is no witness's.
fn unfit(what: &str) -> WitnessError {
    WitnessError::integrity(what)
        .advice("bring back a copy of witness.vault, or make a new witness with new keys")
}

/// The unlocked keys of a witness.
pub struct WitnessKeys {
    ed25519: SigningKey,
    mldsa44: Box<ml_dsa::SigningKey<ml_dsa::MlDsa44>>,
    public: [VerifierKey; 2],
}

impl WitnessKeys {
    /// A new key set stands in the folder, wrapped; its public halves stand readable beside it.
    ///
    /// # Errors
    /// When there is one already, the name is none, or the envelope refuses.
    pub fn create(
        folder: &Folder,
        name: &str,
        unlock: &Unlock<'_>,
        kdf: KdfParams,
        now_ms: u64,
    ) -> Outcome<Self> {
        let mut tail = [0u8; 16];
        os_random(&mut tail)?;
        let id = Id::from_parts(now_ms, u128::from_be_bytes(tail) >> 54)
            .map_err(|error| WitnessError::other(error.to_string()).advice("set the clock"))?
            .to_string();
        let secret = Secret::<32>::random()?;
        let keys = Self::of(&secret, name, &id)?;
        let notes = [
            (NAME, name.to_owned()),
            (ED25519, keys.public[0].to_string()),
            (MLDSA44, keys.public[1].to_string()),
        ];
        let spec = VaultSpec {
            vault: id,
            name: "witness".into(),
            tier: "system".into(),
            forms: Vec::new(),
            limits: "{}".into(),
            exportable: false,
            hardened_accounts: false,
            secret_kind: "witness".into(),
            fingerprint: String::new(),
            notes: BTreeMap::from(notes.map(|(key, value)| (key.to_owned(), value))),
        };
        let records: [(&str, &[u8]); 1] = [(RECORD, secret.expose())];
        let (file, _) = VaultEnvelope::create(spec, unlock, kdf, &records)?;
        create_durable(&folder.keys(), &file.to_bytes()?)?;
        Ok(keys)
    }

    /// The keys of the folder, opened.
    ///
    /// # Errors
    /// When the passphrase or key file is another, or the file is damaged (exit 5).
    pub fn open(folder: &Folder, unlock: &Unlock<'_>) -> Outcome<Self> {
        let file = VaultEnvelope::parse(&read_limited(&folder.keys(), MAX_BYTES)?)?;
        let opened = file.open(unlock)?;
        let record = file.record(&opened, RECORD)?;
        let exact = record
            .expose()
            .first_chunk::<32>()
            .filter(|_| record.len() == 32);
        let exact = exact.ok_or_else(|| unfit("the witness's secret has not 32 bytes"))?;
        let secret = Secret::<32>::init(|to| to.copy_from_slice(exact));
        let header = opened.header();
        let name = header
            .notes
            .get(NAME)
            .ok_or_else(|| unfit("witness.vault names no witness"))?;
        Self::of(&secret, name, &header.vault)
    }

    /// The verifier keys that stand readable in the folder; nothing vouches for them but who copies them from there.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn written(folder: &std::path::Path) -> Outcome<Vec<String>> {
        let file = VaultEnvelope::parse(&read_limited(&folder.join("witness.vault"), MAX_BYTES)?)?;
        Ok([ED25519, MLDSA44]
            .iter()
            .filter_map(|key| file.header().notes.get(*key).cloned())
            .collect())
    }

    fn of(secret: &Secret<32>, name: &str, id: &str) -> Outcome<Self> {
        let ed25519 = SigningKey::from_bytes(subkey(secret, ED25519, id).expose());
        let seed = ml_dsa::Seed::from(*subkey(secret, MLDSA44, id).expose());
        let mldsa44 = Box::new(ml_dsa::SigningKey::<ml_dsa::MlDsa44>::from_seed(&seed));
        let public = mldsa44.expanded_key().verifying_key().encode();
        let public = [
            VerifierKey::new(
                name,
                Algorithm::CosignatureV1,
                ed25519.verifying_key().as_bytes(),
            )?,
            VerifierKey::new(name, Algorithm::MlDsa44, &public)?,
        ];
        Ok(Self {
            ed25519,
            mldsa44,
            public,
        })
    }

    /// The verifier keys: type 0x04, then type 0x06.
    #[must_use]
    pub fn public(&self) -> &[VerifierKey; 2] {
        &self.public
    }

    /// The witness's lines on a checkpoint, one a key.
    ///
    /// # Errors
    /// Not for the text of a checkpoint and a time below 2^63.
    pub(crate) fn cosign(&self, note: &Note, timestamp: u64) -> Outcome<Vec<SignatureLine>> {
        let failed = |_| WitnessError::other("the ML-DSA-44 signature failed").advice("try again");
        let [v1, ml] = &self.public;
        let first = self
            .ed25519
            .sign(&v1.message(note.text(), timestamp)?)
            .to_bytes();
        let message = ml.message(note.text(), timestamp)?;
        let second = self
            .mldsa44
            .expanded_key()
            .sign_deterministic(&message, &[])
            .map_err(failed)?
            .encode();
        Ok(vec![
            SignatureLine::new(v1, timestamp, &first),
            SignatureLine::new(ml, timestamp, &second),
        ])
    }
}
