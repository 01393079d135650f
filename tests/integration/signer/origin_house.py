"""A signer that signed more of a log than its database has now, and trust roots that name later origins of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signer_house import HOME_PASS, TS_MS, House, secret

from jinku import _native
from jinku.core import JinkuError, canonical_bytes
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.ports import OpenedOrigin, SystemKeys, TreeLeft
from jinku.journal import Checkpoint, Edge, LogKeys, consistency_path, origin_of
from jinku.journal.notes import signed, vkeys

K, N, M = 200, 300, 900  # sizes: published and kept, left, signed last
FIRST, SECOND, THIRD = 1_764_000_000 * 10**9, 1_764_000_001 * 10**9, 1_764_999_999 * 10**9  # numbers of later origins
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = OTHER.public_key().public_bytes_raw()


class Tree:
    """A tree of M leaves; ``word`` tells one from another."""

    def __init__(self, word: str) -> None:
        self._edge, leaves = Edge(), [hashlib.sha256(f"{word}{n}".encode()).digest() for n in range(M)]
        self._tiles = {(level, index): data for level, index, data in self._edge.append(b"".join(leaves))}
        self._tiles |= {(level, index): data for level, index, _, data in self._edge.partials()}
        self._leaves = leaves

    def root(self, size: int) -> bytes:
        edge = Edge()
        edge.append(b"".join(self._leaves[:size]))
        return edge.root()

    def proof(self, old: int, size: int) -> list[bytes]:
        return consistency_path(old, size, lambda level, index, width: self._tiles[level, index][: 32 * width])


HONEST, FORGED = Tree("honest"), Tree("forged")
ROOT, LOST = HONEST.root(N), HONEST.root(M)


def log_of(keys: SystemKeys, number: int = 1) -> LogKeys:
    publics = bytes.fromhex(keys.log_ed25519_public), bytes.fromhex(keys.log_mldsa44_public)
    return LogKeys(origin_of(keys.deployment, number), *publics)


def naming(first: bytes, log: LogKeys, **changes: Any) -> bytes:
    """The next version, which names this origin; nobody signed it."""
    root = json.loads(first)["root"]
    journal = {"keys": sorted(vkeys(log)), "origin": log.origin}
    made = {**root, "version": root["version"] + 1, "journal": journal, **changes}
    return _native.make_trust_root(canonical_bytes(made), [])


def refused(call: Callable[..., object], *args: Any) -> str:
    with pytest.raises(JinkuError) as error:
        call(*args)
    return error.value.code


@dataclass
class Ready:
    """The signer, its keys, the trust root in force, and its checkpoint of size K."""

    house: House
    signer: SocketSigner
    keys: SystemKeys
    first: bytes
    note: bytes

    @property
    def left(self) -> TreeLeft:
        """The honest tree of size N, shown to begin with the checkpoint of size K."""
        return TreeLeft(N, ROOT, self.note, HONEST.proof(K, N))

    def open(self, trust: bytes, left: TreeLeft | None = None) -> OpenedOrigin:
        return self.signer.open_origin(secret(HOME_PASS), trust, left or self.left)

    def naming(self, number: int, trust: bytes = b"", **changes: Any) -> bytes:
        return naming(trust or self.first, log_of(self.keys, number), **changes)

    def heads(self, done: OpenedOrigin) -> list[tuple[str, int, bytes]]:
        """Those of the statement: signed last, gone on from, shown."""
        said = _native.open_handover(done.statement, done.signature, bytes.fromhex(self.keys.log_ed25519_public))
        assert said[0] == self.keys.deployment
        return list(said[1:])


def ready_signer(house: House) -> Ready:
    signer = house.ready()
    keys = signer.unlock_system(secret(HOME_PASS))
    trust = signer.begin_trust(TS_MS)
    lines = signer.sign_checkpoint(K, HONEST.root(K), [])
    note = signed(Checkpoint(log_of(keys).origin, K, HONEST.root(K)), lines).note
    signer.sign_checkpoint(M, LOST, HONEST.proof(K, M))
    return Ready(house, signer, keys, trust, note)
