"""Tiles on a real file system: whole or not there, closed to others, safe when the disk is full."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from log_keys import CryptoVerifier
from real_log import open_log

from jinku.journal import (
    JournalForkedError,
    SignedCheckpoint,
    TileDamagedError,
    TileStoreError,
    Verifier,
)
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.notes import signed
from jinku.journal.types import Checkpoint

LINE = "\u2014 a.example AAAAAAA="


def head(size: int, root: bytes = b"r" * 32) -> SignedCheckpoint:
    return signed(Checkpoint("a.example", size, root), [LINE])


def test_everything_is_closed_to_others_and_nothing_is_left_staged(tmp_path: Path) -> None:
    tiles = LocalTiles(tmp_path / "deep" / "journal")
    tiles.write([("tile/0/x001/234", b"a" * 8192), ("tile/entries/000.p/1", b"b")])
    tiles.publish(head(1))
    for path in (tmp_path / "deep").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert not list((tmp_path / "deep" / "journal" / ".staging").glob("*/*"))


def test_what_stands_is_never_overwritten(tmp_path: Path) -> None:
    tiles = LocalTiles(tmp_path)
    tiles.write([("tile/0/000", b"a" * 8192)])
    tiles.write([("tile/0/000", b"a" * 8192), ("tile/0/001", b"c" * 8192)])
    with pytest.raises(TileDamagedError, match="tile/0/000 stands already with other bytes"):
        tiles.write([("tile/0/002", b"d" * 8192), ("tile/0/000", b"b" * 8192)])
    assert tiles.read("tile/0/000") == b"a" * 8192
    assert tiles.read("tile/0/002") is None
    assert tiles.read("tile/0/000/below") is None


def test_no_older_checkpoint_over_a_newer_one_and_no_other_tree(tmp_path: Path) -> None:
    tiles = LocalTiles(tmp_path)
    assert tiles.published() is None
    assert tiles.publish(head(5))
    assert not tiles.publish(head(4))
    assert tiles.publish(head(6))
    assert not tiles.publish(head(6))
    with pytest.raises(JournalForkedError, match="TWO TREES"):
        tiles.publish(head(6, b"x" * 32))
    assert tiles.published() == head(6).note
    (tmp_path / "checkpoint").write_bytes(b"rubbish")
    with pytest.raises(TileDamagedError, match="published checkpoint was changed"):
        tiles.publish(head(7))


def test_partial_tiles_go_when_the_full_one_stands(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        for group in (10, 300):
            log.fill(group)
            log.sequencer().flush()
        left = {path.relative_to(log.tiles.folder).as_posix() for path in log.tiles.folder.rglob("*.p/*")}
        assert left == {"tile/0/001.p/54", "tile/entries/001.p/54", "tile/1/000.p/1"}
        assert Verifier(log.tiles, log.signer.keys, CryptoVerifier(), log.rows).run().size == 310


def test_what_a_dead_process_had_staged_is_swept(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    stale, alive = tmp_path / ".staging" / str(ended.pid), tmp_path / ".staging" / str(os.getppid())
    for folder in (stale, alive):
        folder.mkdir(parents=True)
        (folder / "0").write_bytes(b"half")
    LocalTiles(tmp_path).write([("tile/0/000", b"a")])
    assert not stale.exists()
    assert alive.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KiB."""
    folder = tmp_path / "journal"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=400k,mode=700", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk needs the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_while_tiles_are_written_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.fill(700)
        log.sequencer().flush()
        note = log.tiles.published()
        log.fill(2_000, 200)
        with pytest.raises(TileStoreError, match="disk is full") as full:
            log.sequencer().flush()
        assert (full.value.code, full.value.retryable) == ("journal.disk_full", True)
        assert log.tiles.published() == note
        assert len(log.signer.signed) == 1
        assert Verifier(log.tiles, log.signer.keys, CryptoVerifier(), log.rows).run().waiting == 2_000
        subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
        assert log.sequencer().flush().waiting == 0
        assert Verifier(log.tiles, log.signer.keys, CryptoVerifier(), log.rows).run().size == 2_700
