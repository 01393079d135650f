"""Tiles in a bucket of any S3-compatible store: each object is written once, read back, and never changed."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import TypeVar

from jinku.core import Clock, SystemClock, UnavailableError
from jinku.journal.adapters.later_origins import FOLDER
from jinku.journal.adapters.s3_bucket import Bucket, Found, Lock, NoConditionsError
from jinku.journal.adapters.s3_failures import StoreLiesError, no_lock
from jinku.journal.adapters.standing import CHECKPOINT, differs, may_replace, read_standing
from jinku.journal.errors import JournalForkedError, TileDamagedError, TileStoreError
from jinku.journal.paths import WIDTH, bundle_path, split_bundle, tile_path
from jinku.journal.retention import Retention, Term
from jinku.journal.tree import edge_tiles
from jinku.journal.types import SignedCheckpoint

__all__ = ["OutsideBucket", "S3Tiles"]

T = TypeVar("T")
_BUNDLES = "tile/entries/"
_TILE = {"ContentType": "application/octet-stream", "CacheControl": "public, max-age=31536000, immutable"}
_NOTE = {"ContentType": "text/plain; charset=utf-8", "CacheControl": "no-cache"}
_NEW = {"IfNoneMatch": "*"}
_THREADS = 8
_LOOKS = 6  # for what was written a moment ago: some stores show it a little later
_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class S3Tiles:
    """Implements the port ``TileStore``."""

    def __init__(
        self,
        bucket: Bucket,
        retention: Retention | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Nothing is asked yet. ``retention``: what full tiles and bundles are locked with."""
        self._bucket = bucket
        self._retention = retention
        self._clock = clock or SystemClock()
        self._conditions: bool | None = None  # whether the store holds to them; None: nobody tried yet
        self._locks = False  # whether the bucket was seen to have object lock; some stores do not say it of an object

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """All stand and were read back. Several at a time; the first that fails ends the rest."""
        if len(files) < 2:
            for path, data in files:
                self._write(path, data)
            return
        pool = ThreadPoolExecutor(_THREADS, "s3")
        try:
            for done in as_completed([pool.submit(self._write, path, data) for path, data in files]):
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _write(self, path: str, data: bytes) -> None:
        deadline = self._bucket.timing.deadline()
        if not self._conditions and self._stands(path, data, deadline):
            return
        lock = self._lock(path, data)
        if self._put(path, data, _TILE, _NEW, lock, deadline):
            self._try_conditions(path, data, lock, deadline)
            self._read_back(path, data, lock, deadline)
        elif not self._stands(path, data, deadline):  # refused for a name that was removed: seen on versioned buckets
            self._bucket.put(path, data, _TILE, {}, lock, deadline)
            self._read_back(path, data, lock, deadline)

    def _put(  # noqa: PLR0917  as the bucket's
        self,
        path: str,
        data: bytes,
        headers: dict[str, str],
        condition: dict[str, str],
        lock: Lock | None,
        deadline: float,
    ) -> bool:
        if self._conditions is not False:
            try:
                return self._bucket.put(path, data, headers, condition, lock, deadline)
            except NoConditionsError:
                self._conditions = False
        return self._bucket.put(path, data, headers, {}, lock, deadline)

    def _try_conditions(self, path: str, data: bytes, lock: Lock | None, deadline: float) -> None:
        """The same bytes once more: a store that takes them does not hold to conditions, whatever it says."""
        if self._conditions is None:
            taken = self._put(path, data, _TILE, _NEW, lock, deadline)
            if self._conditions is not False:
                self._conditions = not taken

    def _stands(self, path: str, data: bytes, deadline: float) -> bool:
        found = self._bucket.get(path, deadline)
        if found is not None and found.data != data:
            raise differs(f"{path} stands already with other bytes", path, found.data, data)
        return found is not None

    def _read_back(self, path: str, data: bytes, lock: Lock | None, deadline: float) -> None:
        found = self._look(path, deadline)
        if found is None:
            raise self._lied(path)
        if found.data != data:
            raise differs(f"{path} does not read back as it was written", path, found.data, data)
        if lock is not None and not found.locked and not self._locks:
            self._locks = self._bucket.object_lock(deadline)[0]
            if not self._locks:
                raise no_lock("no lock on what was written", self._bucket.place)

    def _look(self, path: str, deadline: float) -> Found | None:
        for look in range(_LOOKS):
            found = self._bucket.get(path, deadline)
            if found is not None:
                return found
            time.sleep(_PAUSE * 2**look)
        return None

    def _lied(self, path: str) -> StoreLiesError:
        return StoreLiesError(
            "the object store says that it keeps a file, and has not got it; nothing was signed",
            found=f"no {path} in {self._bucket.place}",
            expected="the bytes that were written",
            advice="look after the store; the entries are safe in the database, and the next run writes it again",
        )

    def _lock(self, path: str, data: bytes) -> Lock | None:
        """Full tiles and bundles alone: partial ones are replaced, the checkpoint always changes."""
        if self._retention is None or ".p/" in path or not path.startswith("tile/"):
            return None
        bundle = path.startswith(_BUNDLES)
        term = self._retention.of_entries(split_bundle(path, data)) if bundle else self._retention.longest
        if term == Term():
            return None
        return Lock(self._retention.mode, self._until(term.days), term.hold)

    def _until(self, days: int) -> datetime.datetime | None:
        now = datetime.datetime.fromtimestamp(self._clock.now_ms() // 1000, datetime.UTC)
        return now + datetime.timedelta(days=days) if days else None

    def read(self, path: str) -> bytes | None:
        """The bytes; None when there is no such object."""
        found = self._bucket.get(path, self._bucket.timing.deadline())
        return None if found is None else found.data

    def published(self) -> bytes | None:
        """The checkpoint that stands there."""
        return self.read(CHECKPOINT)

    def publish(self, signed: SignedCheckpoint) -> bool:
        """The checkpoint stands there, unless a greater one does: replaced only as it was read, and read back."""
        deadline = self._bucket.timing.deadline()
        tried, pause = False, _PAUSE
        while True:
            found = self._bucket.get(CHECKPOINT, deadline)
            standing = None if found is None else read_standing(found.data, f"{self._bucket.place}/{CHECKPOINT}")
            if standing is not None and standing.note == signed.note:
                return tried
            if standing is not None and not may_replace(standing, signed):
                return False
            if tried and time.monotonic() > deadline:
                raise self._lied(CHECKPOINT)
            condition = _NEW if found is None else {"IfMatch": found.etag}
            self._put(CHECKPOINT, signed.note, _NOTE, condition, None, deadline)
            if tried:
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            tried = True

    def prune(self, old: int, size: int) -> None:
        """The partial tiles of the tree of ``old`` leaves are gone where the full ones stand, if the store lets us."""
        with contextlib.suppress(TileStoreError):
            for level, index, _ in edge_tiles(old):
                if index < (size >> (8 * level)) // WIDTH:
                    for path in (tile_path(level, index), *((bundle_path(index),) if level == 0 else ())):
                        self._prune(path)

    def _prune(self, full: str) -> None:
        deadline = self._bucket.timing.deadline()
        partials = list(self._bucket.names(f"{full}.p/", deadline))
        if partials and self._bucket.get(full, deadline) is not None:
            for path in partials:
                self._bucket.delete(path, deadline)

    def partials(self) -> Iterator[str]:
        """The paths of the partial tiles and bundles that lie there: a request for each thousand files of the log."""
        return (path for path in self._bucket.every("tile/") if ".p/" in path)

    def keep_evidence(self, name: str, data: bytes) -> str:
        """The bytes are kept under ``evidence``; what stands there under this name is left as it is."""
        path, deadline = f"evidence/{name}", self._bucket.timing.deadline()
        if self._bucket.get(path, deadline) is None:
            self._put(path, data, _TILE, _NEW, None, deadline)
        return f"{self._bucket.place}/{path}"

    def object_lock(self) -> tuple[bool, str]:
        """Whether the bucket has object lock, and the mode of its own that it gives to all files, empty for none."""
        return self._bucket.object_lock(self._bucket.timing.deadline())


class OutsideBucket:
    """Implements the port ``Outside``: the last checkpoint, remembered in a bucket."""

    near = False

    def __init__(self, bucket: Bucket) -> None:
        """Nothing is asked yet."""
        self.name = f"the checkpoint in {bucket.place}"
        self._bucket, self._tiles = bucket, S3Tiles(bucket)

    def last(self) -> bytes | None:
        """The note; None when there is none."""
        return self._asked(self._tiles.published)

    def folders(self) -> list[str]:
        """The folders of later origins beside it; none where listing is not allowed."""
        return self._asked(partial(self._bucket.folders, FOLDER))

    def remember(self, signed: SignedCheckpoint) -> None:
        """The bucket holds this note, unless it knows a greater one, or one that the next start refuses by name."""
        with contextlib.suppress(TileDamagedError, JournalForkedError):
            self._asked(partial(self._tiles.publish, signed))

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except TileStoreError as error:
            raise UnavailableError(
                f"{self.name} cannot be reached: {error.what}",
                found=error.found,
                advice=error.advice,
                code="journal.outside_bucket",
                retryable=error.retryable,
            ) from error
