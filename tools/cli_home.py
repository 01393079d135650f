"""A home for tests of the command line: the real program and signer, in a temporary folder, removed afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli_fork import Child
from cli_fork import start as fork_start

JINKU = Path(sys.executable).with_name("jinku")
HOME_SECRET = b"correct horse battery staple 1"
VAULT_SECRET = b"a passphrase for one vault 22"
WORDS = (
    "online ramp onion faculty trap clerk near rabbit busy gravity prize employ exit horse found slogan effort dash "
    "siren buzz sport pig coconut element"
)
_LIMIT_SECONDS = 120


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        return dict(json.loads(self.out))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> dict[str, Any]:
        """The JSON error on stderr."""
        found = [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]
        return dict(next(line["error"] for line in found if "error" in line))


def pipe_of(secret: bytes) -> int:
    """A descriptor that yields the bytes once."""
    reading, writing = os.pipe()
    os.write(writing, secret)
    os.close(writing)
    return reading


def _as_the_servers(environment: Mapping[str, str]) -> bool:
    """Nothing that an interpreter reads when it starts is another than in this process."""
    read = {name for name in environment.keys() | os.environ.keys() if name.startswith(("PYTHON", "LC_", "LANG"))}
    return all(environment.get(name) == os.environ.get(name) for name in read)


class CliHome:
    """A home and how commands are run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "h"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("JINKU_")}
        self.environment |= {
            "JINKU_HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(folder / "r"),
            "XDG_STATE_HOME": str(folder / "s"),
        }
        (folder / "r").mkdir(mode=0o700)

    def start(
        self,
        *words: str,
        secrets: Mapping[str, bytes] | None = None,
        env: Mapping[str, str] | None = None,
        pass_fds: tuple[int, ...] = (),
    ) -> subprocess.Popen[str] | Child:
        """The command, started. Each secret's option is given a descriptor, or a path to one if it names a file.

        It is forked from a server that has imported jinku (``cli_fork``). With ``JINKU_TEST_EXEC=1``, and where the
        interpreter's own environment differs, the installed script runs.
        """
        line = list(words)
        with ExitStack() as stack:
            fds = list(pass_fds)
            for option, secret in (secrets or {}).items():
                fds.append(pipe_of(secret))
                stack.callback(os.close, fds[-1])
                line += [option, str(fds[-1]) if option.endswith("-fd") else f"/dev/fd/{fds[-1]}"]
            pipe = subprocess.PIPE
            environment = self.environment | dict(env or {})
            if "JINKU_TEST_EXEC" not in os.environ and _as_the_servers(environment):
                return fork_start(line, environment, fds)
            # a session of its own: no terminal to ask at
            return subprocess.Popen(
                [str(JINKU), *line], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, pass_fds=fds, env=environment,
                text=True, start_new_session=True,
            )  # fmt: skip

    def run(
        self,
        *words: str,
        secrets: Mapping[str, bytes] | None = None,
        env: Mapping[str, str] | None = None,
        expect: int | None = 0,
        pass_fds: tuple[int, ...] = (),
    ) -> Ran:
        """The command, ended; its exit code is ``expect`` unless that is None."""
        child = self.start(*words, secrets=secrets, env=env, pass_fds=pass_fds)
        out, err = child.communicate(timeout=_LIMIT_SECONDS)
        assert expect is None or child.returncode == expect, f"{words}: exit {child.returncode}\n{out}\n{err}"
        assert "Traceback" not in err, err
        assert child.returncode is not None
        return Ran(child.returncode, out, err)

    def init(self) -> None:
        """An installation stands."""
        self.run("init", secrets={"--passphrase-fd": HOME_SECRET})

    def vault(self, name: str = "main", *more: str, unlock: bool = True) -> None:
        """A vault of the known words stands, open unless told otherwise."""
        given = {"--mnemonic-file": WORDS.encode(), "--passphrase-fd": VAULT_SECRET}
        self.run("vault", "import", name, "--tier", "hot", *more, secrets=given)
        if unlock:
            self.unlock(name)

    def unlock(self, name: str = "main") -> None:
        """The vault is open."""
        self.run("vault", "unlock", name, secrets={"--passphrase-fd": VAULT_SECRET})

    def accounts(self, count: int, *more: str, vault: str = "main", expect: int | None = 0) -> Ran:
        """Accounts stand."""
        return self.run("accounts", "create", "--vault", vault, "--count", str(count), "--json", *more, expect=expect)

    def copy(self, name: str) -> CliHome:
        """Another home with the same content and a runtime folder of its own."""
        other = CliHome.__new__(CliHome)
        other.folder = self.folder / name
        other.folder.mkdir()
        CliHome.__init__(other, other.folder)
        shutil.copytree(self.home, other.home)
        return other

    def close(self) -> None:
        """No signer of it runs any more."""
        self.run("signer", "stop", expect=None)


@contextmanager
def made_home(initialised: bool = True) -> Iterator[CliHome]:
    """A home for the block. Its path is short, for a socket's path may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="jk"))
    home = CliHome(folder)
    try:
        if initialised:
            home.init()
        yield home
    finally:
        home.close()
        shutil.rmtree(folder, ignore_errors=True)
