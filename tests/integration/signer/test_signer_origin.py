"""The real signer goes over to a later origin of its log: by the admins' word and the home's secret, and never back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from origin_house import (
    FIRST,
    HONEST,
    LOST,
    OTHER,
    PUBLIC,
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
from signer_house import HOME_PASS, TS_MS, House, secret

from jinku import _native
from jinku.core import JinkuError, canonical_bytes
from jinku.custody.errors import VaultIntegrityError, WrongSecretError
from jinku.custody.ports import TreeLeft
from jinku.journal import Checkpoint, LogKeys
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.notes import signed


@pytest.fixture
def ready(house: House) -> Ready:
    """A signer that signed a head which the database has lost since."""
    return ready_signer(house)


def test_the_old_name_is_never_signed_again(ready: Ready) -> None:
    new, old, grown = log_of(ready.keys, FIRST), log_of(ready.keys), HONEST.root(N + 1)
    done = ready.open(ready.naming(FIRST))
    _native.check_next_trust_root(ready.first, done.trust_root, TS_MS)
    assert ready.signer.trust_root() == done.trust_root
    assert ready.heads(done) == [(old.origin, M, LOST), (new.origin, N, ROOT), (old.origin, K, HONEST.root(K))]
    with pytest.raises(JinkuError):
        ready.heads(replace(done, statement=done.statement.replace(b'"900"', b'"901"')))
    for again in range(2):  # and after the process ended
        signer = ready.signer
        assert signer.log_head() == ((N + 1, grown) if again else (N, ROOT))
        lines = signer.sign_checkpoint(N + 1, grown, [] if again else HONEST.proof(N, N + 1))
        note = signed(Checkpoint(new.origin, N + 1, grown), lines).note
        assert NativeNotes().verify(note, new) == ("ed25519", "ml-dsa-44")
        with pytest.raises(JinkuError):
            NativeNotes().verify(signed(Checkpoint(old.origin, N + 1, grown), lines).note, old)
        assert refused(signer.sign_checkpoint, M, HONEST.root(M - 1), []) == "log.forked"
        assert refused(signer.sign_checkpoint, N, ROOT, []) == "log.behind"
        assert refused(signer.accept_trust_root, ready.first) == "trust.version"
        assert ready.open(done.trust_root) == done, "the same statement, however often it is asked for"
        for other in (TreeLeft(M, LOST, b"", HONEST.proof(N, M)), TreeLeft(N, LOST)):
            assert refused(ready.open, done.trust_root, other) == "log.origin_begun"
        if not again:
            ready.house.kill()
            ready.signer = ready.house.signer()
            ready.signer.unlock_system(secret(HOME_PASS))
    assert refused(ready.open, naming(done.trust_root, old)) == "trust.journal"
    assert refused(ready.open, ready.naming(FIRST - 1, done.trust_root)) == "trust.journal"
    third = ready.open(ready.naming(THIRD, done.trust_root))
    assert ready.heads(third)[0] == (new.origin, N + 1, grown)


def test_what_names_no_later_origin_of_this_log_is_refused(ready: Ready) -> None:
    first, new = ready.first, log_of(ready.keys, FIRST)
    name = f"{ready.keys.deployment}.jinku"
    documents = {
        naming(first, log_of(ready.keys)): "log.origin",
        first: "log.origin",  # in force, and of the old origin: there is no statement to give
        naming(first, LogKeys(f"another.jinku/{FIRST}", new.ed25519, new.mldsa44)): "trust.journal",
        naming(first, LogKeys(new.origin, PUBLIC, new.mldsa44)): "trust.journal",
        naming(first, LogKeys(new.origin, new.ed25519)): "trust.journal",
        naming(first, new, version=3): "trust.version",
        b"{}": "trust.malformed",
    }
    for number in ("1", "2", "9" * 18, f"0{FIRST}", "1" * 20, f"{FIRST}/{FIRST}", "now"):
        documents[naming(first, LogKeys(f"{name}/{number}", new.ed25519, new.mldsa44))] = "trust.journal"
    for trust, code in documents.items():
        assert refused(ready.open, trust) == code, trust[:300]
    good = naming(first, new)
    assert refused(ready.open, good, TreeLeft(0, ROOT)) == "log.input"
    with pytest.raises(WrongSecretError):
        ready.signer.open_origin(secret(b"another passphrase"), good, ready.left)
    assert ready.signer.trust_root() == first
    assert ready.signer.log_head() == (M, LOST), "nothing was changed"
    assert len(ready.signer.sign_checkpoint(M, LOST, [])) == 2


def test_too_few_admins_open_nothing(ready: Ready) -> None:
    bob = {"algorithm": "ed25519", "name": "bob", "not_after": None, "passkey": None, "public": PUBLIC.hex()}
    people = [*json.loads(ready.first)["root"]["keys"], {**bob, "roles": ["admin"]}]
    good = ready.naming(FIRST, admin_threshold=2, keys=people)
    lacking = ready.open(good)
    assert (lacking.statement, lacking.signature) == (b"", b"")
    assert len(json.loads(lacking.trust_root)["signatures"]) == 1
    assert (ready.signer.trust_root(), ready.signer.log_head()) == (ready.first, (M, LOST))
    text = canonical_bytes(json.loads(good)["root"])
    mine = [(bytes.fromhex(one["public"]), bytes.fromhex(one["signature"]))
            for one in json.loads(lacking.trust_root)["signatures"]]  # fmt: skip
    forged = _native.make_trust_root(text, [*mine, (PUBLIC, bytes(64))])
    assert refused(ready.open, forged) == "trust.signature_invalid"
    whole = _native.make_trust_root(text, [*mine, (PUBLIC, OTHER.sign(_native.trust_root_digest(text)))])
    done = ready.open(whole)
    assert (done.trust_root, bool(done.statement)) == (whole, True)


def test_a_kill_between_any_two_writes_leaves_a_signer_that_signs_neither(ready: Ready) -> None:
    signer, folder = ready.signer, ready.house.home / "signer"
    kept = f"origin.{FIRST}"
    names = ("trust.root", kept, "log.head")
    before = {name: _bytes(folder / name) for name in names}
    done = ready.open(ready.naming(FIRST))
    after = {name: _bytes(folder / name) for name in names}
    assert before[kept] is None
    for written in range(len(names)):  # so many of the files, in the order in which they are written
        for place, name in enumerate(names):
            _put(folder / name, (after if place < written else before)[name])
        if written == 0:
            assert signer.log_head() == (M, LOST)
            continue
        assert refused(signer.log_head) == "log.origin"
        assert signer.log_head(ended=True) == (M, LOST)
        assert refused(signer.sign_checkpoint, M, LOST, []) == "log.origin"
        assert refused(signer.sign_checkpoint, N, ROOT, []) == "log.origin"
        assert refused(signer.sign_anchor, 31_337, 0, 25_000, 2 * 10**9, 10**9) == "log.origin"
        if written == 2:  # the statement is readable on the disk: there is never a second one
            grown = TreeLeft(N + 1, HONEST.root(N + 1), ready.note, HONEST.proof(K, N + 1))
            assert refused(ready.open, done.trust_root, grown) == "log.origin_begun"
            assert _bytes(folder / kept) == after[kept]
        finished = ready.open(done.trust_root)
        assert (finished == done) == (written == 2)
        assert signer.log_head() == (N, ROOT)
    (folder / kept).write_bytes(bytes(64) + done.statement)
    assert refused(ready.open, done.trust_root) == "log.origin_begun"
    (folder / kept).unlink()
    assert refused(ready.open, done.trust_root) == "log.origin_begun"
    later = ready.open(ready.naming(SECOND, done.trust_root))
    assert ready.heads(later)[0][1:] == (N, ROOT)


def test_a_version_that_others_brought_in_force_stops_the_signer_until_it_is_opened(ready: Ready) -> None:
    signer = ready.signer
    text = canonical_bytes(json.loads(ready.naming(FIRST))["root"])
    signer.accept_trust_root(_native.make_trust_root(text, [signer.sign_trust_root(secret(HOME_PASS), text)]))
    with pytest.raises(VaultIntegrityError, match="new-origin"):
        signer.sign_checkpoint(M, LOST, [])
    assert ready.open(signer.trust_root()).statement
    assert signer.log_head() == (N, ROOT)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _put(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(data)
