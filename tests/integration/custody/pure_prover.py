"""The arithmetic of proofs in plain Python, written from the text of the formats: a twin of the native module."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.types import Mode
from jinku.core import Id, Json, account_id, canonical_bytes, domain_digest
from jinku.custody.ports import Form

__all__ = ["PureProver"]


class PureProver:
    """``BatchProver`` in plain Python, written from the brief's text: the slow twin of the native module."""

    def account_ids(self, job: bytes, ts_ms: int, start: int, count: int) -> list[bytes]:
        return [account_id(Id(job), ts_ms, index).bytes16 for index in range(start, start + count)]

    def unpack(self, packed: bytes) -> list[str]:
        texts, at = [], 0
        while at < len(packed):
            size = packed[at]
            texts.append(packed[at + 1 : at + 1 + size].decode("ascii"))
            at += 1 + size
        return texts

    def leaves(
        self, mode: Mode, forms: Sequence[Form], ids: Sequence[bytes], start: int, columns: Sequence[Sequence[str]]
    ) -> bytes:
        out = []
        for place, raw in enumerate(ids):
            number = start + place if mode is Mode.CUSTODIAL else 0
            addresses = [
                {
                    "address": column[place],
                    "chain": form.chain,
                    "kind": form.kind,
                    "path": form.path.replace("{i}", str(number)),
                }
                for form, column in zip(forms, columns, strict=True)
            ]
            leaf: dict[str, Json] = {"account": str(Id(raw)), "addresses": addresses, "index": start + place, "v": 1}
            out.append(hashlib.sha256(b"\x00" + canonical_bytes(leaf)).digest())
        return b"".join(out)

    def root(self, leaves: bytes) -> bytes:
        return _root([leaves[at : at + 32] for at in range(0, len(leaves), 32)])

    def path(self, leaves: bytes, place: int) -> list[bytes]:
        return _path([leaves[at : at + 32] for at in range(0, len(leaves), 32)], place)

    def lookup_keys(self, addresses: Sequence[str]) -> list[int]:
        return [int.from_bytes(hashlib.sha256(a.encode()).digest()[:8], "big", signed=True) for a in addresses]

    def verify_statement(self, identity_public: bytes, statement: bytes, signature: bytes) -> None:
        try:
            key = Ed25519PublicKey.from_public_bytes(identity_public)
            key.verify(signature, domain_digest("jinku/batch/1", statement))
        except InvalidSignature as error:
            raise AddressIntegrityError("a batch statement has a wrong signature") from error


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _root(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = _split(len(hashes))
    return hashlib.sha256(b"\x01" + _root(hashes[:half]) + _root(hashes[half:])).digest()


def _path(hashes: list[bytes], place: int) -> list[bytes]:
    if len(hashes) == 1:
        return []
    half = _split(len(hashes))
    if place < half:
        return [*_path(hashes[:half], place), _root(hashes[half:])]
    return [*_path(hashes[half:], place - half), _root(hashes[:half])]
