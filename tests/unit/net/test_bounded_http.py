"""Where an exchange goes: to the host and port that the address names, whatever it is written like."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from jinku.net import check_address, exchange


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://[::1]/", ("::1", 80)),
        ("https://[2001:db8::beef]/v3", ("2001:db8::beef", 443)),
        ("http://[::1]:8545", ("::1", 8545)),
        ("https://rpc.example/", ("rpc.example", 443)),
        ("http://127.0.0.1:8545", ("127.0.0.1", 8545)),
    ],
)
def test_an_address_without_a_port_has_its_schemes(
    url: str, place: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    def look_up(*words: Any, **_: Any) -> list[Any]:
        asked.append(words)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(OSError, match="no address"):
        exchange(check_address(url), b"{}", {}, 10, 60)
    assert asked == [place]
