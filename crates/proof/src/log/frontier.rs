//! How a tree grows by many leaves: all that it needs is the hashes that fill no tile yet.

use super::checkpoint::MAX_SIZE;
use super::error::{LogCode, LogError, LogResult};
use super::tile::{LEVELS, Tile, WIDTH, edge_tiles, hashes_at, malformed};
use crate::tree::{EMPTY_ROOT, Hash, node_hash};

/// Hashes over a perfect subtree whose leaves these are; their number is a power of two.
pub(crate) fn perfect(hashes: &[Hash]) -> Hash {
    let mut level = hashes.to_vec();
    while level.len() > 1 {
        let half = level.len() / 2;
        for i in 0..half {
            level[i] = node_hash(&level[2 * i], &level[2 * i + 1]);
        }
        level.truncate(half);
    }
    level.first().copied().unwrap_or(EMPTY_ROOT)
}

/// A tree's right edge: size, and at each level the hashes that fill no tile yet.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    edge: Vec<Vec<Hash>>,
}

/// A tile with its hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileData {
    /// Which tile.
    pub tile: Tile,
    /// Its hashes, `tile.width` of them.
    pub hashes: Vec<Hash>,
}

impl TileData {
    /// The bytes of the tile.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.hashes.as_flattened().to_vec()
    }
}

impl Frontier {
    /// The frontier of an empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The frontier of a tree of that size, from its edge tiles as [`edge_tiles`] names them. Compare [`Frontier::root`] with
    /// a checkpoint before it is believed.
    ///
    /// # Errors
    /// `tree.range` for a size above 2^63 − 1, `tile.malformed` when a tile lacks hashes.
    pub fn restore(size: u64, tiles: &[Vec<Hash>]) -> LogResult<Self> {
        check_size(size)?;
        let wanted = edge_tiles(size);
        if wanted.len() != tiles.len() {
            let expected = format!("{} for size {size}", wanted.len());
            return Err(malformed(
                "the edge of a tree has the wrong number of tiles",
                tiles.len().to_string(),
                &expected,
            ));
        }
        let mut edge = Vec::new();
        for (tile, hashes) in wanted.iter().zip(tiles) {
            if hashes.len() != usize::from(tile.width) {
                let expected = format!("{} hashes", tile.width);
                return Err(malformed(
                    &format!("{} has the wrong width", tile.path()),
                    format!("{} hashes", hashes.len()),
                    &expected,
                ));
            }
            edge.resize(usize::from(tile.level), Vec::new());
            edge.push(hashes.clone());
        }
        Ok(Self { size, edge })
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the edge tiles, in the order of [`edge_tiles`].
    #[must_use]
    pub fn tiles(&self) -> Vec<Vec<Hash>> {
        self.edge
            .iter()
            .filter(|level| !level.is_empty())
            .cloned()
            .collect()
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        for level in &self.edge {
            // The level's perfect subtrees, smallest (rightmost) first.
            let mut end = level.len();
            while end > 0 {
                let width = 1 << end.trailing_zeros();
                let peak = perfect(&level[end - width..end]);
                root = Some(root.map_or(peak, |right| node_hash(&peak, &right)));
                end -= width;
            }
        }
        root.unwrap_or(EMPTY_ROOT)
    }

    /// The tree has these leaves more; returns every tile that is new or wider, lowest level first, as [`new_tiles`] names
    /// them.
    ///
    /// # Errors
    /// `tree.range` when the tree would grow above 2^63 − 1; nothing has changed then.
    pub fn append(&mut self, leaves: &[Hash]) -> LogResult<Vec<TileData>> {
        let size = self.size.saturating_add(leaves.len() as u64);
        check_size(size)?;
        let (mut written, mut rising) = (Vec::new(), leaves.to_vec());
        for level in 0..LEVELS {
            if rising.is_empty() {
                break;
            }
            if self.edge.len() <= usize::from(level) {
                self.edge.push(Vec::new());
            }
            let first = hashes_at(self.size, level) / WIDTH;
            let held = &mut self.edge[usize::from(level)];
            held.append(&mut rising);
            for (index, chunk) in (first..).zip(held.chunks(WIDTH as usize)) {
                let width = u16::try_from(chunk.len()).unwrap_or(256);
                if u64::from(width) == WIDTH {
                    rising.push(perfect(chunk));
                }
                written.push(TileData {
                    tile: Tile {
                        level,
                        index,
                        width,
                    },
                    hashes: chunk.to_vec(),
                });
            }
            let full = held.len() - held.len() % WIDTH as usize;
            held.drain(..full);
        }
        self.size = size;
        Ok(written)
    }
}

fn check_size(size: u64) -> LogResult<()> {
    if size > MAX_SIZE {
        return Err(LogError::new(
            LogCode::TreeRange,
            "a tree is too large",
            size.to_string(),
            "at most 2^63 − 1 leaves",
        ));
    }
    Ok(())
}
