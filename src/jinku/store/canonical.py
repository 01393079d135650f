"""Canonical bytes of an entry: the subset of RFC 8785 that the journal allows."""

from __future__ import annotations

import json
from collections.abc import Mapping

from jinku.core import UsageError

__all__ = ["canonical_bytes"]

_MAX_INT = (1 << 53) - 1


def _check(value: object, where: str) -> None:
    if value is None or isinstance(value, (bool, str)):
        return
    if isinstance(value, int):
        if abs(value) > _MAX_INT:
            raise UsageError("an integer is too large for canonical JSON", found=where, expected="a decimal string")
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise UsageError("a key of canonical JSON is no string", found=where)
            _check(inner, f"{where}.{key}")
        return
    if isinstance(value, (list, tuple)):
        for place, inner in enumerate(value):
            _check(inner, f"{where}[{place}]")
        return
    raise UsageError("canonical JSON has no such type", found=f"{type(value).__name__} at {where}")


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):  # RFC 8785, section 3.2.3: by UTF-16 code units
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda text: text.encode("utf-16-be"))}
    if isinstance(value, (list, tuple)):
        return [_sorted(inner) for inner in value]
    return value


def canonical_bytes(document: Mapping[str, object]) -> bytes:
    """The one byte form of a document of strings, safe integers, booleans, nulls, arrays and objects."""
    _check(document, "$")
    try:
        return json.dumps(_sorted(document), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise UsageError("a string of canonical JSON is no Unicode text", found="a lone surrogate") from error
