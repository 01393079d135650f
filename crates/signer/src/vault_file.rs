//! Vault files on disk: read whole, replaced whole, each durable step a fault point of test builds.

use std::path::{Path, PathBuf};

use jinku_envelope::file::{create_durable, read_limited, write_durable};
use jinku_envelope::vault::MAX_BYTES;
use jinku_envelope::{EnvelopeError, Unlock, VaultEnvelope};
use jinku_secrets::{Secret, SecretBytes};
use jinku_words::id::Id;

use crate::descriptors::Descriptors;
use crate::folders::Home;
use crate::refusal::{Outcome, Refusal};
use crate::wire::{SecretKind, SecretRef};

/// What opens a vault, read from its descriptor.
pub(crate) enum Opener {
    /// A passphrase.
    Passphrase(SecretBytes),
    /// A key file's bytes.
    Keyfile(Secret<32>),
}

impl Opener {
    /// Reads the secret that `wanted` names.
    ///
    /// # Errors
    /// `secret.*`, `envelope.keyfile`, `wire.missing_fd`.
    pub(crate) fn read(fds: &mut Descriptors<'_>, wanted: SecretRef) -> Outcome<Self> {
        Ok(match wanted.kind {
            SecretKind::Passphrase => Self::Passphrase(fds.passphrase(wanted.fd)?),
            SecretKind::Keyfile => Self::Keyfile(fds.keyfile(wanted.fd)?),
        })
    }

    /// The secret as the envelope takes it.
    #[must_use]
    pub(crate) fn unlock(&self) -> Unlock<'_> {
        match self {
            Self::Passphrase(bytes) => Unlock::Passphrase(bytes.expose()),
            Self::Keyfile(key) => Unlock::KeyFile(key),
        }
    }
}

/// Where a vault's file stands.
#[must_use]
pub(crate) fn path(home: &Home, vault: Id) -> PathBuf {
    home.vaults().join(format!("{vault}.vault"))
}

/// The vault file at `path`; nothing in it is believed before it is opened.
///
/// # Errors
/// `vault.not_found`, `envelope.*`, `vault.misplaced` when it names another vault than the file's name does.
pub(crate) fn load(path: &Path, vault: Id) -> Outcome<VaultEnvelope> {
    if !path.exists() {
        return Err(Refusal::new(
            "vault.not_found",
            format!("there is no vault {vault} here; list the vaults"),
        ));
    }
    let found = VaultEnvelope::parse(&read_limited(path, MAX_BYTES)?)?;
    if found.header().vault != vault.to_string() {
        return Err(Refusal::new(
            "vault.misplaced",
            format!(
                "the file of vault {vault} holds vault {}; restore the right one from a backup",
                found.header().vault
            ),
        ));
    }
    Ok(found)
}

/// The file is new and on the disk.
///
/// # Errors
/// `vault.exists`, `envelope.*`; then there is none.
pub(crate) fn create(path: &Path, vault: &VaultEnvelope) -> Outcome<()> {
    create_bytes(path, &vault.to_bytes()?)
}

/// The bytes stand in a new file, on the disk.
///
/// # Errors
/// `vault.exists`, `envelope.*`; then there is none.
pub(crate) fn create_bytes(path: &Path, bytes: &[u8]) -> Outcome<()> {
    create_durable(path, bytes).map_err(|error| match error {
        EnvelopeError::Exists { path } => Refusal::new(
            "vault.exists",
            format!("{} exists already and was left alone", path.display()),
        ),
        other => other.into(),
    })
}

/// The file is the new one and on the disk; on an error it is what it was.
///
/// # Errors
/// `envelope.*`.
pub(crate) fn replace(path: &Path, vault: &VaultEnvelope) -> Outcome<()> {
    write_durable(path, &vault.to_bytes()?).map_err(Refusal::from)
}
