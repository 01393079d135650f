"""Measure both engines of the store: bulk rows, entries in batches, single commits; beside each its driver's own way.

Run: ``.venv/bin/python benchmarks/store_engines.py`` (a minute; ``--quick`` a third of it). SQLite writes to
``--folder``, PostgreSQL is started there for the run, both as durable as in production. *driver* is the same rows by
the driver alone with statements prepared: ``executemany`` for SQLite, ``COPY`` for PostgreSQL, one commit a batch.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from machine import taken, verdict

sys.path.extend(str(Path(__file__).resolve().parents[1] / part) for part in ("tests", "tools"))
from jinku.accounts.adapters import tables
from jinku.core import Json, SystemClock
from jinku.store import Database, DatabaseUrl, Place
from postgres_fixture import running_server

ROWS, ROWS_A_BATCH = 400_000, 40_000
ENTRIES, ENTRIES_A_BATCH = 60_000, 2_000
COMMIT_SECONDS = 4.0
WRITERS = (1, 32)
PROCESSES = 4
ADDRESS = ("id", "account_id", "form_id", "address")
ENTRY = ("kind", "subject", "content", "digest", "created_at_ms")
GOALS = {("sqlite", "entries"): 50_000, ("postgresql", "entries"): 20_000, ("postgresql", "commits"): 3_000}
Line = tuple[str, dict[str, float], dict[str, float]]


def address_rows(count: int) -> list[tuple[object, ...]]:
    return [(n + 1, n + 1, 1, "0x" + os.urandom(20).hex()) for n in range(count)]


def rate(count: int, work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return count / (time.perf_counter() - begin)


def batches(rows: list[tuple[object, ...]], size: int) -> Iterator[list[tuple[object, ...]]]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def bulk(database: Database, rows: list[tuple[object, ...]]) -> None:
    for some in batches(rows, ROWS_A_BATCH):
        with database.unit() as unit:
            unit.insert_rows(tables.address, ADDRESS, some)


def entries(database: Database, count: int) -> None:
    for begin in range(0, count, ENTRIES_A_BATCH):
        some = [made(number) for number in range(begin, begin + ENTRIES_A_BATCH)]
        with database.unit() as unit:
            unit.append_entries(some)


def made(number: int) -> tuple[str, str, dict[str, Json]]:
    return "bench.made", f"subject-{number % 500}", {"n": number, "root": "ab" * 32}


def entry_rows(count: int) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for n in range(count):
        content = b'{"kind":"bench.made","n":%d,"root":"%s","subject":"s","ts":"1","v":1}' % (n, b"ab" * 32)
        found.append(("bench.made", f"subject-{n % 500}", content, hashlib.sha256(b"\x00" + content).digest(), 1))
    return found


def by_driver(place: Place, table: str, columns: tuple[str, ...], rows: list[tuple[object, ...]], size: int) -> None:
    """The rows by the driver alone."""
    names = ", ".join(columns)
    if isinstance(place, Path):
        raw = sqlite3.connect(place, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            raw.execute(f"PRAGMA {pragma}")
        statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' for _ in columns)})"
        for some in batches(rows, size):
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(statement, some)
            raw.execute("COMMIT")
        raw.close()
        return
    with psycopg.connect(**place.words) as connection:  # type: ignore[arg-type]
        for some in batches(rows, size):
            with connection.cursor().copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy:
                for row in some:
                    copy.write_row(row)
            connection.commit()


def commit_for_a_while(place: Place, threads: int, made: list[int]) -> None:
    """Units of one entry and one message each, from so many threads, until the time is over."""
    counts = [0] * threads
    with Database.open(place, SystemClock()) as database:
        end = time.perf_counter() + COMMIT_SECONDS

        def work(number: int) -> None:
            while time.perf_counter() < end:
                with database.unit() as unit:
                    entry = unit.append_entry("bench.single", f"{os.getpid()}-{number}", {"n": counts[number]})
                    unit.publish("bench", {"entry": entry.digest.hex()})
                counts[number] += 1

        running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
    made.append(sum(counts))


def _child(place: Place, threads: int, queue: multiprocessing.Queue[int]) -> None:
    made: list[int] = []
    commit_for_a_while(place, threads, made)
    queue.put(made[0])


def commits(place: Place, writers: int) -> float:
    """Commits a second by so many writers, in up to four processes."""
    processes = min(writers, PROCESSES)
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[int] = context.Queue()
    children = [context.Process(target=_child, args=(place, writers // processes, queue)) for _ in range(processes)]
    for child in children:
        child.start()
    total = sum(queue.get() for _ in children)
    for child in children:
        child.join()
    return total / COMMIT_SECONDS


@contextmanager
def places(folder: Path) -> Iterator[dict[str, Place]]:
    with running_server(shared_buffers="256MB", max_wal_size="2GB") as server:
        path = folder / "jinku.db"
        Database.create(path, SystemClock()).close()
        yield {"sqlite": path, "postgresql": DatabaseUrl.parse(server.migrated())}


def measure(found: dict[str, Place], share: int) -> list[Line]:
    """Each engine in turn: rate and the driver's own rate, by work."""
    rows, plain = address_rows(ROWS // share), entry_rows(ENTRIES // share)
    own: dict[str, dict[str, float]] = {}
    limit: dict[str, dict[str, float]] = {}
    for name, place in found.items():
        later = [(int(str(row[0])) + len(rows), *row[1:]) for row in rows]
        with Database.open(place, SystemClock()) as database:
            own.setdefault("bulk", {})[name] = rate(len(rows), lambda db=database: bulk(db, rows))  # type: ignore[misc]
            own.setdefault("entries", {})[name] = rate(len(plain), lambda db=database: entries(db, len(plain)))  # type: ignore[misc]
        limit.setdefault("bulk", {})[name] = rate(
            len(rows),
            lambda at=place, lines=later: by_driver(at, "address", ADDRESS, lines, ROWS_A_BATCH),  # type: ignore[misc]
        )
        limit.setdefault("entries", {})[name] = rate(
            len(plain),
            lambda at=place: by_driver(at, "entries", ENTRY, plain, ENTRIES_A_BATCH),  # type: ignore[misc]
        )
        for writers in WRITERS:
            own.setdefault(f"commits of {writers}", {})[name] = commits(place, writers)
    return [(work, rates, limit.get(work, {})) for work, rates in own.items()]


WHAT = {
    "bulk": f"bulk rows, {ROWS_A_BATCH:,} a unit",
    "entries": f"entries, {ENTRIES_A_BATCH:,} a unit",
    "commits of 1": "units of one entry and one message, 1 writer",
    "commits of 32": "the same, 32 writers in 4 processes",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    header = taken()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder, places(Path(folder)) as found:
        lines = measure(found, 4 if arguments.quick else 1)
    print(f"{header} A second; every commit flushed to disk.\n")
    print("| work | SQLite | its driver | PostgreSQL | its driver | goal |\n|---|--:|--:|--:|--:|---|")
    for work, rates, limit in lines:
        cells = [f"{rates[name]:,.0f} | {f'{limit[name]:,.0f}' if limit else ''}" for name in ("sqlite", "postgresql")]
        goals = []
        for (name, kind), least in GOALS.items():
            if kind == work or (kind, work) == ("commits", "commits of 32"):
                goals.append(verdict(f"{name} ≥ {least:,}", rates[name] >= least))
        print(f"| {WHAT[work]} | {' | '.join(cells)} | {'; '.join(goals)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
