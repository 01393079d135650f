//! Checking proofs against roots that the caller trusts.

use crate::ProofError;
use crate::tree::{EMPTY_ROOT, Hash, node_hash};

fn same_root(which: &'static str, computed: Hash, expected: &Hash) -> Result<(), ProofError> {
    if computed == *expected {
        return Ok(());
    }
    Err(ProofError::RootMismatch {
        which,
        computed,
        expected: *expected,
    })
}

/// Number of siblings on the way from leaf `index` to the root of a tree of `size` leaves.
fn path_length(index: u64, size: u64) -> usize {
    let (mut at, mut last, mut n) = (index, size - 1, 0);
    while last > 0 {
        if at & 1 == 1 || at < last {
            n += 1;
        }
        at >>= 1;
        last >>= 1;
    }
    n
}

/// Holds when `leaf` (a leaf hash) stands at `index` of the tree of `size` leaves under `root` (RFC 9162 section
/// 2.1.3.2).
///
/// # Errors
/// Says whether the index, the proof's length or the root disagrees.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange {
            what: "the leaf index",
            found: index,
            limit: size,
        });
    }
    let expected = path_length(index, size);
    if path.len() != expected {
        return Err(ProofError::Length {
            found: path.len(),
            expected,
        });
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        // A node without a right sibling moves up until it has one on its left.
        while at & 1 == 0 && at == last {
            at >>= 1;
            last >>= 1;
        }
        hash = if at & 1 == 1 {
            node_hash(sibling, &hash)
        } else {
            node_hash(&hash, sibling)
        };
        at >>= 1;
        last >>= 1;
    }
    same_root("root", hash, root)
}

/// Holds when the tree (`size2`, `root2`) extends the tree (`size1`, `root1`) (RFC 9162 section 2.1.4.2).
///
/// # Errors
/// Says whether a size, the proof's length or one of the roots disagrees. A proof from an empty tree proves nothing and
/// is refused.
pub fn verify_consistency(
    size1: u64,
    size2: u64,
    proof: &[Hash],
    root1: &Hash,
    root2: &Hash,
) -> Result<(), ProofError> {
    if size1 == 0 || size1 > size2 {
        return Err(ProofError::OutOfRange {
            what: "the earlier size",
            found: size1,
            limit: size2,
        });
    }
    verify_subtree_consistency(0, size1, size2, proof, root1, root2)
}

/// Holds when `[start, end)` can stand as a node of its own in larger trees: its start is a multiple of the next power
/// of two of its width (draft-ietf-plants-merkle-tree-certs section 4.1).
fn check_subtree(start: u64, end: u64) -> Result<(), ProofError> {
    let width = end
        .checked_sub(start)
        .filter(|w| *w > 0)
        .and_then(u64::checked_next_power_of_two);
    match width {
        Some(width) if start.is_multiple_of(width) => Ok(()),
        _ => Err(ProofError::NotASubtree { start, end }),
    }
}

/// Holds when `leaf` (a leaf hash) stands at `index` in the subtree `[start, end)` under `root`
/// (draft-ietf-plants-merkle-tree-certs section 4.3).
///
/// # Errors
/// Says whether the subtree, the index, the proof's length or the root disagrees.
pub fn verify_subtree_inclusion(
    leaf: &Hash,
    index: u64,
    start: u64,
    end: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    check_subtree(start, end)?;
    let Some(inside) = index.checked_sub(start) else {
        return Err(ProofError::OutOfRange {
            what: "the leaf index",
            found: index,
            limit: end,
        });
    };
    verify_inclusion(leaf, inside, end - start, path, root)
}

/// Holds when the subtree `[start, end)` under `root1` is part of the tree of `size` leaves under `root2`
/// (draft-ietf-plants-merkle-tree-certs section 4.4).
///
/// # Errors
/// Says whether the subtree, a size, the proof's length or one of the roots disagrees.
pub fn verify_subtree_consistency(
    start: u64,
    end: u64,
    size: u64,
    proof: &[Hash],
    root1: &Hash,
    root2: &Hash,
) -> Result<(), ProofError> {
    if start == end && end <= size {
        // An empty subtree is part of every tree; only its own root can be wrong.
        if !proof.is_empty() {
            return Err(ProofError::Length {
                found: proof.len(),
                expected: 0,
            });
        }
        return same_root("earlier root", EMPTY_ROOT, root1);
    }
    check_subtree(start, end)?;
    if end > size {
        return Err(ProofError::OutOfRange {
            what: "the subtree's end",
            found: end,
            limit: size,
        });
    }
    let (mut first, mut last, mut top) = (start, end - 1, size - 1);
    let shift = |first: &mut u64, last: &mut u64, top: &mut u64| {
        *first >>= 1;
        *last >>= 1;
        *top >>= 1;
    };
    let at_edge = last == top;
    while first != last && (at_edge || last & 1 == 1) {
        shift(&mut first, &mut last, &mut top);
    }
    let mut rest = proof.iter();
    let seed = if first == last {
        root1
    } else {
        rest.next().ok_or(ProofError::Length {
            found: 0,
            expected: 1,
        })?
    };
    let (mut sub, mut whole) = (*seed, *seed);
    for (used, hash) in rest.enumerate() {
        if top == 0 {
            return Err(ProofError::Length {
                found: proof.len(),
                expected: used,
            });
        }
        if last & 1 == 1 || last == top {
            if first < last {
                sub = node_hash(hash, &sub);
            }
            whole = node_hash(hash, &whole);
            while last & 1 == 0 {
                shift(&mut first, &mut last, &mut top);
            }
        } else {
            whole = node_hash(&whole, hash);
        }
        shift(&mut first, &mut last, &mut top);
    }
    if top != 0 {
        let missing = (u64::BITS - top.leading_zeros()) as usize;
        return Err(ProofError::Length {
            found: proof.len(),
            expected: proof.len() + missing,
        });
    }
    same_root("earlier root", sub, root1)?;
    same_root("root", whole, root2)
}
