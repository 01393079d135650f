//! Batches of accounts: packed columns, leaves, roots and proofs. The interpreter runs on while hashes are made.

use jinku_proof::{Hash, LeafAddress};
use jinku_words::{Id, account_id};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use sha2::{Digest, Sha256};

use crate::errors::Refusal;
use crate::words::{check_ms, check_range, hash32};

/// Chain, kind and path template of a form.
type FormParts = (String, String, String);

/// What stands for the account number in a path template.
const INDEX: &str = "{i}";

/// The texts of a packed column (u8 length, ASCII, repeated).
fn unpacked(packed: &[u8]) -> Result<Vec<&str>, Refusal> {
    let mut texts = Vec::with_capacity(packed.len() / 35 + 1);
    let mut rest = packed;
    while let [length, tail @ ..] = rest {
        let torn = || {
            Refusal::usage(
                "a packed column is torn",
                format!("after {} texts", texts.len()),
                "whole texts",
            )
        };
        let (text, tail) = tail
            .split_at_checked(usize::from(*length))
            .ok_or_else(torn)?;
        if !text.is_ascii() {
            return Err(Refusal::usage(
                "a packed column is no ASCII",
                format!("text {}", texts.len()),
                "ASCII",
            ));
        }
        let text = std::str::from_utf8(text).map_err(|_| {
            Refusal::usage(
                "a packed column is no ASCII",
                format!("text {}", texts.len()),
                "ASCII",
            )
        })?;
        texts.push(text);
        rest = tail;
    }
    Ok(texts)
}

/// The texts of a packed column.
#[pyfunction]
pub(crate) fn unpack_column<'py>(py: Python<'py>, packed: &[u8]) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, unpacked(packed)?)
}

/// A column as Python holds it: packed bytes, or the objects of a list, kept alive while their texts are borrowed.
enum Column<'py> {
    Packed(Bound<'py, PyBytes>),
    Texts(Vec<Bound<'py, PyString>>),
}

impl<'py> Column<'py> {
    fn of(value: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(packed) = value.cast::<PyBytes>() {
            return Ok(Self::Packed(packed.clone()));
        }
        let list = value
            .cast::<PyList>()
            .map_err(|_| PyTypeError::new_err("a column is bytes or a list of str"))?;
        let texts = list
            .iter()
            .map(|item| item.cast_into::<PyString>().map_err(PyErr::from))
            .collect::<PyResult<Vec<_>>>()?;
        Ok(Self::Texts(texts))
    }

    fn texts(&self) -> PyResult<Vec<&str>> {
        match self {
            Self::Packed(packed) => Ok(unpacked(packed.as_bytes())?),
            Self::Texts(texts) => texts.iter().map(|text| text.to_str()).collect(),
        }
    }
}

/// What the leaves of a batch are made of, checked to be of one length.
struct Batch<'a> {
    start: u64,
    forms: &'a [FormParts],
    columns: Vec<Vec<&'a str>>,
    self_mode: bool,
}

impl<'a> Batch<'a> {
    fn new(
        start: u64,
        count: usize,
        forms: &'a [FormParts],
        columns: Vec<Vec<&'a str>>,
        self_mode: bool,
    ) -> Result<Self, Refusal> {
        check_range(start, count)?;
        if forms.is_empty() || columns.len() != forms.len() {
            let found = format!("{} columns for {} forms", columns.len(), forms.len());
            return Err(Refusal::usage(
                "a batch is malformed",
                found,
                "one column a form",
            ));
        }
        if let Some(column) = columns.iter().find(|column| column.len() != count) {
            let found = format!("a column of {} addresses", column.len());
            return Err(Refusal::usage(
                "a batch is malformed",
                found,
                &format!("{count} addresses a column"),
            ));
        }
        if let Some((.., path)) = forms
            .iter()
            .find(|(.., path)| path.matches(INDEX).count() != 1)
        {
            return Err(Refusal::usage(
                "a path template is malformed",
                path,
                "{i} once",
            ));
        }
        Ok(Self {
            start,
            forms,
            columns,
            self_mode,
        })
    }

    /// Leaf hashes in order. In self mode each account is number 0 of its own mnemonic, and its paths say so.
    fn leaves(&self, id_of: impl Fn(usize, u64) -> Id) -> Vec<Hash> {
        let templates: Vec<(&str, &str)> = self
            .forms
            .iter()
            .filter_map(|(.., path)| path.split_once(INDEX))
            .collect();
        let count = self.columns.first().map_or(0, Vec::len);
        let mut paths = vec![String::new(); templates.len()];
        let mut bytes = Vec::with_capacity(256 * templates.len());
        (self.start..)
            .take(count)
            .enumerate()
            .map(|(row, index)| {
                let number = if self.self_mode { 0 } else { index }.to_string();
                for (path, (before, after)) in paths.iter_mut().zip(&templates) {
                    path.clear();
                    path.extend([*before, number.as_str(), *after]);
                }
                let addresses: Vec<LeafAddress<'_>> = self
                    .forms
                    .iter()
                    .zip(&paths)
                    .zip(&self.columns)
                    .map(|(((chain, kind, _), path), column)| {
                        (chain.as_str(), kind.as_str(), path.as_str(), column[row])
                    })
                    .collect();
                let account = id_of(row, index).to_ascii();
                bytes.clear();
                let account = std::str::from_utf8(&account).unwrap_or_default();
                jinku_proof::batch_leaf_bytes(&mut bytes, account, index, &addresses);
                jinku_proof::leaf_hash(&bytes)
            })
            .collect()
    }
}

/// The joined leaf hashes of accounts whose ids are given.
#[pyfunction]
#[pyo3(signature = (ids, start, forms, columns, *, self_mode = false))]
pub(crate) fn batch_leaves<'py>(
    py: Python<'py>,
    ids: Vec<[u8; 16]>,
    start: u64,
    forms: Vec<FormParts>,
    columns: Vec<Bound<'py, PyAny>>,
    self_mode: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let ids = ids
        .into_iter()
        .map(Id::from_bytes)
        .collect::<Result<Vec<Id>, _>>()
        .map_err(Refusal::from)?;
    let columns = columns
        .iter()
        .map(Column::of)
        .collect::<PyResult<Vec<_>>>()?;
    let texts = columns
        .iter()
        .map(Column::texts)
        .collect::<PyResult<Vec<_>>>()?;
    let batch = Batch::new(start, ids.len(), &forms, texts, self_mode)?;
    let leaves = py.detach(|| batch.leaves(|row, _| ids[row]));
    Ok(PyBytes::new(py, leaves.as_flattened()))
}

/// The Merkle root over the accounts of a range, whose ids follow from job and time.
#[pyfunction]
#[pyo3(signature = (job, ts_ms, start, count, forms, columns, *, self_mode = false))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn batch_root<'py>(
    py: Python<'py>,
    job: [u8; 16],
    ts_ms: u64,
    start: u64,
    count: usize,
    forms: Vec<FormParts>,
    columns: Vec<Bound<'py, PyAny>>,
    self_mode: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    check_ms(ts_ms)?;
    let columns = columns
        .iter()
        .map(Column::of)
        .collect::<PyResult<Vec<_>>>()?;
    let texts = columns
        .iter()
        .map(Column::texts)
        .collect::<PyResult<Vec<_>>>()?;
    let batch = Batch::new(start, count, &forms, texts, self_mode)?;
    let root =
        py.detach(|| jinku_proof::root(&batch.leaves(|_, index| account_id(&job, ts_ms, index))));
    Ok(PyBytes::new(py, &root))
}

fn joined(leaves: &[u8]) -> Result<&[Hash], Refusal> {
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

/// First 8 bytes of SHA-256 of each text, big-endian, signed: the keys under which addresses are looked up.
#[pyfunction]
pub(crate) fn lookup_keys<'py>(
    py: Python<'py>,
    addresses: &Bound<'py, PyAny>,
) -> PyResult<Vec<i64>> {
    let column = Column::of(addresses)?;
    let texts = column.texts()?;
    let key = |text: &&str| {
        let hash = Sha256::digest(text.as_bytes());
        hash.iter()
            .take(8)
            .fold(0i64, |key, &byte| key << 8 | i64::from(byte))
    };
    Ok(py.detach(|| texts.iter().map(key).collect()))
}
