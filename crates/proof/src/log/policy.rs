//! Witness policies (C2SP tlog-policy): which logs, which witnesses, and which sets of them are enough.

use super::checkpoint::Checkpoint;
use super::error::{LogCode, LogError, LogResult};
use super::key::VerifierKey;
use super::note::Note;

mod reader;

use reader::Reader;

/// The longest policy that is read, in bytes: room for 64 logs and 64 witnesses with ML-DSA-44 keys.
pub const MAX_POLICY_BYTES: usize = 512 * 1024;
/// The most logs, witnesses and groups, each; the specification asks for 32.
pub const MAX_ITEMS: usize = 64;

/// A log whose checkpoints count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLog {
    /// Its key; the name is the origin.
    pub key: VerifierKey,
    /// Where it is, in the bytes of the file.
    pub url: Option<Vec<u8>>,
}

/// A witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWitness {
    /// Its name within the policy: opaque bytes.
    pub name: Vec<u8>,
    /// Its key.
    pub key: VerifierKey,
    /// Its submission prefix, in the bytes of the file.
    pub url: Option<Vec<u8>>,
}

/// A name that may stand in a group or in the quorum.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Member {
    Witness(usize),
    Group(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    threshold: usize,
    members: Vec<Member>,
}

/// A policy, well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    /// `None` stands for `quorum none`.
    quorum: Option<Member>,
}

/// A checkpoint that meets a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Which of the policy's witnesses cosigned it.
    pub witnesses: Vec<usize>,
}

fn malformed(line: usize, what: &str, found: &[u8], expected: &str) -> LogError {
    let found = format!("{:?}", String::from_utf8_lossy(found));
    LogError::new(
        LogCode::PolicyMalformed,
        format!("line {line} of a witness policy: {what}"),
        found,
        expected,
    )
}

impl Policy {
    /// The policy of these bytes.
    ///
    /// # Errors
    /// `witness_policy.malformed`, naming the line, or `vkey.malformed`.
    pub fn parse(bytes: &[u8]) -> LogResult<Self> {
        if bytes.len() > MAX_POLICY_BYTES {
            return Err(malformed(
                0,
                "the file is too large",
                bytes.len().to_string().as_bytes(),
                "at most 524288 bytes",
            ));
        }
        let whole = |what| malformed(0, what, b"", "a newline at its end");
        let body = match bytes.strip_suffix(b"\n") {
            Some(body) => body,
            None => return Err(whole("the last line is not ended")),
        };
        let mut reader = Reader::default();
        for (number, line) in (1..).zip(body.split(|b| *b == b'\n')) {
            if let Some(bad) = line
                .iter()
                .find(|b| (**b < b' ' && **b != b'\t') || **b == 0x7f)
            {
                return Err(malformed(
                    number,
                    "it holds a control character",
                    &[*bad],
                    "tabs and newlines only",
                ));
            }
            let words: Vec<&[u8]> = line
                .split(|b| matches!(b, b' ' | b'\t'))
                .filter(|w| !w.is_empty())
                .collect();
            if words.first().is_some_and(|w| !w.starts_with(b"#")) {
                reader.line(number, &words)?;
            }
        }
        let quorum = reader
            .quorum
            .ok_or_else(|| malformed(0, "there is no quorum line", b"", "exactly one"))?;
        Ok(Self {
            logs: reader.logs,
            witnesses: reader.witnesses,
            groups: reader.groups,
            quorum,
        })
    }

    /// The logs in their order.
    #[must_use]
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses in their order.
    #[must_use]
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// The checkpoint of the note and who cosigned it, when the policy is met.
    ///
    /// # Errors
    /// `witness_policy.unmet` with who cosigned, `note.*` or `checkpoint.malformed` when a signature or the text is no good.
    pub fn check(&self, note: &Note) -> LogResult<Met> {
        let checkpoint = Checkpoint::parse(note.text())?;
        let logs: Vec<VerifierKey> = self
            .logs
            .iter()
            .map(|l| l.key.clone())
            .filter(|k| k.name() == checkpoint.origin)
            .collect();
        note.verify(&logs)?;
        let keys: Vec<VerifierKey> = self.witnesses.iter().map(|w| w.key.clone()).collect();
        let mut witnesses = match note.verify(&keys) {
            // A cosignature without a time says nothing about the largest tree.
            Ok(signed) => signed
                .iter()
                .filter(|s| s.timestamp.is_some_and(|t| t > 0))
                .map(|s| s.key)
                .collect(),
            Err(error) if error.code == LogCode::NoteUnsigned => Vec::new(),
            Err(error) => return Err(error),
        };
        witnesses.sort_unstable();
        if self
            .quorum
            .as_ref()
            .is_some_and(|member| !self.holds(member, &witnesses))
        {
            let names: Vec<String> = witnesses
                .iter()
                .map(|w| String::from_utf8_lossy(&self.witnesses[*w].name).into_owned())
                .collect();
            let what = format!("{} does not meet the witness policy", checkpoint.brief());
            return Err(LogError::new(
                LogCode::PolicyUnmet,
                what,
                format!("cosignatures of [{}]", names.join(", ")),
                "a quorum of the policy",
            ));
        }
        Ok(Met {
            checkpoint,
            witnesses,
        })
    }

    /// Groups name only what stands above them, so this ends; each name is in one group, so it is short.
    fn holds(&self, member: &Member, cosigned: &[usize]) -> bool {
        match member {
            Member::Witness(witness) => cosigned.contains(witness),
            Member::Group(group) => self.groups.get(*group).is_some_and(|group| {
                group
                    .members
                    .iter()
                    .filter(|m| self.holds(m, cosigned))
                    .count()
                    >= group.threshold
            }),
        }
    }
}
