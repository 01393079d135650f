"""Vaults open and close: unlocking, locking, and the exports for which a vault is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from jinku.core import Clock, Id, IntegrityError, JinkuError, Json, UsageError
from jinku.custody.checking import check_file
from jinku.custody.errors import SignerError, VaultNotFoundError
from jinku.custody.locking import known_to_signer, locked_unrecorded
from jinku.custody.ports import Exported, SecretFd, Signer, Verb
from jinku.custody.records import TokenStore
from jinku.custody.register import Register
from jinku.custody.types import Vault
from jinku.store import Database, Unit

__all__ = ["Opening"]

_EXPORT_SECONDS = 120


class Opening:
    """The verbs of ``Custody`` that deal with tokens; see there for what each promises."""

    def __init__(
        self, database: Database, signer: Signer, tokens: TokenStore, clock: Clock, register: Register
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._signer = signer
        self._tokens = tokens
        self._clock = clock
        self._register = register

    def unlock(self, vault: str, secret: SecretFd, ttl_seconds: int, verbs: Sequence[Verb]) -> Vault:
        """The signer holds the key, the token lies in the runtime folder."""
        found = self._register.find(vault)
        token = self._signer.unlock_vault(str(found.vault), secret, verbs, ttl_seconds)
        try:
            check_file(found, self._signer.describe(str(found.vault)))  # now authenticated by the vault's key
        except IntegrityError:
            self._signer.lock(str(found.vault))
            raise
        with self._database.unit() as unit:
            _note_unlock(unit, found, verbs, ttl_seconds)
            self._tokens.save(found.vault, token)
        return found

    @contextmanager
    def for_export(self, vault: str, secret: SecretFd) -> Iterator[bytes]:
        """A token that exports, for two minutes."""
        found = self._register.find(vault)
        before, seconds = self._signer.describe(str(found.vault)), _EXPORT_SECONDS
        was_open = before.state == "unlocked"
        if was_open:
            seconds = max(1, min(seconds, (before.expires_at_ms - self._clock.now_ms()) // 1000))
        token = self._signer.unlock_vault(str(found.vault), secret, (Verb.EXPORT,), seconds)
        try:
            with self._database.unit() as unit:
                _note_unlock(unit, found, (Verb.EXPORT,), seconds)
            yield token
        finally:
            if not was_open:
                self.lock(vault)

    def lock(self, vault: str | None) -> None:
        """The key is wiped whatever the database says."""
        found = None if vault is None else self._lockable(vault)
        self._signer.lock(None if found is None else str(found))
        self._tokens.drop(found)
        try:
            with self._database.unit() as unit:
                unit.append_entry("vault.locked", "*" if found is None else str(found), {})
        except JinkuError as error:
            raise locked_unrecorded(vault, error) from error

    def _lockable(self, vault: str) -> Id:
        """The id of a vault: by its row, or by the signer's own files when the database does not answer."""
        try:
            return self._register.find(vault).vault
        except (VaultNotFoundError, UsageError):
            raise
        except JinkuError:
            return known_to_signer(self._signer, vault)

    def export(  # noqa: PLR0917  as the port
        self,
        token: bytes,
        vault: str,
        account_index: int | None,
        format: str,  # noqa: A002  the port's own word
        out_fd: int,
        secret: SecretFd | None,
        recipient: str,
    ) -> Exported:
        """The key went to ``out_fd``; an entry stands before and after."""
        found = self._register.find(vault)
        facts: dict[str, Json] = {"format": format, "to": "recipient" if recipient else "descriptor"}
        if account_index is not None:
            facts["index"] = account_index
        with self._database.unit() as unit:
            unit.append_entry("key.export_begun", str(found.vault), facts)
        outcome = "failed"
        try:
            exported = self._signer.export(token, str(found.vault), account_index, format, out_fd, secret, recipient)
            outcome = "exported"
        except SignerError as error:
            outcome = error.code
            raise
        finally:
            with self._database.unit() as unit:
                unit.append_entry("key.export_ended", str(found.vault), {**facts, "outcome": outcome})
        return exported


def _note_unlock(unit: Unit, vault: Vault, verbs: Sequence[Verb], seconds: int) -> None:
    facts: dict[str, Json] = {"ttl_seconds": seconds, "verbs": sorted(verb.value for verb in verbs)}
    unit.append_entry("vault.unlocked", str(vault.vault), facts)
