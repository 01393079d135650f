"""What `journal snapshot` shows people: moments, words, no empty table; ``--json`` has the plain values."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console, Group

from jinku.cli import journal_snapshot
from jinku.core import canonical_bytes, when
from jinku.journal import Checkpoint, SignedCheckpoint, Snapshot
from jinku.journal.folding import Fold

VAULT = "01a1fecf-8128-7095-b4c5-61e867a2ad55"
AT = 1_795_280_362_370


def entry(kind: str, ts: int, **facts: Any) -> bytes:
    return canonical_bytes({**facts, "kind": kind, "subject": VAULT, "ts": str(ts), "v": 1})


def shown(subject: str | None, *entries: bytes, signed: int | None = None) -> str:
    fold = Fold(subject)
    for place, content in enumerate(entries):
        fold.take(place, content)
    head = SignedCheckpoint(Checkpoint("log", len(entries), b"\0" * 32), b"")
    known = head if signed is None else SignedCheckpoint(Checkpoint("log", signed, b"\1" * 32), b"")
    found = Snapshot(len(entries), b"\0" * 32, head, known, fold)
    out = io.StringIO()
    Console(file=out, width=400).print(Group(*journal_snapshot._shown(found, found.as_document())))
    return "\n".join(" ".join(line.split()) for line in out.getvalue().splitlines())


def made(**facts: Any) -> bytes:
    return entry("vault.created", AT, fingerprint="73c5da0a", key_version=1, tier="hot", **facts)


def test_a_vault_is_shown_with_moments_and_words() -> None:
    opened = entry("vault.unlocked", AT + 1_000, ttl_seconds=3600)
    told = shown(VAULT, made(exportable=False), opened).splitlines()
    for line in ("made at 2026-11-21 16:59:22", "open until 2026-11-21 17:59:23", "exportable no", "under way none"):
        assert line in told
    assert "0 2026-11-21 16:59:22 vault.created" in told
    assert not any(str(AT)[:8] in line or "False" in line or "_" in line.split()[0] for line in told)


def test_the_checkpoint_is_told_with_what_it_has_the_root_of() -> None:
    opened = entry("vault.unlocked", AT + 1_000, ttl_seconds=3600)
    assert "checkpoint of size 2, with this same root" in shown(None, made(), opened)
    assert "checkpoint of size 1, with the root that these entries have there" in shown(None, made(), opened, signed=1)


def test_what_is_under_way_and_open_no_more_is_told() -> None:
    told = shown(VAULT, made(exportable=True), entry("vault.rekey_begun", AT)).splitlines()
    assert {"under way rekey", "open until none", "exportable yes"} <= set(told)


def test_a_table_without_a_line_is_left_out() -> None:
    told = shown(None, made())
    assert "vault state tier fingerprint accounts" in told
    assert "job state" not in told
    other = shown(None, canonical_bytes({"kind": "x.y", "subject": "z", "ts": str(AT), "v": 1}))
    assert "vault state" not in other
    assert "x.y 1" in other


def test_lists_are_named_up_to_four_and_counted_beyond() -> None:
    assert journal_snapshot._text("jobs", ["a", "b", "c", "d"]) == "a, b, c, d"
    assert journal_snapshot._text("jobs", ["a", "b", "c", "d", "e", "f"]) == "a, b, c, d and 2 more"
    assert journal_snapshot._text("forms", [{"chain": "x"}, {"chain": "y"}]) == "2"
    for odd in ("\u00b2", "\u0661", "9" * 5_000, "-1", ""):
        assert journal_snapshot._text("hold_ts", odd) == odd
    assert journal_snapshot._text("last", {"a.b": {"ts": str(AT)}}) == "a.b (at 2026-11-21 16:59:22)"


def test_a_moment_that_no_calendar_has_stays_a_number() -> None:
    assert when(10**20) == str(10**20)


def test_now_is_a_moment_of_the_clock() -> None:
    size, at_ms = journal_snapshot._asked("now")
    assert size is None
    assert at_ms is not None and at_ms > AT  # noqa: PT018
    assert journal_snapshot._asked("12") == (12, None)
