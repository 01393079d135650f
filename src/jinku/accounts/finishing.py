"""The end of a job: every batch is read back and proven, a sample is derived a second time, the look-up is filled."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from jinku.accounts.errors import AddressIntegrityError
from jinku.accounts.proving import Proven, Prover
from jinku.accounts.rules import sample_indexes
from jinku.accounts.types import Batch, Job, Mode, Progress, ProgressCallback
from jinku.accounts.works import Works
from jinku.core import Json, counted

__all__ = ["Finisher", "recheck_batch"]

_LOOKUPS_A_COMMIT = 400_000
_LOOKUPS_A_STEP = 50_000
_INDEXES_A_CALL = 1_000
_READERS = 2
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Finisher:
    """Idempotent: a run that was killed anywhere in it is simply done again."""

    def __init__(self, works: Works, job: Job, progress: ProgressCallback, keep: Callable[[], None]) -> None:
        """Take the job; ``keep`` is called between steps to hold the lease."""
        self._works = works
        self._job = job
        self._progress = progress
        self._keep = keep
        self._prover = Prover(works)

    def run(self) -> dict[str, Json]:
        """Nothing of the job is unproven or cannot be looked up; the counts for its last entry."""
        keys, rederived = self._prove_all()
        self._fill(keys)
        job = self._job
        return {"accounts": job.count, "addresses": len(keys), "rederived": rederived, "verify": job.verify.value}

    def _prove_all(self) -> tuple[array[int], int]:
        """The look-up keys of every address in order of its row id, and how many accounts were derived twice.

        Two threads read and prove: both the statements and the hashing run with Python's lock released.
        """
        works, job = self._works, self._job
        keys, rederived = array("q"), 0
        with works.database.read() as unit:
            batches = works.rows.batches(unit, job)
        _check_cover(job, [(batch.start, batch.count) for batch in batches])
        with ThreadPoolExecutor(max_workers=_READERS, thread_name_prefix="prove") as pool:
            for batch, (proven, flat) in zip(batches, _ahead(pool, self._read, batches), strict=True):
                if job.mode is Mode.CUSTODIAL:
                    rederived += recheck_batch(works, job, proven, sample_indexes(job, batch.start, batch.count))
                keys += flat
                self._progress(Progress(job.job, "verify", batch.start + batch.count - job.start, job.count))
                self._keep()
        return keys, rederived

    def _read(self, batch: Batch) -> tuple[Proven, array[int]]:
        """The proven batch, and the look-up keys of its addresses in order of their row ids."""
        width = len(self._job.forms)
        with self._works.database.read() as unit:
            proven = self._prover.prove(unit, self._job, batch)
        flat = array("q", bytes(8 * batch.count * width))
        for place, column in enumerate(proven.columns):
            flat[place::width] = array("q", self._works.prover.lookup_keys(column))
        return proven, flat

    def _fill(self, keys: array[int]) -> None:
        """Each address can be looked up. Keys go in sorted, so that each page is written once."""
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415  50 ms that only a job's end should pay
        import pyarrow.compute as pc  # type: ignore[import-untyped]  # noqa: PLC0415

        works, job, total = self._works, self._job, len(keys)
        values = pa.Array.from_buffers(pa.int64(), total, [None, pa.py_buffer(keys)])
        order = pc.sort_indices(values)
        ordered = values.take(order)
        done = 0
        while done < total:
            with works.database.unit() as unit:
                for begin in islice(range(done, total, _LOOKUPS_A_STEP), _LOOKUPS_A_COMMIT // _LOOKUPS_A_STEP):
                    some_keys = ordered.slice(begin, _LOOKUPS_A_STEP).to_pylist()
                    some_ids = pc.add(order.slice(begin, _LOOKUPS_A_STEP), job.address_base).to_pylist()
                    works.rows.insert_lookups(unit, list(zip(some_keys, some_ids, strict=True)))
                    done = begin + len(some_keys)
            self._progress(Progress(job.job, "index", done, total))
            self._keep()


def _ahead(pool: ThreadPoolExecutor, work: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """The results in order, with a few items worked on ahead of the one that is asked for."""
    waiting: deque[Future[_Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > _READERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _check_cover(job: Job, ranges: list[tuple[int, int]]) -> None:
    """The batches cover the job's range exactly: nothing left out, nothing twice."""
    expected = job.start
    for start, count in ranges:
        if start != expected:
            raise AddressIntegrityError(
                f"the batches of job {job.key} do not join", found=f"index {start}", expected=f"index {expected}"
            )
        expected += count
    if expected != job.start + job.count:
        raise AddressIntegrityError(
            f"the batches of job {job.key} end too early",
            found=counted(expected - job.start, "account"),
            expected=f"{job.count}",
        )


def recheck_batch(works: Works, job: Job, proven: Proven, indexes: list[int]) -> int:
    """The signer's independent second derivation gives the stored addresses; how many accounts were compared."""
    token = works.custody.token(job.vault)
    vault_forms = works.custody.find(str(job.vault)).forms
    places = [vault_forms.index(form) for form in job.forms]
    for begin in range(0, len(indexes), _INDEXES_A_CALL):
        some = indexes[begin : begin + _INDEXES_A_CALL]
        answers = works.signer.recheck(token, str(job.vault), some)
        if any(len(answer) != len(vault_forms) for answer in answers):
            raise AddressIntegrityError(
                "the second derivation gave another number of addresses", expected=f"{len(vault_forms)} an account"
            )
        _compare(job, proven, some, [[answer[place] for place in places] for answer in answers])
    return len(indexes)


def _compare(job: Job, proven: Proven, indexes: list[int], answers: list[list[str]]) -> None:
    if len(answers) != len(indexes):
        raise AddressIntegrityError(
            "the second derivation answered for another range", found=len(answers), expected=len(indexes)
        )
    for index, answer in zip(indexes, answers, strict=True):
        place = index - proven.batch.start
        for form, column, again in zip(job.forms, proven.columns, answer, strict=True):
            if column[place] != again:
                raise AddressIntegrityError(
                    f"account {proven.account_id(place)} (index {index}) has an address on {form.chain} that a second "
                    "derivation does not give",
                    found=column[place],
                    expected=again,
                    advice="do not use this job's addresses; keep the logs and report it as a bug",
                    fields={
                        "account": proven.account_id(place),
                        "index": index,
                        "chain": form.chain,
                        "found": column[place],
                        "expected": again,
                    },
                )
