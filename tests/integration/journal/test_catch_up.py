"""A restored backup takes the published entries back: each once, in its place, also after a kill at any step."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from log_keys import CryptoVerifier
from log_world import Killed, World
from real_log import RealLog, open_log

from jinku.core import SystemClock
from jinku.journal import EntryDamagedError, Filter, Journal, JournalBehindError, SequencerBusyError, Verifier, mending
from jinku.journal.adapters.tables import journal_checkpoint
from jinku.journal.notes import read_note
from jinku.store import Database, DatabaseUrl, EntryChangedError, Place, current_owner
from jinku.store.tables import entries

Row = tuple[object, ...]
OWNER = "a-host|unknown|1|1"
PLACED, WAITED, LATER = 300, 5, 400
COLUMNS = tuple(column.name for column in entries.c)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealLog, list[Row], list[Row]]]:
    """A log, and the rows of a backup of it: five entries waited then, and 405 were published since."""
    with open_log(tmp_path_factory.mktemp("original")) as log:
        log.fill(PLACED)
        log.sequencer().flush()
        log.fill(WAITED)
        with log.database.read() as unit:
            rows = [tuple(row) for row in unit.connection.execute(entries.select().order_by(entries.c.id))]
            notes = [tuple(row) for row in unit.connection.execute(journal_checkpoint.select())]
        log.sequencer().flush()
        log.fill(LATER)
        assert log.sequencer().flush().waiting == 0
        yield log, rows, notes


@contextmanager
def restored(made: tuple[RealLog, list[Row], list[Row]], place: Place) -> Iterator[RealLog]:
    """Another database with the rows of the backup, beside the tiles and the signer of today."""
    log, rows, notes = made
    with Database.create(place, SystemClock()) as database:
        database.actor = "ed25519:" + "a" * 32
        with database.unit() as unit:
            unit.insert_rows(entries, COLUMNS, rows)
            unit.insert_rows(journal_checkpoint, ("size", "root", "note", "published_at_ms"), notes)
            if isinstance(place, DatabaseUrl):  # rows were given with their ids
                unit.connection.exec_driver_sql("SELECT setval('entries_id_seq', 1000)")
        yield RealLog(log.folder, database, log.signer)


def journal_of(log: RealLog, rows: Any = None) -> Journal:
    return Journal(rows or log.rows, log.tiles, CryptoVerifier(), log.signer.keys, lambda _: log.sequencer())


def check(log: RealLog, made: tuple[RealLog, list[Row], list[Row]], fresh: int = 0) -> None:
    """Each published entry stands once and where it was; the rest waits: what was new, and the entry about it."""
    original = made[0].rows.read(0, 10_000)
    assert log.rows.read(0, 10_000) == original
    waiting = [row for _, row in log.rows.unplaced()]
    assert [row[1] for row in waiting].count("journal.caught_up") == 1
    assert len(waiting) == fresh + 1
    digests = [row[5] for row in [*original, *waiting]]
    assert len(set(digests)) == len(digests)
    said = json.loads(waiting[-1][6])
    assert (said["from"], said["size"]) == (str(PLACED), str(PLACED + WAITED + LATER))
    report = Verifier(log.tiles, log.signer.keys, CryptoVerifier(), log.rows).run()
    assert (report.size, report.waiting) == (PLACED + WAITED + LATER, fresh + 1)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_entries_that_waited_in_the_backup_get_their_places_and_stand_once(
    made: tuple[RealLog, list[Row], list[Row]], tmp_path: Path, request: pytest.FixtureRequest, engine: str
) -> None:
    place: Place = tmp_path / "jinku.db"
    if engine == "postgresql":
        place = DatabaseUrl.parse(request.getfixturevalue("postgres"))
    with restored(made, place) as log:
        log.fill(2)
        with pytest.raises(JournalBehindError, match="catch-up"):
            log.sequencer().flush()
        assert journal_of(log).catch_up() == WAITED + LATER
        check(log, made, fresh=2)
        assert journal_of(log).catch_up() == 0, "nothing is left to do"
        check(log, made, fresh=2)
        # rooms read by place, though the rows taken back are younger than those that wait
        for subject in ("s3", None):
            with log.database.read() as unit:
                mine = [entry.leaf_index for entry in unit.entries(subject=subject)]
            waits = [index for index in mine if index is None]
            assert mine == [*sorted(index for index in mine if index is not None), *waits]
            assert mine == [entry.index for entry in log.rows.find(Filter(subject=subject))]


def test_a_holder_of_the_lease_is_not_disturbed(made: tuple[RealLog, list[Row], list[Row]], tmp_path: Path) -> None:
    with restored(made, tmp_path / "jinku.db") as log:
        lease = log.rows.lease(OWNER, 60_000)
        assert lease is not None
        with pytest.raises(SequencerBusyError):
            journal_of(log).catch_up()
        log.rows.release(lease)
        assert journal_of(log).catch_up() == WAITED + LATER
        assert log.rows.lease(OWNER, 1_000) is not None, "the lease was given back"


def test_a_missing_checkpoint_is_adopted_though_no_entry_is(
    made: tuple[RealLog, list[Row], list[Row]], tmp_path: Path
) -> None:
    with restored(made, tmp_path / "jinku.db") as log:
        assert journal_of(log).catch_up() == WAITED + LATER
        with log.database.unit() as unit:
            unit.connection.exec_driver_sql(f"DELETE FROM journal_checkpoint WHERE size > {PLACED}")
        assert journal_of(log).catch_up() == 0
        head, published = log.rows.newest(), log.tiles.published()
        assert head is not None
        assert published == head.note


def test_a_waiting_row_that_was_changed_under_its_hash_gets_no_place(
    made: tuple[RealLog, list[Row], list[Row]], tmp_path: Path
) -> None:
    with restored(made, tmp_path / "jinku.db") as log:
        with log.database.unit() as unit:
            unit.connection.exec_driver_sql("DROP TRIGGER entries_no_update")
            changed = f"UPDATE entries SET subject = 'mine' WHERE id = {PLACED + 2}"
            assert unit.connection.exec_driver_sql(changed).rowcount == 1
        with pytest.raises(EntryDamagedError, match="waits"):
            journal_of(log).catch_up()
        assert log.rows.size() == PLACED


class Dying:
    """Rows of a process that dies before or after its call number ``at`` that changes something, and is then gone."""

    def __init__(self, log: RealLog, at: int) -> None:
        self.log, self.left, self.dead = log, at, False

    def __getattr__(self, name: str) -> Any:
        own = getattr(self.log.rows, name)
        if name not in ("lease", "extend", "restore", "adopt", "release"):
            return own

        def call(*words: Any) -> Any:
            self._step()
            done = own(*words)
            self._step()
            return done

        return call

    def _step(self) -> None:
        if self.dead or self.left == 0:
            self.dead = True
            raise Killed
        self.left -= 1


def test_killed_at_each_step_the_next_one_carries_on(
    made: tuple[RealLog, list[Row], list[Row]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "_GROUP", 256)  # so that it takes two transactions
    parts = current_owner().split("|")
    dead = "|".join([*parts[:2], str(1 << 30), "1", *parts[4:]])
    head, kills = read_note(made[0].tiles.published() or b""), 0
    while True:
        with restored(made, tmp_path / f"{kills}.db") as log:
            try:
                mending.catch_up(Dying(log, kills), log.tiles, head, dead)
                break
            except Killed:
                kills += 1
            journal_of(log).catch_up()
            check(log, made)
    assert kills > 12, "lease, three looks, one restore, the adoption and the release, before and after"


def test_a_world_in_memory_gives_the_same() -> None:
    world = World()
    world.rows.add(300)
    world.sequencer().flush()
    world.rows.add(5)
    backup = [type(row)(row.content, row.digest, row.index) for row in world.rows.rows]
    notes = list(world.rows.notes)
    world.sequencer().flush()
    world.rows.rows, world.rows.notes = backup, notes
    note = world.tiles.published()
    assert note is not None
    assert mending.catch_up(world.rows, world.tiles, read_note(note), "two") == 5
    assert world.sequencer().flush().waiting == 0
    assert len({row.digest for row in world.rows.rows}) == len(world.rows.rows) == 306
    world.check()


# -- rows are read whole (the store's own look; the log's is in test_verify.py)

CHANGED = [
    "UPDATE entries SET content = CAST(replace(content, 'pad', 'bad') AS BLOB) WHERE id = 4",
    "UPDATE entries SET content = 'text' WHERE id = 4",
    "UPDATE entries SET subject = 's3' WHERE id = 5",
    "UPDATE entries SET kind = 'vault.made' WHERE id = 4",
    "UPDATE entries SET actor = 'x' WHERE id = 4",
    "UPDATE entries SET created_at_ms = 1 WHERE id = 4",
]


@pytest.mark.parametrize("placed", [True, False])
@pytest.mark.parametrize("change", CHANGED)
def test_an_entry_that_was_changed_is_handed_to_no_room(tmp_path: Path, change: str, placed: bool) -> None:
    with open_log(tmp_path) as log:
        log.fill(9)
        if placed:
            log.sequencer().flush()
        with log.database.read() as unit:
            assert len(list(unit.entries())) == 9
    with sqlite3.connect(tmp_path / "jinku.db") as base:
        base.execute("DROP TRIGGER entries_no_update")
        assert base.execute(change).rowcount == 1
    base.close()
    with open_log(tmp_path) as log, log.database.read() as unit, pytest.raises(EntryChangedError) as caught:
        list(unit.entries())
    assert caught.value.exit_code == 5
    assert caught.value.fields["row"] in (4, 5)
