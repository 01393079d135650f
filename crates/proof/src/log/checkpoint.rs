//! The body of a checkpoint (C2SP tlog-checkpoint) and what cosigners sign of it (C2SP tlog-cosignature).

use super::base64;
use super::error::{LogCode, LogError, LogResult, hex};
use super::names::{MAX_TIMESTAMP, is_key_name};
use crate::{Hash, ProofError, verify_consistency};

/// The largest tree: what Go's `tlog` holds in an int64.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// Label that leads `cosigned_message`.
const SUBTREE_LABEL: &[u8; 12] = b"subtree/v1\n\0";

/// One head of one log: its tree of `size` leaves has this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, which is also the name of its keys.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
}

fn malformed(what: &str, found: impl AsRef<str>, expected: &str) -> LogError {
    LogError::new(LogCode::CheckpointMalformed, what, found, expected)
}

/// A decimal number without leading zeros, at most 2^63 − 1.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = !text.is_empty()
        && text.len() <= 19
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    plain
        .then(|| text.parse().ok().filter(|n| *n <= MAX_SIZE))
        .flatten()
}

impl Checkpoint {
    /// The checkpoint of these parts.
    ///
    /// # Errors
    /// `checkpoint.malformed` for an origin that no key can have as its name, or a size above 2^63 − 1.
    pub fn new(origin: &str, size: u64, root: Hash) -> LogResult<Self> {
        if !is_key_name(origin) {
            let expected = "1 to 255 bytes without spaces, plus signs or control characters";
            return Err(malformed(
                "the origin of a checkpoint is out of form",
                format!("{origin:?}"),
                expected,
            ));
        }
        if size > MAX_SIZE {
            return Err(malformed(
                "the size of a checkpoint is too large",
                size.to_string(),
                "at most 2^63 − 1",
            ));
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }

    /// The checkpoint of a note's text: exactly three lines. Extension lines are refused, for ML-DSA-44 lines do not
    /// cover them.
    ///
    /// # Errors
    /// `checkpoint.malformed`, naming the line.
    pub fn parse(text: &str) -> LogResult<Self> {
        let body = text.strip_suffix('\n').ok_or_else(|| {
            malformed(
                "a checkpoint does not end its last line",
                "",
                "a newline at its end",
            )
        })?;
        let lines: Vec<&str> = body.split('\n').take(5).collect();
        let [origin, size, root] = lines[..] else {
            let found = format!(
                "{} lines",
                if lines.len() > 4 {
                    "more than 4".to_owned()
                } else {
                    lines.len().to_string()
                }
            );
            return Err(malformed(
                "a checkpoint has the wrong number of lines",
                found,
                "3: origin, size, root",
            ));
        };
        let size = decimal(size).ok_or_else(|| {
            malformed(
                "the size of a checkpoint is out of form",
                format!("{size:?}"),
                "a decimal number without leading zeros, at most 2^63 − 1",
            )
        })?;
        let root = base64::decode_hash(root).ok_or_else(|| {
            malformed(
                "the root of a checkpoint is out of form",
                format!("{root:?}"),
                "base64 of 32 bytes",
            )
        })?;
        Self::new(origin, size, root)
    }

    /// The text that the log signs: three lines.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            base64::encode(&self.root)
        )
    }

    /// What an ML-DSA-44 cosigner of that name signs: `cosigned_message` with start 0 and end = size.
    ///
    /// # Errors
    /// `vkey.malformed` for a name that is none, `checkpoint.malformed` for a time above 2^63 − 1.
    pub fn cosigned_message(&self, cosigner: &str, timestamp: u64) -> LogResult<Vec<u8>> {
        if timestamp > MAX_TIMESTAMP {
            return Err(malformed(
                "the time of a cosignature is too large",
                timestamp.to_string(),
                "at most 2^63 − 1",
            ));
        }
        let mut out = Vec::with_capacity(70 + cosigner.len() + self.origin.len());
        out.extend_from_slice(SUBTREE_LABEL);
        push_name(&mut out, cosigner)?;
        out.extend_from_slice(&timestamp.to_be_bytes());
        push_name(&mut out, &self.origin)?;
        out.extend_from_slice(&0u64.to_be_bytes());
        out.extend_from_slice(&self.size.to_be_bytes());
        out.extend_from_slice(&self.root);
        Ok(out)
    }

    /// Holds when this checkpoint extends `earlier` of the same log: the same root at the same size, else a proof.
    ///
    /// # Errors
    /// What of origin, size, proof or root disagrees. An empty tree is extended by any, with an empty proof.
    pub fn check_extends(&self, earlier: &Self, proof: &[Hash]) -> Result<(), ProofError> {
        if earlier.size == 0 || earlier.size == self.size {
            if !proof.is_empty() {
                return Err(ProofError::Length {
                    found: proof.len(),
                    expected: 0,
                });
            }
            if earlier.size == self.size && earlier.root != self.root {
                return Err(ProofError::RootMismatch {
                    which: "root",
                    computed: earlier.root,
                    expected: self.root,
                });
            }
            return Ok(());
        }
        verify_consistency(earlier.size, self.size, proof, &earlier.root, &self.root)
    }

    /// Origin, size and the first half of the root, for messages.
    #[must_use]
    pub fn brief(&self) -> String {
        format!(
            "{} size {} root {}…",
            self.origin,
            self.size,
            hex(&self.root[..16])
        )
    }
}

/// A TLS vector with one byte of length (RFC 8446 section 3.4).
fn push_name(out: &mut Vec<u8>, name: &str) -> LogResult<()> {
    let length = u8::try_from(name.len()).ok().filter(|n| *n > 0);
    let length = length.ok_or_else(|| {
        LogError::new(
            LogCode::KeyMalformed,
            "a name does not fit a cosignature",
            format!("{} bytes", name.len()),
            "1 to 255 bytes",
        )
    })?;
    out.push(length);
    out.extend_from_slice(name.as_bytes());
    Ok(())
}

/// What an Ed25519 cosigner signs: a header line, a time line, and the whole text (tlog-cosignature, "Ed25519 signed
/// message").
#[must_use]
pub fn cosignature_v1_message(timestamp: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {timestamp}\n{text}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EMPTY_ROOT;

    const TEXT: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        let found = Checkpoint::parse(TEXT).expect("the C2SP example");
        assert_eq!(
            (found.origin.as_str(), found.size),
            ("example.com/behind-the-sofa", 20_852_163)
        );
        assert_eq!(found.text(), TEXT);
        let empty = Checkpoint::new("log", 0, EMPTY_ROOT).expect("plain");
        assert_eq!(Checkpoint::parse(&empty.text()), Ok(empty));
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        for (text, says) in [
            (TEXT.trim_end().to_owned(), "newline"),
            (format!("{TEXT}extension\n"), "number of lines"),
            (format!("{TEXT}\n"), "number of lines"),
            (format!("o\n{root}\n"), "number of lines"),
            (format!("o\n01\n{root}\n"), "size"),
            (format!("o\n+1\n{root}\n"), "size"),
            (format!("o\n\n{root}\n"), "size"),
            (format!("o\n9223372036854775808\n{root}\n"), "size"),
            ("o\n1\nAAAA\n".to_owned(), "root"),
            (format!("o\n1\n{}J=\n", &root[..42]), "root"),
            (format!("a b\n1\n{root}\n"), "origin"),
            (format!("a+b\n1\n{root}\n"), "origin"),
            (format!("\n1\n{root}\n"), "origin"),
            (format!("a\u{a0}b\n1\n{root}\n"), "origin"),
            (format!("{}\n1\n{root}\n", "o".repeat(256)), "origin"),
        ] {
            let refused = Checkpoint::parse(&text).expect_err(&text);
            assert_eq!(refused.code, LogCode::CheckpointMalformed);
            assert!(refused.to_string().contains(says), "{text:?}: {refused}");
        }
        assert!(Checkpoint::new("o", MAX_SIZE + 1, [0; 32]).is_err());
    }

    #[test]
    fn the_cosigned_message_is_laid_out_as_the_specification_says() {
        let head = Checkpoint::new("log", 0x0102, [9; 32]).expect("plain");
        let message = head.cosigned_message("w1", 7).expect("short names");
        let mut expected = b"subtree/v1\n\0\x02w1".to_vec();
        expected.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 7]);
        expected.extend_from_slice(b"\x03log");
        expected.extend_from_slice(&[0; 8]);
        expected.extend_from_slice(&[0, 0, 0, 0, 0, 0, 1, 2]);
        expected.extend_from_slice(&[9; 32]);
        assert_eq!(message, expected);
        assert!(head.cosigned_message("", 7).is_err());
        assert!(head.cosigned_message(&"w".repeat(256), 7).is_err());
        assert!(head.cosigned_message("w1", MAX_TIMESTAMP + 1).is_err());
        assert_eq!(
            cosignature_v1_message(1_679_315_147, TEXT),
            format!("cosignature/v1\ntime 1679315147\n{TEXT}").into_bytes()
        );
    }

    #[test]
    fn equal_sizes_need_equal_roots_and_growth_needs_a_proof() {
        let leaves: Vec<Hash> = (0u8..9).map(|i| crate::leaf_hash(&[i])).collect();
        let at =
            |n: usize| Checkpoint::new("log", n as u64, crate::root(&leaves[..n])).expect("plain");
        let proof = crate::consistency_proof(&leaves, 5).expect("inside");
        assert_eq!(at(9).check_extends(&at(5), &proof), Ok(()));
        assert_eq!(at(9).check_extends(&at(9), &[]), Ok(()));
        assert_eq!(at(9).check_extends(&at(0), &[]), Ok(()));
        assert!(at(9).check_extends(&at(5), &[]).is_err());
        assert!(at(9).check_extends(&at(0), &proof).is_err());
        assert!(at(9).check_extends(&at(9), &proof).is_err());
        assert!(at(5).check_extends(&at(9), &proof).is_err());
        let fork = Checkpoint {
            root: [1; 32],
            ..at(9)
        };
        assert!(matches!(
            fork.check_extends(&at(9), &[]),
            Err(ProofError::RootMismatch { .. })
        ));
        assert!(matches!(
            fork.check_extends(&at(5), &proof),
            Err(ProofError::RootMismatch { .. })
        ));
    }
}
