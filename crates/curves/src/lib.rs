//! Variable-time fixed-base arithmetic for PUBLIC tweaks on secp256k1 and P-256.
//!
//! Bulk derivation of addresses adds public tweaks to public parents (BIP-32 CKDpub): neither is a private key, so speed may
//! depend on them. **Nothing here may ever see a secret scalar**; secret scalars go to libsecp256k1, `p256` and
//! `ed25519-dalek`, which run in constant time. Every type that leads to variable time has `Public` in its name.
//!
//! The way: signed windows of the tweak, a table of multiples of the base point, affine additions in many lanes at once with
//! one field inversion for all of them (Montgomery's trick). On secp256k1 eight lanes of AVX-512 IFMA do it where the CPU has
//! them; `jinku-lanes` keeps that inner loop, so that no `unsafe` stands here.
//!
//! ```
//! use jinku_curves::{K1, Outcome, Parents, PublicPoint, PublicSum, PublicTweakTable};
//!
//! let parent = PublicPoint::<K1>::generator();
//! let mut tweak = [0u8; 32];
//! tweak[31] = 1;
//! let mut sums = [PublicSum::EMPTY; 1];
//! let best = jinku_lanes::backend();
//! PublicTweakTable::<K1>::shared().add_public_tweaks(best, Parents::Same(&parent), &[tweak], &mut sums);
//! assert_eq!(sums[0].outcome, Outcome::Added); // 2·G
//! assert_eq!(sums[0].compressed()[..4], [0x02, 0xc6, 0x04, 0x7f]);
//! ```

mod batch;
mod field;
mod k1;
mod point;
mod r1;
mod table;
mod taproot;

pub use point::{Curve, K1, NotOnCurve, PublicPoint, R1};
pub use table::{Outcome, Parents, PublicSum, PublicTweakTable};
pub use taproot::taproot_outputs;
