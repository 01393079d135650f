//! The hand-over from one origin of a log to the next: what the log's own Ed25519 key says of the tree that goes on.

use jinku_words::WordsError;
use jinku_words::canonical;
use jinku_words::digest::domain_digest;
use jinku_words::id::Id;
use jinku_words::shape::Fields;

use super::checkpoint::{Checkpoint, decimal};
use super::error::{LogCode, LogError, LogResult, hex, unhex};
use super::key::check_ed25519;
use crate::Hash;
use crate::json::{push_int, push_name, push_str};

/// Domain tag of a hand-over's digest.
pub const HANDOVER_TAG: &str = "jinku/origin-handover/1";

/// That `to` goes on with the tree of its size, and that the signer never signs for the origin of `from` again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// Whose log it is.
    pub deployment: Id,
    /// The last head that this signer signed under the old origin.
    pub from: Checkpoint,
    /// The new origin, and the head of the tree from which it goes on.
    pub to: Checkpoint,
    /// A head that this signer signed before, of which it saw that the tree of `to` begins with it: `from` itself, or a
    /// smaller one where the entries behind it are lost. Of size 0 it says that no such head was shown.
    pub proven: Checkpoint,
    /// Digest of the trust root that names the new origin.
    pub trust_root: Hash,
    /// Its version.
    pub version: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
}

impl Handover {
    /// The canonical bytes: `{"deployment":…,"from":{"origin":…,"root":…,"size":…},"proven":{…},"to":{…},"trust_root":…,"ts":…,"v":1,"version":…}`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = b"{".to_vec();
        let text = |out: &mut Vec<u8>, first: bool, name: &str, value: &str| {
            push_name(out, first, name);
            push_str(out, value);
        };
        text(&mut out, true, "deployment", &self.deployment.to_string());
        for (name, head) in [
            ("from", &self.from),
            ("proven", &self.proven),
            ("to", &self.to),
        ] {
            push_name(&mut out, false, name);
            out.push(b'{');
            text(&mut out, true, "origin", &head.origin);
            text(&mut out, false, "root", &hex(&head.root));
            text(&mut out, false, "size", &head.size.to_string());
            out.push(b'}');
        }
        text(&mut out, false, "trust_root", &hex(&self.trust_root));
        text(&mut out, false, "ts", &self.at_ms.to_string());
        push_name(&mut out, false, "v");
        push_int(&mut out, 1);
        text(&mut out, false, "version", &self.version.to_string());
        out.push(b'}');
        out
    }

    /// The hand-over of exactly these canonical bytes.
    ///
    /// # Errors
    /// `trust.malformed`, naming the field; `checkpoint.malformed`.
    pub fn parse(bytes: &[u8]) -> LogResult<Self> {
        let value = canonical::parse_exact(bytes).map_err(|error| of_word(&error))?;
        let mut fields =
            Fields::new(value, "handover".to_owned()).map_err(|error| of_word(&error))?;
        fields.version(1).map_err(|error| of_word(&error))?;
        let made = Self {
            deployment: text(&mut fields, "deployment")?
                .parse()
                .map_err(|_| malformed("deployment", "an id"))?,
            from: head(&mut fields, "from")?,
            proven: head(&mut fields, "proven")?,
            to: head(&mut fields, "to")?,
            trust_root: hash(&mut fields, "trust_root")?,
            version: number(&mut fields, "version")?,
            at_ms: number(&mut fields, "ts")?,
        };
        fields.end().map_err(|error| of_word(&error))?;
        Ok(made)
    }

    /// The hand-over of these bytes, after the signature of the log's Ed25519 key (RFC 8032, strict) over
    /// `SHA-256("jinku/origin-handover/1" ‖ 00 ‖ bytes)` held: whoever pins the log needs no other key, and no entry.
    ///
    /// # Errors
    /// `note.signature_invalid`; those of [`Handover::parse`].
    pub fn open(bytes: &[u8], signature: &[u8; 64], log: &[u8; 32]) -> LogResult<Self> {
        if !check_ed25519(log, &domain_digest(HANDOVER_TAG, bytes), signature) {
            return Err(LogError::new(
                LogCode::NoteSignature,
                "a hand-over is not signed by the key of the log",
                hex(&signature[..8]),
                format!("a signature of {}", hex(log)),
            ));
        }
        Self::parse(bytes)
    }
}

fn of_word(error: &WordsError) -> LogError {
    LogError::of_word(LogCode::TrustMalformed, error)
}

fn malformed(field: &str, expected: &str) -> LogError {
    let what = format!("the field handover.{field} is out of form");
    LogError::new(LogCode::TrustMalformed, what, "another text", expected)
}

fn text(fields: &mut Fields, name: &str) -> LogResult<String> {
    fields.text(name).map_err(|error| of_word(&error))
}

fn number(fields: &mut Fields, name: &str) -> LogResult<u64> {
    decimal(&text(fields, name)?).ok_or_else(|| malformed(name, "a decimal number"))
}

fn hash(fields: &mut Fields, name: &str) -> LogResult<Hash> {
    unhex(&text(fields, name)?)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| malformed(name, "64 lower-case hex digits"))
}

fn head(fields: &mut Fields, name: &str) -> LogResult<Checkpoint> {
    let mut inner = fields.fields(name).map_err(|error| of_word(&error))?;
    let (root, size) = (hash(&mut inner, "root")?, number(&mut inner, "size")?);
    let made = Checkpoint::new(&text(&mut inner, "origin")?, size, root)?;
    inner.end().map_err(|error| of_word(&error))?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    fn example() -> Handover {
        Handover {
            deployment: Id::from_parts(1, 2).expect("an id"),
            from: Checkpoint::new("a.jinku", 9, [1; 32]).expect("a head"),
            to: Checkpoint::new("a.jinku/1764000000000000000", 5, [2; 32]).expect("a head"),
            proven: Checkpoint::new("a.jinku", 4, [4; 32]).expect("a head"),
            trust_root: [3; 32],
            version: 2,
            at_ms: 1_764_000_000_000,
        }
    }

    #[test]
    fn the_bytes_are_canonical_and_read_back() {
        let bytes = example().to_bytes();
        let value = canonical::parse_exact(&bytes).expect("canonical");
        assert_eq!(canonical::to_vec(&value).expect("bytes"), bytes);
        assert_eq!(Handover::parse(&bytes).expect("a hand-over"), example());
    }

    #[test]
    fn any_other_byte_is_refused() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let (bytes, public) = (example().to_bytes(), key.verifying_key().to_bytes());
        let signature = key.sign(&domain_digest(HANDOVER_TAG, &bytes)).to_bytes();
        assert_eq!(
            Handover::open(&bytes, &signature, &public).expect("signed"),
            example()
        );
        for place in 0..bytes.len() {
            let mut other = bytes.clone();
            other[place] ^= 1;
            assert!(Handover::open(&other, &signature, &public).is_err());
        }
        let plain = key.sign(&bytes).to_bytes();
        assert!(Handover::open(&bytes, &plain, &public).is_err());
        for wrong in ["{}", "[]", "{\"v\":1}"] {
            assert!(Handover::parse(wrong.as_bytes()).is_err());
        }
    }
}
