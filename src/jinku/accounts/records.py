"""What accounts needs from below: its rows in the database, and the arithmetic of proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from jinku.accounts.types import Batch, EvidenceRow, Job, JobState, Made, Mode, StoredRows
from jinku.core import Id
from jinku.custody.ports import Form
from jinku.store import Unit

__all__ = ["AccountRows", "BatchProver"]


class BatchProver(Protocol):
    """The arithmetic that is done for every account: jinku's native module, or a slow twin in tests."""

    def account_ids(self, job: bytes, ts_ms: int, start: int, count: int) -> list[bytes]:
        """The 16-byte ids of the accounts of a range, in order."""

    def unpack(self, packed: bytes) -> list[str]:
        """The texts of a packed column: u8 length, ASCII, repeated."""

    def leaves(
        self, mode: Mode, forms: Sequence[Form], ids: Sequence[bytes], start: int, columns: Sequence[list[str]]
    ) -> bytes:
        """The 32-byte leaf hashes of the accounts, joined. Self mode: each path is that of account 0."""

    def root(self, leaves: bytes) -> bytes:
        """The Merkle root over joined leaf hashes (RFC 6962, section 2.1)."""

    def path(self, leaves: bytes, place: int) -> list[bytes]:
        """The inclusion path of one leaf (RFC 6962, section 2.1.1)."""

    def lookup_keys(self, addresses: list[str]) -> list[int]:
        """The first 8 bytes of SHA-256 of each address, big-endian, signed."""

    def verify_statement(self, identity_public: bytes, statement: bytes, signature: bytes) -> None:
        """Raises IntegrityError unless the identity key signed this batch statement."""


class AccountRows(Protocol):
    """The tables of accounts. Every method works in the caller's unit."""

    def insert_job(self, unit: Unit, job: Job, request_digest: bytes, recipients: Sequence[str]) -> Job:
        """The job stands with its forms and recipients; ``row_id`` and the bases of its row ids are filled in."""

    def job_by_id(self, unit: Unit, job: Id) -> Job | None:
        """The job with this id."""

    def job_by_key(self, unit: Unit, key: str) -> tuple[Job, bytes] | None:
        """The job with this key and the digest of its specification."""

    def job_by_row(self, unit: Unit, row_id: int) -> Job | None:
        """The job with this row id."""

    def known_jobs(self, unit: Unit, jobs: Sequence[Id]) -> set[Id]:
        """Those of the jobs that have a row."""

    def jobs(self, unit: Unit, vault: Id | None = None) -> tuple[Job, ...]:
        """Every job, oldest first."""

    def set_state(self, unit: Unit, job: Job, state: JobState, error: str = "") -> None:
        """The job stands in this state; ends note the time."""

    def owner_total(self, unit: Unit, owner: str) -> int:
        """Accounts of this owner over all jobs: those that stand, and those that live jobs still make."""

    def end(self, unit: Unit, vault: Id) -> int:
        """The index after the last that a job of the vault has."""

    def recipients(self, unit: Unit, job: Job, first: int, count: int) -> list[str]:
        """The age recipients of ``count`` accounts from the ``first``-th of the job, each in its place."""

    def insert_evidence(self, unit: Unit, job: Job, rows: Iterable[EvidenceRow]) -> None:
        """The sealed evidence stands."""

    def evidence(self, unit: Unit, job: Job, first: int, count: int) -> list[EvidenceRow]:
        """The sealed evidence that speaks of any of these accounts."""

    def all_evidence(self, unit: Unit, job: Job) -> Iterator[EvidenceRow]:
        """Every sealed evidence of the job, in order."""

    def insert_chunk(self, unit: Unit, job: Job, made: Made) -> Batch:
        """Batch, accounts, addresses and wallets of a chunk stand; the job's ``done`` grew."""

    def batches(self, unit: Unit, job: Job) -> tuple[Batch, ...]:
        """The committed batches of a job in order of index."""

    def batch_of(self, unit: Unit, job: Job, index: int) -> Batch | None:
        """The batch that holds this account index."""

    def dense(self, unit: Unit, job: Job, batch: Batch) -> tuple[bytes, list[str]] | None:
        """The joined account ids and the addresses of a batch, account by account; None unless each row is in place.

        The quick way; ``stored`` is the slow one that shows which row is not.
        """

    def stored(self, unit: Unit, job: Job, batch: Batch) -> StoredRows:
        """The rows in the ranges that belong to the batch, as they stand."""

    def fingerprints(self, unit: Unit, job: Job, batch: Batch) -> list[str]:
        """The master fingerprint of each self-mode wallet of the batch."""

    def insert_lookups(self, unit: Unit, pairs: list[tuple[int, int]]) -> None:
        """Each (key, address id) can be looked up; those that already could are left."""

    def looked_up(self, unit: Unit, key: int) -> list[int]:
        """The address ids under a key."""

    def count_lookups(self, unit: Unit, ranges: Sequence[tuple[int, int]]) -> int:
        """How many rows of the look-up speak of addresses in these ranges of ids (first, last + 1)."""

    def count_in_place(self, unit: Unit, first: int, keys: Sequence[int]) -> int:
        """How many of these keys stand in the look-up, each with its own id: ``first`` and those after it."""

    def known_pairs(self, unit: Unit, pairs: Sequence[tuple[int, int]]) -> set[int]:
        """The address ids of those pairs that stand in the look-up."""

    def shared_keys(self, unit: Unit) -> Iterator[tuple[int, int]]:
        """(key, address id) of every look-up key that more than one address has."""

    def address_rows(self, unit: Unit, address_ids: Sequence[int]) -> list[tuple[int, int, int, str]]:
        """(id, account_id, form_id, text) of these addresses."""

    def job_of_account(self, unit: Unit, account_id: int) -> Job | None:
        """The job in whose range the account's row id lies."""

    def scan_address(self, unit: Unit, job: Job, address: str) -> int | None:
        """The id of an address of a job that has no look-up yet, found by reading its range."""

    def scan_account(self, unit: Unit, job: Job, account: bytes) -> int | None:
        """The index of an account by its id, found by reading the job's range."""

    def claim_blob(self, unit: Unit, lookup_id: bytes) -> tuple[int, bytes] | None:
        """(account row id, blob) of an unclaimed wallet."""

    def destroy_claim(self, unit: Unit, lookup_id: bytes, account_id: int) -> None:
        """The blob's row is gone, its bytes overwritten; the wallet notes when."""

    def delivered_blobs(self, unit: Unit, first: int, count: int) -> dict[int, bytes]:
        """The age file of each account with a row id in this range that has one, in order."""

    def claim_blobs(self, unit: Unit, first: int, count: int) -> dict[int, tuple[bytes, bytes]]:
        """(look-up id, blob) of each unclaimed wallet whose account has a row id in this range."""
