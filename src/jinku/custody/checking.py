"""A vault's row is believed only where it says what the signer's file and the entries of the vault say."""

from __future__ import annotations

import json
from collections.abc import Callable

from jinku.core import IntegrityError
from jinku.custody.errors import SignerError, SignerTimeoutError, VaultIntegrityError, VaultNotFoundError
from jinku.custody.history import history_of
from jinku.custody.ports import VaultDescription
from jinku.custody.rules import forms_text, limits_from_text
from jinku.custody.types import Vault
from jinku.store import Unit

__all__ = ["FileTeller", "check_entries", "check_file", "check_limits_alike", "check_version", "told_by"]

# What a vault's file says of it, by id; a SignerError when no signer answers.
FileTeller = Callable[[str], VaultDescription]

_ADVICE = "use nothing of this vault; find out who wrote to the database, compare it with a backup"


def told_by(teller: FileTeller, vault: str) -> VaultDescription | None:
    """What the signer says of a vault; None when none runs, or its file is gone or cannot be read.

    SignerTimeoutError when one runs and hangs: whoever reads on would not know what it holds.
    """
    try:
        file = teller(vault)
    except SignerTimeoutError:
        raise
    except (SignerError, VaultNotFoundError):
        return None
    return None if file.state == "damaged" else file


def _compare(row: Vault, pairs: dict[str, tuple[object, object]], against: str) -> None:
    for what, (found, expected) in pairs.items():
        if found != expected:
            raise IntegrityError(
                f"the database and {against} differ in the {what} of vault {row.vault}",
                found=f"{found} in the database",
                expected=f"{expected} by {against}",
                advice=_ADVICE,
                code="vault.row_changed",
                fields={"vault": str(row.vault), "name": row.name, "what": what},
            )


def check_file(row: Vault, file: VaultDescription) -> None:
    """The row has name, tier, fingerprint and forms of the vault's file, and the file is not older than the row."""
    _compare(
        row,
        {
            "name": (row.name, file.name),
            "fingerprint": (row.fingerprint, file.fingerprint),
            "tier": (row.tier.value, file.tier),
            "forms": (forms_text(row.forms), forms_text(file.forms or row.forms)),
            "hardened accounts": (row.hardened_accounts, file.hardened_accounts),
            "exportability": (row.exportable, file.exportable),
            "kind of secret": (row.secret_kind, file.secret_kind or row.secret_kind),
        },
        "the vault's file",
    )
    check_version(row, file)


def check_limits_alike(row: Vault, file: VaultDescription) -> None:
    """The row has the limits of use of the vault's file. Commands go by the file's; a doctor says that they differ."""
    _compare(row, {"limits of use": (row.limits, limits_from_text(file.limits))}, "the vault's file")


def check_version(row: Vault, file: VaultDescription) -> None:
    """The file has the key version of the row, or a later one that the row has yet to note."""
    if file.key_version < row.key_version:
        raise VaultIntegrityError(
            f"the vault file of {row.name} is older than the record",
            found=f"key version {file.key_version}",
            expected=f"key version {row.key_version}",
            advice="an old copy took its place: restore the latest one; if there is none, `jinku doctor --mend` "
            "accepts this one, and journals it",
            fields={"vault": str(row.vault), "found": file.key_version, "expected": row.key_version},
        )


def check_entries(unit: Unit, row: Vault) -> None:
    """The row says what the entries say that its making and its changes of key left; entries cannot be changed.

    They hold no name, since a person may stand in it: a name is compared with the vault's file alone.
    """
    history = history_of(unit.entries(subject=str(row.vault)), str(row.vault))
    if history is None:
        raise IntegrityError(
            f"no entry stands of the making of vault {row.name}",
            found=str(row.vault),
            advice=_ADVICE,
            code="vault.row_changed",
            fields={"vault": str(row.vault), "name": row.name},
        )
    made = history.made
    pairs: dict[str, tuple[object, object]] = {
        "fingerprint": (row.fingerprint, made["fingerprint"]),
        "tier": (row.tier.value, made["tier"]),
        "forms": (json.loads(forms_text(row.forms)), made["forms"]),
        "key version": (row.key_version, history.key_version),
        "custody": (row.custody, made.get("custody", row.custody)),
        "kind of secret": (row.secret_kind, made.get("secret_kind", row.secret_kind)),
        "hardened accounts": (row.hardened_accounts, made.get("hardened_accounts", row.hardened_accounts)),
        "exportability": (row.exportable, made.get("exportable", row.exportable)),
    }
    _compare(row, pairs, "the entries")
