//! The last head of the log that was signed: on the disk before the signature leaves, so that no two trees are signed.
//! Before the first it is the empty head, signed too: a file that is missing was deleted, it is never "the first time".

use std::io::ErrorKind;
use std::path::Path;

use jinku_envelope::file::{read_limited, write_durable};
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::error::LogError;
use jinku_proof::log::note::Note;
use jinku_proof::{EMPTY_ROOT, Hash};

use crate::refusal::{Outcome, Refusal};
use crate::system::System;

/// A note with two lines is 3.7 KB.
const MAX_BYTES: usize = 64 << 10;

fn wrong(error: &LogError) -> Refusal {
    Refusal::new("log.input", error.to_string())
}

fn damaged(path: &Path, why: &str) -> Refusal {
    let what = format!(
        "{} is not what this signer wrote: {why}; restore it from a backup of the home, or sign no more with this log",
        path.display()
    );
    Refusal::new("log.damaged", what)
}

/// True when a file stands there. Only "not found" means that none does.
///
/// # Errors
/// `store.*` when nobody can tell.
pub(crate) fn stands(path: &Path) -> Outcome<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Refusal::io(&format!("reading {}", path.display()), &error)),
    }
}

/// The file holds the empty head of these keys, whatever it held before: they have signed nothing yet.
///
/// # Errors
/// `envelope.*` when it cannot be written.
pub(crate) fn begin(path: &Path, system: &System, time_s: u64) -> Outcome<()> {
    let empty =
        Checkpoint::new(&system.log_origin(1), 0, EMPTY_ROOT).map_err(|error| wrong(&error))?;
    replace(path, system, &empty, time_s)
}

/// As [`begin`], for a home that was made before heads began with the empty one; a file that stands stays.
///
/// # Errors
/// `envelope.*` when it cannot be read or written.
pub(crate) fn begin_late(path: &Path, system: &System, time_s: u64) -> Outcome<()> {
    if stands(path)? {
        return Ok(());
    }
    begin(path, system, time_s)
}

/// The head in the file, which the log's own keys signed, under whichever of its origins; of size 0 before the first.
///
/// # Errors
/// `log.damaged` when the file is missing or holds anything else; `envelope.*` when it cannot be read.
pub(crate) fn load(path: &Path, system: &System) -> Outcome<Checkpoint> {
    if !stands(path)? {
        return Err(damaged(path, "it is missing"));
    }
    let bytes = read_limited(path, MAX_BYTES)?;
    of_note(&bytes, system)?.map_err(|why| damaged(path, &why))
}

/// The head in a note that both of the log's own keys signed, under whichever of its origins; or why it is none.
///
/// # Errors
/// `log.input`, which would be a defect.
pub(crate) fn of_note(bytes: &[u8], system: &System) -> Outcome<Result<Checkpoint, String>> {
    let read = Note::parse(bytes).and_then(|note| Ok((Checkpoint::parse(note.text())?, note)));
    let (head, note) = match read {
        Ok(read) => read,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let strange = format!("a note of {}", head.origin);
    let Some(number) = system.origin_number(&head.origin) else {
        return Ok(Err(strange));
    };
    let keys = system.log_keys(number)?;
    Ok(match note.verify(&keys) {
        Ok(signed) if signed.len() == keys.len() => Ok(head),
        Ok(_) => Err(strange),
        Err(error) => Err(error.to_string()),
    })
}

/// As [`load`], where the head is of this origin: the one that the trust root names.
///
/// # Errors
/// `log.origin` when it is of another; those of [`load`].
pub(crate) fn load_of(path: &Path, system: &System, number: u64) -> Outcome<Checkpoint> {
    let (head, named) = (load(path, system)?, system.log_origin(number));
    if head.origin == named {
        return Ok(head);
    }
    Err(Refusal::new(
        "log.origin",
        format!(
            "the trust root names another origin of the log than was signed for last: found {}, expected {named}; nothing is signed for the old one again: run `jinku journal new-origin`",
            head.origin
        ),
    ))
}

/// The file holds this head from now on. Its caller knows that it is of an origin for which nothing was signed yet.
///
/// # Errors
/// `envelope.*` when it cannot be written.
pub(crate) fn replace(path: &Path, system: &System, head: &Checkpoint, time_s: u64) -> Outcome<()> {
    let note = system.sign_log(head, time_s)?;
    write_durable(path, note.to_text().as_bytes()).map_err(Refusal::from)
}

/// The note over the head (`size`, `root`), once it is on the disk. `proof` shows that the head extends the last one.
///
/// # Errors
/// `log.behind` for a step back, `log.forked` for another tree, `log.input` for what is no head; those of [`load_of`].
pub(crate) fn sign(
    path: &Path,
    system: &System,
    number: u64,
    (size, root): (u64, Hash),
    proof: &[Hash],
    time_s: u64,
) -> Outcome<Note> {
    let head =
        Checkpoint::new(&system.log_origin(number), size, root).map_err(|error| wrong(&error))?;
    if size == 0 {
        return Err(Refusal::new(
            "log.input",
            "an empty log has no head to sign: found size 0, expected at least 1",
        ));
    }
    check(&head, &load_of(path, system, number)?, proof)?;
    let note = system.sign_log(&head, time_s)?;
    write_durable(path, note.to_text().as_bytes())?;
    Ok(note)
}

/// The head is that of the same tree, of the same size or grown.
pub(crate) fn check(head: &Checkpoint, last: &Checkpoint, proof: &[Hash]) -> Outcome<()> {
    if head.size < last.size {
        return Err(Refusal::new(
            "log.behind",
            format!(
                "the head is older than the last one signed: found size {}, expected at least {}; the database was restored from an older copy: run `jinku journal catch-up`",
                head.size, last.size
            ),
        ));
    }
    let same = head.size == last.size && head.root == last.root;
    if same || (head.size > last.size && head.check_extends(last, proof).is_ok()) {
        return Ok(());
    }
    Err(Refusal::new(
        "log.forked",
        format!(
            "the head does not extend the last one signed: found {}, expected a tree that begins with {}; nothing was signed: keep both and compare with the witnesses",
            head.brief(),
            last.brief()
        ),
    ))
}
