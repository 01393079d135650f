"""Ids are UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 bits that make them distinct."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from jinku.core.clock import Clock, SystemClock
from jinku.core.errors import ParseError, WordCode

__all__ = ["Id", "IdSource", "account_id"]

_ACCOUNT_TAG = b"jinku/account-id/1\x00"
_MAX_MS = (1 << 48) - 1
_TAIL_BITS = 74
_HYPHENS = (8, 13, 18, 23)
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Id:
    """A UUIDv7. Equal ids are equal bytes; the order of ids is the order of their bytes.

    >>> job = Id.parse("018bcfe5-6800-7000-8000-000000000001")
    >>> job.time_ms, str(job)
    (1700000000000, '018bcfe5-6800-7000-8000-000000000001')
    """

    bytes16: bytes

    def __post_init__(self) -> None:
        """Refuse what is not 16 bytes of version 7 and the variant of RFC 9562."""
        value = self.bytes16
        if len(value) != 16:
            raise ParseError(
                "an id has the wrong length", code=WordCode.ID_INVALID, found=f"{len(value)} bytes", expected="16 bytes"
            )
        if value[6] >> 4 != 7 or value[8] >> 6 != 0b10:
            raise ParseError(
                "an id is no UUIDv7",
                code=WordCode.ID_INVALID,
                found=f"version {value[6] >> 4}, variant bits {value[8] >> 6:02b}",
                expected="version 7, variant bits 10",
            )

    @staticmethod
    def parse(text: str) -> Id:
        """The id in its only text form: lower-case hex, 8-4-4-4-12."""
        if len(text) != 36 or any(text[i] != "-" for i in _HYPHENS):
            raise ParseError(
                "an id is malformed",
                code=WordCode.ID_INVALID,
                found=repr(text[:40]),
                expected="36 characters, 8-4-4-4-12",
            )
        digits = text.replace("-", "")
        if len(digits) != 32 or not _HEX.issuperset(digits):
            raise ParseError(
                "an id is malformed",
                code=WordCode.ID_INVALID,
                found=repr(text),
                expected="32 lower-case hex digits, 8-4-4-4-12",
            )
        return Id(bytes.fromhex(digits))

    @staticmethod
    def from_parts(time_ms: int, tail: int) -> Id:
        """The id of a time in Unix milliseconds (48 bits) and a 74-bit tail (rand_a ‖ rand_b)."""
        if not 0 <= time_ms <= _MAX_MS:
            raise ParseError(
                "an id's time is out of range", code=WordCode.ID_INVALID, found=time_ms, expected=f"0 to {_MAX_MS} ms"
            )
        if not 0 <= tail < 1 << _TAIL_BITS:
            raise ParseError(
                "an id's tail is out of range", code=WordCode.ID_INVALID, expected=f"0 to 2^{_TAIL_BITS} - 1"
            )
        rand_a, rand_b = tail >> 62, tail & ((1 << 62) - 1)
        number = time_ms << 80 | 7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b
        return Id(number.to_bytes(16, "big"))

    @property
    def time_ms(self) -> int:
        """Unix milliseconds of the id."""
        return int.from_bytes(self.bytes16[:6], "big")

    @property
    def tail(self) -> int:
        """The 74 bits beside the time: rand_a ‖ rand_b."""
        number = int.from_bytes(self.bytes16, "big")
        return (number >> 64 & 0xFFF) << 62 | number & ((1 << 62) - 1)

    def __str__(self) -> str:
        """The only text form."""
        digits = self.bytes16.hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def __repr__(self) -> str:
        """Its text, named."""
        return f"Id({str(self)!r})"


def _tail_of(random10: bytes) -> int:
    rand_a = int.from_bytes(random10[:2], "big") & 0xFFF
    rand_b = int.from_bytes(random10[2:10], "big") & ((1 << 62) - 1)
    return rand_a << 62 | rand_b


def account_id(job: Id, ts_ms: int, index: int) -> Id:
    """The id of account ``index`` of a job: always the same, so that a retried chunk makes the same accounts.

    ``ts_ms`` is the job's created_at; the tail comes from ``SHA256("jinku/account-id/1" 00 job index_u64_be)``.
    """
    if not 0 <= index < 1 << 64:
        raise ParseError(
            "an account index is out of range", code=WordCode.ID_INVALID, found=index, expected="0 to 2^64 - 1"
        )
    seed = hashlib.sha256(_ACCOUNT_TAG + job.bytes16 + index.to_bytes(8, "big")).digest()
    return Id.from_parts(ts_ms, _tail_of(seed[:10]))


class IdSource:
    """Makes ids that strictly increase within this source, also within a millisecond and when the clock runs back.

    A later id in a known millisecond adds 1 to 2^32 at random to the tail before (RFC 9562, section 6.2, method 2).
    Threads may share one source.

    >>> from jinku.core import ManualClock
    >>> source = IdSource(ManualClock(1_700_000_000_000), lambda size: bytes(size))
    >>> [str(source.new())[-4:] for _ in range(3)]
    ['0000', '0001', '0002']
    """

    def __init__(self, clock: Clock | None = None, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        """Take a clock and a source of random bytes; the host's own when none is handed in."""
        self._clock: Clock = clock or SystemClock()
        self._random_bytes = random_bytes
        self._lock = threading.Lock()
        self._last: tuple[int, int] | None = None

    def new(self) -> Id:
        """A new id, greater than every one this source made before."""
        with self._lock:
            now_ms = self._clock.now_ms()
            random10 = self._random_bytes(10)
            self._last = _advance(self._last, now_ms, random10)
            return Id.from_parts(*self._last)


def _advance(last: tuple[int, int] | None, now_ms: int, random10: bytes) -> tuple[int, int]:
    if last is None or now_ms > last[0]:
        return now_ms, _tail_of(random10)
    tail = last[1] + 1 + int.from_bytes(random10[:4], "big")
    if tail < 1 << _TAIL_BITS:
        return last[0], tail
    return last[0] + 1, _tail_of(random10)
