"""Tiles on a real file system: whole or not there, closed to others, safe when the disk is full."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from log_keys import CryptoVerifier
from log_process import ENGINES, place_of
from real_log import open_log

from jinku.core import UnavailableError
from jinku.journal import (
    JournalForkedError,
    SignedCheckpoint,
    TileDamagedError,
    TileStoreError,
    Verifier,
)
from jinku.journal.adapters.local_tiles import LocalTiles
from jinku.journal.adapters.outside_file import OutsideFile
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


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that are brought to the disk, in order."""
    found: list[Path] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            found.append(Path(f"/proc/self/fd/{fd}").readlink())
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    return found


def test_names_that_a_killed_process_left_are_brought_to_the_disk(tmp_path: Path, synced: list[Path]) -> None:
    files = [("tile/0/000", b"a" * 8192), ("tile/entries/000", b"b")]
    LocalTiles(tmp_path).write(files)
    synced.clear()  # that process died between its renames and this
    tiles = LocalTiles(tmp_path)
    tiles.write(files)
    assert set(synced) == {tmp_path / "tile" / "0", tmp_path / "tile" / "entries", tmp_path / "tile", tmp_path}
    assert synced.index(tmp_path / "tile" / "0") < synced.index(tmp_path / "tile") < synced.index(tmp_path)
    synced.clear()
    tiles.write(files)
    assert synced == [], "what this object has synced stays on the disk"
    LocalTiles(tmp_path).write([("tile/0/001", b"c" * 8192)])
    synced.clear()
    tiles.write([*files, ("tile/0/001", b"c" * 8192)])
    assert synced == [tmp_path / "tile" / "0"], "another process put this one there since, and may have died"


def test_only_the_folders_of_new_names_are_brought_to_the_disk(tmp_path: Path, synced: list[Path]) -> None:
    tiles = LocalTiles(tmp_path)
    tiles.write([("tile/0/000.p/1", b"a" * 32)])
    assert synced == [tmp_path / "tile" / "0" / "000.p", tmp_path / "tile" / "0", tmp_path / "tile", tmp_path]
    synced.clear()
    tiles.write([("tile/0/000.p/2", b"a" * 64)])
    assert synced == [tmp_path / "tile" / "0" / "000.p"]
    tiles.write([("tile/0/000", b"a" * 8192)])
    tiles.prune(2, 256)
    synced.clear()
    tiles.write([("tile/0/000.p/2", b"a" * 64)])  # by a holder that slept
    assert synced == [tmp_path / "tile" / "0" / "000.p", tmp_path / "tile" / "0"], "the folder was made anew"


def test_folders_that_did_not_get_to_the_disk_are_tried_again(
    tmp_path: Path, synced: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [("tile/0/000", b"a" * 8192)]
    LocalTiles(tmp_path).write(files)
    tiles = LocalTiles(tmp_path)

    def broken(_fd: int) -> None:
        raise OSError(errno.EIO, "the disk failed")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(TileStoreError, match="could not be written"):
            tiles.write(files)
    synced.clear()
    tiles.write(files)
    assert tmp_path / "tile" / "0" in synced


def test_a_checkpoint_that_stands_is_brought_to_the_disk(tmp_path: Path, synced: list[Path]) -> None:
    LocalTiles(tmp_path).publish(head(5))
    synced.clear()
    tiles = LocalTiles(tmp_path)
    assert not tiles.publish(head(5))
    assert not tiles.publish(head(5))
    assert synced == [tmp_path] * 2


def test_what_is_remembered_outside_is_durable_with_its_folders(tmp_path: Path, synced: list[Path]) -> None:
    place = tmp_path / "state" / "jinku"
    outside = OutsideFile(place / "checkpoint")
    outside.remember(head(5))
    assert synced == [tmp_path, tmp_path / "state", place]
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    synced.clear()
    outside.remember(head(5))
    assert synced == [place], "whoever wrote it may have died before this"
    synced.clear()
    for other in (head(4), head(5, b"x" * 32)):  # an older one; another tree, which is for the guard to find
        outside.remember(other)
        assert outside.last() == head(5).note
    assert synced == []
    cosigned = signed(Checkpoint("a.example", 5, b"r" * 32), [LINE, "\u2014 w.example AAAAAAA="])
    outside.remember(cosigned)
    assert outside.last() == cosigned.note
    assert {path.name for path in place.iterdir()} == {"checkpoint", ".lock"}


def test_a_folder_outside_that_cannot_be_made_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"in the way")
    with pytest.raises(UnavailableError, match="cannot be remembered outside") as told:
        OutsideFile(tmp_path / "state" / "jinku" / "checkpoint").remember(head(5))
    assert told.value.code == "journal.outside_unwritable"


def test_a_file_outside_that_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    with pytest.raises(UnavailableError, match="cannot be remembered outside") as told:
        OutsideFile(tmp_path / "checkpoint").remember(head(5))
    assert told.value.code == "journal.outside_unwritable"


def test_a_damaged_file_outside_is_not_replaced_in_silence(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_bytes(b"rubbish")
    OutsideFile(tmp_path / "checkpoint").remember(head(5))
    assert (tmp_path / "checkpoint").read_bytes() == b"rubbish"


def test_between_comparing_and_replacing_nobody_else_writes_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, real, free = OutsideFile(tmp_path / "checkpoint"), os.replace, []

    def replace(self: Path, target: Path) -> Path:
        with (tmp_path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                free.append(True)
            except BlockingIOError:
                free.append(False)
        real(self, target)
        return target

    (tmp_path / ".checkpoint.next").write_bytes(b"left by a process that was killed, and longer than a checkpoint" * 9)
    monkeypatch.setattr(Path, "replace", replace)
    outside.remember(head(5))
    assert free == [False]
    assert outside.last() == head(5).note
    assert not (tmp_path / ".checkpoint.next").exists()


def test_partial_tiles_go_when_the_full_one_stands(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        for group in (10, 300):
            log.fill(group)
            log.sequencer().flush()
        left = {path.relative_to(log.tiles.folder).as_posix() for path in log.tiles.folder.rglob("*.p/*")}
        assert left == {"tile/0/001.p/54", "tile/entries/001.p/54", "tile/1/000.p/1"}
        assert Verifier(log.tiles, log.signer.keys, CryptoVerifier(), log.rows).run().size == 310


def test_what_a_dead_process_had_staged_is_swept(tmp_path: Path) -> None:
    nobody = int(Path("/proc/sys/kernel/pid_max").read_text()) + 1  # the number of no process, ever
    stale = [tmp_path / ".staging" / name for name in (str(nobody), f"{nobody}.3")]
    alive = tmp_path / ".staging" / f"{os.getppid()}.0"
    tiles = LocalTiles(tmp_path)
    for number in range(2):  # of those killed later, too
        for folder in (*stale, alive):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "0").write_bytes(b"half")
        tiles.write([(f"tile/0/00{number}", b"a")])
        assert [path.name for path in (tmp_path / ".staging").iterdir()] == [alive.name]
        assert (alive / "0").read_bytes() == b"half"


def test_a_write_that_failed_leaves_nothing_staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiles = LocalTiles(tmp_path)

    def broken(_fd: int) -> None:
        assert list((tmp_path / ".staging").glob("*/0"))
        raise OSError(errno.EIO, "the disk failed")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(TileStoreError, match="could not be written"):
        tiles.publish(head(5))
    with pytest.raises(TileStoreError, match="could not be written"):
        tiles.write([("tile/0/000", b"a")])
    assert list((tmp_path / ".staging").iterdir()) == []
    assert tiles.published() is None


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


@pytest.mark.parametrize("engine", ENGINES)
def test_a_disk_that_is_full_while_tiles_are_written_loses_nothing(
    request: pytest.FixtureRequest, small_disk: Path, tmp_path: Path, engine: str
) -> None:
    with open_log(tmp_path, place_of(request, engine)) as log:
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
