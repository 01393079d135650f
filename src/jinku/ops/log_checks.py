"""What doctor looks at in the log: one tree, nothing that holds back the next checkpoint. It changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from jinku.core import JinkuError, counted
from jinku.journal import LogKeys
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.outside_file import OutsideFile
from jinku.journal.adapters.witnesses import HttpWitnesses, Seen
from jinku.journal.notes import read_note
from jinku.ops.findings import Finding, Health
from jinku.ops.journal import check_log, evidence_of, log_keys, state_folder
from jinku.ops.platform import Platform
from jinku.ops.trust_entries import foreign
from jinku.ops.trust_folder import TrustFolder

__all__ = ["behind", "check_heads", "check_tree", "check_waiting", "told_of_witnesses"]

_BEHIND = "jinku journal catch-up takes the missing entries back from the tiles; if those are lost, too: Damaged files"


def check_tree(platform: Platform, deep: bool) -> list[Finding]:
    """Nobody showed another tree of this log; the home has the trust root that its entries speak of (``deep``: all)."""
    home, deployment = platform.settings.home, platform.deployment
    said = check_log(platform.log_rows, evidence_of(home), TrustFolder(home, deployment), deployment)
    found = [Finding("journal", Health.OK, "no second tree of this log is known here")]
    if said.unwritten:
        text = "the newest version of the trust root has no entry yet: a command died over it, or is at work"
        found.append(Finding("journal", Health.WARN, text, "the next checkpoint has it; or jinku trust check"))
    strange = (*said.strange, *(foreign(platform.log_rows, deployment) if deep else ()))
    if strange:
        text = f"entries trust.version in no form of their kind, which nobody of ours wrote: {', '.join(strange)}"
        found.append(Finding("journal", Health.WARN, text, "find out who wrote to the database; they change nothing"))
    return found


def check_waiting(platform: Platform) -> list[Finding]:
    """No entry waits for a checkpoint."""
    waits = platform.journal.waiting()
    if not waits:
        return []
    advice = "jinku journal flush publishes them, or says why not"
    return [Finding("waiting", Health.WARN, f"entries that wait for a checkpoint: {waits:,}", advice)]


def check_heads(platform: Platform) -> list[Finding]:
    """Who remembers a head of this log knows no more of it than the database; enough witnesses answer to cosign."""
    keys, size = log_keys(platform.deployment), platform.journal.size()
    near = OutsideFile(state_folder(platform.deployment) / "checkpoint")
    found: list[Finding] = []
    try:
        note = near.last()
        if note is not None:
            found += behind(near.name, _size(note, keys), size)
    except (JinkuError, OSError) as error:
        text = error.what if isinstance(error, JinkuError) else str(error.strerror)
        found.append(Finding("journal", Health.BAD, f"{near.name}: {text}", "nothing is signed until it can be read"))
    folder = TrustFolder(platform.settings.home, platform.deployment)
    trust = folder.newest()
    places = folder.places(trust) if trust is not None else []
    if trust is None or not places:
        return found
    seen = HttpWitnesses(trust.data, trust.quorum, places, NativeNotes(), keys).look()
    for one in seen:
        found += behind(f"the witness {one.name}", one.size, size)
    return [*found, told_of_witnesses(seen, trust.quorum)]


def _size(note: bytes, keys: LogKeys) -> int:
    NativeNotes().verify(note, keys)
    return read_note(note).size


def behind(who: str, theirs: int, ours: int) -> list[Finding]:
    """The database is older than what somebody knows: nothing is signed."""
    if theirs <= ours:
        return []
    text = f"{who} knows {counted(theirs, 'entry', 'entries')}, the database {ours:,}: nothing is signed or published"
    return [Finding("journal", Health.BAD, text, _BEHIND)]


def told_of_witnesses(seen: Sequence[Seen], quorum: int) -> Finding:
    """Who answers and who does not; bad when fewer from outside do than have to cosign."""
    answer = sum(one.outside and not one.why for one in seen)
    words = [f"{one.name}{'' if one.outside else ' (own)'} {_answered(one)}" for one in seen]
    text = f"{', '.join(words)}; {quorum} wanted from outside"
    if answer < quorum:
        advice = "nothing is published until enough answer: look after them; one that moved: jinku trust url NAME URL"
        return Finding("witnesses", Health.BAD, text, advice)
    if any(one.why for one in seen):
        return Finding(
            "witnesses", Health.WARN, text, "look after the silent; one that moved: jinku trust url NAME URL"
        )
    return Finding("witnesses", Health.OK, text)


def _answered(one: Seen) -> str:
    return f"does not answer ({one.why})" if one.why else "answers"
