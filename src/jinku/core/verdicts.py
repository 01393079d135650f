"""A Verdict: what one room says of an intent. Many verdicts make one: the strictest wins, every reason is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from jinku.core.canonical import Json, domain_digest
from jinku.core.errors import UsageError
from jinku.core.shape import CODE, Fields, check_text, document_bytes, read_document, value_error

__all__ = ["Obligation", "Outcome", "Reason", "Verdict", "combine"]

_TAG: Final = "jinku/verdict/1"
MAX_REASONS: Final = 256
MAX_TEXT: Final = 1_000
COMBINED: Final = "combined"


class Outcome(StrEnum):
    """What may happen, from the mildest to the strictest."""

    ALLOW = "allow"
    REQUIRE_APPROVAL = "require_approval"
    THROTTLE = "throttle"
    HOLD = "hold"
    DENY = "deny"

    @property
    def strictness(self) -> int:
        """0 for allow up to 4 for deny."""
        return list(Outcome).index(self)


def _no_facts() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Reason:
    """Why: a stable code, a sentence for people, and the facts it rests on (figures as decimal strings)."""

    code: str
    text: str
    facts: Mapping[str, str] = field(default_factory=_no_facts)

    def __post_init__(self) -> None:
        """Refuse a malformed code and an overlong text; the facts are frozen."""
        check_text(self.code, CODE, "verdict.reasons.code")
        if len(self.text) > MAX_TEXT:
            raise value_error("verdict.reasons.text", f"{len(self.text)} characters", f"at most {MAX_TEXT}")
        _freeze(self, "verdict.reasons.facts")


@dataclass(frozen=True)
class Obligation:
    """What must be met before the intent may go on, such as two approvals of a group."""

    code: str
    facts: Mapping[str, str] = field(default_factory=_no_facts)

    def __post_init__(self) -> None:
        """Refuse a malformed code; the facts are frozen."""
        check_text(self.code, CODE, "verdict.obligations.code")
        _freeze(self, "verdict.obligations.facts")


def _freeze(part: Reason | Obligation, place: str) -> None:
    for name in part.facts:
        check_text(name, CODE, f"{place}.{name}"[:120])
    object.__setattr__(part, "facts", MappingProxyType(dict(part.facts)))


@dataclass(frozen=True)
class Verdict:
    """What ``room`` decided. A reason is needed for everything but allow.

    >>> mild = Verdict("risk", Outcome.ALLOW)
    >>> strict = Verdict("policy", Outcome.DENY, (Reason("policy.limit", "over the daily limit"),))
    >>> combine([mild, strict]).outcome.value
    'deny'
    """

    room: str
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    obligations: tuple[Obligation, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a malformed room, too many parts, and a refusal without a reason."""
        check_text(self.room, CODE, "verdict.room")
        for place, items in (("reasons", self.reasons), ("obligations", self.obligations)):
            if len(items) > MAX_REASONS:
                raise value_error(f"verdict.{place}", f"{len(items)} items", f"at most {MAX_REASONS}")
        if self.outcome is not Outcome.ALLOW and not self.reasons:
            raise value_error("verdict.reasons", "0 items", "at least 1 unless the outcome is allow")

    def to_canonical(self) -> bytes:
        """The canonical bytes."""
        document: dict[str, Json] = {
            "room": self.room,
            "outcome": self.outcome.value,
            "reasons": [{"code": r.code, "text": r.text, "facts": dict(r.facts)} for r in self.reasons],
            "obligations": [{"code": o.code, "facts": dict(o.facts)} for o in self.obligations],
        }
        return document_bytes(document, "verdict")

    @staticmethod
    def from_canonical(data: bytes) -> Verdict:
        """The verdict of exactly these bytes; an unknown field, a missing one, or another spelling is refused."""
        fields = read_document(data, "verdict")
        outcome = fields.text("outcome")
        if outcome not in set(Outcome):
            raise value_error("verdict.outcome", repr(outcome[:80]), ", ".join(Outcome))
        verdict = Verdict(
            room=fields.text("room"),
            outcome=Outcome(outcome),
            reasons=tuple(_reason_of(item) for item in fields.each("reasons", MAX_REASONS)),
            obligations=tuple(_obligation_of(item) for item in fields.each("obligations", MAX_REASONS)),
        )
        fields.end()
        return verdict

    def digest(self) -> bytes:
        """32 bytes that name this verdict."""
        return domain_digest(_TAG, self.to_canonical())


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """The one verdict of many: the strictest outcome, every reason, every obligation once, in the order handed in.

    Raises ``UsageError`` when there is none: silence permits nothing.
    """
    given = list(verdicts)
    if not given:
        raise UsageError("there is no verdict to combine", found="none", expected="at least one")
    return Verdict(
        room=COMBINED,
        outcome=max((v.outcome for v in given), key=lambda outcome: outcome.strictness),
        reasons=tuple(reason for v in given for reason in v.reasons),
        obligations=tuple(_once(o for v in given for o in v.obligations)),
    )


def _once(obligations: Iterable[Obligation]) -> list[Obligation]:
    kept: list[Obligation] = []
    for item in obligations:
        if item not in kept:
            kept.append(item)
    return kept


def _reason_of(fields: Fields) -> Reason:
    reason = Reason(code=fields.text("code"), text=fields.text("text"), facts=fields.fields("facts").texts())
    fields.end()
    return reason


def _obligation_of(fields: Fields) -> Obligation:
    obligation = Obligation(code=fields.text("code"), facts=fields.fields("facts").texts())
    fields.end()
    return obligation
