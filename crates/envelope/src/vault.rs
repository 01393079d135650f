//! The vault file, format `jinku-vault/1`: one data key, wrapped by a passphrase or a key file, and the records under it.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use jinku_secrets::{Secret, SecretBytes};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::subkeys::purpose;
use crate::{EnvelopeError, KdfParams, aad, frame, hex, open, seal, subkey};

mod types;

pub use types::{Form, Header, Unlock, VaultSpec};
use types::{UnlockKind, Wrap, check_header, header_of, salt_of};

/// The format that this release writes and reads.
pub const FORMAT: &str = "jinku-vault/1";
/// Largest vault file that is read.
pub const MAX_BYTES: usize = 1 << 20;
const DATA_KEY: &str = "data-key";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    format: String,
    header: Header,
    wrap: Wrap,
    records: BTreeMap<String, String>,
    /// Empty while the MAC over the rest is computed.
    mac: String,
}

/// A vault file in memory: everything in it is public or sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultEnvelope(Body);

/// An unlocked vault: its data key in guarded memory, and the header that the key authenticated.
pub struct OpenVault {
    header: Header,
    data_key: Secret<32>,
}

impl OpenVault {
    /// Returns the authenticated header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns a subkey of the data key; purposes stand in `docs/reference/subkeys.md`.
    #[must_use]
    pub fn subkey(&self, purpose: &str, id: &str) -> Secret<32> {
        subkey(&self.data_key, purpose, id)
    }

    fn place(&self, record: &str) -> Vec<u8> {
        aad(FORMAT, &self.header.vault, record, self.header.key_version)
    }
}

/// Returns the header of a vault file whose checksum holds. Not authenticated: a label to show, no ground to act on.
///
/// # Errors
/// As [`VaultEnvelope::parse`].
pub fn read_header(bytes: &[u8]) -> Result<Header, EnvelopeError> {
    VaultEnvelope::parse(bytes).map(|v| v.0.header)
}

impl VaultEnvelope {
    /// Returns a new vault, key version 1, holding `records` (id, plaintext), and the same vault unlocked.
    ///
    /// # Errors
    /// For an empty passphrase, costs out of bounds, a field that breaks a rule, or no randomness.
    pub fn create(
        spec: VaultSpec,
        unlock: &Unlock<'_>,
        kdf: KdfParams,
        records: &[(&str, &[u8])],
    ) -> Result<(Self, OpenVault), EnvelopeError> {
        unlock.check_new(&kdf)?;
        let header = header_of(spec);
        check_header(&header)?;
        let opened = OpenVault {
            header,
            data_key: Secret::random()?,
        };
        let wrap = wrap_key(&opened, unlock, kdf)?;
        let sealed = seal_records(&opened, records.iter().copied())?;
        Ok((assemble(&opened, wrap, sealed)?, opened))
    }

    /// Returns the vault of a file's bytes; nothing in it is believed before [`VaultEnvelope::open`].
    ///
    /// # Errors
    /// Tells a cut file, a damaged one, one of another format and absurd Argon2id costs apart.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > MAX_BYTES {
            return Err(EnvelopeError::TooLarge { found: bytes.len() });
        }
        let body: Body = frame::read(bytes, FORMAT)?;
        if let Some(kdf) = body.wrap.kdf {
            kdf.check()?;
        }
        if body.wrap.kdf.is_some() != (body.wrap.kind == UnlockKind::Passphrase) {
            return Err(frame::damaged(
                "its wrap names costs that its kind does not have",
            ));
        }
        salt_of(&body.wrap)?;
        check_header(&body.header).map_err(|e| frame::damaged(e.to_string()))?;
        Ok(Self(body))
    }

    /// Returns the bytes of the file.
    ///
    /// # Errors
    /// Not for a vault that this module returned.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        frame::write(&self.0)
    }

    /// Returns the header, unauthenticated.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.0.header
    }

    /// Returns the vault unlocked, after its whole file was authenticated under the data key.
    ///
    /// # Errors
    /// [`EnvelopeError::WrongSecret`], [`EnvelopeError::WrongSecretKind`], or [`EnvelopeError::Forged`] when the key
    /// fits and the rest was changed.
    pub fn open(&self, unlock: &Unlock<'_>) -> Result<OpenVault, EnvelopeError> {
        let Body { header, wrap, .. } = &self.0;
        let kek = unlock.kek(&header.vault, wrap)?;
        let sealed = hex::decode(&wrap.data_key)
            .ok_or_else(|| frame::damaged("its wrapped key is no hex"))?;
        let place = aad(FORMAT, &header.vault, DATA_KEY, header.key_version);
        let wrong = |_| EnvelopeError::WrongSecret {
            kind: wrap.kind.as_str(),
        };
        let plain = open(&kek, &place, &sealed).map_err(wrong)?;
        // By reference: a copied array would stay on the stack.
        let array: &[u8; 32] = plain
            .as_slice()
            .try_into()
            .map_err(|_| frame::damaged("its data key is not 32 bytes"))?;
        let opened = OpenVault {
            header: header.clone(),
            data_key: Secret::init(|to| to.copy_from_slice(array)),
        };
        self.check_mac(&opened)?;
        Ok(opened)
    }

    fn check_mac(&self, opened: &OpenVault) -> Result<(), EnvelopeError> {
        let forged = EnvelopeError::Forged {
            what: "the vault's header or one of its records",
        };
        let Some(written) = hex::decode_array::<32>(&self.0.mac) else {
            return Err(forged);
        };
        let body = Body {
            mac: String::new(),
            ..self.0.clone()
        };
        keyed(opened, &body)?
            .verify_slice(&written)
            .map_err(|_| forged)
    }

    /// Returns the plaintext of a record.
    ///
    /// # Errors
    /// [`EnvelopeError::NoRecord`], or [`EnvelopeError::Unsealable`] when `opened` is another vault's.
    pub fn record(&self, opened: &OpenVault, id: &str) -> Result<SecretBytes, EnvelopeError> {
        let sealed = self
            .0
            .records
            .get(id)
            .ok_or_else(|| EnvelopeError::NoRecord { id: id.to_owned() })?;
        Ok(SecretBytes::from_vec(self.open_record(opened, id, sealed)?))
    }

    fn open_record(
        &self,
        opened: &OpenVault,
        id: &str,
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let sealed =
            hex::decode(sealed).ok_or_else(|| frame::damaged("one of its records is no hex"))?;
        open(
            &opened.subkey(purpose::RECORD, &opened.header.vault),
            &opened.place(id),
            &sealed,
        )
    }

    /// Returns this vault with `id` holding `plaintext` (added or replaced).
    ///
    /// # Errors
    /// [`EnvelopeError::Forged`] when `opened` is not this vault's, or no randomness.
    pub fn with_record(
        &self,
        opened: &OpenVault,
        id: &str,
        plaintext: &[u8],
    ) -> Result<Self, EnvelopeError> {
        self.check_mac(opened)?;
        let mut records = self.0.records.clone();
        records.extend(seal_records(opened, std::iter::once((id, plaintext)))?);
        assemble(opened, self.0.wrap.clone(), records)
    }

    /// Returns this vault under another passphrase or key file; the data key and the sealed records are the same bytes,
    /// so whoever has an old copy still opens that copy with the old secret.
    ///
    /// # Errors
    /// As [`VaultEnvelope::open`] and [`VaultEnvelope::create`].
    pub fn rewrap(
        &self,
        old: &Unlock<'_>,
        new: &Unlock<'_>,
        kdf: KdfParams,
    ) -> Result<Self, EnvelopeError> {
        new.check_new(&kdf)?;
        let opened = self.open(old)?;
        let wrap = wrap_key(&opened, new, kdf)?;
        assemble(&opened, wrap, self.0.records.clone())
    }

    /// Returns this vault under a new data key, every record sealed anew, the key version one higher, and the same
    /// vault unlocked. What opens it stays the same.
    ///
    /// # Errors
    /// As [`VaultEnvelope::open`]; nothing is returned unless every record was resealed.
    pub fn rekey(
        &self,
        unlock: &Unlock<'_>,
        kdf: KdfParams,
    ) -> Result<(Self, OpenVault), EnvelopeError> {
        unlock.check_new(&kdf)?;
        let old = self.open(unlock)?;
        let next = old
            .header
            .key_version
            .checked_add(1)
            .ok_or_else(|| frame::damaged("its key version is at the end"))?;
        let header = Header {
            key_version: next,
            ..old.header.clone()
        };
        let new = OpenVault {
            header,
            data_key: Secret::random()?,
        };
        let mut records = BTreeMap::new();
        for (id, sealed) in &self.0.records {
            let plain = self.open_record(&old, id, sealed)?;
            records.extend(seal_records(
                &new,
                std::iter::once((id.as_str(), plain.as_slice())),
            )?);
        }
        let wrap = wrap_key(&new, unlock, kdf)?;
        Ok((assemble(&new, wrap, records)?, new))
    }
}

fn wrap_key(
    opened: &OpenVault,
    unlock: &Unlock<'_>,
    kdf: KdfParams,
) -> Result<Wrap, EnvelopeError> {
    let mut salt = [0u8; 16];
    jinku_secrets::os_random(&mut salt)?;
    let kind = unlock.kind();
    let kdf = (kind == UnlockKind::Passphrase).then_some(kdf);
    let mut wrap = Wrap {
        kind,
        kdf,
        salt: hex::encode(&salt),
        data_key: String::new(),
    };
    let kek = unlock.kek(&opened.header.vault, &wrap)?;
    wrap.data_key = hex::encode(&seal(
        &kek,
        &opened.place(DATA_KEY),
        opened.data_key.expose(),
    )?);
    Ok(wrap)
}

fn seal_records<'a>(
    opened: &OpenVault,
    records: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Result<BTreeMap<String, String>, EnvelopeError> {
    let key = opened.subkey(purpose::RECORD, &opened.header.vault);
    let mut sealed = BTreeMap::new();
    for (id, plaintext) in records {
        if id.is_empty() || id == DATA_KEY {
            let found = format!("{id:?}");
            return Err(EnvelopeError::BadField {
                field: "a record id",
                found,
                expected: "a name other than data-key",
            });
        }
        sealed.insert(
            id.to_owned(),
            hex::encode(&seal(&key, &opened.place(id), plaintext)?),
        );
    }
    Ok(sealed)
}

fn keyed(opened: &OpenVault, body: &Body) -> Result<Hmac<Sha256>, EnvelopeError> {
    let key = opened.subkey(purpose::VAULT_MAC, &opened.header.vault);
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose())
        .unwrap_or_else(|_| unreachable!("HMAC takes any length"));
    mac.update(&frame::canonical_bytes(body)?);
    Ok(mac)
}

fn assemble(
    opened: &OpenVault,
    wrap: Wrap,
    records: BTreeMap<String, String>,
) -> Result<VaultEnvelope, EnvelopeError> {
    let header = opened.header.clone();
    let mut body = Body {
        format: FORMAT.to_owned(),
        header,
        wrap,
        records,
        mac: String::new(),
    };
    body.mac = hex::encode(&keyed(opened, &body)?.finalize().into_bytes());
    let bytes = frame::canonical_bytes(&body)?.len();
    if bytes > MAX_BYTES - 256 {
        return Err(EnvelopeError::TooLarge { found: bytes });
    }
    Ok(VaultEnvelope(body))
}
