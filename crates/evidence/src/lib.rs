//! What has to hold before a signer signs. The coordinator that asks may be an attacker's, so nothing that it says is
//! believed: the initiator and the approvers are those of the pinned trust root, the plan stands in the pinned log under
//! enough outside witnesses, what is signed is rebuilt from the intent, and a nonce or an output is given once.
//!
//! Everything here is a function of its arguments. The signer hands in what it knows by itself ([`Own`]): the trust root,
//! the networks it signs for, the last head of the log that it saw, the slots that it gave, the time. [`appraise`] says what may be signed, and the
//! signer keeps the slot durably before the first signature leaves.
//!
//! A request takes forty lines to make (see `tests/common`); what refuses it has a stable name:
//!
//! ```
//! use jinku_evidence::EvidenceCode;
//!
//! let names: Vec<&str> = EvidenceCode::ALL.iter().map(EvidenceCode::as_str).collect();
//! assert!(names.contains(&"slot.second_plan") && names.contains(&"evidence.rejected"));
//! ```
//!
//! "Evidence" and "appraise" are the words of RFC 9334.

mod appraise;
mod approvals;
mod error;
mod journal;
mod networks;
mod slots;

pub use appraise::{Appraised, Case, Own, Request, Rules, appraise};
pub use approvals::SignedBytes;
pub use error::{EvidenceCode, EvidenceError, EvidenceResult};
pub use journal::{Head, PLANNED, Vouched};
pub use slots::{Slot, SlotState, Slots};
