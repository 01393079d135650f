//! Witness policies (C2SP tlog-policy): which logs, which witnesses, and which sets of them are enough.

use std::collections::{BTreeMap, BTreeSet};

use super::checkpoint::Checkpoint;
use super::error::{LogCode, LogError, LogResult};
use super::key::{Algorithm, VerifierKey};
use super::note::Note;

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

/// The policy while it is read.
#[derive(Default)]
struct Reader {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    names: BTreeMap<Vec<u8>, Member>,
    in_a_group: BTreeSet<Vec<u8>>,
    quorum: Option<Option<Member>>,
}

impl Reader {
    fn line(&mut self, number: usize, words: &[&[u8]]) -> LogResult<()> {
        let refused = |what: &str, found: &[u8], expected: &str| {
            Err(malformed(number, what, found, expected))
        };
        match words {
            [b"log", key, url @ ..] if url.len() <= 1 => self.log(number, key, url.first()),
            [b"witness", name, key, url @ ..] if url.len() <= 1 => {
                self.witness(number, name, key, url.first())
            }
            [b"group", name, threshold, members @ ..] if !members.is_empty() => {
                self.group(number, name, threshold, members)
            }
            [b"quorum", _] if self.quorum.is_some() => {
                refused("a second quorum", words[1], "one quorum line")
            }
            [b"quorum", b"none"] => {
                self.quorum = Some(None);
                Ok(())
            }
            [b"quorum", name] => match self.names.get(*name) {
                Some(member) => {
                    self.quorum = Some(Some(member.clone()));
                    Ok(())
                }
                None => refused(
                    "a name is not defined above",
                    name,
                    "a witness, a group or none",
                ),
            },
            _ => refused(
                "it is not understood",
                &words.join(&b' '),
                "log, witness, group or quorum with their words",
            ),
        }
    }

    fn key(number: usize, text: &[u8], allowed: &[Algorithm]) -> LogResult<VerifierKey> {
        let text = std::str::from_utf8(text)
            .map_err(|_| malformed(number, "a key is not UTF-8", text, "a vkey"))?;
        let key = VerifierKey::parse(text)?;
        if !allowed.contains(&key.algorithm()) {
            let names: Vec<&str> = allowed.iter().map(|a| a.as_str()).collect();
            return Err(malformed(
                number,
                "a key has an algorithm that does not fit",
                key.algorithm().as_str().as_bytes(),
                &names.join(", "),
            ));
        }
        Ok(key)
    }

    fn log(&mut self, number: usize, key: &[u8], url: Option<&&[u8]>) -> LogResult<()> {
        let key = Self::key(number, key, &[Algorithm::Ed25519, Algorithm::MlDsa44])?;
        // Two keys are the same when their public keys are, whatever names and ids they carry.
        if self.logs.len() == MAX_ITEMS || self.logs.iter().any(|l| l.key.public() == key.public())
        {
            return Err(malformed(
                number,
                "a log stands twice, or too many do",
                key.name().as_bytes(),
                "at most 64 distinct logs",
            ));
        }
        self.logs.push(PolicyLog {
            key,
            url: url.map(|u| u.to_vec()),
        });
        Ok(())
    }

    fn witness(
        &mut self,
        number: usize,
        name: &[u8],
        key: &[u8],
        url: Option<&&[u8]>,
    ) -> LogResult<()> {
        let key = Self::key(number, key, &[Algorithm::CosignatureV1, Algorithm::MlDsa44])?;
        if self.witnesses.len() == MAX_ITEMS
            || self
                .witnesses
                .iter()
                .any(|w| w.key.public() == key.public())
        {
            return Err(malformed(
                number,
                "a witness stands twice, or too many do",
                name,
                "at most 64 distinct witnesses",
            ));
        }
        self.define(number, name, Member::Witness(self.witnesses.len()))?;
        self.witnesses.push(PolicyWitness {
            name: name.to_vec(),
            key,
            url: url.map(|u| u.to_vec()),
        });
        Ok(())
    }

    fn define(&mut self, number: usize, name: &[u8], member: Member) -> LogResult<()> {
        if name == b"none" || self.names.insert(name.to_vec(), member).is_some() {
            return Err(malformed(
                number,
                "a name is taken",
                name,
                "a name of its own",
            ));
        }
        Ok(())
    }

    fn group(
        &mut self,
        number: usize,
        name: &[u8],
        threshold: &[u8],
        members: &[&[u8]],
    ) -> LogResult<()> {
        let (k, n) = (threshold, members.len());
        let threshold = match k {
            b"all" => Some(n),
            b"any" => Some(1),
            digits => std::str::from_utf8(digits)
                .ok()
                .and_then(super::checkpoint::decimal)
                .and_then(|k| usize::try_from(k).ok())
                .filter(|k| (1..=n).contains(k)),
        };
        let threshold = threshold.ok_or_else(|| {
            malformed(
                number,
                "a threshold is out of range",
                k,
                &format!("all, any or 1 to {n}"),
            )
        })?;
        let mut found = Vec::new();
        for member in members {
            let known = self.names.get(*member).cloned();
            let known = known.ok_or_else(|| {
                malformed(
                    number,
                    "a name is not defined above",
                    member,
                    "a witness or a group",
                )
            })?;
            if !self.in_a_group.insert(member.to_vec()) {
                return Err(malformed(
                    number,
                    "a name is in a group already",
                    member,
                    "each name in one group, once",
                ));
            }
            found.push(known);
        }
        if self.groups.len() == MAX_ITEMS {
            return Err(malformed(
                number,
                "there are too many groups",
                name,
                "at most 64",
            ));
        }
        self.define(number, name, Member::Group(self.groups.len()))?;
        self.groups.push(Group {
            threshold,
            members: found,
        });
        Ok(())
    }
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
