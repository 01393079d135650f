//! The slot log of the running signer: read from the disk when it is first asked for, and used by one call at a time.

use std::sync::{Mutex, PoisonError};

use crate::folders::Home;
use crate::refusal::Outcome;
use crate::slot_log::SlotLog;
use crate::system::System;

/// The slots, once they are read.
#[derive(Default)]
pub(crate) struct SlotKeeper(Mutex<Option<SlotLog>>);

impl SlotKeeper {
    /// Runs `work` on the slots. After a write that failed, and after a panic, they are read anew: only the disk knows.
    ///
    /// # Errors
    /// `slots.*` when the files are not what was written, or those of `work`.
    pub(crate) fn with<T>(
        &self,
        home: &Home,
        system: &System,
        work: impl FnOnce(&mut SlotLog) -> Outcome<T>,
    ) -> Outcome<T> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut log = match known.take() {
            Some(log) => log,
            None => SlotLog::open(home, system)?,
        };
        let done = work(&mut log);
        if !log.is_broken() {
            *known = Some(log);
        }
        done
    }
}
