//! The trust root: whom a signer believes, as a versioned document that admins sign, and how one version follows another.

mod document;
mod fingerprint;
mod refusal;
mod rules;
mod signed;
mod text;

pub use document::{Group, KeyKind, Passkey, Role, TrustRoot, TrustedKey, Witness};
pub use fingerprint::{Fingerprint, words};
pub use signed::{AdminSignature, SignedTrustRoot};

/// Domain tag of a trust root's digest, which its admins sign.
pub const TRUST_ROOT_TAG: &str = "jinku/trust-root/1";
