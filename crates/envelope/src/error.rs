//! What goes wrong with sealed things, each with what was found, what was expected and what to do.

mod words;

use std::fmt;
use std::path::PathBuf;

use jinku_secrets::SecretError;

pub use words::cause;

/// A refusal or failure of this crate. No variant carries a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The passphrase or key file is not the one that this thing is sealed with.
    WrongSecret {
        /// `passphrase` or `keyfile`.
        kind: &'static str,
    },
    /// A passphrase was given for a thing that a key file opens, or the other way round.
    WrongSecretKind {
        /// What was given.
        found: &'static str,
        /// What opens it.
        expected: &'static str,
    },
    /// A passphrase of no bytes was given for something new.
    EmptyPassphrase,
    /// The file ends before its checksum.
    Truncated {
        /// Bytes found.
        found: usize,
    },
    /// The file's bytes are not those that were written.
    Damaged {
        /// What disagrees.
        what: String,
    },
    /// The file was changed by somebody who could repair the checksum but lacks the key.
    Forged {
        /// What fails its authentication.
        what: &'static str,
    },
    /// The file is of a format that this release does not know.
    UnknownVersion {
        /// The format found.
        found: String,
        /// The format this release reads.
        known: &'static str,
    },
    /// The Argon2id costs are out of bounds.
    KdfAbsurd {
        /// Which figure.
        field: &'static str,
        /// The figure found.
        found: u32,
        /// The least accepted.
        least: u32,
        /// The most accepted.
        most: u32,
    },
    /// The memory that Argon2id needs could not be had.
    KdfMemory {
        /// Memory asked for, KiB.
        m_kib: u32,
    },
    /// A sealed text does not open: another key, another place, or changed bytes.
    Unsealable,
    /// A plaintext is beyond what the cipher takes.
    TooLarge {
        /// Bytes found.
        found: usize,
    },
    /// A record is asked for that the vault does not have.
    NoRecord {
        /// The record's id.
        id: String,
    },
    /// A field of something new breaks a rule.
    BadField {
        /// The field's name.
        field: &'static str,
        /// What was found, without secrets.
        found: String,
        /// The rule.
        expected: &'static str,
    },
    /// A key file breaks a rule.
    KeyFile {
        /// Which rule.
        rule: String,
    },
    /// A claim code is not one that Jinku made.
    ClaimCode {
        /// What is wrong with it, without its characters.
        reason: String,
    },
    /// A public key is no usable X25519 point.
    BadPublicKey,
    /// Evidence opened, but is not what its commitment names.
    Commitment,
    /// A file exists that was to be made.
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// No space is left.
    DiskFull {
        /// The path that was written.
        path: PathBuf,
    },
    /// The place cannot be written.
    NotWritable {
        /// The path that was written.
        path: PathBuf,
        /// The operating system's words.
        cause: String,
    },
    /// Another failure of the operating system.
    Io {
        /// What was being done.
        doing: &'static str,
        /// The path.
        path: PathBuf,
        /// The operating system's words.
        cause: String,
    },
    /// The operating system gave no randomness.
    Random(SecretError),
}

impl EnvelopeError {
    /// Returns a stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongSecret { .. } => "envelope.wrong_secret",
            Self::WrongSecretKind { .. } => "envelope.wrong_secret_kind",
            Self::EmptyPassphrase => "envelope.empty_passphrase",
            Self::Truncated { .. } => "envelope.truncated",
            Self::Damaged { .. } => "envelope.damaged",
            Self::Forged { .. } => "envelope.forged",
            Self::UnknownVersion { .. } => "envelope.unknown_version",
            Self::KdfAbsurd { .. } => "envelope.kdf_absurd",
            Self::KdfMemory { .. } => "envelope.kdf_memory",
            Self::Unsealable => "envelope.unsealable",
            Self::TooLarge { .. } => "envelope.too_large",
            Self::NoRecord { .. } => "envelope.no_record",
            Self::BadField { .. } => "envelope.bad_field",
            Self::KeyFile { .. } => "envelope.keyfile",
            Self::ClaimCode { .. } => "envelope.claim_code",
            Self::BadPublicKey => "envelope.bad_public_key",
            Self::Commitment => "envelope.commitment",
            Self::Exists { .. } => "envelope.exists",
            Self::DiskFull { .. } => "envelope.disk_full",
            Self::NotWritable { .. } => "envelope.not_writable",
            Self::Io { .. } => "envelope.io",
            Self::Random(_) => "envelope.random",
        }
    }

    /// Says whether the same call may succeed later without another input.
    #[must_use]
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            Self::DiskFull { .. }
                | Self::NotWritable { .. }
                | Self::Io { .. }
                | Self::KdfMemory { .. }
                | Self::Random(_)
        )
    }
}

impl From<SecretError> for EnvelopeError {
    fn from(error: SecretError) -> Self {
        Self::Random(error)
    }
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what(), self.advice())
    }
}

impl std::error::Error for EnvelopeError {}
