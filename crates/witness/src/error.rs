//! What stops a witness, in words and as an exit status.

use std::fmt;
use std::path::Path;

use jinku_envelope::EnvelopeError;
use jinku_proof::log::error::LogError;

/// A refusal: what happened, what to do, and the program's exit status (2 usage, 5 broken integrity, 1 other).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessError {
    /// Exit status.
    pub exit: u8,
    /// What was found and what to do.
    pub message: String,
}

impl WitnessError {
    /// Arguments that cannot be meant.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: 2,
            message: message.into(),
        }
    }

    /// State that contradicts itself.
    pub fn integrity(message: impl Into<String>) -> Self {
        Self {
            exit: 5,
            message: message.into(),
        }
    }

    /// Anything else.
    pub fn other(message: impl Into<String>) -> Self {
        Self {
            exit: 1,
            message: message.into(),
        }
    }

    pub(crate) fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::other(format!("{doing} {}: {error}", path.display()))
    }
}

impl fmt::Display for WitnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for WitnessError {}

impl From<EnvelopeError> for WitnessError {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::Damaged { .. }
            | EnvelopeError::Truncated { .. }
            | EnvelopeError::Forged { .. } => Self::integrity(error.to_string()),
            _ => Self::other(error.to_string()),
        }
    }
}

impl From<LogError> for WitnessError {
    fn from(error: LogError) -> Self {
        Self::usage(error.to_string())
    }
}

/// What the functions of this crate return.
pub type Outcome<T> = Result<T, WitnessError>;
