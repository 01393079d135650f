"""Canonical bytes: RFC 8785 (JCS) restricted to strings, integers within ±(2^53-1), booleans, null, arrays, objects.

The same value always has the same bytes, here and in the Rust crate ``jinku-words``; a test compares the two.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import NoReturn

from jinku.core.errors import ParseError, WordCode

__all__ = ["Json", "canonical_bytes", "domain_digest", "parse_canonical", "parse_json"]

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_INTEGER = (1 << 53) - 1


def canonical_bytes(value: Json) -> bytes:
    """The one UTF-8 text of ``value``.

    Raises ``ParseError`` for a float, an integer out of range, a lone surrogate, a foreign type, or beyond the limits.

    >>> canonical_bytes({"b": [1, None], "a": "é\\n"}).decode()
    '{"a":"é\\\\n","b":[1,null]}'
    """
    written = _PLAIN_ENCODER.encode(value) if _is_plain(value, 0) else _write_all(value)
    try:
        text = written.encode()
    except UnicodeEncodeError as error:
        raise _lone_surrogate(error) from None
    _check_size(text)
    return text


def domain_digest(tag: str, data: bytes) -> bytes:
    """32 bytes: ``SHA256(tag 00 data)``; no two kinds of document share a preimage. The tag holds no NUL."""
    return hashlib.sha256(tag.encode("ascii") + b"\x00" + data).digest()


def parse_json(data: bytes) -> Json:
    """The value of one JSON text (RFC 8259) that keeps the restrictions; whitespace and the order of keys are free.

    Raises ``ParseError`` with one of the ``json.*`` codes.
    """
    _check_size(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"an invalid byte at offset {error.start}"
        raise ParseError("a JSON text is not UTF-8", found=found, expected="UTF-8", code=WordCode.JSON_TEXT) from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        found = f"{error.msg} at offset {error.pos}"
        raise ParseError(
            "a JSON text is malformed", found=found, expected="JSON as RFC 8259 has it", code=WordCode.JSON_MALFORMED
        ) from None
    except RecursionError:
        raise _too_deep() from None
    _check_depth(value, 0)
    try:
        _write_all(value).encode()
    except UnicodeEncodeError as error:
        raise _lone_surrogate(error) from None
    return value  # type: ignore[no-any-return]


def parse_canonical(data: bytes) -> Json:
    """The value of bytes that are canonical already; anything else is refused, so no two texts are one document."""
    value = parse_json(data)
    canonical = _write_all(value).encode()
    if canonical != data:
        at = next((i for i, (a, b) in enumerate(zip(canonical, data, strict=False)) if a != b), len(canonical))
        raise ParseError(
            "the bytes are not canonical",
            found=f"a difference at offset {at}",
            expected="the bytes of RFC 8785",
            code=WordCode.JSON_NOT_CANONICAL,
        )
    return value


_PLAIN_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
_PLAIN_DEPTH = 4


def _is_plain(value: object, depth: int) -> bool:
    """True for what the standard library's encoder, twice as fast, writes as ``_write``: plain types, ASCII keys."""
    kind = type(value)
    if kind is dict:
        for key, member in value.items():  # type: ignore[attr-defined]  # a dict
            if type(key) is not str or not key.isascii():
                return False
            if type(member) is not str and (depth == _PLAIN_DEPTH or not _is_plain(member, depth + 1)):
                return False
        return True
    if kind is list or kind is tuple:
        return depth < _PLAIN_DEPTH and all(_is_plain(item, depth + 1) for item in value)  # type: ignore[attr-defined]
    if kind is int:
        return -MAX_INTEGER <= value <= MAX_INTEGER  # type: ignore[operator]  # an int
    return kind is str or value is None or kind is bool


def _write_all(value: Json) -> str:
    parts: list[str] = []
    _write(value, parts, 0)
    return "".join(parts)


def _write(value: object, parts: list[str], depth: int) -> None:
    if value is None or isinstance(value, bool):
        parts.append({None: "null", True: "true", False: "false"}[value])
    elif isinstance(value, str):
        parts.append(encode_basestring(value))
    elif isinstance(value, int):
        _check_integer(str(value), value)
        parts.append(str(int(value)))
    elif isinstance(value, Mapping):
        _write_object(value, parts, depth + 1)
    elif isinstance(value, (list, tuple)):
        if depth >= MAX_DEPTH:
            raise _too_deep()
        parts.append("[")
        for i, item in enumerate(value):
            if i:
                parts.append(",")
            _write(item, parts, depth + 1)
        parts.append("]")
    else:
        code = WordCode.JSON_NUMBER if isinstance(value, float) else WordCode.JSON_MALFORMED
        expected = "str, int, bool, None, list, tuple or a mapping of str"
        raise ParseError("a value has no canonical bytes", found=type(value).__name__, expected=expected, code=code)


def _write_object(value: Mapping[object, object], parts: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _too_deep()
    keys = [key for key in value if isinstance(key, str)]
    for key in value:
        if not isinstance(key, str):
            what = "a key of a JSON object is no text"
            raise ParseError(what, found=type(key).__name__, expected="str", code=WordCode.JSON_MALFORMED)
    parts.append("{")
    # RFC 8785, section 3.2.3: by UTF-16 code units, which differs from code point order above U+FFFF.
    for i, key in enumerate(sorted(keys, key=_utf16)):
        if i:
            parts.append(",")
        parts.append(encode_basestring(key))
        parts.append(":")
        _write(value[key], parts, depth)
    parts.append("}")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _check_size(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        found, expected = f"{len(data)} bytes", f"at most {MAX_BYTES} bytes"
        raise ParseError("a JSON text is too large", found=found, expected=expected, code=WordCode.JSON_TOO_LARGE)


def _check_depth(value: Json, depth: int) -> None:
    if isinstance(value, (dict, list)):
        if depth >= MAX_DEPTH:
            raise _too_deep()
        for item in value.values() if isinstance(value, dict) else value:
            _check_depth(item, depth + 1)


def _too_deep() -> ParseError:
    expected = f"at most {MAX_DEPTH} levels"
    return ParseError("a JSON text is nested too deep", expected=expected, code=WordCode.JSON_TOO_DEEP)


def _lone_surrogate(error: UnicodeEncodeError) -> ParseError:
    found = f"\\u{ord(error.object[error.start]):04x}"
    what = "a JSON string has a lone surrogate"
    return ParseError(what, found=found, expected="a whole character", code=WordCode.JSON_TEXT)


def _check_integer(text: str, number: int) -> None:
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        raise _number(text)


def _number(text: str) -> ParseError:
    expected = "an integer within ±(2^53 - 1); larger figures are strings"
    return ParseError("a JSON number is not allowed", found=text[:80], expected=expected, code=WordCode.JSON_NUMBER)


def _read_integer(text: str) -> int:
    if text == "-0" or len(text) > 17:
        raise _number(text)
    number = int(text)
    _check_integer(text, number)
    return number


def _refuse_float(text: str) -> NoReturn:
    raise _number(text)


def _refuse_constant(text: str) -> NoReturn:
    raise ParseError("a JSON text is malformed", found=text, expected="a value", code=WordCode.JSON_MALFORMED)


def _read_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        what = "a JSON object names a key twice"
        raise ParseError(what, found=repr(twice), expected="each key once", code=WordCode.JSON_DUPLICATE_KEY)
    return members


_DECODER = json.JSONDecoder(
    object_pairs_hook=_read_object,
    parse_int=_read_integer,
    parse_float=_refuse_float,
    parse_constant=_refuse_constant,
)
