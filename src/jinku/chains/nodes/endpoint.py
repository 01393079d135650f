"""One endpoint: a question, a bounded answer, read strictly; every failure names endpoint and method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Final, TypeVar
from urllib.parse import urlsplit

from jinku.chains.errors import EndpointGarbledError, EndpointRefusedError, EndpointSilentError
from jinku.chains.ports import NoAnswer, Wire
from jinku.net import JsonValue, RpcRefusal, question, read_answer

__all__ = ["LARGE", "SMALL", "Endpoint"]

T = TypeVar("T")

SMALL: Final = 1 << 20
LARGE: Final = 32 << 20  # bytes of an answer that holds a block's transactions
_KEY: Final = 6  # characters of a path's part that may be a key
_FOREIGN: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


class Endpoint:
    """A node by its name in the settings; its URL is told to nobody."""

    def __init__(self, name: str, url: str, wire: Wire, seconds: float = 10.0) -> None:
        """Nothing is asked yet. ``seconds`` end each exchange."""
        self.name = name
        self._url = url
        self._wire = wire
        self._seconds = seconds
        self._keys = [part for part in urlsplit(url).path.split("/") if len(part) >= _KEY]
        self._numbers = count(1)

    def ask(self, method: str, params: Sequence[object], read: Callable[[JsonValue], T], limit: int = SMALL) -> T:
        """What ``read`` makes of the result.

        EndpointSilentError where no whole answer came, EndpointRefusedError where the node says no,
        EndpointGarbledError where the answer is out of form or ``read`` raises ValueError and the like.
        """
        number = next(self._numbers)
        fields = {"endpoint": self.name, "method": method}
        data = self._wire.post(self._url, question(method, params, number), limit, self._seconds)
        if isinstance(data, NoAnswer):
            raise EndpointSilentError(
                "an endpoint gives no whole answer",
                found=f"{self.name}, {method}: {data.reason}",
                expected=f"an answer within {self._seconds:g} s",
                advice="look whether the node runs; what was asked for is unknown until it answers",
                fields=fields,
            )
        try:
            answer = read_answer(data, number)
            if not isinstance(answer, RpcRefusal):
                return read(answer)
        except _FOREIGN as error:
            raise EndpointGarbledError(
                "an endpoint answers out of form",
                found=f"{self.name}, {method}: {self._without_keys(ascii(str(error))[1:-1][:120])}",
                expected="JSON-RPC as the chain's own interface has it",
                advice="take the endpoint out of the settings until it is known why",
                fields=fields,
            ) from None
        text = self._without_keys(answer.message)
        raise EndpointRefusedError(
            "an endpoint refuses",
            found=f"{self.name}, {method}: {answer.code} {text}",
            expected="an answer",
            fields={**fields, "rpc_code": answer.code, "rpc_message": text},
        )

    def _without_keys(self, text: str) -> str:
        """Some nodes send back where they were asked, and a key stands in the path."""
        for key in self._keys:
            text = text.replace(key, "...")
        return text
