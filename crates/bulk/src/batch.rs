//! What a bulk call gives: columns of addresses and the root over their leaves.

use jinku_hd::path::HARDENED;

use crate::error::BulkError;

/// Most accounts derived together; larger groups gain nothing more from their shared inversions.
const LARGEST_GROUP: usize = 2048;
/// Least, unless the batch is smaller.
const SMALLEST_GROUP: usize = 256;

/// Accounts derived together: several groups for each core, and a power of two, so that each group's Merkle root is a node of the
/// batch's tree (RFC 6962).
pub(crate) fn group_size(count: usize) -> usize {
    let share = count / (4 * rayon::current_num_threads().max(1));
    let power = 1 << share.max(1).ilog2();
    power.clamp(SMALLEST_GROUP, LARGEST_GROUP)
}

/// The addresses of one form: for each account in order a length byte, then ASCII.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// The packed texts.
    pub packed: Vec<u8>,
}

impl Column {
    /// The texts in account order.
    pub fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let mut cursor = 0;
        std::iter::from_fn(move || {
            (cursor < self.packed.len()).then(|| crate::leaf::next(&self.packed, &mut cursor))
        })
    }
}

/// Addresses of a range of accounts and the Merkle root over their leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// One column a form, in the order of the forms.
    pub columns: Vec<Column>,
    /// RFC 6962 root over the account leaves (`jinku_proof::batch_leaf`).
    pub root: [u8; 32],
}

/// The accounts as child numbers, at least one.
pub(crate) fn check_range(start: u64, count: u32) -> Result<std::ops::Range<u32>, BulkError> {
    let end = start
        .checked_add(u64::from(count))
        .filter(|end| *end <= u64::from(HARDENED));
    match (end, u32::try_from(start)) {
        (Some(end), Ok(first)) if count > 0 => Ok(first..end as u32),
        _ => Err(BulkError::Range {
            start,
            count: u64::from(count),
        }),
    }
}

/// The groups' columns one behind another, and the root over the groups' roots.
pub(crate) fn join(width: usize, groups: Vec<(Vec<Vec<u8>>, [u8; 32])>) -> Batch {
    let mut columns = vec![Column::default(); width];
    for (at, column) in columns.iter_mut().enumerate() {
        column
            .packed
            .reserve_exact(groups.iter().map(|(parts, _)| parts[at].len()).sum());
        groups
            .iter()
            .for_each(|(parts, _)| column.packed.extend_from_slice(&parts[at]));
    }
    let roots: Vec<[u8; 32]> = groups.iter().map(|(_, root)| *root).collect();
    Batch {
        columns,
        root: jinku_proof::root(&roots),
    }
}
