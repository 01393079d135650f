"""The trust roots of a home: every version since the first, each signed by the admins of the one before and its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinku import _native
from jinku.core import IntegrityError, JinkuError, Json, canonical_bytes
from jinku.journal import LogKeys, origin_of
from jinku.journal.adapters.witness_client import Place
from jinku.journal.notes import vkeys
from jinku.journal.pinned import fingerprint_words
from jinku.journal.types import origin_number
from jinku.ops.deployment import Deployment
from jinku.store.files import alone, replace_private, sync_folder

__all__ = ["LACKING", "TrustFolder", "TrustRoot", "first_document", "log_in_force", "log_keys"]

_MOST = 256 << 10
_NEXT, _DIGEST, _PLACES = "next.json", "next.digest", "witnesses.json"
LACKING = (
    "put its versions back as trust/N.json: from a backup of this home, from the folder trust in a folder origin-… of "
    "the tiles or of the state folder, or from what auditors were given (jinku trust export); where nobody has them, "
    "put back the folder signer (of the signer's own home, where it has one) and the database of the same backup as "
    "all else, then jinku journal new-origin"
)
_ADVICE = "restore the folder trust of this home from a backup; the signer knows the version in force"


def log_keys(deployment: Deployment, number: int = 1) -> LogKeys:
    """The log's name under one of its origins, and its public keys, as the home pins them."""
    ed25519, mldsa44 = deployment.log_ed25519_public, deployment.log_mldsa44_public
    return LogKeys(origin_of(deployment.deployment, number), bytes.fromhex(ed25519), bytes.fromhex(mldsa44))


def log_in_force(home: Path, deployment: Deployment) -> LogKeys:
    """The same under the origin that the newest trust root of the home names."""
    newest = TrustFolder(home, deployment).newest()
    return log_keys(deployment, newest.origin_number if newest else 1)


def first_document(deployment: Deployment, created_at_ms: int) -> bytes:
    """Version 1 of this deployment, as its signer makes it: the actor key as admin, the log's keys, no witness."""
    keys = log_keys(deployment)
    admin: Json = {
        "algorithm": "ed25519",
        "name": "admin",
        "not_after": None,
        "passkey": None,
        "public": deployment.actor_public,
        "roles": ["admin", "approver", "initiator"],
    }
    return canonical_bytes(
        {
            "admin_threshold": 1,
            "created_at": str(created_at_ms),
            "deployment": deployment.deployment,
            "groups": [],
            "journal": {"keys": sorted(vkeys(keys)), "origin": keys.origin},
            "keys": [admin],
            "not_after": None,
            "policy_digest": None,
            "quorum": 0,
            "v": 1,
            "version": 1,
            "witnesses": [],
        }
    )


@dataclass(frozen=True)
class TrustRoot:
    """A trust root as its file has it. ``data`` was parsed; who signed it, only ``TrustFolder`` has looked at."""

    data: bytes

    @cached_property
    def root(self) -> dict[str, Any]:
        """The document."""
        return dict(json.loads(self.data)["root"])

    @cached_property
    def text(self) -> bytes:
        """The document's own bytes, which admins sign the digest of."""
        return canonical_bytes(self.root)

    @cached_property
    def digest(self) -> bytes:
        """What admins sign. Raises ``trust.malformed``."""
        return _native.trust_root_digest(self.text)

    @property
    def version(self) -> int:
        """1 for the first."""
        return int(self.root["version"])

    @property
    def created_at_ms(self) -> int:
        """When it was made."""
        return int(self.root["created_at"])

    @property
    def origin(self) -> str:
        """The log's name."""
        return str(self.root["journal"]["origin"])

    @property
    def origin_number(self) -> int:
        """Which of the log's origins that is."""
        return origin_number(self.origin)

    @property
    def fingerprint(self) -> str:
        """64 hex digits."""
        return self.digest.hex()

    @property
    def words(self) -> str:
        """The first half of the fingerprint, to be read out."""
        return fingerprint_words(self.digest)

    @property
    def signatures(self) -> list[tuple[bytes, bytes]]:
        """Public key and signature of each admin that signed."""
        found = json.loads(self.data)["signatures"]
        return [(bytes.fromhex(one["public"]), bytes.fromhex(one["signature"])) for one in found]

    @property
    def needed(self) -> int:
        """How many admins have to sign."""
        return int(self.root["admin_threshold"])

    @property
    def quorum(self) -> int:
        """How many outside witnesses have to cosign a checkpoint."""
        return int(self.root["quorum"])

    @property
    def profile(self) -> str:
        """``dev`` while nobody outside has to cosign, else ``witnessed``."""
        return "witnessed" if self.quorum else "dev"


class TrustFolder:
    """The folder ``trust`` of a home, believed by its signatures, from the keys that the home pins on."""

    def __init__(self, home: Path, deployment: Deployment) -> None:
        """Nothing is read yet."""
        self.folder = home / "trust"
        self._deployment = deployment
        self._believed: dict[tuple[bytes, bytes], TrustRoot] = {}  # what was found to follow what

    def versions(self) -> list[TrustRoot]:
        """Every version in order; IntegrityError when one does not follow the one before. None in homes made before."""
        found: list[TrustRoot] = []
        while (data := self._read(f"{len(found) + 1}.json")) is not None:
            found.append(self._following(found[-1] if found else None, data, f"{len(found) + 1}.json"))
        later = [int(path.stem) for path in self.folder.glob("[0-9]*.json") if path.stem.isdigit()]
        if max(later, default=0) > len(found) + 1:  # the very next may have come since
            raise _damaged(self.folder, f"version {max(later)}, and number {len(found) + 1} is missing")
        return found

    def newest(self) -> TrustRoot | None:
        """The version in force."""
        versions = self.versions()
        return versions[-1] if versions else None

    def current(self) -> TrustRoot:
        """The version in force as the home has it; in homes made before it was signed, version 1 unsigned."""
        newest = self.newest()
        if newest is not None:
            return newest
        first = first_document(self._deployment, self._deployment.created_at_ms)
        return TrustRoot(_native.make_trust_root(first, []))

    def _following(self, last: TrustRoot | None, data: bytes, name: str) -> TrustRoot:
        key = last.data if last else b"", data
        if key not in self._believed:
            self._believed[key] = self._checked(last, data, name)
        return self._believed[key]

    def _checked(self, last: TrustRoot | None, data: bytes, name: str) -> TrustRoot:
        try:
            one = TrustRoot(data)
            at_ms = one.created_at_ms  # the admins of that time
            if last is not None:
                _native.check_next_trust_root(last.data, data, at_ms)
                self._check_log(last, one, name)
            else:
                _native.open_trust_root(data, at_ms, first=True)
                if one.text != first_document(self._deployment, at_ms):
                    raise _damaged(self.folder / name, "a first version of other keys than this home pins")
        except IntegrityError:
            raise
        except (JinkuError, ValueError, KeyError, TypeError) as error:
            raise _damaged(self.folder / name, error) from error
        return one

    def _check_log(self, last: TrustRoot, one: TrustRoot, name: str) -> None:
        """The log is that of this home, under the same origin as before or a later one."""
        number = one.origin_number
        keys = log_keys(self._deployment, max(1, number))
        if (one.origin, one.root["journal"]["keys"]) != (keys.origin, sorted(vkeys(keys))):
            raise _damaged(self.folder / name, f"the log {one.origin}, or other keys than this home pins")
        if number < last.origin_number:
            raise _damaged(self.folder / name, f"{one.origin} after {last.origin}")

    def keep(self, root: TrustRoot) -> None:
        """The version stands beside those before it, and nothing is proposed any more."""
        self._write(f"{root.version}.json", root.data)
        for name in (_NEXT, _DIGEST):
            (self.folder / name).unlink(missing_ok=True)

    def proposed(self) -> TrustRoot | None:
        """The next version that lacks signatures."""
        data = self._read(_NEXT)
        if data is None:
            return None
        try:
            return TrustRoot(_native.make_trust_root(TrustRoot(data).text, TrustRoot(data).signatures))
        except (JinkuError, ValueError, KeyError, TypeError) as error:
            raise _damaged(self.folder / _NEXT, error) from error

    def propose(self, root: TrustRoot) -> Path:
        """The version waits for signatures; where the 32 bytes stand that they sign."""
        self._write(_NEXT, root.data)
        self._write(_DIGEST, root.digest)
        return self.folder / _DIGEST

    def urls(self) -> dict[str, str]:
        """Where each witness answers. Nobody signs this: a wrong address gives no cosignature, never a false one."""
        data = self._read(_PLACES)
        try:
            return {str(name): str(url) for name, url in (json.loads(data) if data else {}).items()}
        except (ValueError, AttributeError) as error:
            raise _damaged(self.folder / _PLACES, error) from error

    def locate(self, urls: Mapping[str, str]) -> None:
        """These are the addresses of witnesses."""
        self._write(_PLACES, canonical_bytes(dict(urls)))

    def places(self, root: TrustRoot) -> list[Place]:
        """Whom the sequencer asks."""
        urls = self.urls()
        return [
            Place(one["name"], tuple(one["keys"]), urls.get(one["name"], ""), one["outside"] is True)
            for one in root.root["witnesses"]
        ]

    def _read(self, name: str) -> bytes | None:
        path = self.folder / name
        try:
            with path.open("rb") as file:
                data = file.read(_MOST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _damaged(path, error.strerror) from error
        if len(data) > _MOST:
            raise _damaged(path, "more than 256 KiB")
        return data

    def _write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            with alone(self.folder):
                replace_private(path, data)
            sync_folder(self.folder.parent)
        except OSError as error:
            raise JinkuError(
                f"{path} cannot be written",
                found=error.strerror,
                advice="free space, or mend the home",
                code="trust.unwritable",
            ) from error


def _damaged(path: Path, found: object) -> IntegrityError:
    return IntegrityError(f"{path} is not the trust root of this home", found=found, advice=_ADVICE, code="trust.home")
