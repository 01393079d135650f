"""Pure rules of bulk creation: what a job may ask for, how it is cut into chunks, which addresses are made twice."""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import Iterator, Sequence

from jinku.accounts.errors import AddressIntegrityError, BadRequestError
from jinku.accounts.recipients import is_age_recipient
from jinku.accounts.types import Chunk, Evidence, Job, JobRequest, Mode, VerifyMode
from jinku.core import Id, Json, ParseError, canonical_bytes, counted, domain_digest
from jinku.custody.ports import Form
from jinku.keys import validate_address

__all__ = [
    "check_request",
    "choose_chunk",
    "choose_forms",
    "chunks_of",
    "differing",
    "evidence_parts",
    "form_document",
    "request_digest",
    "sample_indexes",
    "spellings",
]

MAX_COUNT = 100_000_000
MAX_RATE = 1_000_000_000  # its column holds 31 bits
MAX_TEXT = 200
MAX_CHUNK = 16_384  # with seven forms about 6 MiB of addresses; a reply of the signer holds 16
ADDRESSES_A_CHUNK = 57_344  # 8,192 accounts of seven forms: a commit every second or so, and little overhead a row
SELF_CHUNK = 256
SAMPLES_A_CHUNK = 4
_SPEC_TAG = "jinku/job-spec/1"


def form_document(form: Form) -> dict[str, Json]:
    """A form as canonical JSON holds it."""
    return {"chain": form.chain, "family": form.family, "kind": form.kind, "path": form.path}


def check_request(request: JobRequest) -> None:
    """The request can be meant: a count from 1 to the cap, recipients and evidence that match it."""
    count = request.count
    if not 1 <= count <= MAX_COUNT:
        raise BadRequestError(
            "the number of accounts is refused",
            found=count,
            expected=f"1 to {MAX_COUNT}",
            advice="pass another --count",
        )
    if not 0 <= request.chunk <= MAX_CHUNK or not 0 <= request.rate <= MAX_RATE:
        raise BadRequestError(
            "chunk or rate is refused",
            found=f"{request.chunk}, {request.rate}",
            expected=f"0 to {MAX_CHUNK}, and 0 to {MAX_RATE}",
        )
    if request.first_index is not None and request.again:
        raise BadRequestError("a lost job is made where it was", advice="leave out --first-index, or --again")
    for what, text in (("job key", request.key), ("owner", request.owner)):
        if len(text) > MAX_TEXT or not text.isprintable():
            raise BadRequestError(
                f"this {what} is refused",
                found=f"{len(text)} characters: {text[:40]!a}",
                expected=f"at most {MAX_TEXT} characters, each of them printable",
            )
    if request.recipients and request.mode is not Mode.SELF:
        raise BadRequestError("recipients make sense in self mode only", advice="add --mode self")
    if request.recipients and len(request.recipients) != count:
        raise BadRequestError(
            "the recipients do not match the count",
            found=f"{len(request.recipients)} recipients",
            expected=f"{count}, one a line",
        )
    for line, text in enumerate(request.recipients, start=1):
        if not is_age_recipient(text):
            raise BadRequestError(
                f"recipient {line} is no age recipient",
                found=text[:80],
                expected="age1…, 62 characters, its checksum right",
                advice="ask its owner for it again, whole",
            )
    evidence = request.evidence
    if evidence is not None and evidence.each and (evidence.common or len(evidence.each) != count):
        raise BadRequestError(
            "the evidence does not match the count",
            found=counted(len(evidence.each), "record"),
            expected=f"one common record, or {count}",
        )


def choose_forms(vault_forms: Sequence[Form], wished: Sequence[Form]) -> tuple[Form, ...]:
    """The wished forms in the vault's order; all of the vault's when none is wished."""
    foreign = [form for form in wished if form not in vault_forms]
    if foreign:
        raise BadRequestError(
            "the vault does not derive this form of address",
            found=f"{foreign[0].chain} {foreign[0].kind} {foreign[0].path}",
            expected=", ".join(sorted({f"{form.chain} {form.kind} {form.path}" for form in vault_forms})),
            advice="choose among the vault's chains, or make another vault",
        )
    return tuple(form for form in vault_forms if not wished or form in wished)


def choose_chunk(request: JobRequest, forms: int = 1) -> int:
    """Accounts a chunk: large for speed, about a second's worth when a rate is set."""
    usual = SELF_CHUNK if request.mode is Mode.SELF else min(MAX_CHUNK, ADDRESSES_A_CHUNK // max(1, forms))
    wished = request.chunk or usual
    if request.rate:
        wished = min(wished, request.rate)
    return max(1, min(wished, request.count))


def chunks_of(job: Job) -> Iterator[Chunk]:
    """The chunks of a job, in order of index."""
    for number, offset in enumerate(range(0, job.count, job.chunk)):
        yield Chunk(number, job.start + offset, min(job.chunk, job.count - offset))


def chunk_at(job: Job, key: str) -> Chunk:
    """The chunk whose task in the queue has this key. AddressIntegrityError when the job has none such."""
    number = int(key) if key.isascii() and key.isdigit() and len(key) < 20 else -1
    offset = number * job.chunk
    if number < 0 or str(number) != key or offset >= job.count:
        last = (job.count - 1) // job.chunk
        raise AddressIntegrityError(
            f"the queue holds a task that job {job.key} does not have",
            found=f"{key[:40]!r}",
            expected=f"a number from 0 to {last}",
            advice="a row of the queue was changed; find who wrote to the database, restore it from a backup",
            fields={"job": str(job.job)},
        )
    return Chunk(number, job.start + offset, min(job.chunk, job.count - offset))


def request_digest(request: JobRequest, vault: Id, forms: Sequence[Form]) -> bytes:
    """What a second request under the same key must ask for as well. Rate, chunk and evidence may differ."""
    recipients = hashlib.sha256("\n".join(request.recipients).encode()).hexdigest()
    document: dict[str, Json] = {
        "count": request.count,
        "forms": [form_document(form) for form in forms],
        "language": request.language,
        "mode": request.mode.value,
        "owner": request.owner,
        "recipients": recipients,
        "v": 1,
        "vault": str(vault),
        "verify": request.verify.value,
        "words": request.words,
    }
    return domain_digest(_SPEC_TAG, canonical_bytes(document))


def differing(request: JobRequest, vault: Id, forms: Sequence[Form], job: Job) -> list[tuple[str, str]]:
    """(asked for, stands) for each part of the request that is not the job's; recipients are not compared."""
    kinds = _told_apart(forms, job.forms)
    parts = (
        (f"vault {vault}", f"vault {job.vault}"),
        (counted(request.count, "account"), counted(job.count, "account")),
        (f"addresses {kinds[0]}", f"addresses {kinds[1]}"),
        (f"mode {request.mode.value}", f"mode {job.mode.value}"),
        (f"owner {request.owner or 'none'}", f"owner {job.owner or 'none'}"),
        (f"verification {request.verify.value}", f"verification {job.verify.value}"),
        (f"{request.words} words", f"{job.words} words"),
        (f"words in {request.language}", f"words in {job.language}"),
        (_delivery(request.mode, not request.recipients), _delivery(job.mode, job.claim_codes)),
    )
    return [(asked, stands) for asked, stands in parts if asked != stands]


def _told_apart(asked: Sequence[Form], stands: Sequence[Form]) -> tuple[str, str]:
    """Two choices of forms in the fewest words that differ where they do."""
    for precise in range(3):
        texts = _spelled(asked, precise), _spelled(stands, precise)
        if texts[0] != texts[1]:
            break
    return texts


def _spelled(forms: Sequence[Form], precise: int) -> str:
    return ", ".join(
        (f"{form.family} {form.kind}", f"{form.chain} {form.kind}", f"{form.chain} {form.kind} {form.path}")[precise]
        for form in forms
    )


def _delivery(mode: Mode, by_code: bool) -> str:
    return "" if mode is not Mode.SELF else "delivery by claim code" if by_code else "delivery to age recipients"


def sample_indexes(job: Job, start: int, count: int) -> list[int]:
    """Which accounts of a batch the signer derives a second time: first, last and two that the job's id chose."""
    if job.verify is VerifyMode.ALL or count <= SAMPLES_A_CHUNK:
        return list(range(start, start + count))
    seed = int.from_bytes(hashlib.sha256(job.job.bytes16 + start.to_bytes(8, "big")).digest(), "big")
    inner = random.Random(seed).sample(range(start + 1, start + count - 1), SAMPLES_A_CHUNK - 2)  # noqa: S311  no secret
    return sorted({start, start + count - 1, *inner})


def evidence_parts(job: Id, count: int, chunk: int, evidence: Evidence) -> Iterator[tuple[int, int, str, str]]:
    """(first, count, subject, text) of each record to seal: one a chunk where it is the same, else one an account."""
    texts = evidence.each or (evidence.common,)
    for number, text in enumerate(texts, start=1):
        if not text:
            raise BadRequestError(
                "a record of evidence is empty", found=f"record {number}", expected="a text for each account"
            )
    if evidence.each:
        for first, text in enumerate(evidence.each):
            yield first, 1, f"{job}/account/{first}", text
        return
    for number, first in enumerate(range(0, count, chunk)):
        yield first, min(chunk, count - first), f"{job}/chunk/{number}", evidence.common


def spellings(address: str) -> tuple[str, ...]:
    """How an address that a person gave may be stored: as it is, with its EIP-55 checksum, or as lower-case Bech32."""
    found = [address]
    if len(address) == 42 and address[:2] in {"0x", "0X"} and address[2:] in {address[2:].lower(), address[2:].upper()}:
        with contextlib.suppress(ParseError):
            found.append(validate_address("eip155:1", "0x" + address[2:].lower()).address)
    elif address.isupper() and "1" in address:  # BIP-173: all upper case is the same address
        found.append(address.lower())
    return tuple(dict.fromkeys(found))
