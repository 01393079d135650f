"""Which of two verdicts is the stricter one, for the tests beside it."""

from __future__ import annotations

from jinku.core import Obligation, Outcome, Verdict


def includes(more: Obligation, less: Obligation) -> bool:
    """Whether whoever meets the one has met the other."""
    if more.code != less.code:
        return False
    if less.code == "policy.hold":
        return int(more.facts["hours"]) >= int(less.facts["hours"])
    counts = [dict(part.split("=") for part in it.facts["teams"].split(",")) for it in (more, less)]
    return all(int(counts[0].get(group, 0)) >= int(count) for group, count in counts[1].items())


def is_as_strict(more: Verdict, less: Verdict) -> bool:
    """Whether nothing that ``more`` lets happen is kept back by ``less``."""
    if more.outcome is Outcome.DENY:
        return True
    kept = all(any(includes(it, asked) for it in more.obligations) for asked in less.obligations)
    return more.outcome.strictness >= less.outcome.strictness and kept
