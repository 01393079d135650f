//! Extended keys: BIP-32 on secp256k1, SLIP-10 on nist256p1 and Ed25519.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::hash::{hash160, hmac_sha512};
use crate::path::{HARDENED, Path};

/// A curve that SLIP-10 derives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// secp256k1, as BIP-32 defines it.
    Secp256k1,
    /// NIST P-256 (secp256r1).
    Nist256p1,
    /// Ed25519: hardened children only.
    Ed25519,
}

impl Curve {
    /// The key of the first HMAC (SLIP-10, "Master key generation").
    pub fn seed_label(self) -> &'static [u8] {
        match self {
            Self::Secp256k1 => b"Bitcoin seed",
            Self::Nist256p1 => b"Nist256p1 seed",
            Self::Ed25519 => b"ed25519 seed",
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secp256k1 => "secp256k1",
            Self::Nist256p1 => "nist256p1",
            Self::Ed25519 => "ed25519",
        })
    }
}

/// Why a key was refused or could not be derived. No variant holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// A seed of less than 16 or more than 64 bytes.
    SeedLength {
        /// Bytes found.
        found: usize,
    },
    /// The seed or the child number gives no valid key (BIP-32: probability below 2^-127).
    NoKey,
    /// A private key of zero, or not below the curve's order.
    BadSecret,
    /// A public key that is no point of the curve.
    BadPublic,
    /// A hardened child was asked of a public key.
    HardenedFromPublic {
        /// The child number without its hardened bit.
        index: u32,
    },
    /// A child that is not hardened was asked of an Ed25519 key.
    SoftOnEd25519 {
        /// The child number.
        index: u32,
    },
    /// A child below depth 255.
    TooDeep,
    /// An extended key that is not Base58Check, or whose checksum does not hold.
    NotBase58Check,
    /// An extended key of another length than 78 bytes.
    Length {
        /// Bytes found.
        found: usize,
    },
    /// Version bytes that neither BIP-32 nor SLIP-132 lists.
    UnknownVersion {
        /// The four bytes.
        found: [u8; 4],
    },
    /// A private extended key where a public one was expected.
    IsPrivate,
    /// A public extended key where a private one was expected.
    IsPublic,
    /// The key's first byte does not fit its version.
    BadPrefix {
        /// The byte.
        found: u8,
    },
    /// A master key (depth 0) that names a parent or a child number.
    MasterWithParent,
    /// BIP-32 has text forms for secp256k1 only.
    NoTextForm {
        /// The curve of the key.
        curve: Curve,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SeedLength { found } => write!(f, "seed of {found} bytes: expected 16 to 64"),
            Self::NoKey => f.write_str("this seed or child number gives no valid key; use the next one"),
            Self::BadSecret => f.write_str("the private key is zero or not below the curve's order"),
            Self::BadPublic => f.write_str("the public key is no point of the curve"),
            Self::HardenedFromPublic { index } => write!(
                f,
                "child {index}' is hardened, and a public key (xpub) cannot derive it: use a path \
                 without ' behind the xpub, export the xpub at the last hardened level, or import \
                 the private key"
            ),
            Self::SoftOnEd25519 { index } => write!(
                f,
                "child {index} is not hardened, and Ed25519 has hardened children only (SLIP-10): \
                 write {index}'"
            ),
            Self::TooDeep => f.write_str("the key is at depth 255, the deepest that BIP-32 has"),
            Self::NotBase58Check => f.write_str(
                "not an extended key: its Base58Check checksum does not hold; it was cut off or mistyped",
            ),
            Self::Length { found } => write!(f, "extended key of {found} bytes, expected 78"),
            Self::UnknownVersion { found } => {
                let version = u32::from_be_bytes(*found);
                write!(f, "unknown extended key version {version:08x}; expected xpub, ypub, zpub, \
                           tpub, upub, vpub or their private forms")
            }
            Self::IsPrivate => f.write_str("found a private extended key (xprv) where a public one (xpub) belongs"),
            Self::IsPublic => f.write_str("found a public extended key (xpub) where a private one (xprv) belongs"),
            Self::BadPrefix { found } => {
                write!(f, "the key begins with {found:02x}: expected 00 for a private, 02 or 03 for a public one")
            }
            Self::MasterWithParent => f.write_str(
                "a key at depth 0 names a parent or a child number: the text was altered",
            ),
            Self::NoTextForm { curve } => write!(f, "BIP-32 has no text form for {curve} keys"),
        }
    }
}

impl std::error::Error for KeyError {}

/// A private key with its chain code and its place in the tree. Wiped on drop; no `Debug`.
pub struct ExtendedKey {
    pub(crate) curve: Curve,
    pub(crate) secret: Zeroizing<[u8; 32]>,
    pub(crate) chain_code: Zeroizing<[u8; 32]>,
    pub(crate) depth: u8,
    pub(crate) parent: [u8; 4],
    pub(crate) child_number: u32,
}

impl ExtendedKey {
    /// The master key of a 16 to 64 byte seed is made (SLIP-10, "Master key generation").
    pub fn from_seed(curve: Curve, seed: &[u8]) -> Result<Self, KeyError> {
        if !(16..=64).contains(&seed.len()) {
            return Err(KeyError::SeedLength { found: seed.len() });
        }
        let mut halves = hmac_sha512(curve.seed_label(), &[seed]);
        while !curve.is_secret(&halves.left) {
            if curve == Curve::Secp256k1 {
                return Err(KeyError::NoKey);
            }
            halves = hmac_sha512(curve.seed_label(), &[&halves.left[..], &halves.right[..]]);
        }
        Ok(Self {
            curve,
            secret: halves.left,
            chain_code: halves.right,
            depth: 0,
            parent: [0; 4],
            child_number: 0,
        })
    }

    /// The key is put together from its parts; the secret is checked.
    pub fn from_parts(
        curve: Curve,
        secret: &[u8; 32],
        chain_code: &[u8; 32],
    ) -> Result<Self, KeyError> {
        if !curve.is_secret(secret) {
            return Err(KeyError::BadSecret);
        }
        Ok(Self {
            curve,
            secret: Zeroizing::new(*secret),
            chain_code: Zeroizing::new(*chain_code),
            depth: 0,
            parent: [0; 4],
            child_number: 0,
        })
    }

    /// The private child of the given number is derived (BIP-32 CKDpriv; SLIP-10 for other curves).
    pub fn child(&self, index: u32) -> Result<Self, KeyError> {
        let depth = self.depth.checked_add(1).ok_or(KeyError::TooDeep)?;
        let number = index.to_be_bytes();
        let public = self.serialized_public()?;
        let mut halves = if index & HARDENED != 0 {
            hmac_sha512(&self.chain_code[..], &[&[0], &self.secret[..], &number])
        } else if self.curve == Curve::Ed25519 {
            return Err(KeyError::SoftOnEd25519 { index });
        } else {
            hmac_sha512(&self.chain_code[..], &[&public, &number])
        };
        let secret = loop {
            match self.curve.child_secret(&self.secret, &halves.left) {
                Some(secret) => break secret,
                None if self.curve == Curve::Secp256k1 => return Err(KeyError::NoKey),
                None => {
                    halves = hmac_sha512(&self.chain_code[..], &[&[1], &halves.right[..], &number])
                }
            }
        };
        Ok(Self {
            curve: self.curve,
            secret,
            chain_code: halves.right,
            depth,
            parent: fingerprint(&public),
            child_number: index,
        })
    }

    /// The descendant at the end of the path is derived; the path starts at this key.
    pub fn derive(&self, path: &Path) -> Result<Self, KeyError> {
        path.0
            .iter()
            .try_fold(self.duplicate(), |key, index| key.child(*index))
    }

    /// A second copy of the key, on purpose not called `clone`.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            curve: self.curve,
            secret: self.secret.clone(),
            chain_code: self.chain_code.clone(),
            depth: self.depth,
            parent: self.parent,
            child_number: self.child_number,
        }
    }

    /// The curve of the key.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The private key: a 32-byte big-endian scalar, or the seed of RFC 8032 for Ed25519.
    pub fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The chain code, 32 bytes. With the public key it gives every child that is not hardened.
    pub fn chain_code(&self) -> &[u8; 32] {
        &self.chain_code
    }

    /// Steps from the master key.
    pub fn depth(&self) -> u8 {
        self.depth
    }

    /// The fingerprint of the parent; zeros for a master key.
    pub fn parent_fingerprint(&self) -> [u8; 4] {
        self.parent
    }

    /// The number of this child under its parent; zero for a master key.
    pub fn child_number(&self) -> u32 {
        self.child_number
    }

    /// The public key: 33 bytes (SEC1 compressed), or 32 bytes for Ed25519.
    pub fn public_key(&self) -> Vec<u8> {
        let skip = usize::from(self.curve == Curve::Ed25519);
        // The secret was checked when the key was made, so a public key exists.
        self.serialized_public()
            .map(|key| key[skip..].to_vec())
            .unwrap_or_default()
    }

    /// The first four bytes of the key's HASH160 (BIP-32, "Key identifiers").
    pub fn fingerprint(&self) -> [u8; 4] {
        self.serialized_public()
            .map(|key| fingerprint(&key))
            .unwrap_or_default()
    }

    /// The public half, with chain code and place in the tree.
    pub fn public(&self) -> Result<ExtendedPublic, KeyError> {
        Ok(ExtendedPublic {
            key: self.serialized_public()?,
            chain_code: *self.chain_code,
            depth: self.depth,
            parent: self.parent,
            child_number: self.child_number,
            curve: self.curve,
        })
    }

    fn serialized_public(&self) -> Result<[u8; 33], KeyError> {
        self.curve.public(&self.secret).ok_or(KeyError::BadSecret)
    }
}

/// A public key with its chain code and its place in the tree.
///
/// Not a private key, but to be sealed like one: with one leaked child key that is not hardened it
/// gives every sibling. So the chain code is wiped on drop and there is no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtendedPublic {
    /// SEC1 compressed, or `00` and the 32-byte key for Ed25519 (SLIP-10).
    pub key: [u8; 33],
    /// The chain code.
    pub chain_code: [u8; 32],
    /// Steps from the master key.
    pub depth: u8,
    /// Fingerprint of the parent; zeros for a master key.
    pub parent: [u8; 4],
    /// The number of this child under its parent.
    pub child_number: u32,
    /// The curve.
    pub curve: Curve,
}

impl Drop for ExtendedPublic {
    fn drop(&mut self) {
        self.chain_code.zeroize();
    }
}

impl ExtendedPublic {
    /// The public child of the given number is derived (BIP-32 CKDpub; SLIP-10 for nist256p1).
    pub fn child(&self, index: u32) -> Result<Self, KeyError> {
        let depth = self.depth.checked_add(1).ok_or(KeyError::TooDeep)?;
        if index & HARDENED != 0 {
            return Err(KeyError::HardenedFromPublic {
                index: index & !HARDENED,
            });
        }
        if self.curve == Curve::Ed25519 {
            return Err(KeyError::SoftOnEd25519 { index });
        }
        if !self.curve.is_public(&self.key) {
            return Err(KeyError::BadPublic);
        }
        let number = index.to_be_bytes();
        let mut halves = hmac_sha512(&self.chain_code, &[&self.key, &number]);
        let key = loop {
            match self.curve.child_public(&self.key, &halves.left) {
                Some(key) => break key,
                None if self.curve == Curve::Secp256k1 => return Err(KeyError::NoKey),
                None => halves = hmac_sha512(&self.chain_code, &[&[1], &halves.right[..], &number]),
            }
        };
        Ok(Self {
            key,
            chain_code: *halves.right,
            depth,
            parent: self.fingerprint(),
            child_number: index,
            curve: self.curve,
        })
    }

    /// The descendant at the end of the path is derived; the path starts at this key.
    pub fn derive(&self, path: &Path) -> Result<Self, KeyError> {
        path.0
            .iter()
            .try_fold(self.clone(), |key, index| key.child(*index))
    }

    /// The first four bytes of the key's HASH160.
    pub fn fingerprint(&self) -> [u8; 4] {
        fingerprint(&self.key)
    }
}

fn fingerprint(public: &[u8; 33]) -> [u8; 4] {
    let [a, b, c, d, ..] = hash160(public);
    [a, b, c, d]
}
