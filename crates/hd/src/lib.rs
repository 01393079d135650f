//! Mnemonics (BIP-39), extended keys (BIP-32, SLIP-10) and derivation paths.
//!
//! Secrets live in zeroized memory, have no `Debug`, and stand in no error. Secret scalars are
//! handled by libsecp256k1, `p256` and `ed25519-dalek` in constant time.
//!
//! ```
//! use jinku_hd::{bip39::{Language, Mnemonic}, key::{Curve, ExtendedKey}, path::Path};
//!
//! let mnemonic = Mnemonic::from_entropy(&[0u8; 16], Language::English)?;
//! let seed = mnemonic.seed("");
//! let account = Path::parse("m/44'/60'/0'/0/0")?;
//! let key = ExtendedKey::from_seed(Curve::Secp256k1, &seed[..])?.derive(&account)?;
//! assert_eq!(key.public_key().len(), 33);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bip39;
mod curve;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz_targets;
mod hash;
pub mod key;
mod language;
pub mod path;
mod serial;
mod wordlist;

pub use serial::{Network, Script, Version};
