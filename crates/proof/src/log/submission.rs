//! What a log sends to a witness: the body of `add-checkpoint` (C2SP tlog-witness).

use super::base64;
use super::checkpoint::{Checkpoint, decimal};
use super::error::{LogCode, LogError, LogResult};
use super::note::Note;
use crate::Hash;

/// The most proof lines.
pub const MAX_PROOF: usize = 63;

/// A checkpoint, and the proof that it extends the one of size `old`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The size that the witness cosigned last, as the log believes.
    pub old: u64,
    /// RFC 6962 consistency proof.
    pub proof: Vec<Hash>,
    /// The checkpoint with its signatures.
    pub note: Note,
    /// What the note's text says.
    pub checkpoint: Checkpoint,
}

fn malformed(what: &str, found: impl AsRef<str>, expected: &str) -> LogError {
    LogError::new(LogCode::SubmissionMalformed, what, found, expected)
}

impl Submission {
    /// The submission of these parts.
    ///
    /// # Errors
    /// `submission.malformed` for more than 63 hashes, `checkpoint.malformed` for another text.
    pub fn new(old: u64, proof: Vec<Hash>, note: Note) -> LogResult<Self> {
        if proof.len() > MAX_PROOF {
            let found = format!("{} hashes", proof.len());
            return Err(malformed(
                "a consistency proof is too long",
                found,
                "at most 63",
            ));
        }
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self {
            old,
            proof,
            note,
            checkpoint,
        })
    }

    /// The submission of a request's body.
    ///
    /// # Errors
    /// `submission.malformed`, `note.malformed` or `checkpoint.malformed`.
    pub fn parse(body: &[u8]) -> LogResult<Self> {
        let text = std::str::from_utf8(body).map_err(|error| {
            malformed(
                "a submission is not UTF-8",
                format!("an invalid byte at offset {}", error.valid_up_to()),
                "UTF-8",
            )
        })?;
        let old = text.strip_prefix("old ").and_then(|r| r.split_once('\n'));
        let (old, mut rest) = old.ok_or_else(|| {
            malformed("a submission has no old size line", "", "old and a number")
        })?;
        let old = decimal(old).ok_or_else(|| {
            malformed(
                "the old size is out of form",
                format!("{old:?}"),
                "a decimal number without leading zeros",
            )
        })?;
        let mut proof = Vec::new();
        loop {
            let next = rest.split_once('\n');
            let (line, after) = next.ok_or_else(|| {
                malformed(
                    "a submission ends within its proof",
                    "",
                    "a blank line and a checkpoint",
                )
            })?;
            rest = after;
            if line.is_empty() {
                break;
            }
            let hash = base64::decode_hash(line).filter(|_| proof.len() < MAX_PROOF);
            proof.push(hash.ok_or_else(|| {
                malformed(
                    "a line of the proof is out of form",
                    format!("{line:?}"),
                    "base64 of 32 bytes, at most 63 lines",
                )
            })?);
        }
        Self::new(old, proof, Note::parse(rest.as_bytes())?)
    }

    /// The body.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("old {}\n", self.old);
        for hash in &self.proof {
            out.push_str(&base64::encode(hash));
            out.push('\n');
        }
        out.push('\n');
        out + &self.note.to_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::note::SignatureLine;

    fn sample() -> Submission {
        let line = SignatureLine {
            name: "log".into(),
            key_id: [1; 4],
            payload: vec![2; 64],
        };
        let text = Checkpoint::new("log", 9, [3; 32])
            .map(|c| c.text())
            .unwrap_or_default();
        let note = Note::new(&text, vec![line]);
        note.and_then(|n| Submission::new(5, vec![[4; 32], [5; 32]], n))
            .expect("plain")
    }

    #[test]
    fn a_submission_is_read_back_and_anything_else_refused() {
        let text = sample().to_text();
        assert_eq!(Submission::parse(text.as_bytes()), Ok(sample()));
        let hash = base64::encode(&[4; 32]);
        for bad in [
            text.replacen("old 5", "old 05", 1),
            text.replacen("old 5", "old  5", 1),
            text.replacen("old 5", "Old 5", 1),
            text.replacen("old 5", "old -1", 1),
            text.replacen("old 5", "old 9223372036854775808", 1),
            text.replacen("\n\n", "\n", 1),
            text.replacen(&hash, &hash[..40], 1),
            text.replacen(
                "old 5",
                &format!("old 5{}", format!("\n{hash}").repeat(62)),
                1,
            ),
            text.replacen("\nlog\n", "\nlog\nx\n", 1),
            text.replace('\n', "\r\n"),
            format!("{text}\n"),
            "old 5".to_owned(),
            String::new(),
        ] {
            assert!(Submission::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(Submission::parse(&[0xff]).is_err());
        assert!(Submission::new(0, vec![[0; 32]; 64], sample().note).is_err());
    }
}
