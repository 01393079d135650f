//! A trust root with the admins' signatures, and the step from one version to the next.

use jinku_words::canonical;
use jinku_words::canonical::Value;
use jinku_words::shape::{Fields, value_error};

use super::document::{KeyKind, Role, TrustRoot};
use super::refusal::of_word;
use crate::Hash;
use crate::json::{push_int, push_name, push_str};
use crate::log::error::{LogCode, LogError, LogResult, hex, unhex};
use crate::log::key::check_ed25519;

/// The most signatures that are read: those of a version's admins and of the version before.
const MAX_SIGNATURES: usize = 512;

/// An admin's Ed25519 signature over a root's digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminSignature {
    /// Who signed: an admin of this version or of the one before.
    pub public: [u8; 32],
    /// Over [`TrustRoot::digest`].
    pub signature: [u8; 64],
}

/// A trust root and its signatures, well formed; believed only after [`SignedTrustRoot::check_first`] or
/// [`SignedTrustRoot::check_next`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTrustRoot {
    root: TrustRoot,
    digest: Hash,
    signatures: Vec<AdminSignature>,
}

impl SignedTrustRoot {
    /// The root with these signatures, in any order.
    ///
    /// # Errors
    /// `trust.malformed` when the root breaks a rule, a key signs twice, or there are more than 512.
    pub fn new(root: TrustRoot, mut signatures: Vec<AdminSignature>) -> LogResult<Self> {
        signatures.sort_by_key(|s| s.public);
        let made = Self {
            digest: root.digest()?,
            root,
            signatures,
        };
        made.check_signatures()?;
        Ok(made)
    }

    fn check_signatures(&self) -> LogResult<()> {
        let ascending = self
            .signatures
            .windows(2)
            .all(|pair| pair[0].public < pair[1].public);
        if ascending && self.signatures.len() <= MAX_SIGNATURES {
            return Ok(());
        }
        let (found, expected) = (
            format!("{} signatures", self.signatures.len()),
            "at most 512 by ascending public key, each key once",
        );
        Err(of_word(&value_error("signatures", found, expected)))
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> &TrustRoot {
        &self.root
    }

    /// The root's digest.
    #[must_use]
    pub fn digest(&self) -> Hash {
        self.digest
    }

    /// The signatures by ascending public key.
    #[must_use]
    pub fn signatures(&self) -> &[AdminSignature] {
        &self.signatures
    }

    /// The signed root of exactly these canonical bytes: `{"root":…,"signatures":[{"public":…,"signature":…}],"v":1}`.
    ///
    /// # Errors
    /// `trust.malformed`, naming the field.
    pub fn parse(bytes: &[u8]) -> LogResult<Self> {
        let value = canonical::parse_exact(bytes).map_err(|e| of_word(&e))?;
        let (root, signatures) = read(value).map_err(|e| of_word(&e))?;
        let root = TrustRoot::of_value(root)?;
        let made = Self {
            digest: root.digest()?,
            root,
            signatures,
        };
        made.check_signatures()?;
        Ok(made)
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// Not for what this module returned.
    pub fn to_bytes(&self) -> LogResult<Vec<u8>> {
        let mut out = b"{\"root\":".to_vec();
        out.extend_from_slice(&self.root.to_canonical()?);
        push_name(&mut out, false, "signatures");
        out.push(b'[');
        for (i, one) in self.signatures.iter().enumerate() {
            out.extend_from_slice(if i > 0 { b",{" } else { b"{" });
            push_name(&mut out, true, "public");
            push_str(&mut out, &hex(&one.public));
            push_name(&mut out, false, "signature");
            push_str(&mut out, &hex(&one.signature));
            out.push(b'}');
        }
        out.push(b']');
        push_name(&mut out, false, "v");
        push_int(&mut out, 1);
        out.push(b'}');
        Ok(out)
    }

    /// Holds when enough admins of `by` signed this root; expired ones do not count at `at_ms`.
    fn check_threshold(&self, by: &TrustRoot, at_ms: u64) -> LogResult<()> {
        let mut count = 0;
        for one in &self.signatures {
            let admin = by.keys.iter().find(|k| {
                k.kind == KeyKind::Ed25519 && k.public == one.public && k.may(Role::Admin, at_ms)
            });
            let Some(admin) = admin else { continue };
            if !check_ed25519(&one.public, &self.digest, &one.signature) {
                let what = format!(
                    "the signature of {} on version {} of the trust root does not hold",
                    admin.name, self.root.version
                );
                return Err(LogError::new(
                    LogCode::TrustSignature,
                    what,
                    hex(&one.signature[..8]),
                    format!("a signature over {}", hex(&self.digest)),
                ));
            }
            count += 1;
        }
        if count < by.admin_threshold {
            let what = format!(
                "version {} of the trust root lacks signatures of the admins of version {}",
                self.root.version, by.version
            );
            return Err(LogError::new(
                LogCode::TrustUnsigned,
                what,
                count.to_string(),
                format!("{} or more", by.admin_threshold),
            ));
        }
        Ok(())
    }

    /// Holds when the threshold of its own admins signed this root. Whether it is the right one, only its fingerprint says.
    ///
    /// # Errors
    /// `trust.unsigned` or `trust.signature_invalid`.
    pub fn check_signed(&self, at_ms: u64) -> LogResult<()> {
        self.check_threshold(&self.root, at_ms)
    }

    /// Holds when this is version 1, signed by the threshold of itself. Whether it is the right one, only its fingerprint says.
    ///
    /// # Errors
    /// `trust.version`, `trust.unsigned` or `trust.signature_invalid`.
    pub fn check_first(&self, at_ms: u64) -> LogResult<()> {
        if self.root.version != 1 {
            let what = "a trust root is not the first";
            return Err(LogError::new(
                LogCode::TrustVersion,
                what,
                format!("version {}", self.root.version),
                "version 1",
            ));
        }
        self.check_signed(at_ms)
    }

    /// Holds when `next` may follow this root, apart from who signed it: the next version of the same deployment, not older.
    /// None is skipped.
    ///
    /// # Errors
    /// `trust.version`.
    pub fn check_succession(&self, next: &TrustRoot) -> LogResult<()> {
        let now = &self.root;
        let refused = |what: &str, found: String, expected: String| {
            Err(LogError::new(LogCode::TrustVersion, what, found, expected))
        };
        if next.deployment != now.deployment {
            return refused(
                "a trust root is another deployment's",
                next.deployment.to_string(),
                now.deployment.to_string(),
            );
        }
        if next.version != now.version.saturating_add(1) {
            let (found, expected) = (
                format!("version {}", next.version),
                format!("version {}", now.version.saturating_add(1)),
            );
            return refused("a trust root is not the next version", found, expected);
        }
        if next.created_at_ms < now.created_at_ms {
            let (found, expected) = (
                format!("{} ms", next.created_at_ms),
                format!("at least {} ms", now.created_at_ms),
            );
            return refused("a trust root is older than the one before", found, expected);
        }
        Ok(())
    }

    /// Holds when `next` may take this root's place: it may follow, and the threshold of this version and of itself signed it.
    ///
    /// # Errors
    /// `trust.version`, `trust.unsigned` or `trust.signature_invalid`.
    pub fn check_next(&self, next: &Self, at_ms: u64) -> LogResult<()> {
        self.check_succession(&next.root)?;
        next.check_threshold(&self.root, at_ms)?;
        next.check_threshold(&next.root, at_ms)
    }
}

fn read(value: Value) -> jinku_words::error::Result<(Value, Vec<AdminSignature>)> {
    let mut fields = Fields::new(value, "signed_trust_root".to_owned())?;
    fields.version(1)?;
    let signatures = fields.each("signatures", MAX_SIGNATURES, |one| {
        let (public, signature) = (one.text("public")?, one.text("signature")?);
        let wrong = |field: &str, expected: &str| {
            value_error(
                &format!("signed_trust_root.signatures.{field}"),
                "another text",
                expected,
            )
        };
        Ok(AdminSignature {
            public: unhex(&public)
                .and_then(|b| b.try_into().ok())
                .ok_or_else(|| wrong("public", "64 lower-case hex digits"))?,
            signature: unhex(&signature)
                .and_then(|b| b.try_into().ok())
                .ok_or_else(|| wrong("signature", "128 lower-case hex digits"))?,
        })
    })?;
    let root = fields.take("root")?;
    fields.end()?;
    Ok((root, signatures))
}
