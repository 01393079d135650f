"""One suite for every place where tiles may lie: a folder, a bucket, buckets of stores that know less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from faulty_s3 import FaultyS3
from stored_log import BUNDLE, FULL, StoredLog, head, open_database

from jinku.core import IntegrityError
from jinku.journal import EntryDamagedError, JournalForkedError, TileDamagedError
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.adapters.s3_bucket import Bucket
from jinku.journal.adapters.s3_tiles import S3Tiles
from jinku.journal.notes import read_note
from jinku.journal.ports import TileStore
from jinku.journal.retention import Retention
from jinku.store import Database
from s3_fixture import S3Server

STORES = ("folder", "bucket", "locked bucket", "no conditions", "ignored conditions")


@dataclass
class Store:
    """A store under test: each call of ``tiles`` is another process's view of it; ``spoil`` is somebody else's hand."""

    tiles: Callable[[], TileStore]
    names: Callable[[], set[str]]
    spoil: Callable[[str, bytes], object]


def folder_store(folder: Path) -> Store:
    def names() -> set[str]:
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        return {name for name in found if not name.startswith(".")}

    return Store(lambda: LocalTiles(folder), names, lambda path, data: (folder / path).write_bytes(data))


def bucket_store(server: S3Server, faulty: FaultyS3, kind: str) -> Store:
    if kind == "ignored conditions":
        server.takes_any_signature()
    real = server.make(lock=kind == "locked bucket")
    retention = Retention.parse("governance *=1") if kind == "locked bucket" else None
    faults = {"no conditions": "unknown", "ignored conditions": "ignore"}
    faulty.fault = lambda _method, _path: faults.get(kind, "")
    place = faulty.place(real) if kind in faults else real
    return Store(
        lambda: S3Tiles(Bucket(place), retention),
        lambda: server.keys(real),
        lambda path, data: server.spoil(real, path, data),
    )


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return folder_store(tmp_path / "tiles")
    server, faulty = request.getfixturevalue("s3_server"), request.getfixturevalue("faulty")
    return bucket_store(server, faulty, request.param)


def test_what_is_written_reads_back_and_nothing_else_is_there(store: Store) -> None:
    tiles = store.tiles()
    assert tiles.read("tile/0/000") is None
    tiles.write([])
    tiles.write([("tile/0/000", FULL), ("tile/entries/000.p/1", b"\x00\x01e"), ("tile/1/000.p/1", b"a" * 32)])
    tiles.write([("tile/0/001", FULL)])
    again = store.tiles()
    assert again.read("tile/0/000") == FULL
    assert again.read("tile/entries/000.p/1") == b"\x00\x01e"
    assert again.read("tile/0/000/below") is None
    assert store.names() == {"tile/0/000", "tile/0/001", "tile/entries/000.p/1", "tile/1/000.p/1"}


def test_the_same_bytes_once_more_are_no_change_and_others_are_refused(store: Store) -> None:
    tiles = store.tiles()
    tiles.write([("tile/0/000", FULL), ("tile/0/001.p/7", b"a")])
    for one in (tiles, store.tiles()):
        one.write([("tile/0/000", FULL), ("tile/0/001.p/7", b"a")])
        with pytest.raises(TileDamagedError, match=r"tile/0/001\.p/7 stands already with other bytes"):
            one.write([("tile/0/001.p/7", b"b")])
        with pytest.raises(TileDamagedError, match="tile/0/000 stands already with other bytes") as caught:
            one.write([("tile/0/000", b"g" * 8192), ("tile/0/002", FULL)])
        assert (caught.value.exit_code, caught.value.fields["path"]) == (5, "tile/0/000")
    assert tiles.read("tile/0/000") == FULL
    assert tiles.read("tile/0/001.p/7") == b"a"


def test_no_older_checkpoint_over_a_newer_one_and_no_other_tree(store: Store) -> None:
    tiles = store.tiles()
    assert tiles.published() is None
    assert tiles.publish(head(5))
    assert not tiles.publish(head(4))
    assert not store.tiles().publish(head(4))
    assert tiles.publish(head(6))
    assert not tiles.publish(head(6))
    with pytest.raises(JournalForkedError, match="TWO TREES"):
        tiles.publish(head(6, b"x" * 32))
    assert store.tiles().published() == head(6).note
    store.spoil("checkpoint", b"rubbish")
    with pytest.raises(TileDamagedError, match="published checkpoint was changed") as caught:
        tiles.publish(head(7))
    assert caught.value.exit_code == 5
    assert tiles.published() == b"rubbish"


def test_partial_tiles_go_when_the_full_one_stands(store: Store) -> None:
    tiles = store.tiles()
    tiles.write([("tile/0/000.p/10", b"a"), ("tile/entries/000.p/10", b"b"), ("tile/0/000.p/200", b"c")])
    tiles.prune(10, 300)
    assert tiles.read("tile/0/000.p/10") == b"a", "the full ones do not stand"
    tiles.write([("tile/0/000", FULL), ("tile/entries/000", BUNDLE)])
    tiles.write([("tile/0/001.p/44", b"d")])
    tiles.prune(10, 300)
    assert store.names() == {"tile/0/000", "tile/entries/000", "tile/0/001.p/44"}
    assert list(tiles.partials()) == ["tile/0/001.p/44"]


def test_names_are_listed_page_by_page(s3_server: S3Server) -> None:
    place = s3_server.make()
    paths = [f"tile/0/{n:03d}" for n in range(5)]
    S3Tiles(Bucket(place)).write([(path, FULL) for path in paths])
    assert sorted(Bucket(place).every("tile/", page=2)) == paths
    assert list(Bucket(place).every("tile/1", page=2)) == []


def test_evidence_is_kept_as_it_came_first(store: Store) -> None:
    tiles = store.tiles()
    where = tiles.keep_evidence("fork-7", b"first")
    assert where.endswith("evidence/fork-7")
    assert tiles.keep_evidence("fork-7", b"second") == where
    assert store.tiles().read("evidence/fork-7") == b"first"


def test_conditions_are_tried_once_and_believed_afterwards(s3_server: S3Server, faulty: FaultyS3) -> None:
    tiles = S3Tiles(Bucket(faulty.place(s3_server.make())))
    tiles.write([(f"tile/0/{n:03d}", FULL) for n in range(4)])
    faulty.asked.clear()
    tiles.write([("tile/0/007", FULL)])
    assert [method for method, _ in faulty.asked] == ["PUT", "GET"]
    faulty.asked.clear()
    tiles.write([("tile/0/007", FULL)])
    assert [method for method, _ in faulty.asked] == ["PUT", "GET"], "refused, and compared"


@pytest.mark.parametrize("kind", STORES[1:])
def test_writers_side_by_side_leave_one_file_each(kind: str, s3_server: S3Server, faulty: FaultyS3) -> None:
    store = bucket_store(s3_server, faulty, kind)
    views = [store.tiles() for _ in range(4)]
    files = [(f"tile/0/{n:03d}", bytes([n]) * 8192) for n in range(6)]

    def work(number: int) -> None:
        views[number].write(files)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert {views[0].read(path) for path, _ in files} == {data for _, data in files}


def test_checkpoints_published_side_by_side_leave_the_greatest(s3_server: S3Server, faulty: FaultyS3) -> None:
    """Of stores that have conditions; on others one that slept in between can step back (LIMITATIONS)."""
    store = bucket_store(s3_server, faulty, "bucket")
    views = [store.tiles() for _ in range(4)]
    views[0].write([("tile/0/000", FULL)])
    for view in views:
        view.write([("tile/0/000", FULL)])

    def work(number: int) -> None:
        for size in range(number + 1, 24, 4):
            views[number].publish(head(size))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    published = store.tiles().published()
    assert published is not None
    assert read_note(published).size == 23


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path) as made:
        yield made


def test_a_log_grows_there_and_a_flipped_byte_is_found_and_named(
    store: Store, database: Database, tmp_path: Path
) -> None:
    log = StoredLog(tmp_path, database, store=store.tiles())
    for group in (3, 300, 5):
        log.fill(group)
        assert log.sequencer().flush().waiting == 0
    assert log.verify(store.tiles()).size == 308
    assert {key for key in store.names() if "/000.p/" in key} == {"tile/1/000.p/1"}, "partial ones were pruned"
    for path in ("tile/0/001.p/47", "tile/entries/001.p/47"):  # replaced by those of 52, and still served
        data = store.tiles().read(path)
        assert data is not None
        store.spoil(path, data[:90] + bytes([data[90] ^ 1]) + data[91:])
        with pytest.raises(IntegrityError, match=path):
            log.verify(store.tiles())
        store.spoil(path, data)
    bundle = store.tiles().read("tile/entries/000")
    assert bundle is not None
    store.spoil("tile/entries/000", bundle[:90] + bytes([bundle[90] ^ 1]) + bundle[91:])
    with pytest.raises(EntryDamagedError, match="entry 0 in tile/entries/000 was changed") as caught:
        log.verify(store.tiles())
    assert caught.value.exit_code == 5
