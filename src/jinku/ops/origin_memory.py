"""What is remembered of the log's later origins beside the home: names that were chosen, and the signer's own word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinku.core import JinkuError
from jinku.custody.adapters.token_folder import TokenFolder
from jinku.journal.adapters.later_origins import origin_folder
from jinku.journal.origins import handovers
from jinku.journal.ports import LogRows
from jinku.ops.deployment import Deployment
from jinku.ops.settings import Settings
from jinku.ops.trust_folder import log_keys

__all__ = ["ChosenNames", "take_up"]

_BOOT = Path("/proc/sys/kernel/random/boot_id")


class ChosenNames:
    """The names that this machine chose since it started, and that were not used yet.

    They stand in the runtime folder, with the id of this start: a backup that is put back has none of it, so that a
    name in it (of a proposal, of a half-done opening) is not used a second time.
    """

    def __init__(self, settings: Settings, deployment: Deployment) -> None:
        """Nothing is read yet."""
        self._folder = TokenFolder(settings.tokens)
        self._log = deployment.deployment

    def keep(self, number: int) -> None:
        """It was chosen. Where that cannot be kept, it is good for this process alone."""
        self._folder.keep_outcome(self._name(number), _start())

    def has(self, number: int) -> bool:
        """It was chosen here, and not used."""
        return self._folder.outcome(self._name(number)) == _start()

    def use(self, number: int) -> bool:
        """From now on it is used; whether it was chosen here and not used before.

        Called before anything can be published under it. ``journal.origin_mark`` when the mark cannot be removed.
        """
        unused = self.has(number)
        self._folder.keep_outcome(self._name(number), None)
        if self.has(number):
            raise JinkuError(
                "the runtime folder cannot be written: a name of the log would be used twice after a restore",
                found=self._name(number),
                expected="no such file any more",
                advice="make the runtime folder writable for this user, then run this again",
                code="journal.origin_mark",
            )
        return unused

    def _name(self, number: int) -> str:
        return f"{self._log}.{origin_folder(number)}"


def _start() -> bytes:
    """Which start of the machine this is; one word for all where the system has no such id."""
    try:
        return _BOOT.read_bytes().strip()
    except OSError:
        return b"some start"


def take_up(
    ask: Callable[[], object],
    resume: Callable[[bytes, bytes], None],
    rows: LogRows,
    deployment: Deployment,
    origin: str,
) -> None:
    """A signer that was restored from before it opened this origin is handed its own statement, which the log has.

    ``ask`` asks it for the last head, which fails until then; where the log has no statement, that is left so.
    """
    try:
        ask()
    except JinkuError as error:
        if error.code != "log.origin":
            raise
        for one in handovers(rows, log_keys(deployment)):
            if one.to.origin == origin:
                resume(one.statement, one.signature)
