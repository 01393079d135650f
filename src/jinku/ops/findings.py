"""What a look at an installation gives: findings, each with its weight."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jinku.core import JinkuError

__all__ = ["Finding", "Health", "bad"]


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
