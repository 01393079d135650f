//! Why something of the log was refused: a closed set of codes, each naming the part at fault.

use std::fmt;

use jinku_words::WordsError;

use crate::ProofError;

/// What kind of refusal it is. The text of a code never changes once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogCode {
    /// Not a signed note.
    NoteMalformed,
    /// No key that is known signed the note.
    NoteUnsigned,
    /// A line of a known key does not verify.
    NoteSignature,
    /// Not a verifier key (vkey), or one of an algorithm that is not known here.
    KeyMalformed,
    /// The text of a note is no checkpoint.
    CheckpointMalformed,
    /// A name of a tile, or a width or size, that no tree has.
    TileMalformed,
    /// A tile does not hash to what stands above it.
    TileMismatch,
    /// An index or a size lies outside the tree.
    TreeRange,
    /// Not a tlog-proof.
    ReceiptMalformed,
    /// Not the body of an add-checkpoint request.
    SubmissionMalformed,
    /// Not a witness policy.
    PolicyMalformed,
    /// A checkpoint does not meet the policy.
    PolicyUnmet,
    /// Not a trust root, or one that contradicts itself.
    TrustMalformed,
    /// Too few admins signed a trust root.
    TrustUnsigned,
    /// A signature on a trust root does not verify.
    TrustSignature,
    /// A trust root is not the next version of this deployment's.
    TrustVersion,
    /// A trust root has expired.
    TrustExpired,
    /// An entry is empty or too large.
    EvidenceEntry,
    /// A checkpoint is of another log.
    EvidenceOrigin,
    /// The entry does not stand where the receipt says.
    EvidenceInclusion,
    /// A pinned key of the log did not sign the checkpoint.
    EvidenceLog,
    /// Too few outside witnesses cosigned the checkpoint.
    EvidenceWitnesses,
}

/// Whether the input is out of form, or well formed and not true, or a question that cannot be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Out of form.
    Form,
    /// Well formed, and it does not hold.
    Truth,
    /// The question cannot be meant.
    Usage,
}

impl LogCode {
    /// Every code, in the order of the reference page.
    pub const ALL: [Self; 22] = [
        Self::NoteMalformed,
        Self::NoteUnsigned,
        Self::NoteSignature,
        Self::KeyMalformed,
        Self::CheckpointMalformed,
        Self::TileMalformed,
        Self::TileMismatch,
        Self::TreeRange,
        Self::ReceiptMalformed,
        Self::SubmissionMalformed,
        Self::PolicyMalformed,
        Self::PolicyUnmet,
        Self::TrustMalformed,
        Self::TrustUnsigned,
        Self::TrustSignature,
        Self::TrustVersion,
        Self::TrustExpired,
        Self::EvidenceEntry,
        Self::EvidenceOrigin,
        Self::EvidenceInclusion,
        Self::EvidenceLog,
        Self::EvidenceWitnesses,
    ];

    /// The stable text of the code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoteMalformed => "note.malformed",
            Self::NoteUnsigned => "note.unsigned",
            Self::NoteSignature => "note.signature_invalid",
            Self::KeyMalformed => "vkey.malformed",
            Self::CheckpointMalformed => "checkpoint.malformed",
            Self::TileMalformed => "tile.malformed",
            Self::TileMismatch => "tile.mismatch",
            Self::TreeRange => "tree.range",
            Self::ReceiptMalformed => "receipt.malformed",
            Self::SubmissionMalformed => "submission.malformed",
            Self::PolicyMalformed => "witness_policy.malformed",
            Self::PolicyUnmet => "witness_policy.unmet",
            Self::TrustMalformed => "trust.malformed",
            Self::TrustUnsigned => "trust.unsigned",
            Self::TrustSignature => "trust.signature_invalid",
            Self::TrustVersion => "trust.version",
            Self::TrustExpired => "trust.expired",
            Self::EvidenceEntry => "evidence.entry",
            Self::EvidenceOrigin => "evidence.origin",
            Self::EvidenceInclusion => "evidence.inclusion",
            Self::EvidenceLog => "evidence.log_signature",
            Self::EvidenceWitnesses => "evidence.witnesses",
        }
    }

    /// What a caller makes of it.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::NoteMalformed
            | Self::KeyMalformed
            | Self::CheckpointMalformed
            | Self::TileMalformed
            | Self::ReceiptMalformed
            | Self::SubmissionMalformed
            | Self::PolicyMalformed
            | Self::TrustMalformed
            | Self::EvidenceEntry => Kind::Form,
            Self::TreeRange => Kind::Usage,
            _ => Kind::Truth,
        }
    }
}

/// A refusal of the log: code, what failed, what was found and what was expected. A retry cannot differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogError {
    /// The stable code.
    pub code: LogCode,
    /// What failed, in a few words.
    pub what: String,
    /// What was found; may be empty.
    pub found: String,
    /// What was expected; may be empty.
    pub expected: String,
}

impl LogError {
    /// An error with all its parts; `found` is cut at 120 characters.
    pub fn new(
        code: LogCode,
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

    /// A refused word of a document as an error with this code.
    pub(crate) fn of_word(code: LogCode, error: &WordsError) -> Self {
        Self::new(code, &error.what, &error.found, &error.expected)
    }

    /// A proof that does not hold as an error with this code.
    pub(crate) fn of_proof(code: LogCode, error: &ProofError) -> Self {
        Self::new(code, error.to_string(), "", "")
    }
}

impl fmt::Display for LogError {
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

impl std::error::Error for LogError {}

/// What the functions of the log return.
pub type LogResult<T> = Result<T, LogError>;

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The bytes of lower-case hexadecimal, and of nothing else.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_an_error_says_all_it_knows() {
        let mut texts: Vec<_> = LogCode::ALL.iter().map(|c| c.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), LogCode::ALL.len());
        let error = LogError::new(LogCode::TreeRange, "it failed", "x".repeat(500), "y");
        assert_eq!(
            error.to_string(),
            format!("it failed: found {}, expected y", "x".repeat(120))
        );
        assert_eq!(unhex("00ff"), Some(vec![0, 255]));
        for bad in ["0", "0F", "zz", "é"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
