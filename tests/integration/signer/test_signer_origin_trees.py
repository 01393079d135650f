"""Over which tree the real signer opens a later origin: the one signed before, or it says that none was shown.

And what a thief of its folder gains by deleting the trust root: nothing.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from origin_house import (
    FIRST,
    FORGED,
    HONEST,
    LOST,
    OTHER,
    PUBLIC,
    ROOT,
    SECOND,
    K,
    M,
    N,
    Ready,
    log_of,
    ready_signer,
    refused,
)
from signer_house import HOME_PASS, TS_MS, House, secret

from jinku import _native
from jinku.core import canonical_bytes
from jinku.custody.ports import TreeLeft
from jinku.journal import Checkpoint
from jinku.journal.notes import signed

SNAPSHOTS = Path(__file__).parents[2] / "snapshots" / "signer"


@pytest.fixture
def ready(house: House) -> Ready:
    return ready_signer(house)


def test_a_tree_as_large_as_the_last_one_is_that_one_or_extends_it(house: House) -> None:
    """The usual case: the whole home was restored, and the signer's own files with it."""
    signer = house.ready()
    keys = signer.unlock_system(secret(HOME_PASS))
    ready = Ready(house, signer, keys, signer.begin_trust(TS_MS), b"")
    signer.sign_checkpoint(N, ROOT, [])
    named = ready.naming(FIRST)
    whole, forged = HONEST.proof(N, M), FORGED.proof(N, M)
    for left in (
        TreeLeft(N, FORGED.root(N)),  # the plain definition of a fork
        TreeLeft(M, LOST),
        TreeLeft(M, LOST, b"", whole[:-1]),
        TreeLeft(M, LOST, b"", HONEST.proof(K, M)),
        TreeLeft(M, FORGED.root(M), b"", forged),
        TreeLeft(M, FORGED.root(M), b"", whole),
    ):
        assert refused(ready.open, named, left) == "log.forked"
        assert (signer.trust_root(), signer.log_head()) == (ready.first, (N, ROOT)), "nothing was changed"
    done = ready.open(named, TreeLeft(M, LOST, b"", whole))
    old, new = log_of(keys).origin, log_of(keys, FIRST).origin
    assert ready.heads(done) == [(old, N, ROOT), (new, M, LOST), (old, N, ROOT)]
    again = ready.open(ready.naming(SECOND, done.trust_root), TreeLeft(M, LOST))
    assert ready.heads(again)[2] == (new, M, LOST)


def test_a_smaller_tree_begins_with_a_checkpoint_that_it_signed_or_the_statement_says_so(ready: Ready) -> None:
    named, path = ready.naming(FIRST), HONEST.proof(K, N)
    old = log_of(ready.keys)
    other = ready.note.replace(base64.b64encode(HONEST.root(K)), base64.b64encode(FORGED.root(K)))
    larger = signed(Checkpoint(old.origin, M, LOST), ready.signer.sign_checkpoint(M, LOST, [])).note
    for left, code in (
        (TreeLeft(N, FORGED.root(N), ready.note, FORGED.proof(K, N)), "log.forked"),
        (TreeLeft(N, ROOT, ready.note, path[:-1]), "log.forked"),
        (TreeLeft(N, ROOT, ready.note), "log.forked"),
        (TreeLeft(K, FORGED.root(K), ready.note), "log.forked"),
        (TreeLeft(N, ROOT, other, path), "log.input"),
        (TreeLeft(N, ROOT, ready.note.replace(b"\n200\n", b"\n201\n"), path), "log.input"),
        (TreeLeft(N, ROOT, b"no note", path), "log.input"),
        (TreeLeft(N, ROOT, larger, path), "log.input"),
        (TreeLeft(N, ROOT, b"", path), "log.forked"),
    ):
        assert refused(ready.open, named, left) == code, left
    assert ready.signer.log_head() == (M, LOST)
    done = ready.open(named, TreeLeft(N, ROOT))
    assert json.loads(done.statement)["proven"]["size"] == "0", "nobody showed that it is the tree signed before"
    assert ready.heads(done)[2][:2] == (old.origin, 0)


def test_an_earlier_origin_speaks_for_a_later_one(ready: Ready) -> None:
    """A home restored from before the first loss: its signer went on, its database knows the first name alone."""
    done = ready.open(ready.naming(FIRST))
    grown = HONEST.proof(N, M)
    ready.signer.sign_checkpoint(M, LOST, grown)
    once_more = ready.open(ready.naming(SECOND, done.trust_root), TreeLeft(K, HONEST.root(K), ready.note))
    first, second = log_of(ready.keys, FIRST).origin, log_of(ready.keys, SECOND).origin
    assert ready.heads(once_more) == [
        (first, M, LOST), (second, K, HONEST.root(K)), (log_of(ready.keys).origin, K, HONEST.root(K)),
    ]  # fmt: skip


def test_who_deletes_the_trust_root_is_no_single_admin(ready: Ready) -> None:
    root = json.loads(ready.first)["root"]
    bob = {"algorithm": "ed25519", "name": "bob", "not_after": None, "passkey": None, "public": PUBLIC.hex()}
    document = {**root, "version": 2, "admin_threshold": 2, "keys": [*root["keys"], {**bob, "roles": ["admin"]}]}
    text = canonical_bytes(document)
    mine = ready.signer.sign_trust_root(secret(HOME_PASS), text)
    both = _native.make_trust_root(text, [mine, (PUBLIC, OTHER.sign(_native.trust_root_digest(text)))])
    ready.signer.accept_trust_root(both)
    assert not ready.open(ready.naming(FIRST, both)).statement, "two have to sign"
    path = ready.house.home / "signer" / "trust.root"
    kept = path.read_bytes()
    for again in range(2):
        path.unlink()
        assert refused(ready.signer.begin_trust, TS_MS + 1) == "trust.damaged"
        assert refused(ready.open, ready.naming(FIRST)) == "trust.damaged"
        assert refused(ready.signer.sign_checkpoint, M, LOST, []) == "trust.damaged"
        assert not path.exists()
        if not again:  # nor does it help to start the signer again
            ready.house.kill()
            ready.signer = ready.house.ready()
            assert refused(ready.signer.trust_root) == "trust.damaged"
            path.write_bytes(kept)
            assert ready.signer.trust_root() == both


def test_a_signer_of_a_later_origin_never_begins_at_the_first_version(house: House) -> None:
    signer = house.ready()
    path = house.home / "signer" / "trust.root"
    empty = path.read_bytes()
    assert (len(empty), signer.trust_root()) == (64, b"")
    keys = signer.unlock_system(secret(HOME_PASS))
    ready = Ready(house, signer, keys, signer.begin_trust(TS_MS), b"")
    signer.sign_checkpoint(N, ROOT, [])
    ready.open(ready.naming(FIRST), TreeLeft(N, ROOT))
    path.write_bytes(empty)
    assert refused(signer.begin_trust, TS_MS) == "log.origin"


def test_a_home_of_an_earlier_release_keeps_its_trust_root(house: House) -> None:
    """Its sealed file has no mark yet: the first unlocking makes it, and from then on a missing file was deleted."""
    folder, before = house.home / "signer", (SNAPSHOTS / "system-before-log-head.vault").read_bytes()
    folder.mkdir(mode=0o700)
    (folder / "system.vault").write_bytes(before)
    (folder / "system.vault").chmod(0o600)
    first = house.ready().begin_trust(TS_MS)
    house.stop()
    (folder / "system.vault").write_bytes(before)  # as the older release left it, beside the trust root that it made
    assert house.ready().trust_root() == first
    house.stop()
    (folder / "trust.root").unlink()
    assert refused(house.ready().trust_root) == "trust.damaged"
