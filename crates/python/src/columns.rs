//! Columns of addresses, packed by the signer or listed by Python.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use sha2::{Digest, Sha256};

use crate::errors::Refusal;

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
        let text = std::str::from_utf8(text)
            .ok()
            .filter(|text| text.is_ascii())
            .ok_or_else(|| {
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
pub(crate) enum Column<'py> {
    /// u8 length, ASCII, repeated.
    Packed(Bound<'py, PyBytes>),
    /// The items of a list.
    Texts(Vec<Bound<'py, PyString>>),
}

impl<'py> Column<'py> {
    /// The column of a Python object; a `TypeError` when it is neither.
    pub(crate) fn of(value: &Bound<'py, PyAny>) -> PyResult<Self> {
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

    /// The texts, borrowed.
    pub(crate) fn texts(&self) -> PyResult<Vec<&str>> {
        match self {
            Self::Packed(packed) => Ok(unpacked(packed.as_bytes())?),
            Self::Texts(texts) => texts.iter().map(|text| text.to_str()).collect(),
        }
    }
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
