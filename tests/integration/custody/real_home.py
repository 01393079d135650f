"""A home on the real signer binary, for the suites of custody and accounts."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shapes import secret

from jinku.accounts import Accounts
from jinku.accounts.adapters.account_rows import SqlAccountRows
from jinku.core import Id, IdSource, SystemClock
from jinku.custody import Custody
from jinku.custody.adapters.launcher import Launcher
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.adapters.token_folder import TokenFolder
from jinku.custody.adapters.vault_rows import SqlVaultRows
from jinku.store import Database

SYSTEM_PASSPHRASE = "passphrase of the system keys"


@dataclass
class RealHome:
    """Everything a test touches."""

    path: Path
    runtime: Path
    launcher: Launcher
    signer: SocketSigner
    database: Database
    custody: Custody
    accounts: Accounts
    deployment: Id
    identity: bytes


def open_rooms(path: Path, runtime: Path, deployment: Id, identity: bytes) -> RealHome:
    """The rooms on a home whose signer may already run."""
    clock = SystemClock()
    launcher = Launcher(path, runtime)
    signer = launcher.connect()
    database = Database.create(path / "jinku.db", clock)
    custody = Custody(database, SqlVaultRows(), signer, TokenFolder(runtime / "tokens"), clock)
    accounts = Accounts(database, SqlAccountRows(), custody, signer, clock, deployment, identity)
    return RealHome(path, runtime, launcher, signer, database, custody, accounts, deployment, identity)


@contextlib.contextmanager
def real_home(folder: Path) -> Iterator[RealHome]:
    """A fresh home with system keys; its signer is stopped afterwards."""
    path, runtime = folder / "home", folder / "run"
    path.mkdir(mode=0o700)
    deployment = IdSource().new()
    launcher = Launcher(path, runtime)
    try:
        with secret(SYSTEM_PASSPHRASE) as given, contextlib.closing(launcher.connect()) as signer:
            keys = signer.init_system(str(deployment), given)
        home = open_rooms(path, runtime, deployment, bytes.fromhex(keys.identity_public))
        try:
            yield home
        finally:
            home.database.close()
            home.signer.close()
    finally:
        _stop(launcher, runtime)


def _stop(launcher: Launcher, runtime: Path) -> None:
    """The signer is gone, even one that no longer answers as it should."""
    try:
        launcher.stop()
    except BaseException:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((runtime / "signer.pid").read_text().split()[0]), signal.SIGKILL)
        raise


def unlock_system(home: RealHome) -> None:
    """The identity key is open again, as after a signer's restart."""
    with secret(SYSTEM_PASSPHRASE) as given:
        home.signer.unlock_system(given)
