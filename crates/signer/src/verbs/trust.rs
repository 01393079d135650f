//! `trust_root`, `begin_trust`, `sign_trust_root`, `accept_trust_root`, `open_origin`, `resume_origin`: whom this signer believes, and by whose word that changes.

use jinku_proof::log::trust::SignedTrustRoot;

use super::Caller;
use crate::logbook::{note, now_ms};
use crate::origin::{self, Left, Opening};
use crate::refusal::{Outcome, Refusal};
use crate::state::Signer;
use crate::system::System;
use crate::trust_pin::{self, wrong};
use crate::vault_file::{self, Opener};
use crate::wire::{SecretRef, TrustCall, Writer};

/// Runs one of them.
///
/// # Errors
/// `trust.*`, and those of the system keys.
pub(super) fn run(signer: &Signer, call: TrustCall, caller: &mut Caller<'_>) -> Outcome<Vec<u8>> {
    match call {
        TrustCall::Show => show(signer),
        TrustCall::Begin { created_at_ms } => begin(signer, created_at_ms),
        TrustCall::Sign { secret, document } => sign(signer, secret, &document, caller),
        TrustCall::Accept { data } => accept(signer, &data),
        TrustCall::OpenOrigin {
            secret,
            data,
            size,
            root,
            note,
            proof,
            given_up,
        } => {
            let left = Left {
                size,
                root,
                note,
                proof,
                given_up,
            };
            open(signer, secret, &data, &left, caller)
        }
        TrustCall::ResumeOrigin {
            statement,
            signature,
        } => resume(signer, &statement, &signature),
    }
}

fn whole(root: &SignedTrustRoot) -> Outcome<Vec<u8>> {
    let mut out = Writer::new();
    out.bytes(&root.to_bytes().map_err(|error| wrong(&error))?);
    Ok(out.into_bytes())
}

/// The trust root in force; empty before the first.
fn show(signer: &Signer) -> Outcome<Vec<u8>> {
    let system = signer.system()?;
    let _turn = signer.one_at_a_time();
    match trust_pin::load(&signer.home().trust_root(), &system)? {
        Some(root) => whole(&root),
        None => {
            let mut out = Writer::new();
            out.bytes(&[]);
            Ok(out.into_bytes())
        }
    }
}

/// The trust root in force; version 1 when there was none.
fn begin(signer: &Signer, created_at_ms: u64) -> Outcome<Vec<u8>> {
    let system = signer.system()?;
    let _turn = signer.one_at_a_time();
    let _log = signer.log_turn();
    let root = trust_pin::begin(signer.home(), &system, created_at_ms)?;
    note(
        "begin_trust",
        &[("version", &root.root().version.to_string())],
    );
    whole(&root)
}

/// The home's own secret opens its system file.
fn shown(signer: &Signer, system: &System, opener: &Opener) -> Outcome<()> {
    let file = vault_file::load(&signer.home().system(), system.deployment())?;
    let opened = file.open(&opener.unlock()).map_err(Refusal::from);
    signer.counted("system", opened).map(|_| ())
}

/// The actor's public key and signature over a next version. The home's own secret has to come along: whoever only found
/// the keys open changes nobody's trust.
fn sign(
    signer: &Signer,
    secret: SecretRef,
    document: &[u8],
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let opener = Opener::read(&mut caller.fds, secret)?;
    let system = signer.system()?;
    let _turn = signer.one_at_a_time();
    shown(signer, &system, &opener)?;
    let path = signer.home().trust_root();
    let signed = trust_pin::sign(&path, &system, document, now_ms())?;
    note("sign_trust_root", &[]);
    let mut out = Writer::new();
    out.raw(&signed.public).raw(&signed.signature);
    Ok(out.into_bytes())
}

/// The signed root is in force, when enough admins of the version before and of its own signed it.
fn accept(signer: &Signer, data: &[u8]) -> Outcome<Vec<u8>> {
    let system = signer.system()?;
    let _turn = signer.one_at_a_time();
    let _log = signer.log_turn(); // no head is signed for an origin that the version ends
    let root = trust_pin::accept(&signer.home().trust_root(), &system, data, now_ms())?;
    note(
        "accept_trust_root",
        &[("version", &root.root().version.to_string())],
    );
    Ok(Vec::new())
}

/// The head from which this signer opened the origin in force is the last one again, where it has forgotten that. No
/// secret comes along: the log's own key has said so before.
fn resume(signer: &Signer, statement: &[u8], signature: &[u8; 64]) -> Outcome<Vec<u8>> {
    let system = signer.system()?;
    let _turn = signer.one_at_a_time();
    let _log = signer.log_turn();
    let to = origin::resume(signer.home(), &system, statement, signature, now_ms())?;
    note("resume_origin", &[("origin", &to.origin)]);
    Ok(Vec::new())
}

/// The log goes on under the origin that the signed root names, from this head on; or the root with this signer's own
/// signature, which lacks others. The home's own secret has to come along, as for a signature.
fn open(
    signer: &Signer,
    secret: SecretRef,
    data: &[u8],
    left: &Left,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    let opener = Opener::read(&mut caller.fds, secret)?;
    let system = signer.system()?;
    let _turn = signer.one_at_a_time();
    shown(signer, &system, &opener)?;
    let _log = signer.log_turn();
    let opening = origin::open(signer.home(), &system, data, left, now_ms())?;
    let mut out = Writer::new();
    match opening {
        Opening::Lacks(root) => {
            out.bytes(&root.to_bytes().map_err(|error| wrong(&error))?)
                .u8(0);
        }
        Opening::Open(root, said) => {
            note("open_origin", &[("origin", &root.root().origin)]);
            out.bytes(&root.to_bytes().map_err(|error| wrong(&error))?)
                .u8(1)
                .bytes(&said.statement)
                .raw(&said.signature);
        }
    }
    Ok(out.into_bytes())
}
