"""Transfers in a world where everything goes wrong that can: none is lost, none has two effects, each ends.

JINKU_TEST_WORLDS is how many seeds are played (`make test-long`: 2,000). A failure prints the command that plays its
seed again, step for step.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from sim_world import World

WORLDS = int(os.environ.get("JINKU_TEST_WORLDS", "12"))
SEED = int(os.environ.get("JINKU_TEST_SEED", "20261122"))
ROUNDS = 100
FILE = "tests/fault/transfers/test_simulated_faults.py"
AGAIN = f"JINKU_TEST_WORLDS=1 JINKU_TEST_SEED={{}} .venv/bin/python -m pytest -n0 {FILE}"


def test_worlds_of_trouble(tmp_path: Path) -> None:
    faults: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for seed in range(SEED, SEED + WORLDS):
        world = World(seed, tmp_path / f"{seed}.db")
        try:
            world.run(ROUNDS)
        except BaseException as error:
            error.add_note(f"play it again: {AGAIN.format(seed)}")
            raise
        finally:
            world.close()
        faults += world.faults
        ends += world.ends
    print(f"{WORLDS} worlds, {sum(faults.values())} faults: {dict(faults)}; {dict(ends)}")
