//! Signed notes (C2SP signed-note): a text, a blank line, and one line a signature.

use super::base64;
use super::error::{LogCode, LogError, LogResult, hex};
use super::key::VerifierKey;
use super::names::is_key_name;

/// The longest note that is read, as in Go's `note.Open`.
pub const MAX_NOTE_BYTES: usize = 1_000_000;
/// The most signature lines that are read, as in Go's `note.Open`; the specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 100;

/// What leads a signature line: an em dash and a space.
const DASH: &str = "— ";

/// A signature line: who says to have signed, the id of the key, and the algorithm's own bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub key_id: [u8; 4],
    /// The signature, after its time where the algorithm has one.
    pub payload: Vec<u8>,
}

impl SignatureLine {
    /// The line of a signature that the key's owner made over [`VerifierKey::message`].
    #[must_use]
    pub fn new(key: &VerifierKey, timestamp: u64, signature: &[u8]) -> Self {
        Self {
            name: key.name().to_owned(),
            key_id: key.id(),
            payload: key.payload(timestamp, signature),
        }
    }

    /// The line with its newline.
    #[must_use]
    pub fn text(&self) -> String {
        let bytes = [self.key_id.as_slice(), &self.payload].concat();
        format!("{DASH}{} {}\n", self.name, base64::encode(&bytes))
    }

    /// The signature of a line without its newline.
    ///
    /// # Errors
    /// `note.malformed`.
    pub fn parse(line: &str) -> LogResult<Self> {
        let refused = || {
            malformed(
                "a signature line is out of form",
                format!("{line:?}"),
                "an em dash, a name and base64 of at least 5 bytes",
            )
        };
        let (name, signature) = line
            .strip_prefix(DASH)
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(refused)?;
        let bytes = base64::decode(signature).ok_or_else(refused)?;
        match bytes.split_first_chunk::<4>() {
            Some((key_id, payload)) if is_key_name(name) && !payload.is_empty() => Ok(Self {
                name: name.to_owned(),
                key_id: *key_id,
                payload: payload.to_vec(),
            }),
            _ => Err(refused()),
        }
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        key.name() == self.name && key.id() == self.key_id
    }
}

/// A known key that signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Which of the keys that were handed in.
    pub key: usize,
    /// The latest time that it states; `None` for plain Ed25519.
    pub timestamp: Option<u64>,
}

/// A note, well formed; its text is worth nothing before [`Note::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    lines: Vec<SignatureLine>,
}

fn malformed(what: &str, found: impl AsRef<str>, expected: &str) -> LogError {
    LogError::new(LogCode::NoteMalformed, what, found, expected)
}

/// Holds for a text that ends its last line and has no control character but newlines.
fn check_text(text: &str) -> LogResult<()> {
    if let Some(at) = text.bytes().position(|b| b < b' ' && b != b'\n') {
        return Err(malformed(
            "a note holds a control character",
            format!("offset {at}"),
            "newlines only",
        ));
    }
    if !text.ends_with('\n') {
        return Err(malformed(
            "the text of a note does not end its last line",
            "",
            "a newline at its end",
        ));
    }
    Ok(())
}

impl Note {
    /// The note of a text and its signatures.
    ///
    /// # Errors
    /// `note.malformed` when the text or a line is out of form, or there are none or too many.
    pub fn new(text: &str, lines: Vec<SignatureLine>) -> LogResult<Self> {
        check_text(text)?;
        if lines.is_empty() || lines.len() > MAX_SIGNATURES {
            return Err(malformed(
                "a note has the wrong number of signatures",
                lines.len().to_string(),
                "1 to 100",
            ));
        }
        for line in &lines {
            SignatureLine::parse(line.text().trim_end_matches('\n'))?;
        }
        Ok(Self {
            text: text.to_owned(),
            lines,
        })
    }

    /// The note of these bytes.
    ///
    /// # Errors
    /// `note.malformed`, with what was found.
    pub fn parse(bytes: &[u8]) -> LogResult<Self> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(malformed(
                "a note is too large",
                format!("{} bytes", bytes.len()),
                "at most 1000000 bytes",
            ));
        }
        let whole = std::str::from_utf8(bytes).map_err(|error| {
            malformed(
                "a note is not UTF-8",
                format!("an invalid byte at offset {}", error.valid_up_to()),
                "UTF-8",
            )
        })?;
        check_text(whole)?;
        // The last blank line parts text and signatures, so a text may hold blank lines itself.
        let split = whole.rfind("\n\n").ok_or_else(|| {
            malformed(
                "a note has no blank line",
                "",
                "a blank line before its signatures",
            )
        })?;
        let (text, signatures) = (&whole[..=split], &whole[split + 2..]);
        if signatures.is_empty() {
            return Err(malformed(
                "a note has no signature",
                "",
                "at least one line",
            ));
        }
        let mut lines = Vec::new();
        for line in signatures.trim_end_matches('\n').split('\n') {
            if lines.len() == MAX_SIGNATURES {
                return Err(malformed(
                    "a note has too many signatures",
                    "more than 100",
                    "at most 100",
                ));
            }
            lines.push(SignatureLine::parse(line)?);
        }
        Ok(Self {
            text: text.to_owned(),
            lines,
        })
    }

    /// The bytes of the note.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n", self.text);
        self.lines
            .iter()
            .for_each(|line| out.push_str(&line.text()));
        out
    }

    /// The text, with its final newline. Not to be acted on before [`Note::verify`].
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in their order.
    #[must_use]
    pub fn lines(&self) -> &[SignatureLine] {
        &self.lines
    }

    /// The same note with one more line; a line that stands there already is not repeated.
    ///
    /// # Errors
    /// `note.malformed` when it has 100 already.
    pub fn with(mut self, line: SignatureLine) -> LogResult<Self> {
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
        Self::new(&self.text, self.lines)
    }

    /// Which of the keys signed the text, each once. Lines of other keys are passed over.
    ///
    /// # Errors
    /// `note.signature_invalid` when a line of a known key does not hold (the whole note is refused, as signed-note advises),
    /// `note.unsigned` when no known key signed.
    pub fn verify(&self, keys: &[VerifierKey]) -> LogResult<Vec<Signed>> {
        let mut signed: Vec<Signed> = Vec::new();
        for line in &self.lines {
            for (place, key) in keys.iter().enumerate().filter(|(_, key)| line.is_by(key)) {
                let timestamp = key.verify(&self.text, &line.payload)?;
                match signed.iter_mut().find(|s| s.key == place) {
                    Some(known) => known.timestamp = known.timestamp.max(timestamp),
                    None => signed.push(Signed {
                        key: place,
                        timestamp,
                    }),
                }
            }
        }
        if signed.is_empty() {
            let found: Vec<String> = self
                .lines
                .iter()
                .take(4)
                .map(|l| format!("{}+{}", l.name, hex(&l.key_id)))
                .collect();
            let known: Vec<String> = keys
                .iter()
                .take(4)
                .map(|k| format!("{}+{}", k.name(), hex(&k.id())))
                .collect();
            return Err(LogError::new(
                LogCode::NoteUnsigned,
                "no known key signed the note",
                found.join(", "),
                known.join(", "),
            ));
        }
        Ok(signed)
    }
}
