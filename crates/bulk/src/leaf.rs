//! Account leaves of a batch, hashed without building them twice. The bytes are those of `jinku_proof::batch_leaf_bytes`.

use jinku_address::Form;
use jinku_words::id::account_id;
use sha2::{Digest, Sha256};

/// Which job the accounts belong to: it fixes their ids.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) id: &'a [u8; 16],
    pub(crate) ts_ms: u64,
}

/// The constant parts of every leaf.
pub(crate) struct LeafWriter {
    /// Behind each address: chain, kind and path up to the account number; and the path behind it.
    parts: Vec<(Vec<u8>, Vec<u8>)>,
}

impl LeafWriter {
    pub(crate) fn new(forms: &[&Form]) -> Self {
        let part = |form: &&Form| {
            let (before, after) = form.path.split_once("{i}").unwrap_or((&form.path, ""));
            let head = format!(
                "\",\"chain\":\"{}\",\"kind\":\"{}\",\"path\":\"{before}",
                form.chain, form.kind
            );
            (head.into_bytes(), format!("{after}\"}}").into_bytes())
        };
        Self {
            parts: forms.iter().map(part).collect(),
        }
    }

    /// The leaf hashes of accounts `first..`, whose addresses stand packed in `columns`. `path_index` is the number in the
    /// paths: the account's own, or 0 for wallets that each have their own words.
    pub(crate) fn hashes(
        &self,
        job: Job<'_>,
        first: u64,
        count: usize,
        own_trees: bool,
        columns: &[Vec<u8>],
    ) -> Vec<[u8; 32]> {
        let mut cursors = vec![0usize; columns.len()];
        let mut bytes = Vec::with_capacity(160 + 200 * columns.len());
        let mut hashes = Vec::with_capacity(count);
        for index in (first..).take(count) {
            let digits = Decimal::new(index);
            let in_path = if own_trees { Decimal::new(0) } else { digits };
            bytes.clear();
            bytes.extend_from_slice(b"\0{\"account\":\"");
            bytes.extend_from_slice(&account_id(job.id, job.ts_ms, index).to_ascii());
            bytes.extend_from_slice(b"\",\"addresses\":[");
            for (at, ((head, foot), column)) in self.parts.iter().zip(columns).enumerate() {
                bytes.extend_from_slice(if at == 0 {
                    b"{\"address\":\""
                } else {
                    b",{\"address\":\""
                });
                bytes.extend_from_slice(next(column, &mut cursors[at]));
                bytes.extend_from_slice(head);
                bytes.extend_from_slice(in_path.text());
                bytes.extend_from_slice(foot);
            }
            bytes.extend_from_slice(b"],\"index\":");
            bytes.extend_from_slice(digits.text());
            bytes.extend_from_slice(b",\"v\":1}");
            hashes.push(Sha256::digest(&bytes).into());
        }
        hashes
    }
}

/// The text at the cursor, which moves behind it.
pub(crate) fn next<'a>(column: &'a [u8], cursor: &mut usize) -> &'a [u8] {
    let length = column.get(*cursor).map_or(0, |length| usize::from(*length));
    let start = (*cursor + 1).min(column.len());
    let end = (start + length).min(column.len());
    *cursor = end;
    &column[start..end]
}

/// A number's decimal digits.
#[derive(Clone, Copy)]
struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    fn new(mut value: u64) -> Self {
        let mut digits = [b'0'; 20];
        let mut start = digits.len() - 1;
        digits[start] += (value % 10) as u8;
        while value >= 10 {
            value /= 10;
            start -= 1;
            digits[start] += (value % 10) as u8;
        }
        Self { digits, start }
    }

    fn text(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}
