//! Web3 Secret Storage version 3: the keystore files of Ethereum wallets.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use jinku_address::{Family, Form, encode};
use jinku_hd::key::{Curve, ExtendedKey};
use serde::{Deserialize, Serialize};
use sha3::{Digest, Keccak256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{ImportError, json};
use crate::kdf::Kdf;

const FORMAT: &str = "keystore";
const LIMIT: usize = 64 * 1024;

/// What exports are sealed with: geth's standard cost, 256 MiB and about a second.
pub const EXPORT: Kdf = Kdf::Scrypt {
    n: 1 << 18,
    r: 8,
    p: 1,
};

#[derive(Deserialize)]
struct File {
    #[serde(alias = "Crypto")]
    crypto: Crypto,
    version: u64,
    #[serde(default)]
    address: Option<String>,
}

#[derive(Deserialize)]
struct Crypto {
    cipher: String,
    ciphertext: String,
    cipherparams: CipherParams,
    kdf: String,
    kdfparams: KdfParams,
    mac: String,
}

#[derive(Deserialize)]
struct CipherParams {
    iv: String,
}

#[derive(Deserialize)]
struct KdfParams {
    dklen: u64,
    salt: String,
    n: Option<u64>,
    r: Option<u32>,
    p: Option<u32>,
    c: Option<u64>,
    prf: Option<String>,
}

/// A keystore that was read and checked, but not yet opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keystore {
    /// The key derivation that it asks for.
    pub kdf: Kdf,
    salt: Vec<u8>,
    iv: [u8; 16],
    ciphertext: [u8; 32],
    mac: [u8; 32],
    /// The address that the file names, as 20 bytes, if it names one.
    address: Option<[u8; 20]>,
}

fn field(field: &'static str, expected: &'static str) -> ImportError {
    ImportError::Field {
        format: FORMAT,
        field,
        expected,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

fn fixed<const N: usize>(
    text: &str,
    name: &'static str,
    expected: &'static str,
) -> Result<[u8; N], ImportError> {
    unhex(text)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(field(name, expected))
}

impl Keystore {
    /// The file is read; its version, cipher and key derivation are ones that can be opened.
    pub fn parse(data: &[u8]) -> Result<Self, ImportError> {
        let file: File = json(FORMAT, data, LIMIT)?;
        if file.version != 3 {
            return Err(field("version", "3"));
        }
        if file.crypto.cipher != "aes-128-ctr" {
            return Err(field("cipher", "aes-128-ctr"));
        }
        let address = match file.address.as_deref() {
            None | Some("") => None,
            Some(text) => Some(fixed(text, "address", "20 bytes in hexadecimal")?),
        };
        Ok(Self {
            kdf: kdf(&file.crypto)?,
            salt: unhex(&file.crypto.kdfparams.salt)
                .ok_or(field("salt", "bytes in hexadecimal"))?,
            iv: fixed(
                &file.crypto.cipherparams.iv,
                "iv",
                "16 bytes in hexadecimal",
            )?,
            ciphertext: fixed(
                &file.crypto.ciphertext,
                "ciphertext",
                "32 bytes in hexadecimal: one private key",
            )?,
            mac: fixed(&file.crypto.mac, "mac", "32 bytes in hexadecimal")?,
            address,
        })
    }

    /// The private key is opened; the MAC and, when the file names one, the address agree with it.
    pub fn open(
        &self,
        password: &[u8],
        allow_costly: bool,
    ) -> Result<Zeroizing<[u8; 32]>, ImportError> {
        let key = self.kdf.derive::<32>(password, &self.salt, allow_costly)?;
        if !bool::from(mac(&key, &self.ciphertext).ct_eq(&self.mac)) {
            return Err(ImportError::WrongPassword { format: FORMAT });
        }
        let mut secret = Zeroizing::new(self.ciphertext);
        aes_128_ctr(&key, &self.iv, &mut secret)?;
        let found = address(&secret)?;
        match &self.address {
            Some(named) if named[..] != found => Err(ImportError::Mismatch {
                format: FORMAT,
                what: "address",
            }),
            _ => Ok(secret),
        }
    }
}

fn kdf(crypto: &Crypto) -> Result<Kdf, ImportError> {
    let params = &crypto.kdfparams;
    // The key is the first 32 bytes whatever the length asked for; fewer do not reach the MAC key.
    if !(32..=1024).contains(&params.dklen) {
        return Err(field("dklen", "32"));
    }
    match crypto.kdf.as_str() {
        "scrypt" => match (params.n, params.r, params.p) {
            (Some(n), Some(r), Some(p)) => Ok(Kdf::Scrypt { n, r, p }),
            _ => Err(field("kdfparams", "n, r and p")),
        },
        "pbkdf2" => match (params.c, params.prf.as_deref()) {
            (Some(rounds), Some("hmac-sha256")) => Ok(Kdf::Pbkdf2 { rounds }),
            (None, _) => Err(field("kdfparams", "c")),
            _ => Err(field("prf", "hmac-sha256")),
        },
        _ => Err(field("kdf", "scrypt or pbkdf2")),
    }
}

/// Keccak-256 over the second half of the derived key and the ciphertext.
fn mac(key: &[u8; 32], ciphertext: &[u8; 32]) -> [u8; 32] {
    Keccak256::new()
        .chain_update(&key[16..])
        .chain_update(ciphertext)
        .finalize()
        .into()
}

/// AES-128 in counter mode over two blocks; the counter is the whole block and wraps.
fn aes_128_ctr(key: &[u8; 32], iv: &[u8; 16], data: &mut [u8; 32]) -> Result<(), ImportError> {
    let cipher = Aes128::new_from_slice(&key[..16]).map_err(|_| field("dklen", "32"))?;
    let mut counter = u128::from_be_bytes(*iv);
    for part in data.chunks_exact_mut(16) {
        let mut block = aes::Block::from(counter.to_be_bytes());
        cipher.encrypt_block(&mut block);
        for (byte, mask) in part.iter_mut().zip(block.iter()) {
            *byte ^= mask;
        }
        block.as_mut_slice().zeroize();
        counter = counter.wrapping_add(1);
    }
    Ok(())
}

/// The 20 bytes of a private key's EVM address.
fn address(secret: &[u8; 32]) -> Result<Vec<u8>, ImportError> {
    let key = ExtendedKey::from_parts(Curve::Secp256k1, secret, &[0; 32])?.public_key();
    let form = Form::defaults(&[Family::Evm]);
    let text = form.first().and_then(|form| encode(form, &key).ok());
    text.and_then(|text| unhex(&text))
        .ok_or(ImportError::Mismatch {
            format: FORMAT,
            what: "public key",
        })
}

#[derive(Serialize)]
struct Out<'a> {
    version: u8,
    id: String,
    address: String,
    crypto: OutCrypto<'a>,
}

#[derive(Serialize)]
struct OutCrypto<'a> {
    cipher: &'a str,
    ciphertext: String,
    cipherparams: OutIv,
    kdf: &'a str,
    kdfparams: OutScrypt,
    mac: String,
}

#[derive(Serialize)]
struct OutIv {
    iv: String,
}

#[derive(Serialize)]
struct OutScrypt {
    dklen: u8,
    n: u64,
    r: u32,
    p: u32,
    salt: String,
}

/// Salt, counter and id of one export: 64 bytes that never repeat.
pub struct Fresh(pub [u8; 64]);

impl Fresh {
    /// From the operating system.
    pub fn random() -> Result<Self, ImportError> {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes).map_err(|_| ImportError::Randomness)?;
        Ok(Self(bytes))
    }
}

/// A keystore file of the key under a password, with fresh salt and counter.
pub fn export(secret: &[u8; 32], password: &[u8]) -> Result<String, ImportError> {
    export_with(secret, password, EXPORT, &Fresh::random()?)
}

/// As [`export`], with a scrypt cost and fresh bytes of the caller's.
pub fn export_with(
    secret: &[u8; 32],
    password: &[u8],
    cost: Kdf,
    fresh: &Fresh,
) -> Result<String, ImportError> {
    let Kdf::Scrypt { n, r, p } = cost else {
        return Err(field("kdf", "scrypt"));
    };
    let (salt, rest) = fresh.0.split_at(32);
    let mut iv = [0u8; 16];
    iv.copy_from_slice(&rest[..16]);
    let key = cost.derive::<32>(password, salt, false)?;
    let mut ciphertext = Zeroizing::new(*secret);
    aes_128_ctr(&key, &iv, &mut ciphertext)?;
    let out = Out {
        version: 3,
        id: uuid4(&rest[16..]),
        address: hex::encode(address(secret)?),
        crypto: OutCrypto {
            cipher: "aes-128-ctr",
            ciphertext: hex::encode(&ciphertext[..]),
            cipherparams: OutIv {
                iv: hex::encode(iv),
            },
            kdf: "scrypt",
            kdfparams: OutScrypt {
                dklen: 32,
                n,
                r,
                p,
                salt: hex::encode(salt),
            },
            mac: hex::encode(mac(&key, &ciphertext)),
        },
    };
    serde_json::to_string(&out).map_err(|_| field("file", "a JSON document"))
}

/// A random UUID (RFC 9562, version 4) of 16 bytes.
fn uuid4(bytes: &[u8]) -> String {
    let mut id = [0u8; 16];
    id.copy_from_slice(&bytes[..16]);
    id[6] = id[6] & 0x0f | 0x40;
    id[8] = id[8] & 0x3f | 0x80;
    let text = hex::encode(id);
    [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ]
    .join("-")
}
