"""The kinds of the entries that this room appends, each with what it is about."""

from __future__ import annotations

__all__ = [
    "BATCH",
    "CANCELLED",
    "CLAIMED",
    "CONTINUED",
    "CREATED",
    "DONE",
    "EVIDENCE_KEY",
    "EVIDENCE_OPEN",
    "EXPORTED",
    "LETTERS_EXPORTED",
    "PAUSED",
    "REMADE",
    "SKIPPED",
    "WRITTEN_OFF",
]

# about a job
CREATED = "accounts.job_created"
PAUSED = "accounts.job_paused"
CONTINUED = "accounts.job_continued"
CANCELLED = "accounts.job_cancelled"
DONE = "accounts.job_done"
REMADE = "accounts.job_remade"  # a restored database had lost it
WRITTEN_OFF = "accounts.job_written_off"  # likewise, and nobody can make it again
BATCH = "accounts.batch"
LETTERS_EXPORTED = "accounts.letters_exported"
# about an account
CLAIMED = "accounts.claimed"
# about a vault
SKIPPED = "accounts.indexes_skipped"  # after the log lost entries: from where on it goes on
# about a job or a vault
EXPORTED = "accounts.exported"
# acts with an entry before (_begun) and after (_ended): about the deployment; about an account
EVIDENCE_KEY = "evidence.key"
EVIDENCE_OPEN = "evidence.open"
