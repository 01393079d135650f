"""What a secret is asked for by: one wording for one secret, wherever it is asked.

>>> of_vault("main"), of_vault("main", new=True)
('Passphrase of the vault main', 'New passphrase of the vault main')
"""

from __future__ import annotations

__all__ = ["NEW_OF_HOME", "OF_HOME", "of_vault"]

OF_HOME = "Passphrase of this home"
NEW_OF_HOME = "New passphrase of this home"


def of_vault(name: str, new: bool = False) -> str:
    """The vault's passphrase, or the one that it gets now."""
    return f"{'New passphrase' if new else 'Passphrase'} of the vault {name}"
