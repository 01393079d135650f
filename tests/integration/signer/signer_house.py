"""A home, a runtime folder and a real signer for one test; secrets go in and out by pipes."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from jinku.core import IdSource, SystemClock
from jinku.custody.adapters.launcher import BINARY_VARIABLE, Launcher, binary
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.ports import DeriveRequest, Form, ImportKind, SecretFd, VaultDescription, VaultSpec, Verb

REPOSITORY = Path(__file__).parents[3]
VECTORS = Path(os.environ.get("JINKU_VECTORS", REPOSITORY.parent / "shared" / "vectors"))

EVM = Form("eip155:1", "evm", "eoa", "m/44'/60'/0'/0/{i}")
TAPROOT = Form("bip122:000000000019d6689c085ae165831e93", "bitcoin", "p2tr", "m/86'/0'/0'/0/{i}")
SEGWIT = Form("bip122:000000000019d6689c085ae165831e93", "bitcoin", "p2wpkh", "m/84'/0'/0'/0/{i}")
COSMOS = Form("cosmos:cosmoshub-4", "cosmos", "base", "m/44'/118'/0'/0/{i}")
SOLANA = Form("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "solana", "wallet", "m/44'/501'/{i}'/0'")
NEO = Form("neo:860833102", "neo", "single-sig", "m/44'/888'/0'/0/{i}")
TRON = Form("tron:728126428", "tron", "eoa", "m/44'/195'/0'/0/{i}")
ALL_FORMS = (EVM, TAPROOT, SEGWIT, COSMOS, SOLANA, NEO, TRON)
EVM_HARDENED = Form("eip155:1", "evm", "eoa", "m/44'/60'/{i}'/0/0")
SEGWIT_HARDENED = Form(SEGWIT.chain, "bitcoin", "p2wpkh", "m/84'/0'/{i}'/0/0")

HOME_PASS = b"the home's own passphrase"
VAULT_PASS = b"one vault's passphrase"
JUNK = b"test test test test test test test test test test test junk"
ABANDON = b"abandon " * 11 + b"about"
ALL_VERBS = tuple(Verb)
TS_MS = 1_700_000_000_000

_ids = IdSource(SystemClock())


def new_id() -> str:
    """A fresh UUIDv7."""
    return str(_ids.new())


def secret(data: bytes, kind: str = "passphrase") -> SecretFd:
    """A pipe that holds ``data``; whoever reads it reads it once."""
    read_end, write_end = os.pipe()
    os.write(write_end, data)
    os.close(write_end)
    _opened.append(read_end)
    return SecretFd(read_end, kind)


_opened: list[int] = []


def close_secrets() -> None:
    """Every pipe that ``secret`` made is closed."""
    while _opened:
        os.close(_opened.pop())


def received(write: Callable[[int], object]) -> bytes:
    """What ``write`` lets the signer write to the descriptor it is given."""
    read_end, write_end = os.pipe()
    chunks: list[bytes] = []

    def drain() -> None:
        while chunk := os.read(read_end, 65536):
            chunks.append(chunk)

    reader = threading.Thread(target=drain)
    reader.start()
    try:
        write(write_end)
    finally:
        os.close(write_end)
        reader.join()
        os.close(read_end)
    return b"".join(chunks)


@cache
def hooked_binary() -> Path:
    """The signer built with fault points; compiled once a run.

    Naming the workspace and one small test gives every crate the features that `cargo test --workspace` gives it, so
    what that has built is used, and only the crates above the fault points are compiled again.
    """
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")).absolute()
    subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--workspace", "--bin", "jinku-signer", "--test", "snapshots",
         "--features", "jinku-signer/test-hooks"],
        cwd=REPOSITORY,
        env={**os.environ, "CARGO_TARGET_DIR": str(target)},
        check=True,
    )  # fmt: skip
    copy = target / "debug" / f"jinku-signer-hooked-{os.getpid()}"
    shutil.copy2(target / "debug" / "jinku-signer", copy)
    return copy


def plain_binary() -> Path:
    """The signer that the installation carries."""
    return binary()


def serve(home: Path, runtime: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """What came of starting a signer there."""
    command = [str(plain_binary()), "serve", "--home", str(home), "--runtime", str(runtime), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


class House:
    """One home and its signer, started on demand."""

    def __init__(self, folder: Path, timeout_seconds: float = 60) -> None:
        self.folder = folder
        self.home, self.runtime = folder / "home", folder / "run"
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.launcher = Launcher(self.home, self.runtime, timeout_seconds=timeout_seconds)
        self._signers: list[SocketSigner] = []

    def signer(self) -> SocketSigner:
        """A client of the running signer."""
        signer = self.launcher.connect()
        self._signers.append(signer)
        return signer

    def ready(self) -> SocketSigner:
        """A signer with system keys made (or unlocked)."""
        signer = self.signer()
        state = signer.hello().system
        if state == "absent":
            signer.init_system(new_id(), secret(HOME_PASS))
        elif state == "locked":
            signer.unlock_system(secret(HOME_PASS))
        return signer

    def stop(self) -> None:
        """No signer runs."""
        for signer in self._signers:
            signer.close()
        self._signers.clear()
        self.launcher.stop()

    def kill(self) -> None:
        """The signer dies as by kill -9."""
        os.kill(self.pid, 9)

    @property
    def pid(self) -> int:
        """The signer's process id."""
        return int((self.runtime / "signer.pid").read_text())

    def file(self, vault: str) -> Path:
        """The vault's file."""
        return self.home / "signer" / "vaults" / f"{vault}.vault"

    @property
    def log(self) -> str:
        """The signer's log."""
        return (self.home / "logs" / "signer.log").read_text()


def spec(forms: Sequence[Form] = (EVM,), **fields: object) -> VaultSpec:
    """A new vault's spec."""
    return VaultSpec(**{"vault": new_id(), "name": "main", "tier": "hot", "forms": tuple(forms), **fields})  # type: ignore[arg-type]


def create(signer: SocketSigner, forms: Sequence[Form] = (EVM,), **fields: object) -> VaultDescription:
    """A new vault under VAULT_PASS."""
    return signer.create_vault(spec(forms, **fields), secret(VAULT_PASS))


def imported(  # noqa: PLR0917  as the call it stands for
    signer: SocketSigner,
    kind: ImportKind,
    material: bytes,
    forms: Sequence[Form] = (EVM,),
    password: bytes | None = None,
    costly: bool = False,
    **fields: object,
) -> VaultDescription:
    """A vault of foreign material under VAULT_PASS."""
    wanted = None if password is None else secret(password)
    return signer.import_vault(spec(forms, **fields), kind, secret(material), secret(VAULT_PASS), wanted, costly)


def unlock(signer: SocketSigner, vault: str, verbs: Sequence[Verb] = ALL_VERBS, ttl: int = 600) -> bytes:
    """A token of the vault under VAULT_PASS."""
    return signer.unlock_vault(vault, secret(VAULT_PASS), verbs, ttl)


def request(vault: str, start: int = 0, count: int = 3, forms: Sequence[Form] = ()) -> DeriveRequest:
    """A range of a fresh job."""
    return DeriveRequest(vault, new_id(), TS_MS, start, count, tuple(forms))


def unpack(column: bytes) -> list[str]:
    """The addresses of a packed column."""
    out, place = [], 0
    while place < len(column):
        end = place + 1 + column[place]
        out.append(column[place + 1 : end].decode())
        place = end
    return out


__all__ = [name for name in dir() if not name.startswith("_")]
_ = BINARY_VARIABLE
