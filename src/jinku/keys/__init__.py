"""Public faces of keys: which addresses an account gets, whether an address is right, whether a batch was signed.

>>> from jinku.keys import encode_address, forms_of, validate_address
>>> [form.path_at(7) for form in forms_of("evm,bitcoin")]
["m/44'/60'/0'/0/7", "m/86'/0'/0'/0/7", "m/84'/0'/0'/0/7"]
>>> generator = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
>>> encode_address("eip155:1", "eoa", generator)
'0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf'
>>> validate_address("eip155:1", "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf").address
'0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf'
>>> forms_of("etherium")  # doctest: +ELLIPSIS
Traceback (most recent call last):
jinku.keys.errors.UnknownChainError: a chain is unknown: ...did you mean ethereum?

No private key comes here: keys live in the signer alone.
"""

from jinku.keys.addresses import encode_address, validate_address
from jinku.keys.batches import account_leaf, read_statement, verify_account, verify_batch
from jinku.keys.errors import BatchMismatchError, UnknownChainError
from jinku.keys.forms import KNOWN_CHAINS, check_form, forms_of
from jinku.keys.types import BatchStatement, CheckedAddress, Form

__all__ = [
    "KNOWN_CHAINS",
    "BatchMismatchError",
    "BatchStatement",
    "CheckedAddress",
    "Form",
    "UnknownChainError",
    "account_leaf",
    "check_form",
    "encode_address",
    "forms_of",
    "read_statement",
    "validate_address",
    "verify_account",
    "verify_batch",
]
