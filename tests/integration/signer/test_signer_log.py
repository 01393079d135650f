"""The log's keys in the real signer: heads of one growing tree are signed, a fork or a step back never is."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
from signer_house import HOME_PASS, House, secret

sys.path.insert(0, str(Path(__file__).parents[1] / "journal"))
from log_keys import CryptoVerifier, mth

from jinku.core import IntegrityError
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.errors import SignerError, SignerInputError, SignerRefusedError, VaultIntegrityError
from jinku.journal import Checkpoint, Edge, LogKeys, consistency_path, origin_of
from jinku.journal.notes import read_note, signed

SNAPSHOTS = Path(__file__).parents[2] / "snapshots" / "signer"
LEAVES = [hashlib.sha256(b"%d" % n).digest() for n in range(700)]
EDGE = Edge()
TILES = {(level, index): data for level, index, data in EDGE.append(b"".join(LEAVES))}
TILES |= {(level, index): data for level, index, _, data in EDGE.partials()}


def proof(old: int, size: int) -> list[bytes]:
    return consistency_path(old, size, lambda level, index, width: TILES[level, index][: 32 * width])


def root(size: int) -> bytes:
    return mth(LEAVES[:size])


def test_heads_that_grow_are_signed_by_both_keys(signer: SocketSigner) -> None:
    keys = signer.unlock_system(secret(HOME_PASS))
    log = LogKeys(
        origin_of(keys.deployment), bytes.fromhex(keys.log_ed25519_public), bytes.fromhex(keys.log_mldsa44_public)
    )
    assert signer.log_head() is None
    last = 0
    for size in (1, 2, 255, 256, 257, 600, 600, 700):
        lines = signer.sign_checkpoint(size, root(size), proof(last, size))
        note = signed(Checkpoint(log.origin, size, root(size)), lines).note
        assert CryptoVerifier().verify(note, log) == ("ed25519", "mldsa44")
        assert signer.log_head() == (size, root(size))
        last = size


@pytest.mark.parametrize(
    ("size", "what", "code"),
    [(299, "a step back", "log.behind"), (300, "another tree", "log.forked"), (400, "another tree", "log.forked"),
     (0, "nothing", "log.input"), (1 << 63, "too large", "log.input")],
)  # fmt: skip
def test_a_fork_and_a_step_back_are_refused(house: House, size: int, what: str, code: str) -> None:
    signer = house.ready()
    signer.sign_checkpoint(300, root(300), [])
    other = hashlib.sha256(what.encode()).digest()
    for good in (proof(300, 400), [], [other]):
        with pytest.raises((VaultIntegrityError, SignerInputError)) as refused:
            signer.sign_checkpoint(size, other, good)
        assert refused.value.code == code
    for bad in ([], proof(300, 400)[:-1], proof(299, 400)):
        with pytest.raises(IntegrityError) as forked:
            signer.sign_checkpoint(400, root(400), bad)
        assert forked.value.code == "log.forked"
    assert signer.log_head() == (300, root(300))
    assert len(signer.sign_checkpoint(400, root(400), proof(300, 400))) == 2


def test_the_last_head_outlives_the_process(house: House) -> None:
    signer = house.ready()
    signer.sign_checkpoint(300, root(300), [])
    house.kill()
    signer = house.signer()
    for call in (signer.log_head, lambda: signer.sign_checkpoint(301, root(301), proof(300, 301))):
        with pytest.raises(SignerRefusedError) as locked:
            call()
        assert locked.value.code == "system.locked"
    signer.unlock_system(secret(HOME_PASS))
    assert signer.log_head() == (300, root(300))
    with pytest.raises(VaultIntegrityError):
        signer.sign_checkpoint(200, root(200), [])


def test_a_changed_file_of_the_last_head_stops_everything(house: House) -> None:
    signer = house.ready()
    signer.sign_checkpoint(300, root(300), [])
    path = house.home / "signer" / "log.head"
    assert path.stat().st_mode & 0o777 == 0o600
    good = path.read_bytes()
    assert read_note(good).size == 300
    second_line_gone = good[: good.rindex("\u2014".encode())]
    for bad in (good.replace(b"\n300\n", b"\n30\n"), good[:-40], b"", second_line_gone):
        path.write_bytes(bad)
        for call in (signer.log_head, lambda: signer.sign_checkpoint(301, root(301), proof(300, 301))):
            with pytest.raises(VaultIntegrityError) as damaged:
                call()
            assert damaged.value.code == "log.damaged"
            assert damaged.value.exit_code == 5
    path.write_bytes(good)
    assert len(signer.sign_checkpoint(301, root(301), proof(300, 301))) == 2


def gone(signer: SocketSigner) -> None:
    """Nothing is told and nothing signed for a head whose file is missing."""
    for call in (signer.log_head, lambda: signer.sign_checkpoint(1, root(1), [])):
        with pytest.raises(VaultIntegrityError, match="it is missing") as damaged:
            call()
        assert (damaged.value.code, damaged.value.exit_code) == ("log.damaged", 5)


@pytest.mark.parametrize("signed_before", [False, True])
def test_a_head_that_was_deleted_is_no_first_time(house: House, signed_before: bool) -> None:
    signer = house.ready()
    path = house.home / "signer" / "log.head"
    if signed_before:
        signer.sign_checkpoint(300, root(300), [])
    kept = path.read_bytes()
    assert read_note(kept).size == (300 if signed_before else 0)
    path.unlink()
    gone(signer)
    house.kill()
    signer = house.ready()  # unlocking makes no new one
    gone(signer)
    path.symlink_to("nowhere")
    with pytest.raises(SignerError):
        signer.sign_checkpoint(1, root(1), [])
    path.unlink()
    path.write_bytes(kept)
    last = 300 if signed_before else 0
    assert len(signer.sign_checkpoint(400, root(400), proof(last, 400))) == 2


def test_the_empty_head_of_other_keys_is_refused(house: House, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = House(tmp_path / "other")
    try:
        other.ready()
        foreign = (other.home / "signer" / "log.head").read_bytes()
    finally:
        other.stop()
    signer = house.ready()
    (house.home / "signer" / "log.head").write_bytes(foreign)
    with pytest.raises(VaultIntegrityError) as damaged:
        signer.sign_checkpoint(1, root(1), [])
    assert damaged.value.code == "log.damaged"


@pytest.mark.parametrize("head", ["", "stood", "damaged"])
def test_a_home_made_before_heads_began_with_the_empty_one(house: House, head: str) -> None:
    """Its first unlocking writes what `init` writes today, once; a head that stands by then stays as it is."""
    path, system = house.home / "signer" / "log.head", house.home / "signer" / "system.vault"
    path.parent.mkdir(mode=0o700)
    before = (SNAPSHOTS / "system-before-log-head.vault").read_bytes()
    system.write_bytes(before)
    system.chmod(0o600)
    stood = b""
    if head:  # as the older release left it
        signer = house.ready()
        signer.sign_checkpoint(300, root(300), [])
        stood = path.read_bytes() if head == "stood" else b"rubbish"
        house.stop()
        path.write_bytes(stood)
        system.write_bytes(before)
    signer = house.ready()
    marked = system.read_bytes()
    assert marked != before
    assert system.stat().st_mode & 0o777 == 0o600
    if head == "damaged":
        assert path.read_bytes() == stood
        with pytest.raises(VaultIntegrityError) as damaged:
            signer.log_head()
        assert damaged.value.code == "log.damaged"
        return
    last = 300 if head else 0
    assert signer.log_head() == ((300, root(300)) if head else None)
    signer.unlock_system(secret(HOME_PASS))
    assert system.read_bytes() == marked, "once"
    assert len(signer.sign_checkpoint(400, root(400), proof(last, 400))) == 2
    path.unlink()
    house.kill()
    gone(house.ready())


def test_something_else_in_the_place_of_the_head_signs_nothing(house: House) -> None:
    path, system = house.home / "signer" / "log.head", house.home / "signer" / "system.vault"
    path.parent.mkdir(mode=0o700)
    system.write_bytes((SNAPSHOTS / "system-before-log-head.vault").read_bytes())
    path.mkdir()  # in the way: it can be neither read as a head nor replaced
    signer = house.ready()
    with pytest.raises(SignerError):
        signer.log_head()
    with pytest.raises(SignerError):
        signer.sign_checkpoint(1, root(1), [])
