//! SHA-512, HMAC, PBKDF2 and Keccak in several lanes, chosen at run time; and the two inner loops on secp256k1 that have lanes.
//!
//! Eight lanes of AVX-512, four of AVX2, two of NEON, or one by the `sha2` crate give the same bytes; the tests hold every
//! backend that the CPU has against the one-lane crates. All hash kernels run in constant time: no branch and no address depends
//! on a message or a key, only on lengths and round counts. So does [`SecretBaseTable`], for secret scalars; what has `Public` in
//! its name is variable-time.
//!
//! `unsafe` stands in the backends, in `field_k1` and in the two `ifma` modules alone, for vector loads, stores and the calls into
//! functions that need the detected CPU feature.
//!
//! ```
//! let mut seeds = [[0u8; 64]; 1];
//! jinku_lanes::pbkdf2_hmac_sha512(jinku_lanes::backend(), &[(b"password", b"salt")], 1, &mut seeds);
//! assert_eq!(seeds[0][..4], [0x86, 0x7f, 0x70, 0xcf]);
//! ```

mod backend;
mod constants;
mod engine;
mod hmac;
mod keccak;
mod kernel;
mod pbkdf2;
mod public_k1;
mod secret_k1;
mod sha512;
mod wide;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_pair;
#[cfg(target_arch = "x86_64")]
mod field_k1;
#[cfg(target_arch = "aarch64")]
mod neon;

#[cfg(test)]
mod tests;

pub use backend::{Backend, UnknownBackend, available, backend};
pub use hmac::{HmacKey, hmac_sha512_keyed, hmac_sha512_many};
pub use keccak::keccak256_many;
pub use pbkdf2::pbkdf2_hmac_sha512;
pub use public_k1::{PublicAdditions, PublicMultiple, add_public_multiples};
pub use secret_k1::{Coordinates, SecretBaseTable};
pub use sha512::scrub_stack;
