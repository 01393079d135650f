"""A real EVM node for the tests: Anvil, one a session, installed once outside the clone by npm.

Without npm, or where it can install nothing, a test that asks for the node is skipped in one line; under CI=true a
skip is a failure.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import platform
import shutil
import subprocess
import tempfile
import threading
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from processes import die_with_parent

__all__ = ["Anvil", "anvil"]

VERSION = "1.7.1"
CHAIN = 31_337
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_START_SECONDS = 300


@cache
def _program() -> str:
    """The path of the program; or why there is none, behind a "?"."""
    machine = f"{platform.system().lower()}-{_MACHINES.get(platform.machine().lower(), 'unknown')}"
    default = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "jinku"
    home = Path(os.environ.get("JINKU_CACHE") or default)
    folder = home / f"anvil-{VERSION}"
    program = folder / "node_modules" / "@foundry-rs" / f"anvil-{machine}" / "bin" / "anvil"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "anvil.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker of this run may be installing it
        if program.is_file():
            return str(program)
        if shutil.which("npm") is None:
            return f"?Anvil {VERSION} is not here, and installing it needs npm (Node.js); only these tests need it"
        made = Path(tempfile.mkdtemp(prefix="anvil.", dir=home))
        words = ["npm", "install", "--prefix", str(made), "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
        words += ["--no-package-lock", "--loglevel=error", f"@foundry-rs/anvil@{VERSION}"]
        ran = subprocess.run(words, cwd=made, capture_output=True, text=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
        made.replace(folder)
    return str(program) if program.is_file() else f"?npm installs no Anvil for {machine}: {ran.stderr.strip()[-300:]}"


@dataclass
class Anvil:
    """A running node. Blocks are mined when a test says so."""

    url: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self, method: str, *params: object) -> Any:
        """The result of a call; RuntimeError where the node refuses."""
        body = json.dumps({"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params}).encode()
        asked = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=120) as answer:
            document = json.load(answer)
        if "error" in document:
            raise RuntimeError(document["error"]["message"])
        return document["result"]

    def mine(self, count: int = 1) -> int:
        """So many blocks more; the height."""
        for _ in range(count):
            self("evm_mine")
        return int(self("eth_blockNumber"), 16)

    def fund(self, account: str, wei: int = 10**18) -> None:
        """The account has so much."""
        self("anvil_setBalance", account, hex(wei))

    def send(self, sender: int = 0, **more: object) -> str:
        """A transaction from one of the node's own accounts waits; its hash."""
        accounts = self("eth_accounts")
        return str(self("eth_sendTransaction", {"from": accounts[sender], "to": accounts[9], "value": "0x1", **more}))


@contextmanager
def _running(program: str) -> Iterator[str]:
    """The URL of a node that dies with this process; it took the port itself, and says which."""
    words = [program, "--host", "127.0.0.1", "--port", "0", "--chain-id", str(CHAIN), "--hardfork", "prague"]
    with subprocess.Popen(
        [*words, "--no-mining"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=die_with_parent(),  # noqa: PLW1509  prctl alone runs there
    ) as process:
        late = threading.Timer(_START_SECONDS, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            port = next((line.split(":")[-1].strip() for line in process.stdout if line.startswith("Listening on")), "")
            if not port:
                raise RuntimeError("Anvil does not start: run the program yourself")
            late.cancel()
            drain = threading.Thread(target=deque, args=(process.stdout, 0), daemon=True)  # it logs each call
            drain.start()
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                process.kill()
                drain.join()
        finally:
            late.cancel()
            process.kill()


@pytest.fixture(scope="session")
def _session_anvil() -> Iterator[Anvil]:
    program = _program()
    if program.startswith("?"):
        pytest.skip(program[1:])
    with _running(program) as url:
        yield Anvil(url)


@pytest.fixture
def anvil(_session_anvil: Anvil) -> Iterator[Anvil]:
    """The session's node; what a test did to its chain is undone afterwards."""
    before = _session_anvil("evm_snapshot")
    yield _session_anvil
    _session_anvil("anvil_dropAllTransactions")
    assert _session_anvil("evm_revert", before)
