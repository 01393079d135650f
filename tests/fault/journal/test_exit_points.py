"""`_exit` at named points: before and after all that a run asks for and brings to the disk. One tree, and work goes on.

JINKU_TEST_EXITS is how many processes die on each database (`make test-long`: 10,000). A failure names its episode;
JINKU_TEST_SEED and JINKU_TEST_EPISODE play that one again, step for step: a child writes its files one after another.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from log_process import ENGINES, FileSigner, check, ended, in_child
from real_log import RealLog, open_log

from jinku.journal.adapters import local_tiles
from jinku.journal.adapters.outside_file import OutsideFile
from jinku.journal.sequencer import Sequencer
from jinku.store import DatabaseUrl, Place
from postgres_fixture import PostgresServer

EXITS = int(os.environ.get("JINKU_TEST_EXITS", "60"))
SEED = int(os.environ.get("JINKU_TEST_SEED", "20261121"))
EPISODE = os.environ.get("JINKU_TEST_EPISODE", "")
AN_EPISODE = 60  # deaths on one log
DIED = 9
MOST_POINTS = 110  # a turn has about as many; what lies beyond is no death
PORTS = {
    "rows": ("newest", "lease", "assign", "contents", "holds", "record", "release"),
    "tiles": ("write", "publish", "prune"),
    "signer": ("ready", "last_signed", "sign_checkpoint"),
    "outside": ("remember",),
    "disk": ("fsync", "replace"),
}
POINTS = {f"{when} {port}.{verb}" for port, verbs in PORTS.items() for verb in verbs for when in ("before", "after")}


class Deadly:
    """Counts the points that a process passes and ends it at one, without a word to anybody but ``tell``."""

    def __init__(self, point: int, tell: int) -> None:
        self._left = point
        self._tell = tell

    def pass_by(self, name: str) -> None:
        if self._left == 0:
            os.write(self._tell, name.encode())
            os._exit(DIED)
        self._left -= 1

    def verb(self, name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self.pass_by(f"before {name}")
            answer = plain(*given, **named)
            self.pass_by(f"after {name}")
            return answer

        return call

    def sequencer(self, log: RealLog) -> Sequencer:
        """The log's own, each port between two points."""
        made, outside = log.sequencer(), log.outside
        ports = {"rows": made._rows, "tiles": made._tiles, "signer": made._signer, "outside": outside, "disk": os}
        for port, verbs in PORTS.items():
            for verb in verbs:
                setattr(ports[port], verb, self.verb(f"{port}.{verb}", getattr(ports[port], verb)))
        outsides: list[OutsideFile] = [outside]
        made._outside = outsides
        return made


def turn(folder: Path, place: Place | None, count: int, point: int, tell: int) -> None:
    local_tiles._FEW = sys.maxsize  # no threads in this process: the points come in one order
    with open_log(folder, place) as log:
        log.signer = FileSigner(folder)
        log.fill(count)
        Deadly(point, tell).sequencer(log).flush()


def die_once(folder: Path, place: Place | None, dice: random.Random) -> str:
    """The point at which a process died, empty when it came through."""
    count, point = dice.choice((1, 3, 40, 300)), dice.randrange(MOST_POINTS)
    reading, writing = os.pipe()
    child = in_child(lambda: turn(folder, place, count, point, writing))
    os.close(writing)
    code = os.waitstatus_to_exitcode(ended(child))
    with os.fdopen(reading) as told:
        name = told.read()
    assert code == (DIED if name else 0)
    return name


def play(number: str, folder: Path, place: Place | None, deaths: int) -> list[str]:
    """One log from its beginning; the points at which processes died, in order."""
    dice, died = random.Random(f"{SEED}/{number}"), list[str]()
    folder.mkdir()
    with open_log(folder, place) as log:  # the schema stands
        log.signer = FileSigner(folder)
        log.fill(1)
        log.sequencer().flush()
    while len(died) < deaths:
        died += filter(None, [die_once(folder, place, dice)])
    assert check(folder, place) > deaths
    return died


@pytest.mark.parametrize("engine", ENGINES)
def test_ended_at_named_points_it_stays_one_tree(request: pytest.FixtureRequest, tmp_path: Path, engine: str) -> None:
    died = list[str]()
    for number in [int(EPISODE)] if EPISODE else range(-(-EXITS // AN_EPISODE)):
        place: Place | None = None
        if engine == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres_server")
            place = DatabaseUrl.parse(server.migrated())
        folder = tmp_path / str(number)
        again = f"JINKU_TEST_SEED={SEED} JINKU_TEST_EPISODE={number} plays it again"
        try:
            died += play(f"{engine}/{number}", folder, place, AN_EPISODE)
        except BaseException as error:
            error.add_note(again)
            raise
        shutil.rmtree(folder)
    assert set(died) <= POINTS
    print(f"seed {SEED}, {engine}: {len(died):,} deaths at {len(set(died))} of {len(POINTS)} points")
    if len(died) >= 2_000:
        assert set(died) == POINTS, "a point was never met"


def test_a_seed_plays_the_same_deaths_again(tmp_path: Path) -> None:
    assert play("again", tmp_path / "a", None, 25) == play("again", tmp_path / "b", None, 25)
