"""What a look at an installation gives: findings, each with its weight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from jinku.core import JinkuError

__all__ = ["Finding", "Health", "bad", "worst_first"]


class Health(StrEnum):
    """How a finding weighs: fine; worth knowing; something does not work or is not safe."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found and, unless it is fine, what to do."""

    check: str
    health: Health
    found: str
    advice: str = ""


def bad(check: str, error: JinkuError) -> Finding:
    """A failure as a finding."""
    found = f"{error.what}: {error.found}" if error.found else error.what
    return Finding(check, Health.BAD, found, error.advice or "")


def worst_first(findings: Sequence[Finding]) -> Iterator[tuple[Finding, str]]:
    """The findings with what to do, bad ones before warnings, otherwise in their order.

    Those of one advice stand together, and it stands beside the last of them.
    """
    first: dict[tuple[Health, str], int] = {}
    for place, one in enumerate(findings):
        first.setdefault((one.health, one.advice), place)
    weight = list(Health)

    def key(item: tuple[int, Finding]) -> tuple[int, int]:
        place, one = item
        return -weight.index(one.health), first[one.health, one.advice] if one.advice else place

    told = [one for _, one in sorted(enumerate(findings), key=key)]
    for place, one in enumerate(told, start=1):
        again = any((after.health, after.advice) == (one.health, one.advice) for after in told[place : place + 1])
        yield one, "" if again else one.advice
