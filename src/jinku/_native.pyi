"""Arithmetic in Rust (crates/python). Nothing here takes or makes a private key.

Refusals are raised as classes of ``jinku.core``: ``UsageError`` for arguments that cannot be meant, ``ParseError`` for
text or bytes out of form, ``IntegrityError`` for proofs and signatures that do not hold.
"""

from collections.abc import Sequence
from typing import Final

__all__ = [
    "ERROR_CODES",
    "account_id",
    "account_ids",
    "batch_leaves",
    "batch_root",
    "canonical",
    "check_canonical",
    "check_form",
    "document_digest",
    "domain_digest",
    "encode_address",
    "forms_for",
    "inclusion_path",
    "leaf_hash",
    "lookup_keys",
    "merkle_root",
    "unpack_column",
    "validate_address",
    "verify_batch_statement",
    "verify_hello",
    "verify_inclusion",
    "word",
]

ERROR_CODES: Final[tuple[str, ...]]
"""Every code that this module raises beside ``usage.invalid``."""

def canonical(text: bytes) -> bytes:
    """The canonical bytes (RFC 8785, restricted) of any JSON text that keeps the restrictions."""

def check_canonical(data: bytes) -> None:
    """Raise unless the bytes are canonical already."""

def domain_digest(tag: str, data: bytes) -> bytes:
    """32 bytes: ``SHA256(tag 00 data)``."""

def document_digest(kind: str, data: bytes) -> bytes:
    """32 bytes: the digest of a governed document in canonical bytes.

    ``kind`` is intent, intent-body, plan, verdict or approval.
    """

def word(kind: str, text: str) -> str:
    """The one text form of a word; ``kind`` is id, figure, chain, account or asset."""

def account_id(job: bytes, ts_ms: int, index: int) -> bytes:
    """16 bytes: the id of one account of a job (16 bytes) that was created at ``ts_ms``."""

def account_ids(job: bytes, ts_ms: int, start: int, count: int) -> list[bytes]:
    """16 bytes each: the ids of ``count`` accounts from index ``start``."""

def unpack_column(packed: bytes) -> list[str]:
    """The texts of a packed column: u8 length, ASCII, repeated."""

def batch_leaves(
    ids: Sequence[bytes],
    start: int,
    forms: Sequence[tuple[str, str, str]],
    columns: Sequence[bytes | list[str]],
    *,
    self_mode: bool = False,
) -> bytes:
    """The joined 32-byte leaf hashes of accounts.

    ``forms`` are (chain, kind, path template), one column a form: packed, or a list of texts. In self mode each
    account is number 0 of its own mnemonic, and its paths say so. Releases the interpreter while hashing.
    """

def batch_root(
    job: bytes,
    ts_ms: int,
    start: int,
    count: int,
    forms: Sequence[tuple[str, str, str]],
    columns: Sequence[bytes | list[str]],
    *,
    self_mode: bool = False,
) -> bytes:
    """32 bytes: the Merkle root over the accounts of a range, whose ids follow from job and time."""

def leaf_hash(data: bytes) -> bytes:
    """32 bytes: ``SHA256(00 data)`` (RFC 6962, section 2.1)."""

def merkle_root(leaves: bytes) -> bytes:
    """32 bytes: the Merkle root over joined leaf hashes (RFC 6962, section 2.1)."""

def inclusion_path(leaves: bytes, index: int) -> list[bytes]:
    """32 bytes each: the path of one of the joined leaf hashes (RFC 6962, section 2.1.1)."""

def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raise ``IntegrityError`` unless the path leads from the leaf hash to the root of a tree of ``size``."""

def verify_batch_statement(statement: bytes, signature: bytes, identity_public: bytes) -> None:
    """Raise ``IntegrityError`` unless the identity key (Ed25519, 32 bytes) signed the statement's digest."""

def verify_hello(nonce: bytes, deployment: str, signature: bytes, identity_public: bytes) -> None:
    """Raise ``IntegrityError`` unless the identity key (Ed25519, 32 bytes) signed this answer to hello."""

def lookup_keys(addresses: bytes | list[str]) -> list[int]:
    """The first 8 bytes of SHA-256 of each text, big-endian, signed."""

def forms_for(chain: str, *, hardened: bool = False) -> list[tuple[str, str, str, str]]:
    """(chain, family, kind, path template) of a family's main network or of a CAIP-2 chain."""

def check_form(chain: str, kind: str, path: str) -> tuple[str, str, str, str]:
    """(chain, family, kind, path template), checked; the chain in its canonical spelling."""

def encode_address(chain: str, kind: str, public_key: bytes) -> str:
    """The address of a PUBLIC key: SEC1 for secp256k1 and P-256, 32 bytes for Ed25519."""

def validate_address(chain: str, address: str) -> tuple[str, str, str]:
    """(family, format, canonical spelling) of a valid address on a chain; ``ParseError`` says what is wrong."""
