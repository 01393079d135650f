//! A strict JSON reader (RFC 8259) under the restrictions of canonical bytes: no fractions, no integer beyond
//! ±(2^53−1), no duplicate key, no lone surrogate, limited size and depth. `serde_json` alone accepts all of these.

mod strings;

use serde_json::{Map, Value};

use crate::error::{Code, Result, WordsError};

/// The largest text that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// How many arrays and objects may stand inside each other.
pub const MAX_DEPTH: usize = 32;
/// The largest integer magnitude: 2^53 − 1, so that every JSON reader holds it exactly.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// The value of one JSON text; whitespace is allowed, order of keys is free.
///
/// # Errors
/// A [`WordsError`] with one of the `json.*` codes.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    if bytes.len() > MAX_BYTES {
        let expected = format!("at most {MAX_BYTES} bytes");
        return Err(WordsError::new(
            Code::JsonTooLarge,
            "a JSON text is too large",
            format!("{} bytes", bytes.len()),
            expected,
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let found = format!("an invalid byte at offset {}", error.valid_up_to());
        WordsError::new(Code::JsonText, "a JSON text is not UTF-8", found, "UTF-8")
    })?;
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.malformed("the end of the text")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn malformed(&self, expected: &str) -> WordsError {
        let found = match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(c) => format!("{c:?} at offset {}", self.at),
            None => "the end of the text".to_owned(),
        };
        WordsError::new(
            Code::JsonMalformed,
            "a JSON text is malformed",
            found,
            expected,
        )
    }

    fn take(&mut self, byte: u8, expected: &str) -> Result<()> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.malformed(expected))
    }

    fn value(&mut self, depth: usize) -> Result<Value> {
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.integer(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.malformed("a value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.malformed(word));
        }
        self.at += word.len();
        Ok(value)
    }

    fn deeper(depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            let expected = format!("at most {MAX_DEPTH} levels");
            return Err(WordsError::new(
                Code::JsonTooDeep,
                "a JSON text is nested too deep",
                "",
                expected,
            ));
        }
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<Value> {
        Self::deeper(depth)?;
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.space();
            if self.peek() == Some(b',') {
                self.at += 1;
                continue;
            }
            self.take(b']', "',' or ']'")?;
            return Ok(Value::Array(items));
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value> {
        Self::deeper(depth)?;
        self.at += 1;
        let mut members = Map::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.malformed("a key"));
            }
            let key = self.string()?;
            self.space();
            self.take(b':', "':'")?;
            let value = self.value(depth)?;
            if members.contains_key(&key) {
                let what = "a JSON object names a key twice";
                return Err(WordsError::new(
                    Code::JsonDuplicateKey,
                    what,
                    format!("{key:?}"),
                    "each key once",
                ));
            }
            members.insert(key, value);
            self.space();
            if self.peek() == Some(b',') {
                self.at += 1;
                continue;
            }
            self.take(b'}', "',' or '}'")?;
            return Ok(Value::Object(members));
        }
    }

    fn integer(&mut self) -> Result<Value> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let digits_at = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        let digits = &self.text[digits_at..self.at];
        if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
            return Err(self.malformed("a number without a leading zero"));
        }
        let whole = &self.text[start..self.at];
        let refused = |found: &str| {
            let expected = "an integer within ±(2^53 − 1); larger figures are strings";
            WordsError::new(
                Code::JsonNumber,
                "a JSON number is not allowed",
                found,
                expected,
            )
        };
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(self.fraction(start, refused));
        }
        if whole == "-0" {
            return Err(refused(whole));
        }
        match whole.parse::<i64>() {
            Ok(number) if (-MAX_INTEGER..=MAX_INTEGER).contains(&number) => Ok(Value::from(number)),
            _ => Err(refused(whole)),
        }
    }

    /// A fraction or exponent: `json.number` when it is a JSON number, `json.malformed` when it is none.
    fn fraction(&mut self, start: usize, refused: impl Fn(&str) -> WordsError) -> WordsError {
        let digits = |reader: &mut Self| {
            let before = reader.at;
            while matches!(reader.peek(), Some(b'0'..=b'9')) {
                reader.at += 1;
            }
            reader.at > before
        };
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !digits(self) {
                return self.malformed("a digit");
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !digits(self) {
                return self.malformed("a digit");
            }
        }
        refused(&self.text[start..self.at])
    }
}
