//! What stops a witness, in words and as an exit status.

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use jinku_envelope::{EnvelopeError, cause};
use jinku_proof::log::error::{LogCode, LogError};
use jinku_secrets::SecretError;

/// Where the keys of a log are to be had.
pub(crate) const VKEYS_ADVICE: &str =
    "take both lines that the log's operator prints: jinku journal checkpoint --json, its vkeys";

/// A refusal: what happened, what was found, expected and is to be done (each may be empty), and the program's exit
/// status (2 usage, 5 broken integrity, 1 other).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessError {
    /// Exit status.
    pub exit: u8,
    /// What happened.
    pub message: String,
    /// What was found.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
    /// What to do.
    pub advice: String,
}

impl WitnessError {
    fn of(exit: u8, message: String) -> Self {
        Self {
            exit,
            message,
            found: String::new(),
            expected: String::new(),
            advice: String::new(),
        }
    }

    /// Arguments that cannot be meant.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::of(2, message.into())
    }

    /// State that contradicts itself.
    pub fn integrity(message: impl Into<String>) -> Self {
        Self::of(5, message.into())
    }

    /// Anything else.
    pub fn other(message: impl Into<String>) -> Self {
        Self::of(1, message.into())
    }

    /// The same with what was found.
    #[must_use]
    pub fn found(mut self, text: impl Into<String>) -> Self {
        self.found = text.into();
        self
    }

    /// The same with what was expected.
    #[must_use]
    pub fn expected(mut self, text: impl Into<String>) -> Self {
        self.expected = text.into();
        self
    }

    /// The same with what to do.
    #[must_use]
    pub fn advice(mut self, text: impl Into<String>) -> Self {
        self.advice = text.into();
        self
    }

    pub(crate) fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        let advice = match error.kind() {
            ErrorKind::NotFound => {
                "see that the path is right, and that what it lies on is mounted; then run the same again"
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                "run it as the user whom the witness belongs to, and give that user the right to write there"
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "make room, then run the same again"
            }
            _ => "see to the path and the disk, then run the same again",
        };
        Self::other(format!("{doing} {} failed", path.display()))
            .found(cause(error))
            .advice(advice)
    }

    /// As people read it: the parts in lines of their own.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut out = self.message.clone();
        for (label, text) in [
            ("found", &self.found),
            ("expected", &self.expected),
            ("do", &self.advice),
        ] {
            if !text.is_empty() {
                out.push_str(&format!("\n  {label:<8}  {text}"));
            }
        }
        out
    }
}

impl fmt::Display for WitnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut joint = ": ";
        for (label, text) in [("found ", &self.found), ("expected ", &self.expected)] {
            if !text.is_empty() {
                write!(f, "{joint}{label}{text}")?;
                joint = ", ";
            }
        }
        if !self.advice.is_empty() {
            write!(f, "; {}", self.advice)?;
        }
        Ok(())
    }
}

impl std::error::Error for WitnessError {}

impl From<EnvelopeError> for WitnessError {
    fn from(error: EnvelopeError) -> Self {
        let exit = match error {
            EnvelopeError::Damaged { .. }
            | EnvelopeError::Truncated { .. }
            | EnvelopeError::Forged { .. } => 5,
            _ => 1,
        };
        Self::of(exit, error.what()).advice(error.advice())
    }
}

impl From<SecretError> for WitnessError {
    fn from(error: SecretError) -> Self {
        EnvelopeError::from(error).into()
    }
}

impl From<LogError> for WitnessError {
    fn from(error: LogError) -> Self {
        let advice = match error.code {
            LogCode::KeyMalformed => VKEYS_ADVICE,
            _ => "take it anew from whoever wrote it",
        };
        Self::usage(error.what)
            .found(error.found)
            .expected(error.expected)
            .advice(advice)
    }
}

/// What the functions of this crate return.
pub type Outcome<T> = Result<T, WitnessError>;
