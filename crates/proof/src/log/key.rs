//! Verifier keys as C2SP signed-note writes them (`name+keyid+base64`), and what each algorithm signs.

use std::fmt;

use ed25519_dalek::{Signature, VerifyingKey};
use ml_dsa::{EncodedVerifyingKey, MlDsa44};
use sha2::{Digest, Sha256};

use super::base64;
use super::checkpoint::{Checkpoint, cosignature_v1_message};
use super::error::{LogCode, LogError, LogResult, hex, unhex};
use super::names::{MAX_TIMESTAMP, is_key_name};

/// Bytes of an ML-DSA-44 public key (FIPS 204, table 2).
pub const MLDSA44_PUBLIC_BYTES: usize = 1312;
/// Bytes of an ML-DSA-44 signature (FIPS 204, table 2).
pub const MLDSA44_SIGNATURE_BYTES: usize = 2420;

/// The signature types that are known here (signed-note, "Signature types"; tlog-cosignature, "Format").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// 0x01: Ed25519 over the text of the note.
    Ed25519,
    /// 0x04: Ed25519 over `cosignature/v1`, a time and the text.
    CosignatureV1,
    /// 0x06: ML-DSA-44 over `cosigned_message`, with a time.
    MlDsa44,
}

impl Algorithm {
    /// The identifier byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::CosignatureV1 => 4,
            Self::MlDsa44 => 6,
        }
    }

    /// The algorithm of an identifier byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Ed25519),
            4 => Some(Self::CosignatureV1),
            6 => Some(Self::MlDsa44),
            _ => None,
        }
    }

    /// The word for messages and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::CosignatureV1 => "cosignature/v1",
            Self::MlDsa44 => "ml-dsa-44",
        }
    }

    const fn public_bytes(self) -> usize {
        match self {
            Self::Ed25519 | Self::CosignatureV1 => 32,
            Self::MlDsa44 => MLDSA44_PUBLIC_BYTES,
        }
    }
}

/// A public key with its name, its algorithm and the id that follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    algorithm: Algorithm,
    public: Vec<u8>,
    id: [u8; 4],
}

fn malformed(what: &str, found: impl AsRef<str>, expected: &str) -> LogError {
    LogError::new(LogCode::KeyMalformed, what, found, expected)
}

impl VerifierKey {
    /// The key of these parts.
    ///
    /// # Errors
    /// `vkey.malformed` for a name, a length or a point that cannot be one.
    pub fn new(name: &str, algorithm: Algorithm, public: &[u8]) -> LogResult<Self> {
        if !is_key_name(name) {
            let expected = "1 to 255 bytes without spaces, plus signs or control characters";
            return Err(malformed(
                "the name of a verifier key is out of form",
                format!("{name:?}"),
                expected,
            ));
        }
        let expected = algorithm.public_bytes();
        if public.len() != expected {
            let what = format!(
                "the {} key of {name} has the wrong length",
                algorithm.as_str()
            );
            return Err(malformed(
                &what,
                format!("{} bytes", public.len()),
                &format!("{expected} bytes"),
            ));
        }
        if algorithm != Algorithm::MlDsa44 && ed25519(public).is_none() {
            let what =
                format!("the key of {name} is no point of edwards25519, or one of small order");
            return Err(malformed(&what, hex(public), "an Ed25519 public key"));
        }
        let mut hash = Sha256::new();
        hash.update(name.as_bytes());
        hash.update([b'\n', algorithm.byte()]);
        hash.update(public);
        let digest: [u8; 32] = hash.finalize().into();
        Ok(Self {
            name: name.to_owned(),
            algorithm,
            public: public.to_vec(),
            id: [digest[0], digest[1], digest[2], digest[3]],
        })
    }

    /// The key of a vkey text, whose id has to be the one that follows from name, algorithm and key.
    ///
    /// # Errors
    /// `vkey.malformed`.
    pub fn parse(text: &str) -> LogResult<Self> {
        let form = "name, plus, 8 hex digits, plus, base64 of algorithm and key";
        let out_of_form = || malformed("a verifier key is out of form", format!("{text:?}"), form);
        // The base64 may hold a plus, so only the first two part the text.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(out_of_form());
        };
        if key.len() > 2 * MLDSA44_PUBLIC_BYTES {
            return Err(out_of_form());
        }
        let bytes = base64::decode(key).ok_or_else(out_of_form)?;
        let (byte, public) = bytes.split_first().ok_or_else(out_of_form)?;
        let algorithm = Algorithm::from_byte(*byte).ok_or_else(|| {
            let what = format!("the key {name:?} has an algorithm that is not known here");
            malformed(&what, format!("0x{byte:02x}"), "0x01, 0x04 or 0x06")
        })?;
        let made = Self::new(name, algorithm, public)?;
        if unhex(id).as_deref() != Some(&made.id) {
            let what = format!("the id of the key {name:?} does not follow from it");
            return Err(malformed(&what, format!("{id:?}"), &hex(&made.id)));
        }
        Ok(made)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key: 32 bytes of Ed25519, 1,312 of ML-DSA-44.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// `SHA-256(name ‖ 0a ‖ algorithm ‖ key)[:4]`.
    #[must_use]
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The bytes that this key signs for the text of a note at a time (which plain Ed25519 does not sign).
    ///
    /// # Errors
    /// `checkpoint.malformed` when an ML-DSA-44 key is to sign what is no checkpoint.
    pub fn message(&self, text: &str, timestamp: u64) -> LogResult<Vec<u8>> {
        Ok(match self.algorithm {
            Algorithm::Ed25519 => text.as_bytes().to_vec(),
            Algorithm::CosignatureV1 => cosignature_v1_message(timestamp, text),
            Algorithm::MlDsa44 => {
                Checkpoint::parse(text)?.cosigned_message(&self.name, timestamp)?
            }
        })
    }

    /// The payload of a signature line: the time, where the algorithm has one, and the signature.
    #[must_use]
    pub fn payload(&self, timestamp: u64, signature: &[u8]) -> Vec<u8> {
        match self.algorithm {
            Algorithm::Ed25519 => signature.to_vec(),
            Algorithm::CosignatureV1 | Algorithm::MlDsa44 => {
                [&timestamp.to_be_bytes(), signature].concat()
            }
        }
    }

    /// The time that a payload states (`None` for plain Ed25519), when its signature over the text holds.
    ///
    /// # Errors
    /// `note.signature_invalid`, naming the key.
    pub fn verify(&self, text: &str, payload: &[u8]) -> LogResult<Option<u64>> {
        let refused = |found: &str| {
            let what = format!(
                "the signature of {} ({}) does not hold",
                self.name,
                self.algorithm.as_str()
            );
            LogError::new(
                LogCode::NoteSignature,
                what,
                found,
                "a signature over this text",
            )
        };
        if self.algorithm == Algorithm::Ed25519 {
            let signature = payload.try_into().map_err(|_| refused("another length"))?;
            return check_ed25519(&self.public, text.as_bytes(), signature)
                .then_some(None)
                .ok_or_else(|| refused("another text or key"));
        }
        let (time, signature) = payload
            .split_first_chunk::<8>()
            .ok_or_else(|| refused("another length"))?;
        let timestamp = u64::from_be_bytes(*time);
        if timestamp > MAX_TIMESTAMP {
            return Err(refused("a time above 2^63 − 1"));
        }
        let message = self.message(text, timestamp)?;
        let holds = match self.algorithm {
            Algorithm::MlDsa44 => check_mldsa44(&self.public, &message, signature),
            _ => signature
                .try_into()
                .is_ok_and(|s| check_ed25519(&self.public, &message, s)),
        };
        holds
            .then_some(Some(timestamp))
            .ok_or_else(|| refused("another text, time or key"))
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.algorithm.byte()], self.public.as_slice()].concat();
        write!(
            f,
            "{}+{}+{}",
            self.name,
            hex(&self.id),
            base64::encode(&key)
        )
    }
}

/// The Ed25519 key of 32 bytes, unless it is no point or of small order.
pub(crate) fn ed25519(public: &[u8]) -> Option<VerifyingKey> {
    let key = VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
    (!key.is_weak()).then_some(key)
}

/// Holds for a strict Ed25519 signature (RFC 8032).
pub(crate) fn check_ed25519(public: &[u8], message: &[u8], signature: &[u8; 64]) -> bool {
    ed25519(public).is_some_and(|k| {
        k.verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    })
}

/// Holds for an ML-DSA-44 signature (FIPS 204, algorithm 3) with the empty context.
fn check_mldsa44(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = EncodedVerifyingKey::<MlDsa44>::try_from(public) else {
        return false;
    };
    let key = ml_dsa::VerifyingKey::<MlDsa44>::decode(&key);
    ml_dsa::Signature::<MlDsa44>::try_from(signature)
        .is_ok_and(|s| key.verify_with_context(message, &[], &s))
}
