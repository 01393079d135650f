//! The process shows its memory to nobody it can refuse: no core dump, no tracer of the same user, no loose file modes.

use rustix::process::{DumpableBehavior, Resource, Rlimit};

use crate::refusal::{Outcome, Refusal};

/// Core dumps are off, ptrace and `/proc/self/mem` are closed to other processes of this user, and new files are 0600.
///
/// A `test-hooks` build with `JINKU_SIGNER_ALLOW_CORE=1` skips the first two, so that a test can read its core.
///
/// # Errors
/// `signer.harden` when the kernel refuses one of them, or a tracer is already attached.
pub(crate) fn harden() -> Outcome<()> {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    if cfg!(feature = "test-hooks") && std::env::var_os("JINKU_SIGNER_ALLOW_CORE").is_some() {
        return Ok(());
    }
    secmem_proc::harden_process().map_err(|error| failed(&error.to_string()))?;
    rustix::process::setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )
    .map_err(|error| failed(&error.to_string()))?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|error| failed(&error.to_string()))
}

fn failed(cause: &str) -> Refusal {
    Refusal::new(
        "signer.harden",
        format!(
            "the process could not be closed to tracers and core dumps: {cause}; detach debuggers, allow prctl(2) and setrlimit(2) in this sandbox"
        ),
    )
}

/// A panic leaves its place in the log, never its text: the text may quote a value.
pub(crate) fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
        eprintln!("event=panic at={place}");
    }));
}
