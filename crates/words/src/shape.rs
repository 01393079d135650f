//! Strict reading of documents: exactly the fields that are expected, each of exactly one type and form. An error names
//! the field, so hand-written readers stand here instead of derived ones, which take a missing field for null.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::amount::Uint256;
use crate::canonical::{parse_exact, to_vec};
use crate::error::{Code, Result, WordsError};
use crate::forms;

/// The largest document, in bytes: what one journal entry may hold.
pub const MAX_DOCUMENT_BYTES: usize = 65_535;
/// The largest time in Unix milliseconds: 2^53 − 1.
pub const MAX_MS: u64 = (1 << 53) - 1;

pub(crate) const DIGEST: Form = Form(
    |text| forms::hex_lower(text, 64),
    "64 lower-case hex digits",
);
pub(crate) const KEY_NAME: Form = Form(
    forms::key_name,
    "1 to 128 of a-z 0-9 . _ : - , beginning with a letter or digit",
);
pub(crate) const CODE: Form = Form(
    forms::code,
    "1 to 4 words of a-z 0-9 _ joined by dots, beginning with a letter",
);
pub(crate) const IDEMPOTENCY_KEY: Form = Form(
    forms::idempotency_key,
    "1 to 128 printable ASCII characters without space",
);
pub(crate) const OUTPOINT: Form = Form(
    forms::outpoint,
    "64 lower-case hex digits, a colon and the output number",
);
pub(crate) const ANCHOR: Form = Form(
    forms::anchor,
    "1 to 128 letters and digits: a block hash in the chain's own spelling",
);
pub(crate) const PATH: Form = Form(forms::path, "a derivation path such as m/44'/60'/0'/0/0");

/// A form of text: whether it holds, and how it is called.
pub(crate) struct Form(fn(&str) -> bool, &'static str);

impl Form {
    /// Refuse a text that does not have this form.
    pub(crate) fn check(&self, text: &str, place: &str) -> Result<()> {
        if (self.0)(text) {
            return Ok(());
        }
        Err(value_error(place, format!("{text:?}"), self.1))
    }
}

/// The error of a field with the right type and a value that breaks a rule.
pub(crate) fn value_error(
    place: &str,
    found: impl AsRef<str>,
    expected: impl Into<String>,
) -> WordsError {
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
    Err(WordsError::new(
        Code::JsonTooLarge,
        format!("a {name} is too large"),
        found,
        expected,
    ))
}

/// The fields of a document in canonical bytes.
pub(crate) fn read_document(bytes: &[u8], name: &str) -> Result<Fields> {
    check_size(bytes, name)?;
    Fields::new(parse_exact(bytes)?, name.to_owned())
}

/// The canonical bytes of a document.
pub(crate) fn document_bytes(value: &Value, name: &str) -> Result<Vec<u8>> {
    let bytes = to_vec(value)?;
    check_size(&bytes, name)?;
    Ok(bytes)
}

/// One object of a document. Each getter takes a field out; `end` refuses what was not taken.
pub(crate) struct Fields {
    rest: Map<String, Value>,
    place: String,
}

impl Fields {
    fn new(value: Value, place: String) -> Result<Self> {
        match value {
            Value::Object(rest) => Ok(Self { rest, place }),
            other => Err(shape_error(&place, kind(&other), "an object")),
        }
    }

    fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }

    /// Refuse what was not taken: an unknown field is a misunderstanding.
    pub(crate) fn end(self) -> Result<()> {
        match self.rest.keys().min() {
            None => Ok(()),
            Some(name) => {
                let place: String = self.at(name).chars().take(120).collect();
                Err(shape_error(&place, "an unknown field", "no such field"))
            }
        }
    }

    fn take(&mut self, name: &str) -> Result<Value> {
        self.rest
            .remove(name)
            .ok_or_else(|| shape_error(&self.at(name), "nothing", "this field"))
    }

    /// Refuse any version but the one that is understood.
    pub(crate) fn version(&mut self, expected: i64) -> Result<()> {
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

    pub(crate) fn text(&mut self, name: &str) -> Result<String> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            other => Err(shape_error(&self.at(name), kind(&other), "a string")),
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Result<bool> {
        match self.take(name)? {
            Value::Bool(flag) => Ok(flag),
            other => Err(shape_error(&self.at(name), kind(&other), "true or false")),
        }
    }

    /// A string that `T` understands; its error names the field.
    pub(crate) fn word<T: FromStr<Err = WordsError>>(&mut self, name: &str) -> Result<T> {
        self.text(name)?
            .parse()
            .map_err(|error: WordsError| error.at(&self.at(name)))
    }

    /// A decimal string of at most 64 bits and at most `maximum`.
    pub(crate) fn small(&mut self, name: &str, maximum: u64) -> Result<u64> {
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
    pub(crate) fn optional<T>(
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

    pub(crate) fn fields(&mut self, name: &str) -> Result<Self> {
        let place = self.at(name);
        Self::new(self.take(name)?, place)
    }

    /// An array of objects, at most `maximum` of them, each read by `read` to its end.
    pub(crate) fn each<T>(
        &mut self,
        name: &str,
        maximum: usize,
        read: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
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
    pub(crate) fn texts(mut self) -> Result<Vec<(String, String)>> {
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
