//! Evidence that only the auditor reads.

use jinku_envelope::KdfParams;
use jinku_envelope::evidence::{self, EvidenceKey, Sealed};
use jinku_envelope::file::read_limited;

use super::Caller;
use crate::logbook::note;
use crate::refusal::{Outcome, Refusal};
use crate::state::Signer;
use crate::vault_file::create_bytes;
use crate::wire::{Fd, SecretKind, SecretRef, Writer};

const MAX_KEY_FILE: usize = 16 << 10;

/// A sealed piece and whose it is.
pub(super) struct Piece {
    /// Whose evidence.
    pub(crate) subject: String,
    /// Sealed evidence.
    pub(crate) ciphertext: Vec<u8>,
    /// Sealed subject key.
    pub(crate) sealed_key: Vec<u8>,
    /// Commitment.
    pub(crate) commitment: Vec<u8>,
}

fn passphrase_only(secret: SecretRef) -> Outcome<()> {
    if secret.kind == SecretKind::Passphrase {
        return Ok(());
    }
    Err(Refusal::new(
        "secret.kind",
        "the evidence key is sealed under a passphrase: found a key file",
    ))
}

fn load(signer: &Signer) -> Outcome<EvidenceKey> {
    let path = signer.home().evidence();
    if !path.exists() {
        return Err(Refusal::new(
            "evidence.no_key",
            "this home has no evidence key: `jinku evidence key` makes one with the auditor's passphrase",
        ));
    }
    EvidenceKey::parse(&read_limited(&path, MAX_KEY_FILE)?).map_err(Refusal::from)
}

/// A new evidence key stands sealed under the auditor's passphrase; the answer is its public half.
pub(super) fn create(
    signer: &Signer,
    secret: SecretRef,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    passphrase_only(secret)?;
    let passphrase = caller.fds.passphrase(secret.fd)?;
    let _turn = signer.one_at_a_time();
    let path = signer.home().evidence();
    if path.exists() {
        return Err(Refusal::new(
            "evidence.exists",
            "this home has an evidence key already; what it sealed opens with it alone",
        ));
    }
    let key = EvidenceKey::create(passphrase.expose(), KdfParams::default())?;
    create_bytes(&path, &key.to_bytes()?)?;
    note("create_evidence_key", &[]);
    Ok(key.public().to_vec())
}

/// The evidence, sealed for the auditor.
pub(super) fn seal(signer: &Signer, subject: &str, plain: &[u8]) -> Outcome<Vec<u8>> {
    let sealed = evidence::seal(load(signer)?.public(), subject, plain)?;
    let mut out = Writer::new();
    out.bytes(&sealed.ciphertext)
        .bytes(&sealed.sealed_key)
        .bytes(&sealed.commitment);
    Ok(out.into_bytes())
}

/// The evidence stands in the caller's descriptor.
pub(super) fn open(
    signer: &Signer,
    secret: SecretRef,
    piece: Piece,
    out: Fd,
    caller: &mut Caller<'_>,
) -> Outcome<Vec<u8>> {
    passphrase_only(secret)?;
    let passphrase = caller.fds.passphrase(secret.fd)?;
    let out = caller.fds.outlet(out)?;
    let commitment = piece.commitment.try_into();
    let commitment =
        commitment.map_err(|_| Refusal::new("evidence.commitment", "a commitment has 32 bytes"))?;
    let key = load(signer)?;
    let private = {
        let _turn = signer.one_at_a_time();
        signer.counted(
            "evidence",
            key.unlock(passphrase.expose()).map_err(Refusal::from),
        )?
    };
    let sealed = Sealed {
        ciphertext: piece.ciphertext,
        sealed_key: piece.sealed_key,
        commitment,
    };
    let plain = evidence::open(&private, &piece.subject, &sealed)?;
    out.write_all(&plain)?;
    note("open_evidence", &[]);
    Ok(Vec::new())
}
