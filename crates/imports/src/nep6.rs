//! NEP-6: Neo wallet files, with one NEP-2 key an account.

use jinku_address::encode_neo_script_hash;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::{ImportError, json};
use crate::kdf::Kdf;
use crate::nep2::{Nep2, Opened};

const FORMAT: &str = "NEP-6 wallet";
const LIMIT: usize = 1 << 20;

#[derive(Deserialize)]
struct File {
    version: String,
    scrypt: Scrypt,
    accounts: Vec<Entry>,
}

#[derive(Deserialize)]
struct Scrypt {
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Deserialize)]
struct Entry {
    address: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default, rename = "isDefault")]
    is_default: bool,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    contract: Option<Contract>,
}

#[derive(Deserialize)]
struct Contract {
    #[serde(default)]
    script: Option<String>,
}

/// An account as the file lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Neo N3 address; it was checked against the contract when the file holds one.
    pub address: String,
    /// Its name, if it has one.
    pub label: Option<String>,
    /// True for the wallet's default account.
    pub is_default: bool,
    /// The encrypted key; None for a watch-only account.
    pub key: Option<Nep2>,
}

/// A wallet file that was read, but whose keys are not yet opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// The key derivation that every key of the file uses.
    pub kdf: Kdf,
    /// The accounts in the file's order.
    pub accounts: Vec<Account>,
}

/// An account whose key was opened.
pub struct OpenAccount {
    /// The address that the file lists.
    pub address: String,
    /// Its name, if it has one.
    pub label: Option<String>,
    /// The private key, 32 bytes, P-256.
    pub secret: Zeroizing<[u8; 32]>,
    /// True when the address is the key's own; false for a contract (such as multi-signature) that uses it.
    pub single_sig: bool,
}

impl Wallet {
    /// The file is read: version 1.0, N3 addresses, NEP-2 keys, contracts that hash to their addresses.
    pub fn parse(data: &[u8]) -> Result<Self, ImportError> {
        let file: File = json(FORMAT, data, LIMIT)?;
        if file.version != "1.0" {
            return Err(ImportError::Field {
                format: FORMAT,
                field: "version",
                expected: "1.0",
            });
        }
        let kdf = Kdf::Scrypt {
            n: file.scrypt.n,
            r: file.scrypt.r,
            p: file.scrypt.p,
        };
        let accounts = file
            .accounts
            .into_iter()
            .map(account)
            .collect::<Result<_, _>>()?;
        Ok(Self { kdf, accounts })
    }

    /// Every key is opened with the one password; an account that shares a key is opened once.
    ///
    /// The cost of all keys together is checked first. Watch-only accounts are left out.
    pub fn open(
        &self,
        password: &[u8],
        allow_costly: bool,
    ) -> Result<Vec<OpenAccount>, ImportError> {
        let mut keys: Vec<(&Nep2, Opened)> = Vec::new();
        let distinct: std::collections::HashSet<String> = self
            .accounts
            .iter()
            .filter_map(|account| account.key.as_ref())
            .map(Nep2::encode)
            .collect();
        self.kdf.check_times(
            u64::try_from(distinct.len()).unwrap_or(u64::MAX),
            allow_costly,
        )?;
        let mut out = Vec::new();
        for account in &self.accounts {
            let Some(key) = &account.key else { continue };
            if !keys.iter().any(|(known, _)| *known == key) {
                keys.push((key, key.open(password, self.kdf, allow_costly)?));
            }
            let Some((_, opened)) = keys.iter().find(|(known, _)| *known == key) else {
                continue;
            };
            out.push(OpenAccount {
                address: account.address.clone(),
                label: account.label.clone(),
                secret: opened.secret.clone(),
                single_sig: opened.address == account.address,
            });
        }
        Ok(out)
    }
}

fn account(entry: Entry) -> Result<Account, ImportError> {
    let parsed = jinku_address::validate("neo:860833102", &entry.address).map_err(|_| {
        ImportError::Field {
            format: FORMAT,
            field: "address",
            expected: "a Neo N3 address",
        }
    })?;
    if let Some(script) = entry.contract.and_then(|contract| contract.script) {
        let script = base64(&script).ok_or(ImportError::Field {
            format: FORMAT,
            field: "script",
            expected: "Base64",
        })?;
        if encode_neo_script_hash(&jinku_address::script_hash(&script)) != parsed.canonical {
            return Err(ImportError::Mismatch {
                format: FORMAT,
                what: "contract script",
            });
        }
    }
    let key = match entry.key {
        Some(text) => Some(Nep2::parse(text.as_bytes())?),
        None => None,
    };
    Ok(Account {
        address: parsed.canonical,
        label: entry.label,
        is_default: entry.is_default,
        key,
    })
}

/// Standard Base64 with padding (RFC 4648, section 4). Scripts are public, so the time may vary.
fn base64(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - body.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len() * 3 / 4);
    let (mut held, mut bits) = (0u32, 0u32);
    for letter in body.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    (held & ((1 << bits) - 1) == 0).then_some(bytes)
}
