"""Privacy: what enters the log about a person is a commitment; what it speaks of, and its key, can be erased.

>>> from jinku.privacy import SubjectKey
>>> key = SubjectKey.random()  # of one subject; destroyed with it
>>> said = key.commit("accounts.job_created", "job-1", {"owner": "acme"})  # what the log holds
>>> said == key.commit("accounts.job_created", "job-1", {"owner": "acme"})  # with the key it can be opened
True
>>> said == SubjectKey.random().commit("accounts.job_created", "job-1", {"owner": "acme"})  # without it, never
False
"""

from jinku.privacy.bundle import FORMAT, KeyBundle
from jinku.privacy.errors import (
    BundleRefusedError,
    KeyBundleError,
    LegalHoldError,
    SubjectBusyError,
    SubjectErasedError,
    SubjectKeyError,
    SubjectUnknownError,
)
from jinku.privacy.keys import KEY_BYTES, SubjectKey
from jinku.privacy.service import Privacy
from jinku.privacy.subjects import Subjects
from jinku.privacy.types import Erasure, ErasureState, Held, Overview, Subject, SubjectKind

__all__ = [
    "FORMAT",
    "KEY_BYTES",
    "BundleRefusedError",
    "Erasure",
    "ErasureState",
    "Held",
    "KeyBundle",
    "KeyBundleError",
    "LegalHoldError",
    "Overview",
    "Privacy",
    "Subject",
    "SubjectBusyError",
    "SubjectErasedError",
    "SubjectKey",
    "SubjectKeyError",
    "SubjectKind",
    "SubjectUnknownError",
    "Subjects",
]
