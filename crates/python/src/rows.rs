//! Rows of entries as the database has them: their check, and what the log's files hold of them.

use std::num::NonZero;
use std::thread;

use jinku_words::canonical;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyBytes;

use crate::errors::Refusal;

/// A row of the database: place, kind, subject, actor, milliseconds, leaf hash, content.
type Row = (
    i64,
    PyBackedStr,
    PyBackedStr,
    PyBackedStr,
    i64,
    PyBackedBytes,
    PyBackedBytes,
);

/// The contents of rows of place, content and leaf hash, and their joined leaf hashes, each taken anew; None unless every
/// place is the next one from `start` on and every hash is that of its content.
#[pyfunction]
pub(crate) fn placed_entries<'py>(
    py: Python<'py>,
    rows: Vec<Bound<'py, PyAny>>,
    start: i64,
) -> Option<(Vec<Bound<'py, PyBytes>>, Bound<'py, PyBytes>)> {
    let mut leaves = Vec::with_capacity(32 * rows.len());
    let contents: Option<Vec<Bound<'py, PyBytes>>> = rows
        .iter()
        .zip(start..)
        .map(|(row, expected)| {
            let (place, content, digest): (i64, Bound<'py, PyBytes>, Bound<'py, PyBytes>) =
                row.extract().ok()?;
            let leaf = jinku_proof::leaf_hash(content.as_bytes());
            leaves.extend_from_slice(&leaf);
            (place == expected && leaf[..] == *digest.as_bytes()).then_some(content)
        })
        .collect();
    Some((contents?, PyBytes::new(py, &leaves)))
}

/// A bundle: each entry behind its length (u16, big-endian).
#[pyfunction]
pub(crate) fn bundle_bytes<'py>(
    py: Python<'py>,
    entries: Vec<PyBackedBytes>,
) -> Result<Bound<'py, PyBytes>, Refusal> {
    let mut out = Vec::with_capacity(entries.iter().map(|entry| entry.len() + 2).sum());
    for entry in &entries {
        bundle_entry(entry, &mut out).ok_or_else(|| {
            let found = format!("{} bytes", entry.len());
            Refusal::usage("an entry is too long", found, "at most 65,535 bytes")
        })?;
    }
    Ok(PyBytes::new(py, &out))
}

fn bundle_entry(entry: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
    out.extend_from_slice(entry);
    Some(())
}

/// What the files of these rows hold, for each `width` of them: the bundle, and the joined leaf hashes. None unless each
/// row's place is the next one from `start` on, and its hash and columns are those of its content. Uses every core.
#[pyfunction]
pub(crate) fn entry_files<'py>(
    py: Python<'py>,
    rows: Vec<Bound<'py, PyAny>>,
    start: i64,
    width: NonZero<usize>,
) -> Option<Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>> {
    let rows: Vec<Row> = rows
        .iter()
        .map(|row| row.extract().ok())
        .collect::<Option<_>>()?;
    let width = width.get();
    let files = py.detach(|| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let share = rows.len().div_ceil(cores).next_multiple_of(width);
        thread::scope(|scope| {
            let parts: Vec<_> = rows
                .chunks(share.max(width))
                .enumerate()
                .map(|(n, part)| {
                    let work = move || files_of(part, start, n * share, width);
                    let thread = thread::Builder::new().spawn_scoped(scope, work);
                    thread.map_err(|_| work()) // no thread to be had: done here
                })
                .collect();
            let parts = parts.into_iter().map(|part| match part {
                Ok(thread) => thread.join().ok().flatten(),
                Err(done) => done,
            });
            parts.collect::<Option<Vec<_>>>()
        })
    })?;
    let bytes = |data: Vec<u8>| PyBytes::new(py, &data);
    let pairs = files.into_iter().flatten();
    Some(pairs.map(|(a, b)| (bytes(a), bytes(b))).collect())
}

/// Bundle and leaf hashes of each `width` rows, which begin `before` places after `start`.
fn files_of(
    rows: &[Row],
    start: i64,
    before: usize,
    width: usize,
) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let first = start.checked_add(i64::try_from(before).ok()?)?;
    if !rows_hold(rows, Some(first)) {
        return None;
    }
    rows.chunks(width)
        .map(|part| {
            let (mut bundle, mut leaves) = (Vec::new(), Vec::with_capacity(32 * part.len()));
            for (.., leaf, content) in part {
                leaves.extend_from_slice(leaf);
                bundle_entry(content, &mut bundle)?;
            }
            Some((bundle, leaves))
        })
        .collect()
}

/// True when each row's hash and columns are those of its content, and its place is the next one from `start` on, or
/// is not asked for. False as well for what is no row at all: the caller names what is wrong.
#[pyfunction]
#[pyo3(signature = (rows, start=None))]
pub(crate) fn entry_rows_hold(
    py: Python<'_>,
    rows: Vec<Bound<'_, PyAny>>,
    start: Option<i64>,
) -> bool {
    let rows: Option<Vec<Row>> = rows.iter().map(|row| row.extract().ok()).collect();
    rows.is_some_and(|rows| py.detach(|| rows_hold(&rows, start)))
}

fn rows_hold(rows: &[Row], start: Option<i64>) -> bool {
    let mut place = start;
    rows.iter().all(|row| {
        let expected = place;
        place = place.map(|place| place.saturating_add(1));
        row_holds(row, expected).unwrap_or(false)
    })
}

fn row_holds(row: &Row, expected: Option<i64>) -> Option<bool> {
    let (place, kind, subject, actor, at_ms, digest, content) = row;
    let said = canonical::parse(content).ok()?;
    let says = |name: &str, value: &str| match said.get(name) {
        Some(said) => said.as_str() == Some(value),
        None => name == "actor" && value.is_empty(),
    };
    Some(
        expected.is_none_or(|expected| *place == expected)
            && jinku_proof::leaf_hash(content)[..] == digest[..]
            && says("kind", kind)
            && says("subject", subject)
            && says("actor", actor)
            && says("ts", &at_ms.to_string()),
    )
}
