//! The verbs: each takes a parsed call and gives the body of its answer. `sign` alone signs what a caller brings.

mod anchor;
mod derive;
mod describe;
mod evidence;
mod export;
mod import;
mod log;
mod sign;
mod system;
mod trust;
mod vaults;
mod wallets;

use jinku_words::id::Id;

use crate::descriptors::Descriptors;
use crate::refusal::Outcome;
use crate::state::Signer;
use crate::wire::{Call, PART_LIMIT, Token};

/// What came with a call beside its body, and the way back for streamed parts.
pub(crate) struct Caller<'a> {
    /// The token of the request's header.
    pub(crate) token: Token,
    /// The descriptors that came along.
    pub(crate) fds: Descriptors<'a>,
    /// Sends one part; false when the caller is gone.
    pub(crate) part: &'a mut dyn FnMut(&[u8]) -> bool,
}

impl Caller<'_> {
    /// Streams `data` as parts of at most [`PART_LIMIT`], each led by `label`.
    ///
    /// # Errors
    /// `wire.gone` when the caller is.
    pub(crate) fn stream(&mut self, label: u32, data: &[u8]) -> Outcome<()> {
        for piece in data.chunks(PART_LIMIT) {
            let mut body = Vec::with_capacity(4 + piece.len());
            body.extend_from_slice(&label.to_be_bytes());
            body.extend_from_slice(piece);
            if !(self.part)(&body) {
                return Err(crate::refusal::Refusal::later(
                    "wire.gone",
                    "the caller closed the connection",
                ));
            }
        }
        Ok(())
    }
}

impl Caller<'_> {
    /// Streams each column under its own number.
    ///
    /// # Errors
    /// `wire.gone` when the caller is.
    pub(crate) fn columns(&mut self, columns: &[Vec<u8>]) -> Outcome<()> {
        (0u32..)
            .zip(columns)
            .try_for_each(|(label, column)| self.stream(label, column))
    }
}

fn lock(signer: &Signer, vault: Option<Id>) -> Vec<u8> {
    match vault {
        Some(vault) => signer.lock(vault),
        None => signer.lock_all(),
    }
    Vec::new()
}

fn shutdown(signer: &Signer) -> Vec<u8> {
    signer.lock_all();
    signer.stop();
    Vec::new()
}

/// Runs one call.
///
/// # Errors
/// The verb's own refusals.
pub(crate) fn run(signer: &Signer, call: Call, caller: &mut Caller<'_>) -> Outcome<Vec<u8>> {
    match call {
        Call::Hello { nonce } => Ok(system::hello(signer, &nonce)),
        Call::InitSystem { deployment, secret } => system::init(signer, deployment, secret, caller),
        Call::UnlockSystem { secret } => system::unlock(signer, secret, caller),
        Call::Lock { vault } => Ok(lock(signer, vault)),
        Call::Shutdown => Ok(shutdown(signer)),
        Call::CreateVault {
            spec,
            secret,
            bip39,
        } => vaults::create(signer, spec, secret, bip39, caller),
        Call::ImportVault(import) => import::import(signer, *import, caller),
        Call::UnlockVault {
            vault,
            secret,
            verbs,
            ttl_s,
        } => vaults::unlock(signer, vault, secret, verbs, ttl_s, caller),
        Call::Describe { vault } => describe::describe(signer, vault),
        Call::ListVaults => describe::list(signer),
        Call::ChangePassphrase { vault, old, new } => {
            vaults::change_passphrase(signer, vault, old, new, caller)
        }
        Call::Rekey { vault, secret } => vaults::rekey(signer, vault, secret, caller),
        Call::Derive(request) => derive::derive(signer, &request, caller),
        Call::Recheck { vault, indexes } => derive::recheck(signer, vault, &indexes, caller),
        Call::MakeWallets {
            request,
            words,
            language,
            delivery,
        } => {
            let order = wallets::Order {
                request,
                words,
                language,
                delivery,
            };
            wallets::make(signer, &order, caller)
        }
        Call::Claim {
            code,
            blob,
            out,
            recipient,
        } => wallets::claim(code, &blob, out, &recipient, caller),
        Call::ClaimLookup { code } => wallets::lookup(code, caller),
        Call::Export(request) => export::export(signer, &request, caller),
        Call::CreateEvidenceKey { secret } => evidence::create(signer, secret, caller),
        Call::SealEvidence { subject, evidence } => evidence::seal(signer, &subject, &evidence),
        Call::LogHead => log::head(signer),
        Call::SignCheckpoint { size, root, proof } => log::sign(signer, size, root, &proof),
        Call::Signing(call) => sign::run(signer, &call, caller),
        Call::Anchor(call) => anchor::run(signer, &call),
        Call::Trust(call) => trust::run(signer, call, caller),
        Call::OpenEvidence {
            secret,
            subject,
            ciphertext,
            sealed_key,
            commitment,
            out,
        } => {
            let piece = evidence::Piece {
                subject,
                ciphertext,
                sealed_key,
                commitment,
            };
            evidence::open(signer, secret, piece, out, caller)
        }
    }
}
