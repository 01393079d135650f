//! Why a word was refused: a closed set of stable codes, the same in Python (`jinku.core.WordCode`).

use std::fmt;

/// What kind of refusal it is. The text of a code never changes once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// Not one JSON text (RFC 8259).
    JsonMalformed,
    /// Not UTF-8, or a string with a lone surrogate.
    JsonText,
    /// A fraction, an exponent, `-0`, or an integer beyond ±(2^53−1).
    JsonNumber,
    /// An object names a key twice.
    JsonDuplicateKey,
    /// More bytes than the limit.
    JsonTooLarge,
    /// Deeper nesting than the limit.
    JsonTooDeep,
    /// Valid, but not the canonical bytes (RFC 8785).
    JsonNotCanonical,
    /// A document lacks a field, has an unknown one, or one of the wrong type.
    DocumentShape,
    /// A field has the right type and a value that breaks a rule.
    DocumentValue,
    /// Not a UUIDv7 in its text or byte form.
    IdInvalid,
    /// Not an amount: malformed, out of 0..2^256−1, or of another unit or asset.
    AmountInvalid,
    /// Not a CAIP-2 chain of a known family.
    ChainInvalid,
    /// Not a CAIP-10 account.
    AccountInvalid,
    /// Not a CAIP-19 asset.
    AssetInvalid,
}

impl Code {
    /// Every code, in the order of the reference page.
    pub const ALL: [Self; 14] = [
        Self::JsonMalformed,
        Self::JsonText,
        Self::JsonNumber,
        Self::JsonDuplicateKey,
        Self::JsonTooLarge,
        Self::JsonTooDeep,
        Self::JsonNotCanonical,
        Self::DocumentShape,
        Self::DocumentValue,
        Self::IdInvalid,
        Self::AmountInvalid,
        Self::ChainInvalid,
        Self::AccountInvalid,
        Self::AssetInvalid,
    ];

    /// The stable text of the code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JsonMalformed => "json.malformed",
            Self::JsonText => "json.text",
            Self::JsonNumber => "json.number",
            Self::JsonDuplicateKey => "json.duplicate_key",
            Self::JsonTooLarge => "json.too_large",
            Self::JsonTooDeep => "json.too_deep",
            Self::JsonNotCanonical => "json.not_canonical",
            Self::DocumentShape => "document.shape",
            Self::DocumentValue => "document.value",
            Self::IdInvalid => "id.invalid",
            Self::AmountInvalid => "amount.invalid",
            Self::ChainInvalid => "chain.invalid",
            Self::AccountInvalid => "account.invalid",
            Self::AssetInvalid => "asset.invalid",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refused word: code, what failed, what was found and what was expected. A retry cannot differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordsError {
    /// The stable code.
    pub code: Code,
    /// What failed, in a few words.
    pub what: String,
    /// What was found; may be empty.
    pub found: String,
    /// What was expected; may be empty.
    pub expected: String,
    /// The field of a document, such as `intent.bounds.max_fee`; empty outside documents.
    pub field: String,
}

impl WordsError {
    /// An error with all its parts; `found` is cut at 80 characters.
    pub fn new(
        code: Code,
        what: impl Into<String>,
        found: impl AsRef<str>,
        expected: impl Into<String>,
    ) -> Self {
        let found = found.as_ref().chars().take(80).collect();
        Self {
            code,
            what: what.into(),
            found,
            expected: expected.into(),
            field: String::new(),
        }
    }

    /// The same error with the field it belongs to, unless one is known already.
    pub(crate) fn at(mut self, field: &str) -> Self {
        if self.field.is_empty() {
            field.clone_into(&mut self.field);
        }
        self
    }
}

impl fmt::Display for WordsError {
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

impl std::error::Error for WordsError {}

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, WordsError>;
