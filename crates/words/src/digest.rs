//! Domain-separated digests: no two kinds of document ever share a preimage.

use sha2::{Digest, Sha256};

/// Tag of an intent.
pub const INTENT: &str = "jinku/intent/1";
/// Tag of an intent without its id, which idempotency compares.
pub const INTENT_BODY: &str = "jinku/intent-body/1";
/// Tag of a plan.
pub const PLAN: &str = "jinku/plan/1";
/// Tag of a verdict.
pub const VERDICT: &str = "jinku/verdict/1";
/// Tag of an approval.
pub const APPROVAL: &str = "jinku/approval/1";
/// Tag of a batch statement.
pub const BATCH: &str = "jinku/batch/1";
/// Tag of the seed of an account id.
pub const ACCOUNT_ID: &str = "jinku/account-id/1";

/// `SHA256(tag ‖ 00 ‖ bytes)`. The tag must hold no NUL, else two tags could share a preimage; tags are constants.
#[must_use]
pub fn domain_digest(tag: &str, bytes: &[u8]) -> [u8; 32] {
    debug_assert!(!tag.as_bytes().contains(&0), "a tag holds no NUL");
    let mut hash = Sha256::new();
    hash.update(tag.as_bytes());
    hash.update([0u8]);
    hash.update(bytes);
    hash.finalize().into()
}
