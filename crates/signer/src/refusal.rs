//! Why the signer refused: a stable code, a sentence for people, and whether the same call may succeed later.

use std::fmt;

use jinku_envelope::EnvelopeError;

/// An error answer. No part of it ever carries a secret: it crosses the socket and reaches logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code, `family.reason`; its meaning never changes once released.
    pub code: &'static str,
    /// What was found, what was expected, what to do.
    pub message: String,
    /// True when the same call may succeed later without a change.
    pub retryable: bool,
}

/// What the verbs return.
pub type Outcome<T> = Result<T, Refusal>;

impl Refusal {
    /// A refusal that a retry cannot change.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: false,
        }
    }

    /// A refusal that may be gone at the next try.
    pub fn later(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: true,
        }
    }

    /// A failure of the operating system while `doing` something with the home or the runtime folder.
    pub fn io(doing: &str, error: &std::io::Error) -> Self {
        let (code, advice) = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => (
                "store.full",
                "free some space and try again; what stood before stands unchanged",
            ),
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => (
                "store.read_only",
                "make the home writable for the signer's user",
            ),
            _ => (
                "store.io",
                "check the disk; what stood before stands unchanged",
            ),
        };
        Self {
            code,
            message: format!("{doing} failed: {error}; {advice}"),
            retryable: code == "store.full",
        }
    }
}

/// Exit code of a signer that found another in its place.
pub(crate) const ALREADY_RUNNING: u8 = 6;

impl Refusal {
    /// The exit code of a process that ends with this refusal.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self.code {
            "usage.arguments" => 2,
            "signer.running" => ALREADY_RUNNING,
            "ask.interrupted" => 130,
            _ => 1,
        }
    }
}

/// The envelope's own words and code, as an answer.
impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
            retryable: error.retryable(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
