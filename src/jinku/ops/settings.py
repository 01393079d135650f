"""Where an installation lives: its home, its runtime folder, and what the environment says."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jinku.core import UsageError

if TYPE_CHECKING:  # see Settings.place
    from jinku.store import Place

HOME_VARIABLE = "JINKU_HOME"
DATABASE_VARIABLE = "JINKU_DATABASE_URL"
TILES_VARIABLE = "JINKU_TILES_URL"
TILES_LOCK_VARIABLE = "JINKU_TILES_LOCK"  # how long a bucket with object lock keeps entries of each kind
OUTSIDE_VARIABLE = "JINKU_OUTSIDE_URL"
RUNTIME_VARIABLE = "JINKU_RUNTIME_DIR"  # where a signer that a service manager starts has its socket
OWNER_CAP_VARIABLE = "JINKU_OWNER_CAP"  # the accounts that one owner may have; 0 or nothing: no cap
SIGNER_UID_VARIABLE = "JINKU_SIGNER_UID"  # the user that such a signer runs as


@dataclass(frozen=True, slots=True)
class Settings:
    """The paths of one installation. Nothing is created by holding it.

    >>> settings = Settings.of(Path("/srv/jinku"), {"XDG_RUNTIME_DIR": "/run/user/7"})
    >>> settings.database.as_posix(), settings.runtime.as_posix()
    ('/srv/jinku/jinku.db', '/run/user/7/jinku/32affeda0016c319')
    """

    home: Path
    runtime: Path
    signer_uid: int | None = None  # None: the signer runs as this user and is started on demand
    owner_cap: int = 0  # 0: no cap
    database_url: str = field(default="", repr=False)  # empty: the SQLite file; a password may stand in it

    tiles_url: str = field(default="", repr=False)  # empty: a folder of the home; else the bucket of the log's tiles
    tiles_lock: str = ""
    outside_url: str = field(default="", repr=False)  # a bucket that knows the last checkpoint

    @staticmethod
    def of(home: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings of ``home``, else of ``JINKU_HOME``, else of ``~/.jinku``.

        The runtime folder is named by the home: ``$XDG_RUNTIME_DIR/jinku/<h>``, or ``/tmp/jinku-<uid>/<h>``, where h is
        the first 16 hex digits of SHA-256 of the home's absolute path, links resolved; else ``JINKU_RUNTIME_DIR``.
        """
        named = home or Path(environment.get(HOME_VARIABLE) or "~/.jinku")
        absolute = Path(os.path.realpath(named.expanduser()))
        _check_home(absolute)
        digest = hashlib.sha256(os.fsencode(absolute)).hexdigest()[:16]
        base = environment.get("XDG_RUNTIME_DIR", "")
        # The name under /tmp is fixed by design; the folder counts only if it is ours and 0700 (ops.doctor, launcher).
        parent = Path(base) / "jinku" if base else Path(f"/tmp/jinku-{os.getuid()}")  # noqa: S108
        runtime = environment.get(RUNTIME_VARIABLE, "")
        return Settings(
            home=absolute,
            runtime=Path(runtime) if runtime else parent / digest,
            signer_uid=_number(environment, SIGNER_UID_VARIABLE, "user id"),
            owner_cap=_number(environment, OWNER_CAP_VARIABLE, "whole number") or 0,
            database_url=environment.get(DATABASE_VARIABLE, ""),
            tiles_url=environment.get(TILES_VARIABLE, ""),
            tiles_lock=environment.get(TILES_LOCK_VARIABLE, ""),
            outside_url=environment.get(OUTSIDE_VARIABLE, ""),
        )

    @property
    def deployment(self) -> Path:
        """The platform's pin: ids and public keys that init wrote."""
        return self.home / "deployment.json"

    @property
    def database(self) -> Path:
        """The SQLite file, which serves unless a PostgreSQL is named."""
        return self.home / "jinku.db"

    @property
    def place(self) -> Place:
        """Where the records are: the PostgreSQL of ``JINKU_DATABASE_URL``, else the file of the home."""
        from jinku.store import DatabaseUrl  # noqa: PLC0415  commands without a database are spared it

        return DatabaseUrl.parse(self.database_url) if self.database_url else self.database

    @property
    def chains(self) -> Path:
        """The file that names chains and their endpoints; it need not be there."""
        return self.home / "chains.toml"

    @property
    def signer_home(self) -> Path:
        """The folder that only the signer reads and writes."""
        return self.home / "signer"

    @property
    def logs(self) -> Path:
        """The folder of log files."""
        return self.home / "logs"

    @property
    def socket(self) -> Path:
        """The signer's socket."""
        return self.runtime / "signer.sock"

    @property
    def tokens(self) -> Path:
        """The folder of capability tokens that unlocks returned."""
        return self.runtime / "tokens"


def _check_home(home: Path) -> None:
    """The home can be named in an answer, and is a folder if it is anything."""
    try:
        str(home).encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            "the path of the home is no UTF-8 text", found=ascii(str(home)), advice="choose another --home"
        ) from error
    try:
        is_other = home.exists() and not home.is_dir()
    except OSError:
        return  # what is closed to us is told by whoever needs to go there
    if is_other:
        raise UsageError(
            "the home is no folder",
            found=home,
            expected="a folder, or a path where one can be made",
            advice=f"choose another --home, or another {HOME_VARIABLE}",
        )


def _number(environment: Mapping[str, str], name: str, what: str) -> int | None:
    text = environment.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"{name} is no {what}", found=text, expected="digits", advice=f"correct or unset {name}")
    return int(text)
