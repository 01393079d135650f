"""Who owns which address: accounts in bulk by durable jobs, each address proven before it is handed out.

>>> from jinku.accounts import BadRequestError, JobRequest, Mode
>>> from jinku.accounts.rules import check_request, choose_chunk
>>> request = JobRequest(vault="ops", count=200_000)
>>> check_request(request)
>>> choose_chunk(request, forms=7), choose_chunk(JobRequest(vault="ops", count=500, mode=Mode.SELF))
(8192, 256)
>>> try:
...     check_request(JobRequest(vault="ops", count=0))
... except BadRequestError as error:
...     print(error)
the number of accounts is refused: found 0, expected 1 to 100000000; pass another --count
"""

from jinku.accounts.errors import (
    AddressIntegrityError,
    AddressNotFoundError,
    BadRequestError,
    ClaimNotFoundError,
    FirstIndexError,
    JobConflictError,
    JobLostError,
    JobNotFoundError,
    JobStateError,
    OwnerCapError,
)
from jinku.accounts.receipts import verify_receipt
from jinku.accounts.service import Accounts
from jinku.accounts.types import (
    AddressRow,
    Claimed,
    Evidence,
    EvidenceRow,
    Job,
    JobRequest,
    JobState,
    LostJob,
    Mode,
    Pace,
    Progress,
    Remedy,
    VerifyMode,
    VerifyReport,
)

__all__ = [
    "Accounts",
    "AddressIntegrityError",
    "AddressNotFoundError",
    "AddressRow",
    "BadRequestError",
    "ClaimNotFoundError",
    "Claimed",
    "Evidence",
    "EvidenceRow",
    "FirstIndexError",
    "Job",
    "JobConflictError",
    "JobLostError",
    "JobNotFoundError",
    "JobRequest",
    "JobState",
    "JobStateError",
    "LostJob",
    "Mode",
    "OwnerCapError",
    "Pace",
    "Progress",
    "Remedy",
    "VerifyMode",
    "VerifyReport",
    "verify_receipt",
]
