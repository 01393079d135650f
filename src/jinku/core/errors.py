"""The one error root. Each error has a stable code, an exit class, and says found, expected and what to do.

An error is a broken expectation of the program or of its input; a refusal by policy is a ``Verdict`` and is
returned, not raised. Nothing secret may stand in any part of an error: all parts reach logs and JSON output.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

__all__ = [
    "ConflictError",
    "FieldValue",
    "IntegrityError",
    "JinkuError",
    "NotFoundError",
    "ParseError",
    "RefusedError",
    "UnavailableError",
    "UsageError",
    "WordCode",
]

FieldValue = str | int | bool | None


class JinkuError(Exception):
    """A failure whose ``code`` never changes its meaning once released.

    ``what`` says what failed; ``found``, ``expected`` and ``advice`` complete the sentence that ``str()`` gives.
    A subclass fixes ``code``, ``exit_code`` and ``retryable``; an adapter that translates foreign failures with
    codes of their own may hand ``code`` and ``retryable`` to one instance.

    >>> str(JinkuError("the chunk size is wrong", found=0, expected="1 to 100000", advice="pass --chunk 5000"))
    'the chunk size is wrong: found 0, expected 1 to 100000; pass --chunk 5000'
    """

    code: str = "jinku.error"
    exit_code: ClassVar[int] = 1
    retryable: bool = False

    def __init__(
        self,
        what: str,
        *,
        found: object = None,
        expected: object = None,
        advice: str | None = None,
        fields: Mapping[str, FieldValue] | None = None,
        code: str | None = None,
        retryable: bool | None = None,
    ) -> None:
        """Hold the parts; ``found`` and ``expected`` are kept as text."""
        self.what = what
        self.found = None if found is None else str(found)
        self.expected = None if expected is None else str(expected)
        self.advice = advice
        self.fields: dict[str, FieldValue] = dict(fields or {})
        if code is not None:
            self.code = str(code)
        if retryable is not None:
            self.retryable = retryable
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """One sentence: what failed, what was found, what was expected; then what to do."""
        words = (("found", self.found), ("expected", self.expected))
        parts = [f"{word} {value}" for word, value in words if value is not None]
        sentence = f"{self.what}: {', '.join(parts)}" if parts else self.what
        return f"{sentence}; {self.advice}" if self.advice else sentence

    def as_document(self) -> dict[str, object]:
        """The error as plain values for ``--json`` and logs."""
        return {
            "code": self.code,
            "message": self.message,
            "retryable": self.retryable,
            "fields": dict(self.fields),
        }


class WordCode(StrEnum):
    """Why a word was refused: a closed set, the same in Rust (``jinku_words::Code``)."""

    JSON_MALFORMED = "json.malformed"
    JSON_TEXT = "json.text"
    JSON_NUMBER = "json.number"
    JSON_DUPLICATE_KEY = "json.duplicate_key"
    JSON_TOO_LARGE = "json.too_large"
    JSON_TOO_DEEP = "json.too_deep"
    JSON_NOT_CANONICAL = "json.not_canonical"
    DOCUMENT_SHAPE = "document.shape"
    DOCUMENT_VALUE = "document.value"
    ID_INVALID = "id.invalid"
    AMOUNT_INVALID = "amount.invalid"
    CHAIN_INVALID = "chain.invalid"
    ACCOUNT_INVALID = "account.invalid"
    ASSET_INVALID = "asset.invalid"


class UsageError(JinkuError):
    """The caller asked for something that cannot be meant; another call is needed (exit 2)."""

    code = "usage.invalid"
    exit_code = 2


class ParseError(UsageError):
    """Text or bytes from outside do not have the one form that is accepted (exit 2)."""

    code = "parse.invalid"


class RefusedError(JinkuError):
    """The request was understood and is not allowed: by rules, rights or the state of a vault (exit 3)."""

    code = "refused"
    exit_code = 3


class NotFoundError(JinkuError):
    """What was named does not exist here (exit 4)."""

    code = "not_found"
    exit_code = 4


class IntegrityError(JinkuError):
    """Stored or received data contradicts its own proof; nothing of it may be used (exit 5)."""

    code = "integrity.broken"
    exit_code = 5


class ConflictError(JinkuError):
    """The request contradicts what already stands under the same key or name (exit 1)."""

    code = "conflict"


class UnavailableError(JinkuError):
    """Something needed does not answer now; the same request may succeed later (exit 1)."""

    code = "unavailable"
    retryable = True
