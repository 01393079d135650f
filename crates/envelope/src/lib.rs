//! Envelope encryption: how Jinku keeps a secret at rest.
//!
//! A passphrase (Argon2id) or a key file (HKDF) gives a key-encryption key, which wraps a random data key, under whose
//! subkeys the records are sealed (XChaCha20-Poly1305). See `docs/reference/formats.md` for the bytes and
//! `docs/reference/subkeys.md` for the one table of subkeys.
//!
//! ```
//! use jinku_envelope::{aad, open, seal, subkey, purpose};
//! use jinku_secrets::Secret;
//!
//! let data_key = Secret::<32>::random()?;
//! let key = subkey(&data_key, purpose::RECORD, "0192f0c1-0000-7000-8000-000000000003");
//! let place = aad("jinku-vault/1", "0192f0c1-0000-7000-8000-000000000003", "seed", 1);
//! let sealed = seal(&key, &place, b"a secret")?;
//! assert_eq!(&*open(&key, &place, &sealed)?, b"a secret");
//! assert!(open(&key, &aad("jinku-vault/1", "another vault", "seed", 1), &sealed).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aead;
pub mod claim;
mod error;
pub mod evidence;
pub mod file;
mod frame;
mod hex;
mod hpke;
mod kdf;
pub mod keyfile;
mod subkeys;
pub mod vault;

pub use aead::{NONCE_BYTES, OVERHEAD, TAG_BYTES, aad, open, seal};
pub use error::{EnvelopeError, cause};
pub use kdf::{KdfParams, derive_kek};
pub use subkeys::{purpose, subkey};
pub use vault::{Form, Header, OpenVault, Unlock, VaultEnvelope, VaultSpec, read_header};
