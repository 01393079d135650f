//! What a vault is made of: forms, header, what opens it, and the rules that a header keeps.

use std::collections::BTreeMap;

use jinku_secrets::Secret;
use serde::{Deserialize, Serialize};

use crate::subkeys::{expand, info, purpose};
use crate::{EnvelopeError, KdfParams, derive_kek, frame, hex};

/// One address form of the vault's accounts, as its header names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// CAIP-2 chain id.
    pub chain: String,
    /// Family: `evm`, `bitcoin`, …
    pub family: String,
    /// Kind of address.
    pub kind: String,
    /// Path template, with `{i}` for the account number.
    pub path: String,
}

/// How the data key is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum UnlockKind {
    /// Argon2id of a passphrase.
    Passphrase,
    /// HKDF of a key file's 32 bytes.
    Keyfile,
}

impl UnlockKind {
    /// Returns the word for messages and files.
    #[must_use]
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Passphrase => "passphrase",
            Self::Keyfile => "keyfile",
        }
    }
}

/// What opens a vault.
pub enum Unlock<'a> {
    /// A passphrase, byte for byte as it was entered (no Unicode normalisation is done here).
    Passphrase(&'a [u8]),
    /// The bytes of a key file, see [`crate::keyfile`].
    KeyFile(&'a Secret<32>),
}

impl Unlock<'_> {
    pub(super) fn kind(&self) -> UnlockKind {
        match self {
            Self::Passphrase(_) => UnlockKind::Passphrase,
            Self::KeyFile(_) => UnlockKind::Keyfile,
        }
    }

    /// Holds when it may protect something new.
    pub(super) fn check_new(&self, kdf: &KdfParams) -> Result<(), EnvelopeError> {
        match self {
            Self::Passphrase([]) => Err(EnvelopeError::EmptyPassphrase),
            Self::Passphrase(_) => kdf.check_new(),
            Self::KeyFile(_) => Ok(()),
        }
    }

    /// Returns the key-encryption key.
    pub(super) fn kek(&self, vault: &str, wrap: &Wrap) -> Result<Secret<32>, EnvelopeError> {
        let salt = salt_of(wrap)?;
        match (self, wrap.kdf) {
            (Self::Passphrase(passphrase), Some(kdf)) => derive_kek(passphrase, &salt, &kdf),
            (Self::KeyFile(key), None) => Ok(expand(
                key.expose(),
                &salt,
                &info(purpose::KEYFILE_KEK, vault),
            )),
            _ => Err(EnvelopeError::WrongSecretKind {
                found: self.kind().as_str(),
                expected: wrap.kind.as_str(),
            }),
        }
    }
}

/// What a new vault shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultSpec {
    /// Vault id, UUID text.
    pub vault: String,
    /// Name that people use.
    pub name: String,
    /// `hot`, `warm`, `cold` or `system`.
    pub tier: String,
    /// Address forms of its accounts, in order.
    pub forms: Vec<Form>,
    /// Limits of use: opaque canonical JSON text.
    pub limits: String,
    /// Whether the rules of export may let a key out at all.
    pub exportable: bool,
    /// Whether each account has a hardened level of its own.
    pub hardened_accounts: bool,
    /// `bip39`, `xprv`, `raw-secp256k1`, …
    pub secret_kind: String,
    /// Master fingerprint, 8 hex digits; empty where there is none.
    pub fingerprint: String,
    /// Other authenticated public facts, such as the language of a mnemonic.
    pub notes: BTreeMap<String, String>,
}

/// What stands readable in a vault file. It is believed only after [`VaultEnvelope::open`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Vault id, UUID text.
    pub vault: String,
    /// Name that people use.
    pub name: String,
    /// Storage tier.
    pub tier: String,
    /// Address forms of its accounts, in order.
    pub forms: Vec<Form>,
    /// Limits of use: opaque canonical JSON text.
    pub limits: String,
    /// Whether the rules of export may let a key out at all.
    pub exportable: bool,
    /// Whether each account has a hardened level of its own.
    pub hardened_accounts: bool,
    /// Kind of the secret.
    pub secret_kind: String,
    /// Master fingerprint, 8 hex digits.
    pub fingerprint: String,
    /// Version of the data key, from 1.
    pub key_version: u32,
    /// Other authenticated public facts.
    pub notes: BTreeMap<String, String>,
}

/// The wrapped data key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrap {
    pub(super) kind: UnlockKind,
    pub(super) kdf: Option<KdfParams>,
    pub(super) salt: String,
    pub(super) data_key: String,
}

pub(super) fn header_of(spec: VaultSpec) -> Header {
    Header {
        vault: spec.vault,
        name: spec.name,
        tier: spec.tier,
        forms: spec.forms,
        limits: spec.limits,
        exportable: spec.exportable,
        hardened_accounts: spec.hardened_accounts,
        secret_kind: spec.secret_kind,
        fingerprint: spec.fingerprint,
        key_version: 1,
        notes: spec.notes,
    }
}

pub(super) fn check_header(header: &Header) -> Result<(), EnvelopeError> {
    let bad = |field, found: String, expected| {
        Err(EnvelopeError::BadField {
            field,
            found,
            expected,
        })
    };
    let word = |s: &str| {
        !s.is_empty()
            && s.len() <= 40
            && s.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if !is_uuid(&header.vault) {
        return bad(
            "the vault id",
            format!("{} characters", header.vault.len()),
            "a lower-case UUID",
        );
    }
    let name = header.name.chars().count();
    if name == 0 || name > 100 || header.name.chars().any(char::is_control) {
        return bad(
            "the vault name",
            format!("{name} characters"),
            "1 to 100 characters, none of them control characters",
        );
    }
    for (field, value) in [
        ("the tier", &header.tier),
        ("the kind of secret", &header.secret_kind),
    ] {
        if !word(value) {
            return bad(
                field,
                format!("{} bytes", value.len()),
                "1 to 40 of a-z, 0-9 and -",
            );
        }
    }
    if !header.fingerprint.is_empty() && hex::decode_array::<4>(&header.fingerprint).is_none() {
        return bad(
            "the fingerprint",
            format!("{} characters", header.fingerprint.len()),
            "8 lower-case hex digits",
        );
    }
    if header.key_version == 0 {
        return bad("the key version", "0".to_owned(), "1 or more");
    }
    Ok(())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}

pub(super) fn salt_of(wrap: &Wrap) -> Result<[u8; 16], EnvelopeError> {
    hex::decode_array(&wrap.salt).ok_or_else(|| frame::damaged("its salt is not 16 bytes of hex"))
}
