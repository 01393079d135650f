//! Hashes, roots and proofs over a list of leaf hashes.

use sha2::{Digest, Sha256};

use crate::ProofError;

/// A SHA-256 output: a leaf hash, an inner node or a root.
pub type Hash = [u8; 32];

/// The root of a tree without leaves: SHA-256 of the empty string (RFC 6962 section 2.1).
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// Returns `SHA-256(00 ‖ leaf)` (RFC 6962 section 2.1).
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut h = Sha256::new();
    h.update([0]);
    h.update(leaf);
    h.finalize().into()
}

/// Returns `SHA-256(01 ‖ left ‖ right)` (RFC 6962 section 2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut block = [0u8; 65];
    block[0] = 1;
    block[1..33].copy_from_slice(left);
    block[33..].copy_from_slice(right);
    Sha256::digest(block).into()
}

/// Replaces a level by its parents; a last node without a sibling moves up unhashed, which is what RFC 6962's split at
/// the largest power of two comes to.
fn rise(level: &mut Vec<Hash>) {
    let (pairs, odd) = (level.len() / 2, level.len() % 2);
    for i in 0..pairs {
        level[i] = node_hash(&level[2 * i], &level[2 * i + 1]);
    }
    if odd == 1 {
        level[pairs] = level[2 * pairs];
    }
    level.truncate(pairs + odd);
}

/// Returns the root over leaf hashes, [`EMPTY_ROOT`] over none.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        rise(&mut level);
    }
    level.first().copied().unwrap_or(EMPTY_ROOT)
}

/// Returns the sibling hashes from leaf `index` up to the root (RFC 9162 section 2.1.3.1).
///
/// # Errors
/// [`ProofError::OutOfRange`] when there is no such leaf.
pub fn inclusion_path(leaves: &[Hash], index: usize) -> Result<Vec<Hash>, ProofError> {
    if index >= leaves.len() {
        return Err(ProofError::OutOfRange {
            what: "the leaf index",
            found: index as u64,
            limit: leaves.len() as u64,
        });
    }
    let (mut level, mut at, mut path) = (leaves.to_vec(), index, Vec::new());
    while level.len() > 1 {
        if let Some(sibling) = level.get(at ^ 1) {
            path.push(*sibling);
        }
        rise(&mut level);
        at /= 2;
    }
    Ok(path)
}

/// Returns the proof that the tree over all leaves extends the one over its first `size` (RFC 9162 section 2.1.4.1).
///
/// # Errors
/// [`ProofError::OutOfRange`] for a size of 0 or above the number of leaves.
pub fn consistency_proof(leaves: &[Hash], size: usize) -> Result<Vec<Hash>, ProofError> {
    if size == 0 || size > leaves.len() {
        return Err(ProofError::OutOfRange {
            what: "the earlier size",
            found: size as u64,
            limit: leaves.len() as u64,
        });
    }
    let mut proof = Vec::new();
    sub_proof(leaves, size, true, &mut proof);
    Ok(proof)
}

/// Appends SUBPROOF(m, leaves, whole) of RFC 9162 section 2.1.4.1; recursion is at most 64 deep.
fn sub_proof(leaves: &[Hash], m: usize, whole: bool, proof: &mut Vec<Hash>) {
    if m == leaves.len() {
        if !whole {
            proof.push(root(leaves));
        }
        return;
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    if m <= split {
        sub_proof(left, m, whole, proof);
        proof.push(root(right));
    } else {
        sub_proof(right, m - split, false, proof);
        proof.push(root(left));
    }
}
