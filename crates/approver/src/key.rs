//! The device's key: an Ed25519 seed, sealed under a passphrase as a vault is.

use std::collections::BTreeMap;

use ed25519_dalek::{Signer as _, SigningKey};
use jinku_envelope::{KdfParams, Unlock, VaultEnvelope, VaultSpec};
use jinku_secrets::{Secret, os_random};
use jinku_words::shape::KEY_NAME;
use jinku_words::{Approval, Id};

use crate::request::{hex, unhex};
use crate::{Answer, ApproverError, Folder, Outcome};

const RECORD: &str = "approver-ed25519";
const PUBLIC: &str = "ed25519";
const KIND: &str = "approver";

/// What stands readable of a device's key. Only [`DeviceKey::open`] proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The name that its owner proposes to the admins of a trust root.
    pub name: String,
    /// The public key.
    pub public: [u8; 32],
}

impl Written {
    /// The line by which an admin takes the key into the trust root.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "jinku trust add {} {} --role approver",
            self.name,
            hex(&self.public)
        )
    }
}

/// The unlocked key.
pub struct DeviceKey {
    seed: Secret<32>,
    written: Written,
}

fn unfit(what: &str) -> ApproverError {
    ApproverError::integrity("approver.key_unfit", what)
        .advice("bring back a copy of approver.vault, or make another device with a key of its own")
}

impl DeviceKey {
    /// A new key stands in the folder, sealed.
    ///
    /// # Errors
    /// When the name is none, or there is a key already, which is left alone.
    pub fn create(
        folder: &Folder,
        name: &str,
        passphrase: &[u8],
        kdf: KdfParams,
        now_ms: u64,
    ) -> Outcome<Self> {
        KEY_NAME.check(name, "--name")?;
        let mut tail = [0u8; 16];
        os_random(&mut tail)?;
        let id = Id::from_parts(now_ms, u128::from_be_bytes(tail) >> 54)?.to_string();
        let key = Self::of(Secret::<32>::random()?, name);
        let notes = [
            (PUBLIC, hex(&key.written.public)),
            ("name", name.to_owned()),
        ];
        let spec = VaultSpec {
            vault: id,
            name: "approver".into(),
            tier: "system".into(),
            forms: Vec::new(),
            limits: "{}".into(),
            exportable: false,
            hardened_accounts: false,
            secret_kind: KIND.into(),
            fingerprint: String::new(),
            notes: BTreeMap::from(notes.map(|(key, value)| (key.to_owned(), value))),
        };
        let records: [(&str, &[u8]); 1] = [(RECORD, key.seed.expose())];
        let (file, _) =
            VaultEnvelope::create(spec, &Unlock::Passphrase(passphrase), kdf, &records)?;
        folder.create_key(&file.to_bytes()?)?;
        Ok(key)
    }

    /// The key of the folder, opened; what stands readable beside it is its own.
    ///
    /// # Errors
    /// When the passphrase is another (exit 3) or the file is damaged (exit 5).
    pub fn open(folder: &Folder, passphrase: &[u8]) -> Outcome<Self> {
        let file = VaultEnvelope::parse(&folder.key()?)?;
        let opened = file.open(&Unlock::Passphrase(passphrase))?;
        let header = opened.header();
        let record = file.record(&opened, RECORD)?;
        let exact = record
            .expose()
            .first_chunk::<32>()
            .filter(|_| record.len() == 32 && header.secret_kind == KIND)
            .ok_or_else(|| unfit("approver.vault holds no approver's key"))?;
        let seed = Secret::<32>::init(|to| to.copy_from_slice(exact));
        let key = Self::of(seed, header.notes.get("name").map_or("", String::as_str));
        if key.written != written_of(&header.notes)? {
            return Err(unfit("approver.vault names another key than it holds"));
        }
        Ok(key)
    }

    /// What stands readable in the folder.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn written(folder: &Folder) -> Outcome<Written> {
        written_of(&VaultEnvelope::parse(&folder.key()?)?.header().notes)
    }

    fn of(seed: Secret<32>, name: &str) -> Self {
        let public = SigningKey::from_bytes(seed.expose())
            .verifying_key()
            .to_bytes();
        let name = name.to_owned();
        Self {
            seed,
            written: Written { name, public },
        }
    }

    /// What the key is called, and its public half.
    #[must_use]
    pub const fn public(&self) -> &Written {
        &self.written
    }

    /// The decision, signed.
    ///
    /// # Errors
    /// For an approval out of form.
    pub fn sign(&self, approval: Approval) -> Outcome<Answer> {
        let digest = approval.digest()?;
        let signature = SigningKey::from_bytes(self.seed.expose())
            .sign(&digest)
            .to_bytes();
        Ok(Answer {
            approval,
            signature,
        })
    }
}

fn written_of(notes: &BTreeMap<String, String>) -> Outcome<Written> {
    let public = notes.get(PUBLIC).and_then(|text| unhex(text));
    match (notes.get("name"), public) {
        (Some(name), Some(public)) => Ok(Written {
            name: name.clone(),
            public,
        }),
        _ => Err(unfit("approver.vault names no approver's key")),
    }
}
