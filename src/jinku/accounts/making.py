"""One chunk, from the signer to rows that can be inserted. What the signer answers is checked before it is believed."""

from __future__ import annotations

from jinku.accounts.batch_entries import fingerprints_digest
from jinku.accounts.blobs import blob_facts
from jinku.accounts.codes import begin_line, bring_to_disk
from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.rules import form_document
from jinku.accounts.sealed import commitment_facts
from jinku.accounts.specification import Specification
from jinku.accounts.statements import check_statement
from jinku.accounts.types import Chunk, EvidenceRow, Job, Made, Mode, WalletRow
from jinku.accounts.works import Works
from jinku.core import Id, Json, counted
from jinku.custody.ports import Delivery, DerivedBatch, DeriveRequest, SelfWallet

__all__ = ["batch_facts", "make_chunk"]


def make_chunk(works: Works, job: Job, chunk: Chunk, asked: Specification, codes_fd: int = -1) -> Made:
    """The chunk's addresses and the signer's statement over them; nothing is stored yet."""
    delivery = _delivery(works, job, chunk, asked, codes_fd)
    token = works.custody.token(job.vault)
    request = DeriveRequest(str(job.vault), str(job.job), job.created_at_ms, chunk.start, chunk.count, job.forms)
    if job.mode is Mode.CUSTODIAL:
        return _unpacked(works, job, chunk, works.signer.derive(token, request), ())
    if job.claim_codes:
        begin_line(codes_fd)
    derived, wallets = works.signer.make_wallets(token, request, job.forms, job.words, job.language, delivery)
    if job.claim_codes:
        bring_to_disk(codes_fd)  # the caller commits next: no wallet may stand whose code a power cut can take
    return _unpacked(works, job, chunk, derived, tuple(wallets))


def _delivery(works: Works, job: Job, chunk: Chunk, asked: Specification, codes_fd: int) -> Delivery:
    """To whom the chunk's wallets go, after its rows of recipients and evidence gave what the job's entry binds."""
    first = chunk.start - job.start
    with works.database.read() as unit:
        asked.check_evidence(job, chunk, works.rows.evidence(unit, job, first, chunk.count))
        if job.mode is Mode.CUSTODIAL or job.claim_codes:
            return Delivery(codes_fd=codes_fd)
        recipients = works.rows.recipients(unit, job, first, chunk.count)
    asked.check_recipients(job, chunk, recipients)
    return Delivery(recipients=tuple(recipients))


def _unpacked(works: Works, job: Job, chunk: Chunk, derived: DerivedBatch, wallets: tuple[SelfWallet, ...]) -> Made:
    wrong = (derived.start, derived.count, derived.forms) != (chunk.start, chunk.count, job.forms)
    columns = [works.prover.unpack(column) for column in derived.columns]
    if wrong or len(columns) != len(job.forms) or any(len(column) != chunk.count for column in columns):
        raise AddressIntegrityError(
            "the signer answered with another range than it was asked for",
            found=f"{counted(derived.count, 'account')} from {derived.start}, {counted(len(columns), 'form')}",
            expected=f"{counted(chunk.count, 'account')} from {chunk.start}, {counted(len(job.forms), 'form')}",
            advice="upgrade the signer together with the platform: run `jinku doctor`",
        )
    check_statement(job, works.deployment, chunk.start, chunk.count, root=derived.root, statement=derived.statement)
    works.prover.verify_statement(works.identity_public, derived.statement, derived.signature)
    ids = works.prover.account_ids(job.job.bytes16, job.created_at_ms, chunk.start, chunk.count)
    return Made(
        chunk=chunk,
        root=derived.root,
        statement=derived.statement,
        signature=derived.signature,
        fingerprint=derived.fingerprint,
        account_ids=ids,
        columns=columns,
        wallets=_wallet_rows(job, chunk, ids, wallets),
    )


def _wallet_rows(job: Job, chunk: Chunk, ids: list[bytes], wallets: tuple[SelfWallet, ...]) -> tuple[WalletRow, ...]:
    if job.mode is Mode.CUSTODIAL:
        return ()
    expected = [(chunk.start + place, str(Id(raw))) for place, raw in enumerate(ids)]
    if [(wallet.index, wallet.account) for wallet in wallets] != expected:
        raise AddressIntegrityError(
            "the signer made other wallets than it was asked for",
            found=f"{len(wallets)} wallets",
            expected=f"{chunk.count} from index {chunk.start}",
        )
    first = job.account_base + chunk.start - job.start
    return tuple(
        WalletRow(first + place, bytes.fromhex(wallet.fingerprint), wallet.blob, wallet.lookup_id)
        for place, wallet in enumerate(wallets)
    )


def batch_facts(works: Works, job: Job, made: Made, evidence: list[EvidenceRow]) -> dict[str, Json]:
    """What the batch's entry says: root, what ties it to the signer, commitments where evidence was given."""
    facts: dict[str, Json] = {
        "count": made.chunk.count,
        "fingerprint": made.fingerprint,
        "forms": [form_document(form) for form in job.forms],
        "mode": job.mode.value,
        "root": made.root.hex(),
        "signature": made.signature.hex(),
        "start": made.chunk.start,
        "vault": str(job.vault),
    }
    if made.wallets:
        facts["fingerprints"] = fingerprints_digest(wallet.fingerprint for wallet in made.wallets)
    return facts | blob_facts(made.wallets) | commitment_facts(works, evidence)
