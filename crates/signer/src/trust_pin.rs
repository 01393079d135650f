//! The trust root that this signer believes: on the disk, attested by its own identity key, and followed version by version.

use std::path::Path;

use jinku_envelope::file::{read_limited, write_durable};
use jinku_proof::log::error::LogError;
use jinku_proof::log::key::VerifierKey;
use jinku_proof::log::trust::{
    AdminSignature, KeyKind, Role, SignedTrustRoot, TrustRoot, TrustedKey,
};

use crate::folders::Home;
use crate::log_head::{self, stands};
use crate::refusal::{Outcome, Refusal};
use crate::system::System;

/// A document, and a signature of each of 512 admins.
const MAX_BYTES: usize = 256 << 10;
const ATTESTATION: usize = 64;
/// Tag of the attestation, which keeps a file that another program wrote from being believed.
const PIN_TAG: &str = "jinku/trust-pin/1";

pub(crate) fn wrong(error: &LogError) -> Refusal {
    Refusal::new(error.code.as_str(), error.to_string())
}

/// The file says that there is no trust root yet: one that is missing was deleted, it is never "the first time".
///
/// # Errors
/// `envelope.*` when it cannot be written.
pub(crate) fn clear(path: &Path, system: &System) -> Outcome<()> {
    write_durable(path, &system.attest(PIN_TAG, &[])).map_err(Refusal::from)
}

/// The trust root in the file; `None` before the first.
///
/// # Errors
/// `trust.damaged` when the file is missing or holds anything else; `envelope.*` or `store.*` when it cannot be read.
pub(crate) fn load(path: &Path, system: &System) -> Outcome<Option<SignedTrustRoot>> {
    let damaged = |why: &str| {
        let what = format!(
            "{} is not what this signer wrote: {why}; restore it from a backup of the home",
            path.display()
        );
        Refusal::new("trust.damaged", what)
    };
    if !stands(path)? {
        return Err(damaged("it is missing"));
    }
    let bytes = read_limited(path, MAX_BYTES)?;
    let Some((attestation, data)) = bytes.split_first_chunk::<ATTESTATION>() else {
        return Err(damaged("it is too short"));
    };
    if *attestation != system.attest(PIN_TAG, data) {
        return Err(damaged("its attestation does not hold"));
    }
    if data.is_empty() {
        return Ok(None);
    }
    let root = SignedTrustRoot::parse(data).map_err(|error| damaged(&error.to_string()))?;
    system.newest_trust(root.root().version);
    Ok(Some(root))
}

pub(crate) fn keep(path: &Path, system: &System, root: &SignedTrustRoot) -> Outcome<()> {
    let data = root.to_bytes().map_err(|error| wrong(&error))?;
    let mut file = system.attest(PIN_TAG, &data).to_vec();
    file.extend_from_slice(&data);
    write_durable(path, &file)?;
    system.newest_trust(root.root().version);
    Ok(())
}

/// Version 1 as this signer makes it, and nobody can have it make another: its own actor key is the one admin, its own
/// keys are the log's, and nobody outside cosigns.
fn first(system: &System, created_at_ms: u64) -> Outcome<TrustRoot> {
    Ok(TrustRoot {
        deployment: system.deployment(),
        version: 1,
        created_at_ms,
        not_after_ms: None,
        admin_threshold: 1,
        keys: vec![TrustedKey {
            name: "admin".into(),
            kind: KeyKind::Ed25519,
            public: system.public().actor.to_vec(),
            roles: vec![Role::Admin, Role::Approver, Role::Initiator],
            not_after_ms: None,
        }],
        groups: Vec::new(),
        policy_digest: None,
        origin: system.log_origin(1),
        journal_keys: own_log(system, 1)?,
        witnesses: Vec::new(),
        quorum: 0,
    })
}

/// The log's keys in the order of their texts, as documents have them.
fn own_log(system: &System, number: u64) -> Outcome<Vec<VerifierKey>> {
    let mut keys = system.log_keys(number)?.to_vec();
    keys.sort_by_key(ToString::to_string);
    Ok(keys)
}

/// The trust root in force; version 1, made at this time, when there was none.
///
/// # Errors
/// Those of [`load`] and [`log_head::load_of`]: a log of a later origin had a trust root; `trust.malformed` for a time
/// that no document has.
pub(crate) fn begin(home: &Home, system: &System, created_at_ms: u64) -> Outcome<SignedTrustRoot> {
    let path = &home.trust_root();
    if let Some(root) = load(path, system)? {
        return Ok(root);
    }
    log_head::load_of(&home.log_head(), system, 1)?;
    let root = first(system, created_at_ms)?;
    let signature = system.sign_root(&root).map_err(|error| wrong(&error))?;
    let made = SignedTrustRoot::new(root, vec![signature]).map_err(|error| wrong(&error))?;
    keep(path, system, &made)?;
    Ok(made)
}

pub(crate) fn in_force(path: &Path, system: &System) -> Outcome<SignedTrustRoot> {
    load(path, system)?.ok_or_else(|| {
        Refusal::new(
            "trust.absent",
            "this signer has no trust root yet; run `jinku trust check`",
        )
    })
}

/// The trust root in force, for a signature of a vault's key: none that is older than one seen before.
///
/// # Errors
/// Those of [`in_force`]; `trust.damaged` for an older copy.
pub(crate) fn newest(path: &Path, system: &System) -> Outcome<SignedTrustRoot> {
    let newest = system.newest_trust(0); // before the file, which only goes forward
    let root = in_force(path, system)?;
    let found = root.root().version;
    if found >= newest {
        return Ok(root);
    }
    Err(Refusal::new(
        "trust.damaged",
        format!(
            "an older copy of {} stands there: found version {found}, expected {newest}; put the newest one back",
            path.display()
        ),
    ))
}

/// Which of this log's origins a document names; `None` when it pins another log, or other keys.
pub(crate) fn number_of(root: &TrustRoot, system: &System) -> Outcome<Option<u64>> {
    let Some(number) = system.origin_number(&root.origin) else {
        return Ok(None);
    };
    Ok((root.journal_keys == own_log(system, number)?).then_some(number))
}

/// The origin for which heads are signed: that of the trust root in force, the first before there is one.
///
/// # Errors
/// Those of [`load`]; `trust.damaged` for one that pins another log.
pub(crate) fn origin(path: &Path, system: &System) -> Outcome<u64> {
    let Some(root) = load(path, system)? else {
        return Ok(1);
    };
    number_of(root.root(), system)?
        .ok_or_else(|| Refusal::new("trust.damaged", "the trust root in force pins another log"))
}

/// The log of a document is this signer's own, and no earlier origin of it: it can vouch for no other.
pub(crate) fn check_own_log(now: &TrustRoot, next: &TrustRoot, system: &System) -> Outcome<()> {
    let (before, after) = (number_of(now, system)?, number_of(next, system)?);
    if after.is_some() && after >= before {
        return Ok(());
    }
    Err(Refusal::new(
        "trust.journal",
        format!(
            "the document pins another log: found {}, expected {} or a later origin, with the keys of this signer",
            next.origin, now.origin
        ),
    ))
}

/// True when this signer's actor is an admin of the version.
pub(crate) fn is_admin(root: &TrustRoot, system: &System, now_ms: u64) -> bool {
    let mut keys = root.keys.iter();
    keys.any(|key| key.public == system.public().actor && key.may(Role::Admin, now_ms))
}

/// The actor's signature over a document that may follow the version in force, apart from signatures.
///
/// # Errors
/// `trust.malformed`, `trust.version`, `trust.journal`; `trust.no_admin` when the actor is an admin of neither version.
pub(crate) fn sign(
    path: &Path,
    system: &System,
    document: &[u8],
    now_ms: u64,
) -> Outcome<AdminSignature> {
    let now = in_force(path, system)?;
    let next = TrustRoot::from_canonical(document).map_err(|error| wrong(&error))?;
    now.check_succession(&next).map_err(|error| wrong(&error))?;
    check_own_log(now.root(), &next, system)?;
    if !is_admin(now.root(), system, now_ms) && !is_admin(&next, system, now_ms) {
        return Err(Refusal::new(
            "trust.no_admin",
            "the key of this signer is an admin of neither version; have the admins sign",
        ));
    }
    system.sign_root(&next).map_err(|error| wrong(&error))
}

/// The signed root is the one in force, once it is on the disk. Handing in the one in force changes nothing.
///
/// # Errors
/// `trust.malformed`, `.version`, `.unsigned`, `.signature_invalid`, `.journal`.
pub(crate) fn accept(
    path: &Path,
    system: &System,
    data: &[u8],
    now_ms: u64,
) -> Outcome<SignedTrustRoot> {
    let next = SignedTrustRoot::parse(data).map_err(|error| wrong(&error))?;
    let now = in_force(path, system)?;
    if next.digest() == now.digest() {
        return Ok(now);
    }
    now.check_next(&next, now_ms)
        .map_err(|error| wrong(&error))?;
    check_own_log(now.root(), next.root(), system)?;
    keep(path, system, &next)?;
    Ok(next)
}
