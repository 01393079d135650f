//! The one decision: may this checkpoint be cosigned? Everything else serves it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use jinku_envelope::EnvelopeError;
use jinku_envelope::file::create_durable;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::note::{Note, SignatureLine};
use jinku_proof::log::submission::Submission;
use jinku_proof::{EMPTY_ROOT, Hash};

use crate::folder::Folder;
use crate::log_file::{LogFile, origin_hash};
use crate::{Outcome, WitnessKeys};

/// The most contradictions that are kept as files; each one more is still counted and reported.
const MAX_SPLITS: usize = 1000;

/// An answer: status, kind of content, content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub kind: &'static str,
    /// The body.
    pub body: String,
}

const TEXT: &str = "text/plain; charset=utf-8";

impl Answer {
    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            kind: TEXT,
            body: body.into(),
        }
    }

    fn refused(status: u16, why: impl std::fmt::Display) -> Self {
        Self::text(status, format!("{why}\n"))
    }

    fn size(size: u64) -> Self {
        Self {
            status: 409,
            kind: "text/x.tlog.size",
            body: format!("{size}\n"),
        }
    }
}

/// How often what happened since the start.
#[derive(Default)]
struct Counts {
    answers: Mutex<BTreeMap<u16, u64>>,
    splits: AtomicU64,
}

/// A witness with its keys and what it remembers.
pub struct Witness {
    folder: Folder,
    keys: WitnessKeys,
    logs: BTreeMap<String, Mutex<LogFile>>,
    counts: Counts,
}

/// A poisoned lock still guards what the disk says: the file is written before the memory, so a panic leaves both whole.
fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Witness {
    /// A witness that knows every log of its folder.
    ///
    /// # Errors
    /// Exit 5 when a log's file is damaged or its head does not carry this witness's signature.
    pub fn start(folder: Folder, keys: WitnessKeys) -> Outcome<Self> {
        let mut logs = BTreeMap::new();
        for path in Folder::files(&folder.logs())? {
            let log = LogFile::read(&path, keys.public())?;
            logs.insert(log.origin().to_owned(), Mutex::new(log));
        }
        let counts = Counts::default();
        counts.splits.store(
            Folder::files(&folder.splits())?.len() as u64,
            Ordering::Relaxed,
        );
        Ok(Self {
            folder,
            keys,
            logs,
            counts,
        })
    }

    /// The witness's verifier keys.
    #[must_use]
    pub fn keys(&self) -> &WitnessKeys {
        &self.keys
    }

    /// Contradictions that are known: those on disk at the start and those since.
    #[must_use]
    pub fn splits(&self) -> u64 {
        self.counts.splits.load(Ordering::Relaxed)
    }

    /// The answer to `add-checkpoint` at a time in Unix seconds. Whatever it cosigned is on the disk when this returns.
    #[must_use]
    pub fn add_checkpoint(&self, body: &[u8], now: u64) -> Answer {
        let answer = self.decide(body, now);
        *lock(&self.counts.answers).entry(answer.status).or_default() += 1;
        answer
    }

    fn decide(&self, body: &[u8], now: u64) -> Answer {
        let asked = match Submission::parse(body) {
            Ok(asked) => asked,
            Err(error) => return Answer::refused(400, error),
        };
        let Some(log) = self.logs.get(&asked.checkpoint.origin) else {
            return Answer::refused(404, "this witness does not know the log");
        };
        // One at a time for a log, from the comparison to the disk: two requests may not both extend one head.
        let mut log = lock(log);
        if let Err(error) = asked.note.verify(log.keys()) {
            return Answer::refused(403, error);
        }
        if asked.old > asked.checkpoint.size {
            return Answer::refused(400, "the old size is above the checkpoint's");
        }
        self.look_for_split(&log, &asked);
        let (known, since) = match log.latest() {
            Some((head, note)) => (head.clone(), self.latest_time(note)),
            None => (
                Checkpoint {
                    origin: log.origin().to_owned(),
                    size: 0,
                    root: EMPTY_ROOT,
                },
                0,
            ),
        };
        if asked.old != known.size {
            return Answer::size(known.size);
        }
        if let Err(error) = asked.checkpoint.check_extends(&known, &asked.proof) {
            return Answer::refused(422, error);
        }
        // A clock that was set back makes no earlier statement than the last one.
        match self.cosign(&mut log, &asked, now.max(since).max(1)) {
            Ok(lines) => Answer::text(
                200,
                lines.iter().map(SignatureLine::text).collect::<String>(),
            ),
            Err(error) => {
                eprintln!("jinku-witness: {error}");
                Answer::refused(
                    500,
                    "the checkpoint could not be recorded, so it was not cosigned; try again later",
                )
            }
        }
    }

    fn latest_time(&self, note: &Note) -> u64 {
        let signed = note.verify(self.keys.public()).unwrap_or_default();
        signed.iter().filter_map(|s| s.timestamp).max().unwrap_or(0)
    }

    fn cosign(
        &self,
        log: &mut LogFile,
        asked: &Submission,
        timestamp: u64,
    ) -> Outcome<Vec<SignatureLine>> {
        let lines = self.keys.cosign(&asked.note, timestamp)?;
        // Of the submitted lines only the log's own were verified, so only they are kept and served.
        let own = |line: &&SignatureLine| {
            log.keys()
                .iter()
                .any(|k| k.name() == line.name && k.id() == line.key_id)
        };
        let kept = asked
            .note
            .lines()
            .iter()
            .filter(own)
            .chain(&lines)
            .cloned()
            .collect();
        let note = Note::new(asked.note.text(), kept)?;
        *log = log.advanced(&self.folder, asked.checkpoint.clone(), note)?;
        Ok(lines)
    }

    /// Two heads of one size, both signed by the log: the proof that it shows different trees to different people.
    fn look_for_split(&self, log: &LogFile, asked: &Submission) {
        let Some((head, note)) = log.latest() else {
            return;
        };
        if head.size != asked.checkpoint.size || head.root == asked.checkpoint.root {
            return;
        }
        let path = self.split_path(&asked.checkpoint);
        let text = format!(
            "two heads of one size, each signed by its log\n\n== cosigned ==\n{}\n== refused ==\n{}",
            note.to_text(),
            asked.note.to_text()
        );
        let known = Folder::files(&self.folder.splits()).map_or(0, |files| files.len());
        let kept = if known < MAX_SPLITS {
            create_durable(&path, text.as_bytes())
        } else {
            Ok(())
        };
        if !matches!(kept, Err(EnvelopeError::Exists { .. })) {
            self.counts.splits.fetch_add(1, Ordering::Relaxed);
        }
        let lost = kept
            .err()
            .filter(|e| !matches!(e, EnvelopeError::Exists { .. }))
            .map_or(String::new(), |e| format!(" NOT KEPT: {e}"));
        eprintln!(
            "jinku-witness: ALARM split view: {} shows two trees of size {}: cosigned {}…, now shown {}…; both notes: {}{lost}",
            head.origin,
            head.size,
            brief(&head.root),
            brief(&asked.checkpoint.root),
            path.display()
        );
    }

    fn split_path(&self, shown: &Checkpoint) -> PathBuf {
        let name = format!(
            "{}-{}-{}",
            &origin_hash(&shown.origin)[..16],
            shown.size,
            brief(&shown.root)
        );
        self.folder.splits().join(name)
    }

    /// The last cosigned note of a log, by the hash of its origin, for monitors.
    #[must_use]
    pub fn checkpoint(&self, hash: &str) -> Answer {
        let log = self
            .logs
            .iter()
            .find(|(origin, _)| origin_hash(origin) == hash);
        match log.and_then(|(_, log)| lock(log).latest().map(|(_, note)| note.to_text())) {
            Some(note) => Answer::text(200, note),
            None => Answer::refused(404, "no checkpoint of such a log was cosigned here"),
        }
    }

    /// Counters and sizes, one a line, in the text format of Prometheus.
    #[must_use]
    pub fn status(&self) -> Answer {
        let mut out = format!("jinku_witness_split_views_total {}\n", self.splits());
        for (status, count) in lock(&self.counts.answers).iter() {
            out.push_str(&format!(
                "jinku_witness_answers_total{{status=\"{status}\"}} {count}\n"
            ));
        }
        for (origin, log) in &self.logs {
            let size = lock(log).latest().map_or(0, |(head, _)| head.size);
            let name = origin.replace('\\', "\\\\").replace('"', "\\\"");
            out.push_str(&format!(
                "jinku_witness_tree_size{{origin=\"{name}\"}} {size}\n"
            ));
        }
        Answer::text(200, out)
    }
}

fn brief(root: &Hash) -> String {
    root[..8].iter().map(|b| format!("{b:02x}")).collect()
}
