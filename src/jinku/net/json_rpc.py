"""JSON-RPC 2.0, one question and one answer; an answer out of form is a ValueError that says what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

__all__ = ["JsonValue", "RpcRefusal", "data_of", "quantity_of", "question", "read_answer"]

JsonValue = None | bool | int | str | list[Any] | dict[str, Any]

_MAX_DIGITS: Final = 24  # of a plain number; the figures of chains come as text
_QUANTITY: Final = re.compile("0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
_DATA: Final = re.compile("0x(?:[0-9a-fA-F]{2})*")


@dataclass(frozen=True, slots=True)
class RpcRefusal:
    """The node understood and says no. The message is the node's own, printable ASCII, cut."""

    code: int
    message: str


class Inexact:
    """A number with a point or an exponent: nothing is counted with it."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        """Forget it."""


def question(method: str, params: Sequence[object], number: int) -> bytes:
    """The bytes of one request."""
    document = {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
    return json.dumps(document, separators=(",", ":")).encode()


def read_answer(data: bytes, number: int) -> JsonValue | RpcRefusal:
    """The result of the request with this number, or the node's refusal.

    ValueError for anything else: other JSON than RFC 8259's in UTF-8, a key twice, another request's answer, a result
    beside an error, neither of them. A number that is no integer (a fee history has some) is an ``Inexact``, which no
    reading of a figure takes.
    """
    document = _json(data)
    if not isinstance(document, dict) or document.get("jsonrpc") != "2.0":
        raise ValueError("no JSON-RPC 2.0")
    error = document.get("error")
    if error is None:
        _check_number(document, number)
        if "result" not in document:
            raise ValueError("neither a result nor an error")
        return _value(document["result"])
    if document.get("result") is not None:
        raise ValueError("a result beside an error")
    code, message = (error.get("code"), error.get("message")) if isinstance(error, dict) else (None, None)
    if isinstance(code, bool) or not isinstance(code, int) or not isinstance(message, str):
        raise ValueError("an error without a code and a message")  # noqa: TRY004  one error for all that is out of form
    if document.get("id") is not None:  # null: the node could not read the request's own
        _check_number(document, number)
    return RpcRefusal(code, ascii(message)[1:-1][:200])


def quantity_of(value: object, bits: int = 256) -> int:
    """The number that JSON-RPC of EVM nodes writes as ``0x…`` without leading zeros; ValueError for anything else."""
    if not isinstance(value, str) or _QUANTITY.fullmatch(value) is None:
        raise ValueError(f"no quantity: {ascii(value)[:40]}")
    found = int(value, 16)
    if found.bit_length() > bits:
        raise ValueError(f"a quantity of more than {bits} bits")
    return found


def data_of(value: object, length: int | None = None) -> bytes:
    """The bytes that JSON-RPC of EVM nodes writes as ``0x…``, so many of them; ValueError for anything else."""
    if not isinstance(value, str) or _DATA.fullmatch(value) is None:
        raise ValueError(f"no bytes in hex: {ascii(value)[:40]}")
    data = bytes.fromhex(value[2:])
    if length is not None and len(data) != length:
        raise ValueError(f"{len(data)} bytes in place of {length}")
    return data


def _check_number(document: dict[str, Any], number: int) -> None:
    found = document.get("id")
    if isinstance(found, bool) or found != number:
        raise ValueError("the answer to another request")


def _value(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    raise ValueError("a number that is no integer")


def _json(data: bytes) -> object:
    try:
        text = data.decode()
        return json.loads(
            text, object_pairs_hook=_once, parse_float=Inexact, parse_constant=_no_number, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} at {error.pos}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"no UTF-8 at {error.start}") from None
    except RecursionError:
        raise ValueError("too deep") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _no_number(_text: str) -> NoReturn:
    raise ValueError("NaN or an infinity")


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError("a number of too many digits")
    return int(text)
