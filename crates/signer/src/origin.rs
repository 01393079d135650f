//! A later origin of the log, for one whose newest entries are lost: named by the admins, begun once, at a tree that it
//! goes on with. A kill between any two writes leaves a signer that signs for neither origin until this is done again.

use jinku_envelope::file::write_durable;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::error::LogCode;
use jinku_proof::log::handover::Handover;
use jinku_proof::log::trust::SignedTrustRoot;
use jinku_proof::{EMPTY_ROOT, Hash};

use crate::folders::Home;
use crate::handover_file::{self, SIGNATURE, Said, again, before, said, state};
use crate::log_head;
use crate::refusal::{Outcome, Refusal};
use crate::system::{ORIGINS_A_SECOND, System};
use crate::trust_pin::{self, wrong};

/// How far ahead of this machine's clock the second in a name may be.
const AHEAD_S: u64 = 3600;

/// The tree that is left, and what shows that it is the one that was signed before.
pub(crate) struct Left {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    /// Of a smaller tree than was signed last: a checkpoint of this log with which it begins; empty where there is none.
    pub(crate) note: Vec<u8>,
    /// That it extends the head that was signed last; or, where it is smaller, that of the note.
    pub(crate) proof: Vec<Hash>,
    /// The origin of the last head is given up: it was begun, nothing was signed for it, and no entry opened it.
    pub(crate) given_up: bool,
}

/// What became of it.
pub(crate) enum Opening {
    /// The root with this signer's signature, as far as it is an admin: others have to sign. Nothing was changed.
    Lacks(SignedTrustRoot),
    /// The root is in force, and the origin that it names is the one that is signed for.
    Open(SignedTrustRoot, Said),
}

fn refused(what: String) -> Refusal {
    Refusal::new("log.origin", what)
}

/// The log goes on under the origin that the root in `data` names, from the tree that is left. That root is the one in
/// force, or follows it and names a later origin. Done again with the same tree it gives the same statement.
///
/// # Errors
/// `log.origin` when it names no later origin; `log.origin_begun` for one that goes on from another tree; `log.forked`
/// for a tree that is not the one signed before; `log.input` for an empty tree or a note that is none; those of
/// [`trust_pin::accept`] but `trust.unsigned`; `log.damaged`.
pub(crate) fn open(
    home: &Home,
    system: &System,
    data: &[u8],
    left: &Left,
    now_ms: u64,
) -> Outcome<Opening> {
    if left.size == 0 {
        let what = "no origin begins with an empty tree: found size 0, expected at least 1";
        return Err(Refusal::new("log.input", what));
    }
    let pin = home.trust_root();
    let offered = SignedTrustRoot::parse(data).map_err(|error| wrong(&error))?;
    let now = trust_pin::in_force(&pin, system)?;
    let last = log_head::load(&home.log_head(), system)?;
    let (signed, enough) = if offered.digest() == now.digest() {
        (now, true)
    } else {
        follow(&now, offered, &last, system, now_ms)?
    };
    let to = Checkpoint::new(&signed.root().origin, left.size, left.root)
        .map_err(|error| wrong(&error))?;
    let number = trust_pin::number_of(signed.root(), system)?
        .filter(|number| *number > 1)
        .ok_or_else(|| refused(format!("{} is no later origin of this log", to.origin)))?;
    let kept = said(&home.handover(number), system)?;
    if last.origin == to.origin {
        return Ok(Opening::Open(signed, again(kept, &to, None)?));
    }
    if system.origin_number(&last.origin) >= Some(number) {
        return Err(refused(format!(
            "{} is no later origin: found it after {}",
            to.origin, last.origin
        )));
    }
    // what was lost before an origin that is given up is lost to the next one, and so is what nobody could show
    let from = if left.given_up {
        before(home, system, &last)?.ok_or_else(|| {
            refused(format!(
                "{} was signed for; it is not given up",
                last.origin
            ))
        })?
    } else {
        last
    };
    let proven = proven(left, &to, &from, system)?;
    if !enough {
        return Ok(Opening::Lacks(signed));
    }
    let said = if kept.is_some() {
        again(kept, &to, Some(&from))?
    } else {
        let handover = Handover {
            deployment: system.deployment(),
            from,
            to: to.clone(),
            proven,
            trust_root: signed.digest(),
            version: signed.root().version,
            at_ms: now_ms,
        };
        state(system, &handover)
    };
    trust_pin::keep(&pin, system, &signed)?;
    let file = [said.signature.as_slice(), &said.statement].concat();
    write_durable(&home.handover(number), &file)?;
    log_head::replace(&home.log_head(), system, &to, now_ms / 1000)?;
    Ok(Opening::Open(signed, said))
}

/// The last head is that from which this signer opened the origin in force, by its own word, which the log kept: for a
/// signer that was restored from before. A head of that origin that it still has stays.
///
/// # Errors
/// `log.input` for a statement that the log's key did not sign, or of another origin than the one in force;
/// `log.origin_begun` where it knows another statement; `trust.*` and `log.damaged`.
pub(crate) fn resume(
    home: &Home,
    system: &System,
    statement: &[u8],
    signature: &[u8; SIGNATURE],
    now_ms: u64,
) -> Outcome<Checkpoint> {
    let input = |what: String| Refusal::new("log.input", what);
    let said = Handover::open(statement, signature, &system.public().log_ed25519)
        .map_err(|error| input(error.to_string()))?;
    let now = trust_pin::in_force(&home.trust_root(), system)?;
    let number = trust_pin::number_of(now.root(), system)?
        .filter(|number| *number > 1 && system.log_origin(*number) == said.to.origin)
        .ok_or_else(|| {
            input(format!(
                "the hand-over is not to the origin in force: found {}, expected {}",
                said.to.origin,
                now.root().origin
            ))
        })?;
    let last = log_head::load(&home.log_head(), system)?;
    if last.origin == said.to.origin {
        return Ok(last);
    }
    if system.origin_number(&last.origin) >= Some(number) {
        return Err(refused(format!(
            "{} is no later origin: found it after {}",
            said.to.origin, last.origin
        )));
    }
    let path = home.handover(number);
    match handover_file::said(&path, system)? {
        Some(kept) => again(Some(kept), &said.to, Some(&said.from)).map(|_| ())?,
        None => write_durable(&path, &[signature.as_slice(), statement].concat())?,
    }
    log_head::replace(&home.log_head(), system, &said.to, now_ms / 1000)?;
    Ok(said.to)
}

/// A head signed before with which the tree begins: the last one, unless that is larger; else that of the note, or the
/// empty one, which says that nothing was shown.
fn proven(left: &Left, to: &Checkpoint, last: &Checkpoint, system: &System) -> Outcome<Checkpoint> {
    let known = if last.size <= left.size {
        last.clone()
    } else if left.note.is_empty() {
        Checkpoint::new(&last.origin, 0, EMPTY_ROOT).map_err(|error| wrong(&error))?
    } else {
        let read = log_head::of_note(&left.note, system)?;
        let known = read.map_err(|why| {
            Refusal::new(
                "log.input",
                format!("the earlier checkpoint does not hold: {why}"),
            )
        })?;
        if system.origin_number(&known.origin) > system.origin_number(&last.origin)
            || known.size > left.size
        {
            return Err(Refusal::new(
                "log.input",
                format!(
                    "the checkpoint is no earlier one: found {}, expected at most {} entries of {} or before",
                    known.brief(),
                    left.size,
                    last.origin
                ),
            ));
        }
        known
    };
    log_head::check(to, &known, &left.proof)?;
    Ok(known)
}

/// The next version with this signer's own signature where it is an admin's, and whether enough have signed it.
fn follow(
    now: &SignedTrustRoot,
    offered: SignedTrustRoot,
    last: &Checkpoint,
    system: &System,
    now_ms: u64,
) -> Outcome<(SignedTrustRoot, bool)> {
    let next = offered.root();
    now.check_succession(next).map_err(|error| wrong(&error))?;
    trust_pin::check_own_log(now.root(), next, system)?;
    if system.origin_number(&next.origin) <= system.origin_number(&last.origin) {
        return Err(refused(format!(
            "the trust root names no later origin: found {}, expected one after {}",
            next.origin, last.origin
        )));
    }
    let second = system.origin_number(&next.origin).unwrap_or(0) / ORIGINS_A_SECOND;
    if second > now_ms / 1000 + AHEAD_S {
        return Err(refused(format!(
            "{} is called by a second that is still to come; set the clocks right",
            next.origin
        )));
    }
    let own = trust_pin::is_admin(now.root(), system, now_ms)
        || trust_pin::is_admin(next, system, now_ms);
    let mut by = offered.signatures().to_vec();
    if own && by.iter().all(|one| one.public != system.public().actor) {
        by.push(system.sign_root(next).map_err(|error| wrong(&error))?);
    }
    let signed = SignedTrustRoot::new(next.clone(), by).map_err(|error| wrong(&error))?;
    match now.check_next(&signed, now_ms) {
        Ok(()) => Ok((signed, true)),
        Err(error) if error.code == LogCode::TrustUnsigned => Ok((signed, false)),
        Err(error) => Err(wrong(&error)),
    }
}
