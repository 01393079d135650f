//! What a batch of accounts commits to: one leaf an account, and the statement that the signer's identity key signs.

use ed25519_dalek::{Signature, VerifyingKey};
use jinku_words::digest::domain_digest;
use sha2::{Digest, Sha256};

use crate::json::{push_int, push_name, push_str};
use crate::{Hash, ProofError};

/// Domain tag of a batch statement's digest.
pub const BATCH_TAG: &str = jinku_words::digest::BATCH;

/// Domain tag of a signer's answer to a challenge.
pub const HELLO_TAG: &str = "jinku/hello/1";

/// The largest integer that canonical JSON carries exactly: 2^53 − 1 (RFC 8785 section 3.2.2.3, RFC 7493).
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// One address of an account, as its leaf names it: CAIP-2 chain id, kind (`eoa`, `p2tr`, …), full derivation path and
/// address text.
pub type LeafAddress<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Appends the leaf's canonical JSON to `out`.
///
/// The form is `{"account":…,"addresses":[{"address":…,"chain":…,"kind":…,"path":…},…],"index":…,"v":1}` with the
/// addresses in the order of the job's forms. `index` stays below 2^53 because account numbers are BIP-32 child numbers.
pub fn batch_leaf_bytes(
    out: &mut Vec<u8>,
    account: &str,
    index: u64,
    addresses: &[LeafAddress<'_>],
) {
    out.extend_from_slice(b"{\"account\":");
    push_str(out, account);
    out.extend_from_slice(b",\"addresses\":[");
    for (i, (chain, kind, path, address)) in addresses.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"address\":");
        push_str(out, address);
        out.extend_from_slice(b",\"chain\":");
        push_str(out, chain);
        out.extend_from_slice(b",\"kind\":");
        push_str(out, kind);
        out.extend_from_slice(b",\"path\":");
        push_str(out, path);
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"index\":");
    push_int(out, index);
    out.extend_from_slice(b",\"v\":1}");
}

/// Returns the leaf hash of an account: [`crate::leaf_hash`] over [`batch_leaf_bytes`].
#[must_use]
pub fn batch_leaf(account: &str, index: u64, addresses: &[LeafAddress<'_>]) -> Hash {
    let mut bytes = Vec::with_capacity(160 + 160 * addresses.len());
    bytes.push(0);
    batch_leaf_bytes(&mut bytes, account, index, addresses);
    Sha256::digest(&bytes).into()
}

/// A form as the batch statement names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementForm<'a> {
    /// CAIP-2 chain id.
    pub chain: &'a str,
    /// Family: `evm`, `bitcoin`, …
    pub family: &'a str,
    /// Kind of address.
    pub kind: &'a str,
    /// Path template, with `{i}` for the account number.
    pub path: &'a str,
}

/// What the signer states about a batch that it derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchStatement<'a> {
    /// Number of accounts.
    pub count: u64,
    /// Deployment id (UUID text).
    pub deployment: &'a str,
    /// The job's forms in their order.
    pub forms: &'a [StatementForm<'a>],
    /// Job id (UUID text).
    pub job: &'a str,
    /// `custodial` or `self`.
    pub mode: &'a str,
    /// Merkle root over the accounts' leaves.
    pub root: Hash,
    /// Number of the first account.
    pub start: u64,
    /// The job's creation, Unix milliseconds; stands as a decimal string.
    pub created_at_ms: u64,
    /// Vault id (UUID text).
    pub vault: &'a str,
}

impl BatchStatement<'_> {
    /// Returns the canonical JSON of the statement, version 1.
    ///
    /// # Errors
    /// [`ProofError::NumberTooLarge`] when start or count is above 2^53 − 1.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ProofError> {
        for (field, found) in [("count", self.count), ("start", self.start)] {
            if found > MAX_SAFE_INTEGER {
                return Err(ProofError::NumberTooLarge { field, found });
            }
        }
        let mut out = Vec::with_capacity(512 + 128 * self.forms.len());
        out.push(b'{');
        push_name(&mut out, true, "count");
        push_int(&mut out, self.count);
        push_name(&mut out, false, "deployment");
        push_str(&mut out, self.deployment);
        push_name(&mut out, false, "forms");
        out.push(b'[');
        for (i, form) in self.forms.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            out.push(b'{');
            for (j, (name, value)) in [
                ("chain", form.chain),
                ("family", form.family),
                ("kind", form.kind),
                ("path", form.path),
            ]
            .iter()
            .enumerate()
            {
                push_name(&mut out, j == 0, name);
                push_str(&mut out, value);
            }
            out.push(b'}');
        }
        out.push(b']');
        push_name(&mut out, false, "job");
        push_str(&mut out, self.job);
        push_name(&mut out, false, "mode");
        push_str(&mut out, self.mode);
        push_name(&mut out, false, "root");
        push_str(
            &mut out,
            &self
                .root
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect::<String>(),
        );
        push_name(&mut out, false, "start");
        push_int(&mut out, self.start);
        push_name(&mut out, false, "ts");
        push_str(&mut out, &self.created_at_ms.to_string());
        push_name(&mut out, false, "v");
        push_int(&mut out, 1);
        push_name(&mut out, false, "vault");
        push_str(&mut out, self.vault);
        out.push(b'}');
        Ok(out)
    }

    /// Returns the digest that the identity key signs: `SHA-256("jinku/batch/1" ‖ 00 ‖ statement)`.
    ///
    /// # Errors
    /// As [`BatchStatement::to_bytes`].
    pub fn digest(&self) -> Result<Hash, ProofError> {
        Ok(statement_digest(&self.to_bytes()?))
    }
}

fn statement_digest(statement: &[u8]) -> Hash {
    domain_digest(BATCH_TAG, statement)
}

/// Holds when `signature` is the identity key's Ed25519 signature (RFC 8032, strict) over
/// `SHA-256("jinku/hello/1" ‖ 00 ‖ nonce ‖ deployment)`: the signer that answers holds the key now.
///
/// # Errors
/// As [`verify_statement`].
pub fn verify_hello(
    identity: &[u8; 32],
    nonce: &[u8; 32],
    deployment: &str,
    signature: &[u8; 64],
) -> Result<(), ProofError> {
    let said = [nonce.as_slice(), deployment.as_bytes()].concat();
    verify_digest(identity, &domain_digest(HELLO_TAG, &said), signature)
}

/// Holds when `signature` is the identity key's Ed25519 signature (RFC 8032, strict) over the statement's digest.
///
/// # Errors
/// [`ProofError::BadKey`] for a key that is no point or of small order, [`ProofError::BadSignature`] otherwise.
pub fn verify_statement(
    identity: &[u8; 32],
    statement: &[u8],
    signature: &[u8; 64],
) -> Result<(), ProofError> {
    verify_digest(identity, &statement_digest(statement), signature)
}

/// Holds when `signature` is the key's Ed25519 signature (RFC 8032, strict) over a digest.
///
/// # Errors
/// As [`verify_statement`].
pub fn verify_digest(
    identity: &[u8; 32],
    digest: &Hash,
    signature: &[u8; 64],
) -> Result<(), ProofError> {
    let key = VerifyingKey::from_bytes(identity).map_err(|_| ProofError::BadKey)?;
    if key.is_weak() {
        return Err(ProofError::BadKey);
    }
    key.verify_strict(digest, &Signature::from_bytes(signature))
        .map_err(|_| ProofError::BadSignature)
}
