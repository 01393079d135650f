"""The ``.ots`` format, written: what a calendar gave becomes a proof, and what it gives later is put in its place."""

from __future__ import annotations

from jinku.journal.verifier.verify_anchors import OTS_MAGIC, Node

__all__ = ["merged", "written"]

APPEND, SHA256 = b"\xf0", b"\x08"


def written(digest: bytes, node: Node) -> bytes:
    """The file over this digest."""
    return OTS_MAGIC + digest + steps(node)


def steps(node: Node) -> bytes:
    """A step and all that follows from it: attestations first, each group in its order."""
    parts = [b"\0" + kind + _counted(payload) for kind, payload in sorted(node.attestations)]
    for tag, argument, below in sorted(node.branches, key=lambda branch: branch[:2]):
        parts.append(tag + (_counted(argument) if argument else b"") + steps(below))
    return b"".join(b"\xff" + part for part in parts[:-1]) + parts[-1]


def merged(node: Node, message: bytes, more: Node) -> Node:
    """The proof with what leads on from ``message`` added, wherever it stands."""
    branches = [(tag, argument, merged(below, message, more)) for tag, argument, below in node.branches]
    here = Node(node.message, node.attestations, branches)
    return _joined(here, more) if node.message == message else here


def _joined(node: Node, more: Node | None) -> Node:
    """Both, which begin at the same message, as one. It goes down along ``more`` alone, so the work has an end."""
    if more is None or node.message is None:
        return node
    attestations = [*node.attestations, *(one for one in more.attestations if one not in node.attestations)]
    known = {(tag, argument): below for tag, argument, below in more.branches}
    joined = [
        (tag, argument, _joined(below, known.pop((tag, argument), None))) for tag, argument, below in node.branches
    ]
    return Node(node.message, attestations, [*joined, *((*step, below) for step, below in known.items())])


def _counted(data: bytes) -> bytes:
    length, found = len(data), b""
    while length >= 0x80:
        found += bytes([length & 0x7F | 0x80])
        length >>= 7
    return found + bytes([length]) + data
