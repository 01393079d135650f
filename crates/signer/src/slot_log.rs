//! The slots that this signer gave, on its disk before anything is signed: lines of an append-only file, a Merkle tree over
//! them, and the newest head of it that the witnesses cosigned. See docs/adr/0030-signing-verb.md.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use jinku_envelope::file::{read_limited, write_durable};
use jinku_evidence::Slots;
use jinku_policy::Spent;
use jinku_proof::leaf_hash;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::note::Note;
use jinku_proof::log::submission::Submission;
use jinku_proof::log::trust::TrustRoot;
use jinku_words::Id;

use crate::folders::Home;
use crate::log_head::stands;
use crate::logbook::note;
use crate::refusal::{Outcome, Refusal};
use crate::slot_head::cosigned;
use crate::slot_key;
use crate::slot_line::Given;
use crate::slot_tree::SlotTree;
use crate::system::System;

/// A note with the lines of every witness.
const MAX_HEAD_BYTES: usize = 1 << 20;

/// The slots, read from the disk.
pub(crate) struct SlotLog {
    file: File,
    tree: SlotTree,
    slots: Slots,
    /// What each intent moves, once, by the time of its last plan.
    spent: Vec<Spent>,
    intents: HashSet<Id>,
    /// By plan: its place, and the journal's head that it rested on.
    plans: HashMap<Id, (u64, Checkpoint)>,
    /// The journal's head that the last slot rested on.
    journal: Option<Checkpoint>,
    /// The head in `signer/slots.head`.
    kept: (Checkpoint, Note),
    broken: bool,
}

fn damaged(path: &Path, why: impl std::fmt::Display) -> Refusal {
    let what = format!(
        "{} is not what this signer wrote: {why}; nothing is signed before the newest copy of it is back",
        path.display()
    );
    Refusal::new("slots.damaged", what)
}

impl SlotLog {
    /// The slots of this home, when every line that the kept head covers is there and leads to it.
    ///
    /// # Errors
    /// `slots.damaged` for files that are missing, shortened or changed; `store.*` and `envelope.*` when they cannot be read.
    pub(crate) fn open(home: &Home, system: &System) -> Outcome<Self> {
        let (path, head_path) = (home.slot_log(), home.slot_head());
        for path in [&path, &head_path] {
            if !stands(path)? {
                return Err(damaged(path, "it is missing"));
            }
        }
        let bytes = read_limited(&head_path, MAX_HEAD_BYTES)?;
        let kept = slot_key::opened(system, &bytes).map_err(|why| damaged(&head_path, why))?;
        let reading = |error| Refusal::io(&format!("reading {}", path.display()), &error);
        let file = OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(reading)?;
        let bytes = read_limited(&path, usize::MAX >> 1)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let mut log = Self {
            file,
            tree: SlotTree::default(),
            slots: Slots::default(),
            spent: Vec::new(),
            intents: HashSet::new(),
            plans: HashMap::new(),
            journal: None,
            kept,
            broken: false,
        };
        let lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n');
        for (number, line) in (1..).zip(lines) {
            let line = &line[..line.len() - 1];
            let wrong = |why: String| damaged(&path, format!("line {number}: {why}"));
            let given = match log.tree.len() as u64 >= log.kept.0.size {
                true => Given::sealed(line, |bytes| slot_key::seal(system, bytes)),
                false => Given::parse(line),
            };
            let given = given.map_err(|error| wrong(error.to_string()))?;
            system.newest_trust(given.trust);
            log.take(line, given)
                .map_err(|error| wrong(error.message))?;
        }
        let (found, wanted) = (log.tree.len() as u64, log.kept.0.size);
        if found < wanted {
            let why = format!("it holds {found} slots of at least {wanted}");
            return Err(damaged(&path, why));
        }
        if log.root_at(wanted) != Some(log.kept.0.root) {
            return Err(damaged(
                &path,
                format!("another slot stands among the first {wanted}"),
            ));
        }
        if whole < bytes.len() {
            // Whoever wrote it died before anybody was told of the slot.
            log.file.set_len(whole as u64).map_err(reading)?;
            note(
                "slot_torn",
                &[("bytes", &(bytes.len() - whole).to_string())],
            );
        }
        log.file.sync_all().map_err(reading)?;
        Ok(log)
    }

    fn root_at(&self, size: u64) -> Option<[u8; 32]> {
        let size = usize::try_from(size)
            .ok()
            .filter(|size| *size <= self.tree.len())?;
        Some(self.tree.root(size))
    }

    /// The slot is given in memory.
    fn take(&mut self, line: &[u8], given: Given) -> Outcome<()> {
        let plan = given.slot.plan;
        if self.plans.contains_key(&plan) {
            return Err(Refusal::new("slots.damaged", "a plan stands there twice"));
        }
        let intent = given.slot.intent;
        let taken = self.slots.give(given.slot, given.replaces);
        taken.map_err(|error| Refusal::new(error.code.as_str(), error.to_string()))?;
        if !self.intents.insert(intent) {
            self.spent
                .retain(|spent| spent.intent_digest != given.spent.intent_digest);
        }
        self.spent.push(given.spent);
        self.plans
            .insert(plan, (self.tree.len() as u64, given.journal.clone()));
        self.journal = Some(given.journal);
        self.tree.push(leaf_hash(line));
        Ok(())
    }

    /// The slot is given, on the disk.
    ///
    /// # Errors
    /// `slot.*`, and `store.*` when it cannot be written: then the log has to be read anew.
    pub(crate) fn give(&mut self, system: &System, given: Given) -> Outcome<()> {
        self.slots
            .check(&given.slot, given.replaces)
            .map_err(|error| Refusal::new(error.code.as_str(), error.to_string()))?;
        let line = given
            .to_line(|bytes| slot_key::seal(system, bytes))
            .map_err(|error| Refusal::new("slots.damaged", error.to_string()))?;
        let ended = [line.as_slice(), b"\n"].concat();
        let written = self
            .file
            .write_all(&ended)
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            self.broken = true;
            return Err(Refusal::io("writing the slot", &error));
        }
        self.take(&line, given)
    }

    /// Whether a write failed, so that only the disk knows what was given.
    #[must_use]
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// What was given.
    #[must_use]
    pub(crate) fn slots(&self) -> &Slots {
        &self.slots
    }

    /// What was moved, by ascending time.
    #[must_use]
    pub(crate) fn spent(&self) -> &[Spent] {
        &self.spent
    }

    /// Not before the last slot, whatever the clock says.
    #[must_use]
    pub(crate) fn time(&self, now_ms: u64) -> u64 {
        self.spent
            .last()
            .map_or(now_ms, |last| now_ms.max(last.at_ms))
    }

    /// The journal's head that a plan rested on when its slot was given; for another one, that of the last slot.
    #[must_use]
    pub(crate) fn rested(&self, plan: Id) -> Option<&Checkpoint> {
        self.plans
            .get(&plan)
            .map_or(self.journal.as_ref(), |(_, head)| Some(head))
    }

    /// How many slots were given, under which root, and how many of them under the head that is kept.
    #[must_use]
    pub(crate) fn standing(&self) -> (u64, [u8; 32], u64) {
        let size = self.tree.len();
        (size as u64, self.tree.root(size), self.kept.0.size)
    }

    /// What a witness that stands at `old` is asked to cosign; from the kept head where none is named.
    ///
    /// # Errors
    /// `slots.behind` for a witness that knows more slots than were given here.
    pub(crate) fn submission(&self, system: &System, old: Option<u64>) -> Outcome<Submission> {
        let old = old.unwrap_or(self.kept.0.size);
        let proof = usize::try_from(old).map(|old| self.tree.extension(old));
        let Some(proof) = proof.ok().filter(|_| old <= self.tree.len() as u64) else {
            return Err(self.behind(old));
        };
        let note = slot_key::sign(system, &self.tree)?;
        Submission::new(old, proof, note)
            .map_err(|error| Refusal::new("slots.head", error.to_string()))
    }

    fn behind(&self, size: u64) -> Refusal {
        let what = format!(
            "witnesses know more slots than this signer gave: found {size}, expected at most {}; it is a copy, or was restored from a backup: stop it, and sign with the one that went on",
            self.tree.len()
        );
        Refusal::new("slots.behind", what)
    }

    /// The head of this note is kept, when it is cosigned as this trust root wants it and these slots lead to it.
    ///
    /// # Errors
    /// `slots.head`, `slots.behind`, `slots.forked`; `envelope.*` when it cannot be written.
    pub(crate) fn stand(
        &mut self,
        home: &Home,
        system: &System,
        trust: &TrustRoot,
        data: &[u8],
    ) -> Outcome<()> {
        let wrong = |why: String| Refusal::new("slots.head", why);
        let note = Note::parse(data).map_err(|error| wrong(error.to_string()))?;
        let head = cosigned(system, trust, &note)?;
        match self.root_at(head.size) {
            None => Err(self.behind(head.size)),
            Some(root) if root != head.root => Err(Refusal::new(
                "slots.forked",
                format!(
                    "witnesses cosigned other slots than this signer gave: found {}; two signers share its key: stop both and compare",
                    head.brief()
                ),
            )),
            // An older head that was cosigned by more is of no use: what it covers is covered.
            Some(_) if head.size < self.kept.0.size => Ok(()),
            Some(_) => self.keep(home, head, note),
        }
    }

    fn keep(&mut self, home: &Home, head: Checkpoint, note: Note) -> Outcome<()> {
        write_durable(&home.slot_head(), note.to_text().as_bytes())?;
        self.kept = (head, note);
        Ok(())
    }

    /// Whether the plan's slot stands under a head that is cosigned as this trust root wants it. Without outside witnesses
    /// the signer's own word is enough.
    ///
    /// # Errors
    /// `envelope.*` when the signer's own head cannot be written.
    pub(crate) fn covers(
        &mut self,
        home: &Home,
        system: &System,
        trust: &TrustRoot,
        plan: Id,
    ) -> Outcome<bool> {
        let place = self.plans.get(&plan).map_or(u64::MAX, |(place, _)| *place);
        if trust.is_dev() && place >= self.kept.0.size {
            let note = slot_key::sign(system, &self.tree)?;
            let (size, root, _) = self.standing();
            let head = slot_key::head(system, size, root)?;
            self.keep(home, head, note)?;
        }
        Ok(place < self.kept.0.size && cosigned(system, trust, &self.kept.1).is_ok())
    }
}
