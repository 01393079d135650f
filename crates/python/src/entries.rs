//! Entries in bulk: canonical bytes straight from Python's own values, and their leaf hashes.

use jinku_words::canonical;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyList, PyString, PyTuple};

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
