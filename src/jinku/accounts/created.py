"""What the first entry of a job says of it, and of whom: plain facts, a commitment to names, a digest over all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinku.accounts.kinds import CREATED, REMADE
from jinku.accounts.rules import form_document
from jinku.accounts.said import fact, said_by
from jinku.accounts.types import Job, Mode
from jinku.core import Json, canonical_bytes, domain_digest
from jinku.privacy import SubjectKey
from jinku.store import Unit

__all__ = ["Created", "commitment_to_names", "commits_to", "created_facts", "plain_facts", "remade_facts"]

_DIGEST = "made_digest"
_NAMED = "named"
_RECIPIENTS = "recipients"
_EVIDENCE = "evidence_rows"


@dataclass(frozen=True, slots=True)
class Created:
    """The first entry of a job, read once."""

    said: Mapping[str, Any]

    @property
    def has_digest(self) -> bool:
        """It binds the job; those of old versions do not."""
        return _DIGEST in self.said

    @property
    def named(self) -> str | None:
        """The commitment to key, owner and recipients; None where the digest holds the names themselves."""
        return str(self.said[_NAMED]) if _NAMED in self.said else None

    @property
    def evidence(self) -> str:
        """The digest over the sealed evidence; empty of none."""
        return str(self.said.get(_EVIDENCE, ""))

    @property
    def recipients(self) -> str:
        """The digest over the recipients, where it is not part of a commitment; empty of none."""
        return str(self.said.get(_RECIPIENTS, ""))

    def binds(self, job: Job, recipients: str) -> bool:
        """The digest is over this job, and over its names where there is no commitment to them."""
        if self.named is None:
            return bool(created_facts(job, recipients, self.evidence)[_DIGEST] == self.said[_DIGEST])
        held: dict[str, Json] = {_EVIDENCE: self.evidence} if self.evidence else {}
        return bool(_made_digest(job, {**plain_facts(job), **held, _NAMED: self.named}) == self.said[_DIGEST])

    def commitments(self, unit: Unit, job: Job) -> frozenset[str]:
        """The commitments to the names of the job: its own, and those of a custodial one made again since.

        An empty one says that it names nobody. The set is empty where the digest holds the names.
        """
        if self.named is None:
            return frozenset()
        found = [self.named]
        if job.mode is Mode.CUSTODIAL:  # recipients are never exchanged
            for entry in unit.entries(REMADE, str(job.job)):
                more = said_by(entry)
                found += [fact(entry, more, _NAMED, str)] if _NAMED in more else []
        return frozenset(found)


def created_facts(job: Job, recipients: str, evidence: str, key: SubjectKey | None = None) -> dict[str, Json]:
    """What the job's first entry says. A person may be named in owner, key and recipients.

    Under the key of their subject a commitment to them stands there; without one they are in the digest only.
    """
    facts = plain_facts(job)
    if evidence:
        facts[_EVIDENCE] = evidence
    if key is not None:
        facts[_NAMED] = _commitment(job, recipients, key)
        return {**facts, _DIGEST: _made_digest(job, facts)}
    if recipients:
        facts[_RECIPIENTS] = recipients
    named: dict[str, Json] = {"created_at_ms": str(job.created_at_ms), "key": job.key, "owner": job.owner, "v": 1}
    return {**facts, _DIGEST: domain_digest("jinku/job-made/1", canonical_bytes({**facts, **named})).hex()}


def _commitment(job: Job, recipients: str, key: SubjectKey) -> str:
    return key.commit(CREATED, str(job.job), {"key": job.key, "owner": job.owner, "recipients": recipients})


def _made_digest(job: Job, facts: dict[str, Json]) -> str:
    """Over what stands in the entry, and the time that the ids of accounts follow from."""
    whole: dict[str, Json] = {**facts, "created_at_ms": str(job.created_at_ms), "v": 2}
    return domain_digest("jinku/job-made/2", canonical_bytes(whole)).hex()


def remade_facts(job: Job, named: str | None = None) -> dict[str, Json]:
    """What the entry says of a job that is made again; ``named`` is a new commitment to its names, if it has one."""
    facts: dict[str, Json] = {"count": job.count, "start": job.start, "vault": str(job.vault)}
    return facts if named is None else {**facts, _NAMED: named}


def commitment_to_names(job: Job, key: SubjectKey | None) -> str:
    """A commitment to key and owner of a custodial job; the empty one that names nobody without a key."""
    return "" if key is None else _commitment(job, "", key)


def commits_to(job: Job, key: SubjectKey, held: frozenset[str], recipients: str) -> bool:
    """One of the commitments is to key, owner and recipients of the job."""
    return _commitment(job, recipients, key) in held


def plain_facts(job: Job) -> dict[str, Json]:
    """What names nobody: range, mode, forms and how it is made."""
    return {
        "chunk": job.chunk,
        "claim_codes": job.claim_codes,
        "count": job.count,
        "forms": [form_document(form) for form in job.forms],
        "language": job.language,
        "mode": job.mode.value,
        "start": job.start,
        "vault": str(job.vault),
        "verify": job.verify.value,
        "words": job.words,
    }
