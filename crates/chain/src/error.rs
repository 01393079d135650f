//! Why a transaction was not built, read, or believed: a closed set of codes, the same for every family.

use std::fmt;

use jinku_words::WordsError;

/// What a caller makes of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes or documents that are not understood.
    Form,
    /// Parts that contradict each other or their proof.
    Truth,
}

/// What kind of refusal it is. The text of a code never changes once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChainCode {
    /// Bytes that are not the one encoding of a transaction.
    Malformed,
    /// A kind of transaction or call that is not read in full, so none of it is.
    Unsupported,
    /// A transaction or plan of another chain.
    OtherChain,
    /// Figures that are out of range, or whose sum is.
    Range,
    /// An intent that no transaction of this chain can serve.
    Intent,
    /// A plan that does not belong to its intent, or contradicts itself.
    Plan,
    /// A fee above what the intent allows.
    Bounds,
    /// Effects that are not exactly those of the intent.
    Effects,
    /// A signature that is not the account's over these bytes, or not in its one form.
    Signature,
    /// A message or typed data that is not understood in full.
    Message,
}

impl ChainCode {
    /// Every code.
    pub const ALL: [Self; 10] = [
        Self::Malformed,
        Self::Unsupported,
        Self::OtherChain,
        Self::Range,
        Self::Intent,
        Self::Plan,
        Self::Bounds,
        Self::Effects,
        Self::Signature,
        Self::Message,
    ];

    /// The stable text of the code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "tx.malformed",
            Self::Unsupported => "tx.unsupported",
            Self::OtherChain => "tx.other_chain",
            Self::Range => "tx.range",
            Self::Intent => "tx.intent",
            Self::Plan => "tx.plan",
            Self::Bounds => "tx.bounds",
            Self::Effects => "tx.effects",
            Self::Signature => "tx.signature",
            Self::Message => "message.malformed",
        }
    }

    /// What a caller makes of it.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Malformed | Self::Unsupported | Self::Range | Self::Intent | Self::Message => {
                Kind::Form
            }
            _ => Kind::Truth,
        }
    }
}

/// A refusal: code, what failed, what was found and what was expected. A retry cannot differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainError {
    /// The stable code.
    pub code: ChainCode,
    /// What failed, in a few words.
    pub what: String,
    /// What was found; may be empty.
    pub found: String,
    /// What was expected; may be empty.
    pub expected: String,
}

impl ChainError {
    /// An error with all its parts; `found` is cut at 120 characters.
    pub fn new(
        code: ChainCode,
        what: impl Into<String>,
        found: impl AsRef<str>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            code,
            what: what.into(),
            found: found.as_ref().chars().take(120).collect(),
            expected: expected.into(),
        }
    }

    /// A refused word as an error with this code.
    #[must_use]
    pub fn of_word(code: ChainCode, error: &WordsError) -> Self {
        Self::new(code, &error.what, &error.found, &error.expected)
    }
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let mut joint = ": ";
        if !self.found.is_empty() {
            write!(f, "{joint}found {}", self.found)?;
            joint = ", ";
        }
        if !self.expected.is_empty() {
            write!(f, "{joint}expected {}", self.expected)?;
        }
        Ok(())
    }
}

impl std::error::Error for ChainError {}

/// What the functions of the chain crates return.
pub type ChainResult<T> = Result<T, ChainError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_an_error_says_all_it_knows() {
        let mut texts: Vec<_> = ChainCode::ALL.iter().map(|code| code.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), ChainCode::ALL.len());
        let error = ChainError::new(ChainCode::Range, "it failed", "x".repeat(500), "y");
        assert_eq!(
            error.to_string(),
            format!("it failed: found {}, expected y", "x".repeat(120))
        );
        let bare = ChainError::new(ChainCode::Range, "it failed", "", "y");
        assert_eq!(bare.to_string(), "it failed: expected y");
    }
}
