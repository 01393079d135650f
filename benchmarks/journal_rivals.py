"""What stands beside the journal's figures: the same rows by the drivers alone, Tessera, and immudb's embedded store.

Not here: immudb's server, asked over gRPC; and sigsum's log, which needs a Trillian and a MariaDB, and takes signed
checksums in place of entries.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from journal_parts import BATCH, COMMIT_SECONDS, PROCESSES, for_a_while

from jinku.store import DatabaseUrl

RIVALS = Path(__file__).parent / "rivals"
CONTENT = (
    b'{"actor":"ed25519:%s","format":"keystore","index":7,"kind":"key.export_ended","n":%d,"outcome":"given",'
    b'"subject":"vault-%d","ts":"1795286000000","v":1}'
)
COLUMNS = "kind TEXT, subject TEXT, digest {0}, content {0}, created_at_ms BIGINT, actor TEXT"
NAMES = "kind, subject, digest, content, created_at_ms, actor"
Row = tuple[str, str, bytes, bytes, int, str]


def batches(count: int) -> Iterator[list[Row]]:
    """Rows as the journal stores them, made before the clock starts."""
    actor = "ed25519:" + "a" * 32
    for begin in range(0, count, BATCH):
        made = [CONTENT % (b"a" * 32, n, n % 50) for n in range(begin, begin + BATCH)]
        yield [
            ("key.export_ended", f"vault-{n % 50}", hashlib.sha256(b"\x00" + content).digest(), content, 1, actor)
            for n, content in enumerate(made)
        ]


def _a_second(count: int, put: Callable[[list[Row]], None]) -> float:
    spent = 0.0
    for rows in batches(count):
        begin = time.perf_counter()
        put(rows)
        spent += time.perf_counter() - begin
    return count / spent


def driver_alone(folder: Path, count: int) -> float:
    """Rows a second by SQLite's driver: ``executemany``, each batch on disk."""
    raw = sqlite3.connect(folder / "plain.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute(f"CREATE TABLE entries (id INTEGER PRIMARY KEY, {COLUMNS.format('BLOB')})")

    def put(rows: list[Row]) -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany("INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?, ?)", rows)
        raw.execute("COMMIT")

    try:
        return _a_second(count, put)
    finally:
        raw.close()


def _plain_table(connection: psycopg.Connection) -> None:
    made = f"CREATE TABLE IF NOT EXISTS plain (id BIGSERIAL PRIMARY KEY, {COLUMNS.format('BYTEA')})"
    connection.execute(made.encode())
    connection.commit()


def copy_alone(place: DatabaseUrl, count: int) -> float:
    """Rows a second by PostgreSQL's driver: ``COPY``, each batch on disk."""
    with psycopg.connect(**place.words) as connection:  # type: ignore[arg-type]
        _plain_table(connection)

        def put(rows: list[Row]) -> None:
            with connection.cursor().copy(f"COPY plain ({NAMES}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
                copy.set_types(["text", "text", "bytea", "bytea", "int8", "text"])
                for row in rows:
                    copy.write_row(row)
            connection.commit()

        return _a_second(count, put)


def insert_commits(place: DatabaseUrl, writers: int) -> float:
    """Commits of one row a second by so many threads in four processes: a prepared INSERT each, nothing else."""
    with psycopg.connect(**place.words) as connection:  # type: ignore[arg-type]
        _plain_table(connection)
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        pool.starmap(_insert, [(place, 1, 0.2)] * PROCESSES)
        given = (place, writers // PROCESSES, COMMIT_SECONDS)
        return sum(pool.starmap(_insert, [given] * PROCESSES, 1)) / COMMIT_SECONDS


def _insert(place: DatabaseUrl, threads: int, seconds: float) -> int:
    own = threading.local()
    row = next(batches(BATCH))[0]
    statement = (
        b"INSERT INTO plain (kind, subject, digest, content, created_at_ms, actor) VALUES (%s, %s, %s, %s, %s, %s)"
    )

    def one(_subject: str, _number: int) -> None:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(**place.words)  # type: ignore[arg-type]
        own.connection.execute(statement, row)
        own.connection.commit()

    return for_a_while(one, threads, seconds)


def go_log(name: str, folder: Path, source: Path, count: int, batch: int) -> tuple[float, list[float]] | None:
    """Entries a second and milliseconds of single entries by ``rivals/NAME``; None where it cannot be built."""
    go = shutil.which("go", path=os.environ.get("PATH", "") + ":/usr/local/go/bin")
    program = folder / f"{name}-log"
    build = [go or "", "build", "-o", str(program), "."]
    if go is None or subprocess.run(build, cwd=RIVALS / name, capture_output=True, check=False).returncode:
        return None
    read = sqlite3.connect(source)
    entries = folder / "entries.bin"
    with entries.open("wb") as file:
        for (content,) in read.execute("SELECT content FROM entries ORDER BY id LIMIT ?", (count,)):
            file.write(len(content).to_bytes(2, "big") + content)
    read.close()
    (folder / name).mkdir()
    words = [str(program), str(folder / name), str(entries), str(batch)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return count / float(said[0]), [float(word) for word in said[1:]]
