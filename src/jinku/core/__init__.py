"""The words every room speaks: ids, clock, errors.

>>> from jinku.core import Id, IdSource, ManualClock, ParseError, account_id
>>> job = IdSource(ManualClock(1_700_000_000_000), bytes).new()
>>> str(job)
'018bcfe5-6800-7000-8000-000000000000'
>>> str(account_id(job, job.time_ms, 0))
'018bcfe5-6800-7062-b596-25f053fd9f62'
>>> try:
...     Id.parse("not-an-id")
... except ParseError as error:
...     error.code, error.exit_code
('parse.invalid', 2)
"""

from jinku.core.clock import Clock, ManualClock, SystemClock
from jinku.core.errors import (
    ConflictError,
    IntegrityError,
    JinkuError,
    NotFoundError,
    ParseError,
    RefusedError,
    UnavailableError,
    UsageError,
)
from jinku.core.ids import Id, IdSource, account_id

__all__ = [
    "Clock",
    "ConflictError",
    "Id",
    "IdSource",
    "IntegrityError",
    "JinkuError",
    "ManualClock",
    "NotFoundError",
    "ParseError",
    "RefusedError",
    "SystemClock",
    "UnavailableError",
    "UsageError",
    "account_id",
]
