"""What a refusal says while lost jobs can be made again: which fit, and that a typing error is no new owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from home_double import Home
from lost_home import lost_home, made

from jinku.accounts import JobConflictError, JobLostError, JobRequest, Mode

PLAIN = JobRequest("ops", 5)  # no owner, no key: only its id tells
NAMED = JobRequest("ops", 7, key="opening")  # the key of its subject is lost
OWNED = JobRequest("ops", 5, owner="acme", key="k")  # that of its owner stands in the copy


def job_of(*requests: JobRequest) -> Callable[[Home], object]:
    return lambda home: [made(home, request) for request in requests]


def refused(home: Home, request: JobRequest) -> JobLostError:
    with pytest.raises(JobLostError) as caught:
        home.accounts.create(request)
    return caught.value


def test_the_refusal_names_the_lost_jobs_that_fit(tmp_path: Path) -> None:
    home = lost_home(tmp_path, job_of(PLAIN, NAMED, OWNED, replace(PLAIN, owner="a customer of later")))
    plain, named, owned, later = (one.job for one in home.accounts.lost_jobs())

    none = refused(home, replace(PLAIN, count=9))
    assert "lost 4 jobs of vault ops" in none.what
    assert str(none.found).startswith("none like this request")
    assert all(str(one.job) in str(none.found) for one in (plain, named, owned, later))
    assert "--again ID" in str(none.advice)
    assert str(plain.job) not in str(none.advice), "no id is offered that cannot be it"

    single = refused(home, NAMED)
    assert str(single.found).startswith(f"job {named.job}, 7 accounts from index 7, mode custodial, made 20")
    assert f"--again {named.job} beside it" in str(single.advice)
    assert "check --owner and --job-key for typing errors first" in str(single.advice)
    assert single.fields == {"fitting": 1, "job": str(named.job), "start": 7, "count": 7}
    assert none.fields == {"fitting": 0}, "a program is offered no id either"

    several = refused(home, replace(PLAIN, owner="another customer of later"))
    assert several.fields["fitting"] == 2, "the one without names is not his, of the others nobody can tell"
    assert refused(home, replace(NAMED, mode=Mode.SELF)).fields["fitting"] == 0


def test_of_several_that_fit_five_are_named_and_none_is_advised(tmp_path: Path) -> None:
    home = lost_home(tmp_path, job_of(*(replace(NAMED, key=f"key {n}") for n in range(7))))
    found = refused(home, replace(NAMED, key="key 9"))
    assert found.fields["fitting"] == 7
    ids = [str(one.job.job) for one in home.accounts.lost_jobs()]
    assert [one in str(found.found) for one in ids] == [True] * 5 + [False] * 2
    assert not any(one in str(found.advice) for one in ids)
    assert "; and 2 more, which `jinku journal catch-up` lists again" in str(found.found)
    assert "7 lost jobs fit" in str(found.advice)
    assert "books" in str(found.advice)


@pytest.mark.parametrize("owner", ["akme", ""])
@pytest.mark.parametrize("key", ["k", ""])
def test_a_mistyped_or_forgotten_owner_is_refused_while_the_true_one_is_known(
    tmp_path: Path, owner: str, key: str
) -> None:
    home = lost_home(tmp_path, job_of(replace(OWNED, key=key)))
    (lost,) = (str(one.job.job) for one in home.accounts.lost_jobs())
    with pytest.raises(JobConflictError, match="another owner than that of its entry") as caught:
        home.accounts.create(replace(OWNED, owner=owner, key=key, again=lost))
    assert "acme" not in str(caught.value), "whose it is stays unsaid"
    assert "acme" not in str(caught.value.fields)
    assert [job.key for job in home.accounts.jobs()] == ["kept"]
    job = made(home, replace(OWNED, key=key, again=lost))
    assert (str(job.job), job.owner) == (lost, "acme")
    home.accounts.verify("ops")


def test_a_forgotten_job_key_is_no_other_job(tmp_path: Path) -> None:
    home = lost_home(tmp_path, job_of(replace(OWNED, key="k")))
    (lost,) = (str(one.job.job) for one in home.accounts.lost_jobs())
    with pytest.raises(JobConflictError, match="another than that of the lost job"):
        home.accounts.create(replace(OWNED, key="k2", again=lost))
    job = made(home, replace(OWNED, key="", again=lost))
    assert (str(job.job), job.owner, job.key) == (lost, "acme", lost)
    home.accounts.verify("ops")


def test_an_owner_whose_key_is_lost_is_taken_as_it_is_said(tmp_path: Path) -> None:
    """Nobody can tell: those that stand do not fit, so the operator's word counts."""
    request = JobRequest("ops", 5, owner="of later", key="l")
    home = lost_home(tmp_path, job_of(request))
    (lost,) = (str(one.job.job) for one in home.accounts.lost_jobs())
    assert made(home, replace(request, again=lost)).owner == "of later"
    home.accounts.verify("ops")
