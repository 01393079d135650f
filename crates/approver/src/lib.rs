//! The approver's device: on a machine of its own, without a network, it decodes what an intent asks for, shows it to a
//! person, and signs that it may go on or may not. It believes the platform nothing.
//!
//! ```
//! use jinku_approver::{Checked, Request};
//!
//! # let intent = r#"{"amount":"1500000000000000000","asset":"eip155:1/slip44:60","bounds":{"max_fee":"21000000000000000","replaceable":true,"valid_until":"1700000600000"},"created_at":"1700000000001","deployment":"018bcfe5-6800-7000-8000-0000000000d1","destination":"eip155:1:0x6fac4d18c912343bf86fa7049364dd4e424ab9c0","id":"018bcfe5-6801-7abc-8def-0123456789ab","idempotency_key":"order-4711/1","initiator":"ed25519:7f4c","kind":"transfer","reason_commitment":null,"source":"eip155:1:0x9858effd232b4033e47d90003d41ec34ecaeda94","v":1,"vault":"018bcfe5-6800-7000-8000-0000000000a1"}"#;
//! # let zeros = "0".repeat(64);
//! # let file = format!(r#"{{"intent":{intent},"policy_digest":"{zeros}","signature":"{zeros}{zeros}","told":[],"trust_root":"{zeros}","v":1}}"#);
//! let request = Request::from_canonical(file.as_bytes())?;
//! let checked = Checked::new(&request, None, 1_700_000_001_000)?; // nothing pinned: shown, and never signed
//! assert_eq!(checked.effects.losses[0].amount.to_string(), "1500000000000000000");
//! assert_eq!(checked.intent_print.words.split('-').count(), 8); // 128 bits
//! assert!(Checked::new(&request, None, 1_700_000_600_000).is_err_and(|error| error.code == "approver.expired"));
//! # Ok::<(), jinku_approver::ApproverError>(())
//! ```

mod check;
mod command;
mod error;
mod folder;
mod key;
mod known;
mod moment;
mod pin;
mod plain;
mod ready;
mod request;
mod unlock;
mod view;
mod warnings;
mod words;

pub use check::Checked;
pub use error::{ApproverError, Outcome};
pub use folder::Folder;
pub use key::{DeviceKey, Written};
pub use known::Known;
pub use pin::{Pin, Step};
pub use ready::Ready;
pub use request::{Answer, Request, Told};
pub use view::View;
pub use warnings::Warning;

use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// The process shows its memory to nobody it can refuse: no core dump, no tracer of the same user; what it makes is 0600;
/// a panic tells its place and no value.
///
/// # Errors
/// `approver.harden` when the kernel refuses, or a tracer is attached.
pub fn harden() -> Outcome<()> {
    let failed = |cause: String| {
        ApproverError::other(
            "approver.harden",
            "the process could not be closed to tracers and core dumps",
        )
        .found(cause)
        .advice("detach debuggers, and allow prctl(2) and setrlimit(2) in this sandbox")
    };
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
        eprintln!("jinku-approver: a fault of the program at {place}; nothing was signed");
    }));
    secmem_proc::harden_process().map_err(|error| failed(error.to_string()))?;
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    rustix::process::setrlimit(Resource::Core, none).map_err(|error| failed(error.to_string()))?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|error| failed(error.to_string()))
}
