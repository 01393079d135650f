//! Why an address, a form or a chain was refused.

use std::fmt;

use crate::family::{Family, Kind};

/// Why an address, a form or a chain was refused: what was found, what was expected, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// A chain id that is in no table.
    UnknownChain {
        /// The id as given, cut to 64 characters.
        chain: String,
    },
    /// A family name that is none of the six.
    UnknownFamily {
        /// The name as given, cut to 64 characters.
        found: String,
    },
    /// A kind that no family has.
    UnknownKind {
        /// The name as given, cut to 64 characters.
        found: String,
    },
    /// A kind that another family has.
    KindOfOtherFamily {
        /// The kind.
        kind: Kind,
        /// The family of the chain.
        family: Family,
    },
    /// A path template without exactly one `{i}`.
    Template {
        /// How often `{i}` stands in it.
        found: usize,
    },
    /// A public key of the wrong length.
    KeyLength {
        /// The family that the key is for.
        family: Family,
        /// Bytes found.
        found: usize,
    },
    /// A public key that is no point of the family's curve.
    BadKey {
        /// The family that the key is for.
        family: Family,
    },
    /// Nothing, or more than any address has.
    Length {
        /// What was counted: `characters` or `bytes`.
        unit: &'static str,
        /// How many were found.
        found: usize,
        /// What is right.
        expected: &'static str,
    },
    /// A character that the encoding does not have.
    Character {
        /// 1-based position.
        position: usize,
        /// Name of the encoding.
        encoding: &'static str,
    },
    /// Upper and lower case mixed where the encoding wants one.
    MixedCase,
    /// The checksum does not hold: the address was mistyped or cut off.
    Checksum {
        /// Name of the checksum.
        encoding: &'static str,
    },
    /// A prefix or version of another network or address type.
    Network {
        /// What the address carries.
        found: String,
        /// What the chain's addresses carry.
        expected: String,
    },
    /// A witness version or program that BIP-141 or BIP-350 does not allow.
    Witness {
        /// What is wrong.
        problem: &'static str,
    },
    /// An address that is right for another family.
    OtherFamily {
        /// The family that the address fits.
        found: Family,
        /// The family of the chain.
        expected: Family,
    },
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownChain { chain } => write!(
                f,
                "unknown chain \"{chain}\": expected a CAIP-2 id such as eip155:1, \
                 bip122:000000000019d6689c085ae165831e93, cosmos:cosmoshub-4, \
                 solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp, neo:860833102 or tron:728126428"
            ),
            Self::UnknownFamily { found } => write!(
                f,
                "unknown chain family \"{found}\": expected evm, bitcoin, cosmos, solana, neo or tron"
            ),
            Self::UnknownKind { found } => write!(
                f,
                "unknown address kind \"{found}\": expected eoa, p2tr, p2wpkh, base, wallet or single-sig"
            ),
            Self::KindOfOtherFamily { kind, family } => write!(
                f,
                "{family} has no {kind} addresses: choose a kind of that family"
            ),
            Self::Template { found } => write!(
                f,
                "the path template holds {{i}} {found} times, expected once, as in m/44'/60'/0'/0/{{i}}"
            ),
            Self::KeyLength { family, found } => {
                let expected = match family {
                    Family::Solana => "32",
                    _ => "33 (compressed) or 65",
                };
                write!(
                    f,
                    "{family} public key of {found} bytes, expected {expected}"
                )
            }
            Self::BadKey { family } => {
                write!(f, "the public key is no point of the {family} curve")
            }
            Self::Length {
                unit,
                found,
                expected,
            } => {
                write!(
                    f,
                    "the address has {found} {unit}, expected {expected}: is it complete?"
                )
            }
            Self::Character { position, encoding } => write!(
                f,
                "character {position} of the address does not belong to {encoding}: copy it again"
            ),
            Self::MixedCase => f.write_str("the address mixes upper and lower case: copy it again"),
            Self::Checksum { encoding } => write!(
                f,
                "the {encoding} checksum does not hold: a character is wrong or missing; copy the address again"
            ),
            Self::Network { found, expected } => write!(
                f,
                "the address carries {found}, but this chain's carry {expected}: it belongs elsewhere"
            ),
            Self::Witness { problem } => write!(f, "no valid segwit address: {problem}"),
            Self::OtherFamily { found, expected } => write!(
                f,
                "this is an address of the {found} family, but the chain belongs to {expected}: \
                 check chain and address"
            ),
        }
    }
}

impl std::error::Error for AddressError {}

/// The first 64 characters, so that no error grows with its input.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
