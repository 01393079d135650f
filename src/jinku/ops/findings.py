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

    @property
    def weight(self) -> int:
        """0 for what is fine."""
        return list(Health).index(self)


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
    told: dict[tuple[Health, str], list[Finding]] = {}
    for place, one in enumerate(findings):
        told.setdefault((one.health, one.advice or f"none, {place}"), []).append(one)
    for alike in sorted(told.values(), key=lambda alike: -alike[0].health.weight):
        yield from ((one, "") for one in alike[:-1])
        yield alike[-1], alike[-1].advice
