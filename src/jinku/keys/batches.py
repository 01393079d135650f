"""A batch of addresses is believed only after it led to a root that the signer's pinned identity key signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jinku import _native
from jinku.core import Fields, Id, parse_figure, read_document
from jinku.core.shape import DIGEST, value_error
from jinku.keys.errors import BatchMismatchError
from jinku.keys.types import BatchStatement, Form

__all__ = ["account_leaf", "read_statement", "verify_account", "verify_batch"]

_MODES: Final = ("custodial", "self")
_MAX_FORMS: Final = 256
_MAX_MS: Final = (1 << 48) - 1


def read_statement(statement: bytes, signature: bytes, identity_public: bytes) -> BatchStatement:
    """The statement after its signature (Ed25519, 64 bytes) by the identity key (32 bytes) held.

    Raises ``IntegrityError`` when it does not, ``ParseError`` when the bytes are no statement.
    """
    _native.verify_batch_statement(statement, signature, identity_public)
    fields = read_document(statement, "batch")
    fields.version(1)
    mode = fields.text("mode")
    if mode not in _MODES:
        raise value_error("batch.mode", repr(mode[:80]), ", ".join(_MODES))
    read = BatchStatement(
        deployment=fields.id("deployment"),
        vault=fields.id("vault"),
        job=fields.id("job"),
        mode=mode,
        created_at_ms=fields.word("ts", lambda text: parse_figure(text, _MAX_MS)),
        start=fields.integer("start"),
        count=fields.integer("count"),
        forms=tuple(_form_of(item) for item in fields.each("forms", _MAX_FORMS)),
        root=bytes.fromhex(fields.formed("root", DIGEST)),
    )
    fields.end()
    return read


def verify_batch(
    statement: bytes, signature: bytes, identity_public: bytes, columns: Sequence[bytes | list[str]]
) -> BatchStatement:
    """The statement, after signature and addresses held; ``columns[k]`` are the addresses of form k, packed or a list.

    Raises ``BatchMismatchError`` when they lead to another root.
    """
    read = read_statement(statement, signature, identity_public)
    root = _native.batch_root(
        read.job.bytes16,
        read.created_at_ms,
        read.start,
        read.count,
        [(form.chain, form.kind, form.path) for form in read.forms],
        columns,
        self_mode=read.mode == "self",
    )
    if root != read.root:
        raise BatchMismatchError(
            f"the addresses of accounts {read.start} to {read.start + read.count - 1} are not those that were signed",
            found=f"root {root.hex()}",
            expected=f"root {read.root.hex()}",
            advice="use none of them; `jinku accounts verify` names the changed row",
            fields={"job": str(read.job), "start": read.start, "count": read.count},
        )
    return read


def account_leaf(statement: BatchStatement, index: int, addresses: Sequence[str]) -> bytes:
    """32 bytes: the leaf hash of one account of the batch, its addresses in the order of the forms."""
    account = _native.account_id(statement.job.bytes16, statement.created_at_ms, index)
    forms = [(form.chain, form.kind, form.path) for form in statement.forms]
    columns = [[address] for address in addresses]
    return _native.batch_leaves([account], index, forms, columns, self_mode=statement.mode == "self")


def verify_account(  # noqa: PLR0917
    statement: bytes,
    signature: bytes,
    identity_public: bytes,
    index: int,
    addresses: Sequence[str],
    path: Sequence[bytes],
) -> Id:
    """The id of an account, after its addresses were proven to stand in the batch under the signed root.

    ``path`` is the inclusion path (RFC 6962). Raises ``IntegrityError``.
    """
    read = read_statement(statement, signature, identity_public)
    if not read.start <= index < read.start + read.count:
        raise BatchMismatchError(
            "the account is not in this batch",
            found=f"index {index}",
            expected=f"{read.start} to {read.start + read.count - 1}",
        )
    leaf = account_leaf(read, index, addresses)
    _native.verify_inclusion(leaf, index - read.start, read.count, list(path), read.root)
    return Id(_native.account_id(read.job.bytes16, read.created_at_ms, index))


def _form_of(fields: Fields) -> Form:
    form = Form(fields.text("chain"), fields.text("family"), fields.text("kind"), fields.text("path"))
    fields.end()
    return form
