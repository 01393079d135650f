//! The journal's part: the plan was written down, in the pinned log, before anybody signs it, and the log that is shown is
//! the one that was seen before.

use jinku_proof::log::evidence::check;
use jinku_proof::log::receipt::Receipt;
use jinku_proof::log::trust::TrustRoot;
use jinku_proof::{EMPTY_ROOT, Hash, verify_consistency};
use jinku_words::canonical::parse_exact;
use serde_json::Value;

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

/// The head that the receipt stands under, when the entry stands there as the plan's and the head extends the one seen last.
///
/// # Errors
/// `evidence.entry_of_plan`, `evidence.head`, and those of [`jinku_proof::log::evidence::check`].
pub(crate) fn check_planned(
    trust: &TrustRoot,
    planned: &Planned<'_>,
    entry: &[u8],
    receipt: &[u8],
    seen: Head,
    extension: &[Hash],
) -> EvidenceResult<Head> {
    planned.check(entry)?;
    let stands = check(trust, entry, &Receipt::parse(receipt)?)?;
    let head = Head {
        size: stands.size,
        root: stands.root,
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
        || (head.size > seen.size
            && verify_consistency(seen.size, head.size, extension, &seen.root, &head.root).is_ok());
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
