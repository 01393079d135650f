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
from jinku.custody.errors import SignerInputError, SignerRefusedError, VaultIntegrityError
from jinku.journal import Checkpoint, Edge, LogKeys, consistency_path, origin_of
from jinku.journal.notes import read_note, signed

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
