//! Batches of accounts: leaves and roots. The interpreter runs on while hashes are made.

use jinku_proof::{Hash, LeafAddress};
use jinku_words::{Id, account_id};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::columns::Column;
use crate::errors::Refusal;
use crate::words::{check_ms, check_range};

/// Chain, kind and path template of a form.
type FormParts = (String, String, String);

/// What stands for the account number in a path template.
const INDEX: &str = "{i}";

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
