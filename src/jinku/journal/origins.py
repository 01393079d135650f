"""The origins of one log: its name, and later ones under which it goes on after its newest entries were lost.

Whoever opens a later origin says so in the very next entry, by a statement that the log's own Ed25519 key signed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from jinku import _native
from jinku.core import JinkuError, Json, ParseError, counted, parse_json
from jinku.journal.errors import CheckpointDamagedError
from jinku.journal.paths import HASH, WIDTH, bundle_path, split_bundle
from jinku.journal.ports import LogRows
from jinku.journal.tree import Edge
from jinku.journal.types import Checkpoint, Filter, LogKeys, log_name, origin_number, origin_of
from jinku.store import Unit

__all__ = ["OPENED", "Handover", "OriginsRead", "handovers", "openings", "read_handover"]

OPENED = "journal.origin_opened"
_SIZE = re.compile(r"[0-9]{1,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Handover:
    """The last head that the signer signed under the old origin, and the one from which the new one goes on."""

    before: Checkpoint
    to: Checkpoint
    proven: Checkpoint  # a head signed before, with which the signer saw the tree of ``to`` begin; of size 0: none
    statement: bytes = field(default=b"", repr=False, compare=False)
    signature: bytes = field(default=b"", repr=False, compare=False)

    @property
    def unproven(self) -> int:
        """How many entries at the end of the tree no head shows that the signer signed before."""
        return 0 if self.proven == self.before else self.to.size - self.proven.size

    @property
    def trust(self) -> tuple[str, str]:
        """The version of the trust root that names the new origin, in decimal, and its digest in hex."""
        said = json.loads(self.statement)
        return str(said["version"]), str(said["trust_root"])

    def facts(self) -> dict[str, Json]:
        """The facts of its entry."""
        return {
            "from": self.before.origin,
            "origin": self.to.origin,
            "root": self.to.root.hex(),
            "signature": self.signature.hex(),
            "size": str(self.to.size),
            "statement": self.statement.decode(),
        }


def read_handover(statement: bytes, signature: bytes, keys: LogKeys) -> Handover:
    """The hand-over of this log that its Ed25519 key signed. IntegrityError or ParseError otherwise."""
    deployment, *heads = _native.open_handover(statement, signature, keys.ed25519)
    before, to, proven = (Checkpoint(*head) for head in heads)
    for name in (origin_of(deployment), *(log_name(head.origin) for head in (before, to, proven))):
        if name != keys.name:
            raise _wrong("a hand-over is of another log", name, keys.name, to.size)
    return Handover(before, to, proven, statement, signature)


def _stated(place: int | None, content: bytes, keys: LogKeys) -> Handover | None:
    """What an entry opens: nothing, unless the signer said so of this log and the very place where the entry stands."""
    facts = _facts(content)
    statement, signature = facts.get("statement"), facts.get("signature")
    if facts.get("kind") != OPENED or not isinstance(statement, str) or not isinstance(signature, str):
        return None
    try:
        found = read_handover(statement.encode(), bytes.fromhex(signature), keys)
    except (JinkuError, ValueError):
        return None
    return found if found.to.size == place else None


def _facts(content: bytes) -> dict[str, Json]:
    try:
        facts = parse_json(content)
    except ParseError:
        return {}
    return facts if isinstance(facts, dict) else {}


def handovers(rows: LogRows, keys: LogKeys) -> Iterator[Handover]:
    """The hand-overs of this log, under whichever of its origins, in the order of their places."""
    for entry in rows.find(Filter(subject=keys.name, kind=OPENED), waiting=False):
        found = _stated(entry.index, entry.content, keys)
        if found is not None:
            yield found


def openings(unit: Unit, keys: LogKeys) -> list[str]:
    """The origins that they opened, in a unit of work."""
    found = (_stated(entry.leaf_index, entry.content, keys) for entry in unit.entries(OPENED, keys.name))
    return [one.to.origin for one in found if one is not None]


class OriginsRead:
    """What a reading of all entries finds of the log's origins; no entry says whose word counts, the keys do."""

    def __init__(self, keys: LogKeys) -> None:
        """Nothing is read yet."""
        self._keys = keys
        self._begun: list[tuple[int, str]] = [(-1, keys.name)]  # after so many entries, under this origin
        self._opened: list[Handover] = []
        self._missed: list[str] = []
        self._seen: list[Checkpoint] = []

    def published(self, head: Checkpoint) -> None:
        """The published head is of the origin that is to be read."""
        if head.origin != self._keys.origin:
            what = "the published checkpoint is of an earlier origin of this log"
            raise _wrong(what, head.origin, self._keys.origin, head.size)

    def saw(self, head: Checkpoint) -> None:
        """A signed head that stands in the database."""
        self._seen.append(head)

    def take(self, start: int, bundle: bytes, before: Edge, leaves: bytes) -> None:
        """The bundle of the entries from ``start`` on; ``before`` is the edge up to there.

        A hand-over has the root of its size, and follows the one before.
        """
        if origin_number(self._keys.origin) <= 1 or (start and OPENED.encode() not in bundle):
            return  # nothing was handed over
        entries = split_bundle(bundle_path(start // WIDTH, len(leaves) // HASH), bundle)
        for place, content in enumerate(entries, start):
            if OPENED.encode() not in content:
                continue
            found = _stated(place, content, self._keys)
            if found is None:
                continue  # an entry that the log's key did not sign opens nothing
            probe = before.copy()
            probe.append(leaves[: (place - start) * HASH])
            if probe.root() != found.to.root:
                raise _wrong(f"the hand-over to {found.to.origin}", found.to.root.hex(), probe.root().hex(), place)
            last = self._begun[-1][1]
            if not origin_number(last) <= origin_number(found.before.origin) < origin_number(found.to.origin):
                raise _wrong(f"the hand-over to {found.to.origin}", found.before.origin, last, place)
            self._begun.append((place, found.to.origin))
            self._opened.append(found)
            self._missed += _missed(found, _facts(content))

    def check(self, root_of: Callable[[int], bytes]) -> tuple[str, ...]:
        """The newest origin is that of the published checkpoint, and each was opened over the tree signed before.

        Each head that was seen has the origin of its size. What no earlier head shows is told, in sentences.
        """
        for one in self._opened:
            _check_grown(one, root_of)
        if origin_number(self._keys.origin) > 1 and self._begun[-1][1] != self._keys.origin:
            what = f"no entry says that {self._keys.origin} was opened"
            raise _wrong(what, self._begun[-1][1], self._keys.origin, self._begun[-1][0])
        for head in self._seen:
            right = [origin for size, origin in self._begun if size < head.size][-1]
            if head.origin != right and origin_number(right):
                raise _wrong(f"the checkpoint of size {head.size} has another origin", head.origin, right, head.size)
        lost = [
            f"{one.to.origin} goes on from {counted(one.to.size, 'entry', 'entries')}; {one.before.origin} had "
            f"{one.before.size:,}, and what the last {one.before.size - one.to.size:,} said is not in this log"
            for one in self._opened
            if one.before.size > one.to.size
        ]
        unproven = [
            f"{one.to.origin} was opened over {counted(one.to.size, 'entry', 'entries')}; of the last {one.unproven:,} "
            "no earlier checkpoint was shown to the signer: compare them with a replica or a witness"
            for one in self._opened
            if one.unproven
        ]
        return (*lost, *self._missed, *unproven, *self._unopened())

    def _unopened(self) -> Iterator[str]:
        """Where the signer began an origin that no entry opened, its word on what was lost then is not in this log."""
        told = {self._keys.name}
        for one in self._opened:
            for strange in sorted({one.before.origin, one.proven.origin} - told):
                yield (
                    f"{one.to.origin} follows {strange}, and no entry says that this was opened: what was lost or "
                    "not shown then is not told here; compare the entries with a replica or a witness"
                )
            told.add(one.to.origin)


def _missed(one: Handover, facts: dict[str, Json]) -> Iterator[str]:
    """More was known outside than the signer remembered: it was restored together with the home."""
    known = facts.get("known")
    heads = [head for head in known if isinstance(head, dict)] if isinstance(known, list) else []
    sizes = [str(head.get("size")) for head in heads]  # under whichever origin: all of them grew from this tree
    most = max((int(size) for size in sizes if _SIZE.fullmatch(size)), default=0)
    if most > max(one.to.size, one.before.size):
        yield (
            f"{one.to.origin} goes on from {counted(one.to.size, 'entry', 'entries')}; when it was opened, {most:,} "
            f"were known outside, and what the last {most - one.to.size:,} said is not in this log"
        )
    names = {str(head.get("origin")) for head in heads} - {one.before.origin, one.to.origin}
    for name in sorted(name for name in names if log_name(name) == log_name(one.to.origin)):
        yield (
            f"{one.to.origin} was opened when {name} was known outside, which is not in this log: whatever was said "
            "under that name is not, either"
        )


def _check_grown(one: Handover, root_of: Callable[[int], bytes]) -> None:
    """The tree that goes on begins with that of the last head, where it is as large; else with the one shown."""
    if one.before.size <= one.to.size and one.proven != one.before:
        raise _wrong(f"the hand-over to {one.to.origin}", _said(one.proven), _said(one.before), one.before.size)
    if one.proven.size > one.to.size or origin_number(one.proven.origin) > origin_number(one.before.origin):
        raise _wrong(f"the hand-over to {one.to.origin}", _said(one.proven), _said(one.before), one.to.size)
    if one.proven.size and root_of(one.proven.size) != one.proven.root:
        own = Checkpoint(one.proven.origin, one.proven.size, root_of(one.proven.size))
        raise _wrong(
            f"the tree of {one.to.origin} is not the one signed before", _said(own), _said(one.proven), own.size
        )


def _said(head: Checkpoint) -> str:
    return f"{head.origin}, size {head.size}, root {head.root.hex()}"


def _wrong(what: str, found: str, expected: str, size: int) -> CheckpointDamagedError:
    return CheckpointDamagedError(
        what,
        found=found,
        expected=expected,
        advice="take nothing from it; compare with a replica, a backup and the witnesses",
        fields={"size": size},
    )
