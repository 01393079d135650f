//! Reading a policy, line by line: a name stands for what was defined above it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, MAX_ITEMS, Member, PolicyLog, PolicyWitness, malformed};
use crate::log::checkpoint::decimal;
use crate::log::error::LogResult;
use crate::log::key::{Algorithm, VerifierKey};

/// The policy while it is read.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) logs: Vec<PolicyLog>,
    pub(super) witnesses: Vec<PolicyWitness>,
    pub(super) groups: Vec<Group>,
    names: BTreeMap<Vec<u8>, Member>,
    in_a_group: BTreeSet<Vec<u8>>,
    pub(super) quorum: Option<Option<Member>>,
}

impl Reader {
    /// One line, its words parted.
    pub(super) fn line(&mut self, number: usize, words: &[&[u8]]) -> LogResult<()> {
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
                .and_then(decimal)
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
