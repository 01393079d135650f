//! Signing primitives. Keys come as [`jinku_secrets::Secret`]; digests and messages as bytes.
//!
//! | module | scheme | signature |
//! |---|---|---|
//! | [`k1`] | ECDSA on secp256k1, RFC 6979, always low-s | 64 bytes `r ‖ s`, recovery id 0..=3, or DER |
//! | [`r1`] | ECDSA on P-256, RFC 6979, low-s by default | 64 bytes `r ‖ s`, or DER |
//! | [`schnorr`] | BIP-340, with the BIP-341 tweak | 64 bytes `x(R) ‖ s` |
//! | [`ed25519`] | Ed25519 (RFC 8032), strict verification | 64 bytes `R ‖ S` |
//!
//! Each signature is verified before it is returned: a fault while signing would otherwise give the key away. A check
//! returns `Ok(())` or an error; there is no boolean to overlook. Nothing here decides *whether* to sign.
//!
//! ```
//! use jinku_secrets::Secret;
//! use jinku_sign::k1;
//!
//! let key = Secret::<32>::init(|k| k[31] = 1);
//! let digest = [7u8; 32];
//! let signature = k1::sign(&key, &digest)?;
//! k1::verify(&k1::public_key(&key)?, &digest, &signature.compact)?;
//! assert_eq!(k1::recover(&digest, &signature)?, k1::public_key(&key)?);
//! # Ok::<(), jinku_sign::SignError>(())
//! ```

pub mod der;
pub mod ed25519;
mod error;
pub mod k1;
pub mod r1;
pub mod schnorr;

pub use error::SignError;
