"""What the accounts room takes and answers: jobs, chunks, batches, addresses, receipts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from jinku.core import Id
from jinku.custody.ports import Form

__all__ = [
    "AddressRow",
    "Batch",
    "Chunk",
    "Claimed",
    "Evidence",
    "EvidenceRow",
    "Job",
    "JobRequest",
    "JobState",
    "LostJob",
    "Made",
    "Mode",
    "Pace",
    "Progress",
    "ProgressCallback",
    "Remedy",
    "StoredRows",
    "VerifyMode",
    "VerifyReport",
    "WalletRow",
]


class Mode(StrEnum):
    """Who holds the key: the vault's tree, or the customer's own 24 words."""

    CUSTODIAL = "custodial"
    SELF = "self"


class VerifyMode(StrEnum):
    """How many addresses the signer derives a second time before a job says done."""

    SAMPLE = "sample"
    ALL = "all"


class JobState(StrEnum):
    """Where a job stands. ``running`` without a live process is resumed by ``run``."""

    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    VERIFYING = "verifying"  # every chunk stands; addresses are indexed and derived a second time
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who asked, from where, on which grounds. ``common`` is one document for all accounts, or ``each`` one an account.

    Each is plain text (JSON by custom). It reaches the signer to be sealed and is stored nowhere in clear.
    """

    common: str = ""
    each: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a job shall make. The same ``key`` with the same request answers with the same job."""

    vault: str  # name or id
    count: int
    forms: tuple[Form, ...] = ()  # empty: all forms of the vault
    mode: Mode = Mode.CUSTODIAL
    owner: str = ""
    key: str = ""  # empty: a new job every time
    rate: int = 0  # accounts a second, 0 = as fast as it goes; no part of the comparison by key
    verify: VerifyMode = VerifyMode.SAMPLE
    recipients: tuple[str, ...] = ()  # self mode: one age recipient an account; empty: claim codes
    words: int = 24
    language: str = "english"
    evidence: Evidence | None = None
    chunk: int = 0  # accounts a chunk; 0 = chosen from count and rate
    again: str = ""  # the id of a job that a restored database lost, where its key does not tell
    first_index: int | None = None  # behind all that the log lost with its newest entries; no part of the comparison


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. ``done`` counts the accounts whose chunks are committed."""

    row_id: int
    job: Id
    key: str
    vault: Id
    mode: Mode
    state: JobState
    owner: str
    forms: tuple[Form, ...]
    start: int
    count: int
    chunk: int
    done: int
    rate: int
    verify: VerifyMode
    claim_codes: bool
    words: int
    language: str
    account_base: int
    address_base: int
    created_at_ms: int
    finished_at_ms: int
    error: str

    @property
    def names_somebody(self) -> bool:
        """True when its owner or its key may be a name; a job that was given no key has its id as one."""
        return bool(self.owner) or self.key != str(self.job)


class Remedy(Enum):
    """What settles a lost job, and the words for it."""

    AGAIN = "repeat the command that made the job, with --again {job} beside it where that is refused"
    WRITE_OFF = (
        "nobody can make its words again: restore a newer copy of the database if one is left, "
        "else jinku jobs write-off {job}"
    )
    RESTORE = "it cannot be made again: restore a newer copy of the database if one is left"

    def advice(self, job: Id | str) -> str:
        """What to do about this job."""
        return self.value.format(job=job)


@dataclass(frozen=True, slots=True)
class LostJob:
    """A job that the log has and a restored database lost; ``job`` is what its entry says, and names nobody."""

    job: Job
    words: str  # how a message names it: id, number of accounts, first index, mode, when it was made
    remedy: Remedy
    why_not: str  # why it cannot be made again; empty when it can
    written_off: bool  # the operator settled it: nobody can make it again


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a job: ``count`` accounts from index ``start``."""

    number: int
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class WalletRow:
    """What stands of one self-mode wallet besides its addresses; ``lookup_id`` is empty for age delivery."""

    account_id: int
    fingerprint: bytes
    blob: bytes
    lookup_id: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """A chunk as the signer made it, unpacked: ``columns[k][n]`` is the address of form k of the n-th account."""

    chunk: Chunk
    root: bytes
    statement: bytes
    signature: bytes
    fingerprint: str
    account_ids: list[bytes]
    columns: list[list[str]]
    wallets: tuple[WalletRow, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """Sealed evidence of ``count`` accounts of a job from its ``first``-th (0-based)."""

    first: int
    count: int
    subject: str
    ciphertext: bytes
    sealed_key: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True)
class StoredRows:
    """What the database holds of one batch, unproven: (id, uuid, idx) and (id, account_id, form_id, text)."""

    accounts: list[tuple[int, bytes, int]]
    addresses: list[tuple[int, int, int, str]]


@dataclass(frozen=True, slots=True)
class Batch:
    """A committed chunk with the statement that the signer's identity key signed."""

    row_id: int
    job_row: int
    start: int
    count: int
    root: bytes
    statement: bytes
    signature: bytes
    fingerprint: str


@dataclass(frozen=True, slots=True)
class AddressRow:
    """One address of one account, proven against its batch before it is handed out."""

    account: str
    index: int
    chain: str
    family: str
    kind: str
    address: str
    path: str
    fingerprint: str

    def as_document(self) -> dict[str, object]:
        """The line that ``accounts list --json`` prints."""
        return {
            "account": self.account,
            "index": self.index,
            "chain": self.chain,
            "family": self.family,
            "kind": self.kind,
            "address": self.address,
            "path": self.path,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """Told after each committed step. ``phase`` is create, index or verify."""

    job: Id
    phase: str
    done: int
    total: int


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How a run goes: batches derived ahead, retries of a chunk and the wait before the first (doubled each time)."""

    concurrency: int = 2
    attempts: int = 6
    backoff_seconds: float = 0.5
    lease_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What ``verify`` looked at. It raises at the first fault, so a report means that all of it held."""

    vault: Id
    jobs: int
    batches: int
    accounts: int
    addresses: int
    rederived: int
    unused_indexes: tuple[tuple[int, int], ...] = field(default=())  # (start, count) of cancelled ranges
    written_off: tuple[LostJob, ...] = ()  # lost, and settled: none of their wallets is among the accounts


@dataclass(frozen=True, slots=True)
class Claimed:
    """A self-mode account whose mnemonic was delivered; its blob is destroyed.

    ``purged`` is False while a reader of the database keeps the blob's bytes in its log; they go at a later opening.
    """

    account: str
    index: int
    fingerprint: str
    purged: bool
