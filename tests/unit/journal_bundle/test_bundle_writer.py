"""A bundle stands whole or not at all: on a full disk, when its place is taken, when proving fails half way."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from jinku.core import IntegrityError, UsageError, canonical_bytes, domain_digest
from jinku.journal import BUNDLE_TAG, BundleError, BundleWriter, Checkpoint, Filter, SignedCheckpoint

HEAD = SignedCheckpoint(Checkpoint("log.example", 3, bytes(32)), b"note")
WANTED = Filter(subject="s", since_ms=5)


def test_it_appears_whole_with_a_manifest_that_names_itself(tmp_path: Path) -> None:
    out = tmp_path / "b"
    with BundleWriter(out) as writer:
        writer.add("checkpoint", b"note")
        writer.add("entries/1.json", b"{}")
        writer.add_delivered("d", HEAD, earlier=True)
        writer.add_anchors([])
        assert not out.exists()
        noted: list[str] = []
        digest = writer.finish("d", HEAD, WANTED, [1], set(), noted.append)
    assert noted == [digest]
    facts = json.loads((out / "manifest.json").read_bytes())
    assert facts.pop("digest") == digest == domain_digest(BUNDLE_TAG, canonical_bytes(facts)).hex()
    assert facts["selected"] == {"actor": None, "kind": None, "since": "5", "subject": "s", "until": None}
    assert set(facts["files"]) == {"README.md", "anchors/README.md", "checkpoint", "entries/1.json", "verify.py"}
    assert "--from-checkpoint CHECKPOINT-THAT-YOU-KEPT" in (out / "README.md").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def write(out: Path, then: Exception | None = None) -> None:
    """A small bundle; ``then`` happens before it is finished."""
    with BundleWriter(out) as writer:
        for name in ("checkpoint", "entries/1.json", "entries/2.json"):
            writer.add(name, b"x")
        if then is not None:
            raise then
        writer.finish("d", HEAD, WANTED, [1, 2], set(), print)


def test_an_unfinished_one_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError):
        write(tmp_path / "b", IntegrityError("an entry is not proven"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    whole, left = os.fsync, [after]

    def full(fd: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        whole(fd)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BundleError, match="No space left"):
        write(tmp_path / "b")
    assert not list(tmp_path.iterdir())


def test_a_taken_place_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine").write_text("x")
    for place in (tmp_path / "b", tmp_path / "b" / "mine", tmp_path / "no" / "where"):
        with pytest.raises(BundleError):
            BundleWriter(place)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["b", "mine"]


def test_a_manifest_that_would_be_too_large_is_a_request_to_narrow(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "b") as writer, pytest.raises(UsageError, match="too many entries") as caught:
        writer.finish("d" * (1 << 20), HEAD, WANTED, [], set(), print)
    assert "--since" in str(caught.value.advice)
    assert not list(tmp_path.iterdir())


def test_one_that_cannot_be_noted_down_does_not_appear(tmp_path: Path) -> None:
    def refuse(_digest: str) -> None:
        raise IntegrityError("the journal takes no entry")

    with BundleWriter(tmp_path / "b") as writer, pytest.raises(IntegrityError, match="takes no entry"):
        writer.finish("d", HEAD, WANTED, [], set(), refuse)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_export_left_is_removed_by_the_next_one_and_no_living_ones_work_is(tmp_path: Path) -> None:
    for name in (".b.0011aabb.part", ".c.0011aabb.part", ".b.part"):
        (tmp_path / name / "entries").mkdir(parents=True)
        (tmp_path / name / "entries" / "0.json").write_text("x")
    with BundleWriter(tmp_path / "b") as living:
        living.add("checkpoint", b"x")
        write(tmp_path / "b2")
        with BundleWriter(tmp_path / "b") as second:
            second.add("checkpoint", b"y")
            parts = {path.name for path in tmp_path.glob(".b.*.part")}
            assert len(parts) == 2, "the two that are alive"
            assert ".b.0011aabb.part" not in parts
        living.finish("d", HEAD, WANTED, [], set(), print)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.part", ".c.0011aabb.part", "b", "b2"]
