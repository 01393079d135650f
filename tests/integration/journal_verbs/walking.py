"""A walk over the verbs of an installation: each is called, and the entries that it leaves are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from verb_table import KEYED, TABLE

import jinku.store.schema
from jinku.core import ConflictError, SystemClock
from jinku.ops import maintenance, new_origin
from jinku.ops.platform import Platform
from jinku.ops.settings import Settings
from jinku.store import Database, SchemaStatus
from jinku.store.sqlite import SqliteBackend


@dataclass
class Walk:
    """An installation, which verbs were called on it, and what the signer was asked for meanwhile."""

    settings: Settings
    folder: Path
    called: set[str] = field(default_factory=set)
    heard: list[str] = field(default_factory=list)  # verbs of the signer's port, in order
    asked: set[str] = field(default_factory=set)  # those that were asked for by a verb of a service

    def kinds(self) -> list[str]:
        """The kinds of all entries, oldest first."""
        if not self.settings.database.exists():
            return []
        with Database.open(self.settings.database, SystemClock()) as database, database.read() as unit:
            return [entry.kind for entry in unit.entries()]

    def call(self, verb: str, body: Callable[[], Any]) -> Any:
        """What the verb answers; it left the entries that the table names, and no other.

        One that leaves none had the signer use no key, but as its line says.
        """
        line, before, heard = TABLE[verb], self.kinds(), len(self.heard)
        answer = body()
        left = self.kinds()
        left = left[len(before) :] if left[: len(before)] == before else left  # of a database that was made anew: all
        assert set(left) == set(line.kinds), f"{verb} left {left}, the table says {line}"
        used = set(self.heard[heard:]) & KEYED
        unnoted = set() if line.kinds else used - set(line.asks)
        assert not unnoted, f"{verb} had the signer {sorted(unnoted)} and leaves no entry"
        self.asked |= used
        self.called.add(verb)
        return answer


def from_the_first_release(walk: Walk) -> SchemaStatus:
    """The same home, its database made by the first release; the walk looks at that one from here on."""
    walk.settings.database.unlink()
    engine, config = SqliteBackend(walk.settings.database, 5.0).engine, Config()
    config.set_main_option("script_location", str(Path(jinku.store.schema.__file__).parent / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    return maintenance.migrate_schema(walk.settings)


def nothing_is_lost(platform: Platform) -> None:
    """No later origin of the log would be opened."""
    with pytest.raises(ConflictError):
        new_origin.prospect(platform)
