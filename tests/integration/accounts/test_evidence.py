"""Evidence is sealed before it is stored, once a chunk or an account at a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from home_double import EVM, Home, open_home

from jinku.accounts import BadRequestError, Evidence, JobRequest


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault(forms=(EVM,))
    return home


def test_common_evidence_is_sealed_once_a_chunk(home: Home) -> None:
    text = json.dumps({"operator": "Mallory Example", "ip": "192.0.2.77", "purpose": "payroll"})
    home.accounts.create(JobRequest("ops", 25, chunk=10, key="k", evidence=Evidence(common=text)))
    home.accounts.run("k")
    assert home.signer.calls.count("seal_evidence") == 3
    with home.database.read() as unit:
        rows = unit.connection.exec_driver_sql("SELECT first, count, commitment FROM evidence ORDER BY first").all()
        entries = [json.loads(entry.content) for entry in unit.entries(kind="accounts.batch")]
    assert [(row[0], row[1]) for row in rows] == [(0, 10), (10, 10), (20, 5)]
    assert [entry["evidence"] for entry in entries] == [row[2].hex() for row in rows]
    home.database.purge_log()
    for path in home.path.glob("jinku.db*"):
        assert b"Mallory" not in path.read_bytes()
        assert b"192.0.2.77" not in path.read_bytes()


def test_evidence_of_each_account_is_bound_by_a_root(home: Home) -> None:
    each = tuple(json.dumps({"kyc": n}) for n in range(25))
    home.accounts.create(JobRequest("ops", 25, chunk=10, key="k", evidence=Evidence(each=each)))
    home.accounts.run("k")
    with home.database.read() as unit:
        assert unit.connection.exec_driver_sql("SELECT count(*) FROM evidence").scalar_one() == 25
        entries = [json.loads(entry.content) for entry in unit.entries(kind="accounts.batch")]
    assert all(len(entry["evidence_root"]) == 64 for entry in entries)
    assert len({entry["evidence_root"] for entry in entries}) == 3


@pytest.mark.parametrize("evidence", [Evidence(), Evidence(each=("a",) * 24), Evidence(common="a", each=("b",) * 25)])
def test_evidence_that_does_not_fit_is_refused(home: Home, evidence: Evidence) -> None:
    with pytest.raises(BadRequestError, match="evidence"):
        home.accounts.create(JobRequest("ops", 25, evidence=evidence))
    assert home.accounts.jobs() == ()
