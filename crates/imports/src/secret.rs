//! The forms that imported keys take, and the bytes in which a vault keeps them.

use jinku_hd::bip39::{Language, Mnemonic};
use jinku_hd::key::{Curve, ExtendedKey, ExtendedPublic};
use jinku_hd::{Network, Script, Version};
use zeroize::Zeroizing;

use crate::descriptor::Descriptor;
use crate::error::ImportError;

/// A key in the form in which the signer keeps it. Wiped on drop; no `Debug`.
pub enum ImportedSecret {
    /// A phrase with its passphrase (empty when there is none).
    Bip39 {
        /// The phrase.
        mnemonic: Mnemonic,
        /// The BIP-39 passphrase.
        passphrase: Zeroizing<String>,
    },
    /// An extended private key.
    Xprv {
        /// The key, at whatever depth it was exported.
        key: ExtendedKey,
        /// Network and address kind that its text named.
        version: Version,
    },
    /// One private key.
    Raw {
        /// Its curve.
        curve: Curve,
        /// 32-byte big-endian scalar, or Ed25519 seed.
        secret: Zeroizing<[u8; 32]>,
    },
    /// An extended public key: watch only.
    WatchXpub {
        /// The key.
        key: ExtendedPublic,
        /// Network and address kind that its text named.
        version: Version,
    },
    /// A descriptor: watch only.
    WatchDescriptor(Descriptor),
}

/// Longest passphrase or descriptor that a record holds.
const FIELD_LIMIT: usize = 0xffff;

impl ImportedSecret {
    /// The name of the form in descriptions of vaults.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bip39 { .. } => "bip39",
            Self::Xprv { .. } => "xprv",
            Self::Raw {
                curve: Curve::Secp256k1,
                ..
            } => "raw-secp256k1",
            Self::Raw {
                curve: Curve::Nist256p1,
                ..
            } => "raw-nist256p1",
            Self::Raw {
                curve: Curve::Ed25519,
                ..
            } => "raw-ed25519",
            Self::WatchXpub { .. } => "watch-xpub",
            Self::WatchDescriptor(_) => "watch-descriptor",
        }
    }

    /// The secp256k1 fingerprint that names it: of the master key of a phrase, of an extended key itself,
    /// of the origin that a descriptor names, of a single key's public key.
    pub fn fingerprint(&self) -> Result<[u8; 4], ImportError> {
        match self {
            Self::Bip39 {
                mnemonic,
                passphrase,
            } => {
                let seed = mnemonic.seed(passphrase);
                Ok(ExtendedKey::from_seed(Curve::Secp256k1, &seed[..])?.fingerprint())
            }
            Self::Xprv { key, .. } => Ok(key.fingerprint()),
            Self::Raw { curve, secret } => {
                Ok(ExtendedKey::from_parts(*curve, secret, &[0; 32])?.fingerprint())
            }
            Self::WatchXpub { key, .. } => Ok(key.fingerprint()),
            Self::WatchDescriptor(found) => Ok(found
                .origin
                .as_ref()
                .map_or_else(|| found.key.fingerprint(), |origin| origin.fingerprint)),
        }
    }

    /// The bytes in which a vault keeps it: one tag, then fields of a u16 length each. A secret in the clear.
    pub fn to_record(&self) -> Result<Zeroizing<Vec<u8>>, ImportError> {
        let mut record = Record(Zeroizing::new(Vec::with_capacity(1024)));
        match self {
            Self::Bip39 {
                mnemonic,
                passphrase,
            } => {
                record.open(1);
                record.field(mnemonic.language().name().as_bytes())?;
                record.field(mnemonic.entropy())?;
                record.field(passphrase.as_bytes())?;
            }
            Self::Xprv { key, version } => {
                record.open(2);
                record.field(key.to_xprv_as(*version)?.as_bytes())?;
            }
            Self::Raw { curve, secret } => {
                record.open(match curve {
                    Curve::Secp256k1 => 3,
                    Curve::Nist256p1 => 4,
                    Curve::Ed25519 => 5,
                });
                record.field(&secret[..])?;
            }
            Self::WatchXpub { key, version } => {
                record.open(6);
                record.field(key.to_xpub_as(*version)?.as_bytes())?;
            }
            Self::WatchDescriptor(found) => {
                record.open(7);
                record.field(found.encode()?.as_bytes())?;
            }
        }
        Ok(record.0)
    }

    /// What [`ImportedSecret::to_record`] wrote is read back and checked anew.
    pub fn from_record(data: &[u8]) -> Result<Self, ImportError> {
        let (tag, rest) = data.split_first().ok_or(broken())?;
        let mut fields = Fields(rest);
        let secret = match tag {
            1 => {
                let language: Language = fields.text()?.parse()?;
                let mnemonic = Mnemonic::from_entropy(fields.next()?, language)?;
                Self::Bip39 {
                    mnemonic,
                    passphrase: Zeroizing::new(fields.text()?.to_owned()),
                }
            }
            2 => {
                let (key, version) = ExtendedKey::from_xprv_versioned(fields.text()?)?;
                Self::Xprv { key, version }
            }
            3 => raw(Curve::Secp256k1, fields.next()?)?,
            4 => raw(Curve::Nist256p1, fields.next()?)?,
            5 => raw(Curve::Ed25519, fields.next()?)?,
            6 => {
                let (key, version) = ExtendedPublic::from_xpub_versioned(fields.text()?)?;
                Self::WatchXpub { key, version }
            }
            7 => match <[Descriptor; 1]>::try_from(Descriptor::parse(fields.next()?)?) {
                Ok([found]) => Self::WatchDescriptor(found),
                Err(_) => return Err(broken()),
            },
            _ => return Err(broken()),
        };
        fields.end().map(|()| secret)
    }

    /// The form of a single private key; that it lies on the curve is checked.
    pub fn raw(curve: Curve, secret: Zeroizing<[u8; 32]>) -> Result<Self, ImportError> {
        ExtendedKey::from_parts(curve, &secret, &[0; 32])?;
        Ok(Self::Raw { curve, secret })
    }

    /// The Bitcoin network that an extended key or descriptor names; None for the others.
    pub fn network(&self) -> Option<Network> {
        match self {
            Self::Xprv { version, .. } | Self::WatchXpub { version, .. } => Some(version.network),
            Self::WatchDescriptor(found) => Some(found.network),
            _ => None,
        }
    }

    /// The address kind that an extended key's text names; None for the others.
    pub fn script(&self) -> Option<Script> {
        match self {
            Self::Xprv { version, .. } | Self::WatchXpub { version, .. } => Some(version.script),
            _ => None,
        }
    }
}

fn raw(curve: Curve, bytes: &[u8]) -> Result<ImportedSecret, ImportError> {
    let mut secret = Zeroizing::new([0u8; 32]);
    if bytes.len() != secret.len() {
        return Err(broken());
    }
    secret.copy_from_slice(bytes);
    ImportedSecret::raw(curve, secret)
}

fn broken() -> ImportError {
    ImportError::Field {
        format: "vault record",
        field: "record",
        expected: "a record that jinku wrote",
    }
}

struct Record(Zeroizing<Vec<u8>>);

impl Record {
    fn open(&mut self, tag: u8) {
        self.0.push(tag);
    }

    fn field(&mut self, data: &[u8]) -> Result<(), ImportError> {
        let length = u16::try_from(data.len()).map_err(|_| ImportError::TooLarge {
            format: "vault record",
            found: data.len(),
            limit: FIELD_LIMIT,
        })?;
        if self.0.len() + 2 + data.len() > self.0.capacity() {
            // A new buffer, so that the old one is wiped and not freed by growth.
            let mut wider = Zeroizing::new(Vec::with_capacity(self.0.len() + 2 + data.len()));
            wider.extend_from_slice(&self.0);
            self.0 = wider;
        }
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(data);
        Ok(())
    }
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Result<&'a [u8], ImportError> {
        let (length, rest) = self.0.split_first_chunk::<2>().ok_or(broken())?;
        let (field, rest) = rest
            .split_at_checked(usize::from(u16::from_be_bytes(*length)))
            .ok_or(broken())?;
        self.0 = rest;
        Ok(field)
    }

    fn text(&mut self) -> Result<&'a str, ImportError> {
        std::str::from_utf8(self.next()?).map_err(|_| broken())
    }

    fn end(&self) -> Result<(), ImportError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(broken())
        }
    }
}
