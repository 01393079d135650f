//! Which tiles a tree has, and the one spelling of their paths.

use jinku_proof::log::tile::{
    Tile, edge_tiles, entries_path, hashes_at, new_tiles, parse_entries_path,
};

type Done = Result<(), Box<dyn std::error::Error>>;

#[test]
fn the_example_of_the_specification_has_its_tiles() {
    // tlog-tiles, "Partial Tiles": a tree of size 70,000.
    let all = new_tiles(0, 70_000);
    let count = |level, width| {
        all.iter()
            .filter(|t| t.level == level && t.width == width)
            .count()
    };
    assert_eq!(
        (
            count(0, 256),
            count(0, 112),
            count(1, 256),
            count(1, 17),
            count(2, 1)
        ),
        (273, 1, 1, 1, 1)
    );
    assert_eq!(all.len(), 277);
    let edge = [(0, 273, 112), (1, 1, 17), (2, 0, 1)].map(|(level, index, width)| Tile {
        level,
        index,
        width,
    });
    assert_eq!(edge_tiles(70_000), edge);
    assert_eq!(
        edge_tiles(256),
        [Tile {
            level: 1,
            index: 0,
            width: 1
        }]
    );
    assert_eq!(
        (edge_tiles(0), new_tiles(5, 5), new_tiles(6, 5)),
        (vec![], vec![], vec![])
    );
    assert_eq!(
        (
            hashes_at(70_000, 1),
            hashes_at(u64::MAX, 8),
            hashes_at(u64::MAX, 200)
        ),
        (273, 0, 0)
    );
}

#[test]
fn paths_have_one_spelling() -> Done {
    for (index, width, path) in [
        (0, 256, "000"),
        (273, 112, "273.p/112"),
        (1_234_067, 256, "x001/x234/067"),
        (1000, 1, "x001/000.p/1"),
        (
            36_028_797_018_963_967,
            255,
            "x036/x028/x797/x018/x963/967.p/255",
        ),
    ] {
        let tile = Tile {
            level: 3,
            index,
            width,
        };
        assert_eq!(tile.path(), format!("tile/3/{path}"));
        assert_eq!(Tile::parse_path(&tile.path())?, tile);
        assert_eq!(entries_path(index, width), format!("tile/entries/{path}"));
        assert_eq!(
            parse_entries_path(&entries_path(index, width))?,
            (index, width)
        );
    }
    for bad in [
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/0/001/",
        "/tile/0/001",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/+01",
        "tile/entries/001",
        "tile/0/001.p/1.p/1",
        "tile/0/",
    ] {
        assert!(Tile::parse_path(bad).is_err(), "{bad}");
    }
    assert!(parse_entries_path("tile/0/001").is_err());
    Ok(())
}
