"""Age files and claimable blobs: the entry of their batch holds one digest of them, which stands before one leaves."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from jinku.accounts.batch_entries import BatchFacts
from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.kinds import CLAIMED
from jinku.accounts.said import agreed, entry_name, fact
from jinku.accounts.types import Job, WalletRow
from jinku.accounts.works import Works
from jinku.core import Id, Json, domain_digest
from jinku.store import Entry, Unit

__all__ = ["blob_facts", "check_blobs", "check_unclaimed", "claim_leaf", "letters"]

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


def check_blobs(works: Works, unit: Unit, job: Job, facts: BatchFacts) -> list[str]:
    """The blobs of a self-mode batch are those that were made, but for what its users claimed.

    The accounts that may still be claimed, as far as rows go; ``check_unclaimed`` asks the entries.
    """
    if job.claim_codes:
        return _check_claims(works, unit, job, facts)
    letters(works, unit, job, facts)
    return []


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


def _check_claims(works: Works, unit: Unit, job: Job, facts: BatchFacts) -> list[str]:
    if not facts.claims:
        return []  # made before entries held the digest
    first = job.account_base + facts.start - job.start
    found, leaves = works.rows.claim_blobs(unit, first, facts.count), list[bytes]()
    ids = _ids(works, job, facts)
    gone = {place: str(Id(ids[place])) for place in range(facts.count) if first + place not in found}
    told = _claimed(unit, list(gone.values()))
    for place, account in enumerate(ids):
        if place not in gone:
            leaves.append(claim_leaf(*found[first + place]))
        elif gone[place] in told:
            leaves.append(_leaf(told[gone[place]], facts.start + place))
        else:
            raise _gone(job, account, "claimable blob", "claim_blob", first + place)
    if _claims(leaves) != facts.claims:
        raise _changed(job, facts, "a claimable blob", "claim_blob")
    return [str(Id(account)) for place, account in enumerate(ids) if place not in gone]


def check_unclaimed(unit: Unit, *accounts: str) -> None:
    """No entry says of these accounts, whose claimable blobs stand, that they were claimed."""
    for account, some in _claimed(unit, accounts).items():
        raise AddressIntegrityError(
            f"an entry says that the wallet of account {account} was claimed, and its blob still stands",
            found=entry_name(some[0]),
            expected="no such entry, or no row of the account in the table claim_blob",
            advice="the database was restored from before the claim, or somebody inserted the entry: "
            "this wallet is not handed out again",
            fields={"account": account, "entry": some[0].row_id, "table": "claim_blob"},
        )


def _claimed(unit: Unit, accounts: Sequence[str]) -> dict[str, list[Entry]]:
    """The entries of claims of these accounts, by account, with one question for all of them."""
    found = defaultdict[str, list[Entry]](list)
    for entry in unit.entries_about(CLAIMED, accounts):
        found[entry.subject].append(entry)
    return found


def _leaf(some: list[Entry], index: int) -> bytes:
    """What stands for the claimed blob, by the entries of its claim: that of this very account."""
    account = some[0].subject
    said = agreed(some, f"the claim of account {account}", {"account": account})
    if fact(some[0], said, "index", int) != index:
        raise AddressIntegrityError(
            f"the entry of the claim of account {account} has another index: {entry_name(some[0])}",
            found=said["index"],
            expected=index,
            advice=_ADVICE,
            fields={"account": account, "entry": some[0].row_id},
        )
    try:
        return bytes.fromhex(fact(some[0], said, "leaf", str))
    except ValueError:
        return b""  # no leaf of any blob: the batch's digest differs


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
