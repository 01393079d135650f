"""A home with a finished job of 230 accounts, and what a thief with its database file does."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from home_double import Home, open_home

from jinku.accounts import JobRequest

__all__ = ["alter", "every_way_out", "finished", "home"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, copied for each test."""
    path = tmp_path_factory.mktemp("finished") / "home"
    home = open_home(path)
    home.vault()
    home.accounts.create(JobRequest("ops", 230, chunk=50, key="k"))
    home.accounts.run("k")
    home.database.purge_log()
    home.database.close()
    return path


@pytest.fixture
def home(finished: Path, tmp_path: Path) -> Home:
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return open_home(tmp_path)


def alter(home: Home, statement: str, *values: object) -> None:
    """What a thief with the database file does."""
    raw = sqlite3.connect(home.path / "jinku.db")
    with raw:
        assert raw.execute(statement, values).rowcount >= 1
    raw.close()


def every_way_out(home: Home, address: str) -> list[Callable[[], object]]:
    """Each verb that would hand out an address of the batch."""
    return [
        lambda: list(home.accounts.list("ops")),
        lambda: home.accounts.find(address),
        lambda: home.accounts.prove(address),
        lambda: home.accounts.export(home.path / "out.csv", vault="ops"),
        lambda: home.accounts.export(home.path / "out.parquet", job="k"),
        lambda: home.accounts.verify("ops"),
    ]
