//! Trust roots, and what stands under them.

use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::evidence::{self, Cosigned};
use jinku_proof::log::handover::Handover;
use jinku_proof::log::note::Note;
use jinku_proof::log::receipt::Receipt;
use jinku_proof::log::trust::{AdminSignature, SignedTrustRoot, TrustRoot};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::errors::Refusal;
use crate::words::hash32;

type Raised<T> = Result<T, Refusal>;
type Bytes<'py> = Bound<'py, PyBytes>;
/// Origin, size, root.
type Head<'py> = (String, u64, Bytes<'py>);
/// Witness, whether from outside, Unix seconds.
type Witnessed = (String, bool, u64);

/// The digest of a trust root's document, which its admins sign.
#[pyfunction]
pub(crate) fn trust_root_digest<'py>(py: Python<'py>, document: &[u8]) -> Raised<Bytes<'py>> {
    Ok(PyBytes::new(
        py,
        &TrustRoot::from_canonical(document)?.digest()?,
    ))
}

/// The signed trust root of a document and its admins' signatures (public key, signature).
#[pyfunction]
pub(crate) fn make_trust_root<'py>(
    py: Python<'py>,
    document: &[u8],
    signatures: Vec<(PyBackedBytes, PyBackedBytes)>,
) -> Raised<Bytes<'py>> {
    let sized = |(public, signature): &(PyBackedBytes, PyBackedBytes)| {
        let bytes: &[u8] = signature;
        let wrong = || {
            Refusal::usage(
                "a signature has the wrong length",
                format!("{} bytes", bytes.len()),
                "64 bytes",
            )
        };
        Ok(AdminSignature {
            public: hash32(public, "an admin's key has the wrong length")?,
            signature: bytes.try_into().map_err(|_| wrong())?,
        })
    };
    let signatures = signatures.iter().map(sized).collect::<Raised<_>>()?;
    let made = SignedTrustRoot::new(TrustRoot::from_canonical(document)?, signatures)?;
    Ok(PyBytes::new(py, &made.to_bytes()?))
}

/// Document, fingerprint in hex and in words, and whether it is dev, of a signed trust root that enough of its admins signed.
#[pyfunction]
#[pyo3(signature = (data, at_ms, *, first=false))]
pub(crate) fn open_trust_root<'py>(
    py: Python<'py>,
    data: &[u8],
    at_ms: u64,
    first: bool,
) -> Raised<(Bytes<'py>, String, String, bool)> {
    let signed = SignedTrustRoot::parse(data)?;
    if first {
        signed.check_first(at_ms)?
    } else {
        signed.check_signed(at_ms)?
    }
    let print = signed.root().fingerprint()?;
    Ok((
        PyBytes::new(py, &signed.root().to_canonical()?),
        print.hex,
        print.words,
        signed.root().is_dev(),
    ))
}

/// Nothing, when `successor` may take the place of `current`.
#[pyfunction]
pub(crate) fn check_next_trust_root(current: &[u8], successor: &[u8], at_ms: u64) -> Raised<()> {
    Ok(SignedTrustRoot::parse(current)?.check_next(&SignedTrustRoot::parse(successor)?, at_ms)?)
}

/// Nothing, unless the trust root has expired.
#[pyfunction]
pub(crate) fn check_trust_root_fresh(data: &[u8], at_ms: u64) -> Raised<()> {
    Ok(SignedTrustRoot::parse(data)?.root().check_fresh(at_ms)?)
}

fn witnessed(cosigned: &[Cosigned]) -> Vec<Witnessed> {
    cosigned
        .iter()
        .map(|c| (c.witness.clone(), c.outside, c.timestamp))
        .collect()
}

/// Origin, size, root, witnesses and dev mark of a checkpoint that the trust root stands behind.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub(crate) fn check_trusted_checkpoint<'py>(
    py: Python<'py>,
    trust_root: &[u8],
    note: &[u8],
) -> Raised<(String, u64, Bytes<'py>, Vec<Witnessed>, bool)> {
    let (trust, note) = (SignedTrustRoot::parse(trust_root)?, Note::parse(note)?);
    let found = py.detach(|| evidence::check_checkpoint(trust.root(), &note))?;
    let head = found.checkpoint;
    Ok((
        head.origin,
        head.size,
        PyBytes::new(py, &head.root),
        witnessed(&found.cosigned),
        found.dev,
    ))
}

/// Index, size, root, witnesses and dev mark of an entry that stands where its receipt says.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub(crate) fn check_evidence<'py>(
    py: Python<'py>,
    trust_root: &[u8],
    entry: &[u8],
    receipt: &[u8],
) -> Raised<(u64, u64, Bytes<'py>, Vec<Witnessed>, bool)> {
    let (trust, receipt) = (
        SignedTrustRoot::parse(trust_root)?,
        Receipt::parse(receipt)?,
    );
    let found = py.detach(|| evidence::check(trust.root(), entry, &receipt))?;
    Ok((
        found.index,
        found.size,
        PyBytes::new(py, &found.root),
        witnessed(&found.cosigned),
        found.dev,
    ))
}

/// The deployment of a hand-over that the log's Ed25519 key signed, and origin, size and root of its heads: the old log's
/// last, the one that the new origin goes on from, and the one with which the signer saw that tree begin.
#[pyfunction]
pub(crate) fn open_handover<'py>(
    py: Python<'py>,
    statement: &[u8],
    signature: &[u8],
    log_public: &[u8],
) -> Raised<(String, Head<'py>, Head<'py>, Head<'py>)> {
    let signature: &[u8; 64] = signature.try_into().map_err(|_| {
        Refusal::usage(
            "a signature has the wrong length",
            format!("{} bytes", signature.len()),
            "64 bytes",
        )
    })?;
    let log = hash32(log_public, "a key of the log has the wrong length")?;
    let said = Handover::open(statement, signature, &log)?;
    let head = |one: Checkpoint| (one.origin, one.size, PyBytes::new(py, &one.root));
    Ok((
        said.deployment.to_string(),
        head(said.from),
        head(said.to),
        head(said.proven),
    ))
}
