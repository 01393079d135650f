"""Measure the log on SQLite: entries a second from append to published checkpoint, proofs, verification, start-up.

Run: ``.venv/bin/python benchmarks/journal.py`` (two minutes; ``--quick`` a tenth of it). *driver* is the limit: the
same rows by ``executemany`` alone, each batch on disk, no tree. The signer is left out (a key of another library
signs): the real one adds one call a checkpoint. *Tessera* (its POSIX driver, built from ``rivals/tessera`` where Go is)
takes the same entries in the same batches: tiles alone, without the rows, filters and transactions of a database.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from machine import taken

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "integration" / "journal"))
from real_log import RealLog, open_log

from jinku.journal import Filter, Verifier
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.service import Journal

ENTRIES, BATCH = 1_000_000, 5_000
PROOFS = 400
RIVALS = Path(__file__).parent / "rivals"


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of this process."""
    wall, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - own


def append(log: RealLog, count: int) -> None:
    facts = {"format": "keystore", "index": 7, "outcome": "given"}
    for begin in range(0, count, BATCH):
        rows = [("key.export_ended", f"vault-{n % 50}", {**facts, "n": n}) for n in range(begin, begin + BATCH)]
        with log.database.unit() as unit:
            unit.append_entries(rows)


def publisher(folder: Path, count: int) -> None:
    """A worker beside: flushes until all entries stand under a published checkpoint."""
    with open_log(folder) as log:
        journal = Journal(log.rows, log.tiles, NativeNotes(), log.signer.keys, lambda _: log.sequencer())
        while True:
            done = journal.flush().head
            if done is not None and done.size >= count:
                return
            time.sleep(0.001)


def side_by_side(folder: Path, count: int) -> float:
    """Entries a second while one process appends and another sequences, up to the checkpoint over the last."""
    folder.mkdir()
    with open_log(folder) as log:
        worker = multiprocessing.get_context("spawn").Process(target=publisher, args=(folder, count))
        log.fill(1)
        log.sequencer().flush()
        worker.start()
        time.sleep(2.0)  # it has started, and looks

        def run() -> None:
            append(log, count - 1)
            worker.join()

        wall, _ = timed(run)
    if worker.exitcode:
        raise SystemExit("the worker failed")
    return count / wall


def driver(folder: Path, source: Path, count: int) -> float:
    """Rows a second by the driver alone."""
    read = sqlite3.connect(source)
    query = "SELECT kind, subject, digest, content, created_at_ms FROM entries LIMIT ?"
    rows = read.execute(query, (count,)).fetchall()
    read.close()
    raw = sqlite3.connect(folder / "plain.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, kind, subject, digest, content, created_at_ms)")

    def insert() -> None:
        for begin in range(0, len(rows), BATCH):
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany("INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?)", rows[begin : begin + BATCH])
            raw.execute("COMMIT")

    seconds, _ = timed(insert)
    raw.close()
    return len(rows) / seconds


def tessera(folder: Path, source: Path, count: int) -> tuple[float, list[float]] | None:
    """Entries a second and milliseconds of single entries by Tessera; None where it cannot be built."""
    go = shutil.which("go", path=os.environ.get("PATH", "") + ":/usr/local/go/bin")
    program = folder / "tesseralog"
    build = [go or "", "build", "-o", str(program), "."]
    if go is None or subprocess.run(build, cwd=RIVALS / "tessera", capture_output=True, check=False).returncode:
        return None
    read = sqlite3.connect(source)
    entries = folder / "entries.bin"
    with entries.open("wb") as file:
        for (content,) in read.execute("SELECT content FROM entries ORDER BY id LIMIT ?", (count,)):
            file.write(len(content).to_bytes(2, "big") + content)
    read.close()
    (folder / "tessera").mkdir()
    words = [str(program), str(folder / "tessera"), str(entries), str(BATCH)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return count / float(said[0]), [float(word) for word in said[1:]]


def line(what: str, figure: str, goal: str = "") -> None:
    print(f"{what:<44} {figure:>28}  {goal}")


def measure(folder: Path, count: int) -> None:
    with open_log(folder) as log:
        journal = Journal(log.rows, log.tiles, NativeNotes(), log.signer.keys, lambda _: log.sequencer())
        wall, own = timed(lambda: append(log, count))
        more, own_more = timed(journal.flush)
        line("append", f"{count / wall:,.0f}/s ({count / own:,.0f} by CPU)")
        line("sequence, tiles, checkpoint", f"{count / more:,.0f}/s ({count / own_more:,.0f} by CPU)")
        both, cpu = count / (wall + more), count / (own + own_more)
        line("entries durable and published", f"{both:,.0f}/s ({cpu:,.0f} by CPU)", "goal 50,000/s")
        line("the same, a worker beside", f"{side_by_side(folder / 'two', count):,.0f}/s", "two processes, two cores")
        line("driver alone, rows only", f"{driver(folder, folder / 'jinku.db', min(count, 200_000)):,.0f}/s")
        rival = tessera(folder, folder / "jinku.db", min(count, 200_000))
        if rival is None:
            line("Tessera, POSIX driver", "not run: no Go, or it did not build")
        else:
            rate, waits = rival
            line("Tessera, POSIX driver, tiles only", f"{rate:,.0f}/s", f"ours {both / rate:.2f} of it")
            line(
                "Tessera, one entry to its checkpoint",
                f"p50 {statistics.median(waits):.1f} ms, max {max(waits):.1f} ms",
            )
        singles = [timed(lambda: (log.fill(1), journal.flush()))[0] * 1000 for _ in range(40)]
        line("one entry to its checkpoint", f"p50 {statistics.median(singles):.1f} ms, max {max(singles):.1f} ms")
        step = max(1, count // PROOFS)
        some = [next(iter(journal.entries(Filter(), after=n - 1))) for n in range(0, count, step)]
        times = sorted(timed(partial(journal.receipt, one))[0] * 1000 for one in some)
        line(
            "receipt, checked",
            f"p50 {times[len(times) // 2]:.2f} ms, p99 {times[-len(times) // 100]:.2f} ms",
            "goal 1 ms",
        )
    with open_log(folder) as log:
        sequencer = log.sequencer()
        wall, _ = timed(sequencer._load_edge)
        line("start-up: right edge and its root", f"{wall * 1000:.1f} ms", "goal 1 s")
        wall, own = timed(lambda: Verifier(log.tiles, log.signer.keys, NativeNotes(), log.rows).run())
        line(f"verify {count:,} entries with the database", f"{wall:.2f} s ({own:.2f} CPU)", "goal 5 s for 1,000,000")
        wall, own = timed(lambda: Verifier(log.tiles, log.signer.keys, NativeNotes()).run())
        line(f"verify {count:,} entries, tiles alone", f"{wall:.2f} s ({own:.2f} CPU)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line("memory, all of the above", f"{peak:,.0f} MiB", "goal 200 MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", type=Path, default=None, help="where to write; a temporary folder when left out")
    given = parser.parse_args()
    print(taken())
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        measure(Path(folder), ENTRIES // 10 if given.quick else ENTRIES)


if __name__ == "__main__":
    main()
