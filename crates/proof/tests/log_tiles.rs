//! Tiles against the naive tree: growing in any batches, and roots and proofs out of tiles, none of them believed unchecked.

mod common;

use std::collections::BTreeMap;

use common::{Done, leaves};
use jinku_proof::log::error::{LogCode, LogError};
use jinku_proof::log::frontier::Frontier;
use jinku_proof::log::tile::{Tile, edge_tiles, new_tiles};
use jinku_proof::log::tile_reader::TileReader;
use jinku_proof::{
    Hash, consistency_proof, inclusion_path, root, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

type Store = BTreeMap<Tile, Vec<u8>>;

/// A tree grown in batches of these sizes, and every tile that was ever written.
fn grown(all: &[Hash], batches: &[usize]) -> (Frontier, Store) {
    let (mut tree, mut store, mut at) = (Frontier::new(), Store::new(), 0);
    for batch in batches {
        let end = all.len().min(at + batch);
        let old = tree.size();
        let written = tree.append(&all[at..end]).expect("small");
        let names: Vec<Tile> = written.iter().map(|t| t.tile).collect();
        assert_eq!(names, new_tiles(old, tree.size()));
        store.extend(written.iter().map(|t| (t.tile, t.bytes())));
        at = end;
    }
    (tree, store)
}

fn reader(store: &Store) -> impl FnMut(Tile) -> Result<Vec<u8>, LogError> + '_ {
    |tile| {
        let none = || {
            LogError::new(
                LogCode::TileMalformed,
                format!("no {}", tile.path()),
                "",
                "",
            )
        };
        store.get(&tile).cloned().ok_or_else(none)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_permutation_of_batch_sizes_gives_one_root(mut batches in prop::collection::vec(0usize..700, 1..9)) {
        let all = leaves(batches.iter().sum::<usize>() as u64);
        let (tree, _) = grown(&all, &batches);
        prop_assert_eq!(tree.root(), root(&all));
        batches.reverse();
        let (again, store) = grown(&all, &batches);
        prop_assert_eq!(&again, &tree);
        // What is restored from the edge tiles is the same tree.
        let edge: Vec<Vec<Hash>> = edge_tiles(tree.size())
            .iter()
            .map(|t| store[t].as_chunks::<32>().0.to_vec())
            .collect();
        prop_assert_eq!(Frontier::restore(tree.size(), &edge), Ok(tree.clone()));
        prop_assert_eq!(tree.tiles(), edge);
    }

    #[test]
    fn proofs_out_of_tiles_are_those_of_the_naive_tree(size in 1u64..1500, index in 0u64..1500, old in 1u64..1500) {
        let (index, old) = (index % size, 1 + old % size);
        let all = leaves(size);
        let (_, store) = grown(&all, &[size as usize]);
        let mut tiles = TileReader::new(size, root(&all), reader(&store)).expect("whole");
        let path = tiles.inclusion(index).expect("inside");
        prop_assert_eq!(&path, &inclusion_path(&all, index as usize).expect("inside"));
        let proof = tiles.consistency(old).expect("inside");
        prop_assert_eq!(&proof, &consistency_proof(&all, old as usize).expect("inside"));
        let before = root(&all[..old as usize]);
        prop_assert_eq!(tiles.root_at(old), Ok(before));
        prop_assert_eq!(tiles.leaf(index), Ok(all[index as usize]));
        prop_assert_eq!(verify_inclusion(&all[index as usize], index, size, &path, &root(&all)), Ok(()));
        prop_assert_eq!(verify_consistency(old, size, &proof, &before, &root(&all)), Ok(()));
    }

    #[test]
    fn any_mutated_byte_of_a_proof_is_refused(size in 2u64..600, index in 0u64..600, old in 1u64..600, byte in 0usize..32, flip in 1u8..) {
        let (index, old) = (index % size, 1 + old % (size - 1));
        let all = leaves(size);
        let (path, whole) = (inclusion_path(&all, index as usize).expect("inside"), root(&all));
        for place in 0..path.len() {
            let mut bent = path.clone();
            bent[place][byte] ^= flip;
            prop_assert!(verify_inclusion(&all[index as usize], index, size, &bent, &whole).is_err());
        }
        let (proof, before) = (consistency_proof(&all, old as usize).expect("inside"), root(&all[..old as usize]));
        for place in 0..proof.len() {
            let mut bent = proof.clone();
            bent[place][byte] ^= flip;
            prop_assert!(verify_consistency(old, size, &bent, &before, &whole).is_err());
        }
    }
}

#[test]
fn a_flipped_byte_in_a_tile_is_found_and_the_tile_named() -> Done {
    let all = leaves(70_000);
    let (tree, store) = grown(&all, &[70_000]);
    assert_eq!(tree.root(), root(&all));
    for (name, index) in [
        ("tile/0/000", 3),
        ("tile/0/272", 69_887),
        ("tile/1/000", 3),
        ("tile/0/273.p/112", 69_999),
        ("tile/1/001.p/17", 3),
        ("tile/2/000.p/1", 3),
    ] {
        let tile = Tile::parse_path(name)?;
        let mut bent = store.clone();
        bent.get_mut(&tile).ok_or("a tile")?[40 % tile.bytes()] ^= 1;
        let found = TileReader::new(tree.size(), tree.root(), reader(&bent))
            .and_then(|mut r| r.inclusion(index));
        let refused = found.expect_err(name);
        assert_eq!(refused.code, LogCode::TileMismatch);
        assert!(refused.what.contains(name), "{name}: {refused}");
        assert!(
            refused.found.len() == 64 && refused.expected.len() == 64,
            "{refused}"
        );
        // Untouched places are proven all the same, unless the edge is at fault.
        assert!(
            TileReader::new(tree.size(), tree.root(), reader(&store))?
                .inclusion(index)
                .is_ok()
        );
    }
    Ok(())
}

#[test]
fn torn_missing_and_foreign_tiles_are_refused_and_wider_ones_taken() -> Done {
    let all = leaves(300);
    let (tree, store) = grown(&all[..290], &[290]);
    let (_, later) = grown(&all, &[290, 10]);
    // The partial tile of size 290 is gone; the wider one of size 300 holds the same hashes first.
    let mut read = |tile: Tile| {
        let width = if tile.width == 34 { 44 } else { tile.width };
        reader(&later)(Tile { width, ..tile })
    };
    assert_eq!(
        TileReader::new(290, tree.root(), &mut read)?.inclusion(289)?,
        inclusion_path(&all[..290], 289)?
    );
    for length in [0, 31, 33 * 32, 34 * 32 + 1, 257 * 32] {
        let torn = |tile: Tile| Ok(vec![0; if tile.level == 0 { length } else { 32 }]);
        let refused = TileReader::<_>::new(290, tree.root(), torn)
            .err()
            .map(|e: LogError| e.code);
        assert_eq!(refused, Some(LogCode::TileMalformed), "{length} bytes");
    }
    let other = TileReader::new(290, [0; 32], reader(&store))
        .err()
        .map(|e| e.code);
    assert_eq!(other, Some(LogCode::TileMismatch));
    let mut tiles = TileReader::new(290, tree.root(), reader(&store))?;
    for refused in [
        tiles.inclusion(290).err(),
        tiles.leaf(290).err(),
        tiles.consistency(0).err(),
        tiles.consistency(291).err(),
        tiles.root_at(291).err(),
    ] {
        assert_eq!(refused.map(|e| e.code), Some(LogCode::TreeRange));
    }
    assert_eq!(
        TileReader::new(0, jinku_proof::EMPTY_ROOT, reader(&store))?.root_at(0)?,
        jinku_proof::EMPTY_ROOT
    );
    Ok(())
}

#[test]
fn a_frontier_refuses_an_edge_that_is_not_its_own() {
    let all = leaves(300);
    let (tree, _) = grown(&all, &[300]);
    let edge = tree.tiles();
    assert!(Frontier::restore(300, &edge).is_ok());
    assert_eq!(
        Frontier::restore(301, &edge).map_err(|e| e.code),
        Err(LogCode::TileMalformed)
    );
    assert_eq!(
        Frontier::restore(300, &edge[..1]).map_err(|e| e.code),
        Err(LogCode::TileMalformed)
    );
    assert_eq!(
        Frontier::restore(u64::MAX, &edge).map_err(|e| e.code),
        Err(LogCode::TreeRange)
    );
    let mut full = Frontier::restore(
        i64::MAX as u64,
        &edge_tiles(i64::MAX as u64)
            .iter()
            .map(|t| vec![[1; 32]; usize::from(t.width)])
            .collect::<Vec<_>>(),
    )
    .expect("the largest");
    assert_eq!(
        full.append(&all[..1]).map_err(|e| e.code),
        Err(LogCode::TreeRange)
    );
}
