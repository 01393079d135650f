"""deployment.json: what this installation pins, so that nothing in the database can vouch for itself."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from jinku.core import Id, IntegrityError, JinkuError, NotFoundError, ParseError
from jinku.custody.ports import SystemKeys
from jinku.store.files import sync_folder, write_private

__all__ = ["Deployment"]

_ADVICE = "restore deployment.json from a backup of the home; without it no address can be trusted"
_ED25519_HEX = 64
_MLDSA44_HEX = 2 * 1312


class _HomeNotWritableError(JinkuError):
    """The home cannot be written (exit 1)."""

    code = "ops.home_read_only"


@dataclass(frozen=True, slots=True)
class Deployment:
    """The deployment's id and public keys (hex), as the signer named them at init."""

    v: int
    deployment: str
    identity_public: str
    actor_public: str
    log_ed25519_public: str
    log_mldsa44_public: str
    created_at_ms: int
    profile: str = "dev"  # one admin, no outside witness; every receipt says so

    @staticmethod
    def of(keys: SystemKeys, now_ms: int) -> Deployment:
        """The pin of a system key set that was just made."""
        publics = (keys.identity_public, keys.actor_public, keys.log_ed25519_public, keys.log_mldsa44_public)
        return Deployment(1, keys.deployment, *publics, created_at_ms=now_ms)

    @property
    def identity_bytes(self) -> bytes:
        """The key by which every batch is signed: 32 bytes, Ed25519."""
        return bytes.fromhex(self.identity_public)

    @property
    def id(self) -> Id:
        """The deployment's id."""
        return Id.parse(self.deployment)

    @staticmethod
    def read(path: Path) -> Deployment:
        """The pin at ``path``, checked; NotFoundError when init has not run, IntegrityError when it is damaged."""
        try:
            text = path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFoundError(
                "there is no installation here",
                found=f"no {path}",
                advice="run `jinku init`, or name another home with --home",
                code="ops.not_initialised",
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise IntegrityError(
                f"{path} cannot be read", found=error, advice=_ADVICE, code="ops.deployment"
            ) from error
        try:
            pin = Deployment(**json.loads(text))
            pin._check()
        except (ValueError, TypeError, KeyError, ParseError) as error:
            found = str(error).partition("\n")[0]
            raise IntegrityError(f"{path} is damaged", found=found, advice=_ADVICE, code="ops.deployment") from error
        return pin

    def _check(self) -> None:
        if self.v != 1:
            raise ValueError(f"version {self.v}, not 1")
        Id.parse(self.deployment)
        lengths = {"identity_public": _ED25519_HEX, "actor_public": _ED25519_HEX, "log_ed25519_public": _ED25519_HEX}
        for name, length in lengths.items():
            if len(bytes.fromhex(getattr(self, name))) * 2 != length:
                raise ValueError(f"{name} has not {length} hex digits")
        if len(bytes.fromhex(self.log_mldsa44_public)) * 2 not in (0, _MLDSA44_HEX):
            raise ValueError(f"log_mldsa44_public has not {_MLDSA44_HEX} hex digits")

    def write(self, path: Path) -> None:
        """The pin stands at ``path`` whole or not at all (0600, fsynced, renamed into place)."""
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            write_private(fresh, f"{json.dumps(asdict(self), indent=2)}\n".encode())
            fresh.replace(path)
            sync_folder(path.parent)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise _HomeNotWritableError(
                f"{path} cannot be written", found=error.strerror, advice="free space or choose another --home"
            ) from error
