//! What a running signer holds: unlocked vaults, their tokens, the system keys, and the locks between them.

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use jinku_envelope::file::sweep_temporaries;
use jinku_words::id::Id;

use crate::folders::Home;
use crate::keys::Unlocked;
use crate::logbook::note;
use crate::refusal::{Outcome, Refusal};
use crate::slot_keeper::SlotKeeper;
use crate::system::System;
use crate::tokens::Tokens;
use crate::wire::{Token, VerbMask};

/// An unlocked vault's keys; `None` once they are wiped. A verb reads them under a shared lock, so wiping waits for it.
type Slot = Arc<RwLock<Option<Unlocked>>>;

/// The state of the process. Order of locks: `tokens`, `vaults`, a vault's keys, `slots`.
pub(crate) struct Signer {
    home: Home,
    socket: PathBuf,
    stopping: AtomicBool,
    tokens: Mutex<Tokens>,
    alarm: Condvar,
    vaults: Mutex<BTreeMap<Id, Slot>>,
    system: RwLock<Option<Arc<System>>>,
    files: Mutex<()>,
    log: Mutex<()>,
    slots: SlotKeeper,
    wrong: Mutex<BTreeMap<String, u32>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wipe(slots: Vec<Slot>) {
    for slot in slots {
        *slot.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
    rayon::broadcast(|_| crate::heap::wipe_stack());
    crate::heap::wipe_stack();
}

impl Signer {
    /// A signer over a home that it holds alone; what crashed writers left is swept away.
    ///
    /// # Errors
    /// `envelope.*` when the home cannot be read or written.
    pub(crate) fn new(home: Home, socket: PathBuf) -> Outcome<Self> {
        for folder in [home.vaults(), home.root().join("signer")] {
            sweep_temporaries(&folder)?;
        }
        Ok(Self {
            home,
            socket,
            stopping: AtomicBool::new(false),
            tokens: Mutex::default(),
            alarm: Condvar::new(),
            vaults: Mutex::default(),
            system: RwLock::default(),
            files: Mutex::default(),
            log: Mutex::default(),
            slots: SlotKeeper::default(),
            wrong: Mutex::default(),
        })
    }

    /// Where things stand.
    #[must_use]
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// Held while a secret is tried or a file is replaced: one Argon2id and one writer at a time.
    pub(crate) fn one_at_a_time(&self) -> MutexGuard<'_, ()> {
        held(&self.files)
    }

    /// Held from reading the last head of the log to its successor's being on the disk.
    pub(crate) fn log_turn(&self) -> MutexGuard<'_, ()> {
        held(&self.log)
    }

    /// The slots that were given.
    #[must_use]
    pub(crate) fn slots(&self) -> &SlotKeeper {
        &self.slots
    }

    /// Counts an attempt on `what`: a wrong secret adds one and the refusal says how many, a right one clears the count.
    ///
    /// # Errors
    /// The refusal of `result`.
    pub(crate) fn counted<T>(&self, what: &str, result: Outcome<T>) -> Outcome<T> {
        let mut wrong = held(&self.wrong);
        match result {
            Ok(value) => {
                wrong.remove(what);
                Ok(value)
            }
            Err(mut refusal) if refusal.code == "envelope.wrong_secret" => {
                let count = wrong.entry(what.to_owned()).or_default();
                *count = count.saturating_add(1);
                note(
                    "wrong_secret",
                    &[("on", what), ("in_a_row", &count.to_string())],
                );
                if *count > 1 {
                    refusal.message = format!("{} ({count} wrong in a row)", refusal.message);
                }
                Err(refusal)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// The keys stand unlocked and a token for them is given.
    ///
    /// # Errors
    /// Those of [`Tokens::issue`]; then nothing stands unlocked that was not before.
    pub(crate) fn admit(
        &self,
        vault: Id,
        keys: Unlocked,
        verbs: VerbMask,
        ttl_s: u32,
    ) -> Outcome<Token> {
        let mut tokens = held(&self.tokens);
        let token = tokens.issue(vault, verbs, ttl_s)?;
        // A new slot each time: what an older one held is dropped with the last verb that reads it.
        held(&self.vaults).insert(vault, Arc::new(RwLock::new(Some(keys))));
        self.alarm.notify_all();
        Ok(token)
    }

    /// The token is void; the keys are wiped when no other token of the vault lives.
    pub(crate) fn take_back(&self, vault: Id, token: &Token) {
        let slots = {
            let mut tokens = held(&self.tokens);
            if tokens.revoke(token, vault) > 0 {
                return;
            }
            held(&self.vaults).remove(&vault).into_iter().collect()
        };
        wipe(slots);
        note("taken_back", &[("vault", &vault.to_string())]);
    }

    /// Runs `work` on the keys of `vault` when `token` allows `verb`; they are not wiped before it ends.
    ///
    /// # Errors
    /// `token.*`, or those of `work`.
    pub(crate) fn with_keys<T>(
        &self,
        token: &Token,
        vault: Id,
        verb: VerbMask,
        work: impl FnOnce(&Unlocked) -> Outcome<T>,
    ) -> Outcome<T> {
        held(&self.tokens).check(token, vault, verb)?;
        let slot = held(&self.vaults).get(&vault).cloned();
        let locked = || Refusal::new("vault.locked", "the vault is locked; unlock it");
        let slot = slot.ok_or_else(locked)?;
        let keys = slot.read().unwrap_or_else(PoisonError::into_inner);
        work(keys.as_ref().ok_or_else(locked)?)
    }

    /// Looks at the keys of `vault` if it is unlocked, with the end of its last token.
    pub(crate) fn peek<T>(&self, vault: Id, look: impl FnOnce(&Unlocked, u64) -> T) -> Option<T> {
        let end = held(&self.tokens).last_end_ms(vault);
        let slot = held(&self.vaults).get(&vault).cloned()?;
        let keys = slot.read().unwrap_or_else(PoisonError::into_inner);
        keys.as_ref().map(|keys| look(keys, end))
    }

    /// Changes what an unlocked vault says of itself, after its file was replaced.
    pub(crate) fn amend(&self, vault: Id, change: impl FnOnce(&mut Unlocked)) {
        let slot = held(&self.vaults).get(&vault).cloned();
        if let Some(slot) = slot {
            let mut keys = slot.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(keys) = keys.as_mut() {
                change(keys);
            }
        }
    }

    /// The vaults that are unlocked.
    #[must_use]
    pub(crate) fn unlocked(&self) -> Vec<Id> {
        held(&self.vaults).keys().copied().collect()
    }

    /// The vault's keys are wiped and its tokens void.
    pub(crate) fn lock(&self, vault: Id) {
        let slots = {
            let mut tokens = held(&self.tokens);
            tokens.void(Some(vault));
            held(&self.vaults).remove(&vault).into_iter().collect()
        };
        wipe(slots);
        note("lock", &[("vault", &vault.to_string())]);
    }

    /// Every vault's keys and the system keys are wiped and all tokens void.
    pub(crate) fn lock_all(&self) {
        let slots = {
            let mut tokens = held(&self.tokens);
            tokens.void(None);
            std::mem::take(&mut *held(&self.vaults))
                .into_values()
                .collect()
        };
        *self.system.write().unwrap_or_else(PoisonError::into_inner) = None;
        wipe(slots);
        note("lock_all", &[]);
    }

    /// The system keys.
    ///
    /// # Errors
    /// `system.locked` when they are not unlocked.
    pub(crate) fn system(&self) -> Outcome<Arc<System>> {
        let system = self.system.read().unwrap_or_else(PoisonError::into_inner);
        system.clone().ok_or_else(|| {
            Refusal::new(
                "system.locked",
                "the system keys are locked; unlock them with the home's passphrase or key file",
            )
        })
    }

    /// The system keys stand unlocked.
    pub(crate) fn set_system(&self, system: Arc<System>) {
        *self.system.write().unwrap_or_else(PoisonError::into_inner) = Some(system);
    }

    /// Wipes the keys of vaults whose last token ran out; returns when the signer stops.
    pub(crate) fn reap(&self) {
        let mut tokens = held(&self.tokens);
        while !self.stopping() {
            let ended = tokens.expire();
            if !ended.is_empty() {
                let slots = {
                    let mut vaults = held(&self.vaults);
                    ended
                        .iter()
                        .filter_map(|vault| vaults.remove(vault))
                        .collect()
                };
                drop(tokens);
                wipe(slots);
                for vault in &ended {
                    note("expired", &[("vault", &vault.to_string())]);
                }
                tokens = held(&self.tokens);
                continue;
            }
            // at least once a second: the alarm's own clock stands still while the machine sleeps
            let pause = Duration::from_millis(
                tokens
                    .next_end_ms()
                    .map_or(60_000, |left| left.clamp(1, 1000)),
            );
            tokens = self
                .alarm
                .wait_timeout(tokens, pause)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// True once the signer was told to stop.
    #[must_use]
    pub(crate) fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Tells the signer to stop: the listener wakes, refuses no one new and ends.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.alarm.notify_all();
        let _ = UnixStream::connect(&self.socket); // wakes the listener
    }
}
