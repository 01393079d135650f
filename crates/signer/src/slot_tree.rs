//! The Merkle tree over the slots (RFC 6962), grown leaf by leaf: every perfect subtree's hash is kept, so that roots and
//! proofs of any earlier size cost a logarithm.

use jinku_proof::{EMPTY_ROOT, Hash, node_hash};

/// `levels[k][i]` is the hash over the leaves from `i·2^k` to `(i+1)·2^k`.
#[derive(Default)]
pub(crate) struct SlotTree {
    levels: Vec<Vec<Hash>>,
}

impl SlotTree {
    /// How many leaves.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// The tree has this leaf more.
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut rising = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let known = &mut self.levels[level];
            known.push(rising);
            let [.., left, right] = known[..] else { return };
            if known.len() % 2 == 1 {
                return;
            }
            rising = node_hash(&left, &right);
        }
    }

    /// The root over the first leaves; of no more than there are.
    #[must_use]
    pub(crate) fn root(&self, size: usize) -> Hash {
        match size.min(self.len()) {
            0 => EMPTY_ROOT,
            size => self.over(0, size),
        }
    }

    /// The proof (RFC 9162 section 2.1.4.1) that the whole tree begins with the one over its first leaves; none is needed
    /// from nothing, or from itself.
    #[must_use]
    pub(crate) fn extension(&self, old: usize) -> Vec<Hash> {
        let mut proof = Vec::new();
        if (1..self.len()).contains(&old) {
            self.sub_proof(old, 0, self.len(), true, &mut proof);
        }
        proof
    }

    /// The hash over a part as RFC 6962 cuts it: it begins at a multiple of the power of two that it fits into.
    fn over(&self, start: usize, end: usize) -> Hash {
        let count = end - start;
        if count.is_power_of_two() {
            let level = count.trailing_zeros() as usize;
            return self.levels[level][start >> level];
        }
        let middle = start + count.next_power_of_two() / 2;
        node_hash(&self.over(start, middle), &self.over(middle, end))
    }

    fn sub_proof(&self, old: usize, start: usize, end: usize, whole: bool, proof: &mut Vec<Hash>) {
        if old == end - start {
            if !whole {
                proof.push(self.over(start, end));
            }
            return;
        }
        let half = (end - start).next_power_of_two() / 2;
        let middle = start + half;
        if old <= half {
            self.sub_proof(old, start, middle, whole, proof);
            proof.push(self.over(middle, end));
        } else {
            self.sub_proof(old - half, middle, end, false, proof);
            proof.push(self.over(start, middle));
        }
    }
}

#[cfg(test)]
mod tests {
    use jinku_proof::{consistency_proof, leaf_hash, root};

    use super::*;

    #[test]
    fn it_agrees_with_the_tree_that_is_computed_anew() {
        let leaves: Vec<Hash> = (0..70_u8).map(|number| leaf_hash(&[number])).collect();
        let mut tree = SlotTree::default();
        assert_eq!(tree.root(0), EMPTY_ROOT);
        for size in 1..=leaves.len() {
            tree.push(leaves[size - 1]);
            assert_eq!(tree.len(), size);
            for old in 1..=size {
                assert_eq!(tree.root(old), root(&leaves[..old]));
                let expected = consistency_proof(&leaves[..size], old).expect("inside");
                assert_eq!(tree.extension(old), expected, "{old} of {size}");
            }
            assert!(tree.extension(0).is_empty());
        }
    }
}
