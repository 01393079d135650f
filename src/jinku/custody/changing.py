"""What opens a vault changes with an entry before and one after; a change that a dead process left gets its end later.

What the signer answered is kept beside the tokens until the entry stands. It keeps no count of passphrases, so a change
of passphrase whose answer nobody heard, for the process died or gave up waiting, ends as ``unknown``: one of the two
opens the vault. A new data key shows in the file's key version. No other change begins before that end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from jinku.core import Id, JinkuError, Json, canonical_bytes
from jinku.custody.checking import FileTeller, told_by
from jinku.custody.errors import SignerAbsentError, SignerError, SignerGoneError, SignerTimeoutError, VaultBusyError
from jinku.custody.locking import change_unknown, changed_unrecorded
from jinku.custody.ports import SecretFd, Signer, VaultDescription
from jinku.custody.records import TokenStore, VaultRows
from jinku.custody.turn import has_passed
from jinku.custody.types import Vault
from jinku.store import Database, Queue, Unit, current_owner

__all__ = ["VAULTS", "Changes", "note_version"]

VAULTS = "custody/vaults"  # held over what is looked up before it is written: names, changes under way
# A change under way is a task here, by vault id, held by the process that asked for it.
_QUEUES = {"passphrase": Queue("custody/passphrase"), "rekey": Queue("custody/rekey")}

_FOREIGN = "signer.protocol"


def _change(what: str, vault: str) -> str:
    return f"{vault}.{what}"


@dataclass
class _End:
    """How a change ended, as far as is known."""

    key_version: int
    outcome: str = "unknown"


def note_version(unit: Unit, rows: VaultRows, vault: Id, version: int) -> bool:
    """The row notes the key version of its file, with an entry; False when it had it already."""
    row = rows.by_id(unit, vault)
    if row is None or row.key_version >= version:
        return False
    rows.save(unit, replace(row, key_version=version))
    facts: dict[str, Json] = {"key_version": version, "outcome": "rekeyed", "noted": "afterwards"}
    unit.append_entry("vault.rekey_ended", str(vault), facts)
    return True


def _is_over(error: BaseException) -> bool:
    """The signer refused, or was never asked. Else it may still be at it, or have done it: nobody heard the answer."""
    if isinstance(error, SignerAbsentError):
        return True
    unheard = isinstance(error, (SignerTimeoutError, SignerGoneError)) or getattr(error, "code", "") == _FOREIGN
    return isinstance(error, SignerError) and not unheard


class Changes:
    """The verbs that change what opens a vault."""

    def __init__(self, database: Database, rows: VaultRows, signer: Signer, reader: Signer, tokens: TokenStore) -> None:
        """Take what it works with; ``reader`` gives up soon."""
        self._database = database
        self._rows = rows
        self._signer = signer
        self._reader = reader
        self._tokens = tokens

    def passphrase(self, row: Vault, old: SecretFd, new: SecretFd) -> None:
        """The vault opens with ``new`` only."""
        with self._noted("passphrase", row) as end:
            self._signer.change_passphrase(str(row.vault), old, new)
            end.outcome = "changed"

    def rekey(self, row: Vault, secret: SecretFd) -> Vault:
        """Every record is sealed under a new data key; the row notes its version."""
        with self._noted("rekey", row) as end:
            end.key_version = self._signer.rekey(str(row.vault), secret)
            end.outcome = "rekeyed"
        return replace(row, key_version=end.key_version)

    @contextmanager
    def _noted(self, what: str, row: Vault) -> Iterator[_End]:
        end = _End(row.key_version)
        self._begin(what, row)
        try:
            yield end
        except BaseException as error:
            over = _is_over(error)
            with suppress(JinkuError):  # the signer's own words go first; the task has the end written later
                if over:
                    end.outcome = getattr(error, "code", end.outcome)
                    self._finish(what, row, end)
                else:
                    self._leave(what, row)
            if not over and isinstance(error, SignerError):
                raise change_unknown(row.name, what, error) from error
            raise
        try:
            self._finish(what, row, end)
        except JinkuError as error:
            raise changed_unrecorded(row.name, what, error) from error

    def _leave(self, what: str, row: Vault) -> None:
        """Nobody works on it here any more, and it has no end yet: whoever settles finds out."""
        with self._database.unit() as unit:
            _QUEUES[what].let_go(unit, str(row.vault))

    def _finish(self, what: str, row: Vault, end: _End) -> None:
        """The end's entry stands; until then the outcome is kept beside the tokens, where no database is needed."""
        kept: dict[str, Json] = {"key_version": end.key_version, "outcome": end.outcome}
        self._tokens.keep_outcome(_change(what, str(row.vault)), canonical_bytes(kept))
        with self._database.unit() as unit:
            _QUEUES[what].drop(unit, str(row.vault))
            self._end(unit, what, str(row.vault), end)
        self._tokens.keep_outcome(_change(what, str(row.vault)), None)

    def _begin(self, what: str, row: Vault) -> None:
        with self._database.unit() as unit:
            unit.hold(VAULTS)
            if str(row.vault) in self.under_way(unit):
                raise VaultBusyError(
                    f"a change of what opens vault {row.name} has not ended",
                    found=str(row.vault),
                    expected="one change at a time",
                    advice="wait for it, then run the command again; `jinku doctor` says who holds it",
                )
            _QUEUES[what].claim(unit, str(row.vault), current_owner())
            unit.append_entry(f"vault.{what}_begun", str(row.vault), {"key_version": row.key_version})
            self._tokens.keep_outcome(_change(what, str(row.vault)), None)

    def _end(self, unit: Unit, what: str, vault: str, end: _End, **more: Json) -> None:
        row = self._rows.by_id(unit, Id.parse(vault))
        if row is not None and end.key_version > row.key_version:
            self._rows.save(unit, replace(row, key_version=end.key_version))
        facts: dict[str, Json] = {"key_version": end.key_version, "outcome": end.outcome, **more}
        unit.append_entry(f"vault.{what}_ended", vault, facts)

    def under_way(self, unit: Unit) -> set[str]:
        """The ids of the vaults with a change that has no end yet, whether a process is at it or not."""
        return {key for queue in _QUEUES.values() for key in queue.keys(unit)}

    def settle(self, teller: FileTeller) -> tuple[str, ...]:
        """Each change that was left, or whose process died, has the entry of its end; the ids of their vaults.

        Not before the signer can no longer be at it.
        """
        with self._database.read() as unit:
            left = {what: queue.left(unit) for what, queue in _QUEUES.items()}
        if not any(left.values()) or not has_passed(self._reader, teller):
            return ()
        files = {vault: told_by(teller, vault) for keys in left.values() for vault in keys}
        settled = []
        with self._database.unit() as unit:
            unit.hold(VAULTS)
            for what, queue in _QUEUES.items():
                for vault, _ in sorted(left[what].items() & queue.left(unit).items()):
                    queue.drop(unit, vault)
                    self._end(unit, what, vault, self._found(unit, what, vault, files.get(vault)), noted="afterwards")
                    settled.append((what, vault))
        for what, vault in settled:
            self._tokens.keep_outcome(_change(what, vault), None)
        return tuple(vault for _, vault in settled)

    def _found(self, unit: Unit, what: str, vault: str, file: VaultDescription | None) -> _End:
        """How a change ended whose process died, by the vault's file."""
        row = self._rows.by_id(unit, Id.parse(vault))
        end = _End(0 if row is None else row.key_version)
        if (kept := self._kept(what, vault)) is not None:
            return kept
        if what == "rekey" and file is not None and file.key_version > end.key_version:
            end.key_version, end.outcome = file.key_version, "rekeyed"
        return end

    def _kept(self, what: str, vault: str) -> _End | None:
        """What the process that died, or whose database could not be written, knew of the end."""
        kept = self._tokens.outcome(_change(what, vault))
        if kept is None:
            return None
        try:
            document = json.loads(kept)
            return _End(int(document["key_version"]), str(document["outcome"]))
        except (ValueError, TypeError, KeyError):
            return None

    def note(self, row: Vault, file: VaultDescription) -> Vault:
        """The row as it is once it has noted a key version that its file reached, unless a living process is at it."""
        if file.key_version <= row.key_version:
            return row
        try:
            with self._database.unit() as unit:
                unit.hold(VAULTS)
                if str(row.vault) not in self.under_way(unit):
                    note_version(unit, self._rows, row.vault, file.key_version)
                return self._rows.by_id(unit, row.vault) or row
        except JinkuError:  # reading goes on; the next command that can write notes it
            return row
