"""Vaults: who holds which keys, under which limits of use. Keys stay in the signer; secrets pass as descriptors.

>>> from jinku.custody import Limits, NewVault, Tier
>>> from jinku.custody.ports import Form
>>> from jinku.custody.rules import check_limits, check_new
>>> evm = Form("eip155:1", "evm", "eoa", "m/44'/60'/0'/0/{i}")
>>> check_new(NewVault("ops", Tier.HOT, (evm,), limits=Limits(max_accounts=1000)))
>>> from jinku.core import JinkuError
>>> try:
...     check_limits("ops", Limits(max_accounts=1000), 900, 200, (evm,))
... except JinkuError as error:
...     error.code, error.exit_code
('vault.limits', 3)
"""

from jinku.custody.errors import (
    BadVaultError,
    LimitsExceededError,
    NameTakenError,
    SignerError,
    SignerRefusedError,
    SignerUnavailableError,
    VaultIntegrityError,
    VaultLockedError,
    VaultNotFoundError,
    WrongSecretError,
)
from jinku.custody.service import Custody
from jinku.custody.types import Limits, NewVault, Reconciliation, Tier, Vault, VaultState, VaultView

__all__ = [
    "BadVaultError",
    "Custody",
    "Limits",
    "LimitsExceededError",
    "NameTakenError",
    "NewVault",
    "Reconciliation",
    "SignerError",
    "SignerRefusedError",
    "SignerUnavailableError",
    "Tier",
    "Vault",
    "VaultIntegrityError",
    "VaultLockedError",
    "VaultNotFoundError",
    "VaultState",
    "VaultView",
    "WrongSecretError",
]
