//! Receipts (C2SP tlog-proof): an index, a path and a checkpoint, verifiable offline.

use super::base64;
use super::checkpoint::{Checkpoint, decimal};
use super::error::{LogCode, LogError, LogResult};
use super::note::{MAX_NOTE_BYTES, Note};
use crate::{Hash, leaf_hash, verify_inclusion};

/// The first line of a receipt.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// The most extra data, in bytes.
pub const MAX_EXTRA_BYTES: usize = 65_535;
/// The longest path: what a tree of 2^63 − 1 leaves needs.
pub const MAX_PATH: usize = 63;
const MAX_RECEIPT_BYTES: usize = MAX_NOTE_BYTES + 2 * MAX_EXTRA_BYTES;

/// A receipt, well formed; it is worth nothing before its checkpoint and its path have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Extra data, which nothing authenticates.
    pub extra: Option<Vec<u8>>,
    /// Place of the entry.
    pub index: u64,
    /// From the leaf's sibling up to the root's child.
    pub path: Vec<Hash>,
    /// The checkpoint with its signatures.
    pub note: Note,
    /// What the note's text says.
    pub checkpoint: Checkpoint,
}

fn malformed(what: &str, found: impl AsRef<str>, expected: &str) -> LogError {
    LogError::new(LogCode::ReceiptMalformed, what, found, expected)
}

impl Receipt {
    /// The receipt of these parts.
    ///
    /// # Errors
    /// `receipt.malformed` when the index lies outside the tree or a part is too long, `checkpoint.malformed` for another text.
    pub fn new(index: u64, path: Vec<Hash>, note: Note, extra: Option<Vec<u8>>) -> LogResult<Self> {
        let checkpoint = Checkpoint::parse(note.text())?;
        if index >= checkpoint.size {
            let expected = format!("below {}", checkpoint.size);
            return Err(malformed(
                "the index of a receipt lies outside its tree",
                index.to_string(),
                &expected,
            ));
        }
        if path.len() > MAX_PATH {
            return Err(malformed(
                "the path of a receipt is too long",
                format!("{} hashes", path.len()),
                "at most 63",
            ));
        }
        if let Some(extra) = extra
            .as_ref()
            .filter(|e| e.len() > MAX_EXTRA_BYTES || e.is_empty())
        {
            return Err(malformed(
                "the extra data of a receipt has a wrong length",
                format!("{} bytes", extra.len()),
                "1 to 65535 bytes",
            ));
        }
        Ok(Self {
            extra,
            index,
            path,
            note,
            checkpoint,
        })
    }

    /// The receipt of these bytes.
    ///
    /// # Errors
    /// `receipt.malformed`, `note.malformed` or `checkpoint.malformed`, with what was found.
    pub fn parse(bytes: &[u8]) -> LogResult<Self> {
        if bytes.len() > MAX_RECEIPT_BYTES {
            return Err(malformed(
                "a receipt is too large",
                format!("{} bytes", bytes.len()),
                "at most 1131070 bytes",
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            malformed(
                "a receipt is not UTF-8",
                format!("an invalid byte at offset {}", error.valid_up_to()),
                "UTF-8",
            )
        })?;
        let (header, rest) = text.split_once('\n').unwrap_or((text, ""));
        if header != HEADER {
            return Err(malformed(
                "a receipt has another first line",
                format!("{header:?}"),
                HEADER,
            ));
        }
        let (extra, rest) = match rest.strip_prefix("extra ").and_then(|r| r.split_once('\n')) {
            Some((extra, rest)) => {
                let bytes = base64::decode(extra).filter(|b| !b.is_empty());
                let bytes = bytes.ok_or_else(|| {
                    malformed(
                        "the extra line of a receipt is out of form",
                        format!("{extra:?}"),
                        "base64",
                    )
                })?;
                (Some(bytes), rest)
            }
            None => (None, rest),
        };
        let (index, rest) = rest
            .strip_prefix("index ")
            .and_then(|r| r.split_once('\n'))
            .ok_or_else(|| {
                malformed(
                    "a receipt has no index line",
                    format!("{:?}", rest.lines().next().unwrap_or("")),
                    "index and a number",
                )
            })?;
        let index = decimal(index).ok_or_else(|| {
            malformed(
                "the index of a receipt is out of form",
                format!("{index:?}"),
                "a decimal number without leading zeros",
            )
        })?;
        let (path, rest) = parse_path(rest)?;
        Self::new(index, path, Note::parse(rest.as_bytes())?, extra)
    }

    /// The bytes of the receipt.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            out.push_str(&format!("extra {}\n", base64::encode(extra)));
        }
        out.push_str(&format!("index {}\n", self.index));
        for hash in &self.path {
            out.push_str(&base64::encode(hash));
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.note.to_text());
        out
    }

    /// Holds when the entry stands at the receipt's index under the receipt's checkpoint. Says nothing about the checkpoint.
    ///
    /// # Errors
    /// `evidence.inclusion`.
    pub fn check_inclusion(&self, entry: &[u8]) -> LogResult<()> {
        let head = &self.checkpoint;
        verify_inclusion(
            &leaf_hash(entry),
            self.index,
            head.size,
            &self.path,
            &head.root,
        )
        .map_err(|error| LogError::of_proof(LogCode::EvidenceInclusion, &error))
    }
}

/// The lines of a path up to the blank one, and what follows it.
fn parse_path(mut rest: &str) -> LogResult<(Vec<Hash>, &str)> {
    let mut path = Vec::new();
    loop {
        let (line, after) = rest.split_once('\n').ok_or_else(|| {
            malformed(
                "a receipt ends within its path",
                "",
                "a blank line and a checkpoint",
            )
        })?;
        rest = after;
        if line.is_empty() {
            break;
        }
        let hash = base64::decode_hash(line).filter(|_| path.len() < MAX_PATH);
        path.push(hash.ok_or_else(|| {
            malformed(
                "a line of a receipt's path is out of form",
                format!("{line:?}"),
                "base64 of 32 bytes, at most 63 lines",
            )
        })?);
    }
    Ok((path, rest))
}
