//! Why foreign key material was refused.

use std::fmt;

use jinku_hd::bip39::Bip39Error;
use jinku_hd::key::KeyError;

/// Why foreign key material was refused: what was found, what was expected, what to do. Never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// The phrase is wrong.
    Mnemonic(Bip39Error),
    /// The key, extended key or path is wrong.
    Key(KeyError),
    /// Bytes that are no UTF-8 text.
    NotText {
        /// What was being read.
        format: &'static str,
    },
    /// More bytes than any such file has.
    TooLarge {
        /// What was being read.
        format: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// JSON that is broken, or lacks a field.
    Json {
        /// What was being read.
        format: &'static str,
        /// Line of the first fault.
        line: usize,
        /// Column of the first fault.
        column: usize,
    },
    /// A field with a value that the format does not allow.
    Field {
        /// What was being read.
        format: &'static str,
        /// Name of the field.
        field: &'static str,
        /// What is right.
        expected: &'static str,
    },
    /// The text's checksum does not hold.
    Checksum {
        /// What was being read.
        format: &'static str,
    },
    /// A key derivation that costs more than is allowed.
    Costly {
        /// The function and its parameters.
        kdf: String,
        /// Memory in MiB.
        memory_mib: u64,
        /// Estimated seconds on one core.
        seconds: u64,
        /// True when no flag allows it.
        absolute: bool,
    },
    /// No password was given, and the format needs one.
    NoPassword {
        /// What was being read.
        format: &'static str,
    },
    /// The password is wrong, or the file was altered.
    WrongPassword {
        /// What was being read.
        format: &'static str,
    },
    /// The file names an address or public key that its private key does not have.
    Mismatch {
        /// What was being read.
        format: &'static str,
        /// What disagrees.
        what: &'static str,
    },
    /// Another number of items than the format has.
    Count {
        /// What was being read.
        format: &'static str,
        /// Items found.
        found: usize,
        /// What is right.
        expected: &'static str,
    },
    /// A private key where a public one belongs.
    PrivateKey {
        /// What was being read.
        format: &'static str,
    },
    /// A descriptor without its checksum.
    NoDescriptorChecksum {
        /// The checksum that belongs behind `#`.
        expected: String,
    },
    /// A descriptor that is not one of the four that are read.
    Descriptor {
        /// What is wrong.
        problem: &'static str,
    },
    /// No such kind of import.
    UnknownKind,
    /// The operating system gave no randomness.
    Randomness,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mnemonic(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::NotText { format } => write!(f, "{format}: the bytes are no UTF-8 text"),
            Self::TooLarge { format, found, limit } => {
                write!(f, "{format}: {found} bytes, expected at most {limit}: is it the right file?")
            }
            Self::Json { format, line, column } => {
                write!(f, "{format}: no such JSON at line {line}, column {column}: is it complete, and the right file?")
            }
            Self::Field { format, field, expected } => write!(f, "{format}: \"{field}\" is wrong, expected {expected}"),
            Self::Checksum { format } => {
                write!(f, "{format}: the checksum does not hold: a character is wrong or missing")
            }
            Self::Costly { kdf, memory_mib, seconds, absolute } => {
                write!(f, "{kdf} would take {memory_mib} MiB of memory and about {seconds} s: ")?;
                f.write_str(match absolute {
                    true => "beyond what any flag allows; the file is damaged or hostile",
                    false => {
                        "refused, since a hostile file can ask for any cost; if you trust the file, \
                         allow a costly key derivation explicitly"
                    }
                })
            }
            Self::NoPassword { format } => write!(f, "{format}: needs its password, none was given"),
            Self::WrongPassword { format } => write!(f, "{format}: wrong password, or the file was altered"),
            Self::Mismatch { format, what } => {
                write!(f, "{format}: its {what} does not belong to its private key: the file was altered or mixed up")
            }
            Self::Count { format, found, expected } => write!(f, "{format}: found {found}, expected {expected}"),
            Self::PrivateKey { format } => write!(
                f,
                "{format}: holds a private key, but a watch-only vault takes public keys only: \
                 import it as a private key, or give its xpub"
            ),
            Self::NoDescriptorChecksum { expected } => write!(
                f,
                "the descriptor has no checksum; for this text it is #{expected}: compare with the \
                 wallet it came from and append it"
            ),
            Self::Descriptor { problem } => write!(
                f,
                "descriptor: {problem}; read are pkh(KEY), wpkh(KEY), sh(wpkh(KEY)) and tr(KEY), \
                 with a key origin, a path and a checksum"
            ),
            Self::UnknownKind => f.write_str(
                "unknown import: expected mnemonic, keystore, xprv, wif, nep2, nep6, solana-keypair, xpub or descriptor",
            ),
            Self::Randomness => f.write_str("the operating system gave no randomness; try again"),
        }
    }
}

impl std::error::Error for ImportError {}

impl From<Bip39Error> for ImportError {
    fn from(error: Bip39Error) -> Self {
        Self::Mnemonic(error)
    }
}

impl From<KeyError> for ImportError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// The text of some bytes, without a byte order mark and without white space around it.
pub(crate) fn text<'a>(
    format: &'static str,
    data: &'a [u8],
    limit: usize,
) -> Result<&'a str, ImportError> {
    if data.len() > limit {
        return Err(ImportError::TooLarge {
            format,
            found: data.len(),
            limit,
        });
    }
    let text = std::str::from_utf8(data).map_err(|_| ImportError::NotText { format })?;
    Ok(text.trim_start_matches('\u{feff}').trim())
}

/// JSON in the given shape. Serde's own message is dropped, since it may quote the input.
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    format: &'static str,
    data: &[u8],
    limit: usize,
) -> Result<T, ImportError> {
    let text = text(format, data, limit)?;
    serde_json::from_str(text).map_err(|error| ImportError::Json {
        format,
        line: error.line(),
        column: error.column(),
    })
}
