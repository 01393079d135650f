"""Chains, composed: the settings file of a home, the chains that it names, and what doctor says of them."""

from __future__ import annotations

import os
import secrets
import stat
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from jinku.chains import Chain, ChainSettings, ChainSettingsError, ChainUnknownError, open_chain, parse_settings
from jinku.chains.adapters.http_wire import HttpWire
from jinku.core import ChainId, Clock, JinkuError
from jinku.ops.findings import Finding, Health, bad
from jinku.ops.settings import Settings

__all__ = ["check_chains", "host_of", "opened_chain", "read_chains"]

_MAX_FILE = 1 << 20


def read_chains(settings: Settings) -> tuple[ChainSettings, ...]:
    """The chains of ``chains.toml``, none without such a file; ChainSettingsError says what is wrong with it."""
    path = settings.chains
    try:
        with open(path, "rb", opener=_opened) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ChainSettingsError("the settings of chains are no file", found=path, expected="a regular file")
            data = file.read(_MAX_FILE + 1)
        if len(data) > _MAX_FILE:
            raise ChainSettingsError("the settings of chains are too large", expected=f"at most {_MAX_FILE} bytes")
        return parse_settings(data.decode())
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ChainSettingsError(
            "the settings of chains cannot be read", found=f"{path}: {reason}", expected="a TOML file of ours"
        ) from error


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a FIFO is refused, not waited for


def opened_chain(settings: Settings, chain: ChainId, clock: Clock) -> Chain[Any]:
    """The chain, ready to be asked; ChainUnknownError where the settings do not name it."""
    named = {one.chain: one for one in read_chains(settings)}
    if chain not in named:
        raise ChainUnknownError(
            "the settings name no such chain",
            found=str(chain),
            expected=", ".join(map(str, named)) or f"a chain in {settings.chains}",
            advice="add it to chains.toml: docs/reference/chains.md",
        )
    return open_chain(named[chain], HttpWire(), clock, secrets.SystemRandom().random)


def host_of(url: str) -> str:
    """The host and port of an endpoint: what may be shown of its URL."""
    return urlsplit(url).netloc


def check_chains(settings: Settings) -> list[Finding]:
    """The settings of chains are in form and closed to others; a chain with one endpoint is named. Nobody is asked."""
    try:
        found = read_chains(settings)
        mode = settings.chains.stat().st_mode if found else 0
    except JinkuError as error:
        return [bad("chains", error)]
    except OSError as error:
        return [Finding("chains", Health.BAD, f"{settings.chains}: {error.strerror}", "look at the file's folder")]
    if not found:
        return []
    told = []
    if mode & 0o077:
        text = f"{settings.chains} is open to others, and URLs may hold keys"
        told.append(Finding("chains", Health.WARN, text, f"chmod 600 {settings.chains}"))
    told += [finding for one in found for finding in _doubts(one)]
    endpoints = sum(len(one.endpoints) for one in found)
    return told or [Finding("chains", Health.OK, f"{len(found)}, {endpoints} endpoints; jinku chains check asks them")]


def _doubts(one: ChainSettings) -> Iterator[Finding]:
    """Endpoints that are fewer voices than they look, or whose words anybody on the way can change."""
    other = "name three of different operators in chains.toml"
    if len(one.endpoints) == 1:
        yield Finding("chains", Health.WARN, f"{one.chain} has a single endpoint: what it says is believed", other)
    hosts = Counter(urlsplit(endpoint.url).hostname for endpoint in one.endpoints)
    for host, count in hosts.items():
        if count > 1 and not _is_here(host):
            yield Finding("chains", Health.WARN, f"{one.chain} has {count} endpoints at {host}: one voice", other)
    for endpoint in one.endpoints:
        parts = urlsplit(endpoint.url)
        if parts.scheme == "http" and not _is_here(parts.hostname):
            text = (
                f"{one.chain} asks {endpoint.name} without TLS: whoever is on the way reads its key, and answers for it"
            )
            yield Finding("chains", Health.WARN, text, "write https:// in chains.toml, or reach it by a tunnel")


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
