//! Canonical bytes: RFC 8785 (JCS) restricted to strings, integers within ±(2^53−1), booleans, null, arrays and
//! objects. The same value always has the same bytes, in Rust and in Python.

use std::cmp::Ordering;

use serde::Serialize;
pub use serde_json::Value;

use crate::error::{Code, Result, WordsError};
pub use crate::json::{MAX_BYTES, MAX_DEPTH, MAX_INTEGER, parse};

/// The canonical bytes of a value.
///
/// # Errors
/// `json.number` for a float or an integer out of range, `json.malformed` when `T` cannot be JSON,
/// `json.too_deep` and `json.too_large` beyond the limits.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(value).map_err(|error| {
        WordsError::new(
            Code::JsonMalformed,
            "a value is no JSON",
            error.to_string(),
            "",
        )
    })?;
    // Read back by the strict reader: floats, twice-named keys and depth are refused there, at one place.
    Ok(write(&parse(&text)?))
}

/// The canonical bytes of any JSON text that keeps the restrictions.
///
/// # Errors
/// As [`parse`].
pub fn canonicalize(text: &[u8]) -> Result<Vec<u8>> {
    Ok(write(&parse(text)?))
}

/// The value of bytes that are canonical already; anything else is refused, so no two texts are one document.
///
/// # Errors
/// As [`parse`], and `json.not_canonical`.
pub fn parse_exact(bytes: &[u8]) -> Result<Value> {
    let value = parse(bytes)?;
    let canonical = write(&value);
    if canonical == bytes {
        return Ok(value);
    }
    let at = canonical
        .iter()
        .zip(bytes)
        .take_while(|(a, b)| a == b)
        .count();
    let found = format!("a difference at offset {at}");
    Err(WordsError::new(
        Code::JsonNotCanonical,
        "the bytes are not canonical",
        found,
        "the bytes of RFC 8785",
    ))
}

/// Bytes of a value that [`parse`] returned.
fn write(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_value(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by(|a, b| key_order(a.0, b.0));
            out.push(b'{');
            for (i, (key, item)) in members.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_string(key, out);
                out.push(b':');
                write_value(item, out);
            }
            out.push(b'}');
        }
    }
}

/// RFC 8785, section 3.2.3: by UTF-16 code units, which differs from UTF-8 order above U+FFFF.
#[must_use]
pub fn key_order(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        return a.cmp(b);
    }
    a.encode_utf16().cmp(b.encode_utf16())
}

/// RFC 8785, section 3.2.2.2: only quote, backslash and control characters are escaped.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0a => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x0d => out.extend_from_slice(b"\\r"),
            0x00..=0x1f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
