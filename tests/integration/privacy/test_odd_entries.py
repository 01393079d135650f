"""An entry in no form of its kind, inserted by whoever could write to the database, is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from home_double import EVM, Home
from private_home import privacy_of, private_home, run_job

from jinku.core import Json
from jinku.privacy import SubjectUnknownError
from jinku.store import EntryChangedError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = private_home(tmp_path)
    home.vault(forms=(EVM,))
    return home


@pytest.mark.parametrize("facts", [{}, {"part": None}, {"part": 1}, {"part": ["account/0"]}])
def test_an_inserted_entry_in_no_form_is_named(home: Home, tmp_path: Path, facts: dict[str, Json]) -> None:
    job = run_job(home, "Margarethe Beispielsweise")
    with home.database.unit() as unit:
        unit.append_entry("privacy.record_erased", str(job.job), facts)
    with pytest.raises(EntryChangedError, match=r"entry privacy\.record_erased, row"):
        home.accounts.verify("ops")
    with pytest.raises(EntryChangedError, match="does not say what its kind says"):
        privacy_of(home).apply_tombstones()
    with pytest.raises(EntryChangedError):
        privacy_of(home).export(tmp_path / "keys.json")


@pytest.mark.parametrize("subject", ["", "no mark", "abc", "AB" * 32, "00" * 31])
def test_an_erasure_of_no_mark_is_named(home: Home, subject: str) -> None:
    with home.database.unit() as unit:
        unit.append_entry("privacy.erased", subject, {"records": 0})
    with pytest.raises(EntryChangedError, match=r"entry privacy\.erased, row"):
        privacy_of(home).apply_tombstones()


@pytest.mark.parametrize("place", ["\u00b2", "9" * 30, "-1", "1.0", ""])
def test_a_place_that_no_account_has_holds_nothing(home: Home, place: str) -> None:
    job = run_job(home, "Margarethe Beispielsweise", evidence="passport X1234567")
    with pytest.raises(SubjectUnknownError):
        privacy_of(home).erase(f"{job.job}/account/{place}")
