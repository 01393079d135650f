//! Messages that people sign (EIP-191, version 0x45).

use sha3::{Digest, Keccak256};

/// What is signed of a message: Keccak-256 over the prefix, the message's length in decimal, and the message.
#[must_use]
pub fn message_digest(message: &[u8]) -> [u8; 32] {
    Keccak256::new()
        .chain_update(b"\x19Ethereum Signed Message:\n")
        .chain_update(message.len().to_string())
        .chain_update(message)
        .finalize()
        .into()
}
