"""Writers killed with SIGKILL at random: what was reported stands, whole, and nothing stands by halves."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from jinku.core import SystemClock
from jinku.store import Database, DatabaseUrl, Place, Queue
from postgres_fixture import until_alone

SEED = int(os.environ.get("JINKU_TEST_SEED", "20261121"))
KILLS = int(os.environ.get("JINKU_TEST_KILLS", "30"))
WRITERS = ("ann", "ben")
TASKS = Queue("work")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        path = tmp_path / "jinku.db"
        Database.create(path, SystemClock()).close()
        return path
    return DatabaseUrl.parse(request.getfixturevalue("postgres"))


def write(place: Place, name: str, reports: int) -> None:
    """Units without end: entry, message, task and a wide row, numbered from what stands; each reported after it."""
    with Database.open(place, SystemClock()) as database:
        while True:
            with database.unit() as unit:
                number = sum(1 for _ in unit.entries(subject=name))
                unit.append_entry("wrote", name, {"number": number})
                unit.publish(name, {"number": number})
                TASKS.enqueue(unit, [(f"{name}/{number}", {})])
                rows = [(f"{name}/{number}/{n}".encode(), n, os.urandom(2_000)) for n in range(20)]
                statement = text("INSERT INTO claim_blob (lookup_id, account_id, blob) VALUES (:a, :b, :c)")
                unit.connection.execute(statement, [{"a": a, "b": b, "c": c} for a, b, c in rows])
            os.write(reports, b"%d\n" % number)


def start(place: Place, name: str) -> tuple[int, int]:
    """A forked writer and the descriptor it reports to."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write(place, name, writing)
        finally:
            os._exit(1)
    os.close(writing)
    return child, reading


def end(child: int, reading: int) -> list[int]:
    """It is killed; the numbers that it had reported."""
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the writer failed by itself"
    with os.fdopen(reading, "rb") as file:
        lines = file.read().split(b"\n")
    return [int(line) for line in lines[:-1]]


def test_kill_9_of_two_writers_at_random(place: Place) -> None:
    chance = random.Random(SEED)
    reported: dict[str, int] = dict.fromkeys(WRITERS, -1)
    rounds = 0
    while rounds < KILLS or (min(reported.values()) < 1 and rounds < 4 * KILLS):  # a busy machine gets longer turns
        rounds += 1
        running = {name: start(place, name) for name in WRITERS}
        time.sleep(chance.uniform(0.05, 0.3) * (1 + rounds // KILLS * 3))
        for name in chance.sample(WRITERS, len(WRITERS)):
            reported[name] = max([reported[name], *end(*running[name])])
        if isinstance(place, DatabaseUrl):
            until_alone(place)
    with Database.open(place, SystemClock()) as database:
        database.check()
        with database.read() as unit:
            for name in WRITERS:
                stood = [entry.row_id for entry in unit.entries(subject=name)]
                assert len(stood) > reported[name], f"seed {SEED}"
                messages = unit.outbox(name, limit=1_000_000)
                assert [m.payload for m in messages] == [b'{"number":%d}' % n for n in range(len(stood))]
                count = unit.connection.execute(
                    text("SELECT count(*) FROM claim_blob WHERE lookup_id >= :low AND lookup_id < :high"),
                    {"low": f"{name}/".encode(), "high": f"{name}0".encode()},
                ).scalar_one()
                assert count == 20 * len(stood)
            assert TASKS.size(unit) == sum(len(list(unit.entries(subject=name))) for name in WRITERS)
    assert min(reported.values()) > 0, "no unit was reported before its kill"
