"""A bucket: a few requests, each tried again until its time is over, and failures that say what to do.

Nothing that the store wrote in an error is handed on: some stores quote the request that they refuse.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

from jinku.journal.adapters.s3_failures import (
    ABSENT,
    NO_LOCK,
    StoreDeniedError,
    StoreRefusedError,
    StoreSettingsError,
    code_of,
    no_lock,
    translated,
)  # fmt: skip
from jinku.journal.adapters.s3_place import BucketUrl
from jinku.journal.errors import TileStoreError

__all__ = ["Bucket", "Found", "Lock", "NoConditionsError", "Timing"]

T = TypeVar("T")
_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a store may take: to be reached, to send the next byte, and for one object in all (seconds)."""

    connect: float = 4.0
    answer: float = 8.0
    whole: float = 25.0

    def deadline(self) -> float:
        """When the work on one object that begins now has to be done."""
        return time.monotonic() + self.whole


@dataclass(frozen=True, slots=True)
class Found:
    """An object: its bytes, what its ETag is, and whether the store says that it is locked."""

    data: bytes
    etag: str
    locked: bool


@dataclass(frozen=True, slots=True)
class Lock:
    """What object lock an object is written with; ``mode`` empty: a legal hold alone."""

    mode: str
    until: datetime.datetime | None
    hold: bool

    def words(self) -> dict[str, Any]:
        """As the client names them."""
        words: dict[str, Any] = {"ObjectLockMode": self.mode, "ObjectLockRetainUntilDate": self.until}
        held = {"ObjectLockLegalHoldStatus": "ON"} if self.hold else {}
        return {**(words if self.until else {}), **held}


class NoConditionsError(Exception):
    """The store does not have conditional writes; nothing was written."""


class _AgainError(Exception):
    """It may work the next time; ``error`` is what is raised when there is none."""

    def __init__(self, error: TileStoreError) -> None:
        self.error = error
        super().__init__()


class Bucket:
    """One bucket. Threads may share it; the client library is loaded when the first request is made."""

    def __init__(self, place: BucketUrl, timing: Timing | None = None) -> None:
        """Nothing is loaded, read or asked."""
        self.place = place
        self.timing = timing or Timing()
        self._made: Any = None
        self._making = threading.Lock()

    def get(self, path: str, deadline: float) -> Found | None:
        """The object; None when there is none."""

        def ask() -> Found | None:
            try:
                answer = self._client.get_object(Bucket=self.place.bucket, Key=self.place.key(path))
                with answer["Body"] as body:
                    data = body.read()
            except Exception as error:
                if code_of(error)[0] in ABSENT:
                    return None
                raise
            locked = bool(answer.get("ObjectLockMode") or answer.get("ObjectLockLegalHoldStatus") == "ON")
            return Found(data, str(answer.get("ETag", "")), locked)

        return self._try(ask, f"reading {path}", deadline)

    def put(  # noqa: PLR0917  one word of the request each
        self,
        path: str,
        data: bytes,
        headers: dict[str, str],
        condition: dict[str, str],
        lock: Lock | None,
        deadline: float,
    ) -> bool:
        """The store says that the object stands; False when the condition did not hold. NoConditionsError."""
        words: dict[str, Any] = {**headers, **condition, **(lock.words() if lock else {})}
        words["ContentMD5"] = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()

        def ask() -> bool:
            try:
                self._client.put_object(Bucket=self.place.bucket, Key=self.place.key(path), Body=data, **words)
            except Exception as error:
                code, status = code_of(error)
                if condition and (status == 412 or code in ABSENT):
                    return False
                if condition and (status == 501 or code == "NotImplemented"):
                    raise NoConditionsError from None
                if lock and (status == 400 or code in NO_LOCK):
                    raise no_lock(code, self.place) from None
                raise
            return True

        return self._try(ask, f"writing {path}", deadline)

    def delete(self, path: str, deadline: float) -> None:
        """The object is gone, or never was."""
        words = {"Bucket": self.place.bucket, "Key": self.place.key(path)}
        self._try(lambda: self._client.delete_object(**words), f"removing {path}", deadline)

    def names(self, prefix: str, deadline: float) -> Iterator[str]:
        """The paths of at most 1,000 objects that begin so."""
        words = {"Bucket": self.place.bucket, "Prefix": self.place.key(prefix)}
        answer = self._try(lambda: self._client.list_objects_v2(**words), f"listing {prefix}", deadline)
        for one in answer.get("Contents", ()):
            yield one["Key"][len(self.place.key("")) :]

    def every(self, prefix: str, page: int = 1000) -> Iterator[str]:
        """The paths of all objects that begin so, ``page`` a request: no store gives more than a thousand."""
        words: dict[str, Any] = {"Bucket": self.place.bucket, "Prefix": self.place.key(prefix), "MaxKeys": page}
        while True:
            ask = partial(self._client.list_objects_v2, **words)
            answer = self._try(ask, f"listing {prefix}", self.timing.deadline())
            for one in answer.get("Contents", ()):
                yield one["Key"][len(self.place.key("")) :]
            if not answer.get("IsTruncated"):
                return
            words["ContinuationToken"] = answer["NextContinuationToken"]

    def folders(self, begin: str) -> list[str]:
        """The names just below the place that begin so and have a slash behind them; none where listing is denied."""
        start, deadline = self.place.key(""), self.timing.deadline()
        words = {"Bucket": self.place.bucket, "Prefix": start + begin, "Delimiter": "/"}
        found: list[str] = []
        while True:
            try:
                answer = self._try(lambda: self._client.list_objects_v2(**words), "listing", deadline)
            except (StoreDeniedError, StoreRefusedError):
                return found
            found += [one["Prefix"][len(start) :].removesuffix("/") for one in answer.get("CommonPrefixes", ())]
            if not answer.get("IsTruncated"):
                return found
            words["ContinuationToken"] = answer["NextContinuationToken"]

    def object_lock(self, deadline: float) -> tuple[bool, str]:
        """Whether the bucket has object lock, and the mode that it gives to whatever is written, empty for none."""

        def ask() -> tuple[bool, str]:
            try:
                answer = self._client.get_object_lock_configuration(Bucket=self.place.bucket)
            except Exception as error:
                code, status = code_of(error)
                if code in NO_LOCK or status == 501 or code in ("NotImplemented", "MethodNotAllowed"):
                    return False, ""
                raise
            held = answer.get("ObjectLockConfiguration", {})
            default = held.get("Rule", {}).get("DefaultRetention", {})
            return held.get("ObjectLockEnabled") == "Enabled", str(default.get("Mode", ""))

        return self._try(ask, "asking for object lock", deadline)

    # -- requests

    @property
    def _client(self) -> Any:
        with self._making:
            if self._made is None:
                self._made = _client(self.place, self.timing)
            return self._made

    def _try(self, ask: Callable[[], T], doing: str, deadline: float) -> T:
        pause = _PAUSE
        while True:
            try:
                return self._once(ask, doing)
            except _AgainError as failed:
                wait = pause * random.uniform(0.5, 1.0)  # noqa: S311  so that processes do not come back together
                if time.monotonic() + wait + self.timing.answer > deadline:
                    raise failed.error from None
            time.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _once(self, ask: Callable[[], T], doing: str) -> T:
        try:
            return ask()
        except (NoConditionsError, TileStoreError):
            raise
        except Exception as error:
            again, told = translated(error, doing, self.place)
            if told is None:
                raise
            raise (_AgainError(told) if again else told) from None


@cache
def _loader() -> Any:
    """The client library's description of S3, parsed once a process."""
    from botocore.loaders import create_loader  # noqa: PLC0415  see below

    return create_loader()


def _client(place: BucketUrl, timing: Timing) -> Any:
    """The client library's client, with the credentials of its usual chain."""
    try:
        from botocore import exceptions  # noqa: PLC0415  half a second that other commands are spared
        from botocore.config import Config  # noqa: PLC0415
        from botocore.session import Session  # noqa: PLC0415
    except ImportError as error:
        raise StoreSettingsError(
            "the client of object stores is not installed",
            found="JINKU_TILES_URL names one",
            advice="install jinku with it: pip install 'jinku[s3]'",
        ) from error
    config = Config(
        connect_timeout=timing.connect,
        read_timeout=timing.answer,
        retries={"total_max_attempts": 1},
        max_pool_connections=16,
        s3={"addressing_style": place.style},
        request_checksum_calculation="when_required",  # the newer default is refused by many stores
        response_checksum_validation="when_required",
        user_agent_extra="jinku",
    )
    try:
        session = Session()
        session.register_component("data_loader", _loader())
        region = place.region or session.get_config_variable("region") or ("us-east-1" if place.endpoint else None)
        return session.create_client("s3", region_name=region, endpoint_url=place.endpoint or None, config=config)
    except (exceptions.BotoCoreError, ValueError) as error:
        raise StoreSettingsError(
            "the settings of the object store cannot be used",
            found=type(error).__name__,
            advice="check AWS_PROFILE, ~/.aws/config and the endpoint in JINKU_TILES_URL",
        ) from None
