//! What can go wrong with secret memory.

use std::fmt;

/// The operating system refused randomness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretError {
    /// `getrandom` failed; the text is the operating system's.
    Random(String),
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random(cause) => write!(
                f,
                "the operating system gave no randomness ({cause}), no key was made; check that getrandom(2) is allowed in this sandbox and try again"
            ),
        }
    }
}

impl std::error::Error for SecretError {}
