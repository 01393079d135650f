"""Age files of accounts leave one by one, whole or with a word, and each leaving is journaled."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path

import pyrage
import pytest
from home_double import EVM, Home, open_home

from jinku.accounts import AddressRow, ClaimNotFoundError, JobRequest, Mode
from jinku.accounts.adapters.account_rows import SqlAccountRows
from jinku.core import UnavailableError
from jinku.custody.errors import ExportedUnrecordedError
from jinku.store import Database, DiskFullError, Unit

RECIPIENTS = tuple(str(pyrage.x25519.Identity.generate().to_public()) for _ in range(30))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault(forms=(EVM,))
    return home


def letters(home: Home) -> list[AddressRow]:
    """Thirty wallets sealed to their users, in chunks; a row of each."""
    home.accounts.create(JobRequest("ops", 30, mode=Mode.SELF, recipients=RECIPIENTS, key="k", chunk=8))
    home.accounts.run("k")
    return list(home.accounts.list("ops"))


def exports(home: Home) -> list[tuple[str, str, object]]:
    """Kind, subject and outcome of the entries of exports."""
    with home.database.read() as unit:
        found = [entry for kind in ("key.export_begun", "key.export_ended") for entry in unit.entries(kind=kind)]
    return [(entry.kind, entry.subject, json.loads(entry.content).get("outcome")) for entry in found]


def test_an_age_file_is_exported_whole_and_journaled(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, write = letters(home), os.write
    monkeypatch.setattr("jinku.accounts.delivery.os.write", lambda fd, data: write(fd, bytes(data)[:7]))
    read, counts = SqlAccountRows.delivered_blobs, list[int]()

    def noted(rows_: SqlAccountRows, unit: Unit, first: int, count: int) -> dict[int, bytes]:
        counts.append(count)
        return read(rows_, unit, first, count)

    monkeypatch.setattr(SqlAccountRows, "delivered_blobs", noted)
    for index in (0, 13, 29):
        with (tmp_path / f"letter{index}").open("wb") as out:
            home.accounts.export_letter(rows[index].account, out.fileno())
        assert (tmp_path / f"letter{index}").read_bytes() == b"age for " + RECIPIENTS[index].encode()
    assert counts == [8, 8, 6]  # its batch is read, and no other
    subjects = [rows[index].account for index in (0, 13, 29)]
    assert exports(home) == [
        *(("key.export_begun", subject, None) for subject in subjects),
        *(("key.export_ended", subject, "exported") for subject in subjects),
    ]


def test_an_age_file_that_nobody_takes_is_said_and_journaled(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    row = letters(home)[0]
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(UnavailableError, match="0 of 70 bytes") as broken:
        home.accounts.export_letter(row.account, writer)
    os.close(writer)
    assert broken.value.code == "output.failed"
    assert [outcome for _, _, outcome in exports(home)] == [None, "output.failed"]
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    while True:
        try:
            os.write(writer, bytes(4096))
        except BlockingIOError:
            break
    monkeypatch.setattr("jinku.accounts.delivery._PATIENCE_MS", 50)
    with pytest.raises(UnavailableError, match="0 of 70 bytes"):
        home.accounts.export_letter(row.account, writer)
    os.close(reader)
    os.close(writer)


def test_an_account_without_an_age_file_has_none_to_export(home: Home) -> None:
    home.accounts.create(JobRequest("ops", 1, mode=Mode.SELF, key="self"))
    with tempfile.TemporaryFile() as codes:
        home.accounts.run("self", codes_fd=codes.fileno())
    account = next(iter(home.accounts.list("ops"))).account
    with pytest.raises(ClaimNotFoundError, match="no age file"):
        home.accounts.export_letter(account, 1)
    assert exports(home) == [], "nothing was begun"


def no_unit_after(monkeypatch: pytest.MonkeyPatch, begun: int) -> None:
    """After ``begun`` units of work the disk is full."""
    plain, left = Database.unit, [begun]

    def unit(self: Database) -> contextlib.AbstractContextManager[Unit]:
        left[0] -= 1
        if left[0] < 0:
            raise DiskFullError("the disk is full")
        return plain(self)

    monkeypatch.setattr(Database, "unit", unit)


def test_an_age_file_whose_end_cannot_be_noted_says_that_it_left(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = letters(home)[0]
    no_unit_after(monkeypatch, 1)
    with (
        (tmp_path / "letter").open("wb") as out,
        pytest.raises(ExportedUnrecordedError, match=f"the age file of account {row.account} WAS exported") as told,
    ):
        home.accounts.export_letter(row.account, out.fileno())
    assert (told.value.code, told.value.retryable) == ("key.exported_unrecorded", False)
    assert "the disk is full" in str(told.value.found)
    assert (tmp_path / "letter").read_bytes() == b"age for " + RECIPIENTS[0].encode()
    assert [outcome for _, _, outcome in exports(home)] == [None]


@pytest.mark.parametrize(("units", "outcomes"), [(0, []), (1, [None])])
def test_what_went_wrong_with_an_age_file_is_told_though_nothing_can_be_noted(
    home: Home, monkeypatch: pytest.MonkeyPatch, units: int, outcomes: list[object]
) -> None:
    row = letters(home)[0]
    reader, writer = os.pipe()
    os.close(reader)
    no_unit_after(monkeypatch, units)
    with pytest.raises(UnavailableError) as told:
        home.accounts.export_letter(row.account, writer)
    os.close(writer)
    assert told.value.code == ("output.failed" if units else DiskFullError.code)  # with no entry nothing leaves
    assert [outcome for _, _, outcome in exports(home)] == outcomes


def test_an_interrupted_export_of_an_age_file_is_noted_as_failed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    row = letters(home)[0]

    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("jinku.accounts.selfmode.write_whole", interrupted)
    with pytest.raises(KeyboardInterrupt):
        home.accounts.export_letter(row.account, -1)
    assert [outcome for _, _, outcome in exports(home)] == [None, "failed"]
