//! ECDSA on secp256k1 by libsecp256k1: deterministic nonces (RFC 6979), always low-s, constant time.

use std::sync::OnceLock;

use jinku_secrets::{Secret, Zeroizing, os_random};
use secp256k1::ecdsa::{RecoverableSignature as Recoverable, RecoveryId, Signature};
use secp256k1::{All, Message, PublicKey, Secp256k1, SecretKey};

use crate::SignError;

const CURVE: &str = "secp256k1";

/// The library's context, blinded once with randomness of the operating system.
pub(crate) fn context() -> &'static Secp256k1<All> {
    static CONTEXT: OnceLock<Secp256k1<All>> = OnceLock::new();
    CONTEXT.get_or_init(|| {
        let mut context = Secp256k1::new();
        let mut seed = Zeroizing::new([0u8; 32]);
        // Blinding is a second line of defence; without randomness the code is still constant-time.
        if os_random(&mut *seed).is_ok() {
            context.seeded_randomize(&seed);
        }
        context
    })
}

/// A secret key in the library's form, overwritten when dropped.
pub(crate) struct Scoped(pub(crate) SecretKey);

impl Scoped {
    pub(crate) fn new(key: &Secret<32>) -> Result<Self, SignError> {
        SecretKey::from_byte_array(*key.expose())
            .map(Self)
            .map_err(|_| SignError::SecretKey { curve: CURVE })
    }
}

impl Drop for Scoped {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

/// A signature with what is needed to recover the public key from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoverableSignature {
    /// `r ‖ s`, 32 bytes big-endian each; s is in the lower half of the order.
    pub compact: [u8; 64],
    /// 0..=3: bit 0 the parity of R's y, bit 1 whether R's x exceeded the order.
    pub recovery_id: u8,
}

/// Returns the compressed public key (33 bytes, SEC 1).
///
/// # Errors
/// [`SignError::SecretKey`] for 0 or a value not below the order.
pub fn public_key(key: &Secret<32>) -> Result<[u8; 33], SignError> {
    Ok(PublicKey::from_secret_key(context(), &Scoped::new(key)?.0).serialize())
}

/// Returns the RFC 6979 signature of a 32-byte digest, low-s.
///
/// # Errors
/// [`SignError::SecretKey`], or [`SignError::Fault`] when what was made does not verify.
pub fn sign(key: &Secret<32>, digest: &[u8; 32]) -> Result<RecoverableSignature, SignError> {
    let scoped = Scoped::new(key)?;
    let message = Message::from_digest(*digest);
    let made = context().sign_ecdsa_recoverable(message, &scoped.0);
    let own = PublicKey::from_secret_key(context(), &scoped.0);
    context()
        .verify_ecdsa(message, &made.to_standard(), &own)
        .map_err(|_| SignError::Fault)?;
    let (id, compact) = made.serialize_compact();
    let recovery_id = u8::try_from(i32::from(id)).map_err(|_| SignError::Fault)?;
    Ok(RecoverableSignature {
        compact,
        recovery_id,
    })
}

/// Holds when `compact` (`r ‖ s`) is the key's low-s signature of the digest. The public key is 33 or 65 bytes (SEC 1).
///
/// # Errors
/// [`SignError::PublicKey`], [`SignError::HighS`], [`SignError::Encoding`] or [`SignError::BadSignature`].
pub fn verify(public_key: &[u8], digest: &[u8; 32], compact: &[u8; 64]) -> Result<(), SignError> {
    let key = parse_public(public_key)?;
    let signature = Signature::from_compact(compact).map_err(|_| SignError::Encoding {
        rule: "r or s is not below the order",
    })?;
    let mut low = signature;
    low.normalize_s();
    if low != signature {
        return Err(SignError::HighS);
    }
    context()
        .verify_ecdsa(Message::from_digest(*digest), &signature, &key)
        .map_err(|_| SignError::BadSignature)
}

/// Holds when `der` is the one DER encoding of the key's low-s signature of the digest.
///
/// # Errors
/// As [`verify`].
pub fn verify_der(public_key: &[u8], digest: &[u8; 32], der: &[u8]) -> Result<(), SignError> {
    verify(public_key, digest, &crate::der::decode(der)?)
}

/// Returns the compressed public key whose signature this is.
///
/// # Errors
/// [`SignError::Recovery`] when the id is above 3 or fits no point.
pub fn recover(digest: &[u8; 32], signature: &RecoverableSignature) -> Result<[u8; 33], SignError> {
    let refused = SignError::Recovery {
        found: signature.recovery_id,
    };
    let id = RecoveryId::try_from(i32::from(signature.recovery_id)).map_err(|_| refused.clone())?;
    let recoverable =
        Recoverable::from_compact(&signature.compact, id).map_err(|_| refused.clone())?;
    let key = context()
        .recover_ecdsa(Message::from_digest(*digest), &recoverable)
        .map_err(|_| refused)?;
    Ok(key.serialize())
}

fn parse_public(bytes: &[u8]) -> Result<PublicKey, SignError> {
    let refused = SignError::PublicKey {
        curve: CURVE,
        found: bytes.len(),
        expected: "33 bytes (02, 03) or 65 (04), SEC 1",
    };
    // libsecp256k1 also reads the hybrid forms 06 and 07, a second spelling of the same key.
    match (bytes.first(), bytes.len()) {
        (Some(2 | 3), 33) | (Some(4), 65) => PublicKey::from_slice(bytes).map_err(|_| refused),
        _ => Err(refused),
    }
}
