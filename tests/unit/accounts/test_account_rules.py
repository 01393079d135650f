"""The pure rules of bulk creation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jinku.accounts import AddressIntegrityError, BadRequestError, Evidence, Job, JobRequest, JobState, Mode, VerifyMode
from jinku.accounts.rules import (
    MAX_CHUNK,
    check_request,
    choose_chunk,
    choose_forms,
    chunk_at,
    chunks_of,
    evidence_parts,
    request_digest,
    sample_indexes,
    spellings,
)
from jinku.core import Id
from jinku.custody.ports import Form

VAULT = Id.parse("018bcfe5-6800-7000-8000-00000000abcd")
EVM = Form("eip155:1", "evm", "eoa", "m/44'/60'/0'/0/{i}")
TRON = Form("tron:728126428", "tron", "eoa", "m/44'/195'/0'/0/{i}")
NEO = Form("neo:860833102", "neo", "single-sig", "m/44'/888'/0'/0/{i}")


def job(count: int, chunk: int, start: int = 0, verify: VerifyMode = VerifyMode.SAMPLE) -> Job:
    return Job(
        row_id=1,
        job=VAULT,
        key="k",
        vault=VAULT,
        mode=Mode.CUSTODIAL,
        state=JobState.RUNNING,
        owner="",
        forms=(EVM,),
        start=start,
        count=count,
        chunk=chunk,
        done=0,
        rate=0,
        verify=verify,
        claim_codes=False,
        words=24,
        language="english",
        account_base=1,
        address_base=1,
        created_at_ms=0,
        finished_at_ms=0,
        error="",
    )


@given(st.integers(1, 5_000), st.integers(1, 5_000), st.integers(0, 10**9))
def test_chunks_cover_a_job_exactly(count: int, chunk: int, start: int) -> None:
    pieces = list(chunks_of(job(count, chunk, start)))
    assert [piece.number for piece in pieces] == list(range(len(pieces)))
    covered = [index for piece in pieces for index in range(piece.start, piece.start + piece.count)]
    assert covered == list(range(start, start + count))
    assert all(1 <= piece.count <= chunk for piece in pieces)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 10**9))
def test_a_task_of_the_queue_names_its_chunk(count: int, chunk: int, start: int) -> None:
    one = job(count, chunk, start)
    assert [chunk_at(one, str(piece.number)) for piece in chunks_of(one)] == list(chunks_of(one))


@pytest.mark.parametrize("key", ["3", "-1", "07", "+1", " 1", "1 ", "1_0", "x", "", "\u0663", "9" * 4400])
def test_a_changed_task_of_the_queue_reaches_no_signer(key: str) -> None:
    with pytest.raises(AddressIntegrityError, match="queue") as told:
        chunk_at(job(12, 4, start=100), key)
    assert told.value.exit_code == 5


@given(st.integers(1, 10**8), st.integers(0, 10**6), st.integers(0, MAX_CHUNK), st.integers(1, 20))
def test_a_chunk_is_never_empty_nor_too_large(count: int, rate: int, chunk: int, forms: int) -> None:
    chosen = choose_chunk(JobRequest("v", count, rate=rate, chunk=chunk), forms)
    assert 1 <= chosen <= min(MAX_CHUNK, count)
    assert not rate or chosen <= rate


@given(st.integers(1, 3_000), st.integers(0, 10**9))
def test_a_sample_lies_in_its_batch(count: int, start: int) -> None:
    picked = sample_indexes(job(count, count, start), start, count)
    assert picked == sorted(set(picked))
    assert len(picked) == min(count, 4)
    assert start in picked
    assert start + count - 1 in picked
    assert sample_indexes(job(count, count, start, VerifyMode.ALL), start, count) == list(range(start, start + count))


def test_forms_follow_the_vaults_order() -> None:
    assert choose_forms((EVM, TRON, NEO), ()) == (EVM, TRON, NEO)
    assert choose_forms((EVM, TRON, NEO), (NEO, EVM)) == (EVM, NEO)
    with pytest.raises(BadRequestError, match="does not derive"):
        choose_forms((EVM, TRON), (NEO,))
    with pytest.raises(BadRequestError):
        choose_forms((EVM,), (replace(EVM, path="m/44'/60'/{i}'/0/0"),))


def test_the_digest_of_a_specification_sees_what_matters() -> None:
    base = JobRequest("v", 10, owner="o", recipients=())
    digest = request_digest(base, VAULT, (EVM,))
    for same in (replace(base, rate=5), replace(base, chunk=3), replace(base, evidence=Evidence("x"))):
        assert request_digest(same, VAULT, (EVM,)) == digest
    for other in (
        replace(base, count=11),
        replace(base, owner="p"),
        replace(base, mode=Mode.SELF),
        replace(base, recipients=("a",)),
        replace(base, verify=VerifyMode.ALL),
        replace(base, words=12),
        replace(base, language="japanese"),
    ):
        assert request_digest(other, VAULT, (EVM,)) != digest
    assert request_digest(base, VAULT, (EVM, TRON)) != digest


@pytest.mark.parametrize(
    "request_",
    [
        JobRequest("v", 0),
        JobRequest("v", -5),
        JobRequest("v", 10**9),
        JobRequest("v", 5, chunk=-1),
        JobRequest("v", 5, chunk=MAX_CHUNK + 1),
        JobRequest("v", 5, rate=-1),
        JobRequest("v", 5, rate=10**20),
        JobRequest("v", 5, key="esc\x1b[2Jx"),
        JobRequest("v", 5, key="two\nlines"),
        JobRequest("v", 5, key="k" * 201),
        JobRequest("v", 5, owner="right\u202eleft"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(request_: JobRequest) -> None:
    with pytest.raises(BadRequestError) as caught:
        check_request(request_)
    assert caught.value.exit_code == 2


def test_evidence_is_cut_as_the_chunks_are() -> None:
    parts = list(evidence_parts(VAULT, 25, 10, Evidence(common="same")))
    assert [(first, count) for first, count, _, _ in parts] == [(0, 10), (10, 10), (20, 5)]
    assert len({subject for _, _, subject, _ in parts}) == 3
    each = list(evidence_parts(VAULT, 3, 10, Evidence(each=("a", "b", "c"))))
    assert [(first, count, text) for first, count, _, text in each] == [(0, 1, "a"), (1, 1, "b"), (2, 1, "c")]
    for empty in (Evidence(), Evidence(each=("a", "", "c"))):
        with pytest.raises(BadRequestError, match="empty"):
            list(evidence_parts(VAULT, 3, 10, empty))


def test_an_address_is_found_however_its_chain_lets_it_be_spelt() -> None:
    checksummed = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"  # of private key 1
    for given_ in (checksummed.lower(), "0X" + checksummed[2:].upper(), "0x" + checksummed[2:].upper()):
        assert spellings(given_) == (given_, checksummed)
    assert spellings(checksummed) == (checksummed,)
    wrong = checksummed.replace("E", "e", 1)
    assert spellings(wrong) == (wrong,)  # a mixed case is a checksum, and this one does not hold
    assert spellings("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4")[1].startswith("bc1qw508")
    assert spellings("TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL") == ("TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL",)
    assert spellings("") == ("",)
