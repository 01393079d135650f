//! Entries in bulk: canonical bytes straight from Python's own values, their leaf hashes, and the check of rows.

use jinku_words::canonical;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyList, PyString, PyTuple};

use crate::errors::Refusal;

/// Names that an entry gives itself; facts never do.
const OWN: [&str; 5] = ["actor", "kind", "subject", "ts", "v"];
/// A new row: its id, kind, subject, content, leaf hash, milliseconds, actor.
type NewRow<'py> = (
    i64,
    Bound<'py, PyString>,
    Bound<'py, PyString>,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    Bound<'py, PyInt>,
    Bound<'py, PyString>,
);

/// For each id and (kind, subject, facts) the entry's row, with its canonical bytes and its leaf hash. None for whatever
/// is not plain: a foreign type, an integer out of range, a lone surrogate, a reserved name, too deep or longer than
/// `longest`: there the caller's slower way finds the words.
#[pyfunction]
pub(crate) fn new_entry_rows<'py>(
    py: Python<'py>,
    ids: Vec<i64>,
    asked: Vec<(
        Bound<'py, PyString>,
        Bound<'py, PyString>,
        Bound<'py, PyAny>,
    )>,
    at_ms: Bound<'py, PyInt>,
    actor: Bound<'py, PyString>,
    longest: usize,
) -> PyResult<Vec<Option<NewRow<'py>>>> {
    let who = &actor;
    let (actor, ts) = (who.to_str()?, &at_ms.str()?.to_string());
    let mut out = Vec::with_capacity(1024);
    let rows = ids
        .into_iter()
        .zip(asked)
        .map(|(id, (kind, subject, facts))| {
            out.clear();
            let own = [
                ("actor", Own::Text(actor)),
                ("kind", Own::Text(kind.to_str().ok()?)),
                ("subject", Own::Text(subject.to_str().ok()?)),
                ("ts", Own::Text(ts)),
                ("v", Own::Version(1)),
            ];
            let own = if actor.is_empty() {
                &own[1..]
            } else {
                &own[..]
            };
            write_entry(facts.cast_exact::<PyDict>().ok()?, own, &mut out)?;
            if out.len() > longest.min(canonical::MAX_BYTES) {
                return None;
            }
            let (content, leaf) = (
                PyBytes::new(py, &out),
                PyBytes::new(py, &jinku_proof::leaf_hash(&out)),
            );
            Some((id, kind, subject, content, leaf, at_ms.clone(), who.clone()))
        })
        .collect();
    Ok(rows)
}

enum Own<'a> {
    Text(&'a str),
    Version(i64),
}

enum Member<'a, 'py> {
    Own(&'a Own<'a>),
    Given(Bound<'py, PyAny>),
}

fn write_entry(
    facts: &Bound<'_, PyDict>,
    own: &[(&str, Own<'_>)],
    out: &mut Vec<u8>,
) -> Option<()> {
    let given: Vec<(Bound<'_, PyString>, Bound<'_, PyAny>)> = facts
        .iter()
        .map(|(key, value)| Some((key.cast_into_exact::<PyString>().ok()?, value)))
        .collect::<Option<_>>()?;
    let mut members: Vec<(&str, Member<'_, '_>)> = Vec::with_capacity(given.len() + own.len());
    for (key, value) in &given {
        let key = key.to_str().ok()?;
        if OWN.contains(&key) {
            return None;
        }
        members.push((key, Member::Given(value.clone())));
    }
    members.extend(own.iter().map(|(key, value)| (*key, Member::Own(value))));
    write_members(members, out, |member, out| match member {
        Member::Own(Own::Text(text)) => {
            canonical::write_string(text, out);
            Some(())
        }
        Member::Own(Own::Version(number)) => {
            out.extend_from_slice(number.to_string().as_bytes());
            Some(())
        }
        Member::Given(value) => write_value(value, 1, out),
    })
}

fn write_members<T>(
    mut members: Vec<(&str, T)>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(&T, &mut Vec<u8>) -> Option<()>,
) -> Option<()> {
    members.sort_unstable_by(|a, b| canonical::key_order(a.0, b.0));
    out.push(b'{');
    for (place, (key, value)) in members.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        canonical::write_string(key, out);
        out.push(b':');
        write(value, out)?;
    }
    out.push(b'}');
    Some(())
}

fn write_value(value: &Bound<'_, PyAny>, depth: usize, out: &mut Vec<u8>) -> Option<()> {
    if let Ok(text) = value.cast_exact::<PyString>() {
        canonical::write_string(text.to_str().ok()?, out);
    } else if let Ok(truth) = value.cast_exact::<PyBool>() {
        out.extend_from_slice(if truth.is_true() { b"true" } else { b"false" });
    } else if let Ok(number) = value.cast_exact::<PyInt>() {
        let number: i64 = number.extract().ok()?;
        if number.unsigned_abs() > canonical::MAX_INTEGER.unsigned_abs() {
            return None;
        }
        out.extend_from_slice(number.to_string().as_bytes());
    } else if value.is_none() {
        out.extend_from_slice(b"null");
    } else if depth >= canonical::MAX_DEPTH {
        return None;
    } else if let Ok(object) = value.cast_exact::<PyDict>() {
        let given: Vec<(Bound<'_, PyString>, Bound<'_, PyAny>)> = object
            .iter()
            .map(|(key, value)| Some((key.cast_into_exact::<PyString>().ok()?, value)))
            .collect::<Option<_>>()?;
        let members = given
            .iter()
            .map(|(key, value)| Some((key.to_str().ok()?, value)))
            .collect::<Option<Vec<_>>>()?;
        write_members(members, out, |value, out| {
            write_value(value, depth + 1, out)
        })?;
    } else if let Ok(list) = value.cast_exact::<PyList>() {
        write_items(list.iter(), depth, out)?;
    } else {
        write_items(value.cast_exact::<PyTuple>().ok()?.iter(), depth, out)?;
    }
    Some(())
}

fn write_items<'py>(
    items: impl Iterator<Item = Bound<'py, PyAny>>,
    depth: usize,
    out: &mut Vec<u8>,
) -> Option<()> {
    out.push(b'[');
    for (place, item) in items.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_value(&item, depth + 1, out)?;
    }
    out.push(b']');
    Some(())
}

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
        let length = u16::try_from(entry.len()).map_err(|_| {
            let found = format!("{} bytes", entry.len());
            Refusal::usage("an entry is too long", found, "at most 65,535 bytes")
        })?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(entry);
    }
    Ok(PyBytes::new(py, &out))
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
    let Some(rows) = rows else {
        return false;
    };
    py.detach(|| {
        let mut place = start;
        rows.iter().all(|row| {
            let expected = place;
            place = place.map(|place| place.saturating_add(1));
            row_holds(row, expected).unwrap_or(false)
        })
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
