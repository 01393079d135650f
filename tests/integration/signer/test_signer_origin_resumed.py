"""A signer that was put back from before an opening is given its own word back, and takes nobody else's."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from origin_house import (
    FIRST,
    FORGED,
    HONEST,
    LOST,
    ROOT,
    SECOND,
    THIRD,
    K,
    M,
    N,
    Ready,
    log_of,
    naming,
    ready_signer,
    refused,
)
from signer_house import House

from jinku.custody.ports import BegunOrigin, TreeLeft


@pytest.fixture
def ready(house: House) -> Ready:
    """A signer that signed a head which the database has lost since."""
    return ready_signer(house)


def kept(ready: Ready, to: Path) -> Path:
    shutil.copytree(ready.house.home / "signer", to)
    return to


def put_back(ready: Ready, copy: Path, *names: str) -> None:
    for name in names:
        shutil.copy2(copy / name, ready.house.home / "signer" / name)


def test_its_own_statement_leads_it_back(ready: Ready, tmp_path: Path) -> None:
    before, signer = kept(ready, tmp_path / "before"), ready.signer
    done = ready.open(ready.naming(FIRST))
    signer.sign_checkpoint(N + 1, HONEST.root(N + 1), HONEST.proof(N, N + 1))
    signer.resume_origin(done.statement, done.signature)
    assert signer.log_head() == (N + 1, HONEST.root(N + 1)), "a head of that origin stays"
    for forgotten in (("log.head",), ("log.head", "trust.root")):
        put_back(ready, before, *forgotten)
        if "trust.root" in forgotten:
            (ready.house.home / "signer" / f"origin.{FIRST}").unlink()
            assert refused(signer.resume_origin, done.statement, done.signature) == "log.input", "not in force"
            signer.accept_trust_root(done.trust_root)
        assert refused(signer.sign_checkpoint, M, LOST, []) == "log.origin"
        for _ in range(2):
            signer.resume_origin(done.statement, done.signature)
            assert signer.log_head() == (N, ROOT)
        assert refused(signer.sign_checkpoint, M, HONEST.root(M - 1), HONEST.proof(N, M)) == "log.forked"
        assert len(signer.sign_checkpoint(N + 1, HONEST.root(N + 1), HONEST.proof(N, N + 1))) == 2
        assert ready.open(done.trust_root) == done, "and it knows its statement again"


def test_any_other_statement_is_refused(ready: Ready, tmp_path: Path) -> None:
    before, signer = kept(ready, tmp_path / "before"), ready.signer
    first = ready.open(ready.naming(FIRST))
    between = kept(ready, tmp_path / "between")
    second = ready.open(ready.naming(SECOND, first.trust_root), TreeLeft(N, ROOT))
    for done in (
        first,  # of an origin that is over
        replace(second, signature=bytes(64)),
        replace(second, statement=second.statement.replace(b'"300"', b'"301"')),
        replace(second, signature=first.signature),
        replace(second, statement=b""),
    ):
        assert refused(signer.resume_origin, done.statement, done.signature) == "log.input"
    put_back(ready, before, "log.head")
    assert refused(signer.resume_origin, first.statement, first.signature) == "log.input"
    assert refused(signer.log_head) == "log.origin", "nothing was changed"
    (ready.house.home / "signer" / f"origin.{SECOND}").write_bytes(first.signature + first.statement)
    assert refused(signer.resume_origin, second.statement, second.signature) == "log.origin_begun"
    put_back(ready, between, "log.head")
    (ready.house.home / "signer" / f"origin.{SECOND}").unlink()
    signer.resume_origin(second.statement, second.signature)
    assert signer.log_head() == (N, ROOT)


def test_no_name_is_of_a_time_to_come(ready: Ready) -> None:
    number = (int(time.time()) + 7200) * 10**9
    assert refused(ready.open, ready.naming(number)) == "log.origin"
    assert ready.signer.log_head() == (M, LOST)
    done = ready.open(ready.naming(FIRST))
    assert refused(ready.open, naming(done.trust_root, log_of(ready.keys, number))) == "log.origin"
    ready.open(ready.naming(THIRD, done.trust_root))


def test_an_origin_that_is_given_up_hides_nothing(ready: Ready) -> None:
    """What it lost, and that nothing was shown, is said of the next one, until a head was signed for it."""
    signer, names = ready.signer, [log_of(ready.keys, number).origin for number in (1, FIRST, SECOND)]
    assert signer.begun_origin() is None
    first = ready.open(ready.naming(FIRST), TreeLeft(N, ROOT))
    assert signer.begun_origin() == BegunOrigin(names[1], M, LOST)
    second = ready.open(ready.naming(SECOND, first.trust_root), TreeLeft(N, FORGED.root(N), given_up=True))
    assert ready.heads(second)[0] == (names[0], M, LOST)
    assert (ready.heads(second)[1], ready.heads(second)[2][:2]) == ((names[2], N, FORGED.root(N)), (names[0], 0))
    assert signer.begun_origin() == BegunOrigin(names[2], M, LOST)
    third = ready.open(ready.naming(THIRD, second.trust_root), replace(ready.left, given_up=True))
    assert [head[:2] for head in ready.heads(third)][::2] == [(names[0], M), (names[0], K)], "the honest tree, again"
    assert refused(signer.sign_checkpoint, N, ROOT, []) == "log.input", "the entry that opens it stands first"
    assert refused(signer.sign_anchor, 1, 0, 50_000, 10**9, 10**9) == "anchor.no_head"
    assert signer.begun_origin() == BegunOrigin(log_of(ready.keys, THIRD).origin, M, LOST)
    signer.sign_checkpoint(N + 1, HONEST.root(N + 1), HONEST.proof(N, N + 1))
    signer.sign_checkpoint(N + 1, HONEST.root(N + 1), [])
    assert signer.begun_origin() is None
    later = ready.naming(THIRD + 1, third.trust_root)
    grown = TreeLeft(N + 1, HONEST.root(N + 1), given_up=True)
    assert refused(ready.open, later, grown) == "log.origin", "it was signed for"
    done = ready.open(later, replace(grown, given_up=False))
    assert ready.heads(done)[0][1] == N + 1
