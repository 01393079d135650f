//! Roots and proofs out of tiles, where no tile is believed before it hashes up to a root that the caller trusts.

use std::collections::BTreeMap;

use super::error::{LogCode, LogError, LogResult, hex};
use super::frontier::{Frontier, perfect};
use super::tile::{Tile, WIDTH, edge_tiles, hashes_at};
use crate::tree::{EMPTY_ROOT, Hash, node_hash};

/// Reads tiles of one tree through a closure, checks each against the root, and keeps what it has read.
pub struct TileReader<R> {
    size: u64,
    root: Hash,
    read: R,
    known: BTreeMap<(u8, u64), Vec<Hash>>,
}

fn outside(what: &str, found: u64, limit: String) -> LogError {
    LogError::new(LogCode::TreeRange, what, found.to_string(), limit)
}

impl<R, E> TileReader<R>
where
    R: FnMut(Tile) -> Result<Vec<u8>, E>,
    E: From<LogError>,
{
    /// A reader of the tree of `size` leaves under `root`, once its right edge hashes to that root. `read` returns the bytes of
    /// a tile; a wider tile at the same place (a full one instead of a partial one) will do.
    ///
    /// # Errors
    /// `tile.mismatch` when the edge leads to another root, `tile.malformed` for a torn tile, and those of `read`.
    pub fn new(size: u64, root: Hash, read: R) -> Result<Self, E> {
        let mut reader = Self {
            size,
            root,
            read,
            known: BTreeMap::new(),
        };
        let mut edge = Vec::new();
        for tile in edge_tiles(size) {
            let hashes = reader.fetch(tile)?;
            edge.push(hashes.clone());
            reader.known.insert((tile.level, tile.index), hashes);
        }
        let found = Frontier::restore(size, &edge)?.root();
        if found != root {
            let names: Vec<String> = edge_tiles(size).iter().map(Tile::path).collect();
            let what = format!(
                "the right edge of the tree of size {size} ({}) does not lead to its root",
                names.join(", ")
            );
            return Err(LogError::new(LogCode::TileMismatch, what, hex(&found), hex(&root)).into());
        }
        Ok(reader)
    }

    /// The tree's size.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    fn fetch(&mut self, tile: Tile) -> Result<Vec<Hash>, E> {
        let bytes = (self.read)(tile)?;
        let (hashes, rest) = bytes.as_chunks::<32>();
        let width = usize::from(tile.width);
        if !rest.is_empty() || hashes.len() < width || hashes.len() > WIDTH as usize {
            let (what, expected) = (
                format!("{} is torn", tile.path()),
                format!("{} bytes", tile.bytes()),
            );
            return Err(LogError::new(
                LogCode::TileMalformed,
                what,
                format!("{} bytes", bytes.len()),
                expected,
            )
            .into());
        }
        Ok(hashes[..width].to_vec())
    }

    /// Hash `index` of a level of tiles, out of a tile that was checked.
    fn tile_hash(&mut self, level: u8, index: u64) -> Result<Hash, E> {
        self.load(level, index / WIDTH)?;
        let tile = self.known.get(&(level, index / WIDTH));
        let slot = usize::try_from(index % WIDTH).unwrap_or(usize::MAX);
        tile.and_then(|hashes| hashes.get(slot))
            .copied()
            .ok_or_else(|| {
                outside(
                    "a hash lies outside the tree",
                    index,
                    format!("below {} at level {level}", hashes_at(self.size, level)),
                )
                .into()
            })
    }

    /// The tile is known afterwards. Only full tiles come here: the partial ones are the edge, which is known from the start.
    fn load(&mut self, level: u8, index: u64) -> Result<(), E> {
        if self.known.contains_key(&(level, index)) {
            return Ok(());
        }
        let tile = Tile {
            level,
            index,
            width: 256,
        };
        if (index + 1).saturating_mul(WIDTH) > hashes_at(self.size, level) {
            return Err(outside(
                "a tile lies outside the tree",
                index,
                format!("a full tile at level {level}"),
            )
            .into());
        }
        // The hash over a full tile stands one level up; a tree that has the tile has that level.
        let expected = self.tile_hash(level + 1, index)?;
        let hashes = self.fetch(tile)?;
        let found = perfect(&hashes);
        if found != expected {
            let what = format!("{} does not hash to what stands above it", tile.path());
            return Err(
                LogError::new(LogCode::TileMismatch, what, hex(&found), hex(&expected)).into(),
            );
        }
        self.known.insert((level, index), hashes);
        Ok(())
    }

    /// The hash over the perfect subtree of 2^height leaves from leaf `index · 2^height` on.
    fn node(&mut self, height: u32, index: u64) -> Result<Hash, E> {
        let level = u8::try_from(height / 8).unwrap_or(u8::MAX);
        let span = 1u64 << (height % 8);
        // A node below the root of a tile spans hashes of that one tile.
        let first = index * span;
        self.tile_hash(level, first + span - 1)?;
        let tile = self
            .known
            .get(&(level, first / WIDTH))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let from = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
        let hashes = tile.get(from..from + span as usize).unwrap_or_default();
        Ok(perfect(hashes))
    }

    /// The hash over leaves `[start, end)`, where `start` is a multiple of the next power of two of the width.
    fn range(&mut self, start: u64, end: u64) -> Result<Hash, E> {
        let (mut peaks, mut at) = (Vec::new(), start);
        while at < end {
            let height = (end - at).ilog2();
            peaks.push(self.node(height, at >> height)?);
            at += 1 << height;
        }
        let folded = peaks
            .into_iter()
            .rev()
            .reduce(|right, left| node_hash(&left, &right));
        Ok(folded.unwrap_or(EMPTY_ROOT))
    }

    /// The leaf hash at `index`.
    ///
    /// # Errors
    /// `tree.range`, and as [`TileReader::new`].
    pub fn leaf(&mut self, index: u64) -> Result<Hash, E> {
        self.check_index(index)?;
        self.tile_hash(0, index)
    }

    /// The root that the tree had at an earlier size.
    ///
    /// # Errors
    /// `tree.range`, and as [`TileReader::new`].
    pub fn root_at(&mut self, size: u64) -> Result<Hash, E> {
        if size > self.size {
            return Err(outside(
                "a size lies outside the tree",
                size,
                format!("at most {}", self.size),
            )
            .into());
        }
        if size == self.size {
            Ok(self.root)
        } else {
            self.range(0, size)
        }
    }

    fn check_index(&self, index: u64) -> LogResult<()> {
        if index >= self.size {
            return Err(outside(
                "an index lies outside the tree",
                index,
                format!("below {}", self.size),
            ));
        }
        Ok(())
    }

    /// The path from leaf `index` to the root, lowest sibling first (RFC 6962 section 2.1.1).
    ///
    /// # Errors
    /// `tree.range`, and as [`TileReader::new`].
    pub fn inclusion(&mut self, index: u64) -> Result<Vec<Hash>, E> {
        self.check_index(index)?;
        let (mut start, mut end, mut path) = (0, self.size, Vec::new());
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// The proof that this tree extends the one over its first `old` leaves (RFC 6962 section 2.1.2).
    ///
    /// # Errors
    /// `tree.range` for 0 or more than the size, and as [`TileReader::new`].
    pub fn consistency(&mut self, old: u64) -> Result<Vec<Hash>, E> {
        if old == 0 || old > self.size {
            return Err(outside(
                "a size lies outside the tree",
                old,
                format!("1 to {}", self.size),
            )
            .into());
        }
        let (mut start, mut end, mut proof) = (0, self.size, Vec::new());
        while end != old {
            let middle = start + split(end - start);
            if old <= middle {
                proof.push(self.range(middle, end)?);
                end = middle;
            } else {
                proof.push(self.range(start, middle)?);
                start = middle;
            }
        }
        // The verifier knows the old root; a subtree that is not all of the old tree has to be told.
        if start > 0 {
            proof.push(self.range(start, end)?);
        }
        proof.reverse();
        Ok(proof)
    }
}

/// The largest power of two below a width of at least 2.
const fn split(width: u64) -> u64 {
    1 << (width - 1).ilog2()
}
