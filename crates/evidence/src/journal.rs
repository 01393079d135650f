//! The journal's part: the plan was written down, in the pinned log, before anybody signs it, and the log that is shown is
//! the one that was seen before.

use jinku_proof::log::evidence::{Cosigned, MAX_ENTRY_BYTES, VerifiedCheckpoint, check_checkpoint};
use jinku_proof::log::note::Note;
use jinku_proof::log::receipt::Receipt;
use jinku_proof::log::trust::TrustRoot;
use jinku_proof::{EMPTY_ROOT, Hash, verify_consistency};
use jinku_words::canonical::parse_exact;
use serde_json::Value;

use crate::appraise::Request;
use crate::error::{EvidenceCode, EvidenceError, EvidenceResult};

/// The kind of the entry that a plan has in the journal.
pub const PLANNED: &str = "transfer.planned";

/// A head of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Head {
    /// What a signer has seen that has seen nothing.
    pub const NONE: Self = Self {
        size: 0,
        root: EMPTY_ROOT,
    };
}

/// A checkpoint whose signatures hold under a trust root. Those of many plans stand under one, and verifying its signatures
/// is half of an appraisal: handed in again, they are not verified again. For another note, or under another trust root, it
/// is worth nothing, and changes nothing.
#[derive(Clone, Debug)]
pub struct Vouched {
    trust: TrustRoot,
    note: Note,
    stands: VerifiedCheckpoint,
}

impl Vouched {
    /// The checkpoint of a receipt, verified.
    ///
    /// # Errors
    /// Those of a receipt, and of [`jinku_proof::log::evidence::check_checkpoint`].
    pub fn of(trust: &TrustRoot, receipt: &[u8]) -> EvidenceResult<Self> {
        let note = Receipt::parse(receipt)?.note;
        Ok(Self {
            stands: check_checkpoint(trust, &note)?,
            trust: trust.clone(),
            note,
        })
    }

    fn is_of(&self, trust: &TrustRoot, note: &Note) -> bool {
        self.note == *note && self.trust == *trust
    }
}

/// What the entry of a plan has to say.
pub(crate) struct Planned<'a> {
    /// The intent's id.
    pub(crate) subject: &'a str,
    /// 64 hex digits.
    pub(crate) intent: &'a str,
    /// 64 hex digits.
    pub(crate) plan: &'a str,
}

impl Planned<'_> {
    /// Holds when these are the bytes of such an entry. What else it says is for people.
    fn check(&self, entry: &[u8]) -> EvidenceResult<()> {
        if entry.len() > MAX_ENTRY_BYTES {
            return Err(EvidenceError::new(
                EvidenceCode::Entry,
                "the journal's entry is longer than any is",
                format!("{} bytes", entry.len()),
                format!("at most {MAX_ENTRY_BYTES} bytes"),
            ));
        }
        let value = parse_exact(entry)?;
        let said = [
            ("kind", PLANNED),
            ("subject", self.subject),
            ("intent_digest", self.intent),
            ("plan_digest", self.plan),
        ];
        for (name, expected) in said {
            if value.get(name).and_then(Value::as_str) != Some(expected) {
                let found = value
                    .get(name)
                    .map_or("nothing".to_owned(), ToString::to_string);
                let what =
                    format!("the journal's entry is not that of this plan: its {name} differs");
                return Err(EvidenceError::new(
                    EvidenceCode::Entry,
                    what,
                    found,
                    expected,
                ));
            }
        }
        Ok(())
    }
}

/// What a signer compares a checkpoint with.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// What was verified before.
    pub(crate) vouched: Option<&'a Vouched>,
    /// The head seen last.
    pub(crate) head: Head,
    /// The latest moment that a witness's clock may show, Unix milliseconds.
    pub(crate) latest_ms: u64,
}

/// Holds unless every outside witness says that it is later than the signer believes: then the signer's clock was set back, and
/// what is over looks as if it were not. One witness whose clock runs ahead stops nothing.
fn check_clock(cosigned: &[Cosigned], latest_ms: u64) -> EvidenceResult<()> {
    let outside = cosigned.iter().filter(|witness| witness.outside);
    let earliest_ms = outside
        .map(|witness| witness.timestamp.saturating_mul(1_000))
        .min();
    match earliest_ms.filter(|stated| *stated > latest_ms) {
        None => Ok(()),
        Some(stated) => Err(EvidenceError::new(
            EvidenceCode::Time,
            "the signer's clock is behind that of every witness; compare the clocks",
            stated.to_string(),
            format!("at most {latest_ms}"),
        )),
    }
}

/// The head that the receipt stands under, when the entry stands there as the plan's and the head extends the one seen last.
///
/// # Errors
/// `evidence.entry_of_plan`, `evidence.head`, `evidence.time`, and those of a receipt and of [`jinku_proof::log::evidence::check`].
pub(crate) fn check_planned(
    trust: &TrustRoot,
    planned: &Planned<'_>,
    known: Seen<'_>,
    request: &Request<'_>,
) -> EvidenceResult<Head> {
    planned.check(request.entry)?;
    let receipt = Receipt::parse(request.receipt)?;
    let vouched = known
        .vouched
        .filter(|known| known.is_of(trust, &receipt.note));
    let stands = match vouched {
        Some(known) => known.stands.clone(),
        None => check_checkpoint(trust, &receipt.note)?,
    };
    receipt.check_inclusion(request.entry)?;
    check_clock(&stands.cosigned, known.latest_ms)?;
    let seen = known.head;
    let head = Head {
        size: stands.checkpoint.size,
        root: stands.checkpoint.root,
    };
    if head.size < seen.size {
        let what = "the journal that was shown is older than the one seen before";
        let expected = format!("at least {} entries", seen.size);
        let found = format!("{} entries", head.size);
        return Err(EvidenceError::new(
            EvidenceCode::Head,
            what,
            found,
            expected,
        ));
    }
    let extends = head == seen
        || seen.size == 0
        || verify_consistency(
            seen.size,
            head.size,
            request.extension,
            &seen.root,
            &head.root,
        )
        .is_ok();
    if extends {
        return Ok(head);
    }
    let what = "the journal that was shown does not extend the one seen before: another history";
    let expected = format!("a tree that begins with the {} entries seen", seen.size);
    let found = format!("{} entries with another beginning", head.size);
    Err(EvidenceError::new(
        EvidenceCode::Head,
        what,
        found,
        expected,
    ))
}
