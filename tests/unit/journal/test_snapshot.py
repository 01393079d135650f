"""A snapshot is the fold over the proven entries of a size or by a moment, and of no others."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field

import pytest

from jinku.core import UsageError, canonical_bytes
from jinku.journal import Checkpoint, Edge, SignedCheckpoint, TileDamagedError, leaf_hash, take_snapshot
from jinku.journal.errors import CheckpointDamagedError
from jinku.journal.folding import Fold
from jinku.journal.tiles import bundle_files, edge_files, tile_files

VAULT, JOB = "01a1fecf-8128-7095-b4c5-61e867a2ad55", "01a1fecf-94f6-7090-8c31-f69bdcdb712f"


@dataclass
class Tiles:
    """A store that only reads."""

    files: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)


def entry(kind: str, subject: str, ts: int, **facts: object) -> bytes:
    return canonical_bytes({**facts, "kind": kind, "subject": subject, "ts": str(ts), "v": 1})  # type: ignore[dict-item]


def head_of(entries: list[bytes]) -> SignedCheckpoint:
    edge = Edge()
    if entries:
        edge.append(b"".join(map(leaf_hash, entries)))
    return SignedCheckpoint(Checkpoint("log", len(entries), edge.root() if entries else b""), b"")


def log_of(entries: list[bytes]) -> Tiles:
    edge, tiles = Edge(), Tiles()
    tiles.files.update(tile_files(edge.append(b"".join(map(leaf_hash, entries)))))
    tiles.files.update(edge_files(edge))
    tiles.files.update(bundle_files(0, entries))
    return tiles


def none(_size: int) -> None:
    return None


def story(count: int = 700) -> list[bytes]:
    """A vault, a job of one account a batch, one batch a second."""
    made = entry("vault.created", VAULT, 1_000, fingerprint="73c5da0a", key_version=1, tier="hot")
    asked = entry("accounts.job_created", JOB, 2_000, vault=VAULT, start=0, count=count, chunk=1)
    batches = [entry("accounts.batch", JOB, 3_000 + 1_000 * n, start=n, count=1, root="00") for n in range(count)]
    return [made, asked, *batches]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 512, 701, 702])
def test_a_size_is_folded_to_the_entry(size: int) -> None:
    entries = story()
    found = take_snapshot(log_of(entries), head_of(entries), none, size=size)  # type: ignore[arg-type]
    assert (found.size, found.fold.size) == (size, size)
    assert found.root == (head_of(entries[:size]).root if size else Edge().root())
    assert found.fold.jobs.get(JOB, {}).get("done", 0) == max(0, size - 2)
    assert found.fold.vaults.get(VAULT, {}).get("next_index", 0) == (700 if size > 1 else 0)


def test_a_size_that_no_checkpoint_covers_is_refused() -> None:
    entries = story(3)
    with pytest.raises(UsageError, match="0 to 5"):
        take_snapshot(log_of(entries), head_of(entries), none, size=6)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at_ms", "size"), [(999, 0), (1_000, 1), (2_999, 2), (3_000, 3), (300_500, 300), (10**12, 702)]
)
def test_a_moment_ends_with_its_last_entry(at_ms: int, size: int) -> None:
    entries = story()
    found = take_snapshot(log_of(entries), head_of(entries), none, at_ms=at_ms)  # type: ignore[arg-type]
    assert (found.size, found.fold.late) == (size, 0)


def test_a_clock_that_jumped_is_told() -> None:
    entries = story(4)
    entries.insert(3, entry("vault.missing", VAULT, 10**15))  # the clock was ahead for one entry
    found = take_snapshot(log_of(entries), head_of(entries), none, at_ms=5_000)  # type: ignore[arg-type]
    assert (found.size, found.fold.late) == (6, 1)
    assert found.fold.vaults[VAULT]["state"] == "missing"


@pytest.mark.parametrize("size", [256, 300, 702])
def test_a_changed_entry_is_no_part_of_the_log(size: int) -> None:
    entries = story()
    tiles = log_of(entries)
    forged = [*entries[:9], entry("accounts.batch", JOB, 9, start=7, count=1_000, root="00"), *entries[10:]]
    tiles.files["tile/entries/000"] = dict(bundle_files(0, forged))["tile/entries/000"]
    with pytest.raises(TileDamagedError, match="not those of the signed log"):
        take_snapshot(tiles, head_of(entries), none, size=size)  # type: ignore[arg-type]


def test_the_checkpoint_before_is_checked() -> None:
    entries = story()
    known, forged = head_of(entries[:300]), SignedCheckpoint(Checkpoint("log", 300, bytes(32)), b"")
    found = take_snapshot(log_of(entries), head_of(entries), lambda _: known, size=301)  # type: ignore[arg-type]
    assert found.checkpoint is known
    assert found.as_document()["checkpoint"] == {"size": 300, "root": known.root.hex()}
    with pytest.raises(CheckpointDamagedError, match="of size 300"):
        take_snapshot(log_of(entries), head_of(entries), lambda _: forged, size=301)  # type: ignore[arg-type]


def test_a_subject_has_its_history_and_nothing_else() -> None:
    entries = [*story(2), entry("vault.locked", "*", 9_000), entry("other.thing", "x", 9_001, fact=1)]
    for subject, kind, count in ((VAULT, "vault", 2), (JOB, "job", 3), ("x", "other", 1), ("y", "unknown", 0)):
        fold = Fold(subject)
        for index, content in enumerate(entries):
            fold.take(index, content)
        document = fold.document()
        history = [one["kind"] for one in fold.history]
        assert document["is"] == kind
        assert len([one for one in history if one != "vault.locked" or subject == VAULT]) == count, history


def test_a_job_written_off_is_no_done_one() -> None:
    entries = [*story(3), entry("accounts.job_done", JOB, 9_000)]
    gone = entry("accounts.job_written_off", JOB, 10_000, vault=VAULT, start=0, count=3, wallets=3)
    states = []
    for said in (entries, [*entries, gone]):
        found = take_snapshot(log_of(said), head_of(said), none)  # type: ignore[arg-type]
        states.append((found.fold.jobs[JOB]["state"], found.fold.odd, found.fold.jobs[JOB]["done"]))
    assert states == [("done", 0, 3), ("written off", 0, 3)]


def test_what_is_under_way_is_told() -> None:
    fold = Fold()
    steps = [
        entry("vault.created", VAULT, 1, key_version=1),
        entry("vault.unlock_begun", VAULT, 2, ttl_seconds=60, verbs=["derive"]),
        entry("vault.unlocked", VAULT, 3, ttl_seconds=60, verbs=["derive"]),
        entry("vault.rekey_begun", VAULT, 4, key_version=1),
    ]
    for index, content in enumerate(steps):
        fold.take(index, content)
    assert fold.vaults[VAULT]["under_way"] == ["rekey"]
    assert fold.vaults[VAULT]["open_until"] == "60003"
    fold.take(4, entry("vault.rekey_ended", VAULT, 5, key_version=2, outcome="rekeyed"))
    fold.take(5, entry("vault.locked", "*", 6))
    assert (fold.vaults[VAULT]["under_way"], fold.vaults[VAULT]["key_version"]) == ([], 2)
    assert fold.vaults[VAULT]["open_until"] is None


KINDS = (
    "vault.created", "vault.restored", "vault.unlocked", "vault.rekey_ended", "key.export_ended",
    "accounts.job_created", "accounts.batch", "accounts.claimed", "privacy.record_erased", "other.thing",
)  # fmt: skip
ODD: tuple[object, ...] = (None, True, -1, 1 << 60, 10**400, 1.5, "", "x", [], {"a": []})
NAMES = (
    "start", "count", "root", "key_version", "ttl_seconds", "fingerprint", "vault", "jobs", "next_index", "under_way",
    "exports", "batches", "erased", "state", "created_ts",
)  # fmt: skip


@pytest.mark.parametrize("subject", [None, VAULT, JOB, "01a1fecf-94f6-7090-8c31-f69bdcdb7130"])
def test_an_entry_in_no_form_of_its_kind_changes_nothing_and_stops_nothing(subject: str | None) -> None:
    """Whoever wrote to the database once had it signed: no snapshot may end by it."""
    shaped = {"kind": "vault.created", "subject": VAULT, "ts": "1", "v": 1}
    broken = [b"", b"{", b"\xff", b"[]", b"[" * 100_000, b"null"]
    broken += [json.dumps({**shaped, name: odd}).encode() for name in ("kind", "subject", "ts") for odd in ODD[:6]]
    broken += [json.dumps({key: shaped[key] for key in shaped if key != name}).encode() for name in ("kind", "ts")]
    fold = Fold(subject)
    for index, content in enumerate([*story(2), *broken]):
        fold.take(index, content)
    assert (fold.odd, fold.size) == (len(broken), 4 + len(broken))
    assert (fold.jobs[JOB]["done"], fold.vaults[VAULT]["next_index"]) == (2, 2)
    before = len(broken)
    for kind, where in itertools.product(KINDS, (VAULT, JOB, "01a1fecf-94f6-7090-8c31-f69bdcdb7130", "new")):
        for name, odd in itertools.product(NAMES, ODD):
            whole = {"start": 0, "count": 1, "root": "00", "key_version": 1, "ttl_seconds": 1, "fingerprint": "00"}
            fold.take(fold.size, json.dumps({**shaped, **whole, "kind": kind, "subject": where, name: odd}).encode())
        fold.take(fold.size, json.dumps({**shaped, "kind": kind, "subject": where}).encode())
    assert fold.odd > before
    json.dumps(fold.document())
    assert take_snapshot(log_of([b"odd", *story(2)]), head_of([b"odd", *story(2)]), none, at_ms=0).size == 0  # type: ignore[arg-type]
