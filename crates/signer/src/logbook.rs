//! The signer's log: one line an event, of names, ids and codes; no value that could be a secret has a way in.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
#[must_use]
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds of a clock that never goes back and runs on while the machine sleeps.
#[must_use]
pub(crate) fn boot_ms() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let (seconds, nanos) = (
        u64::try_from(now.tv_sec).unwrap_or(0),
        u64::try_from(now.tv_nsec).unwrap_or(0),
    );
    seconds * 1000 + nanos / 1_000_000
}

/// Unless the disk is full, a line `ts_ms=… event=… key=value …` stands on standard error, which a detached signer sends to its log file.
pub(crate) fn note(event: &str, fields: &[(&str, &str)]) {
    let mut line = format!("ts_ms={} event={event}", now_ms());
    for (key, value) in fields {
        let clean: String = value
            .chars()
            .take(200)
            .map(|c| if c.is_control() || c == ' ' { '_' } else { c })
            .collect();
        let _ = write!(line, " {key}={clean}");
    }
    line.push('\n');
    // not eprintln!, which panics when the log's disk is full: a lock has to go on
    let _ = std::io::stderr().write_all(line.as_bytes());
}
