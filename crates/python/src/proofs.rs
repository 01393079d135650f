//! Merkle trees over joined hashes, and what the identity key signed.

use jinku_proof::Hash;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::errors::Refusal;
use crate::words::hash32;

pub(crate) fn joined(leaves: &[u8]) -> Result<&[Hash], Refusal> {
    match leaves.as_chunks::<32>() {
        (hashes, []) => Ok(hashes),
        _ => Err(Refusal::usage(
            "joined hashes are torn",
            format!("{} bytes", leaves.len()),
            "a multiple of 32 bytes",
        )),
    }
}

/// The hash of a leaf: `SHA256(00 data)`.
#[pyfunction]
pub(crate) fn leaf_hash<'py>(py: Python<'py>, data: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, &jinku_proof::leaf_hash(data))
}

/// The Merkle root over joined leaf hashes.
#[pyfunction]
pub(crate) fn merkle_root<'py>(
    py: Python<'py>,
    leaves: &[u8],
) -> Result<Bound<'py, PyBytes>, Refusal> {
    let hashes = joined(leaves)?;
    Ok(PyBytes::new(py, &py.detach(|| jinku_proof::root(hashes))))
}

/// The inclusion path of one of the joined leaf hashes.
#[pyfunction]
pub(crate) fn inclusion_path<'py>(
    py: Python<'py>,
    leaves: &[u8],
    index: u64,
) -> PyResult<Bound<'py, PyList>> {
    let hashes = joined(leaves)?;
    let outside = || {
        Refusal::usage(
            "a leaf's index is outside the tree",
            index,
            &format!("below {}", hashes.len()),
        )
    };
    let place = usize::try_from(index)
        .ok()
        .filter(|place| *place < hashes.len())
        .ok_or_else(outside)?;
    let path = py
        .detach(|| jinku_proof::inclusion_path(hashes, place))
        .map_err(Refusal::from)?;
    PyList::new(py, path.iter().map(|hash| PyBytes::new(py, hash)))
}

/// Nothing, when the path leads from the leaf hash to the root.
#[pyfunction]
pub(crate) fn verify_inclusion(
    leaf: &[u8],
    index: u64,
    size: u64,
    path: Vec<Vec<u8>>,
    root: &[u8],
) -> Result<(), Refusal> {
    let hashes = path
        .iter()
        .map(|hash| hash32(hash, "a hash of the path has the wrong length"));
    let path = hashes.collect::<Result<Vec<Hash>, Refusal>>()?;
    let leaf = hash32(leaf, "a leaf hash has the wrong length")?;
    let root = hash32(root, "a root has the wrong length")?;
    Ok(jinku_proof::verify_inclusion(
        &leaf, index, size, &path, &root,
    )?)
}

/// Nothing, when the identity key signed the batch statement.
#[pyfunction]
pub(crate) fn verify_batch_statement(
    statement: &[u8],
    signature: &[u8],
    identity_public: &[u8],
) -> Result<(), Refusal> {
    let signature: &[u8; 64] = signature.try_into().map_err(|_| {
        Refusal::usage(
            "a signature has the wrong length",
            format!("{} bytes", signature.len()),
            "64 bytes",
        )
    })?;
    let identity = hash32(identity_public, "an identity key has the wrong length")?;
    Ok(jinku_proof::verify_statement(
        &identity, statement, signature,
    )?)
}

/// Nothing, when the identity key signed this answer to hello: nonce and deployment.
#[pyfunction]
pub(crate) fn verify_hello(
    nonce: &[u8],
    deployment: &str,
    signature: &[u8],
    identity_public: &[u8],
) -> Result<(), Refusal> {
    let signature: &[u8; 64] = signature.try_into().map_err(|_| {
        Refusal::usage(
            "a signature has the wrong length",
            format!("{} bytes", signature.len()),
            "64 bytes",
        )
    })?;
    let nonce = hash32(nonce, "a nonce has the wrong length")?;
    let identity = hash32(identity_public, "an identity key has the wrong length")?;
    Ok(jinku_proof::verify_hello(
        &identity, &nonce, deployment, signature,
    )?)
}
