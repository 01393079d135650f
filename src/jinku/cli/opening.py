"""What a job needs open before it can derive: the system keys that sign batches, and the vault."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from jinku.cli.progress import waiting
from jinku.cli.prompts import passphrase_of_home, passphrase_of_vault
from jinku.cli.session import SecretOptions, Session
from jinku.cli.vault_view import state_of
from jinku.core import RefusedError
from jinku.custody import VaultLockedError, WrongSecretError

__all__ = ["ensure_open", "ensure_system", "naming", "opened_for_export"]


def _can_ask(session: Session, options: SecretOptions) -> bool:
    at_terminal = sys.stdin.isatty() and session.out.errors.is_terminal and not session.out.as_json
    return session.has_secret(options) or at_terminal


def ensure_system(session: Session, home_secret: SecretOptions) -> None:
    """The signer's system keys are open: they were, or the home's own secret opened them now."""
    if session.platform.hello().system == "unlocked":
        return
    if not _can_ask(session, home_secret):
        raise RefusedError(
            "the signer's system keys are locked",
            expected="them open, since they sign every batch",
            advice="jinku signer unlock, or pass --home-passphrase-fd N",
            code="signer.system_locked",
        )
    with (
        session.secret(home_secret, passphrase_of_home()) as given,
        waiting(session.out, "opening the system keys"),
    ):
        session.platform.unlock_system(given)


def ensure_open(session: Session, vault: str, secret: SecretOptions, home_secret: SecretOptions) -> None:
    """System keys and vault are open and the vault's token lies in the runtime folder."""
    ensure_system(session, home_secret)
    custody = session.platform.custody
    view = custody.describe(vault)
    if view.signer is not None and view.signer.state == "unlocked" and _has_token(session, vault):
        return
    if not _can_ask(session, secret):
        raise VaultLockedError(
            f"the vault {view.vault.name} is locked",
            advice=f"jinku vault unlock {view.vault.name}, or pass --passphrase-fd N",
        )
    prompt = passphrase_of_vault(view.vault.name)
    with (
        session.secret(secret, prompt) as given,
        waiting(session.out, "opening the vault"),
        naming(view.vault.name),
    ):
        custody.unlock(vault, given)
    name = view.vault.name
    session.out.note(f"{name}: {state_of(custody.describe(vault))}; `jinku vault lock {name}` closes it")


def _has_token(session: Session, vault: str) -> bool:
    custody = session.platform.custody
    try:
        custody.token(custody.find(vault).vault)
    except VaultLockedError:
        return False
    return True


@contextmanager
def naming(vault: str) -> Iterator[None]:
    """A wrong passphrase or key file is refused with the vault's name and with what can still be done."""
    try:
        yield
    except WrongSecretError as error:
        if error.code == "import.wrong_password":
            raise
        raise WrongSecretError(
            f"vault {vault}: {error.what}",
            found=error.found,
            expected=error.expected,
            advice="try again: nothing else opens the vault, and nobody can reset it",
            code=error.code,
        ) from error


@contextmanager
def opened_for_export(session: Session, vault: str, secret: SecretOptions) -> Iterator[bytes]:
    """The passphrase is asked for, open vault or not, and gives a token that exports."""
    custody = session.platform.custody
    name = custody.find(vault).name
    prompt = passphrase_of_vault(name)
    with (
        session.secret(secret, prompt) as given,
        naming(name),
        custody.opened_for_export(vault, given) as token,
    ):
        yield token
