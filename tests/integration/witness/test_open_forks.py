"""A second tree on record: rows that somebody deletes, inserts or garbles do not end the alarm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from log_keys import ORIGIN
from real_log import RealLog, open_log

from jinku.core import NotFoundError
from jinku.journal import JournalForkedError
from jinku.journal.adapters.fork_evidence import ForkEvidence
from jinku.journal.forks import check_settled, settle

ROOT, OTHER = "ab" * 32, "cd" * 32
RECORD = b"the witness w1\nsize 7\ntheirs %s\nours   %s\n\na note" % (ROOT.encode(), OTHER.encode())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[RealLog]:
    with open_log(tmp_path) as made:
        yield made


@pytest.fixture
def evidence(log: RealLog) -> ForkEvidence:
    return ForkEvidence(log.tiles.folder)


def found(log: RealLog, root: str = ROOT) -> None:
    log.rows.append("journal.fork_found", ORIGIN, {"size": "7", "theirs": root, "ours": OTHER, "source": "w1"})


def test_what_is_kept_is_an_alarm_without_any_row(log: RealLog, evidence: ForkEvidence) -> None:
    check_settled(log.rows, evidence, ORIGIN)
    log.tiles.keep_evidence(f"fork-7-{ROOT[:16]}", RECORD)
    with pytest.raises(JournalForkedError) as caught:
        check_settled(log.rows, evidence, ORIGIN)
    assert caught.value.fields == {"size": 7, "root": ROOT}
    log.rows.append("journal.fork_settled", ORIGIN, {"size": "7", "theirs": ROOT, "found": "99"})
    with pytest.raises(JournalForkedError):
        check_settled(log.rows, evidence, ORIGIN)
    assert settle(log.rows, evidence, ORIGIN, ROOT) == 7
    check_settled(log.rows, evidence, ORIGIN)
    with pytest.raises(NotFoundError):
        settle(log.rows, evidence, ORIGIN, ROOT)


def test_rows_count_as_before(log: RealLog, evidence: ForkEvidence) -> None:
    found(log)
    log.tiles.keep_evidence(f"fork-7-{ROOT[:16]}", RECORD)
    assert settle(log.rows, evidence, ORIGIN, ROOT) == 7
    check_settled(log.rows, evidence, ORIGIN)
    found(log)
    with pytest.raises(JournalForkedError):
        check_settled(log.rows, evidence, ORIGIN)
    assert settle(log.rows, evidence, ORIGIN, ROOT) == 7
    found(log, OTHER)
    with pytest.raises(NotFoundError):
        settle(log.rows, evidence, ORIGIN, ROOT)
    assert settle(log.rows, evidence, ORIGIN, OTHER) == 7
    check_settled(log.rows, evidence, ORIGIN)


def test_evidence_that_was_changed_is_an_alarm_by_its_name(log: RealLog, evidence: ForkEvidence) -> None:
    log.tiles.keep_evidence(f"fork-7-{ROOT[:16]}", RECORD.replace(ROOT.encode(), OTHER.encode()))
    log.tiles.keep_evidence("something else", b"x")
    with pytest.raises(JournalForkedError) as caught:
        check_settled(log.rows, evidence, ORIGIN)
    assert caught.value.fields["root"] == ROOT[:16]
    assert settle(log.rows, evidence, ORIGIN, ROOT[:16]) == 7
    check_settled(log.rows, evidence, ORIGIN)


def test_rows_of_no_form_end_nothing(log: RealLog, evidence: ForkEvidence) -> None:
    for facts in ({}, {"size": 7, "theirs": ROOT}, {"size": "x", "theirs": ROOT}, {"size": "7", "theirs": [ROOT]}):
        log.rows.append("journal.fork_found", ORIGIN, facts)
    check_settled(log.rows, evidence, ORIGIN)
    found(log)
    for odd in ({"size": "7", "theirs": ROOT}, {"size": "7", "theirs": ROOT, "found": "many"}):
        log.rows.append("journal.fork_settled", ORIGIN, odd)
    with pytest.raises(JournalForkedError):
        check_settled(log.rows, evidence, ORIGIN)
    assert settle(log.rows, evidence, ORIGIN, ROOT) == 7
