"""The arithmetic of proofs by the native module: a million accounts take it about a second."""

from __future__ import annotations

from collections.abc import Sequence

from jinku import _native
from jinku.accounts.types import Mode
from jinku.custody.ports import Form

__all__ = ["NativeProver"]


class NativeProver:
    """Implements ``BatchProver``."""

    def account_ids(self, job: bytes, ts_ms: int, start: int, count: int) -> list[bytes]:
        """See the port."""
        return _native.account_ids(job, ts_ms, start, count)

    def unpack(self, packed: bytes) -> list[str]:
        """See the port."""
        return _native.unpack_column(packed)

    def leaves(
        self, mode: Mode, forms: Sequence[Form], ids: Sequence[bytes], start: int, columns: Sequence[list[str]]
    ) -> bytes:
        """See the port."""
        shapes = [(form.chain, form.kind, form.path) for form in forms]
        return _native.batch_leaves(ids, start, shapes, columns, self_mode=mode is Mode.SELF)

    def root(self, leaves: bytes) -> bytes:
        """See the port."""
        return _native.merkle_root(leaves)

    def path(self, leaves: bytes, place: int) -> list[bytes]:
        """See the port."""
        return _native.inclusion_path(leaves, place)

    def lookup_keys(self, addresses: list[str]) -> list[int]:
        """See the port."""
        return _native.lookup_keys(addresses)

    def verify_statement(self, identity_public: bytes, statement: bytes, signature: bytes) -> None:
        """See the port."""
        _native.verify_batch_statement(statement, signature, identity_public)
