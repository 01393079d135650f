"""What every export shares: two confirmations, a destination that the signer writes to by itself, a word afterwards."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jinku.cli.confirming import answer, check_terminal, say_yes
from jinku.cli.session import Session
from jinku.core import RefusedError, UnavailableError, UsageError
from jinku.custody import Vault
from jinku.custody.errors import ExportedUnrecordedError
from jinku.custody.ports import Exported

__all__ = ["Destination", "check_exportable", "confirm_export", "destination", "report_export"]

_OWN_WORDS = "bip39"  # the kind of what `jinku vault create` makes
_SEALED_FORMATS = frozenset({"age", "keystore"})


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an export goes: ``plaintext_file``, else stdout. An age file or a keystore is no plaintext.

    With ``only_copy`` a file that anything was written to stays, whatever fails: nothing else may hold it any more.
    """

    format: str
    recipient: str
    plaintext_file: Path | None
    only_copy: bool = False

    @property
    def sealed(self) -> bool:
        """True when what is written is encrypted."""
        return bool(self.recipient) or self.format in _SEALED_FORMATS


def check_exportable(vault: Vault, account: bool) -> None:
    """Refused before anything is asked for: what the signer would never write. The signer checks again."""
    if vault.secret_kind.startswith("watch-"):
        raise _never("the vault is watch-only: it holds no private key")
    if account and not vault.hardened_accounts and not vault.secret_kind.startswith("raw-"):
        raise _never(
            "the account is a child of a tree without hardened accounts: its key and the extended public key would "
            "give the key of every sibling",
            "move the assets instead, or use a vault with --hardened-accounts",
        )
    if not vault.exportable and not vault.hardened_accounts and vault.secret_kind == _OWN_WORDS:
        raise _never(
            "the vault's words would give every custodial account, so no command writes them",
            "copy the whole home as its backup",
        )
    if not vault.exportable:
        raise _never("the vault was made non-exportable; that is for ever", "move the assets to another vault")


def _never(what: str, advice: str | None = None) -> RefusedError:
    return RefusedError(what, advice=advice, code="export.refused")


def confirm_export(session: Session, what: str, fingerprint: str, confirm: str, yes: bool) -> None:
    """The caller means it: typed the fingerprint and yes at two prompts, or gave both as options."""
    if confirm or yes:
        if not (confirm and yes):
            raise UsageError("an export without prompts needs both", expected=f"--confirm {fingerprint} --yes")
        _compare(confirm, fingerprint)
        return
    check_terminal(session, f"the export of {what}", "--confirm FINGERPRINT --yes")
    session.out.warn(f"{what} is about to leave the signer; whoever reads it owns what it holds")
    _compare(answer(session, f"Type the fingerprint to go on ({fingerprint}): "), fingerprint)
    say_yes(session, "Really write it?")


def _compare(given: str, fingerprint: str) -> None:
    if given.strip().lower() != fingerprint.lower():
        raise RefusedError(
            "the fingerprint is another one", found=given, expected=fingerprint, code="usage.not_confirmed"
        )


def report_export(session: Session, kind: str, name: str, form: str, exported: Exported) -> None:
    """The caller knows what left, and what did not leave with it."""
    if exported.needs_passphrase:
        session.out.warn(
            "these words alone restore other addresses: they belong to a BIP-39 passphrase, which is not exported; "
            "whoever restores them has to enter both"
        )
    if session.out.as_json:
        session.out.line({kind: name, "format": form, "needs_passphrase": exported.needs_passphrase})
    session.out.note(f"{kind} {name}: exported as {form}; the entry key.export_ended stands")


@contextmanager
def destination(session: Session, target: Destination) -> Iterator[int]:
    """A descriptor the signer writes to. Plaintext goes to a regular file only by ``--plaintext-file``."""
    if target.plaintext_file is not None:
        yield from _new_file(session, target.plaintext_file, target.only_copy)
        return
    if session.out.as_json:
        raise UsageError("an export is no JSON", advice="leave --json out")
    fd = sys.stdout.fileno()
    if stat.S_ISREG(os.fstat(fd).st_mode) and not target.sealed:
        raise RefusedError(
            "stdout is a file, and this would write a key in plaintext to disk",
            expected="a terminal, a pipe, --recipient AGE, or --plaintext-file F",
            code="export.plaintext_file",
        )
    sys.stdout.flush()
    yield fd


def _new_file(session: Session, path: Path, only_copy: bool) -> Iterator[int]:
    """A new file whose name is on the disk before it is written to; gone again if what it is for fails."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise UsageError("the file cannot be made", found=f"{path}: {error.strerror}", expected="a new file") from error
    done = False
    try:
        _sync_folder(path.parent)
        yield fd
        _sync(fd, path)
        done = True
    except ExportedUnrecordedError:
        done = True  # the key did leave, whole: the file is what was asked for
        _sync(fd, path)
        session.out.warn(f"{path} is kept: it holds the key that was exported")
        raise
    finally:
        kept = only_copy and os.fstat(fd).st_size > 0
        os.close(fd)
        if not done and kept:
            session.out.warn(f"{path} is kept: it holds what was delivered, and may be the only copy")
        elif not done:
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _sync(fd, folder)
    finally:
        os.close(fd)


def _sync(fd: int, path: Path) -> None:
    try:
        os.fsync(fd)
    except OSError as error:
        raise UnavailableError(
            f"{path} could not be brought to the disk",
            found=error.strerror or str(error),
            advice="choose a file on a sound disk",
            code="output.failed",
        ) from error
