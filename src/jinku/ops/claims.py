"""Tasks that a process holds until it ends them: a holder not seen from here is named, and given up at a word."""

from __future__ import annotations

from jinku.core import when
from jinku.ops.findings import Finding, Health
from jinku.store import Claim, Database, Fate, claims, give_up

__all__ = ["check_claims", "drop_unseen"]

_OLD_MS = 3_600_000  # no change of a vault takes as long; what else a job holds are leases that run out by themselves


def check_claims(database: Database) -> list[Finding]:
    """Each task is held by a process that lives here; others are named."""
    with database.read() as unit:
        found = [_told(claim, unit.now_ms) for claim in claims(unit) if claim.fate is not Fate.LIVES]
    return found or [Finding("tasks", Health.OK, "what is in hand, living processes hold")]


def _told(claim: Claim, now_ms: int) -> Finding:
    what = f"{claim.topic} {claim.key}, begun {when(claim.since_ms)} UTC,"
    if claim.fate is Fate.DEAD:
        advice = "the next command of the vault or job ends it, once the signer answers"
        return Finding("tasks", Health.WARN, f"{what} has no end yet", advice)
    advice = "wait for it"
    if now_ms - claim.since_ms > _OLD_MS:
        advice = "make sure that no jinku runs there any more, then jinku doctor --mend"
    text = f"{what} is held by a process of {claim.host or 'a machine'} that is not seen from here"
    return Finding("tasks", Health.WARN, text, advice)


def drop_unseen(database: Database) -> tuple[str, ...]:
    """What processes hold that are not seen from here, for longer than a change takes, is given up; their names."""
    with database.unit() as unit:
        old = [c for c in claims(unit) if c.fate is Fate.UNSEEN and unit.now_ms - c.since_ms > _OLD_MS]
        give_up(unit, old)
    return tuple(f"{claim.topic} {claim.key}" for claim in old)
