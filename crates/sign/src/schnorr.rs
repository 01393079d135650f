//! BIP-340 signatures and the key tweak of BIP-341, by libsecp256k1.

use jinku_secrets::Secret;
use secp256k1::schnorr::Signature;
use secp256k1::{Keypair, Parity, Scalar, XOnlyPublicKey};
use sha2::{Digest, Sha256};

use crate::SignError;
use crate::k1::{Scoped, context};

const CURVE: &str = "secp256k1 (x only)";

/// A key pair in the library's form, overwritten when dropped.
struct Pair(Keypair);

impl Pair {
    fn new(key: &Secret<32>) -> Result<Self, SignError> {
        Ok(Self(Keypair::from_secret_key(
            context(),
            &Scoped::new(key)?.0,
        )))
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

/// Returns the x-only public key (32 bytes, BIP-340).
///
/// # Errors
/// [`SignError::SecretKey`] for 0 or a value not below the order.
pub fn public_key(key: &Secret<32>) -> Result<[u8; 32], SignError> {
    Ok(Pair::new(key)?.0.x_only_public_key().0.serialize())
}

/// Returns the BIP-340 signature of a message (32 bytes in Bitcoin, any length in the BIP). `aux` is 32 fresh random
/// bytes; zeros are sound too and make the signature deterministic.
///
/// # Errors
/// [`SignError::SecretKey`], or [`SignError::Fault`] when what was made does not verify.
pub fn sign(key: &Secret<32>, message: &[u8], aux: &[u8; 32]) -> Result<[u8; 64], SignError> {
    let pair = Pair::new(key)?;
    let made = context().sign_schnorr_with_aux_rand(message, &pair.0, aux);
    context()
        .verify_schnorr(&made, message, &pair.0.x_only_public_key().0)
        .map_err(|_| SignError::Fault)?;
    Ok(made.to_byte_array())
}

/// Holds when `signature` is the x-only key's over the message.
///
/// # Errors
/// [`SignError::PublicKey`] or [`SignError::BadSignature`].
pub fn verify(
    public_key: &[u8; 32],
    message: &[u8],
    signature: &[u8; 64],
) -> Result<(), SignError> {
    let key = parse(public_key)?;
    context()
        .verify_schnorr(&Signature::from_byte_array(*signature), message, &key)
        .map_err(|_| SignError::BadSignature)
}

/// Returns the secret key that spends a taproot output by its key path: the internal key tweaked with the script tree's
/// root, or with none (BIP-341, `taproot_tweak_seckey`).
///
/// # Errors
/// [`SignError::SecretKey`] for a key that is out of range, before or (with negligible chance) after the tweak.
pub fn tweak_secret(
    key: &Secret<32>,
    merkle_root: Option<&[u8; 32]>,
) -> Result<Secret<32>, SignError> {
    let pair = Pair::new(key)?;
    let tweak = tweak(&pair.0.x_only_public_key().0.serialize(), merkle_root)?;
    let tweaked = Pair(
        pair.0
            .add_xonly_tweak(context(), &tweak)
            .map_err(|_| SignError::SecretKey { curve: CURVE })?,
    );
    let scoped = Scoped(tweaked.0.secret_key());
    Ok(Secret::init(|to| to.copy_from_slice(scoped.0.as_ref())))
}

/// Returns the output key of an internal key and whether its y is odd (BIP-341, `taproot_tweak_pubkey`).
///
/// # Errors
/// [`SignError::PublicKey`] when the internal key is no x coordinate of the curve.
pub fn tweak_public(
    internal: &[u8; 32],
    merkle_root: Option<&[u8; 32]>,
) -> Result<([u8; 32], bool), SignError> {
    let key = parse(internal)?;
    let (output, parity) = key
        .add_tweak(context(), &tweak(internal, merkle_root)?)
        .map_err(|_| refused(internal.len()))?;
    Ok((output.serialize(), parity == Parity::Odd))
}

/// `hash_TapTweak(internal ‖ root)` as a scalar; not below the order with negligible chance only.
fn tweak(internal: &[u8; 32], merkle_root: Option<&[u8; 32]>) -> Result<Scalar, SignError> {
    let tag = Sha256::digest(b"TapTweak");
    let mut hash = Sha256::new();
    hash.update(tag);
    hash.update(tag);
    hash.update(internal);
    hash.update(merkle_root.map_or(&[][..], |r| r.as_slice()));
    Scalar::from_be_bytes(hash.finalize().into()).map_err(|_| refused(internal.len()))
}

fn refused(found: usize) -> SignError {
    SignError::PublicKey {
        curve: CURVE,
        found,
        expected: "32 bytes, an x coordinate of a point",
    }
}

fn parse(bytes: &[u8; 32]) -> Result<XOnlyPublicKey, SignError> {
    XOnlyPublicKey::from_byte_array(*bytes).map_err(|_| refused(bytes.len()))
}
