//! Why a proof was refused.

use std::fmt;

/// A proof, a statement or a request for one that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofError {
    /// The index or size asked for lies outside the tree.
    OutOfRange {
        /// What was asked for, in words.
        what: &'static str,
        /// The figure found.
        found: u64,
        /// The figure it had to stay below (or at, as `what` says).
        limit: u64,
    },
    /// The proof has more or fewer hashes than a tree of that size needs.
    Length {
        /// Number of hashes found.
        found: usize,
        /// Number of hashes expected.
        expected: usize,
    },
    /// The hashes lead to another root than the one given.
    RootMismatch {
        /// Which root disagreed.
        which: &'static str,
        /// The root the proof leads to.
        computed: [u8; 32],
        /// The root that was given.
        expected: [u8; 32],
    },
    /// `[start, end)` is no subtree: start has to be a multiple of the next power of two of its width.
    NotASubtree {
        /// First leaf.
        start: u64,
        /// One past the last leaf.
        end: u64,
    },
    /// The identity public key is no point of edwards25519, or one of small order.
    BadKey,
    /// The signature is not the identity key's over these bytes.
    BadSignature,
    /// A number does not fit the canonical form.
    NumberTooLarge {
        /// The field's name.
        field: &'static str,
        /// The figure found.
        found: u64,
    },
}

fn short(hash: &[u8; 32]) -> String {
    hash.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { what, found, limit } => {
                write!(f, "{what} is {found}, which is outside the tree (limit {limit}); ask for one inside it")
            }
            Self::Length { found, expected } => write!(
                f,
                "the proof has {found} hashes, a tree of this size needs {expected}; fetch the proof again from its source"
            ),
            Self::RootMismatch { which, computed, expected } => write!(
                f,
                "the proof leads to the {which} {}…, but {}… was given; do not use what it was to prove",
                short(computed),
                short(expected)
            ),
            Self::NotASubtree { start, end } => write!(
                f,
                "[{start}, {end}) is no subtree: the start must be a multiple of the width's next power of two"
            ),
            Self::BadKey => {
                f.write_str("the identity public key is no valid Ed25519 key; take it from the deployment's pin")
            }
            Self::BadSignature => f.write_str(
                "the batch statement is not signed by the pinned identity key; do not serve its addresses, compare the key with the deployment's pin",
            ),
            Self::NumberTooLarge { field, found } => {
                write!(f, "{field} is {found}, canonical JSON holds integers up to 9007199254740991; split the range")
            }
        }
    }
}

impl std::error::Error for ProofError {}
