//! Trees that grow: leaf hashes of many entries, tiles, and proofs out of tiles that a callable of the caller's reads.

use jinku_proof::Hash;
use jinku_proof::log::error::LogError;
use jinku_proof::log::frontier::Frontier;
use jinku_proof::log::tile::{self, Tile};
use jinku_proof::log::tile_reader::TileReader;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};

use crate::errors::Refusal;
use crate::proofs::joined;
use crate::words::hash32;

/// A tile as Python names it: level, index, width.
type TileName = (u8, u64, u16);
/// A tile that was written: its name and its bytes.
type Written<'py> = (u8, u64, u16, Bound<'py, PyBytes>);

fn named(tiles: &[Tile]) -> Vec<TileName> {
    tiles.iter().map(|t| (t.level, t.index, t.width)).collect()
}

fn hashes<'py>(py: Python<'py>, hashes: &[Hash]) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, hashes.iter().map(|hash| PyBytes::new(py, hash)))
}

fn frontier(size: u64, edge: &[PyBackedBytes]) -> Result<Frontier, Refusal> {
    let tiles: Result<Vec<Vec<Hash>>, Refusal> =
        edge.iter().map(|tile| Ok(joined(tile)?.to_vec())).collect();
    Ok(Frontier::restore(size, &tiles?)?)
}

/// The joined leaf hashes of entries.
#[pyfunction]
pub(crate) fn leaf_hashes<'py>(
    py: Python<'py>,
    entries: Vec<PyBackedBytes>,
) -> Bound<'py, PyBytes> {
    let joined = py.detach(|| {
        let mut out = Vec::with_capacity(32 * entries.len());
        entries
            .iter()
            .for_each(|entry| out.extend_from_slice(&jinku_proof::leaf_hash(entry)));
        out
    });
    PyBytes::new(py, &joined)
}

/// Edge, root and written tiles of a tree that has these joined leaf hashes more.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub(crate) fn append_leaves<'py>(
    py: Python<'py>,
    size: u64,
    edge: Vec<PyBackedBytes>,
    leaves: &[u8],
) -> Result<
    (
        Vec<Bound<'py, PyBytes>>,
        Bound<'py, PyBytes>,
        Vec<Written<'py>>,
    ),
    Refusal,
> {
    let mut tree = frontier(size, &edge)?;
    let leaves = joined(leaves)?;
    let (root, written) =
        py.detach(|| tree.append(leaves).map(|written| (tree.root(), written)))?;
    let edge = tree
        .tiles()
        .iter()
        .map(|tile| PyBytes::new(py, tile.as_flattened()))
        .collect();
    let tiles = written
        .iter()
        .map(|t| {
            (
                t.tile.level,
                t.tile.index,
                t.tile.width,
                PyBytes::new(py, t.hashes.as_flattened()),
            )
        })
        .collect();
    Ok((edge, PyBytes::new(py, &root), tiles))
}

/// The root of a tree with these edge tiles.
#[pyfunction]
pub(crate) fn tree_root<'py>(
    py: Python<'py>,
    size: u64,
    edge: Vec<PyBackedBytes>,
) -> Result<Bound<'py, PyBytes>, Refusal> {
    Ok(PyBytes::new(py, &frontier(size, &edge)?.root()))
}

/// The partial tiles at the right edge, lowest level first.
#[pyfunction]
pub(crate) fn edge_tiles(size: u64) -> Vec<TileName> {
    named(&tile::edge_tiles(size))
}

/// The tiles that one size has and an earlier one had not, lowest level first.
#[pyfunction]
pub(crate) fn new_tiles(old: u64, new: u64) -> Vec<TileName> {
    named(&tile::new_tiles(old, new))
}

fn checked(level: u8, index: u64, width: u16) -> Result<Tile, Refusal> {
    if level >= 64 || width == 0 || width > 256 {
        return Err(Refusal::usage(
            "a tile is out of range",
            format!("level {level}, width {width}"),
            "level 0 to 63, width 1 to 256",
        ));
    }
    Ok(Tile {
        level,
        index,
        width,
    })
}

/// The path of a tile.
#[pyfunction]
pub(crate) fn tile_path(level: u8, index: u64, width: u16) -> Result<String, Refusal> {
    Ok(checked(level, index, width)?.path())
}

/// The path of a bundle of entries.
#[pyfunction]
pub(crate) fn entries_path(index: u64, width: u16) -> Result<String, Refusal> {
    checked(0, index, width)?;
    Ok(tile::entries_path(index, width))
}

/// The tile of a path.
#[pyfunction]
pub(crate) fn parse_tile_path(path: &str) -> Result<TileName, Refusal> {
    let tile = Tile::parse_path(path)?;
    Ok((tile.level, tile.index, tile.width))
}

/// Index and width of a bundle's path.
#[pyfunction]
pub(crate) fn parse_entries_path(path: &str) -> Result<(u64, u16), Refusal> {
    Ok(tile::parse_entries_path(path)?)
}

/// A refusal of ours, or what the caller's own callable raised.
pub(crate) struct Raised(PyErr);

impl From<LogError> for Raised {
    fn from(error: LogError) -> Self {
        Self(Refusal::from(error).into())
    }
}

impl From<Refusal> for Raised {
    fn from(error: Refusal) -> Self {
        Self(error.into())
    }
}

impl From<PyErr> for Raised {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

impl From<Raised> for PyErr {
    fn from(raised: Raised) -> Self {
        raised.0
    }
}

type Read<'a> = Box<dyn FnMut(Tile) -> Result<Vec<u8>, Raised> + 'a>;

fn reader<'a>(
    size: u64,
    root: &[u8],
    read: &'a Bound<'_, PyAny>,
) -> Result<TileReader<Read<'a>>, Raised> {
    let root = hash32(root, "a root has the wrong length")?;
    let read: Read<'a> = Box::new(|tile| {
        let bytes = read.call1((tile.level, tile.index, tile.width))?;
        Ok(bytes
            .extract::<PyBackedBytes>()
            .map_err(PyErr::from)?
            .to_vec())
    });
    TileReader::new(size, root, read)
}

/// The path of a leaf, out of tiles that lead to the root.
#[pyfunction]
pub(crate) fn tile_inclusion<'py>(
    py: Python<'py>,
    size: u64,
    root: &[u8],
    index: u64,
    read: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyList>, Raised> {
    Ok(hashes(py, &reader(size, root, read)?.inclusion(index)?)?)
}

/// The proof that the tree extends an earlier one, out of tiles that lead to the root.
#[pyfunction]
pub(crate) fn tile_consistency<'py>(
    py: Python<'py>,
    size: u64,
    root: &[u8],
    old: u64,
    read: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyList>, Raised> {
    Ok(hashes(py, &reader(size, root, read)?.consistency(old)?)?)
}

/// The root of an earlier size, out of tiles that lead to the root.
#[pyfunction]
pub(crate) fn tile_root<'py>(
    py: Python<'py>,
    size: u64,
    root: &[u8],
    old: u64,
    read: &Bound<'py, PyAny>,
) -> Result<Bound<'py, PyBytes>, Raised> {
    Ok(PyBytes::new(py, &reader(size, root, read)?.root_at(old)?))
}

/// Nothing, when the later tree extends the earlier one.
#[pyfunction]
pub(crate) fn verify_consistency(
    old: u64,
    size: u64,
    proof: Vec<PyBackedBytes>,
    old_root: &[u8],
    root: &[u8],
) -> Result<(), Refusal> {
    let proof: Result<Vec<Hash>, Refusal> = proof
        .iter()
        .map(|hash| hash32(hash, "a hash of the proof has the wrong length"))
        .collect();
    let (old_root, root) = (
        hash32(old_root, "a root has the wrong length")?,
        hash32(root, "a root has the wrong length")?,
    );
    Ok(jinku_proof::verify_consistency(
        old, size, &proof?, &old_root, &root,
    )?)
}
