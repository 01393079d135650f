"""OpenTimestamps: a calendar gathers digests and lays one over all of them into a Bitcoin block, hours later."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from jinku.core import JinkuError
from jinku.journal.adapters.anchor_http import SECONDS, call, check_url
from jinku.journal.adapters.anchor_proofs import named
from jinku.journal.anchors.errors import AnchorGarbledError, AnchorSourceError
from jinku.journal.anchors.ots import APPEND, SHA256, merged, written
from jinku.journal.anchors.types import AnchorState, Proof, Said
from jinku.journal.verifier.verify_anchors import (
    Node,
    applied,
    attested,
    broken,
    check_header,
    read_ots,
    read_timestamp,
)

__all__ = ["Calendar"]

_MAX_ANSWER = 10_000  # of the reference client
_HEADERS = {"Accept": "application/vnd.opentimestamps.v1", "User-Agent": "jinku"}
# Pools answer in the name of the calendars behind them: these, which the reference client asks as well.
_KNOWN = (".calendar.opentimestamps.org", ".calendar.eternitywall.com", ".calendar.catallaxy.com")


class Calendar:
    """Implements the port ``AnchorSource``."""

    def __init__(self, place: str, pins: Mapping[str, str], seconds: float = SECONDS) -> None:
        """The calendar behind this URL; ``headers`` names where block headers are asked for (Esplora's paths)."""
        check_url(place)
        if set(pins) - {"headers"}:
            raise AnchorSourceError("a calendar has no such pin", found=", ".join(sorted(pins)), expected="headers")
        self._headers = pins.get("headers", "")
        if self._headers:
            check_url(self._headers)
        self._place, self._seconds = place.rstrip("/"), seconds

    def submit(self, digest: bytes) -> Proof:
        """The calendar's promise. It sees a salted digest only, so that it can't tell who asks for what."""
        salt = secrets.token_bytes(16)
        message = applied(SHA256, b"", digest + salt) or b""
        answer = call(f"{self._place}/digest", message, _HEADERS, _MAX_ANSWER, self._seconds) or b""
        with named():
            below = read_timestamp(answer, message)
            blocks, promises = attested(below)
        if not blocks and not promises:
            raise AnchorGarbledError(
                "the calendar's answer promises nothing", found=self._place, expected="a promise or a block"
            )
        node = Node(digest, [], [(APPEND, salt, Node(digest + salt, [], [(SHA256, b"", below)]))])
        return Proof(AnchorState.PENDING, written(digest, node))

    def upgrade(self, digest: bytes, proof: Proof) -> Proof:
        """With the block's attestation once the calendar has it, and complete once the block's header is there."""
        with named():
            node = read_ots(proof.data, digest)
            blocks, promises = attested(node)
        failed: list[JinkuError] = []
        for uri, message in [] if blocks else promises:
            if not self._may_ask(uri):
                continue
            try:
                node = self._grown(digest, node, uri, message)
            except JinkuError as error:  # another may have the block
                failed.append(error)
        blocks, _ = attested(node)
        data = written(digest, node)
        if failed and data == proof.data:
            raise failed[0]
        if not blocks or not self._headers:
            return Proof(AnchorState.PENDING, data, proof.extra)
        header = self._header(*blocks[0])
        return Proof(AnchorState.COMPLETE, data, header)

    def _grown(self, digest: bytes, node: Node, uri: str, message: bytes) -> Node:
        """The proof with what the calendar knows by now. It is read back: what we could not read later is not kept."""
        place = f"{uri.rstrip('/')}/timestamp/{message.hex()}"
        answer = call(place, None, _HEADERS, _MAX_ANSWER, self._seconds)
        if answer is None:
            return node
        with named():
            try:
                data = written(digest, merged(node, message, read_timestamp(answer, message)))
            except RecursionError:
                broken("garbled", "the calendar's answer makes the proof too long", uri)
            grown = read_ots(data, digest)
            attested(grown)
        return grown

    def _may_ask(self, uri: str) -> bool:
        if uri.rstrip("/") == self._place:
            return True
        try:
            parts = check_url(uri)
        except AnchorSourceError:
            return False
        return parts.scheme == "https" and parts.port is None and (parts.hostname or "").endswith(_KNOWN)

    def _header(self, height: int, root: bytes) -> bytes:
        base = self._headers.rstrip("/")
        block = self._text(f"{base}/block-height/{height}", 64)
        header = bytes.fromhex(self._text(f"{base}/block/{block}/header", 160))
        with named():
            own = check_header(header, root)
        if own.hash != block:
            raise AnchorGarbledError("the source of headers gave another block's", found=own.hash, expected=block)
        return header

    def _text(self, url: str, length: int) -> str:
        text = (call(url, None, {"User-Agent": "jinku"}, 1000, self._seconds) or b"").decode("ascii", "replace").strip()
        if len(text) != length or any(char not in "0123456789abcdef" for char in text):
            raise AnchorGarbledError(
                "the source of headers answers out of form", found=ascii(text)[:40], expected=f"{length} hex digits"
            )
        return text

    def verify(self, digest: bytes, proof: Proof) -> Said:
        """Which block attests; the time in its header, where that is there."""
        with named():
            blocks, promises = attested(read_ots(proof.data, digest))
            if not blocks:
                return Said(AnchorState.PENDING, None, {"calendar": ", ".join(sorted({uri for uri, _ in promises}))})
            height, root = blocks[0]
            facts = {"bitcoin block": str(height), "merkle root": root[::-1].hex()}
            if not proof.extra:
                return Said(AnchorState.PENDING, None, facts)
            header = check_header(proof.extra, root)
        return Said(AnchorState.COMPLETE, header.at, {**facts, "block hash": header.hash, "work": str(header.work)})
