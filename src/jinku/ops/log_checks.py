"""What doctor looks at in the log: one tree, nothing that holds back the next checkpoint. It changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from jinku.core import JinkuError, counted
from jinku.journal import LogKeys, SignedCheckpoint, TileTree
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.witnesses import HttpWitnesses, Seen
from jinku.journal.notes import read_note
from jinku.journal.ports import Outside
from jinku.journal.types import origin_number
from jinku.ops.findings import Finding, Health, bad
from jinku.ops.journal import check_log, evidence_of, places_of
from jinku.ops.platform import Platform
from jinku.ops.tile_places import tiles_of
from jinku.ops.trust_entries import foreign
from jinku.ops.trust_folder import TrustFolder

__all__ = ["apart", "behind", "check_heads", "check_tree", "check_waiting", "farthest", "told_of_witnesses"]

_BEHIND = (
    "jinku journal catch-up takes the missing entries back from the tiles; if those are lost, too, "
    "jinku journal new-origin goes on: docs/operate/damaged-files.md"
)
_LATER = "restore the home that has it; if that is lost, go on by jinku journal new-origin"
_APART = "jinku journal verify says whether the tiles here hold; if they do, somebody else signs with the log's keys"
_UNKNOWN = "jinku journal flush shows one to it; where it refuses, it wants jinku witness add-log with the log's vkeys"


def check_tree(platform: Platform, deep: bool) -> list[Finding]:
    """Nobody showed another tree of this log; the home has the trust root that its entries speak of (``deep``: all)."""
    home, deployment = platform.settings.home, platform.deployment
    said = check_log(platform.log_rows, evidence_of(home), TrustFolder(home, deployment), deployment)
    found = [Finding("journal", Health.OK, "no second tree of this log is known here")]
    if said.unwritten:
        text = "the newest version of the trust root has no entry yet: a command died over it, or is at work"
        found.append(Finding("trust entries", Health.WARN, text, "the next checkpoint has it; or jinku trust check"))
    strange = (*said.strange, *(foreign(platform.log_rows, deployment) if deep else ()))
    if strange:
        text = f"entries trust.version in no form of their kind, which nobody of ours wrote: {', '.join(strange)}"
        found.append(
            Finding("strange entries", Health.WARN, text, "find out who wrote to the database; they change nothing")
        )
    return found


def check_waiting(platform: Platform) -> list[Finding]:
    """No entry waits for a checkpoint."""
    waits = platform.journal.waiting()
    if not waits:
        return []
    advice = "jinku journal flush publishes them, or says why not"
    return [Finding("waiting", Health.WARN, f"entries that wait for a checkpoint: {waits:,}", advice)]


def check_heads(platform: Platform) -> list[Finding]:
    """Who remembers a head of this log knows no more than the database and no other tree; enough witnesses know one.

    Asked are the file nearby, the bucket outside and the witnesses. A tree that is not published here is not compared.
    """
    keys = platform.journal.keys
    found: list[Finding] = []
    told: list[tuple[str, int, bytes]] = []
    tree = None
    try:
        tree = _published(platform, keys)
    except JinkuError as error:
        found.append(bad("heads", error))
    for source in _remembering(platform):
        try:
            note = source.last()
            if note is not None:
                later = keys.later(read_note(note).checkpoint.origin)
                head = _believed(note, later or keys)
                if later:
                    found += _later(source.name, head)
                else:
                    told.append((source.name, head.size, head.root))
        except (JinkuError, OSError) as error:
            text = error.what if isinstance(error, JinkuError) else str(error.strerror)
            text = text if text.startswith(source.name) else f"{source.name}: {text}"
            found.append(Finding("heads", Health.BAD, text, "nothing is signed until it can be read"))
    quorum, seen = _witnesses(platform, keys)
    told += [(f"the witness {one.name}", one.size, one.root) for one in seen if one.size is not None]
    size = platform.journal.size()  # read last: an entry has its place before anybody hears of it
    for who, theirs, root in told:
        found += [*behind(who, theirs, size), *apart(who, theirs, root, tree)]
    return [*found, told_of_witnesses(seen, quorum)] if seen else found


def farthest(platform: Platform) -> tuple[str, int]:
    """Who remembers the most entries of this log, and how many; asked are the same as by ``check_heads``.

    Who is silent or cannot be believed counts for nothing here.
    """
    keys = platform.journal.keys
    told = [("nobody", 0)]
    for source in _remembering(platform):
        with suppress(JinkuError, OSError):
            note = source.last()
            if note is not None:
                later = keys.later(read_note(note).checkpoint.origin)
                told.append((source.name, _believed(note, later or keys).size))
    told += [(f"the witness {one.name}", one.size) for one in _witnesses(platform, keys)[1] if one.size is not None]
    return max(told, key=lambda one: one[1])


def _remembering(platform: Platform) -> list[Outside]:
    """The file nearby, the bucket outside, and who lists later origins."""
    number = origin_number(platform.journal.keys.origin)
    return places_of(platform.settings, platform.deployment, number, platform.clock)[1]


def _witnesses(platform: Platform, keys: LogKeys) -> tuple[int, Sequence[Seen]]:
    """How many have to cosign, and what each says; none where the trust root has none."""
    folder = TrustFolder(platform.settings.home, platform.deployment)
    trust = folder.newest()
    places = folder.places(trust) if trust is not None else []
    if trust is None or not places:
        return 0, ()
    return trust.quorum, HttpWitnesses(trust.data, trust.quorum, places, NativeNotes(), keys).look()


def _believed(note: bytes, keys: LogKeys) -> SignedCheckpoint:
    NativeNotes().verify(note, keys)
    return read_note(note)


def _published(platform: Platform, keys: LogKeys) -> TileTree | None:
    """The tree whose tiles are published; None before the first checkpoint."""
    tiles = tiles_of(platform.settings, number=origin_number(keys.origin))
    note = tiles.published()
    return None if note is None else TileTree(tiles, _believed(note, keys).size)


def _later(who: str, head: SignedCheckpoint) -> list[Finding]:
    """The log went on under a name that this home does not have: nothing is signed."""
    text = f"{who} knows a later origin of this log, {head.checkpoint.origin}: nothing is signed or published"
    return [Finding("heads", Health.BAD, text, _LATER)]


def behind(who: str, theirs: int, ours: int) -> list[Finding]:
    """The database is older than what somebody knows: nothing is signed."""
    if theirs <= ours:
        return []
    text = f"{who} knows {counted(theirs, 'entry', 'entries')}, the database {ours:,}: nothing is signed or published"
    return [Finding("heads", Health.BAD, text, _BEHIND)]


def apart(who: str, theirs: int, root: bytes, tree: TileTree | None) -> list[Finding]:
    """Somebody knows another tree of a size that is published here: nothing is signed."""
    if tree is None or not 0 < theirs <= tree.size:
        return []
    try:
        ours = tree.root_of(theirs)
    except JinkuError as error:
        return [bad("heads", error)]
    if ours == root:
        return []
    text = f"{who} knows another tree of {counted(theirs, 'entry', 'entries')} than the tiles here"
    return [Finding("heads", Health.BAD, f"{text}: root {root.hex()}, not {ours.hex()}", _APART)]


def told_of_witnesses(seen: Sequence[Seen], quorum: int) -> Finding:
    """Who answers and knows this log, and who does not; bad when fewer from outside do than have to cosign."""
    answer = sum(one.outside and not one.why for one in seen)
    words = [f"{one.name}{'' if one.outside else ' (own)'} {_answered(one)}" for one in seen]
    text = f"{', '.join(words)}; {quorum} wanted from outside"
    if answer < quorum:
        advice = "nothing is published until enough answer: look after them; one that moved: jinku trust url NAME URL"
        return Finding("witnesses", Health.BAD, text, advice)
    if sum(one.outside and one.size is not None for one in seen) < quorum:
        return Finding("witnesses", Health.BAD, text, f"nothing is published until enough cosign: {_UNKNOWN}")
    if any(one.why for one in seen):
        return Finding(
            "witnesses", Health.WARN, text, "look after the silent; one that moved: jinku trust url NAME URL"
        )
    if quorum and any(one.size is None for one in seen):  # without a quorum none is asked
        return Finding("witnesses", Health.WARN, text, _UNKNOWN)
    return Finding("witnesses", Health.OK, text)


def _answered(one: Seen) -> str:
    if one.why:
        return f"does not answer ({one.why})"
    return "answers" if one.size is not None else "knows no checkpoint of this log"
