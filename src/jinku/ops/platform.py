"""The composition: the one place that knows which adapter serves which port."""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import Any, NoReturn, cast

from jinku.accounts import Accounts
from jinku.accounts.adapters.account_rows import SqlAccountRows
from jinku.core import Clock, IntegrityError, JinkuError, SystemClock
from jinku.custody import Custody, Vault
from jinku.custody.adapters.launcher import Launcher
from jinku.custody.adapters.token_folder import TokenFolder
from jinku.custody.adapters.vault_rows import SqlVaultRows
from jinku.custody.errors import SignerAbsentError
from jinku.custody.locking import lock_keys, locked_unrecorded
from jinku.custody.ports import SecretFd, Signer, SignerInfo, SignerLauncher, SystemKeys, VaultDescription
from jinku.journal import Journal, openings
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.ops.belonging import refuse_foreign
from jinku.ops.deployment import Deployment
from jinku.ops.full_disk import open_database
from jinku.ops.journal import actor_of, journal_of, log_keys, refuse_behind
from jinku.ops.privacy import privacy_of, subjects
from jinku.ops.settings import Settings
from jinku.ops.trust_folder import TrustFolder
from jinku.privacy import Privacy
from jinku.store import Database

__all__ = ["READ_SECONDS", "Platform", "launcher", "lock_without_database"]

LONG_SECONDS = 180.0  # what a derivation, an Argon2 or a slow disk may take
READ_SECONDS = 8.0  # a signer tells what it holds at once: one that does not, hangs


def launcher(settings: Settings, timeout_seconds: float = LONG_SECONDS) -> SignerLauncher:
    """What starts and finds the signer of this home; one that hangs is given up after ``timeout_seconds``."""
    return Launcher(settings.home, settings.runtime, owner_uid=settings.signer_uid, timeout_seconds=timeout_seconds)


def lock_without_database(settings: Settings, vault: str | None, cause: JinkuError) -> NoReturn:
    """A running signer's keys are wiped; raises what tells so, or ``cause`` when nothing ran that could hold keys."""
    try:
        launcher(settings, READ_SECONDS).connect(start=False).close()  # one that hangs is told soon
        signer = launcher(settings).connect(start=False)
    except SignerAbsentError:
        raise cause from None
    try:
        lock_keys(signer, TokenFolder(settings.tokens), vault)
    finally:
        signer.close()
    raise locked_unrecorded(vault, cause) from cause


class _LateSigner:
    """A signer that is started and connected when its first verb is called: reading commands never need one.

    It hands every verb on unchanged, so it serves the port as the signer itself does. Two dozen methods that repeat
    the port's signatures to say so to mypy would be the longer and the weaker proof: ``port`` casts, once, here.
    """

    def __init__(self, source: SignerLauncher) -> None:
        self._source = source
        self._signer: Signer | None = None

    def __getattr__(self, verb: str) -> Any:
        if verb.startswith("_"):
            raise AttributeError(verb)
        if self._signer is None:
            self._signer = self._source.connect(start=True)
        return getattr(self._signer, verb)

    @property
    def port(self) -> Signer:
        """Itself, as the port that it serves."""
        return cast(Signer, self)

    def tell(self, vault: str) -> VaultDescription:
        """What a signer that runs says of a vault's file; none is started for it. SignerError when none answers."""
        if self._signer is None:
            self._signer = self._source.connect(start=False)
        return self._signer.describe(vault)

    def close(self) -> None:
        """The connection is closed if there was one; the signer itself lives on."""
        if self._signer is not None:
            self._signer.close()
            self._signer = None


class Platform:
    """One installation, open: its pin, database, signer and the rooms on top of them."""

    def __init__(self, settings: Settings, deployment: Deployment, database: Database, clock: Clock) -> None:
        """Use ``open`` instead."""
        self.settings = settings
        self.deployment = deployment
        self.database = database
        self.clock = clock
        self.launcher = launcher(settings)
        self._late = _LateSigner(self.launcher)
        self._reader = _LateSigner(launcher(settings, READ_SECONDS))
        self.signer = self._late.port

    @classmethod
    def open(cls, settings: Settings, clock: Clock | None = None) -> Platform:
        """The installation that ``init`` made; refuses a missing or damaged one, another's database, another schema."""
        own_clock = clock or SystemClock()
        deployment = Deployment.read(settings.deployment)
        database = open_database(settings.place, own_clock)
        database.actor = actor_of(deployment.actor_public)
        try:
            with database.read() as unit:
                refuse_foreign(unit, deployment.deployment)
        except JinkuError:
            database.close()
            raise
        return cls(settings, deployment, database, own_clock)

    def vault_rows(self) -> tuple[Vault, ...]:
        """Every vault as the database has it; no signer is asked."""
        with self.database.read() as unit:
            return SqlVaultRows().all(unit)

    @cached_property
    def custody(self) -> Custody:
        """The vaults."""
        return Custody(
            self.database,
            SqlVaultRows(),
            self.signer,
            TokenFolder(self.settings.tokens),
            self.clock,
            teller=self._reader.tell,
            reader=self._reader.port,
        )

    @cached_property
    def accounts(self) -> Accounts:
        """The accounts; every batch is proven against the pinned identity key."""
        return Accounts(
            self.database,
            SqlAccountRows(),
            self.custody,
            self.signer,
            self.clock,
            self.deployment.id,
            self.deployment.identity_bytes,
            self.settings.owner_cap,
            entry_receipt=self.journal.receipt_if_covered,
            subjects=subjects(),
            refuse_behind=lambda: refuse_behind(self.settings, self.deployment, self.log_rows, self.clock),
            later_origins=lambda unit: openings(unit, log_keys(self.deployment)),
        )

    @cached_property
    def journal(self) -> Journal:
        """The tamper-evident log."""
        greeter = launcher(self.settings, READ_SECONDS)
        return journal_of(self.settings, self.deployment, self.database, self.launcher, greeter, self.clock)

    def reopen_journal(self) -> None:
        """The log is looked at anew when it is needed next: it has another origin."""
        self.__dict__.pop("journal", None)

    @cached_property
    def privacy(self) -> Privacy:
        """What is held of whom, and its erasure."""
        return privacy_of(self.database, self.deployment.deployment, self.settings.database)

    @property
    def log_rows(self) -> SqlLogRows:
        """The log's order, for what speaks to it past its verbs."""
        return SqlLogRows(self.database)

    @property
    def profile(self) -> str:
        """``dev`` while no witness from outside has to cosign."""
        return TrustFolder(self.settings.home, self.deployment).current().profile

    def hello(self) -> SignerInfo:
        """What the signer says of itself; IntegrityError when it belongs to another deployment."""
        info = self.signer.hello()
        if info.system != "absent" and info.deployment and info.deployment != self.deployment.deployment:
            raise IntegrityError(
                "the signer holds the keys of another deployment",
                found=info.deployment,
                expected=self.deployment.deployment,
                advice="check --home; signer/ and deployment.json must come from the same backup",
                code="ops.signer_foreign",
            )
        return info

    def unlock_system(self, secret: SecretFd) -> SystemKeys:
        """The signer's system keys are open and are those that the home pins; an entry says so."""
        keys = self.signer.unlock_system(secret)
        pinned = (self.deployment.deployment, self.deployment.identity_public, self.deployment.actor_public)
        if (keys.deployment, keys.identity_public, keys.actor_public) != pinned:
            raise IntegrityError(
                "the signer's system keys are not those that this home pins",
                found=f"identity {keys.identity_public[:16]}…",
                expected=f"identity {self.deployment.identity_public[:16]}…",
                advice="signer/ and deployment.json must come from the same backup; use nothing that this signer made",
                code="ops.signer_foreign",
            )
        with self.database.unit() as unit:
            unit.append_entry("system.unlocked", self.deployment.deployment, {})
        return keys

    def close(self) -> None:
        """Connections to signer and database are closed; the signer process lives on."""
        self._late.close()
        self._reader.close()
        self.database.close()

    def __enter__(self) -> Platform:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closed."""
        self.close()
