"""What a secret is asked for by: one wording for one secret, wherever it is asked.

>>> passphrase_of_home(), passphrase_of_vault("main", new=True)
('Passphrase of this home', 'New passphrase of the vault main')
"""

from __future__ import annotations

__all__ = ["passphrase_of_home", "passphrase_of_vault"]


def passphrase_of_home(new: bool = False) -> str:
    """The home's passphrase, or the one that it gets now."""
    return _passphrase("this home", new)


def passphrase_of_vault(name: str, new: bool = False) -> str:
    """The vault's passphrase, or the one that it gets now."""
    return _passphrase(f"the vault {name}", new)


def _passphrase(whose: str, new: bool) -> str:
    return f"{'New passphrase' if new else 'Passphrase'} of {whose}"
