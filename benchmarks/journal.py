"""Measure the journal on both databases: entries a second, single commits, proofs, verification, ten million entries.

Run: ``.venv/bin/python benchmarks/journal.py`` (five minutes; ``--quick`` one). ``--ten-million`` adds a log of that
size: ten minutes and 12 GB of ``--folder`` more. Beside each rate stands its limit, the same rows by the driver alone
without tree or index, every commit on disk, and two logs that take the same entries (``journal_rivals``). The keys of
batches are another library's, in this process; *through the signer* is the shipped one, with two witnesses here.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from journal_parts import Cost, append, big_log, commits, open_and_load, publisher, verify, waits_with_witnesses
from journal_rivals import copy_alone, driver_alone, go_log, insert_commits
from machine import taken, verdict

sys.path.extend(str(Path(__file__).resolve().parents[1] / "tests" / part) for part in ("", "integration/journal"))
from real_log import RealLog, open_log

from jinku.journal import Filter, Step
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.service import Journal
from jinku.store import DatabaseUrl, Place
from postgres_fixture import running_server

ENTRIES, BATCH, PROOFS, SINGLES = 1_000_000, 5_000, 1_000, 200
RIVALS_TAKE = 200_000
PATIENCE_SECONDS = 3600


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def line(what: str, figure: str, beside: str = "", goal: str = "") -> None:
    print(f"| {what} | {figure} | {beside} | {goal} |", flush=True)


def rate(a_second: float, goal: int = 0) -> tuple[str, str]:
    return f"{a_second:,.0f}/s", verdict(f"≥ {goal:,}", a_second >= goal) if goal else ""


def spread(milliseconds: list[float]) -> tuple[str, float]:
    """Median and 99th percentile, and that."""
    ordered = sorted(milliseconds)
    late = ordered[-1 - len(ordered) // 100]
    return f"p50 {statistics.median(ordered):.2f} ms, p99 {late:.2f} ms", late


def apart(work: Callable[..., Cost], *given: object) -> Cost:
    """What the work cost in a process of its own, which has done nothing else."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply_async(work, given).get(PATIENCE_SECONDS)


def side_by_side(folder: Path, place: Place | None, count: int) -> float:
    """Entries a second while one process appends and another publishes, up to the checkpoint over the last."""
    with open_log(folder, place) as log, multiprocessing.get_context("spawn").Pool(1) as pool:
        start = log.rows.size()
        pool.apply(publisher, (folder, place, start))  # it has imported everything
        whole = pool.apply_async(publisher, (folder, place, start + count))
        return count / timed(lambda: (append(log, count), whole.get(PATIENCE_SECONDS)))


def in_batches(folder: Path, place: Place | None, count: int) -> float:
    """Lines of entries in batches; how many a second from append to published by one process."""
    name, goal = ("PostgreSQL", 20_000) if place else ("SQLite", 50_000)
    with open_log(folder, place) as log:
        stored = timed(lambda: append(log, count))
        limit = copy_alone(place, count) if isinstance(place, DatabaseUrl) else driver_alone(folder, count)
        figure, met = rate(count / stored, goal)
        line(f"{name}: entries durable, {BATCH:,} a commit", figure, f"its driver {limit:,.0f}/s", met)
        published = timed(lambda: log.sequencer().flush())
    line("… then placed, in tiles, under a checkpoint", rate(count / published)[0])
    line("… both, one after the other", rate(count / (stored + published))[0])
    line("… both, in two processes at once", rate(side_by_side(folder, place, count))[0])
    return count / (stored + published)


def singles(log: RealLog, count: int) -> None:
    """One entry at a time, until its checkpoint is published."""
    waits, sequencer = [], log.sequencer()
    for _ in range(count):
        begin = time.perf_counter()
        log.fill(1)
        waits += [(time.perf_counter() - begin) * 1000 for step in sequencer.steps() if step is Step.PUBLISHED]
    line("SQLite: one entry to its checkpoint, keys in this process", spread(waits)[0])


def receipts(journal: Journal, size: int) -> None:
    some = [next(iter(journal.entries(Filter(), after=n - 1))) for n in range(0, size, max(1, size // PROOFS))]
    journal.receipt(some[0])
    figure, late = spread([timed(partial(journal.receipt, one)) * 1000 for one in some])
    line("a receipt, proven, of any entry", figure, "", verdict("≤ 1 ms", late <= 1))


def reading(folder: Path, size: int) -> None:
    """Start-up and verification, each by a process of its own."""
    for rows, what in ((True, "with the database"), (False, "tiles alone")):
        took = apart(verify, folder, rows)
        goal = verdict(f"≤ {size / 200_000:g} s", took.seconds <= size / 200_000) if rows else ""
        line(
            f"verify {size:,} entries, {what}",
            f"{took.seconds:.2f} s",
            f"{took.own:.1f} s CPU, {took.mib:.0f} MiB",
            goal,
        )
    took = apart(open_and_load, folder)
    line(f"start-up on {size:,} entries", f"{took.seconds * 1000:.0f} ms", f"{took.mib:.0f} MiB", "")


def ten_million(folder: Path) -> None:
    size = 10 * ENTRIES
    took = apart(big_log, folder, size)
    line(f"a log of {size:,}: append and publish", rate(size / took.seconds)[0], f"{took.mib:.0f} MiB")
    took = apart(open_and_load, folder)
    good = verdict("≤ 1 s, < 200 MB", took.seconds <= 1 and took.mib < 190)
    line("… start-up", f"{took.seconds * 1000:.0f} ms", f"{took.mib:.0f} MiB", good)
    took = apart(verify, folder, True)
    line("… verify", f"{took.seconds:.1f} s", f"{took.mib:.0f} MiB", verdict("< 200 MB", took.mib < 190))


@contextmanager
def postgres() -> Iterator[Place]:
    with running_server(shared_buffers="256MB", max_wal_size="2GB") as server:
        yield DatabaseUrl.parse(server.migrated())


def rivals(folder: Path, count: int, own: float) -> None:
    """Tessera writes tiles and a checkpoint, and has no rows; immudb's store has rows and a tree, and no checkpoint."""
    for name, program, what, one, why in (
        ("Tessera, POSIX driver", "tessera", "tiles alone", "to its checkpoint", "its shortest interval is 100 ms"),
        ("immudb, embedded store", "immudb", "no tiles, no checkpoint", "committed", "no checkpoint is signed"),
    ):
        rival = go_log(program, folder, folder / "sqlite" / "jinku.db", count, BATCH)
        if rival is None:
            line(name, "not run: no Go, or it did not build")
            continue
        line(f"{name}: {what}", rate(rival[0])[0], f"SQLite, both: {own / rival[0]:.2f} of it")
        figure = f"p50 {statistics.median(rival[1]):.1f} ms, max {max(rival[1]):.1f} ms"
        line(f"{name.partition(',')[0]}: one entry {one}", figure, why)


def measure(folder: Path, share: int) -> None:
    count = ENTRIES // share
    own = in_batches(folder / "sqlite", None, count)
    few = min(RIVALS_TAKE, count)
    rivals(folder, few, own)
    with open_log(folder / "sqlite") as log:
        singles(log, SINGLES // share)
        receipts(Journal(log.rows, log.tiles, NativeNotes(), log.signer.keys, lambda _: log.sequencer()), 2 * count)
    reading(folder / "sqlite", 2 * count)
    figure, late = spread(waits_with_witnesses(folder, SINGLES // share))
    line("one entry to its checkpoint, through the signer, 2 witnesses", figure, "", verdict("≤ 10 ms", late <= 10))
    with postgres() as place:
        in_batches(folder / "postgresql", place, count // 2)
        single, limit = commits(place, 32), insert_commits(place, 32)
        line(
            "PostgreSQL: commits of one entry, 32 writers",
            rate(single)[0], f"plain INSERT {limit:,.0f}/s", rate(single, 3_000)[1],
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--ten-million", action="store_true")
    parser.add_argument("--folder", type=Path, default=None, help="where to write; a temporary folder when left out")
    given: Any = parser.parse_args()
    print(f"{taken()} Every commit flushed to disk.\n\n| work | | beside it | goal |\n|---|--:|--:|---|", flush=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        measure(folder, 10 if given.quick else 1)
        if given.ten_million:
            ten_million(folder / "big")


if __name__ == "__main__":
    main()
