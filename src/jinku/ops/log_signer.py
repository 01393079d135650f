"""The log's keys, which the signer holds: the journal's port over custody's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from jinku.core import IntegrityError
from jinku.custody.errors import SignerAbsentError
from jinku.custody.ports import Signer
from jinku.journal import LogSignerError

__all__ = ["SignersLogKeys"]


class SignersLogKeys:
    """Implements the journal's port ``LogSigner``. A signer that does not run is not started for it."""

    def __init__(
        self,
        connect: Callable[[], Signer],
        greet: Callable[[], Signer],
        trust: Callable[[], bytes] = bytes,
        agreed: Callable[[], None] = lambda: None,
    ) -> None:
        """``connect`` gives the signer that runs, or raises SignerAbsentError; ``greet`` too, and soon gives one up.

        ``trust`` reads the trust root by which the home publishes: the signer has to believe the same; once
        both do, and the signer is connected, ``agreed`` is called.
        """
        self._connect = connect
        self._greet = greet
        self._trust = trust
        self._agreed = agreed
        self._signer: Signer | None = None

    def ready(self) -> str:
        """Why no checkpoint can be signed now; empty when one can."""
        try:
            greeted = self._greet()
        except SignerAbsentError:
            self._trust()  # what is wrong with it is told though nothing can be signed
            return "the signer does not run"
        try:
            state = greeted.hello().system
            believed = greeted.trust_root() if state == "unlocked" else b""
        finally:
            greeted.close()
        own = self._trust()  # read after the signer's: a version that was taken in force meanwhile is in both
        if state != "unlocked":
            return f"the signer's system keys are {state}"
        if held := _apart(own, believed):
            return held
        if self._signer is None:
            self._signer = self._connect()
        self._agreed()
        return ""

    def last_signed(self) -> tuple[int, bytes] | None:
        """Size and root of the last head that the signer signed."""
        return self._open().log_head()

    def resume_origin(self, statement: bytes, signature: bytes) -> None:
        """The signer goes on from the head of its own statement, where it has forgotten that."""
        self._open().resume_origin(statement, signature)

    def sign_checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> tuple[str, ...]:
        """The signer's lines."""
        return self._open().sign_checkpoint(size, root, proof)

    def _open(self) -> Signer:
        if self._signer is None:
            raise LogSignerError(
                "the signer was not asked whether it is ready",
                expected="ready() before any other verb",
                advice="report this with JINKU_DEBUG=1; nothing was signed",
            )
        return self._signer

    def close(self) -> None:
        """The connection is closed if there was one."""
        if self._signer is not None:
            self._signer.close()
            self._signer = None


def _apart(own: bytes, believed: bytes) -> str:
    """Whoever takes a version of the trust root out of the home takes no witness out of the signer's."""
    if believed == own:
        return ""
    if own and believed and _version(believed) == _version(own) + 1:
        return "the signer has a newer trust root than the home: it comes now, or by `jinku trust check`"
    raise IntegrityError(
        "home and signer do not have one trust root; nothing is signed",
        found=f"version {_version(own)} in the home, {_version(believed)} in the signer",
        expected="the same version",
        advice="run `jinku trust check`, which finishes what was cut short, or says what is missing",
        code="trust.home",
    )


def _version(trust: bytes) -> int:
    return int(json.loads(trust)["root"]["version"]) if trust else 0
