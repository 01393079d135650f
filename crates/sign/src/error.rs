//! Why a signature was not made, or not believed.

use std::fmt;

/// A refusal of this crate. No variant carries key bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The secret key is 0, or not below the order of the curve.
    SecretKey {
        /// The curve.
        curve: &'static str,
    },
    /// The public key is no usable point of the curve.
    PublicKey {
        /// The curve.
        curve: &'static str,
        /// Bytes found.
        found: usize,
        /// What is accepted.
        expected: &'static str,
    },
    /// The signature's encoding breaks a rule.
    Encoding {
        /// The rule.
        rule: &'static str,
    },
    /// The signature's s is in the upper half of the order: the malleable twin of an accepted one.
    HighS,
    /// The recovery id is above 3, or no key can be recovered.
    Recovery {
        /// The recovery id found.
        found: u8,
    },
    /// The signature is not this key's over this message.
    BadSignature,
    /// A signature that was just made does not verify: the machine computes wrongly, or was made to.
    Fault,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretKey { curve } => {
                write!(f, "the secret key is 0 or not below the order of {curve}; it was not made for this curve, use the right one")
            }
            Self::PublicKey { curve, found, expected } => {
                write!(f, "the {found} bytes are no public key of {curve}, expected {expected}; check curve and encoding")
            }
            Self::Encoding { rule } => write!(f, "the signature is not in its one encoding: {rule}; refuse it"),
            Self::HighS => f.write_str(
                "the signature has a high s, expected the lower of its two forms (BIP-62); refuse it, or have it normalised where the chain allows both",
            ),
            Self::Recovery { found } => {
                write!(f, "no key is recovered with recovery id {found}, expected one of 0 to 3 that fits; check the id's offset (27, EIP-155)")
            }
            Self::BadSignature => {
                f.write_str("the signature is not this key's over this message; do not act on the message")
            }
            Self::Fault => f.write_str(
                "a signature that was just made does not verify, it was thrown away; stop signing on this machine and check its memory and processor",
            ),
        }
    }
}

impl std::error::Error for SignError {}
