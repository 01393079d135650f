//! What stops the program, in words, as a stable code and as an exit status.

use std::fmt;
use std::path::Path;

use jinku_chain::ChainError;
use jinku_envelope::{EnvelopeError, cause};
use jinku_proof::log::error::LogError;
use jinku_secrets::SecretError;
use jinku_terminal::TerminalError;
use jinku_words::WordsError;

use crate::plain::{ascii_json, plain};

/// A refusal: what happened, what was found, expected and is to be done (each may be empty), a stable code, and the
/// program's exit status (2 usage or a malformed file, 3 refused, 4 not found, 5 broken integrity, 1 other).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApproverError {
    /// Exit status.
    pub exit: u8,
    /// Stable code.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What was found.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
    /// What to do.
    pub advice: String,
}

impl ApproverError {
    fn of(exit: u8, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code,
            message: message.into(),
            found: String::new(),
            expected: String::new(),
            advice: String::new(),
        }
    }

    /// Arguments or files that cannot be meant.
    pub fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(2, code, message)
    }

    /// What this device does not do, though everything is in order.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(3, code, message)
    }

    /// What is not there.
    pub fn missing(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(4, code, message)
    }

    /// What contradicts its own proof, or what this device pinned.
    pub fn integrity(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(5, code, message)
    }

    /// Anything else.
    pub fn other(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(1, code, message)
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
        let message = format!("{doing} {} failed", path.display());
        let made = match error.kind() {
            std::io::ErrorKind::NotFound => Self::missing("file.missing", message),
            _ => Self::other("file.io", message),
        };
        made.found(cause(error))
            .advice("see that the path is right and that what it lies on is mounted, then run the same again")
    }

    /// As people read it: the parts in lines of their own, nothing in them that a terminal would obey.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut out = plain(&self.message);
        for (label, text) in [
            ("found", &self.found),
            ("expected", &self.expected),
            ("do", &self.advice),
        ] {
            for (at, line) in text.lines().enumerate() {
                let label = if at == 0 { label } else { "" };
                out.push_str(&format!("\n  {label:<8}  {}", plain(line)));
            }
        }
        out
    }

    /// As programs read it, in the form of the other commands of jinku.
    #[must_use]
    pub fn json(&self) -> String {
        ascii_json(&serde_json::json!({"error": {
            "advice": self.advice,
            "code": self.code,
            "exit": self.exit,
            "expected": self.expected,
            "fields": {},
            "found": self.found,
            "message": self.message,
            "retryable": false,
        }}))
    }
}

impl fmt::Display for ApproverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines())
    }
}

impl std::error::Error for ApproverError {}

impl From<EnvelopeError> for ApproverError {
    fn from(error: EnvelopeError) -> Self {
        let exit = match error {
            EnvelopeError::WrongSecret { .. } => 3,
            EnvelopeError::Damaged { .. }
            | EnvelopeError::Truncated { .. }
            | EnvelopeError::Forged { .. }
            | EnvelopeError::TooLarge { .. }
            | EnvelopeError::UnknownVersion { .. } => 5,
            _ => 1,
        };
        Self::of(exit, error.code(), error.what()).advice(error.advice())
    }
}

impl From<SecretError> for ApproverError {
    fn from(error: SecretError) -> Self {
        EnvelopeError::from(error).into()
    }
}

impl From<TerminalError> for ApproverError {
    fn from(error: TerminalError) -> Self {
        let (code, advice) = match error {
            TerminalError::Missing(_) | TerminalError::Silence(_) | TerminalError::Lost(_) => (
                "ask.no_terminal",
                "run it on a terminal; in a script, pass --passphrase-fd, and --yes with --digest",
            ),
            TerminalError::Interrupted => ("ask.interrupted", "nothing was signed"),
            TerminalError::TooLong => ("ask.too_long", "nothing was signed; try again"),
            TerminalError::Empty => ("ask.empty", "nothing was signed; try again"),
        };
        Self::other(code, error.to_string()).advice(advice)
    }
}

/// A document that was not understood; where it comes from is for the caller to say.
impl From<WordsError> for ApproverError {
    fn from(error: WordsError) -> Self {
        Self::usage(error.code.as_str(), error.what)
            .found(error.found)
            .expected(error.expected)
            .advice("have the platform write it anew; this device reads no other form")
    }
}

impl From<ChainError> for ApproverError {
    fn from(error: ChainError) -> Self {
        Self::refused(error.code.as_str(), error.what)
            .found(error.found)
            .expected(error.expected)
            .advice(
                "this device shows only what it decodes in full; approve it where a newer one does",
            )
    }
}

impl From<LogError> for ApproverError {
    fn from(error: LogError) -> Self {
        Self::integrity(error.code.as_str(), error.what)
            .found(error.found)
            .expected(error.expected)
            .advice("take the trust root anew from its admins: jinku trust export --out FILE")
    }
}

/// What the functions of this crate return.
pub type Outcome<T> = Result<T, ApproverError>;
