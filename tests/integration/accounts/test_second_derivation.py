"""Before a job says done, the signer derives addresses again by other code, and its key has signed them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from home_double import Home, open_home

from jinku.accounts import AddressIntegrityError, JobRequest, JobState, VerifyMode
from jinku.accounts.rules import sample_indexes
from jinku.core import JinkuError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = open_home(tmp_path)
    home.vault()
    return home


def test_a_second_derivation_that_differs_stops_the_job(home: Home) -> None:
    home.signer.wrong_recheck = True
    home.accounts.create(JobRequest("ops", 100, chunk=50, key="k"))
    with pytest.raises(AddressIntegrityError) as caught:
        home.accounts.run("k")
    error = caught.value
    assert error.exit_code == 5
    assert set(error.fields) == {"account", "index", "chain", "found", "expected"}
    assert str(error.fields["account"]) in str(error)
    assert error.fields["chain"] == "eip155:1"
    assert error.fields["found"] != error.fields["expected"]
    assert home.accounts.job("k").state is JobState.FAILED
    home.signer.wrong_recheck = False
    assert home.accounts.run("k").state is JobState.DONE


def test_verify_all_derives_every_account_again(home: Home) -> None:
    home.accounts.create(JobRequest("ops", 250, chunk=100, key="k", verify=VerifyMode.ALL))
    home.accounts.run("k")
    with home.database.read() as unit:
        (entry,) = unit.entries(kind="accounts.job_done")
    assert json.loads(entry.content)["rederived"] == 250


def test_the_sample_covers_each_batch_and_is_repeatable(home: Home) -> None:
    job = home.accounts.create(JobRequest("ops", 5_000, chunk=1_000))
    picked = sample_indexes(job, 2_000, 1_000)
    assert picked == sample_indexes(job, 2_000, 1_000)
    assert len(picked) == 4
    assert {2_000, 2_999} <= set(picked)
    assert picked != sample_indexes(job, 3_000, 1_000)


def test_another_signers_batch_is_not_believed(home: Home) -> None:
    home.signer.identity = Ed25519PrivateKey.generate()
    home.accounts.create(JobRequest("ops", 10, key="k"))
    with pytest.raises(JinkuError) as caught:
        home.accounts.run("k")
    assert caught.value.exit_code == 5
    assert home.accounts.job("k").done == 0
