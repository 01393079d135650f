"""A subject's key: 32 random bytes without which nobody can tell what a commitment speaks of.

It opens, moves and signs nothing. It stands beside what it blinds and is destroyed with it:
docs/adr/0021-subject-keys.md says why it is no key in the sense of the first promise.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from jinku.core import Json, canonical_bytes

__all__ = ["KEY_BYTES", "SubjectKey"]

KEY_BYTES = 32
_COMMITMENT = b"jinku/commitment/1\x00"
_MARK = b"jinku/subject-mark/1"


class SubjectKey:
    """The key of one subject.

    >>> key = SubjectKey(bytes(32))
    >>> key.commit("example.made", "record-1", {"owner": "acme"})
    'cf66bd672abee4a048bc68c10f9c344d9415325c83df66aaa805c289ec16d369'
    >>> key
    SubjectKey()
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Take 32 bytes."""
        if len(key) != KEY_BYTES:
            raise ValueError("a subject key has 32 bytes")
        self._key = key

    @staticmethod
    def random() -> SubjectKey:
        """A new key, from the operating system."""
        return SubjectKey(secrets.token_bytes(KEY_BYTES))

    @property
    def mark(self) -> bytes:
        """32 bytes that name the subject and do not say who it is: without the key a random number."""
        return hmac.digest(self._key, _MARK, hashlib.sha256)

    def commit(self, kind: str, record: str, value: Json) -> str:
        """64 hex digits: HMAC-SHA-256 over the value, the kind of entry and the record that it stands in.

        Equal values of two records have different commitments: the log does not show that they are of one subject.
        """
        said = canonical_bytes({"kind": kind, "record": record, "value": value})
        return hmac.new(self._key, _COMMITMENT + said, hashlib.sha256).hexdigest()

    def expose_bytes(self) -> bytes:
        """The key itself, for the table and the bundle that it is kept in."""
        return self._key

    def __repr__(self) -> str:
        """Without the key."""
        return "SubjectKey()"
