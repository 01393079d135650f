"""An unlocking has an entry before and one after; one that a dead process left is undone by the next command."""

from __future__ import annotations

from collections.abc import Sequence

from jinku.core import Id, IdSource, JinkuError, Json
from jinku.custody.changing import VAULTS
from jinku.custody.checking import FileTeller, told_by
from jinku.custody.errors import LeftOpenError, SignerGoneError, UnlockUndoneError
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
        try:
            with self._database.unit() as unit:
                _QUEUE.drop(unit, key)
                unit.append_entry("vault.unlock_ended", str(vault.vault), {"outcome": outcome})
        except JinkuError:
            return

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

    def settle(self, witness: FileTeller) -> tuple[str, ...]:
        """Each unlocking whose process died is undone, its vault locked, its end noted; the ids of their vaults."""
        with self._database.read() as unit:
            held = _QUEUE.held_keys(unit)
        if not held:
            return ()
        files = {vault: told_by(witness, vault) for vault in {key.partition("/")[0] for key in held}}
        settled: list[str] = []
        with self._database.unit() as unit:
            unit.hold(VAULTS)
            before = _QUEUE.held_keys(unit) & held
            _QUEUE.release_dead(unit)
            for key in sorted(before - _QUEUE.held_keys(unit)):
                vault = key.partition("/")[0]
                file = files[vault]
                was_open = file is not None and file.state == "unlocked"
                if was_open and vault not in settled:
                    self._signer.lock(vault)
                    self._tokens.drop(Id.parse(vault))
                _QUEUE.drop(unit, key)
                facts: dict[str, Json] = {"locked": was_open, "noted": "afterwards", "outcome": "cut_short"}
                unit.append_entry("vault.unlock_ended", vault, facts)
                settled.append(vault)
        return tuple(dict.fromkeys(settled))


def undone(vault: Vault, cause: JinkuError) -> UnlockUndoneError:
    """Says that the vault is locked again, and why."""
    return UnlockUndoneError(
        f"vault {vault.name} was locked again: its unlocking could not be noted down",
        found=f"{cause.code}: {cause}",
        advice="mend the cause, then unlock it again",
        retryable=cause.retryable,
    )


def _facts(verbs: Sequence[Verb], seconds: int) -> dict[str, Json]:
    return {"ttl_seconds": seconds, "verbs": sorted(verb.value for verb in verbs)}
