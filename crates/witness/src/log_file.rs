//! What a witness remembers of one log: its keys and the last head that was cosigned, in one file that changes at once.
//!
//! ```text
//! jinku-witness-log/1
//! key <vkey>            one to four lines, all of one origin
//!
//! <the cosigned note>   nothing before the first
//! ```
//!
//! Keys and head stand together so that none is there without the other: who deletes the file makes the log unknown, never new.

use std::path::{Path, PathBuf};

use jinku_envelope::EnvelopeError;
use jinku_envelope::file::{create_durable, read_limited, write_durable};
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::Note;
use sha2::{Digest, Sha256};

use crate::error::VKEYS_ADVICE;
use crate::folder::Folder;
use crate::{Outcome, WitnessError};

const HEADER: &str = "jinku-witness-log/1";
const MAX_KEYS: usize = 4;
/// A note of at most 1,000,000 bytes, and four keys.
const MAX_FILE_BYTES: usize = 1_016_384;

/// A log, and the last head of it that was cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    keys: Vec<VerifierKey>,
    latest: Option<(Checkpoint, Note)>,
}

/// The name under which monitors ask for a log: lower-case hex of `SHA-256(origin)`.
pub(crate) fn origin_hash(origin: &str) -> String {
    Sha256::digest(origin.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

impl LogFile {
    /// A log that was never cosigned.
    ///
    /// # Errors
    /// Unless there are one to four distinct keys of types 0x01 and 0x06 under one name.
    pub fn new(keys: Vec<VerifierKey>) -> Outcome<Self> {
        let fit =
            |key: &VerifierKey| matches!(key.algorithm(), Algorithm::Ed25519 | Algorithm::MlDsa44);
        let same = keys
            .iter()
            .all(|key| key.name() == keys[0].name() && fit(key));
        let distinct = (1..keys.len()).all(|i| !keys[..i].contains(&keys[i]));
        if keys.is_empty() || keys.len() > MAX_KEYS || !same || !distinct {
            return Err(WitnessError::usage("these are not the keys of one log")
                .found(format!("{} vkeys", keys.len()))
                .expected("one to four distinct keys of types 01 and 06, all named after the log")
                .advice(VKEYS_ADVICE));
        }
        Ok(Self { keys, latest: None })
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.keys[0].name()
    }

    /// The log's keys.
    #[must_use]
    pub fn keys(&self) -> &[VerifierKey] {
        &self.keys
    }

    /// The last head that was cosigned, and its note with the log's and the witness's lines.
    #[must_use]
    pub fn latest(&self) -> Option<&(Checkpoint, Note)> {
        self.latest.as_ref()
    }

    fn path(&self, folder: &Folder) -> PathBuf {
        folder.logs().join(origin_hash(self.origin()))
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{HEADER}\n");
        self.keys
            .iter()
            .for_each(|key| out.push_str(&format!("key {key}\n")));
        out.push('\n');
        self.latest
            .iter()
            .for_each(|(_, note)| out.push_str(&note.to_text()));
        out
    }

    /// The log stands in the folder, on the disk.
    ///
    /// # Errors
    /// When the folder has it already: a log that is added again would be forgotten.
    pub fn add(&self, folder: &Folder) -> Outcome<()> {
        match create_durable(&self.path(folder), self.to_text().as_bytes()) {
            Err(EnvelopeError::Exists { path }) => Err(WitnessError::other(format!(
                "{} is witnessed already",
                self.origin()
            ))
            .found(path.display().to_string())
            .advice("nothing is to be done: what was cosigned of it stays remembered")),
            done => Ok(done?),
        }
    }

    /// The same log with a new head, which is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written; the file is as before.
    pub(crate) fn advanced(&self, folder: &Folder, head: Checkpoint, note: Note) -> Outcome<Self> {
        let next = Self {
            keys: self.keys.clone(),
            latest: Some((head, note)),
        };
        write_durable(&self.path(folder), next.to_text().as_bytes())?;
        Ok(next)
    }

    /// The log of a file, when its head carries the log's signature and one of ours.
    ///
    /// # Errors
    /// Exit 5 for a file that is damaged, forged or misnamed: a witness that does not know what it cosigned must not go on.
    pub(crate) fn read(path: &Path, own: &[VerifierKey]) -> Outcome<Self> {
        let bytes = read_limited(path, MAX_FILE_BYTES)?;
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        Self::parse(&bytes, own)
            .and_then(|log| {
                if origin_hash(log.origin()) == name {
                    Ok(log)
                } else {
                    Err("its name is not its log's".to_owned())
                }
            })
            .map_err(|what| {
                WitnessError::integrity(format!(
                    "{} is not what this witness wrote",
                    path.display()
                ))
                .found(what)
                .advice("bring back the newest copy of it, or retire this witness and its keys")
            })
    }

    /// The log of a file's bytes, when its head carries the log's signature and one of `own`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(bytes: &[u8], own: &[VerifierKey]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let (head, note) = text.split_once("\n\n").ok_or("it has no blank line")?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(format!("its first line is not {HEADER}"));
        }
        let mut keys = Vec::new();
        for line in lines {
            let key = line.strip_prefix("key ").ok_or("a line names no key")?;
            keys.push(VerifierKey::parse(key).map_err(|error| error.to_string())?);
        }
        let mut log = Self::new(keys).map_err(|error| error.to_string())?;
        if !note.is_empty() {
            let note = Note::parse(note.as_bytes()).map_err(|error| error.to_string())?;
            let head = Checkpoint::parse(note.text()).map_err(|error| error.to_string())?;
            note.verify(&log.keys)
                .and_then(|_| note.verify(own))
                .map_err(|error| error.to_string())?;
            if head.origin != log.origin() {
                return Err("its head is another log's".to_owned());
            }
            log.latest = Some((head, note));
        }
        Ok(log)
    }
}
