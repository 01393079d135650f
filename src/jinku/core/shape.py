"""Strict reading of documents: exactly the fields that are expected, each of exactly one type and form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from jinku.core.amounts import MAX_AMOUNT, parse_figure
from jinku.core.canonical import Json, canonical_bytes, parse_canonical
from jinku.core.errors import ParseError, WordCode
from jinku.core.ids import Id

__all__ = [
    "CODE",
    "DIGEST",
    "IDEMPOTENCY_KEY",
    "KEY_NAME",
    "MAX_DOCUMENT_BYTES",
    "MAX_MS",
    "Fields",
    "check_figure",
    "check_text",
    "document_bytes",
    "read_document",
    "value_error",
]

MAX_DOCUMENT_BYTES: Final = 65_535
MAX_MS: Final = (1 << 53) - 1

DIGEST: Final = re.compile("[0-9a-f]{64}")
KEY_NAME: Final = re.compile("[a-z0-9][a-z0-9._:-]{0,127}")
CODE: Final = re.compile("[a-z][a-z0-9_]{0,31}(?:\\.[a-z0-9_]{1,32}){0,3}")
IDEMPOTENCY_KEY: Final = re.compile("[!-~]{1,128}")
SHAPES: Final = {
    DIGEST: "64 lower-case hex digits",
    KEY_NAME: "1 to 128 of a-z 0-9 . _ : - , beginning with a letter or digit",
    CODE: "1 to 4 words of a-z 0-9 _ joined by dots, beginning with a letter",
    IDEMPOTENCY_KEY: "1 to 128 printable ASCII characters without space",
}

T = TypeVar("T")


def read_document(data: bytes, name: str) -> Fields:
    """The fields of a document in canonical bytes of at most 65,535 bytes."""
    if len(data) > MAX_DOCUMENT_BYTES:
        found, expected = f"{len(data)} bytes", f"at most {MAX_DOCUMENT_BYTES} bytes"
        raise ParseError(f"a {name} is too large", found=found, expected=expected, code=WordCode.JSON_TOO_LARGE)
    return Fields(parse_canonical(data), name)


def document_bytes(value: Json, name: str) -> bytes:
    """The canonical bytes of a document, at most 65,535 of them."""
    data = canonical_bytes(value)
    if len(data) > MAX_DOCUMENT_BYTES:
        found, expected = f"{len(data)} bytes", f"at most {MAX_DOCUMENT_BYTES} bytes"
        raise ParseError(f"a {name} is too large", found=found, expected=expected, code=WordCode.JSON_TOO_LARGE)
    return data


def check_text(value: str, pattern: re.Pattern[str], place: str) -> None:
    """Raise unless ``value`` has the form of ``pattern``."""
    if not pattern.fullmatch(value):
        raise value_error(place, repr(value[:80]), SHAPES[pattern])


def check_figure(value: int, place: str, maximum: int = MAX_AMOUNT) -> None:
    """Raise unless ``value`` is an integer of 0 to ``maximum``."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= maximum:
        raise value_error(place, repr(value)[:80], f"an integer of 0 to {maximum}")


def value_error(place: str, found: object, expected: str) -> ParseError:
    """The error of a field with the right type and a value that breaks a rule."""
    return ParseError(
        f"the field {place} has a wrong value",
        found=found,
        expected=expected,
        fields={"field": place},
        code=WordCode.DOCUMENT_VALUE,
    )


class Fields:
    """One object of a document. Each getter takes a field out; ``end`` refuses what was not taken."""

    def __init__(self, value: Json, place: str) -> None:
        """Take an object; anything else is refused."""
        if not isinstance(value, dict):
            raise _shape_error(place, _kind(value), "an object")
        self._rest: dict[str, Json] = dict(value)
        self.place = place

    def end(self) -> None:
        """Raise unless every field was taken: an unknown field is a misunderstanding."""
        if self._rest:
            name = min(self._rest)
            raise _shape_error(f"{self.place}.{name}"[:120], "an unknown field", "no such field")

    def take(self, name: str) -> Json:
        """The value of a field that must be there."""
        if name not in self._rest:
            raise _shape_error(f"{self.place}.{name}", "nothing", "this field")
        return self._rest.pop(name)

    def version(self, expected: int) -> None:
        """Raise unless ``v`` is the one version that is understood."""
        value = self.take("v")
        if isinstance(value, bool) or not isinstance(value, int):
            raise _shape_error(f"{self.place}.v", _kind(value), "an integer")
        if value != expected:
            raise value_error(f"{self.place}.v", value, str(expected))

    def text(self, name: str) -> str:
        """A string."""
        value = self.take(name)
        if not isinstance(value, str):
            raise _shape_error(f"{self.place}.{name}", _kind(value), "a string")
        return value

    def flag(self, name: str) -> bool:
        """A boolean."""
        value = self.take(name)
        if not isinstance(value, bool):
            raise _shape_error(f"{self.place}.{name}", _kind(value), "true or false")
        return value

    def integer(self, name: str, maximum: int = MAX_MS) -> int:
        """An integer of 0 to ``maximum``."""
        value = self.take(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _shape_error(f"{self.place}.{name}", _kind(value), "an integer")
        check_figure(value, f"{self.place}.{name}", maximum)
        return value

    def formed(self, name: str, pattern: re.Pattern[str]) -> str:
        """A string of one form."""
        value = self.text(name)
        check_text(value, pattern, f"{self.place}.{name}")
        return value

    def word(self, name: str, parse: Callable[[str], T]) -> T:
        """A string that ``parse`` understands; its error names the field."""
        value = self.text(name)
        try:
            return parse(value)
        except ParseError as error:
            error.fields.setdefault("field", f"{self.place}.{name}")
            raise

    def id(self, name: str) -> Id:
        """A UUIDv7."""
        return self.word(name, Id.parse)

    def figure(self, name: str, maximum: int = MAX_AMOUNT) -> int:
        """A decimal string."""
        return self.word(name, lambda text: parse_figure(text, maximum))

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """What ``read`` takes, or None when the field is null; it must be there."""
        if name in self._rest and self._rest[name] is None:
            del self._rest[name]
            return None
        return read(name)

    def maybe(self, name: str, read: Callable[[str], T]) -> T | None:
        """What ``read`` takes, or None when there is no such field: for columns of which most say nothing."""
        return read(name) if name in self._rest else None

    def fields(self, name: str) -> Fields:
        """An object inside."""
        return Fields(self.take(name), f"{self.place}.{name}")

    def each(self, name: str, maximum: int) -> list[Fields]:
        """An array of objects, at most ``maximum`` of them."""
        return [Fields(item, f"{self.place}.{name}") for item in self._array(name, maximum)]

    def strings(self, name: str, maximum: int) -> tuple[str, ...]:
        """An array of at most ``maximum`` strings."""
        items = self._array(name, maximum)
        for item in items:
            if not isinstance(item, str):
                raise _shape_error(f"{self.place}.{name}", _kind(item), "strings")
        return tuple(item for item in items if isinstance(item, str))

    def _array(self, name: str, maximum: int) -> Sequence[Json]:
        value = self.take(name)
        if not isinstance(value, list):
            raise _shape_error(f"{self.place}.{name}", _kind(value), "an array")
        if len(value) > maximum:
            raise value_error(f"{self.place}.{name}", f"{len(value)} items", f"at most {maximum}")
        return value

    def texts(self) -> dict[str, str]:
        """Every field left, all of them strings; the keys are free words of the writer."""
        taken = {name: self.text(name) for name in list(self._rest)}
        for name in taken:
            check_text(name, CODE, f"{self.place}.{name}"[:120])
        return taken


def _kind(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    kinds = {int: "an integer", str: "a string", list: "an array", dict: "an object"}
    return kinds.get(type(value), type(value).__name__)


def _shape_error(place: str, found: str, expected: str) -> ParseError:
    return ParseError(
        f"the field {place} is wrong",
        found=found,
        expected=expected,
        fields={"field": place},
        code=WordCode.DOCUMENT_SHAPE,
    )
