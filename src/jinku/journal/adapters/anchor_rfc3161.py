"""Time stamps of RFC 3161: one request to an authority whose certificate is pinned."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from cryptography import x509

from jinku.core import Clock
from jinku.journal.adapters.anchor_http import SECONDS, call, check_url
from jinku.journal.adapters.anchor_proofs import named
from jinku.journal.anchors.errors import AnchorSourceError, AnchorTimeError
from jinku.journal.anchors.types import AnchorState, Proof, Said
from jinku.journal.verifier.verify_anchors import MAX_STAMP, Stamp, check_stamp

__all__ = ["TimeStampAuthority", "pinned_of"]

_SHA256 = bytes.fromhex("300d06096086480165030402010500")  # AlgorithmIdentifier, as RFC 3161 wants it: NULL parameters
_SKEW_SECONDS = 3600
_MAX_PINS = 8


def pinned_of(pem: str) -> list[x509.Certificate]:
    """The certificates of a PEM text; AnchorSourceError when it holds none, or too many."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise AnchorSourceError("the pinned certificate cannot be read", found=error, expected="PEM") from error
    if not 1 <= len(found) <= _MAX_PINS:
        raise AnchorSourceError("too many certificates are pinned", found=len(found), expected=f"1 to {_MAX_PINS}")
    return found


def request(digest: bytes, nonce: int) -> bytes:
    """The TimeStampReq (RFC 3161, 2.4.1) over a SHA-256 digest; asks for the certificate."""
    imprint = _element(0x30, _SHA256 + _element(4, digest))
    number = nonce.to_bytes(nonce.bit_length() // 8 + 1, "big")
    return _element(0x30, b"\x02\x01\x01" + imprint + _element(2, number) + b"\x01\x01\xff")


def _element(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content  # none here reaches 128 bytes


class TimeStampAuthority:
    """Implements the port ``AnchorSource``."""

    def __init__(self, place: str, pins: Mapping[str, str], clock: Clock, seconds: float = SECONDS) -> None:
        """The authority behind this URL, believed under the certificates pinned as ``ca`` (PEM)."""
        check_url(place)
        if set(pins) != {"ca"}:
            raise AnchorSourceError(
                "a time stamping authority needs its certificate, or its issuer's",
                found=", ".join(sorted(pins)) or "nothing",
                expected="--ca FILE",
            )
        self._pinned = pinned_of(pins["ca"])
        self._place, self._clock, self._seconds = place, clock, seconds

    def submit(self, digest: bytes) -> Proof:
        """A time stamp that answers this very request, under the pinned certificate, and states about our time."""
        nonce = secrets.randbits(64)
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        data = call(self._place, request(digest, nonce), headers, MAX_STAMP, self._seconds) or b""
        stamp = self._checked(data, digest, nonce)
        now, then = self._clock.now_ms() / 1000, stamp.at.timestamp()
        if abs(now - then) > _SKEW_SECONDS:
            raise AnchorTimeError(
                "a fresh time stamp states another time than ours",
                found=stamp.at.isoformat(),
                expected=f"within {_SKEW_SECONDS} s of our clock",
                advice="check this machine's clock; if it is right, the authority's is wrong",
            )
        return Proof(AnchorState.COMPLETE, data)

    def upgrade(self, digest: bytes, proof: Proof) -> Proof:
        """The same: a time stamp is complete at once."""
        return proof

    def verify(self, digest: bytes, proof: Proof) -> Said:
        """The time that the authority states."""
        stamp = self._checked(proof.data, digest, None)
        return Said(AnchorState.COMPLETE, stamp.at, {"serial": str(stamp.serial), "policy": stamp.policy})

    def _checked(self, data: bytes, digest: bytes, nonce: int | None) -> Stamp:
        with named():
            return check_stamp(data, digest, self._pinned, nonce)
