//! Strings of a JSON text: escapes and surrogates.

use super::Reader;
use crate::error::{Code, Result, WordsError};

impl Reader<'_> {
    /// The string at the opening quote.
    pub(super) fn string(&mut self) -> Result<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(self.malformed("a closing quote; control characters are escaped")),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        self.at += 1;
        let c = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.malformed("an escape")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char> {
        let lone = |unit: u16| {
            let what = "a JSON string has a lone surrogate";
            WordsError::new(
                Code::JsonText,
                what,
                format!("\\u{unit:04x}"),
                "a whole character",
            )
        };
        let first = self.hex4()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(u32::from(first)).ok_or_else(|| lone(first));
        }
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if first >= 0xdc00 || !rest.starts_with(b"\\u") {
            return Err(lone(first));
        }
        self.at += 2;
        let second = self.hex4()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(lone(first));
        }
        let scalar = 0x10000 + ((u32::from(first) - 0xd800) << 10) + (u32::from(second) - 0xdc00);
        char::from_u32(scalar).ok_or_else(|| lone(first))
    }

    fn hex4(&mut self) -> Result<u16> {
        let mut unit = 0u16;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit.and_then(|d| u16::try_from(d).ok()) else {
                return Err(self.malformed("four hex digits"));
            };
            unit = unit << 4 | digit;
            self.at += 1;
        }
        Ok(unit)
    }
}
