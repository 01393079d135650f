"""How the values of the port stand in bodies: what requests carry and answers say, as the protocol page has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jinku.custody.adapters.wire import Reader, Writer
from jinku.custody.ports import (
    DerivedBatch,
    DeriveRequest,
    Exported,
    Form,
    SecretFd,
    SelfWallet,
    SystemKeys,
    VaultDescription,
    VaultSpec,
)

__all__ = [
    "batch",
    "description",
    "exported",
    "most_bytes",
    "put_optional_secret",
    "put_range",
    "put_secret",
    "put_spec",
    "system_keys",
    "wallets",
    "whole_description",
]

_WALLETS = 0xFFFFFFFF  # label of the parts that carry wallets
_MOST_FORMS = 64  # of a vault whose forms the request leaves to the signer


def put_secret(body: Writer, secret: SecretFd) -> Writer:
    """Append a secret: its descriptor's place and kind."""
    return body.fd(secret.fd).flag(secret.kind == "keyfile")


def put_optional_secret(body: Writer, secret: SecretFd | None) -> Writer:
    """Append a secret or its absence."""
    return body.flag(False) if secret is None else put_secret(body.flag(True), secret)


def put_spec(body: Writer, spec: VaultSpec) -> Writer:
    """Append what a new vault shall be."""
    body.text(spec.vault).text(spec.name).text(spec.tier).forms(spec.forms)
    body.flag(spec.hardened_accounts).flag(spec.exportable).byte(spec.words)
    return body.text(spec.language).text(spec.limits)


def put_range(body: Writer, request: DeriveRequest, forms: Sequence[Form]) -> Writer:
    """Append a range of accounts and the forms wanted of each."""
    body.text(request.vault).text(request.job).long(request.ts_ms).long(request.start).number(request.count)
    return body.forms(forms)


def system_keys(reader: Reader) -> SystemKeys:
    """The public halves of the system keys."""
    deployment = reader.text()
    identity, actor, ed25519, mldsa44 = (reader.data().hex() for _ in range(4))
    return SystemKeys(deployment, identity, actor, ed25519, mldsa44)


def whole_description(reader: Reader) -> VaultDescription:
    """What the signer says of one vault, with how many accounts each form can have; an older signer leaves that out."""
    found = description(reader)
    return replace(found, accounts=tuple(reader.list(reader.long))) if reader.left else found


def description(reader: Reader) -> VaultDescription:
    """What the signer says of a vault, as it stands in a list."""
    vault, name, tier, state, kind = (reader.text() for _ in range(5))
    forms = tuple(reader.list(reader.form))
    hardened, exportable, fingerprint = reader.byte() == 1, reader.byte() == 1, reader.text()
    version, limits, expires, origin, remarks = (
        reader.number(),
        reader.text(),
        reader.long(),
        reader.text(),
        reader.text(),
    )
    return VaultDescription(
        vault=vault,
        name=name,
        tier=tier,
        state=state,
        secret_kind=kind,
        forms=forms,
        hardened_accounts=hardened,
        exportable=exportable,
        fingerprint=fingerprint,
        key_version=version,
        limits=limits,
        expires_at_ms=expires,
        origin=origin,
        remarks=tuple(remarks.splitlines()),
    )


def batch(reader: Reader, parts: dict[int, bytes]) -> DerivedBatch:
    """A signed batch: its answer, and its columns from the parts that came before."""
    start, count, forms = reader.long(), reader.number(), tuple(reader.list(reader.form))
    lengths = reader.list(reader.number)
    columns = tuple(parts.get(label, b"") for label in range(len(lengths)))
    root, statement, signature, fingerprint = reader.raw(32), reader.data(), reader.raw(64), reader.text()
    if [len(column) for column in columns] != lengths:
        reader.raw(1 << 32)  # raises: a part is missing
    return DerivedBatch(start, count, forms, columns, root, statement, signature, fingerprint)


def wallets(parts: dict[int, bytes]) -> list[SelfWallet]:
    """The sealed wallets among the parts, in the order of their accounts."""
    rows, found = Reader(parts.get(_WALLETS, b"")), []
    while rows.left:
        account, index, fingerprint = rows.text(), rows.long(), rows.raw(4).hex()
        found.append(SelfWallet(account, index, fingerprint, rows.data(), rows.data()))
    return found


def exported(reader: Reader) -> Exported:
    """What has to be known of a key that left. A signer of before this answer had a body says nothing."""
    return Exported(needs_passphrase=reader.left > 0 and reader.byte() == 1)


def most_bytes(request: DeriveRequest, forms: Sequence[Form]) -> int:
    """Bytes that the parts of an answer may have: an address and its length take 256 at most."""
    return (1 << 20) + request.count * (len(forms) or _MOST_FORMS) * 256
