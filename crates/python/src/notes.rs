//! Notes, checkpoints, receipts and policies, as bytes in and plain values out.

use jinku_proof::Hash;
use jinku_proof::log::checkpoint::Checkpoint;
use jinku_proof::log::key::{Algorithm, VerifierKey};
use jinku_proof::log::note::{Note, SignatureLine};
use jinku_proof::log::policy::Policy;
use jinku_proof::log::receipt::Receipt;
use jinku_proof::log::submission::Submission;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::errors::Refusal;
use crate::words::hash32;

type Raised<T> = Result<T, Refusal>;
type Bytes<'py> = Bound<'py, PyBytes>;

fn keys(vkeys: &[String]) -> Raised<Vec<VerifierKey>> {
    vkeys
        .iter()
        .map(|text| Ok(VerifierKey::parse(text)?))
        .collect()
}

/// Name, algorithm, key id and public key of a vkey.
#[pyfunction]
pub(crate) fn parse_vkey<'py>(
    py: Python<'py>,
    vkey: &str,
) -> Raised<(String, &'static str, Bytes<'py>, Bytes<'py>)> {
    let key = VerifierKey::parse(vkey)?;
    Ok((
        key.name().to_owned(),
        key.algorithm().as_str(),
        PyBytes::new(py, &key.id()),
        PyBytes::new(py, key.public()),
    ))
}

/// The vkey of a public key: `algorithm` is ed25519, cosignature/v1 or ml-dsa-44.
#[pyfunction]
pub(crate) fn make_vkey(name: &str, algorithm: &str, public: &[u8]) -> Raised<String> {
    let all = [
        Algorithm::Ed25519,
        Algorithm::CosignatureV1,
        Algorithm::MlDsa44,
    ];
    let found = all.into_iter().find(|a| a.as_str() == algorithm);
    let found = found.ok_or_else(|| {
        Refusal::usage(
            "an algorithm is unknown",
            format!("{algorithm:?}"),
            "ed25519, cosignature/v1 or ml-dsa-44",
        )
    })?;
    Ok(VerifierKey::new(name, found, public)?.to_string())
}

/// What a key signs for a text at a time.
#[pyfunction]
pub(crate) fn note_message<'py>(
    py: Python<'py>,
    vkey: &str,
    text: &str,
    timestamp: u64,
) -> Raised<Bytes<'py>> {
    Ok(PyBytes::new(
        py,
        &VerifierKey::parse(vkey)?.message(text, timestamp)?,
    ))
}

/// The line of a signature, with its newline.
#[pyfunction]
pub(crate) fn signature_line(vkey: &str, timestamp: u64, signature: &[u8]) -> Raised<String> {
    Ok(SignatureLine::new(&VerifierKey::parse(vkey)?, timestamp, signature).text())
}

/// The note of a text and signature lines.
#[pyfunction]
pub(crate) fn make_note<'py>(
    py: Python<'py>,
    text: &str,
    lines: Vec<String>,
) -> Raised<Bytes<'py>> {
    let parsed = lines.iter().map(|line| {
        Ok(SignatureLine::parse(
            line.strip_suffix('\n').unwrap_or(line),
        )?)
    });
    let note = Note::new(text, parsed.collect::<Raised<_>>()?)?;
    Ok(PyBytes::new(py, note.to_text().as_bytes()))
}

/// Text and signature lines (name, key id, payload) of a note.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub(crate) fn parse_note<'py>(
    py: Python<'py>,
    data: &[u8],
) -> Raised<(String, Vec<(String, Bytes<'py>, Bytes<'py>)>)> {
    let note = Note::parse(data)?;
    let lines = note.lines().iter().map(|l| {
        (
            l.name.clone(),
            PyBytes::new(py, &l.key_id),
            PyBytes::new(py, &l.payload),
        )
    });
    Ok((note.text().to_owned(), lines.collect()))
}

/// Text of a note, and which of the keys signed it when.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub(crate) fn verify_note(
    py: Python<'_>,
    data: &[u8],
    vkeys: Vec<String>,
) -> Raised<(String, Vec<(usize, Option<u64>)>)> {
    let (note, keys) = (Note::parse(data)?, keys(&vkeys)?);
    let signed = py.detach(|| note.verify(&keys))?;
    Ok((
        note.text().to_owned(),
        signed.iter().map(|s| (s.key, s.timestamp)).collect(),
    ))
}

/// The text of a checkpoint.
#[pyfunction]
pub(crate) fn checkpoint_text(origin: &str, size: u64, root: &[u8]) -> Raised<String> {
    Ok(Checkpoint::new(origin, size, hash32(root, "a root has the wrong length")?)?.text())
}

/// Origin, size and root of a checkpoint's text.
#[pyfunction]
pub(crate) fn parse_checkpoint<'py>(
    py: Python<'py>,
    text: &str,
) -> Raised<(String, u64, Bytes<'py>)> {
    let head = Checkpoint::parse(text)?;
    Ok((head.origin, head.size, PyBytes::new(py, &head.root)))
}

fn path_of(path: &[PyBackedBytes]) -> Raised<Vec<Hash>> {
    path.iter()
        .map(|hash| hash32(hash, "a hash of the proof has the wrong length"))
        .collect()
}

/// The bytes of a receipt.
#[pyfunction]
#[pyo3(signature = (index, path, note, extra=None))]
pub(crate) fn make_receipt<'py>(
    py: Python<'py>,
    index: u64,
    path: Vec<PyBackedBytes>,
    note: &[u8],
    extra: Option<&[u8]>,
) -> Raised<Bytes<'py>> {
    let receipt = Receipt::new(
        index,
        path_of(&path)?,
        Note::parse(note)?,
        extra.map(<[u8]>::to_vec),
    )?;
    Ok(PyBytes::new(py, receipt.to_text().as_bytes()))
}

/// Index, path, note and extra data of a receipt.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub(crate) fn parse_receipt<'py>(
    py: Python<'py>,
    data: &[u8],
) -> Raised<(u64, Vec<Bytes<'py>>, Bytes<'py>, Option<Bytes<'py>>)> {
    let receipt = Receipt::parse(data)?;
    let path = receipt
        .path
        .iter()
        .map(|hash| PyBytes::new(py, hash))
        .collect();
    let extra = receipt.extra.as_ref().map(|extra| PyBytes::new(py, extra));
    Ok((
        receipt.index,
        path,
        PyBytes::new(py, receipt.note.to_text().as_bytes()),
        extra,
    ))
}

/// The body of add-checkpoint.
#[pyfunction]
pub(crate) fn make_submission<'py>(
    py: Python<'py>,
    old: u64,
    proof: Vec<PyBackedBytes>,
    note: &[u8],
) -> Raised<Bytes<'py>> {
    let made = Submission::new(old, path_of(&proof)?, Note::parse(note)?)?;
    Ok(PyBytes::new(py, made.to_text().as_bytes()))
}

/// The names of the policy's witnesses that cosigned, when the note meets it.
#[pyfunction]
pub(crate) fn check_witness_policy(
    py: Python<'_>,
    policy: &[u8],
    note: &[u8],
) -> Raised<Vec<String>> {
    let (policy, note) = (Policy::parse(policy)?, Note::parse(note)?);
    let met = py.detach(|| policy.check(&note))?;
    let name = |place: &usize| {
        policy
            .witnesses()
            .get(*place)
            .map(|w| String::from_utf8_lossy(&w.name).into_owned())
    };
    Ok(met.witnesses.iter().filter_map(name).collect())
}
