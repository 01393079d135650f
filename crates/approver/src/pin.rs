//! The pinned trust root: whom this device believes, of the one deployment that it approves for.

use jinku_proof::log::trust::{Fingerprint, KeyKind, Role, SignedTrustRoot, TrustRoot, TrustedKey};

use crate::{ApproverError, Folder, Outcome};

/// A trust root that this device pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    signed: SignedTrustRoot,
    fingerprint: Fingerprint,
}

/// What a brought trust root would be here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing is pinned yet: a person has to compare the fingerprint.
    First(Pin),
    /// The next version, signed by the admins of the pinned one: nothing has to be compared.
    Next(Pin),
    /// It is the pinned one.
    Same(Pin),
}

impl Pin {
    fn parse(bytes: &[u8]) -> Outcome<Self> {
        let signed = SignedTrustRoot::parse(bytes)?;
        let fingerprint = Fingerprint::of(&signed.digest());
        Ok(Self {
            signed,
            fingerprint,
        })
    }

    /// What the folder has pinned.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn load(folder: &Folder) -> Outcome<Option<Self>> {
        folder.pin()?.map(|bytes| Self::parse(&bytes)).transpose()
    }

    /// What a brought trust root would be here.
    ///
    /// # Errors
    /// `trust.*`: malformed, not signed by its own admins, expired, of another deployment, not the next version, or not
    /// signed by the admins of the pinned one.
    pub fn step(pinned: Option<&Self>, bytes: &[u8], now_ms: u64) -> Outcome<Step> {
        let brought = Self::parse(bytes)?;
        brought.root().check_fresh(now_ms)?;
        let Some(pinned) = pinned else {
            brought.signed.check_signed(now_ms)?;
            return Ok(Step::First(brought));
        };
        if pinned.fingerprint == brought.fingerprint {
            return Ok(Step::Same(brought));
        }
        let next = pinned.signed.check_next(&brought.signed, now_ms);
        next.map_err(|error| {
            ApproverError::from(error).advice(format!(
                "this device is at version {}: pin one version after the other (jinku trust export --version N), and take another --dir for another deployment",
                pinned.root().version
            ))
        })?;
        Ok(Step::Next(brought))
    }

    /// The document.
    #[must_use]
    pub fn root(&self) -> &TrustRoot {
        self.signed.root()
    }

    /// What people compare.
    #[must_use]
    pub const fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// Not for what this module returned.
    pub fn to_bytes(&self) -> Outcome<Vec<u8>> {
        Ok(self.signed.to_bytes()?)
    }

    /// The key of that name, if it may do this now; keys of another kind than Ed25519 are not read here.
    #[must_use]
    pub fn key(&self, name: &str, role: Role, now_ms: u64) -> Option<&TrustedKey> {
        let key = self.root().key(name)?;
        (key.kind == KeyKind::Ed25519 && key.may(role, now_ms)).then_some(key)
    }

    /// The approver who has this public key now.
    #[must_use]
    pub fn approver(&self, public: &[u8; 32], now_ms: u64) -> Option<&TrustedKey> {
        let mut keys = self.root().keys.iter();
        keys.find(|key| {
            key.public == public && self.key(&key.name, Role::Approver, now_ms).is_some()
        })
    }
}
