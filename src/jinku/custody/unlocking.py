"""An unlocking has an entry before and one after; one that a dead process left is undone by the next command."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from jinku.core import Id, IdSource, JinkuError, Json
from jinku.custody.changing import VAULTS
from jinku.custody.checking import FileTeller, told_by
from jinku.custody.errors import LeftOpenError, SignerError, SignerGoneError, UnlockUndoneError
from jinku.custody.ports import Signer, Verb
from jinku.custody.records import TokenStore
from jinku.custody.types import Vault
from jinku.store import Database, Queue, current_owner

__all__ = ["Unlocking", "undone"]

# An unlocking under way is a task here, held by the process that asks: "vault id/its own id", for two may ask at once.
_QUEUE = Queue("custody/unlock")


class Unlocking:
    """Begin, end and undo; ``Opening`` asks the signer between them."""

    def __init__(self, database: Database, signer: Signer, tokens: TokenStore, ids: IdSource) -> None:
        """Take what it works with."""
        self._database = database
        self._signer = signer
        self._tokens = tokens
        self._ids = ids

    def begin(self, vault: Vault, verbs: Sequence[Verb], seconds: int) -> str:
        """The entry stands and the database can be written: the signer may be asked. The task's key."""
        key = f"{vault.vault}/{self._ids.new()}"
        with self._database.unit() as unit:
            _QUEUE.claim(unit, key, current_owner())
            unit.append_entry("vault.unlock_begun", str(vault.vault), _facts(verbs, seconds))
        return key

    def end(self, key: str, vault: Vault, verbs: Sequence[Verb], seconds: int) -> None:
        """The vault is open and its entry stands."""
        with self._database.unit() as unit:
            _QUEUE.drop(unit, key)
            unit.append_entry("vault.unlocked", str(vault.vault), _facts(verbs, seconds))

    def fail(self, key: str, vault: Vault, error: BaseException) -> None:
        """It did not open and its entry says why; a database that cannot be written leaves that to the next command."""
        outcome = error.code if isinstance(error, JinkuError) else "interrupted"
        with suppress(JinkuError), self._database.unit() as unit:
            _QUEUE.drop(unit, key)
            unit.append_entry("vault.unlock_ended", str(vault.vault), {"outcome": outcome})

    def leave(self, key: str) -> None:
        """Nobody works on it any more and it has no end: the next command undoes it."""
        with suppress(JinkuError), self._database.unit() as unit:
            _QUEUE.let_go(unit, key)

    def shut(self, vault: Vault, cause: BaseException) -> None:
        """The signer holds the vault's key no more and its token is gone; LeftOpenError when it does not confirm."""
        try:
            self._signer.lock(str(vault.vault))
        except SignerGoneError:
            pass  # its keys went with it
        except JinkuError as error:
            raise LeftOpenError(
                f"the unlocking of vault {vault.name} failed, and the signer does not confirm that it is locked again",
                found=f"{error.code}: {error.what}",
                expected="a locked vault",
                advice="run `jinku signer stop`: every key goes with the process",
            ) from cause
        self._tokens.drop(vault.vault)

    def settle(self, teller: FileTeller) -> tuple[str, ...]:
        """Each unlocking that was left, or whose process died, is undone, its end noted; the ids of their vaults.

        What a dead process asked for and the signer opens later, the signer itself closes: its caller had hung up.
        """
        with self._database.read() as unit:
            left = _QUEUE.left(unit)
        if not left:
            return ()
        files = {vault: told_by(teller, vault) for vault in {key.partition("/")[0] for key in left}}
        was_open = {vault for vault, file in files.items() if file is not None and file.state == "unlocked"}
        for vault in sorted(was_open):  # before the unit: a signer that takes its time keeps no writer waiting
            self._signer.lock(vault)
            self._tokens.drop(Id.parse(vault))
        settled: list[str] = []
        with self._database.unit() as unit:
            unit.hold(VAULTS)
            for key, _ in sorted(left.items() & _QUEUE.left(unit).items()):
                vault = key.partition("/")[0]
                _QUEUE.drop(unit, key)
                facts: dict[str, Json] = {"locked": vault in was_open, "noted": "afterwards", "outcome": "cut_short"}
                unit.append_entry("vault.unlock_ended", vault, facts)
                settled.append(vault)
        return tuple(dict.fromkeys(settled))


def undone(vault: Vault, cause: JinkuError) -> UnlockUndoneError:
    """Says that the vault is locked again, and why."""
    failed = "be completed" if isinstance(cause, SignerError) else "be noted down"
    return UnlockUndoneError(
        f"vault {vault.name} was locked again: its unlocking could not {failed}",
        found=f"{cause.code}: {cause}",
        advice="mend the cause, then unlock it again",
        retryable=cause.retryable,
    )


def _facts(verbs: Sequence[Verb], seconds: int) -> dict[str, Json]:
    return {"ttl_seconds": seconds, "verbs": sorted(verb.value for verb in verbs)}
