"""A later origin of the log: for a home whose newest entries are lost, while somebody outside knows their tree's head.

Never two trees under one name: the old name ends where its last head is known, and the tree that is left goes on under
one that has the second of its choice in it. Every step can be done again; between any two neither name is signed for.
"""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass

from jinku import _native
from jinku.core import ConflictError, JinkuError, Json, RefusedError, UsageError, canonical_bytes
from jinku.custody.ports import SecretFd, TreeLeft
from jinku.journal import SequencerBusyError, TileTree
from jinku.journal.adapters.later_origins import origin_folder
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.errors import JournalForkedError
from jinku.journal.forks import check_settled, settle_known
from jinku.journal.guard import UNVERIFIED, Known, check_silence
from jinku.journal.mending import rebuild, write_tree
from jinku.journal.notes import believed, vkeys
from jinku.journal.origins import OPENED, Handover, handovers, read_handover
from jinku.journal.sequencer import LEASE_MS
from jinku.ops.journal import evidence_of, places_of, state_folder
from jinku.ops.origin_memory import ChosenNames, take_up
from jinku.ops.origin_names import fresh, heads_known, is_free, published_under
from jinku.ops.origin_trees import branches, clear, last_signed, other_tree, tree_of
from jinku.ops.platform import Platform
from jinku.ops.trust import Proposed, in_force
from jinku.ops.trust_copies import copy_versions
from jinku.ops.trust_entries import note_versions
from jinku.ops.trust_folder import TrustFolder, TrustRoot, log_keys
from jinku.store import Lease, current_owner

__all__ = ["REASONS", "Opened", "Prospect", "check_reason", "open_origin", "prospect"]

REASONS = ("restored", "tiles-lost", "fork", "other")  # words: free text may name a person, and stays for ever


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is left and what is lost; ``trust`` is in force, and ``number`` the origin that would go on."""

    trust: TrustRoot
    number: int
    size: int
    root: bytes
    known: tuple[Known, ...]  # heads beyond what is left, or of a later origin
    silent: tuple[str, ...] = ()  # places that did not answer
    fresh: bool = False  # the name was chosen just now
    dropped: int = 0  # one that was chosen before and is given up, for it may have been used
    forks: tuple[str, ...] = ()  # roots of other trees of this log that places know, of no more entries than are left

    @property
    def lost(self) -> int:
        """How many entries are known to have been published and are gone."""
        return max(self.size, *(one.size for one in self.known), 0) - self.size


@dataclass(frozen=True, slots=True)
class Opened:
    """The trust root that names the origin; and how that was opened, unless other admins have to sign first."""

    proposed: Proposed
    handover: Handover | None = None


def check_reason(reason: str) -> None:
    """It is one of the words."""
    if reason not in REASONS:
        raise UsageError("there is no such reason", found=reason[:80], expected=", ".join(REASONS))


def prospect(
    platform: Platform,
    accept_unverified: bool = False,
    anew: bool = False,
    give_up_tiles: bool = False,
    fork: bool = False,
) -> Prospect:
    """What opening a later origin would do. Of the log nothing is written; refused when nothing is lost, or the tiles
    have it; and where they hold a whole log of which this database is not, unless ``give_up_tiles``.

    ``anew`` chooses another name than one that was proposed, or is half opened. ``fork``: it is known that a place has
    another tree of this log, of no more entries; refused otherwise.
    """
    trust, rows = in_force(platform), platform.log_rows
    log = log_keys(platform.deployment)
    number, (size, root) = trust.origin_number, tree_of(rows)
    if not size:
        raise RefusedError(
            "no entry of this database has its place: there is no tree to go on with",
            expected="a backup from after the first checkpoint",
            advice="restore a newer backup",
            code="journal.not_behind",
        )
    given_up = other_tree(platform, number, size, root, give_up_tiles)
    told = number == 1 or any(one.to.origin == trust.origin for one in handovers(rows, log))
    if told and number > 1:
        signer = platform.signer
        take_up(signer.log_head, signer.resume_origin, rows, platform.deployment, trust.origin)
    signed, (last, _) = _signed(platform), last_signed(platform)
    half = signed is None or (not told and signed == (size, root))
    found, silent = heads_known(platform, trust, number if told else published_under(rows))
    check_silence(silent, accept_unverified)
    others = branches(rows, found, size)
    forks = tuple(one.root.hex() for one in others)
    if others and not fork:
        raise _forked(others[0], size)
    check_settled(rows, evidence_of(platform.settings.home), log.name, but=forks)
    known = [one for one in found if one.size > size or one.later] + others
    known += [one for one in given_up if all(one.root != other.root for other in known)]
    if last[0] > size:
        known.append(Known("the signer", *last))
    if told and not known:
        raise ConflictError(
            "nobody knows more of this log than the database has",
            found=f"{size} entries",
            advice="jinku journal flush publishes what waits; jinku journal rebuild writes tiles that are missing",
            code="journal.not_behind",
        )
    pending = _pending(platform, trust)
    begun = number if half else pending.origin_number if pending else 0
    if begun and not anew and is_free(platform, trust, begun):
        return Prospect(trust, begun, size, root, tuple(known), tuple(silent), forks=forks)
    chosen = fresh(platform, trust, known)
    return Prospect(trust, chosen, size, root, tuple(known), tuple(silent), fresh=True, dropped=begun, forks=forks)


def open_origin(platform: Platform, found: Prospect, secret: SecretFd, reason: str) -> Opened:
    """The signer signs for the new origin alone, and the next entry says so; or other admins have to sign first."""
    check_reason(reason)
    rows, keys = platform.log_rows, log_keys(platform.deployment, found.number)
    tiles, _ = places_of(platform.settings, platform.deployment, found.number, platform.clock)
    rebuild(rows, tiles, lambda note: believed(NativeNotes(), note, keys), keys.origin)
    write_tree(rows, tiles, found.size)  # entries have their places before a checkpoint over them is recorded
    lease = rows.lease(current_owner(), LEASE_MS)
    if lease is None:
        raise SequencerBusyError(
            "another process publishes now", expected="the sequencer's lease", advice="try again in a moment"
        )
    try:
        return _opened(platform, found, secret, reason, lease)
    finally:
        with suppress(JinkuError):  # it is lost, or ends by itself
            rows.release(lease)


def _opened(platform: Platform, found: Prospect, secret: SecretFd, reason: str, lease: Lease) -> Opened:
    rows, folder = platform.log_rows, TrustFolder(platform.settings.home, platform.deployment)
    if tree_of(rows, lease) != (found.size, found.root):
        raise ConflictError("the log grew meanwhile", expected=f"{found.size} entries", advice="try again")
    names = ChosenNames(platform.settings, platform.deployment)
    if found.fresh:
        names.keep(found.number)
    try:
        said = platform.signer.open_origin(secret, _offered(platform, found), _left(platform, found))
    except JinkuError:
        if found.fresh:
            clear(platform.settings.home, found.number)
        raise
    root = TrustRoot(said.trust_root)
    if not said.statement:
        try:
            _native.check_next_trust_root(found.trust.data, root.data, platform.clock.now_ms())
            lacks = ""
        except JinkuError as error:
            lacks = f"{error.what}: {error.found}, {error.expected}"
        return Opened(Proposed(root, in_force=False, lacks=lacks, digest=folder.propose(root)))
    if root.version > found.trust.version:
        folder.keep(root)
    tiles, _ = places_of(platform.settings, platform.deployment, found.number, platform.clock)
    copy_versions(folder.versions(), tiles, state_folder(platform.deployment) / origin_folder(found.number))
    log = log_keys(platform.deployment)
    handover = read_handover(said.statement, said.signature, log)
    if all(one.to != handover.to for one in handovers(rows, log)):
        if not names.use(found.number) and not found.fresh:
            raise ConflictError(
                "this name may have been used meanwhile",
                found=handover.to.origin,
                expected="a name that this machine chose and nobody used",
                advice="run this again: another name is chosen then",
            )
        known: list[Json] = [_fact(one) for one in found.known]
        facts: dict[str, Json] = handover.facts()
        settle_known(rows, evidence_of(platform.settings.home), log.name, found.forks)
        rows.begin_origin(lease, found.size, (OPENED, log.name, {**facts, "known": known, "reason": reason}))
    if found.silent:
        rows.append(UNVERIFIED, log.name, {"silent": list(found.silent)})
    note_versions(platform.database, platform.deployment, folder.versions())
    return Opened(Proposed(root, in_force=True), handover)


def _offered(platform: Platform, found: Prospect) -> bytes:
    """The trust root that names the origin: the one in force, the proposed one, or a new one without signatures."""
    trust = found.trust
    if trust.origin_number == found.number:
        return trust.data
    pending = _pending(platform, trust)
    if pending is not None and pending.origin_number == found.number:
        return pending.data
    keys = log_keys(platform.deployment, found.number)
    root = deepcopy(trust.root)
    root["version"] = trust.version + 1
    root["created_at"] = str(max(platform.clock.now_ms(), trust.created_at_ms))
    root["journal"] = {"keys": sorted(vkeys(keys)), "origin": keys.origin}
    return _native.make_trust_root(canonical_bytes(root), [])


def _pending(platform: Platform, trust: TrustRoot) -> TrustRoot | None:
    """The proposed version, when it names a later origin."""
    proposed = TrustFolder(platform.settings.home, platform.deployment).proposed()
    if proposed is None or proposed.version != trust.version + 1 or proposed.origin_number <= trust.origin_number:
        return None
    return proposed


def _signed(platform: Platform) -> tuple[int, bytes] | None:
    """What the signer signed last for the origin in force; None when it signs for an earlier one still."""
    try:
        return platform.signer.log_head() or (0, b"")
    except JinkuError as error:
        if error.code != "log.origin":
            raise
        return None


def _left(platform: Platform, found: Prospect) -> TreeLeft:
    """The tree, and what shows the signer that it is the one of which it signed heads before."""
    tiles, _ = places_of(platform.settings, platform.deployment, found.number, platform.clock)
    last, given_up = last_signed(platform)
    since, note = last[0], b""
    if since > found.size:
        newest = platform.log_rows.newest()
        since, note = (newest.size, newest.note) if newest else (0, b"")
    proof = TileTree(tiles, found.size).consistency(since) if 0 < since < found.size else []
    return TreeLeft(found.size, found.root, note, proof, given_up)


def _forked(other: Known, size: int) -> JournalForkedError:
    return JournalForkedError(
        f"TWO TREES OF ONE LOG: {other.who} knows another history than this database",
        found=f"root {other.root.hex()} of size {other.size}; {size} entries here",
        expected="one tree",
        advice="find out which is right, and restore that; where the tree here shall go on beside the other one, "
        "`jinku journal new-origin --reason fork`: the entry names both for ever",
        fields={"source": other.who, "size": other.size, "root": other.root.hex()},
    )


def _fact(known: Known) -> dict[str, Json]:
    origin: dict[str, Json] = {"origin": known.later} if known.later else {}
    return {"by": _kind(known), "root": known.root.hex(), "size": str(known.size), **origin}


def _kind(known: Known) -> str:
    """Who knows it, as the entry has it: no path and no address of a machine."""
    for start, kind in (
        ("the published", "tiles"),
        ("the witnesses", "witnesses"),
        ("the signer", "signer"),
        ("the checkpoint in s3://", "bucket"),
        ("a folder of s3://", "bucket"),
    ):
        if known.who.startswith(start):
            return kind
    return "state"
