//! What a refusal says: what happened, and what is to be done.

use jinku_secrets::SecretError;

use super::EnvelopeError;

impl EnvelopeError {
    /// What happened, with what was found and expected.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::WrongSecret { kind } => {
                format!("this is not the {kind} that opens it; nothing was changed")
            }
            Self::WrongSecretKind { found, expected } => {
                format!("a {found} was given, this opens with a {expected}")
            }
            Self::EmptyPassphrase => "the passphrase is empty".into(),
            Self::Truncated { found } => {
                format!("the file ends after {found} bytes, before its checksum: it was cut off")
            }
            Self::Damaged { what } => {
                format!("the file is damaged ({what}), whatever the passphrase")
            }
            Self::Forged { what } => format!("{what} was changed by somebody without the key"),
            Self::UnknownVersion { found, known } => {
                format!("the file is of format {found}, this release reads {known}")
            }
            Self::KdfAbsurd { field, found, least, most } => {
                format!("the Argon2id {field} is {found}, accepted are {least} to {most}")
            }
            Self::KdfMemory { m_kib } => {
                format!("Argon2id needs {m_kib} KiB of memory, which could not be had")
            }
            Self::Unsealable => "the sealed text does not open: it was sealed by another key or for another place, or its bytes changed".into(),
            Self::TooLarge { found } => {
                format!("{found} bytes are more than can be sealed at once")
            }
            Self::NoRecord { id } => format!("the vault has no record {id:?}"),
            Self::BadField { field, found, expected } => {
                format!("{field} is {found}, expected {expected}")
            }
            Self::KeyFile { rule } => format!("the key file is refused: {rule}"),
            Self::ClaimCode { reason } => format!("the claim code is refused: {reason}"),
            Self::BadPublicKey => "the public key is no usable X25519 key".into(),
            Self::Commitment => "the evidence is not what its commitment names".into(),
            Self::Exists { path } => {
                format!("{} exists already and was left alone", path.display())
            }
            Self::DiskFull { path } => format!(
                "no space is left to write {}; what stood there before is unchanged",
                path.display()
            ),
            Self::NotWritable { path, cause } => {
                format!("{} cannot be written ({cause}); nothing was changed", path.display())
            }
            Self::Io { doing, path, cause } => {
                format!("{doing} {} failed ({cause})", path.display())
            }
            Self::Random(SecretError::Random(cause)) => {
                format!("the operating system gave no randomness ({cause}), no key was made")
            }
        }
    }

    /// What to do; never empty.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::WrongSecret { .. } => "try the right one",
            Self::WrongSecretKind { .. } => "give that instead",
            Self::EmptyPassphrase => "give one of several words",
            Self::Truncated { .. } => "restore it from a backup, the rest cannot be guessed",
            Self::Damaged { .. } => "restore it from a backup and check the disk it lay on",
            Self::Forged { .. } => {
                "do not use it, restore it from a backup and find out who could write there"
            }
            Self::UnknownVersion { .. } => "open it with the release that wrote it, or upgrade",
            Self::KdfAbsurd { .. } => {
                "the file may have been made to exhaust this machine, do not open it"
            }
            Self::KdfMemory { .. } => "free some and try again",
            Self::Unsealable => "restore it from a backup",
            Self::TooLarge { .. } => "split them",
            Self::NoRecord { .. } => "describe it to see what it holds",
            Self::BadField { .. } => "correct it",
            Self::KeyFile { .. } => "give the one that Jinku made for this, never a typed one",
            Self::ClaimCode { .. } => "type it again as it was handed out",
            Self::BadPublicKey => "take it from where it was published",
            Self::Commitment => "one of the two was changed, compare with the journal",
            Self::Exists { .. } => "choose another name",
            Self::DiskFull { .. } => "free some space and try again",
            Self::NotWritable { .. } => "give this user write permission or mount it writable",
            Self::Io { .. } => "check the path and the disk, then try again",
            Self::Random(_) => "check that getrandom(2) is allowed in this sandbox and try again",
        }
    }
}

/// The words of an operating system's refusal, without its number.
#[must_use]
pub fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_refusal_is_what_happened_and_what_to_do() {
        let path = PathBuf::from("/a; b");
        let error = EnvelopeError::NotWritable {
            path,
            cause: "Read-only file system".into(),
        };
        let what = "/a; b cannot be written (Read-only file system); nothing was changed";
        assert_eq!(error.what(), what);
        assert_eq!(error.to_string(), format!("{what}; {}", error.advice()));
        assert_eq!(
            error.advice(),
            "give this user write permission or mount it writable"
        );
        // Randomness is refused in the same words by the crate that asks for it.
        let random = SecretError::Random("Function not implemented".into());
        assert_eq!(
            EnvelopeError::from(random.clone()).to_string(),
            random.to_string()
        );
    }

    #[test]
    fn the_words_of_the_system_come_without_its_number() {
        assert_eq!(
            cause(&std::io::Error::from_raw_os_error(2)),
            "No such file or directory"
        );
        assert_eq!(cause(&std::io::Error::other("plain")), "plain");
    }
}
