"""The sequencer's rows on both engines: one order, dense, kept; the lease is one holder's; the log verifies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from log_keys import CryptoVerifier
from real_log import RealLog

from jinku.core import ManualClock, SystemClock
from jinku.journal import Filter, JournalBehindError, Verifier
from jinku.store import Database, DatabaseUrl, LeaseLostError, Place


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RealLog]:
    place: Place = tmp_path / "jinku.db"
    if request.param == "postgresql":
        place = DatabaseUrl.parse(request.getfixturevalue("postgres"))
    with Database.create(place, SystemClock()) as database:
        database.actor = "ed25519:" + "b" * 32
        yield RealLog(tmp_path, database)


def test_places_are_dense_and_in_order_within_a_subject_under_many_writers(log: RealLog) -> None:
    def write(number: int) -> None:
        for turn in range(25):
            with log.database.unit() as unit:
                unit.append_entry("turn", f"writer {number}", {"turn": turn})

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        log.sequencer().flush()
    for thread in threads:
        thread.join()
    assert log.sequencer().flush().waiting == 0
    assert log.rows.size() == 150
    for number in range(6):
        mine = [entry.content for entry in log.rows.find(Filter(subject=f"writer {number}"))]
        assert [b'"turn":%d,' % turn in content for turn, content in enumerate(mine)] == [True] * 25
    report = Verifier(log.tiles, log.signer.keys, CryptoVerifier(), log.rows).run()
    assert (report.size, report.rows) == (150, 150)


def test_the_lease_is_one_holders_and_a_later_one_fences_it(log: RealLog) -> None:
    clock = ManualClock(1_700_000_000_000)
    log.database._clock = clock
    log.fill(5)
    first = log.rows.lease("host|unknown|1|1", 1_000)
    assert first is not None
    assert log.rows.lease("host|unknown|2|2", 1_000) is None
    clock.advance_ms(2_000)
    second = log.rows.lease("host|unknown|2|2", 1_000)
    assert second is not None
    assert second.fence > first.fence
    steps: list[Callable[[], object]] = [
        lambda: log.rows.assign(first, 10),
        lambda: log.rows.holds(first),
        lambda: log.rows.extend(first, 10),
        lambda: log.rows.release(first),
    ]
    for step in steps:
        with pytest.raises(LeaseLostError):
            step()
    assert log.rows.size() == 0
    assert log.rows.assign(second, 3) == 3
    assert log.rows.assign(second, 3) == 2
    log.rows.release(second)
    assert log.rows.lease("host|unknown|3|3", 1_000) is not None


def test_what_was_given_a_place_is_read_back_and_filtered(log: RealLog) -> None:
    log.fill(40)
    log.sequencer().flush()
    log.fill(2)
    contents, leaves = log.rows.contents(10, 20)
    assert (len(contents), len(leaves)) == (20, 640)
    assert [entry.index for entry in log.rows.find(Filter())] == [*range(40), None, None]
    assert [entry.index for entry in log.rows.find(Filter(kind="vault.*"), waiting=False)] == [
        n for n in range(40) if n % 3
    ]
    assert [entry.index for entry in log.rows.last(Filter(kind="key.done"), 2)] == [36, 39]
    one = next(log.rows.find(Filter(subject="s3")))
    assert log.rows.by_digest(one.digest) == one
    assert log.rows.by_digest(bytes(32)) is None
    assert next(log.rows.find(Filter(actor="nobody")), None) is None


def test_an_emptied_database_refuses_to_sign(log: RealLog, tmp_path: Path) -> None:
    log.fill(3)
    log.sequencer().flush()
    with Database.create(tmp_path / "fresh.db", SystemClock()) as database:
        fresh = RealLog(tmp_path, database, log.signer)
        fresh.fill(1)
        with pytest.raises(JournalBehindError):
            fresh.sequencer().flush()
        assert fresh.rows.size() == 0
