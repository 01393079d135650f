//! The parser of policy documents.

use jinku_words::canonical;
use jinku_words::digest::domain_digest;

/// Policy documents: what is read is canonical, and is named by its bytes.
pub(crate) fn policy(data: &[u8]) {
    if let Ok(policy) = jinku_policy::Policy::from_canonical(data) {
        assert!(canonical::canonicalize(data).is_ok_and(|again| again == data));
        let named = domain_digest("jinku/policy/1", data);
        assert_eq!(policy.digest(), named);
        assert!(policy.longest_window_seconds() <= 366 * 86_400);
    }
}
