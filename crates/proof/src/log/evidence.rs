//! What a signer and an auditor ask: does this entry stand in the log that the trust root pins, under enough witnesses?

use super::checkpoint::Checkpoint;
use super::error::{LogCode, LogError, LogResult};
use super::key::VerifierKey;
use super::note::{Note, Signed};
use super::receipt::Receipt;
use super::trust::TrustRoot;
use crate::Hash;

/// The largest entry, in bytes: what a bundle's 16-bit length holds.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// A witness of the trust root that cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// Its name in the trust root.
    pub witness: String,
    /// Whether somebody else runs it.
    pub outside: bool,
    /// Unix seconds: its latest statement.
    pub timestamp: u64,
}

/// A checkpoint that the trust root stands behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The witnesses of the trust root that cosigned it, in its order.
    pub cosigned: Vec<Cosigned>,
    /// Whether no outside witness had to: good for trying things out, worth nothing against the operator.
    pub dev: bool,
}

/// An entry that stands where its receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Place of the entry.
    pub index: u64,
    /// Size of the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
    /// The witnesses of the trust root that cosigned, in its order.
    pub cosigned: Vec<Cosigned>,
    /// Whether no outside witness had to.
    pub dev: bool,
}

/// The signatures of known keys; none is no error here.
fn signed_by(note: &Note, keys: &[VerifierKey], code: LogCode) -> LogResult<Vec<Signed>> {
    match note.verify(keys) {
        Ok(signed) => Ok(signed),
        Err(error) if error.code == LogCode::NoteUnsigned => Ok(Vec::new()),
        // A known key's line that does not hold: the part at fault is the log's or the witnesses'.
        Err(error) if error.code == LogCode::NoteSignature => Err(LogError { code, ..error }),
        Err(error) => Err(error),
    }
}

/// The checkpoint of the note, when it is the pinned log's: every pinned key of the log signed it, and as many outside
/// witnesses as the trust root wants cosigned it. Time plays no part: see [`TrustRoot::check_fresh`].
///
/// # Errors
/// `evidence.origin`, `evidence.log_signature` or `evidence.witnesses`, and `checkpoint.malformed`.
pub fn check_checkpoint(trust: &TrustRoot, note: &Note) -> LogResult<VerifiedCheckpoint> {
    let checkpoint = Checkpoint::parse(note.text())?;
    if checkpoint.origin != trust.origin {
        let what = "the checkpoint is of another log";
        return Err(LogError::new(
            LogCode::EvidenceOrigin,
            what,
            format!("{:?}", checkpoint.origin),
            format!("{:?}", trust.origin),
        ));
    }
    let signed = signed_by(note, &trust.journal_keys, LogCode::EvidenceLog)?;
    if let Some((_, key)) = trust
        .journal_keys
        .iter()
        .enumerate()
        .find(|(i, _)| !signed.iter().any(|s| s.key == *i))
    {
        let what = format!(
            "the log did not sign {} with each of its pinned keys",
            checkpoint.brief()
        );
        return Err(LogError::new(
            LogCode::EvidenceLog,
            what,
            "no line",
            format!("a line of its {} key", key.algorithm().as_str()),
        ));
    }
    let mut cosigned = Vec::new();
    for witness in &trust.witnesses {
        let times = signed_by(note, &witness.keys, LogCode::EvidenceWitnesses)?;
        // Time 0 states nothing about the largest tree (tlog-cosignature).
        let latest = times
            .iter()
            .filter_map(|s| s.timestamp)
            .max()
            .filter(|t| *t > 0);
        cosigned.extend(latest.map(|timestamp| Cosigned {
            witness: witness.name.clone(),
            outside: witness.outside,
            timestamp,
        }));
    }
    let outside: Vec<&str> = cosigned
        .iter()
        .filter(|c| c.outside)
        .map(|c| c.witness.as_str())
        .collect();
    if (outside.len() as u64) < trust.quorum {
        let what = format!("too few outside witnesses cosigned {}", checkpoint.brief());
        let found = format!("{} [{}]", outside.len(), outside.join(", "));
        return Err(LogError::new(
            LogCode::EvidenceWitnesses,
            what,
            found,
            format!("{} or more", trust.quorum),
        ));
    }
    Ok(VerifiedCheckpoint {
        checkpoint,
        cosigned,
        dev: trust.is_dev(),
    })
}

/// Where the entry stands, when it stands in the pinned log under enough witnesses.
///
/// # Errors
/// The part at fault: `evidence.entry`, `evidence.inclusion`, and those of [`check_checkpoint`].
pub fn check(trust: &TrustRoot, entry: &[u8], receipt: &Receipt) -> LogResult<Verified> {
    if entry.is_empty() || entry.len() > MAX_ENTRY_BYTES {
        let what = "the entry has a wrong length";
        return Err(LogError::new(
            LogCode::EvidenceEntry,
            what,
            format!("{} bytes", entry.len()),
            "1 to 65535 bytes",
        ));
    }
    let VerifiedCheckpoint {
        checkpoint,
        cosigned,
        dev,
    } = check_checkpoint(trust, &receipt.note)?;
    receipt.check_inclusion(entry)?;
    Ok(Verified {
        index: receipt.index,
        size: checkpoint.size,
        root: checkpoint.root,
        cosigned,
        dev,
    })
}
