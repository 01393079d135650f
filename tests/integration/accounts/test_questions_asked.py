"""How often the database is asked does not grow with the square of what stands. Counted in statements, not in time."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from home_double import EVM, Home, open_home
from shapes import secret
from sqlalchemy import Engine, event

from jinku.accounts import JobRequest, Mode
from jinku.accounts.said import said_by
from jinku.store import Entry


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault(forms=(EVM,))
    return home


@contextlib.contextmanager
def counted() -> Iterator[Counter[str]]:
    """Statements that read entries, by their text; and ``all``."""
    asked = Counter[str]()

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked["all"] += 1
        if "FROM entries" in statement:
            asked["entries"] += 1

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def run(home: Home, count: int, chunk: int, mode: Mode = Mode.CUSTODIAL) -> list[str]:
    """A job of ``count`` accounts; the claim codes of self mode."""
    home.accounts.create(JobRequest("ops", count, mode=mode, chunk=chunk, key=f"k{count}"))
    with tempfile.TemporaryFile() as file:
        home.accounts.run(f"k{count}", codes_fd=file.fileno())
        file.seek(0)
        return [line.split()[1] for line in file.read().decode().splitlines()]


def claim(home: Home, code: str) -> None:
    with tempfile.TemporaryFile() as out, secret(code) as given:
        home.accounts.claim(given, out.fileno())


def parsed_by(home: Home, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many entries of each kind accounts reads the text of from here on."""
    parsed = Counter[str]()

    def noted(entry: Entry) -> dict[str, object]:
        parsed[entry.kind] += 1
        return said_by(entry)

    for module in ("said", "batch_entries"):
        monkeypatch.setattr(f"jinku.accounts.{module}.said_by", noted)
    return parsed


def test_a_verification_reads_the_entry_of_each_batch_a_fixed_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = dict[int, int]()
    for batches in (6, 24):
        home = open_home(tmp_path / str(batches))
        home.vault(forms=(EVM,))
        run(home, batches * 2, chunk=2)
        with monkeypatch.context() as patch:
            parsed = parsed_by(home, patch)
            home.accounts.verify("ops")
            read[batches] = parsed["accounts.batch"]
    assert read[6] > 0
    assert read[24] == 4 * read[6]


def test_listing_asks_for_the_entries_as_often_of_twenty_batches_as_of_two(tmp_path: Path) -> None:
    asked_for = dict[int, int]()
    for chunk in (2, 20):
        home = open_home(tmp_path / str(chunk))
        home.vault(forms=(EVM,))
        run(home, 40, chunk)
        with counted() as asked:
            assert len(list(home.accounts.list("ops"))) == 40
        asked_for[chunk] = asked["entries"]
    assert asked_for[2] == asked_for[20] > 0


def test_a_claim_asks_once_for_all_its_claimed_siblings(home: Home) -> None:
    codes = run(home, 24, chunk=24, mode=Mode.SELF)
    claim(home, codes[0])
    with counted() as first:
        claim(home, codes[1])
    for code in codes[2:-1]:
        claim(home, code)
    with counted() as last:
        claim(home, codes[-1])
    assert first["entries"] > 0
    assert (last["entries"], last["all"]) == (first["entries"], first["all"])
    with counted() as checked:
        home.accounts.verify("ops")
    assert checked["entries"] < 24, "all claimed: no question for each"
