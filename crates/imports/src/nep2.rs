//! NEP-2: a Neo private key under a password (scrypt, AES-256-ECB).

use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use jinku_address::encode_neo;
use jinku_hd::key::{Curve, ExtendedKey};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{ImportError, text};
use crate::kdf::Kdf;

const FORMAT: &str = "NEP-2 key";
const PREFIX: [u8; 3] = [0x01, 0x42, 0xe0];

/// The parameters of NEP-2: scrypt with N=16384, r=8, p=8.
pub const DEFAULT: Kdf = Kdf::Scrypt {
    n: 16384,
    r: 8,
    p: 8,
};

/// An encrypted key: the four bytes that its address hashes to, and two cipher blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nep2 {
    address_hash: [u8; 4],
    cipher: [u8; 32],
}

/// A key that was opened: the private key and its N3 address.
pub struct Opened {
    /// 32-byte big-endian scalar of P-256.
    pub secret: Zeroizing<[u8; 32]>,
    /// The Neo N3 address.
    pub address: String,
}

impl Nep2 {
    /// The text (`6P…`, 58 characters) is read and its checksum verified.
    pub fn parse(data: &[u8]) -> Result<Self, ImportError> {
        let text = text(FORMAT, data, 128)?;
        let mut bytes = [0u8; 128];
        let found = bs58::decode(text)
            .with_check(None)
            .onto(&mut bytes[..])
            .map_err(|_| ImportError::Checksum { format: FORMAT })?;
        if found != 39 {
            return Err(ImportError::Count {
                format: FORMAT,
                found,
                expected: "39 bytes",
            });
        }
        if bytes[..3] != PREFIX {
            return Err(ImportError::Field {
                format: FORMAT,
                field: "prefix",
                expected: "01 42 e0",
            });
        }
        let (mut address_hash, mut cipher) = ([0; 4], [0; 32]);
        address_hash.copy_from_slice(&bytes[3..7]);
        cipher.copy_from_slice(&bytes[7..39]);
        Ok(Self {
            address_hash,
            cipher,
        })
    }

    /// The text of the encrypted key.
    pub fn encode(&self) -> String {
        let bytes = [&PREFIX[..], &self.address_hash, &self.cipher].concat();
        bs58::encode(bytes).with_check().into_string()
    }

    /// The key is opened; that its address hashes to the stored four bytes proves the password.
    ///
    /// The password is taken in NFC, as the standard says, and then as it stands.
    pub fn open(
        &self,
        password: &[u8],
        kdf: Kdf,
        allow_costly: bool,
    ) -> Result<Opened, ImportError> {
        let normal = nfc(password);
        match self.try_open(&normal, kdf, allow_costly) {
            Err(ImportError::WrongPassword { .. }) if normal.as_slice() != password => {
                self.try_open(password, kdf, allow_costly)
            }
            other => other,
        }
    }

    fn try_open(
        &self,
        password: &[u8],
        kdf: Kdf,
        allow_costly: bool,
    ) -> Result<Opened, ImportError> {
        let key = kdf.derive::<64>(password, &self.address_hash, allow_costly)?;
        let cipher = cipher(&key)?;
        let mut secret = Zeroizing::new([0u8; 32]);
        for (half, (from, to)) in self
            .cipher
            .chunks_exact(16)
            .zip(secret.chunks_exact_mut(16))
            .enumerate()
        {
            let mut block = aes::Block::default();
            block.copy_from_slice(from);
            cipher.decrypt_block(&mut block);
            for (at, byte) in to.iter_mut().enumerate() {
                *byte = block[at] ^ key[16 * half + at];
            }
            block.as_mut_slice().zeroize();
        }
        let wrong = ImportError::WrongPassword { format: FORMAT };
        let address = address(&secret).map_err(|_| wrong.clone())?;
        if bool::from(address_hash(&address).ct_eq(&self.address_hash)) {
            return Ok(Opened { secret, address });
        }
        Err(wrong)
    }

    /// A private key is sealed under a password, as NEP-2 says.
    pub fn seal(secret: &[u8; 32], password: &[u8], kdf: Kdf) -> Result<Self, ImportError> {
        let address_hash = address_hash(&address(secret)?);
        let key = kdf.derive::<64>(&nfc(password), &address_hash, false)?;
        let aes = cipher(&key)?;
        let mut sealed = [0u8; 32];
        for half in 0..2 {
            let mut block = aes::Block::default();
            for at in 0..16 {
                block[at] = secret[16 * half + at] ^ key[16 * half + at];
            }
            aes.encrypt_block(&mut block);
            sealed[16 * half..16 * half + 16].copy_from_slice(&block);
        }
        Ok(Self {
            address_hash,
            cipher: sealed,
        })
    }
}

fn nfc(password: &[u8]) -> Zeroizing<Vec<u8>> {
    match std::str::from_utf8(password) {
        Ok(text) => {
            let bytes: usize = text.nfc().map(char::len_utf8).sum();
            let mut normal = String::with_capacity(bytes);
            normal.extend(text.nfc());
            Zeroizing::new(normal.into_bytes())
        }
        Err(_) => Zeroizing::new(password.to_vec()),
    }
}

fn cipher(key: &[u8; 64]) -> Result<Aes256, ImportError> {
    Aes256::new_from_slice(&key[32..]).map_err(|_| ImportError::WrongPassword { format: FORMAT })
}

/// The N3 address of a private key.
pub fn address(secret: &[u8; 32]) -> Result<String, ImportError> {
    let public = ExtendedKey::from_parts(Curve::Nist256p1, secret, &[0; 32])?.public()?;
    Ok(encode_neo(&public.key))
}

/// First four bytes of the double SHA-256 of the address text.
fn address_hash(address: &str) -> [u8; 4] {
    let digest = Sha256::digest(Sha256::digest(address.as_bytes()));
    [digest[0], digest[1], digest[2], digest[3]]
}
