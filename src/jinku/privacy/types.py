"""What the privacy room speaks of: subjects, what is held of them, and how far an erasure is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Erasure", "ErasureState", "Held", "Overview", "Subject", "SubjectKind"]


class SubjectKind(StrEnum):
    """What a subject is named by: the owner of jobs, a job's key, or an account that evidence speaks of."""

    OWNER = "owner"
    JOB = "job"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody of whom something is held. ``mark`` (32 bytes) names him where his name must not stand."""

    mark: bytes
    kind: SubjectKind
    name: str
    created_at_ms: int
    hold: str = ""  # why nothing may be erased; empty: it may
    held_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """One record that holds something of a subject: by the id that the log knows it by, no name.

    ``part`` is a piece of the record, empty for all of it. ``busy`` says why it cannot be erased just now.
    """

    record: str
    part: str
    what: tuple[str, ...]
    busy: str = ""

    def overlaps(self, other: Held) -> bool:
        """True when the two share something.

        >>> whole, part = Held("job-1", "", ("owner",)), Held("job-1", "account/3", ("evidence",))
        >>> whole.overlaps(part), part.overlaps(Held("job-1", "account/4", ("evidence",)))
        (True, False)
        """
        return self.record == other.record and (self.part == other.part or not (self.part and other.part))


class ErasureState(StrEnum):
    """``pending`` until every place that was to forget has confirmed it."""

    PENDING = "pending"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure, by the mark of its subject; ``waiting`` names the places that have not confirmed, each with why."""

    mark: bytes
    asked_at_ms: int
    done_at_ms: int
    waiting: tuple[tuple[str, str], ...] = ()

    @property
    def state(self) -> ErasureState:
        """Whether it is done."""
        return ErasureState.DONE if self.done_at_ms else ErasureState.PENDING

    def as_document(self) -> dict[str, object]:
        """As ``--json`` has it."""
        return {
            "erasure": self.mark.hex(),
            "state": self.state.value,
            "asked_at_ms": self.asked_at_ms,
            "done_at_ms": self.done_at_ms,
            "waiting": [{"store": store, "why": why} for store, why in self.waiting],
        }


@dataclass(frozen=True, slots=True)
class Overview:
    """How the home stands: subjects and holds, erasures, and the files that the subject keys were exported to."""

    subjects: int
    holds: int
    pending: tuple[Erasure, ...]
    done: int
    bundles: tuple[str, ...]
