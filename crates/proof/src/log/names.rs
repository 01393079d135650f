//! How a note may name keys and logs, and how late a cosignature may be.

/// The longest name: what `cosigned_message` has room for (tlog-cosignature, "ML-DSA-44 signed message").
pub const MAX_NAME_BYTES: usize = 255;
/// The largest time of a cosignature: 2^63 − 1 (tlog-cosignature, "Format").
pub const MAX_TIMESTAMP: u64 = i64::MAX as u64;

/// Holds when a note may name a key so: not empty, no Unicode space, no plus, no control character, at most 255 bytes.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME_BYTES
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c == '+' || c < ' ')
}
