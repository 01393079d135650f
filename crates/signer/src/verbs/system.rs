//! hello, `init_system`, `unlock_system`.

use std::str::FromStr;
use std::sync::Arc;

use jinku_envelope::{OpenVault, VaultEnvelope};
use jinku_proof::HELLO_TAG;
use jinku_words::id::Id;

use super::Caller;
use crate::begun::Begun;
use crate::log_head::{self, stands};
use crate::logbook::{note, now_ms};
use crate::refusal::{Outcome, Refusal};
use crate::slot_head;
use crate::state::Signer;
use crate::system::System;
use crate::trust_pin;
use crate::vault_file::{self, Opener};
use crate::wire::{SecretRef, VERSION, Writer};

const ABSENT: u8 = 0;
const LOCKED: u8 = 1;
const UNLOCKED: u8 = 2;

/// Who answers here; with the system keys unlocked, proven by a signature over the caller's own nonce.
pub(super) fn hello(signer: &Signer, nonce: &[u8; 32]) -> Vec<u8> {
    let system = signer.system().ok();
    let state = match &system {
        Some(_) => UNLOCKED,
        None if signer.home().system().exists() => LOCKED,
        None => ABSENT,
    };
    let deployment = system.as_ref().map_or_else(
        || named_deployment(signer),
        |system| system.deployment().to_string(),
    );
    let mut out = Writer::new();
    out.u8(VERSION)
        .str(env!("CARGO_PKG_VERSION"))
        .u32(std::process::id())
        .str(&deployment)
        .u8(state);
    match &system {
        Some(system) => {
            let mut said = nonce.to_vec();
            said.extend_from_slice(deployment.as_bytes());
            out.bytes(&system.public().identity)
                .bytes(&system.attest(HELLO_TAG, &said));
        }
        None => {
            out.bytes(&[]).bytes(&[]);
        }
    }
    let unlocked = signer.unlocked();
    out.count(unlocked.len());
    for vault in unlocked {
        out.str(&vault.to_string());
    }
    out.u8(u8::from(jinku_secrets::memory_locked()));
    out.into_bytes()
}

/// The deployment that the sealed file names; a label until it is opened.
fn named_deployment(signer: &Signer) -> String {
    let bytes = jinku_envelope::file::read_limited(
        &signer.home().system(),
        jinku_envelope::vault::MAX_BYTES,
    );
    let header = bytes
        .ok()
        .and_then(|bytes| jinku_envelope::read_header(&bytes).ok());
    header.map_or_else(String::new, |header| header.vault)
}

fn keys(system: &System) -> Vec<u8> {
    let public = system.public();
    let mut out = Writer::new();
    out.str(&system.deployment().to_string())
        .bytes(&public.identity)
        .bytes(&public.actor);
    out.bytes(&public.log_ed25519).bytes(&public.log_mldsa44);
    out.into_bytes()
}

/// A new system secret stands sealed, and the keys made of it are unlocked.
pub(super) fn init(
    signer: &Signer,
    deployment: Id,
    secret: SecretRef,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let opener = Opener::read(&mut caller.fds, secret)?;
    let _turn = signer.one_at_a_time();
    let path = signer.home().system();
    // Open keys whose file is gone are this home's still.
    if stands(&path)? || signer.system().is_ok() {
        return Err(Refusal::new(
            "system.exists",
            "this home has its system keys already; unlock them",
        ));
    }
    let (system, file) = System::create(deployment, &opener.unlock())?;
    log_head::begin(&signer.home().log_head(), &system, now_ms() / 1000)?;
    trust_pin::clear(&signer.home().trust_root(), &system)?;
    slot_head::begin(signer.home(), &system)?;
    vault_file::create(&path, &file)?;
    note("init_system", &[("deployment", &deployment.to_string())]);
    let answer = keys(&system);
    signer.set_system(Arc::new(system));
    Ok(answer)
}

/// The sealed file knows that head, trust root and slot log have begun. Of a home made before it did, they begin now.
fn mark(
    signer: &Signer,
    system: &System,
    mut file: VaultEnvelope,
    opened: &OpenVault,
) -> Outcome<()> {
    let _log = signer.log_turn();
    let home = signer.home();
    for begun in Begun::ALL {
        let Some(marked) = System::mark(&file, opened, begun)? else {
            continue;
        };
        match begun {
            Begun::Head => log_head::begin_late(&home.log_head(), system, now_ms() / 1000)?,
            Begun::Pin if stands(&home.trust_root())? => {}
            Begun::Pin => trust_pin::clear(&home.trust_root(), system)?,
            Begun::Slots if stands(&home.slot_head())? => {}
            Begun::Slots => slot_head::begin(home, system)?,
        }
        vault_file::replace(&home.system(), &marked)?;
        file = marked;
    }
    Ok(())
}

/// The system keys are unlocked until the signer stops or everything is locked.
pub(super) fn unlock(
    signer: &Signer,
    secret: SecretRef,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let opener = Opener::read(&mut caller.fds, secret)?;
    let _turn = signer.one_at_a_time();
    let path = signer.home().system();
    if !path.exists() {
        return Err(Refusal::new(
            "system.absent",
            "this home has no system keys; run `jinku init`",
        ));
    }
    let named = named_deployment(signer);
    // a damaged file names none: let loading it say what is wrong
    let deployment = Id::from_str(&named).or_else(|_| Id::from_parts(0, 0));
    let deployment =
        deployment.map_err(|error| Refusal::new("system.damaged", error.to_string()))?;
    let file = vault_file::load(&path, deployment)?;
    let opened = signer.counted("system", file.open(&opener.unlock()).map_err(Refusal::from))?;
    let system = System::open(deployment, &file, &opened)?;
    mark(signer, &system, file, &opened)?;
    note("unlock_system", &[("deployment", &named)]);
    let answer = keys(&system);
    signer.set_system(Arc::new(system));
    Ok(answer)
}
