//! Tiles (C2SP tlog-tiles): their names, and which hashes a tree of some size has in which tile.

use super::checkpoint::{MAX_SIZE, decimal};
use super::error::{LogCode, LogError, LogResult};

/// Hashes in a full tile.
pub const WIDTH: u64 = 256;
/// Levels that a tree of at most 2^63 − 1 leaves has.
pub const LEVELS: u8 = 8;

/// One tile: `width` hashes of level `level` from hash `256 · index` on, each over 256^level leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// Level, 0 for the leaves.
    pub level: u8,
    /// Number within the level.
    pub index: u64,
    /// Hashes in it, 1 to 256.
    pub width: u16,
}

pub(super) fn malformed(what: &str, found: impl AsRef<str>, expected: &str) -> LogError {
    LogError::new(LogCode::TileMalformed, what, found, expected)
}

/// `N` in path elements of three digits, all but the last led by an x; a width below 256 follows as `.p/<W>`.
fn index_path(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if u64::from(width) == WIDTH {
        path
    } else {
        format!("{path}.p/{width}")
    }
}

/// Index and width of what [`index_path`] wrote.
fn parse_index(text: &str) -> Option<(u64, u16)> {
    let (index, width) = match text.split_once(".p/") {
        Some((index, width)) => (index, decimal(width).filter(|w| (1..WIDTH).contains(w))?),
        None => (text, WIDTH),
    };
    let mut elements = index.split('/').rev();
    let last = elements.next()?;
    let (mut value, mut scale) = (three_digits(last)?, 1u64);
    for element in elements {
        scale = scale.checked_mul(1000)?;
        value = value.checked_add(three_digits(element.strip_prefix('x')?)?.checked_mul(scale)?)?;
    }
    let width = u16::try_from(width).ok()?;
    // One index has one path: no leading x000.
    (value <= MAX_SIZE && index_path(value, width) == text).then_some((value, width))
}

fn three_digits(text: &str) -> Option<u64> {
    (text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// The path of a bundle of entries: `tile/entries/<N>[.p/<W>]`.
#[must_use]
pub fn entries_path(index: u64, width: u16) -> String {
    format!("tile/entries/{}", index_path(index, width))
}

/// Index and width of a bundle's path.
///
/// # Errors
/// `tile.malformed`.
pub fn parse_entries_path(path: &str) -> LogResult<(u64, u16)> {
    path.strip_prefix("tile/entries/")
        .and_then(parse_index)
        .ok_or_else(|| {
            malformed(
                "the path of an entry bundle is out of form",
                format!("{path:?}"),
                "tile/entries/<N>[.p/<W>]",
            )
        })
}

impl Tile {
    /// The path of the tile: `tile/<L>/<N>[.p/<W>]`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, index_path(self.index, self.width))
    }

    /// The tile of a path.
    ///
    /// # Errors
    /// `tile.malformed`.
    pub fn parse_path(path: &str) -> LogResult<Self> {
        let refused = || {
            malformed(
                "the path of a tile is out of form",
                format!("{path:?}"),
                "tile/<L>/<N>[.p/<W>]",
            )
        };
        let (level, rest) = path
            .strip_prefix("tile/")
            .and_then(|p| p.split_once('/'))
            .ok_or_else(refused)?;
        let level = decimal(level)
            .filter(|l| *l < 64)
            .and_then(|l| u8::try_from(l).ok())
            .ok_or_else(refused)?;
        let (index, width) = parse_index(rest).ok_or_else(refused)?;
        Ok(Self {
            level,
            index,
            width,
        })
    }

    /// Number of bytes of the tile.
    #[must_use]
    pub fn bytes(&self) -> usize {
        32 * usize::from(self.width)
    }
}

/// Number of hashes that a tree of that size has at a level of tiles.
#[must_use]
pub fn hashes_at(size: u64, level: u8) -> u64 {
    if level >= LEVELS {
        0
    } else {
        size >> (8 * u32::from(level))
    }
}

/// The partial tiles at the right edge of a tree, from level 0 up: together they hold all that growing needs.
#[must_use]
pub fn edge_tiles(size: u64) -> Vec<Tile> {
    (0..LEVELS)
        .filter_map(|level| {
            let hashes = hashes_at(size, level);
            let width = u16::try_from(hashes % WIDTH).ok().filter(|w| *w > 0)?;
            Some(Tile {
                level,
                index: hashes / WIDTH,
                width,
            })
        })
        .collect()
}

/// The tiles that a tree of size `new` has and one of size `old` had not (or narrower), lowest level first.
#[must_use]
pub fn new_tiles(old: u64, new: u64) -> Vec<Tile> {
    let mut tiles = Vec::new();
    for level in 0..LEVELS {
        let (before, after) = (hashes_at(old, level), hashes_at(new, level));
        if before >= after {
            continue;
        }
        for index in before / WIDTH..after.div_ceil(WIDTH) {
            let width = (after - index * WIDTH).min(WIDTH);
            tiles.push(Tile {
                level,
                index,
                width: u16::try_from(width).unwrap_or(256),
            });
        }
    }
    tiles
}
