"""Inclusion proofs through jinku._native against the vectors of transparency-dev/merkle, and a tree by hashlib."""

import base64
import hashlib

import pytest
from vectorfiles import enough, read

from jinku import _native
from jinku.core import IntegrityError, UsageError


def test_inclusion() -> None:
    accepted = []
    for row in enough(read("merkle/inclusion.json"), 98):
        path = [base64.b64decode(text) for text in row["proof"] or []]
        leaf, root = (base64.b64decode(row[name] or "") for name in ("leafHash", "root"))
        index, size = row["leafIdx"], row["treeSize"]
        if row["wantErr"]:
            with pytest.raises((IntegrityError, UsageError, OverflowError)):
                _native.verify_inclusion(leaf, index, size, path, root)
        else:
            _native.verify_inclusion(leaf, index, size, path, root)
            accepted.append(row)
    enough(accepted, 6)


def tree_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it reads."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + tree_root(leaves[:split]) + tree_root(leaves[split:])).digest()


@pytest.mark.parametrize("size", [*range(1, 18), 31, 32, 33, 100])
def test_trees(size: int) -> None:
    leaves = [_native.leaf_hash(bytes([i])) for i in range(size)]
    assert leaves[0] == hashlib.sha256(b"\x00\x00").digest()
    joined, root = b"".join(leaves), tree_root(leaves)
    assert _native.merkle_root(joined) == root
    for index, leaf in enumerate(leaves):
        path = _native.inclusion_path(joined, index)
        _native.verify_inclusion(leaf, index, size, path, root)
        if size > 1:
            with pytest.raises(IntegrityError):
                _native.verify_inclusion(leaf, (index + 1) % size, size, path, root)
            with pytest.raises(IntegrityError):
                _native.verify_inclusion(leaf, index, size, path[:-1], root)
