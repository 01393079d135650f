//! Reading the snapshots that both languages share.
#![allow(dead_code, unreachable_pub)]

use std::fs;
use std::path::Path;

use serde_json::Value;

pub type Done = Result<(), Box<dyn std::error::Error>>;

pub fn snapshot(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/snapshots/words")
        .join(format!("{name}.json"));
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn rows<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let rows = value[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    assert!(!rows.is_empty(), "the snapshot has no {name}");
    rows
}

pub fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is no text in {row}"))
}

/// The text of a row, `@PAD:<number>@` written out.
pub fn padded(row: &Value) -> String {
    let text = text(row, "text");
    match text
        .split_once("@PAD:")
        .and_then(|(head, rest)| Some((head, rest.split_once('@')?)))
    {
        Some((head, (count, tail))) => format!(
            "{head}{}{tail}",
            "x".repeat(count.parse().expect("a count"))
        ),
        None => text.to_owned(),
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex"))
        .collect()
}
