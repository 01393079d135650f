"""How a store's failures are told: a code, a status, what to do; never what the store wrote, which may be a secret."""

from __future__ import annotations

from typing import Any

from jinku.journal.adapters.s3_place import BucketUrl
from jinku.journal.errors import TileStoreError

__all__ = [
    "ABSENT",
    "NO_LOCK",
    "StoreDeniedError",
    "StoreLiesError",
    "StoreRefusedError",
    "StoreSettingsError",
    "code_of",
    "no_lock",
    "translated",
]

ABSENT = ("NoSuchKey", "NoSuchVersion", "NotFound")
NO_LOCK = (
    "ObjectLockConfigurationNotFoundError",
    "NoSuchObjectLockConfiguration",
    "InvalidBucketObjectLockConfiguration",
)
_DENIED = ("AccessDenied", "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch")
_CLOCK = ("RequestTimeTooSkewed", "RequestExpired")
_BUSY = ("ConditionalRequestConflict", "OperationAborted", "RequestTimeout", "SlowDown", "Throttling", "InternalError")


class StoreUnreachableError(TileStoreError):
    """The object store does not answer in time, or answers with failures of its own."""

    code = "journal.store_unreachable"


class StoreLiesError(TileStoreError):
    """The object store said that it keeps a file, and has not got it; nothing was signed."""

    code = "journal.store_lies"


class StoreDeniedError(TileStoreError):
    """The object store gives no access, or no credentials were found."""

    code = "journal.store_denied"
    retryable = False


class StoreRefusedError(TileStoreError):
    """The object store refuses a request, or is none."""

    code = "journal.store_refused"
    retryable = False


class StoreClockError(TileStoreError):
    """The clocks of this machine and of the object store differ too much for signed requests."""

    code = "journal.store_clock"
    retryable = False


class BucketMissingError(TileStoreError):
    """There is no such bucket."""

    code = "journal.bucket_missing"
    retryable = False


class NoObjectLockError(TileStoreError):
    """The bucket does not lock what the settings want locked; the entries wait in the database."""

    code = "journal.no_object_lock"
    retryable = False


class StoreSettingsError(TileStoreError):
    """The client of object stores is not installed, or its settings cannot be used."""

    code = "journal.store_settings"
    retryable = False


def code_of(error: Exception) -> tuple[str, int]:
    """The store's code and the HTTP status; empty and 0 when it did not answer."""
    response: Any = getattr(error, "response", None)
    if not isinstance(response, dict):
        return "", 0
    code = str(response.get("Error", {}).get("Code", ""))
    return code, int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def translated(error: Exception, doing: str, place: BucketUrl) -> tuple[bool, TileStoreError | None]:
    """Whether it may be tried again, and what to tell; None for what is no failure of the store."""
    from botocore import exceptions, parsers  # noqa: PLC0415  loaded with the client
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    name = type(error).__name__
    broken = (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.IncompleteReadError, HTTPError)
    found: tuple[bool, TileStoreError | None] = False, None
    if isinstance(error, exceptions.ClientError):
        found = _refused(error, doing, place)
    elif isinstance(error, exceptions.SSLError):
        found = False, _unreachable(f"{doing}: the certificate or TLS of the store does not hold", place)
    elif isinstance(error, broken):
        found = True, _unreachable(f"{doing}: {name}", place)
    elif isinstance(error, parsers.ResponseParserError):
        found = True, _odd(f"an answer that is none while {doing}", place)
    elif isinstance(error, RecursionError):  # the client follows each redirection to another region
        found = False, _odd(f"redirections without end while {doing}", place)
    elif isinstance(error, exceptions.BotoCoreError):
        found = False, _denied(name, doing, place)
    return found


def _refused(error: Exception, doing: str, place: BucketUrl) -> tuple[bool, TileStoreError]:
    code, status = code_of(error)
    said = f"{code[:60]} ({status}) while {doing}"
    if status in (429, 500, 502, 503, 504) or code in _BUSY:
        return True, _unreachable(said, place)
    if code in _CLOCK:
        what = "the clocks of this machine and of the object store differ too much"
        return False, StoreClockError(what, found=f"{said}; {place}", advice="set the clock")
    if code == "NoSuchBucket":
        advice = "make it, or correct the URL that names it"
        return False, BucketMissingError("the bucket is missing", found=f"{said}; {place}", advice=advice)
    if code in _DENIED or status in (401, 403):
        return False, _denied(said, doing, place)
    torn = not code or code.isdigit()  # an answer without a code: of another program, or only half of it came
    return torn, _odd(said, place)


def _odd(found: str, place: BucketUrl) -> TileStoreError:
    advice = "see that the URL names an S3-compatible store, its region and its style of addresses"
    return StoreRefusedError("the object store refuses the request", found=f"{found}; {place}", advice=advice)


def _denied(found: str, doing: str, place: BucketUrl) -> TileStoreError:
    advice = (
        "see that AWS_PROFILE, ~/.aws or the environment hold credentials that may get, put, delete and list "
        "objects of this bucket"
    )
    what = f"the object store gives no access for {doing}"
    return StoreDeniedError(what, found=f"{found}; {place}", advice=advice)


def _unreachable(found: str, place: BucketUrl) -> TileStoreError:
    return StoreUnreachableError(
        "the object store does not answer as it should",
        found=f"{found}; {place}",
        advice="see that it runs and that its URL names it; the entries are safe in the database, and the next run "
        "carries on",
    )


def no_lock(found: str, place: BucketUrl) -> TileStoreError:
    """The error of a bucket that does not lock what it should."""
    return NoObjectLockError(
        "the object store does not lock what the settings want locked; the entries wait in the database",
        found=f"{found} from {place}",
        expected="a bucket made with object lock",
        advice="make one and name it in JINKU_TILES_URL, or change JINKU_TILES_LOCK",
    )
