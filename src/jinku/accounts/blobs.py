"""Age files and claimable blobs: the entry of their batch holds one digest of them, which stands before one leaves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.journal import BatchFacts
from jinku.accounts.types import Job, WalletRow
from jinku.accounts.works import Works
from jinku.core import Id, Json, domain_digest
from jinku.store import Unit

__all__ = ["blob_facts", "check_blobs", "claim_leaf", "letters"]

_ADVICE = "nothing of this batch is handed out; rows were changed from outside: compare the database with a backup"


def claim_leaf(lookup_id: bytes, blob: bytes) -> bytes:
    """32 bytes that stand for one claimable blob, also after it was claimed and destroyed."""
    return hashlib.sha256(hashlib.sha256(lookup_id).digest() + hashlib.sha256(blob).digest()).digest()


def blob_facts(wallets: Iterable[WalletRow]) -> dict[str, Json]:
    """What the batch's entry says of its blobs, in the order of the accounts."""
    some = list(wallets)
    if not some:
        return {}
    if some[0].lookup_id:
        return {"claims": _claims(claim_leaf(wallet.lookup_id, wallet.blob) for wallet in some)}
    return {"letters": _letters(wallet.blob for wallet in some)}


def _letters(blobs: Iterable[bytes]) -> str:
    return domain_digest("jinku/letters/1", b"".join(hashlib.sha256(blob).digest() for blob in blobs)).hex()


def _claims(leaves: Iterable[bytes]) -> str:
    return domain_digest("jinku/claims/1", b"".join(leaves)).hex()


def check_blobs(works: Works, unit: Unit, job: Job, facts: BatchFacts) -> None:
    """The blobs of a self-mode batch are those that were made, but for what its users claimed."""
    if job.claim_codes:
        _check_claims(works, unit, job, facts)
    else:
        letters(works, unit, job, facts)


def letters(works: Works, unit: Unit, job: Job, facts: BatchFacts) -> list[tuple[bytes, bytes]]:
    """(account id, age file) of each account of the batch, in order."""
    first = job.account_base + facts.start - job.start
    found = works.rows.delivered_blobs(unit, first, facts.count)
    ids = _ids(works, job, facts)
    for place, account in enumerate(ids):
        if first + place not in found:
            raise _gone(job, account, "age file", "delivered_blob", first + place)
    blobs = [found[first + place] for place in range(facts.count)]
    if facts.letters and _letters(blobs) != facts.letters:
        raise _changed(job, facts, "an age file", "delivered_blob")
    return list(zip(ids, blobs, strict=True))


def _check_claims(works: Works, unit: Unit, job: Job, facts: BatchFacts) -> None:
    if not facts.claims:
        return  # made before entries held the digest
    first = job.account_base + facts.start - job.start
    found, leaves = works.rows.claim_blobs(unit, first, facts.count), list[bytes]()
    for place, account in enumerate(_ids(works, job, facts)):
        if first + place in found:
            leaves.append(claim_leaf(*found[first + place]))
            continue
        claimed = next(iter(unit.entries("accounts.claimed", str(Id(account)))), None)
        if claimed is None:
            raise _gone(job, account, "claimable blob", "claim_blob", first + place)
        leaves.append(bytes.fromhex(json.loads(claimed.content).get("leaf", "")))
    if _claims(leaves) != facts.claims:
        raise _changed(job, facts, "a claimable blob", "claim_blob")


def _ids(works: Works, job: Job, facts: BatchFacts) -> list[bytes]:
    return works.prover.account_ids(job.job.bytes16, job.created_at_ms, facts.start, facts.count)


def _gone(job: Job, account: bytes, what: str, table: str, row: int) -> AddressIntegrityError:
    return AddressIntegrityError(
        f"the {what} of account {Id(account)} is gone, and no entry says why",
        found=f"no row {row} in the table {table}",
        expected="one, as its batch's entry says",
        advice=_ADVICE,
        fields={"job": str(job.job), "account": str(Id(account)), "table": table},
    )


def _changed(job: Job, facts: BatchFacts, what: str, table: str) -> AddressIntegrityError:
    last = facts.start + facts.count - 1
    return AddressIntegrityError(
        f"{what} of accounts {facts.start} to {last} was changed in the table {table}",
        found="another digest",
        expected="that of the batch's entry",
        advice=_ADVICE,
        fields={"job": str(job.job), "start": facts.start, "count": facts.count, "table": table},
    )
