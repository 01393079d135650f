"""A flipped byte anywhere is found and named: in each tile, bundle, checkpoint and row of a log on real parts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from log_keys import CryptoVerifier, MemoryLogSigner
from real_log import RealLog, open_log

from jinku.core import IntegrityError
from jinku.journal import (
    CheckpointDamagedError,
    EntryDamagedError,
    Journal,
    TileDamagedError,
    VerifyReport,
    leaf_hash,
    notes,
)
from jinku.journal.paths import bundle_bytes, split_bundle
from jinku.journal.verifying import Verifier

SIZES = (3, 40, 300, 600, 700)  # of the log after each run of the sequencer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealLog]:
    with open_log(tmp_path_factory.mktemp("log")) as log:
        for before, size in zip((0, *SIZES), SIZES, strict=False):
            log.fill(size - before)
            assert log.sequencer().flush().waiting == 0
        yield log


def verify(log: RealLog, rows: bool = True) -> VerifyReport:
    return Verifier(log.tiles, log.signer.keys, CryptoVerifier(), log.rows if rows else None).run()


def files(log: RealLog) -> list[str]:
    """Every tile and bundle that lies there."""
    folder = log.tiles.folder
    return sorted(path.relative_to(folder).as_posix() for path in (folder / "tile").rglob("*") if path.is_file())


def needed(path: str) -> bool:
    """The last checkpoint stands on the file; on others earlier ones stood, and they may be gone."""
    return path.endswith(("000", "001", "002.p/188", "000.p/2"))


def test_a_sound_log_passes_with_and_without_its_database(made: RealLog) -> None:
    with_rows, alone = verify(made), verify(made, rows=False)
    assert (with_rows.size, with_rows.rows, with_rows.checkpoints, with_rows.waiting) == (700, 700, 6, 0)
    assert (alone.size, alone.rows, alone.root) == (700, 0, with_rows.root)
    assert (alone.tiles, alone.bundles, alone.checkpoints) == (4, 3, 1)
    assert [path for path in files(made) if not needed(path)] == [
        "tile/0/002.p/88",
        "tile/1/000.p/1",
        "tile/entries/002.p/88",
    ]
    assert len(files(made)) == 10


@pytest.mark.parametrize("rows", [True, False])
def test_a_flipped_byte_in_any_file_is_found_and_named(made: RealLog, rows: bool) -> None:
    for path in files(made):
        whole = made.tiles.folder / path
        good = whole.read_bytes()
        for at in sorted({0, 1, min(37, len(good) - 1), len(good) // 2, len(good) - 1}):
            whole.write_bytes(good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1 :])
            with pytest.raises(IntegrityError) as caught:
                verify(made, rows)
            if isinstance(caught.value, EntryDamagedError):
                assert path.startswith("tile/entries/")
                assert path in str(caught.value)
                index = caught.value.fields["index"]
                assert isinstance(index, int)
                assert index // 256 == int(path.split("/")[-1].split(".")[0]) or ".p/" in path
            else:
                assert isinstance(caught.value, TileDamagedError), caught.value
                assert caught.value.fields["path"] == path
            assert caught.value.found
            assert caught.value.expected
            assert caught.value.exit_code == 5
        for bad in (b"", good[:-1], good + b"x"):
            whole.write_bytes(bad)
            with pytest.raises(IntegrityError, match=path):
                verify(made, rows)
        whole.unlink()
        if needed(path):
            with pytest.raises(TileDamagedError, match=path):
                verify(made, rows)
        else:
            assert verify(made, rows).size == 700
        whole.write_bytes(good)
    assert verify(made, rows).size == 700


@pytest.mark.parametrize("rows", [True, False])
def test_an_entry_changed_together_with_its_tile_is_found_by_the_tree_above(made: RealLog, rows: bool) -> None:
    bundle, tile = made.tiles.folder / "tile/entries/001", made.tiles.folder / "tile/0/001"
    good = bundle.read_bytes(), tile.read_bytes()
    entries = split_bundle("x", good[0])
    entries[9] = entries[9].replace(b"done", b"gone")
    bundle.write_bytes(bundle_bytes(entries))
    tile.write_bytes(b"".join(map(leaf_hash, entries)))
    with pytest.raises(IntegrityError) as caught:
        verify(made, rows)
    assert ("entry 265 in the database" if rows else "tile/0/001 was changed") in str(caught.value)
    bundle.write_bytes(good[0])
    tile.write_bytes(good[1])
    assert verify(made, rows).size == 700


def test_a_flipped_byte_in_the_checkpoint_is_found(made: RealLog) -> None:
    path = made.tiles.folder / "checkpoint"
    good = path.read_bytes()
    for at in range(0, len(good), 61):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        for rows in (True, False):
            with pytest.raises(CheckpointDamagedError, match="published"):
                verify(made, rows)
    path.unlink()
    with pytest.raises(CheckpointDamagedError, match="no checkpoint"):
        verify(made)
    path.write_bytes(good)
    assert verify(made).size == 700


def test_entries_that_are_hard_to_read_at_a_glance_hold_as_well(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        with log.database.unit() as unit:
            unit.append_entry("k", 's"u\\b', {"inner": {"kind": "x", "subject": "y", "ts": "z", "actor": "w"}})
            unit.append_entry("k", "\u4e2d\U0001f600", {"text": '"kind":"other"'})
            log.database.actor = ""
        with log.database.unit() as unit:
            unit.append_entry("k", "s", {})
        log.sequencer().flush()
        assert verify(log).rows == 3
        with log.database.unit() as unit:
            unit.connection.exec_driver_sql("DROP TRIGGER entries_no_update")
            unit.connection.exec_driver_sql("UPDATE entries SET kind = 'x' WHERE leaf_index = 0")
        with pytest.raises(EntryDamagedError, match="column kind of entry 0"):
            verify(log)


def test_keys_of_another_are_not_believed(made: RealLog) -> None:
    stranger = MemoryLogSigner(seed=b"s" * 32)
    with pytest.raises(CheckpointDamagedError, match="published"):
        Verifier(made.tiles, stranger.keys, CryptoVerifier()).run()


CHANGES: list[tuple[str, str]] = [
    ("UPDATE entries SET content = replace(content, 'pad', 'bad') WHERE leaf_index = 7", "entry 7 in the database"),
    (
        "UPDATE entries SET content = CAST(replace(content, 'pad', 'bad') AS BLOB) WHERE leaf_index = 7",
        "entry 7 in the database",
    ),
    ("UPDATE entries SET subject = x'00' WHERE leaf_index = 300", "column subject of entry 300"),
    ("UPDATE entries SET digest = zeroblob(32) WHERE leaf_index = 8", "entry 8 in the database"),
    ("UPDATE entries SET kind = 'x' WHERE leaf_index = 9", "column kind of entry 9"),
    ("UPDATE entries SET subject = 'x' WHERE leaf_index = 10", "column subject of entry 10"),
    ("UPDATE entries SET actor = 'x' WHERE leaf_index = 11", "column actor of entry 11"),
    ("UPDATE entries SET created_at_ms = 12 WHERE leaf_index = 12", "column ts of entry 12"),
    ("DELETE FROM entries WHERE leaf_index = 400", "entry 400 is missing"),
    ("UPDATE entries SET leaf_index = 9000 WHERE leaf_index = 699", "entry 699 is missing"),
    ("UPDATE journal_checkpoint SET root = zeroblob(32) WHERE size = 40", "size 40"),
    ("UPDATE journal_checkpoint SET size = 41 WHERE size = 40", "size 41"),
    (
        "UPDATE journal_checkpoint SET note = CAST(replace(note, 'jinku', 'jinkv') AS BLOB) WHERE size = 300",
        "size 300",
    ),
    ("UPDATE journal_checkpoint SET note = 'text' WHERE size = 300", "checkpoint in the database was changed"),
]


@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_a_changed_row_is_found_and_named(made: RealLog, change: str, named: str, tmp_path: Path) -> None:
    with sqlite3.connect(made.folder / "jinku.db") as source, sqlite3.connect(tmp_path / "jinku.db") as copy:
        source.backup(copy)
        copy.execute("DROP TRIGGER entries_no_update")
        copy.execute("DROP TRIGGER entries_no_delete")
        assert copy.execute(change).rowcount == 1
    copy.close()
    source.close()
    with open_log(tmp_path) as log:
        verifier = Verifier(made.tiles, made.signer.keys, CryptoVerifier(), log.rows)
        with pytest.raises(IntegrityError, match=named) as caught:
            verifier.run()
    assert caught.value.exit_code == 5


def test_two_swapped_entries_are_found(made: RealLog, tmp_path: Path) -> None:
    with sqlite3.connect(made.folder / "jinku.db") as source, sqlite3.connect(tmp_path / "jinku.db") as copy:
        source.backup(copy)
        copy.execute("DROP TRIGGER entries_no_update")
        for one, other in ((5, -1), (6, 5), (-1, 6)):
            copy.execute("UPDATE entries SET leaf_index = ? WHERE leaf_index = ?", (other, one))
    copy.close()
    source.close()
    with open_log(tmp_path) as log, pytest.raises(EntryDamagedError, match="entry 5 in the database"):
        Verifier(made.tiles, made.signer.keys, CryptoVerifier(), log.rows).run()


WAITING: list[tuple[str, str]] = [
    ("content = CAST(replace(content, 'pad', 'bad') AS BLOB)", "the waiting entry of row 5"),
    ("content = 'text'", "the waiting entry of row 5"),
    ("digest = zeroblob(32)", "the waiting entry of row 5"),
    ("kind = 'x'", "column kind of the waiting entry of row 5"),
    ("subject = 'x'", "column subject of the waiting entry of row 5"),
    ("actor = 'x'", "column actor of the waiting entry of row 5"),
    ("created_at_ms = 12", "column ts of the waiting entry of row 5"),
]


@pytest.mark.parametrize(("change", "named"), WAITING)
def test_a_changed_row_that_waits_is_found_and_named(tmp_path: Path, change: str, named: str) -> None:
    with open_log(tmp_path) as log:
        log.fill(3)
        assert (verify(log).size, verify(log).waiting) == (0, 3), "before the first checkpoint"
        log.sequencer().flush()
        log.fill(4)
        report = verify(log)
        assert (report.size, report.rows, report.waiting) == (3, 3, 4)
        with log.database.unit() as unit:
            unit.connection.exec_driver_sql("DROP TRIGGER entries_no_update")
            assert unit.connection.exec_driver_sql(f"UPDATE entries SET {change} WHERE id = 5").rowcount == 1
        with pytest.raises(EntryDamagedError, match=named) as caught:
            verify(log)
    assert caught.value.fields["row"] == 5


def test_a_waiting_row_that_is_no_entry_at_all_is_named(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        with log.database.unit() as unit:
            forged = "INSERT INTO entries (kind, subject, digest, content, created_at_ms) VALUES ('k', 's', ?, ?, 1)"
            unit.connection.exec_driver_sql(forged, (leaf_hash(b"\xff{"), b"\xff{"))
        with pytest.raises(EntryDamagedError, match="row 1 in the database is no entry"):
            verify(log)


def test_rebuild_publishes_no_checkpoint_that_the_log_did_not_sign(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.fill(3)
        log.sequencer().flush()
        head = log.rows.newest()
        assert head is not None
        journal = Journal(log.rows, log.tiles, CryptoVerifier(), log.signer.keys, lambda _: log.sequencer())
        (log.tiles.folder / "checkpoint").unlink()
        stranger = MemoryLogSigner(seed=b"s" * 32)
        forged = notes.signed(head.checkpoint, stranger.sign_checkpoint(head.size, head.root, []))
        with log.database.unit() as unit:
            unit.connection.exec_driver_sql("UPDATE journal_checkpoint SET note = ?", (forged.note,))
        with pytest.raises(CheckpointDamagedError):
            journal.rebuild()
        assert log.tiles.published() is None
        with log.database.unit() as unit:
            unit.connection.exec_driver_sql("UPDATE journal_checkpoint SET note = ?", (head.note,))
        assert journal.rebuild() == 1
        assert log.tiles.published() == head.note
