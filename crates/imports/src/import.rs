//! One door for every foreign format.

use std::fmt;
use std::str::FromStr;

use jinku_hd::bip39::{Language, Mnemonic};
use jinku_hd::key::{Curve, ExtendedKey, ExtendedPublic, KeyError};
use jinku_hd::{Network, Script};
use zeroize::Zeroizing;

use crate::descriptor::Descriptor;
use crate::error::{ImportError, text};
use crate::keystore::Keystore;
use crate::nep2::{self, Nep2};
use crate::nep6::Wallet;
use crate::secret::ImportedSecret;
use crate::{solana, wif};

/// A foreign format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportKind {
    /// BIP-39 words, any language.
    Mnemonic,
    /// Web3 Secret Storage version 3.
    Keystore,
    /// Extended private key.
    Xprv,
    /// Wallet import format.
    Wif,
    /// One encrypted Neo key.
    Nep2,
    /// Neo wallet file.
    Nep6,
    /// Solana keypair file.
    SolanaKeypair,
    /// Extended public key.
    Xpub,
    /// Output descriptor.
    Descriptor,
}

impl ImportKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Mnemonic,
        Self::Keystore,
        Self::Xprv,
        Self::Wif,
        Self::Nep2,
        Self::Nep6,
        Self::SolanaKeypair,
        Self::Xpub,
        Self::Descriptor,
    ];

    /// The name that `Display` writes and `FromStr` reads.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mnemonic => "mnemonic",
            Self::Keystore => "keystore",
            Self::Xprv => "xprv",
            Self::Wif => "wif",
            Self::Nep2 => "nep2",
            Self::Nep6 => "nep6",
            Self::SolanaKeypair => "solana-keypair",
            Self::Xpub => "xpub",
            Self::Descriptor => "descriptor",
        }
    }
}

impl fmt::Display for ImportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ImportKind {
    type Err = ImportError;

    fn from_str(text: &str) -> Result<Self, ImportError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(ImportError::UnknownKind)
    }
}

/// What is to be imported, and how.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The format.
    pub kind: ImportKind,
    /// Password of a keystore, NEP-2 key or NEP-6 wallet; BIP-39 passphrase of a phrase.
    pub password: Option<&'a [u8]>,
    /// The language of a phrase; None to find it out.
    pub language: Option<Language>,
    /// The curve of a WIF key, which its text does not name: secp256k1 for Bitcoin, nist256p1 for Neo.
    pub curve: Curve,
    /// True to open files whose key derivation costs more than the usual limits.
    pub allow_costly_kdf: bool,
}

impl Request<'_> {
    /// A request without password, for a detected language and secp256k1.
    pub fn new(kind: ImportKind) -> Self {
        Self {
            kind,
            password: None,
            language: None,
            curve: Curve::Secp256k1,
            allow_costly_kdf: false,
        }
    }
}

/// One key that was imported, with what a person should know of it. No `Debug`.
pub struct Imported {
    /// The key.
    pub secret: ImportedSecret,
    /// The account's name in the foreign file.
    pub label: Option<String>,
    /// The address that the foreign file names; it was checked against the key.
    pub address: Option<String>,
    /// What is unusual about the key and may matter. Never a secret.
    pub notes: Vec<String>,
}

impl Imported {
    fn plain(secret: ImportedSecret) -> Vec<Self> {
        vec![Self {
            secret,
            label: None,
            address: None,
            notes: Vec::new(),
        }]
    }
}

/// The keys of some foreign material are read, opened and checked: one, or one an account of a NEP-6 wallet
/// and one a branch of a descriptor.
pub fn import(request: &Request<'_>, material: &[u8]) -> Result<Vec<Imported>, ImportError> {
    let costly = request.allow_costly_kdf;
    let password = |format| request.password.ok_or(ImportError::NoPassword { format });
    match request.kind {
        ImportKind::Mnemonic => mnemonic(request, material),
        ImportKind::Keystore => {
            let file = Keystore::parse(material)?;
            let secret = file.open(password("keystore")?, costly)?;
            ImportedSecret::raw(Curve::Secp256k1, secret).map(Imported::plain)
        }
        ImportKind::Xprv => xprv(material),
        ImportKind::Wif => from_wif(request.curve, material),
        ImportKind::Nep2 => {
            let opened =
                Nep2::parse(material)?.open(password("NEP-2 key")?, nep2::DEFAULT, costly)?;
            let secret = ImportedSecret::raw(Curve::Nist256p1, opened.secret)?;
            Ok(vec![Imported {
                secret,
                label: None,
                address: Some(opened.address),
                notes: Vec::new(),
            }])
        }
        ImportKind::Nep6 => nep6(material, password("NEP-6 wallet")?, costly),
        ImportKind::SolanaKeypair => {
            ImportedSecret::raw(Curve::Ed25519, solana::parse(material)?).map(Imported::plain)
        }
        ImportKind::Xpub => xpub(material),
        ImportKind::Descriptor => {
            let plain = |found| Imported::plain(ImportedSecret::WatchDescriptor(found));
            Ok(Descriptor::parse(material)?
                .into_iter()
                .flat_map(plain)
                .collect())
        }
    }
}

fn mnemonic(request: &Request<'_>, material: &[u8]) -> Result<Vec<Imported>, ImportError> {
    let phrase = text("mnemonic", material, 4096)?;
    let mnemonic = match request.language {
        Some(language) => Mnemonic::parse_in(language, phrase)?,
        None => Mnemonic::parse(phrase)?,
    };
    let passphrase = std::str::from_utf8(request.password.unwrap_or_default());
    let passphrase = passphrase.map_err(|_| ImportError::NotText {
        format: "BIP-39 passphrase",
    })?;
    let mut notes = Vec::new();
    if !mnemonic.language().official() {
        notes.push(format!(
            "the {} word list is unofficial: few other wallets read it",
            mnemonic.language()
        ));
    }
    let passphrase = Zeroizing::new(passphrase.to_owned());
    let secret = ImportedSecret::Bip39 {
        mnemonic,
        passphrase,
    };
    Ok(vec![Imported {
        secret,
        label: None,
        address: None,
        notes,
    }])
}

/// A note for a key that is not a master key.
fn depth_note(depth: u8) -> Vec<String> {
    match depth {
        0 => Vec::new(),
        _ => vec![format!(
            "the extended key is at depth {depth}, not a master key: paths start at it"
        )],
    }
}

fn xprv(material: &[u8]) -> Result<Vec<Imported>, ImportError> {
    let (key, version) = ExtendedKey::from_xprv_versioned(text("xprv", material, 256)?)?;
    let notes = depth_note(key.depth());
    Ok(vec![Imported {
        secret: ImportedSecret::Xprv { key, version },
        label: None,
        address: None,
        notes,
    }])
}

fn xpub(material: &[u8]) -> Result<Vec<Imported>, ImportError> {
    let text = text("xpub", material, 256)?;
    let (key, version) =
        ExtendedPublic::from_xpub_versioned(text).map_err(|error| match error {
            KeyError::IsPrivate => ImportError::PrivateKey { format: "xpub" },
            other => other.into(),
        })?;
    let mut notes = depth_note(key.depth);
    if matches!(
        version.script,
        Script::NestedMultisig | Script::SegwitMultisig
    ) {
        notes.push(
            "the key's version names multi-signature addresses, which one key alone does not give"
                .into(),
        );
    }
    Ok(vec![Imported {
        secret: ImportedSecret::WatchXpub { key, version },
        label: None,
        address: None,
        notes,
    }])
}

fn from_wif(curve: Curve, material: &[u8]) -> Result<Vec<Imported>, ImportError> {
    let found = wif::parse(material)?;
    let neo = curve == Curve::Nist256p1;
    if curve == Curve::Ed25519 || (neo && (!found.compressed || found.network != Network::Main)) {
        return Err(ImportError::Field {
            format: "WIF",
            field: "curve",
            expected: "a Bitcoin key, or a compressed mainnet key for Neo",
        });
    }
    let mut notes = Vec::new();
    if !found.compressed {
        notes.push(
            "the WIF stands for an uncompressed public key: coins on its old P2PKH address are not seen, \
             only those on segwit and taproot addresses of the same key"
                .into(),
        );
    }
    if found.network == Network::Test {
        notes.push("the WIF is for a Bitcoin test network".into());
    }
    let secret = ImportedSecret::raw(curve, found.secret)?;
    Ok(vec![Imported {
        secret,
        label: None,
        address: None,
        notes,
    }])
}

fn nep6(material: &[u8], password: &[u8], costly: bool) -> Result<Vec<Imported>, ImportError> {
    let wallet = Wallet::parse(material)?;
    let opened = wallet.open(password, costly)?;
    if opened.is_empty() {
        return Err(ImportError::Count {
            format: "NEP-6 wallet",
            found: 0,
            expected: "an account with a key",
        });
    }
    let imported = |account: crate::nep6::OpenAccount| {
        let mut notes = Vec::new();
        if !account.single_sig {
            notes.push(format!(
                "{} is a contract that uses this key (such as multi-signature), not the key's own address",
                account.address
            ));
        }
        let secret = ImportedSecret::raw(Curve::Nist256p1, account.secret)?;
        Ok(Imported {
            secret,
            label: account.label,
            address: Some(account.address),
            notes,
        })
    };
    opened.into_iter().map(imported).collect()
}
