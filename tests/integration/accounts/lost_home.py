"""A home on the signer's double whose database was put back to an older copy, its entries caught up since."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from home_double import DEPLOYMENT, EVM, Home, open_home

from jinku.accounts import Accounts, Job, JobRequest
from jinku.accounts.adapters.account_rows import SqlAccountRows
from jinku.core import SystemClock
from jinku.journal.taken_back import caught_up_entry
from jinku.privacy import Subjects
from jinku.privacy.adapters.subject_rows import SqlSubjectRows
from jinku.store import Place

__all__ = ["caught_up", "lost_home", "made", "named_home", "put_back"]

_COLUMNS = "kind, subject, content, digest, created_at_ms, actor"
_FILES = ("jinku.db", "jinku.db-wal", "jinku.db-shm")
Row = tuple[object, ...]


def named_home(path: Path, place: Place | None = None, refuse_behind: Callable[[], None] = lambda: None) -> Home:
    """The home at ``path``; its accounts commit to names under keys of their subjects."""
    home = open_home(path, place=place)
    home.accounts = Accounts(
        home.database,
        SqlAccountRows(),
        home.custody,
        home.signer,
        SystemClock(),
        DEPLOYMENT,
        home.signer.identity.public_key().public_bytes_raw(),
        subjects=Subjects(SqlSubjectRows()),
        refuse_behind=refuse_behind,
    )
    return home


def made(home: Home, request: JobRequest) -> Job:
    """The job, done."""
    return home.accounts.run(str(home.accounts.create(request).job))


def put_back(home: Home, copy: Path) -> tuple[Home, list[Row]]:
    """The home with the copy as its database, its vault unlocked; and the entries that the newer one had."""
    with home.database.read() as unit:
        query = f"SELECT {_COLUMNS} FROM entries ORDER BY leaf_index IS NULL, leaf_index, id"
        rows = [tuple(row) for row in unit.connection.exec_driver_sql(query)]
    home.database.close()
    for name in _FILES:
        (home.path / name).unlink(missing_ok=True)
    copy.rename(home.path / "jinku.db")
    older = named_home(home.path)
    older.unlock()
    return older, rows


def caught_up(home: Home, rows: Iterable[Row]) -> None:
    """What `jinku journal catch-up` leaves: each entry once, with its place, and the entry that says so."""
    rows = list(rows)
    with contextlib.closing(sqlite3.connect(home.path / "jinku.db")) as raw, raw:
        places = dict(raw.execute("SELECT digest, leaf_index FROM entries"))
        for place, row in enumerate(rows):
            if row[3] not in places:
                marks = ", ".join("?" * (len(row) + 1))
                raw.execute(f"INSERT INTO entries ({_COLUMNS}, leaf_index) VALUES ({marks})", (*row, place))
            elif places[row[3]] is None:
                raw.execute("UPDATE entries SET leaf_index = ? WHERE digest = ?", (place, row[3]))
    with home.database.unit() as unit:
        unit.append_entry(*caught_up_entry(f"{DEPLOYMENT}.jinku", 0, len(rows)))


def lost_home(path: Path, later: Callable[[Home], object], before: Callable[[Home], object] | None = None) -> Home:
    """A home that lost what ``later`` did; a job of acme's, of two accounts, and what ``before`` did stand in it."""
    home = named_home(path)
    home.vault(forms=(EVM,))
    made(home, JobRequest("ops", 2, owner="acme", key="kept"))
    if before is not None:
        before(home)
    copy = path / "copy.db"
    with contextlib.closing(sqlite3.connect(path / "jinku.db")) as raw:
        raw.execute("VACUUM INTO ?", (str(copy),))
    later(home)
    older, rows = put_back(home, copy)
    caught_up(older, rows)
    return older
