"""The file that names chains and endpoints, read strictly: what is not understood is refused, never passed over."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from jinku.chains.errors import ChainSettingsError
from jinku.core import AssetId, ChainId, ParseError
from jinku.net import check_address

__all__ = ["ChainSettings", "EndpointSettings", "parse_settings"]

T = TypeVar("T")

_NAME: Final = re.compile("[a-z0-9][a-z0-9._-]{0,31}")
_HASH: Final = re.compile("0x[0-9a-f]{64}")
_MAX_CHAINS, _MAX_ENDPOINTS = 256, 16
_ADVICE: Final = "correct chains.toml; docs/reference/chains.md says what it holds"


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """A node to ask. The URL may hold a key, so it is shown nowhere; the name is."""

    name: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """One chain. ``safe_blocks`` and ``final_blocks`` count where the node's tags do not (``tags`` false)."""

    chain: ChainId
    genesis: str
    endpoints: tuple[EndpointSettings, ...]
    quorum: int
    tags: bool = True
    safe_blocks: int = 12
    final_blocks: int = 64
    stale_seconds: int = 600
    timeout_seconds: int = 10
    least_tip_wei: int | None = None
    decimals: Mapping[AssetId, int] = field(default_factory=dict)


def parse_settings(text: str) -> tuple[ChainSettings, ...]:
    """The chains of a TOML text; ChainSettingsError names the place of what is wrong."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = ascii(str(error))[1:-1][:120] or "too deep"
        raise ChainSettingsError("the settings of chains are no TOML", found=found, advice=_ADVICE) from error
    table = _Table(document, "")
    chains = tuple(_chain(_Table(one, f"chain {at}")) for at, one in enumerate(table.tables("chain", _MAX_CHAINS), 1))
    table.end()
    names = [one.chain for one in chains]
    if len(set(names)) != len(names):
        raise _wrong("chain", "a chain twice", "each chain once")
    return chains


def _chain(table: _Table) -> ChainSettings:
    chain = table.read("id", str, ChainId.parse)
    table.place = str(chain)
    genesis = table.read("genesis", str, _formed(_HASH, "0x and 64 lower-case hex digits, the hash of block 0"))
    endpoints = tuple(_endpoint(_Table(one, table.place)) for one in table.tables("endpoint", _MAX_ENDPOINTS))
    for what, told in (("name", {one.name for one in endpoints}), ("url", {_place(one.url) for one in endpoints})):
        if len(told) != len(endpoints):
            raise _wrong(f"{chain}.endpoint", f"a {what} twice", "endpoints that differ")
    if not endpoints:
        raise _wrong(f"{chain}.endpoint", "none", "one or more; three of different operators to name a liar")
    majority = len(endpoints) // 2 + 1
    quorum = table.read("quorum", int, _between(majority, len(endpoints)), majority)
    tags, safe, final = _finality(table)
    made = ChainSettings(
        chain=chain,
        genesis=genesis,
        endpoints=endpoints,
        quorum=quorum,
        tags=tags,
        safe_blocks=safe,
        final_blocks=final,
        stale_seconds=table.read("stale_seconds", int, _between(1, 1 << 31), 600),
        timeout_seconds=table.read("timeout_seconds", int, _between(1, 120), 10),
        least_tip_wei=table.read("least_tip_wei", int, _between(0, 1 << 62), None),
        decimals=_tokens(chain, table),
    )
    table.end()
    return made


def _endpoint(table: _Table) -> EndpointSettings:
    found = EndpointSettings(
        name=table.read("name", str, _formed(_NAME, "1 to 32 of a-z 0-9 . _ -")),
        url=table.read("url", str, _url),
    )
    table.end()
    return found


def _url(text: str) -> str:
    try:
        check_address(text)
    except ValueError as error:
        raise ValueError("http:// or https://, a host and a path; no user, query or fragment") from error
    return text


def _place(url: str) -> tuple[object, ...]:
    """Where it leads, however it is written."""
    parts = check_address(url)
    return parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme], parts.path or "/"


def _finality(table: _Table) -> tuple[bool, int, int]:
    """By the node's tags, or by so many blocks on top."""
    inner = table.read("finality", dict, lambda value: value, None)
    if inner is None:
        return True, 12, 64
    blocks = _Table(inner, f"{table.place}.finality")
    safe = blocks.read("safe_blocks", int, _between(1, 100_000))
    final = blocks.read("final_blocks", int, _between(safe, 100_000))
    blocks.end()
    return False, safe, final


def _tokens(chain: ChainId, table: _Table) -> dict[AssetId, int]:
    found: dict[AssetId, int] = {}
    for one in table.tables("token", 10_000):
        token = _Table(one, f"{chain}.token")
        asset = token.read("asset", str, lambda text: AssetId.parse(f"{chain}/{text}"))
        if asset in found:
            raise _wrong(token.place, asset, "each token once")
        found[asset] = token.read("decimals", int, _between(0, 255))
        token.end()
    return found


class _Table:
    """One table. Each reading takes a field out; ``end`` refuses what was not taken."""

    def __init__(self, table: dict[str, Any], place: str) -> None:
        self._rest, self.place = dict(table), place

    def read(self, name: str, kind: type, read: Callable[[Any], T], *otherwise: T) -> T:
        """The field of this type as ``read`` has it; ``otherwise`` where it is left out."""
        place = f"{self.place}.{name}".lstrip(".")
        if name not in self._rest:
            if otherwise:
                return otherwise[0]
            raise _wrong(place, "nothing", "this field")
        value = self._rest.pop(name)
        if type(value) is not kind:
            raise _wrong(place, type(value).__name__, {str: "a text", int: "a whole number"}.get(kind, "a table"))
        try:
            return read(value)
        except ParseError as error:
            raise _wrong(place, error.found, error.expected) from error
        except ValueError as error:
            raise _wrong(place, "another" if name == "url" else value, error) from error

    def tables(self, name: str, most: int) -> list[dict[str, Any]]:
        """An array of tables; none where it is left out."""
        value = self._rest.pop(name, [])
        place = f"{self.place}.{name}".lstrip(".")
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise _wrong(place, type(value).__name__, f"tables, each under [[{name}]]")
        if len(value) > most:
            raise _wrong(place, len(value), f"at most {most}")
        return value

    def end(self) -> None:
        """Refuse what was not taken."""
        if self._rest:
            raise _wrong(f"{self.place}.{min(self._rest)}".lstrip(".")[:80], "an unknown field", "no such field")


def _formed(pattern: re.Pattern[str], words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if pattern.fullmatch(text) is None:
            raise ValueError(words)
        return text

    return read


def _between(least: int, most: int) -> Callable[[int], int]:
    def read(number: int) -> int:
        if not least <= number <= most:
            raise ValueError(f"{least} to {most}")
        return number

    return read


def _wrong(place: str, found: object, expected: object) -> ChainSettingsError:
    return ChainSettingsError(
        "a field of the settings of chains is wrong",
        found=f"{place}: {'a URL' if '//' in str(found) else ascii(found)[:100]}",  # a key may stand in it
        expected=str(expected),
        advice=_ADVICE,
        fields={"field": place},
    )
