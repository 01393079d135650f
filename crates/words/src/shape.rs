//! Strict reading of documents: exactly the fields that are expected, each of exactly one type and form. An error names
//! the field, so hand-written readers stand here instead of derived ones, which take a missing field for null.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::amount::Uint256;
use crate::canonical::{parse_exact, to_vec};
use crate::error::{Code, Result, WordsError};

pub(crate) mod form;
mod sparse;
pub use form::{
    ANCHOR, CODE, DIGEST, EVM_ADDRESS, Form, HEX_BYTES, IDEMPOTENCY_KEY, KEY_NAME, KEY_PROGRAM,
    OUTPOINT, PATH, RECOVERABLE,
};

/// The largest document, in bytes: what one journal entry may hold.
pub const MAX_DOCUMENT_BYTES: usize = 65_535;
/// The largest time in Unix milliseconds: 2^53 − 1.
pub const MAX_MS: u64 = (1 << 53) - 1;

/// The error of a field with the right type and a value that breaks a rule.
pub fn value_error(place: &str, found: impl AsRef<str>, expected: impl Into<String>) -> WordsError {
    let what = format!("the field {place} has a wrong value");
    WordsError::new(Code::DocumentValue, what, found, expected).at(place)
}

fn shape_error(place: &str, found: &str, expected: &str) -> WordsError {
    WordsError::new(
        Code::DocumentShape,
        format!("the field {place} is wrong"),
        found,
        expected,
    )
    .at(place)
}

fn check_size(bytes: &[u8], name: &str) -> Result<()> {
    if bytes.len() <= MAX_DOCUMENT_BYTES {
        return Ok(());
    }
    let (found, expected) = (
        format!("{} bytes", bytes.len()),
        format!("at most {MAX_DOCUMENT_BYTES} bytes"),
    );
    let what = format!("a {name} is too large");
    Err(WordsError::new(Code::JsonTooLarge, what, found, expected))
}

/// The fields of a document in canonical bytes.
///
/// # Errors
/// As [`crate::canonical::parse_exact`], `json.too_large`, and `document.shape`.
pub fn read_document(bytes: &[u8], name: &str) -> Result<Fields> {
    check_size(bytes, name)?;
    Fields::new(parse_exact(bytes)?, name.to_owned())
}

/// The canonical bytes of a document.
///
/// # Errors
/// `json.too_large`.
pub fn document_bytes(value: &Value, name: &str) -> Result<Vec<u8>> {
    let bytes = to_vec(value)?;
    check_size(&bytes, name)?;
    Ok(bytes)
}

/// One object of a document. Each getter takes a field out; `end` refuses what was not taken.
pub struct Fields {
    rest: Map<String, Value>,
    place: String,
}

impl Fields {
    /// The fields of a value; `place` is how errors call it.
    ///
    /// # Errors
    /// `document.shape` for anything but an object.
    pub fn new(value: Value, place: String) -> Result<Self> {
        match value {
            Value::Object(rest) => Ok(Self { rest, place }),
            other => Err(shape_error(&place, kind(&other), "an object")),
        }
    }

    fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }

    /// Refuse what was not taken: an unknown field is a misunderstanding.
    ///
    /// # Errors
    /// `document.shape`.
    pub fn end(self) -> Result<()> {
        match self.rest.keys().min() {
            None => Ok(()),
            Some(name) => {
                let place: String = self.at(name).chars().take(120).collect();
                Err(shape_error(&place, "an unknown field", "no such field"))
            }
        }
    }

    /// A field as it stands.
    ///
    /// # Errors
    /// `document.shape` when it is missing.
    pub fn take(&mut self, name: &str) -> Result<Value> {
        self.rest
            .remove(name)
            .ok_or_else(|| shape_error(&self.at(name), "nothing", "this field"))
    }

    /// Refuse any version but the one that is understood.
    ///
    /// # Errors
    /// `document.value`.
    pub fn version(&mut self, expected: i64) -> Result<()> {
        let value = self.take("v")?;
        match value.as_i64() {
            Some(found) if found == expected => Ok(()),
            Some(found) => Err(value_error(
                &self.at("v"),
                found.to_string(),
                expected.to_string(),
            )),
            None => Err(shape_error(&self.at("v"), kind(&value), "an integer")),
        }
    }

    /// A string; `document.shape` for anything else.
    pub fn text(&mut self, name: &str) -> Result<String> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            other => Err(shape_error(&self.at(name), kind(&other), "a string")),
        }
    }

    /// An integer from 0 to 2^53 − 1.
    ///
    /// # Errors
    /// `document.shape`.
    pub fn count(&mut self, name: &str) -> Result<u64> {
        let value = self.take(name)?;
        let expected = "an integer from 0 to 2^53 - 1";
        value
            .as_u64()
            .ok_or_else(|| shape_error(&self.at(name), kind(&value), expected))
    }

    /// The place and the items of an array of at most `maximum`.
    fn items(&mut self, name: &str, maximum: usize) -> Result<(String, Vec<Value>)> {
        let place = self.at(name);
        let items = match self.take(name)? {
            Value::Array(items) => items,
            other => return Err(shape_error(&place, kind(&other), "an array")),
        };
        if items.len() > maximum {
            return Err(value_error(
                &place,
                format!("{} items", items.len()),
                format!("at most {maximum}"),
            ));
        }
        Ok((place, items))
    }

    /// An array of at most `maximum` strings.
    ///
    /// # Errors
    /// `document.shape`, and `document.value` for more.
    pub fn strings(&mut self, name: &str, maximum: usize) -> Result<Vec<String>> {
        let (place, items) = self.items(name, maximum)?;
        let text = |item| match item {
            Value::String(text) => Ok(text),
            other => Err(shape_error(&place, kind(&other), "strings")),
        };
        items.into_iter().map(text).collect()
    }

    /// True or false; `document.shape` for anything else.
    pub fn flag(&mut self, name: &str) -> Result<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Ok(flag),
            other => Err(shape_error(&self.at(name), kind(&other), "true or false")),
        }
    }

    /// A string that `T` understands; its error names the field.
    ///
    /// # Errors
    /// Those of `T`.
    pub fn word<T: FromStr<Err = WordsError>>(&mut self, name: &str) -> Result<T> {
        self.text(name)?
            .parse()
            .map_err(|error: WordsError| error.at(&self.at(name)))
    }

    /// A decimal string of at most 64 bits and at most `maximum`.
    ///
    /// # Errors
    /// `amount.invalid`.
    pub fn small(&mut self, name: &str, maximum: u64) -> Result<u64> {
        let figure: Uint256 = self.word(name)?;
        figure
            .to_u64()
            .filter(|number| *number <= maximum)
            .ok_or_else(|| {
                let what = "a figure is too large";
                WordsError::new(
                    Code::AmountInvalid,
                    what,
                    figure.to_string(),
                    format!("at most {maximum}"),
                )
                .at(&self.at(name))
            })
    }

    /// What `read` takes, or None when the field is null; it must be there.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, &str) -> Result<T>,
    ) -> Result<Option<T>> {
        if self.rest.get(name).is_some_and(Value::is_null) {
            self.rest.remove(name);
            return Ok(None);
        }
        read(self, name).map(Some)
    }

    /// An object.
    ///
    /// # Errors
    /// `document.shape`.
    pub fn fields(&mut self, name: &str) -> Result<Self> {
        let place = self.at(name);
        Self::new(self.take(name)?, place)
    }

    /// An array of objects, at most `maximum` of them, each read by `read` to its end.
    ///
    /// # Errors
    /// `document.shape`, `document.value`, and those of `read`.
    pub fn each<T>(
        &mut self,
        name: &str,
        maximum: usize,
        read: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let (place, items) = self.items(name, maximum)?;
        items
            .into_iter()
            .map(|item| {
                let mut fields = Self::new(item, place.clone())?;
                let value = read(&mut fields)?;
                fields.end()?;
                Ok(value)
            })
            .collect()
    }

    /// Every field, all of them strings; the keys are free codes of the writer.
    ///
    /// # Errors
    /// `document.value`.
    pub fn texts(mut self) -> Result<Vec<(String, String)>> {
        let names: Vec<String> = self.rest.keys().cloned().collect();
        names
            .into_iter()
            .map(|name| {
                let text = self.text(&name)?;
                let place: String = self.at(&name).chars().take(120).collect();
                CODE.check(&name, &place)?;
                Ok((name, text))
            })
            .collect()
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
