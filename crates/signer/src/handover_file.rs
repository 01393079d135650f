//! The statement by which an origin of the log was opened, or nearly was: a file that the log's own key signed.

use std::path::Path;

use jinku_envelope::file::read_limited;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::handover::Handover;

use crate::folders::Home;
use crate::log_head::stands;
use crate::refusal::{Outcome, Refusal};
use crate::system::System;
use crate::trust_pin::wrong;

pub(crate) const SIGNATURE: usize = 64;
const MAX_BYTES: usize = 4 << 10;

/// What the log's key says of a hand-over.
pub(crate) struct Said {
    /// Canonical bytes of a [`Handover`].
    pub(crate) statement: Vec<u8>,
    /// Over their digest.
    pub(crate) signature: [u8; SIGNATURE],
}

fn begun(found: &str, asked: &str) -> Refusal {
    Refusal::new(
        "log.origin_begun",
        format!(
            "this origin was begun already: found {found}, asked for {asked}; open a later one"
        ),
    )
}

/// The head that was signed before the origin of this last one was begun; `None` once that was signed for, and for the
/// first origin.
///
/// # Errors
/// `log.origin_begun` where the statement's file holds anything else.
pub(crate) fn before(
    home: &Home,
    system: &System,
    last: &Checkpoint,
) -> Outcome<Option<Checkpoint>> {
    let Some(number) = system
        .origin_number(&last.origin)
        .filter(|number| *number > 1)
    else {
        return Ok(None);
    };
    let Some(kept) = said(&home.handover(number), system)? else {
        return Ok(None);
    };
    let known = Handover::parse(&kept.statement).map_err(|error| wrong(&error))?;
    Ok((known.to == *last).then_some(known.from))
}

/// The head that is to be signed under a later origin has more entries than that began with: the entry that opens it
/// stands first, and an origin with a signed head cannot be given up.
///
/// # Errors
/// `log.input` otherwise; those of [`before`].
pub(crate) fn check_opened(
    home: &Home,
    system: &System,
    last: &Checkpoint,
    size: u64,
) -> Outcome<()> {
    if size != last.size || before(home, system, last)?.is_none() {
        return Ok(());
    }
    Err(Refusal::new(
        "log.input",
        format!(
            "{} has the entry that opens it in its first head: found size {size}, expected more",
            last.origin
        ),
    ))
}

/// The statement, signed.
pub(crate) fn state(system: &System, handover: &Handover) -> Said {
    Said {
        statement: handover.to_bytes(),
        signature: system.sign_handover(handover),
    }
}

/// The statement by which this origin was opened, or nearly was; `None` where there is none.
///
/// # Errors
/// `log.origin_begun` where the file holds anything else.
pub(crate) fn said(path: &Path, system: &System) -> Outcome<Option<Said>> {
    if !stands(path)? {
        return Ok(None);
    }
    let (bytes, key) = (read_limited(path, MAX_BYTES)?, system.public().log_ed25519);
    let said = bytes
        .split_first_chunk::<SIGNATURE>()
        .filter(|(signature, statement)| Handover::open(statement, signature, &key).is_ok());
    let (signature, statement) =
        said.ok_or_else(|| begun("what this signer did not write", "its statement"))?;
    Ok(Some(Said {
        statement: statement.to_vec(),
        signature: *signature,
    }))
}

/// The statement that was made already, where it goes on from the same tree (and from the same last head): no second one
/// is ever signed for one origin.
pub(crate) fn again(
    kept: Option<Said>,
    to: &Checkpoint,
    from: Option<&Checkpoint>,
) -> Outcome<Said> {
    let said = kept.ok_or_else(|| begun("its heads alone", &to.brief()))?;
    let known = Handover::parse(&said.statement).map_err(|error| wrong(&error))?;
    if known.to != *to || from.is_some_and(|last| known.from != *last) {
        return Err(begun(&known.to.brief(), &to.brief()));
    }
    Ok(said)
}
