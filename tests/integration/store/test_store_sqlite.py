"""SQLite passes the store's conformance suite, and fails as a store should."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from store_conformance import StoreConformance

from jinku.core import ManualClock, SystemClock
from jinku.store import (
    Database,
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseMissingError,
    DiskFullError,
    ReadOnlyHomeError,
    SchemaNewerError,
    SchemaOlderError,
)

CLOCK = ManualClock(1_700_000_000_000)


class TestSqlite(StoreConformance):
    """The whole suite on SQLite."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self, clock: ManualClock) -> Database:
        return Database.create(self.folder / "jinku.db", clock)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed database with a few megabytes in it."""
    path = tmp_path / "jinku.db"
    with Database.create(path, CLOCK) as database:
        for number in range(40):
            with database.unit() as unit:
                unit.append_entry("fill", str(number), {"x": "y" * 60_000})
    return path


def test_only_a_unit_that_says_so_waits_for_no_disk(path: Path) -> None:
    with Database.open(path, CLOCK) as database:
        levels = []
        for durable in (True, False, True, False, False, True):
            with database.unit(durable) as unit:
                levels.append(unit.connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
        with pytest.raises(ZeroDivisionError), database.unit(durable=False):
            raise ZeroDivisionError
        with database.unit() as unit:
            levels.append(unit.connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    assert levels == [2, 1, 2, 1, 1, 2, 2]


def test_pragmas_are_set_on_every_connection(path: Path) -> None:
    with Database.open(path, CLOCK) as database, database.read() as one, database.read() as two:
        for unit in (one, two):
            for pragma, value in [
                ("journal_mode", "wal"),
                ("synchronous", 2),
                ("foreign_keys", 1),
                ("secure_delete", 1),
            ]:
                assert unit.connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


def test_the_file_is_for_its_user_only(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_missing_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissingError, match="jinku init") as caught:
        Database.open(tmp_path / "none.db", CLOCK)
    assert caught.value.exit_code == 4
    assert list(tmp_path.iterdir()) == []  # looking made nothing


@pytest.mark.parametrize("keep", [10, 4096, 1_000_000])
def test_a_truncated_file_is_refused(path: Path, keep: int) -> None:
    os.truncate(path, keep)
    with pytest.raises(DatabaseDamagedError, match="backup") as caught:
        Database.open(path, CLOCK)
    assert caught.value.exit_code == 5


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "jinku.db"
    path.write_bytes(b"PK\x03\x04" + bytes(10_000))
    with pytest.raises(DatabaseDamagedError):
        Database.open(path, CLOCK)
    assert path.read_bytes().startswith(b"PK")


def test_check_finds_a_damaged_page_and_passes_a_good_file(path: Path) -> None:
    with Database.open(path, CLOCK) as database:
        database.check()
    data = bytearray(path.read_bytes())
    for page in range(150, 155):
        data[page * 8192 : page * 8192 + 64] = b"\xff" * 64
    path.write_bytes(data)
    with Database.open(path, CLOCK) as database, pytest.raises(DatabaseDamagedError, match="damaged"):
        database.check()


def test_an_older_schema_names_the_command(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("DELETE FROM alembic_version")
    raw.close()
    with pytest.raises(SchemaOlderError, match="jinku init"):
        Database.open(path, CLOCK)


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    for verb in (Database.open, Database.create, Database.migrate):
        with pytest.raises(SchemaNewerError, match="upgrade jinku"):
            verb(path, CLOCK)
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    raw.close()


def test_creating_twice_changes_nothing(path: Path) -> None:
    with Database.create(path, CLOCK) as database, database.read() as unit:
        assert len(list(unit.entries())) == 40


def test_two_processes_wait_for_each_other_and_say_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jinku.store.database.BUSY_SECONDS", 0.2)
    with Database.open(path, CLOCK) as one, Database.open(path, CLOCK) as two, one.unit() as unit:
        unit.append_entry("k", "s", {})
        with pytest.raises(DatabaseBusyError) as caught, two.unit():
            pass
        assert caught.value.retryable
        with two.read() as reader:  # readers never wait
            assert len(list(reader.entries())) == 40


def test_a_read_only_home_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        blocked = tmp_path / "file"
        blocked.write_text("no folder")
        with pytest.raises(ReadOnlyHomeError, match="--home"):
            Database.create(blocked / "jinku.db", CLOCK)
        return
    tmp_path.chmod(0o500)
    with pytest.raises(ReadOnlyHomeError, match="--home"):
        Database.create(tmp_path / "jinku.db", CLOCK)


def test_a_claimed_secret_leaves_no_bytes(path: Path) -> None:
    needle = b"needle" * 40
    with Database.open(path, CLOCK) as database:
        with database.unit() as unit:
            unit.connection.exec_driver_sql("INSERT INTO claim_blob VALUES (x'01', 1, ?)", (needle,))
        assert needle in path.with_name("jinku.db-wal").read_bytes()
        with database.unit() as unit:
            unit.connection.exec_driver_sql("DELETE FROM claim_blob")
        database.purge_log()
        for file in path.parent.iterdir():
            assert needle not in file.read_bytes(), file


def created_until(path: Path, step: int) -> bool:
    """A child made the database there and was killed before its ``step``-th statement; False when it has fewer."""
    child = os.fork()
    if child == 0:
        left = [step]

        def count(*_args: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            event.listen(Engine, "before_cursor_execute", count)
            Database.create(path, SystemClock()).close()
            os._exit(0)
        except BaseException:  # noqa: BLE001  the child must not fall back into pytest
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def test_an_interrupted_migration_is_detected_and_resumed(tmp_path: Path) -> None:
    """The first migration is killed before each of its statements in turn."""
    step, killed = 0, 0
    while True:
        step += 1
        path = tmp_path / f"{step}" / "jinku.db"
        if not created_until(path, step):
            break
        killed += 1
        if step % 4 == 1:  # detected: never half a schema
            try:
                Database.open(path, CLOCK).close()
            except SchemaOlderError as error:
                advice = "jinku init" if error.found == "no schema" else "jinku db migrate"
                assert advice in str(error)  # noqa: PT017
        with Database.create(path, CLOCK) as database:
            database.check()
            with database.unit() as unit:
                unit.append_entry("after", "resume", {})
        shutil.rmtree(path.parent)
    assert killed > 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a tmpfs needs privileges")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    path = small_disk / "jinku.db"
    stood = 0
    with Database.create(path, CLOCK) as database:
        with pytest.raises(DiskFullError, match="free some space") as caught:  # noqa: PT012
            while True:
                with database.unit() as unit:
                    unit.append_entry("fill", str(stood), {"x": "y" * 60_000})
                stood += 1
        assert caught.value.retryable
        with database.read() as unit:
            assert len(list(unit.entries())) == stood
    assert stood > 5
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    with Database.open(path, CLOCK) as database:
        database.check()
        with database.unit() as unit:
            unit.append_entry("fill", "after", {})
        with database.read() as unit:
            assert [entry.subject for entry in unit.entries()] == [*(str(n) for n in range(stood)), "after"]
