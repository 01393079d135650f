//! Whose signature it is.

use std::sync::OnceLock;

use jinku_chain::{ChainCode, ChainError, ChainResult};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, Secp256k1, VerifyOnly};
use sha3::{Digest, Keccak256};

use crate::tx::Address;

fn context() -> &'static Secp256k1<VerifyOnly> {
    static CONTEXT: OnceLock<Secp256k1<VerifyOnly>> = OnceLock::new();
    CONTEXT.get_or_init(Secp256k1::verification_only)
}

/// The address whose low-s signature (EIP-2) of the digest this is; every such signature is some address's.
///
/// # Errors
/// `tx.signature` for a high s, an r or s out of range, and a point that is not on the curve.
pub(crate) fn signer_of(digest: &[u8; 32], parity: u8, compact: &[u8; 64]) -> ChainResult<Address> {
    let refused = |found: &str, expected: &str| {
        let what = "a signature is not in its one form";
        ChainError::new(ChainCode::Signature, what, found, expected)
    };
    if parity > 1 {
        return Err(refused(&format!("recovery id {parity}"), "0 or 1"));
    }
    let off = || {
        refused(
            "an r or s out of range",
            "both below the order, and not zero",
        )
    };
    let id = RecoveryId::try_from(i32::from(parity)).map_err(|_| off())?;
    let signature = RecoverableSignature::from_compact(compact, id).map_err(|_| off())?;
    let standard = signature.to_standard();
    let mut low = standard;
    low.normalize_s();
    if low != standard {
        return Err(refused("a high s", "the lower of its two forms (EIP-2)"));
    }
    let key = context()
        .recover_ecdsa(Message::from_digest(*digest), &signature)
        .map_err(|_| refused("no key that made it", "the signature of a key"))?;
    let hash: [u8; 32] = Keccak256::digest(&key.serialize_uncompressed()[1..]).into();
    let mut address = [0; 20];
    address.copy_from_slice(&hash[12..]);
    Ok(address)
}
