//! Evidence that only the auditor reads.
//!
//! Each piece is sealed under a fresh key of its subject; that key is sealed (HPKE, RFC 9180) to the evidence public
//! key, whose private half stands sealed under the auditor's passphrase. A commitment, keyed by the subject key, stands
//! beside it: it fixes what was recorded and says nothing about it. Erasing the sealed subject key erases the evidence.

use hmac::{Hmac, KeyInit, Mac};
use jinku_secrets::{Secret, os_random};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::aead::{open_brief, seal_brief};
use crate::subkeys::{expand_brief, info, purpose};
use crate::{
    EnvelopeError, KdfParams, aad, derive_kek, frame, hex, hpke, open as aead_open,
    seal as aead_seal,
};

/// Format of the file that holds the sealed private half.
pub const KEY_FORMAT: &str = "jinku-evidence-key/1";
const FORMAT: &str = "jinku-evidence/1";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    format: String,
    public: String,
    kdf: KdfParams,
    salt: String,
    sealed: String,
}

/// The evidence key pair as it stands on disk: the public half readable, the private half sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceKey {
    body: Body,
    public: [u8; 32],
}

/// A piece of evidence, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The evidence under the subject key.
    pub ciphertext: Vec<u8>,
    /// The subject key under the evidence public key.
    pub sealed_key: Vec<u8>,
    /// HMAC-SHA-256 of the evidence under a subkey of the subject key.
    pub commitment: [u8; 32],
}

impl EvidenceKey {
    /// Returns a new key pair, its private half sealed under the auditor's passphrase.
    ///
    /// # Errors
    /// For an empty passphrase, costs out of bounds, or no randomness.
    pub fn create(passphrase: &[u8], kdf: KdfParams) -> Result<Self, EnvelopeError> {
        if passphrase.is_empty() {
            return Err(EnvelopeError::EmptyPassphrase);
        }
        kdf.check_new()?;
        let private = Secret::<32>::random()?;
        let public = hpke::public_key(private.expose());
        let mut salt = [0u8; 16];
        os_random(&mut salt)?;
        let kek = derive_kek(passphrase, &salt, &kdf)?;
        let sealed = aead_seal(&kek, &key_place(&public), private.expose())?;
        let body = Body {
            format: KEY_FORMAT.to_owned(),
            public: hex::encode(&public),
            kdf,
            salt: hex::encode(&salt),
            sealed: hex::encode(&sealed),
        };
        Ok(Self { body, public })
    }

    /// Returns the key of a file's bytes.
    ///
    /// # Errors
    /// Tells a cut file, a damaged one, one of another format and absurd Argon2id costs apart.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let body: Body = frame::read(bytes, KEY_FORMAT)?;
        body.kdf.check()?;
        let public = hex::decode_array(&body.public)
            .ok_or_else(|| frame::damaged("its public key is not 32 bytes of hex"))?;
        Ok(Self { body, public })
    }

    /// Returns the bytes of the file.
    ///
    /// # Errors
    /// Not for a key that this module returned.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        frame::write(&self.body)
    }

    /// Returns the public half, an X25519 key.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Returns the private half.
    ///
    /// # Errors
    /// [`EnvelopeError::WrongSecret`] for another passphrase, [`EnvelopeError::Forged`] when it does not belong to the
    /// public half.
    pub fn unlock(&self, passphrase: &[u8]) -> Result<Secret<32>, EnvelopeError> {
        let salt = hex::decode_array(&self.body.salt)
            .ok_or_else(|| frame::damaged("its salt is not 16 bytes of hex"))?;
        let sealed = hex::decode(&self.body.sealed)
            .ok_or_else(|| frame::damaged("its sealed key is no hex"))?;
        let kek = derive_kek(passphrase, &salt, &self.body.kdf)?;
        let plain = aead_open(&kek, &key_place(&self.public), &sealed)
            .map_err(|_| EnvelopeError::WrongSecret { kind: "passphrase" })?;
        let array: &[u8; 32] = plain
            .as_slice()
            .try_into()
            .map_err(|_| frame::damaged("its private key is not 32 bytes"))?;
        let private = Secret::init(|to| to.copy_from_slice(array));
        if hpke::public_key(private.expose()) != self.public {
            return Err(EnvelopeError::Forged {
                what: "the evidence key",
            });
        }
        Ok(private)
    }
}

fn key_place(public: &[u8; 32]) -> Vec<u8> {
    aad(KEY_FORMAT, &hex::encode(public), "private", 1)
}

/// Returns `plaintext` sealed for the auditor, under a fresh key of this subject.
///
/// # Errors
/// [`EnvelopeError::BadPublicKey`], or no randomness.
pub fn seal(public: &[u8; 32], subject: &str, plaintext: &[u8]) -> Result<Sealed, EnvelopeError> {
    let mut key = Zeroizing::new([0u8; 32]);
    os_random(&mut *key)?;
    let place = aad(FORMAT, subject, "evidence", 1);
    let ciphertext = seal_brief(
        &brief(&key, purpose::EVIDENCE_DATA, subject),
        &place,
        plaintext,
    )?;
    let sealed_key = hpke::seal(
        public,
        info(purpose::EVIDENCE_KEY, subject).as_bytes(),
        &place,
        &*key,
    )?;
    let commitment = keyed(&key, subject, plaintext)
        .finalize()
        .into_bytes()
        .into();
    Ok(Sealed {
        ciphertext,
        sealed_key,
        commitment,
    })
}

/// Returns the evidence of this subject, after its commitment was checked.
///
/// # Errors
/// [`EnvelopeError::Unsealable`] for another key or subject or changed bytes, [`EnvelopeError::Commitment`] when the
/// evidence is not what was committed to.
pub fn open(
    private: &Secret<32>,
    subject: &str,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let place = aad(FORMAT, subject, "evidence", 1);
    let key = hpke::open(
        private.expose(),
        info(purpose::EVIDENCE_KEY, subject).as_bytes(),
        &place,
        &sealed.sealed_key,
    )?;
    let key: &[u8; 32] = key
        .as_slice()
        .try_into()
        .map_err(|_| EnvelopeError::Unsealable)?;
    let plain = open_brief(
        &brief(key, purpose::EVIDENCE_DATA, subject),
        &place,
        &sealed.ciphertext,
    )?;
    keyed(key, subject, &plain)
        .verify_slice(&sealed.commitment)
        .map_err(|_| EnvelopeError::Commitment)?;
    Ok(plain)
}

/// A subkey of a subject key, for this call only.
fn brief(key: &[u8; 32], purpose: &str, subject: &str) -> Zeroizing<[u8; 32]> {
    expand_brief(key, &[], &info(purpose, subject))
}

fn keyed(key: &[u8; 32], subject: &str, plaintext: &[u8]) -> Hmac<Sha256> {
    let key = brief(key, purpose::EVIDENCE_COMMITMENT, subject);
    let mut mac = Hmac::<Sha256>::new_from_slice(&*key)
        .unwrap_or_else(|_| unreachable!("HMAC takes any length"));
    mac.update(plaintext);
    mac
}
