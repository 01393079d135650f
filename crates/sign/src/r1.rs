//! ECDSA on P-256 (NIST P-256, secp256r1): deterministic nonces (RFC 6979).
//!
//! FIPS 186-5 and Neo N3 accept both s and n − s. [`sign`] returns the lower one, so that one message has one signature;
//! [`verify`] accepts both, as the chain does, and [`verify_low_s`] the lower only, for where malleability matters.

use jinku_secrets::Secret;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

use crate::{SignError, der};

const CURVE: &str = "P-256";

fn signing_key(key: &Secret<32>) -> Result<SigningKey, SignError> {
    // The key type wipes itself when dropped.
    SigningKey::from_slice(key.expose()).map_err(|_| SignError::SecretKey { curve: CURVE })
}

/// Returns the compressed public key (33 bytes, SEC 1).
///
/// # Errors
/// [`SignError::SecretKey`] for 0 or a value not below the order.
pub fn public_key(key: &Secret<32>) -> Result<[u8; 33], SignError> {
    let point = signing_key(key)?.verifying_key().to_sec1_point(true);
    point.as_bytes().try_into().map_err(|_| SignError::Fault)
}

/// Returns `r ‖ s` of a 32-byte digest by RFC 6979, s in the lower half of the order.
///
/// # Errors
/// [`SignError::SecretKey`], or [`SignError::Fault`] when what was made does not verify.
pub fn sign(key: &Secret<32>, digest: &[u8; 32]) -> Result<[u8; 64], SignError> {
    made(key, digest).map(|s| s.normalize_s().to_bytes().into())
}

/// Returns `r ‖ s` as RFC 6979 computes it, without choosing the lower s: the bytes that other software makes.
///
/// # Errors
/// As [`sign`].
pub fn sign_unnormalised(key: &Secret<32>, digest: &[u8; 32]) -> Result<[u8; 64], SignError> {
    made(key, digest).map(|s| s.to_bytes().into())
}

fn made(key: &Secret<32>, digest: &[u8; 32]) -> Result<Signature, SignError> {
    let key = signing_key(key)?;
    let signature: Signature = key.sign_prehash(digest).map_err(|_| SignError::Fault)?;
    key.verifying_key()
        .verify_prehash(digest, &signature)
        .map_err(|_| SignError::Fault)?;
    Ok(signature)
}

/// Holds when `compact` (`r ‖ s`, either s) is the key's signature of the digest. The public key is 33 or 65 bytes.
///
/// # Errors
/// [`SignError::PublicKey`], [`SignError::Encoding`] or [`SignError::BadSignature`].
pub fn verify(public_key: &[u8], digest: &[u8; 32], compact: &[u8; 64]) -> Result<(), SignError> {
    let key = parse_public(public_key)?;
    key.verify_prehash(digest, &parse_signature(compact)?)
        .map_err(|_| SignError::BadSignature)
}

/// As [`verify`], refusing the higher s.
///
/// # Errors
/// As [`verify`], and [`SignError::HighS`].
pub fn verify_low_s(
    public_key: &[u8],
    digest: &[u8; 32],
    compact: &[u8; 64],
) -> Result<(), SignError> {
    let signature = parse_signature(compact)?;
    if signature.normalize_s() != signature {
        return Err(SignError::HighS);
    }
    verify(public_key, digest, compact)
}

/// Holds when `der` is the one DER encoding of the key's signature of the digest, either s.
///
/// # Errors
/// As [`verify`].
pub fn verify_der(public_key: &[u8], digest: &[u8; 32], der: &[u8]) -> Result<(), SignError> {
    verify(public_key, digest, &der::decode(der)?)
}

fn parse_signature(compact: &[u8; 64]) -> Result<Signature, SignError> {
    Signature::from_slice(compact).map_err(|_| SignError::Encoding {
        rule: "r or s is 0 or not below the order",
    })
}

fn parse_public(bytes: &[u8]) -> Result<VerifyingKey, SignError> {
    let refused = SignError::PublicKey {
        curve: CURVE,
        found: bytes.len(),
        expected: "33 bytes (02, 03) or 65 (04), SEC 1",
    };
    match (bytes.first(), bytes.len()) {
        (Some(2 | 3), 33) | (Some(4), 65) => {
            VerifyingKey::from_sec1_bytes(bytes).map_err(|_| refused)
        }
        _ => Err(refused),
    }
}
