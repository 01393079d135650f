//! How a trust root is refused, and the most that one may hold.

use jinku_words::WordsError;
use jinku_words::shape::value_error;

use crate::log::error::{LogCode, LogError};

/// The most keys, groups or witnesses, each.
pub(super) const MAX_ITEMS: usize = 256;
/// The most keys of the journal, or of one witness.
pub(super) const MAX_LOG_KEYS: usize = 4;

pub(super) fn refused(
    place: &str,
    found: impl AsRef<str>,
    expected: impl Into<String>,
) -> LogError {
    of_word(&value_error(
        &format!("trust_root.{place}"),
        found,
        expected,
    ))
}

pub(super) fn of_word(error: &WordsError) -> LogError {
    LogError::of_word(LogCode::TrustMalformed, error)
}
