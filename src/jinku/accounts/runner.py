"""A job's run: chunks are derived ahead by a thread and committed here, one transaction each, until none is left."""

from __future__ import annotations

import contextlib
import gc
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from jinku.accounts.finishing import Finisher
from jinku.accounts.kinds import BATCH, DONE
from jinku.accounts.making import batch_facts, make_chunk
from jinku.accounts.rules import chunk_at
from jinku.accounts.said import agreed
from jinku.accounts.starting import RUNNABLE, Start, requeue_told, set_off, start_of
from jinku.accounts.types import Chunk, Job, JobState, Made, Pace, Progress, ProgressCallback
from jinku.accounts.works import FINISH, Works
from jinku.core import JinkuError
from jinku.store import DiskFullError, Lease, LeaseLostError, Unit, current_owner

__all__ = ["Runner"]

_POLL_SECONDS = 1.0
_MAX_BACKOFF_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Flight:
    lease: Lease
    chunk: Chunk
    made: Future[Made]


class Runner:
    """Runs one job in this process. Several processes may run the same job: each chunk is committed by one."""

    def __init__(self, works: Works, job: Job, *, pace: Pace, progress: ProgressCallback | None, codes_fd: int) -> None:
        """Take the job and how it shall go."""
        self._works = works
        self._job = job
        self._pace = pace
        self._progress = progress or _silent
        self._codes_fd = codes_fd
        self._queue = works.queue(job)
        self._owner = current_owner()
        self._runners, self._run = works.runners(job), str(works.ids.new())
        self._lease_ms = round(pace.lease_seconds * 1000)
        self._flights: deque[_Flight] = deque()
        self._finish: Lease | None = None
        self._allowed_at = works.clock.monotonic_seconds()
        self._start = Start(job)

    def run(self) -> Job:
        """The job is done, paused or cancelled; or an error is raised and the job says which."""
        self._begin()
        with _rare_collections(), ThreadPoolExecutor(max_workers=1, thread_name_prefix="derive") as pool:
            try:
                while self._step(pool):
                    pass
            except DiskFullError:
                raise  # the row cannot be written either; the job goes on when there is room
            except JinkuError as error:
                self._fail(error)
                raise
            finally:
                self._give_back()
        return self._now()

    def _begin(self) -> None:
        works = self._works
        works.refuse_behind()
        with works.database.read() as unit:
            self._start = start_of(unit, works, self._job)
            self._job = self._start.job
        with works.database.unit() as unit:
            self._queue.release_dead(unit)  # tasks before the job's row, as everywhere: no two units wait in a circle
            left = requeue_told(unit, works, self._start)
            self._sign_in(unit)
            job = set_off(unit, works, self._start, left, self._codes_fd)
        if job is not None:
            self._tell(Progress(job.job, "create", job.done, job.count))

    def _sign_in(self, unit: Unit) -> None:
        """Whoever looks sees that this process runs the job; runs whose process died are struck off."""
        for run, owner in self._runners.holders(unit).items():
            if not unit.owner_is_alive(owner):
                self._runners.drop(unit, run)
        self._runners.claim(unit, self._run, self._owner)

    def _step(self, pool: ThreadPoolExecutor) -> bool:
        """One move: commit what is derived, finish the job, lease more, or wait. False when nothing is left to do."""
        if self._finish is not None:
            finished = self._finish_job(self._finish)
            self._finish = None
            return not finished
        if self._flights:
            self._land(pool)
            return True
        self._wait_for_rate()
        with self._works.database.unit() as unit:
            leases = self._take(unit)
            job = self._works.reload(unit, self._job)
            again_ms = self._queue.next_run_ms(unit)
        self._launch(pool, leases)
        if leases:
            return True
        if job.state not in RUNNABLE or again_ms is None:
            return False
        wait = (again_ms - self._works.clock.now_ms()) / 1000
        self._works.clock.sleep_seconds(min(max(wait, 0.01), _POLL_SECONDS))
        return True

    def _take(self, unit: Unit) -> tuple[Lease, ...]:
        """Leases for as many chunks as may be derived ahead; none when the job was paused or the rate says wait."""
        room = self._pace.concurrency - len(self._flights)
        if self._job.rate:
            room = min(room, int(self._works.clock.monotonic_seconds() >= self._allowed_at))
        if room < 1 or self._works.reload(unit, self._job).state not in RUNNABLE:
            return ()
        return self._queue.lease(unit, self._owner, self._lease_ms, room)

    def _launch(self, pool: ThreadPoolExecutor, leases: tuple[Lease, ...]) -> None:
        for lease in leases:
            if lease.key == FINISH:
                self._finish = lease
                continue
            job = self._job
            chunk = chunk_at(job, lease.key)
            self._flights.append(
                _Flight(
                    lease, chunk, pool.submit(make_chunk, self._works, job, chunk, self._start.asked, self._codes_fd)
                )
            )
            if job.rate:
                now = self._works.clock.monotonic_seconds()
                self._allowed_at = max(now, self._allowed_at) + chunk.count / job.rate

    def _wait_for_rate(self) -> None:
        wait = self._allowed_at - self._works.clock.monotonic_seconds()
        if self._job.rate and wait > 0:
            self._works.clock.sleep_seconds(wait)

    def _land(self, pool: ThreadPoolExecutor) -> None:
        """The oldest chunk in flight is committed, put back for a later attempt, or left to who holds it now."""
        flight = self._flights[0]
        try:
            made = flight.made.result()
        except JinkuError as error:
            self._flights.popleft()
            self._put_back(flight.lease, error)
            return
        try:
            with self._works.database.unit() as unit:
                done = self._commit(unit, flight, made)
                self._flights.popleft()
                leases = self._take(unit)
        except LeaseLostError:
            if self._flights and self._flights[0] is flight:
                self._flights.popleft()
            return
        self._tell(Progress(self._job.job, "create", done, self._job.count))
        self._launch(pool, leases)

    def _commit(self, unit: Unit, flight: _Flight, made: Made) -> int:
        """Rows, entry, outbox message and the end of the task stand together; how many accounts stand then."""
        works, job = self._works, self._job
        self._queue.complete(unit, flight.lease)
        works.rows.insert_chunk(unit, job, made)
        first = made.chunk.start - job.start
        evidence = works.rows.evidence(unit, job, first, made.chunk.count)
        self._start.asked.check_evidence(job, made.chunk, evidence)
        entry = unit.append_entry(BATCH, str(job.job), batch_facts(works, job, made, evidence))
        if made.chunk.start in self._start.told:
            name = f"the batch from index {made.chunk.start} of job {job.key}"
            agreed([self._start.told[made.chunk.start].entry, entry], name, {"job": str(job.job)})
        unit.publish(BATCH, {"entry": entry.digest.hex(), "job": str(job.job), "number": made.chunk.number})
        done = works.reload(unit, job).done
        if self._start.over:
            if self._queue.size(unit) == 0:
                works.rows.set_state(unit, job, JobState.CANCELLED)
        elif done == job.count:
            self._queue.enqueue(unit, [(FINISH, {})])
            works.rows.set_state(unit, job, JobState.VERIFYING)
        return done

    def _put_back(self, lease: Lease, error: JinkuError) -> None:
        """A chunk that may succeed later waits, each time twice as long; any other failure ends the run.

        A chunk that cannot be put back ends it as well, with the first error: its lease ends by itself.
        """
        again = error.retryable and lease.attempts < self._pace.attempts
        wait = min(self._pace.backoff_seconds * 2 ** (lease.attempts - 1), _MAX_BACKOFF_SECONDS)
        try:
            with contextlib.suppress(LeaseLostError), self._works.database.unit() as unit:
                if again:
                    self._queue.retry(unit, lease, error.code, unit.now_ms + round(wait * 1000))
                else:
                    self._queue.release(unit, lease)
        except JinkuError as second:
            error.add_note(f"its chunk could not be put back: {second}")
            again = False
        if not again:
            raise error

    def _finish_job(self, lease: Lease) -> bool:
        """The job is done; False when the lease was lost: the job was cancelled, or another process finishes it."""
        holder = _Keeper(self, lease)
        try:
            counts = Finisher(self._works, self._job, self._tell, holder.keep).run()
            with self._works.database.unit() as unit:
                self._queue.complete(unit, holder.lease)
                job = self._works.reload(unit, self._job)
                self._works.rows.set_state(unit, job, JobState.DONE)
                entry = unit.append_entry(DONE, str(job.job), counts)
                unit.publish(DONE, {"entry": entry.digest.hex(), "job": str(job.job)})
        except LeaseLostError:
            return False
        return True

    def _tell(self, progress: Progress) -> None:
        """Progress that cannot be shown any more ends no job."""
        try:
            self._progress(progress)
        except OSError:
            self._progress = _silent

    def kept(self, lease: Lease) -> Lease:
        """The same lease, with a full time to run once less than half of it is left. LeaseLostError."""
        if lease.until_ms - self._works.clock.now_ms() >= self._lease_ms // 2:
            return lease
        with self._works.database.unit() as unit:
            return self._queue.extend(unit, lease, self._lease_ms)

    def _fail(self, error: JinkuError) -> None:
        """The row says why the job stopped, if it can be written: ``error`` is what the caller is told either way."""
        with contextlib.suppress(JinkuError), self._works.database.unit() as unit:
            job = self._works.reload(unit, self._job)
            if job.state in RUNNABLE:
                self._works.rows.set_state(unit, job, JobState.FAILED, f"{error.code}: {error}")

    def _give_back(self) -> None:
        """What is still leased waits for the next run at once.

        A lease that cannot be given back ends by itself when this process does; the run's own error counts more.
        """
        leases = [flight.lease for flight in self._flights] + ([self._finish] if self._finish else [])
        for flight in self._flights:
            flight.made.cancel()
        for lease in leases:
            with contextlib.suppress(JinkuError), self._works.database.unit() as unit:
                self._queue.release(unit, lease)
        with contextlib.suppress(JinkuError), self._works.database.unit() as unit:
            self._runners.drop(unit, self._run)

    def _now(self) -> Job:
        with self._works.database.read() as unit:
            return self._works.reload(unit, self._job)


class _Keeper:
    """Keeps a long task's lease alive; the finisher calls ``keep`` between its steps."""

    def __init__(self, runner: Runner, lease: Lease) -> None:
        self._runner = runner
        self.lease = lease

    def keep(self) -> None:
        self.lease = self._runner.kept(self.lease)


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    """The cycle collector runs seldom: it would walk every row's tuple, which is a sixth of the time of a bulk job."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _silent(_progress: Progress) -> None:
    return None
