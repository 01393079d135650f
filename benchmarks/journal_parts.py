"""What ``journal.py`` measures in processes of their own: appending, publishing, opening, verifying, single commits."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.extend(
    str(Path(__file__).resolve().parents[1] / "tests/integration" / part) for part in ("journal", "witness")
)
sys.path.append(str(Path(__file__).resolve().parents[1] / "tools"))
from cli_home import HOME_SECRET, made_home
from real_log import RealLog, open_log
from witness_house import Witnesses

from jinku.core import Json, SystemClock
from jinku.journal import Step, Verifier
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.ops.platform import Platform
from jinku.ops.settings import Settings
from jinku.store import Database, Place

BATCH = 5_000
COMMIT_SECONDS = 5.0
PROCESSES = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock and of the process, and the most memory that it ever had."""

    seconds: float
    own: float
    mib: float


def cost(work: Callable[[], object]) -> Cost:
    wall, own = time.perf_counter(), time.process_time()
    work()
    wall, own = time.perf_counter() - wall, time.process_time() - own
    status = Path("/proc/self/status").read_text().splitlines()
    return Cost(wall, own, next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024)


def facts(number: int) -> dict[str, Json]:
    return {"format": "keystore", "index": 7, "outcome": "given", "n": number}


def append(log: RealLog, count: int) -> None:
    for begin in range(0, count, BATCH):
        rows = [("key.export_ended", f"vault-{n % 50}", facts(n)) for n in range(begin, begin + BATCH)]
        with log.database.unit() as unit:
            unit.append_entries(rows)


def publisher(folder: Path, place: Place | None, size: int) -> None:
    """A worker: publishes what waits until a checkpoint over so many entries stands."""
    with open_log(folder, place) as log:
        sequencer = log.sequencer()
        while True:
            head = sequencer.flush().head
            if head is not None and head.size >= size:
                return
            time.sleep(0.001)


def big_log(folder: Path, size: int) -> Cost:
    """A log of so many entries, published every 500,000."""

    def fill() -> None:
        with open_log(folder) as log:
            sequencer = log.sequencer()
            for _ in range(0, size, 500_000):
                append(log, min(size, 500_000))
                sequencer.flush()

    return cost(fill)


def open_and_load(folder: Path) -> Cost:
    """The database open, its log compared with the last checkpoint, ready for the next entry."""

    def load() -> None:
        with open_log(folder) as log:
            sequencer = log.sequencer()
            if sequencer.flush().waiting:
                raise SystemExit("an entry waits: the benchmark is wrong")
            sequencer._load_edge(log.rows.standing().head)

    return cost(load)


def verify(folder: Path, with_rows: bool) -> Cost:
    with open_log(folder) as log:
        rows = log.rows if with_rows else None
        return cost(lambda: Verifier(log.tiles, log.signer.keys, NativeNotes(), rows).run())


def waits_with_witnesses(folder: Path, count: int) -> list[float]:
    """Milliseconds of single entries in a real home, until the checkpoint with two cosignatures is published."""
    waits = []
    with made_home() as home, Witnesses(folder / "witnesses") as witnesses:
        vkeys = home.run("journal", "checkpoint", "--json").document["vkeys"]
        for number, one in enumerate([witnesses.make(name).serve(vkeys) for name in ("w1", "w2")], 1):
            words = ["trust", "add", one.name, *one.vkeys, "--url", one.url, "--quorum", str(number), "--json"]
            home.run(*words, secrets={"--home-passphrase-fd": HOME_SECRET})
        with Platform.open(Settings.of(home.home, home.environment)) as platform:
            worker = platform.journal._sequencer(False)  # as `jinku work` keeps one
            worker.flush()
            for number in range(count):
                begin = time.perf_counter()
                with platform.database.unit() as unit:
                    unit.append_entry("bench.single", "subject", facts(number))
                waits += [(time.perf_counter() - begin) * 1000 for step in worker.steps() if step is Step.PUBLISHED]
    if len(waits) != count:
        raise SystemExit("not every entry was published")
    return waits


def commits(place: Place, writers: int) -> float:
    """Commits of one entry a second, by so many threads in four processes; each has subjects of its own."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        pool.starmap(_write, [(place, 1, 0.2)] * PROCESSES)  # everything is imported
        return (
            sum(pool.starmap(_write, [(place, writers // PROCESSES, COMMIT_SECONDS)] * PROCESSES, 1)) / COMMIT_SECONDS
        )


def _write(place: Place, threads: int, seconds: float) -> int:
    with Database.open(place, SystemClock()) as database:

        def one(subject: str, number: int) -> None:
            with database.unit() as unit:
                unit.append_entry("bench.single", subject, facts(number))

        return for_a_while(one, threads, seconds)


def for_a_while(one: Callable[[str, int], None], threads: int, seconds: float) -> int:
    """How often the threads together did ``one`` before the time was over."""
    counts, end = [0] * threads, time.perf_counter() + seconds

    def work(thread: int) -> None:
        while time.perf_counter() < end:
            one(f"{os.getpid()}-{thread}", counts[thread])
            counts[thread] += 1

    running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(counts)
