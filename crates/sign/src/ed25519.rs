//! Ed25519 (RFC 8032): deterministic signing, strict verification.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jinku_secrets::Secret;

use crate::SignError;

/// Returns the public key (32 bytes) of a seed; every 32 bytes are a seed.
#[must_use]
pub fn public_key(seed: &Secret<32>) -> [u8; 32] {
    SigningKey::from_bytes(seed.expose())
        .verifying_key()
        .to_bytes()
}

/// Returns the RFC 8032 signature of a message.
///
/// # Errors
/// [`SignError::Fault`] when what was made does not verify.
pub fn sign(seed: &Secret<32>, message: &[u8]) -> Result<[u8; 64], SignError> {
    // The key type wipes itself when dropped.
    let key = SigningKey::from_bytes(seed.expose());
    let signature = key.sign(message);
    key.verifying_key()
        .verify_strict(message, &signature)
        .map_err(|_| SignError::Fault)?;
    Ok(signature.to_bytes())
}

/// Holds when `signature` is the key's over the message, by the strict rules: canonical R and S, no key and no R of small
/// order, so that one signature is good for one key and one message everywhere.
///
/// # Errors
/// [`SignError::PublicKey`] for a key that is no point or of small order, [`SignError::BadSignature`] otherwise.
pub fn verify(
    public_key: &[u8; 32],
    message: &[u8],
    signature: &[u8; 64],
) -> Result<(), SignError> {
    let refused = SignError::PublicKey {
        curve: "edwards25519",
        found: public_key.len(),
        expected: "32 bytes, a point of large order",
    };
    let key = VerifyingKey::from_bytes(public_key).map_err(|_| refused.clone())?;
    if key.is_weak() {
        return Err(refused);
    }
    key.verify_strict(message, &Signature::from_bytes(signature))
        .map_err(|_| SignError::BadSignature)
}
