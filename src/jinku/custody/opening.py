"""Vaults open and close: unlocking, locking, and the exports for which a vault is opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from jinku.core import Clock, Id, IntegrityError, JinkuError, Json, UsageError
from jinku.custody.checking import check_file
from jinku.custody.errors import (
    LockedUnrecordedError,
    SignerError,
    SignerTimeoutError,
    SignerUnavailableError,
    VaultNotFoundError,
)
from jinku.custody.locking import known_to_signer, locked_unrecorded
from jinku.custody.noting import noted_export
from jinku.custody.ports import Exported, SecretFd, Signer, Verb
from jinku.custody.records import TokenStore
from jinku.custody.register import Register
from jinku.custody.types import Vault
from jinku.custody.unlocking import Unlocking, undone
from jinku.store import Database

__all__ = ["Opening"]

_EXPORT_SECONDS = 120


class Opening:
    """The verbs of ``Custody`` that deal with tokens; see there for what each promises."""

    def __init__(  # noqa: PLR0917  custody builds it, once
        self,
        database: Database,
        signer: Signer,
        reader: Signer,
        tokens: TokenStore,
        clock: Clock,
        register: Register,
        unlocking: Unlocking,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._signer = signer
        self._reader = reader
        self._tokens = tokens
        self._clock = clock
        self._register = register
        self._unlocking = unlocking

    def unlock(self, vault: str, secret: SecretFd, ttl_seconds: int, verbs: Sequence[Verb]) -> Vault:
        """The signer holds the key, the token lies in the runtime folder."""
        found = self._register.find(vault)
        key, token = self._asked(found, secret, verbs, ttl_seconds)
        try:
            check_file(found, self._signer.describe(str(found.vault)))  # now authenticated by the vault's key
            self._tokens.save(found.vault, token)
            self._unlocking.end(key, found, verbs, ttl_seconds)
        except BaseException as error:
            self._unlocking.shut(found, error)
            self._unlocking.fail(key, found, error)
            if isinstance(error, JinkuError) and not isinstance(error, IntegrityError):
                raise undone(found, error) from error
            raise
        return found

    def _asked(self, found: Vault, secret: SecretFd, verbs: Sequence[Verb], seconds: int) -> tuple[str, bytes]:
        """The task of the unlocking and the token that the signer gave; an entry stands before it is asked."""
        key = self._unlocking.begin(found, verbs, seconds)
        try:
            return key, self._signer.unlock_vault(str(found.vault), secret, verbs, seconds)
        except BaseException as error:
            if isinstance(error, SignerError) and not isinstance(error, SignerUnavailableError):
                self._unlocking.fail(key, found, error)
            else:  # it may still be at it: the task stays, and the next command locks what it opened
                try:
                    self._unlocking.shut(found, error)
                finally:
                    self._unlocking.leave(key)
            raise

    @contextmanager
    def for_export(self, vault: str, secret: SecretFd) -> Iterator[bytes]:
        """A token that exports, for two minutes."""
        found = self._register.find(vault)
        before, seconds = self._signer.describe(str(found.vault)), _EXPORT_SECONDS
        was_open = before.state == "unlocked"
        if was_open:
            seconds = max(1, min(seconds, (before.expires_at_ms - self._clock.now_ms()) // 1000))
        key, token = self._asked(found, secret, (Verb.EXPORT,), seconds)
        try:
            self._unlocking.end(key, found, (Verb.EXPORT,), seconds)
            yield token
        except BaseException as error:  # what went wrong is told first, whatever its locking comes to
            if not was_open:
                self._lock_after(error, found)
            raise
        if not was_open:
            self._lock(found.vault, found.name)

    def _lock_after(self, error: BaseException, found: Vault) -> None:
        try:
            self._lock(found.vault, found.name)
        except LockedUnrecordedError:
            return
        except JinkuError as second:
            error.add_note(
                f"vault {found.name} may lie open for {_EXPORT_SECONDS} s more, it could not be locked: {second}"
            )

    def lock(self, vault: str | None) -> None:
        """The key is wiped whatever the database says; SignerTimeoutError soon when the signer hangs."""
        self._reader.hello()
        self._lock(None if vault is None else self._lockable(vault), vault)

    def _lock(self, found: Id | None, name: str | None) -> None:
        self._signer.lock(None if found is None else str(found))
        self._tokens.drop(found)
        try:
            with self._database.unit() as unit:
                unit.append_entry("vault.locked", "*" if found is None else str(found), {})
        except JinkuError as error:
            raise locked_unrecorded(name, error) from error

    def _lockable(self, vault: str) -> Id:
        """The id of a vault: by its row, or by the signer's own files when the database does not answer."""
        try:
            return self._register.find(vault).vault
        except (VaultNotFoundError, UsageError, SignerTimeoutError):
            raise
        except JinkuError:
            return known_to_signer(self._reader, vault)

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
        with noted_export(self._database, str(found.vault), f"the key of vault {found.name}", facts):
            return self._signer.export(token, str(found.vault), account_index, format, out_fd, secret, recipient)
