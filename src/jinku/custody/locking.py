"""What was done and could not be noted down is said so; locking works while the database does not answer."""

from __future__ import annotations

from jinku.core import Id, JinkuError
from jinku.custody.errors import (
    ChangedUnrecordedError,
    ChangeUnknownError,
    EndUnrecordedError,
    ExportedUnrecordedError,
    LockedUnrecordedError,
    VaultNotFoundError,
)
from jinku.custody.ports import Signer
from jinku.custody.records import TokenStore

__all__ = [
    "change_unknown",
    "changed_unrecorded",
    "end_unrecorded",
    "exported_unrecorded",
    "known_to_signer",
    "lock_keys",
    "locked_unrecorded",
]


def known_to_signer(signer: Signer, vault: str) -> Id:
    """The id of the vault that the signer's files call so, by name or id."""
    known = signer.list_vaults()
    for description in known:
        if vault in (description.name, description.vault):
            return Id.parse(description.vault)
    names = ", ".join(description.name for description in known[:8]) or "none"
    raise VaultNotFoundError(
        "no such vault, and the database does not answer",
        found=vault[:80],
        advice=f"vaults of the signer: {names}; `jinku vault lock` without a name locks all",
    )


def lock_keys(signer: Signer, tokens: TokenStore, vault: str | None) -> None:
    """The vault's keys (all, when None) are wiped and its token is gone; no database is needed, no entry written."""
    found = None if vault is None else known_to_signer(signer, vault)
    signer.lock(None if found is None else str(found))
    tokens.drop(found)


def locked_unrecorded(vault: str | None, cause: JinkuError) -> LockedUnrecordedError:
    """Says that the keys are wiped, and why the journal does not have it."""
    what = "every vault is locked and the system keys, too" if vault is None else f"vault {vault[:80]} IS locked"
    return LockedUnrecordedError(
        f"{what}; the entry vault.locked could not be written",
        found=f"{cause.code}: {cause}",
        advice="mend the cause (free some space, say), then run the command again to have the entry",
    )


def changed_unrecorded(vault: str, what: str, cause: JinkuError) -> ChangedUnrecordedError:
    """Says that the change was made, and why the journal does not have it."""
    changed = {"passphrase": "the passphrase of vault {} WAS changed: the new one opens it, the old one does not"}
    return ChangedUnrecordedError(
        f"{changed.get(what, 'vault {} HAS a new data key').format(vault)}; the entry vault.{what}_ended could not be "
        "written",
        found=f"{cause.code}: {cause}",
        advice="do not repeat the command; mend the cause, and the next command on the vault writes the entry",
    )


def change_unknown(vault: str, what: str, cause: JinkuError) -> ChangeUnknownError:
    """Says that nobody knows whether the change was made, and what becomes of it."""
    opens = {
        "passphrase": "either the old or the new passphrase opens it",
        "rekey": "its passphrase opens it as before",
    }
    return ChangeUnknownError(
        f"whether vault {vault} was changed is not known: {opens[what]}",
        found=f"{cause.code}: {cause}",
        expected="the signer's answer",
        advice="run `jinku vault describe` on it: once the signer can no longer be at it, its end is noted, and "
        "another change may begin",
    )


def exported_unrecorded(what: str, cause: JinkuError) -> ExportedUnrecordedError:
    """Says that it left, and why the journal lacks the end."""
    return ExportedUnrecordedError(
        f"{what} WAS exported; the entry key.export_ended could not be written",
        found=f"{cause.code}: {cause}",
        advice="mend the cause; key.export_begun stands, and a second export would be a second copy",
    )


def end_unrecorded(what: str, kind: str, cause: JinkuError) -> EndUnrecordedError:
    """Says that it was done, and why the journal lacks the end."""
    return EndUnrecordedError(
        f"{what}; the entry {kind} could not be written",
        found=f"{cause.code}: {cause}",
        advice="mend the cause; the entry of its beginning stands",
    )
