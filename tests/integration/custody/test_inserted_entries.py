"""Whoever writes the database can insert entries: where two contradict each other, nothing of the vault is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from keyring_conformance import GOOD, Bench
from shapes import secret
from test_keyring_double import bench_of

from jinku.core import IntegrityError, canonical_bytes


@pytest.fixture
def b(tmp_path: Path) -> Bench:
    bench = bench_of(tmp_path)
    bench.create()
    return bench


def insert(b: Bench, facts: dict[str, Any], place: int | None = None) -> int:
    """The row id of an entry with these facts, inserted as an attacker does it: whole, in the right columns."""
    content = canonical_bytes(facts)
    digest = hashlib.sha256(b"\x00" + content).digest()
    values = (facts["kind"], facts["subject"], content, digest, int(facts["ts"]), place)
    with b.database.unit() as unit:
        done = unit.connection.exec_driver_sql(
            "INSERT INTO entries (kind, subject, content, digest, created_at_ms, leaf_index) VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
        return int(done.lastrowid)


def insert_like(b: Bench, source: str, kind: str | None = None, place: int | None = None, **changes: Any) -> int:
    """The same, with the facts of the last entry of kind ``source`` and others in place of some."""
    found = [entry for entry in b.entries() if entry["kind"] == source][-1]
    return insert(b, {**found, "kind": kind or source, **changes}, place)


def alter(b: Bench, statement: str, *values: object) -> None:
    with b.database.unit() as unit:
        unit.connection.exec_driver_sql(statement, values)


def rekey(b: Bench) -> None:
    with secret(GOOD) as given:
        b.custody.rekey("ops", given)


def refused(b: Bench, match: str) -> IntegrityError:
    """Every way to the vault is refused with exit 5, while no signer answers, too; ``doctor`` names it."""
    for call in (lambda: b.custody.find("ops"), b.unlock, lambda: b.custody.describe("ops")):
        with pytest.raises(IntegrityError, match=match) as told:
            call()
        assert (told.value.exit_code, told.value.code) == (5, "vault.entries")
    ((_, doubt),) = b.custody.looked_at()
    assert doubt is not None
    assert doubt.code == "vault.entries"
    return told.value


def rows(told: IntegrityError) -> tuple[object, object]:
    return told.fields["other_row"], told.fields["row"]


OTHER = "deadbeef"


@pytest.mark.parametrize("kind", ["vault.created", "vault.imported", "vault.adopted"])
@pytest.mark.parametrize("place", [None, 0])
def test_a_second_making_with_a_changed_row_is_not_believed(b: Bench, kind: str, place: int | None) -> None:
    """Before, behind or in front of the true one: both are named, and the row may say what it will."""
    made = insert_like(b, "vault.created", kind, place, fingerprint=OTHER)
    told = refused(b, "two makings")
    assert rows(told) == ((1, made) if place is None else (made, 1))
    assert f"entry {made} {kind}" in str(told)
    alter(b, "UPDATE vault SET fingerprint = ?", OTHER)
    b.signer.down = True  # type: ignore[attr-defined]
    ((_, doubt),) = b.custody.looked_at()
    assert doubt is not None
    assert doubt.code == "vault.entries"


@pytest.mark.parametrize("what", ["tier", "forms", "custody", "secret_kind", "exportable", "hardened_accounts"])
def test_an_adoption_that_says_something_else_is_refused(b: Bench, what: str) -> None:
    insert_like(b, "vault.created", "vault.adopted", None, **{what: "else"})
    refused(b, "two makings")


def test_a_lost_row_is_adopted_by_a_file_that_says_the_same_and_by_no_other(b: Bench) -> None:
    """So it is after a restore: the first making counts, and the adoption beside it says nothing else."""
    rekey(b)
    made = b.custody.find("ops")
    alter(b, "DELETE FROM vault")
    assert b.custody.reconcile().adopted == (str(made.vault),)
    assert [entry["kind"] for entry in b.entries()][0::3] == ["vault.created", "vault.adopted"]
    assert b.custody.find("ops").key_version == 2
    alter(b, "DELETE FROM vault")
    insert_like(b, "vault.created", "vault.adopted", ts="7", fingerprint=OTHER)
    before = b.entries()
    assert b.custody.reconcile().conflicts == (str(made.vault),)
    assert b.entries() == before  # nothing was written that would be one contradiction more


def test_an_end_of_a_rekey_that_was_not_begun_is_refused(b: Bench) -> None:
    rekey(b)
    b.custody.find("ops")
    ended = insert_like(b, "vault.rekey_ended", key_version=7)
    assert rows(refused(b, "not begun")) == (3, ended)


def test_an_entry_that_stands_twice_is_refused(b: Bench) -> None:
    rekey(b)
    twice = insert_like(b, "vault.rekey_ended")
    assert rows(refused(b, "stands twice")) == (3, twice)


@pytest.mark.parametrize("missing", ["key_version", "fingerprint", "tier", "forms"])
def test_an_entry_that_lacks_a_fact_is_refused(b: Bench, missing: str) -> None:
    facts = {**b.entries()[0], "kind": "vault.adopted"}
    del facts[missing]
    broken = insert(b, facts)
    assert rows(refused(b, "cannot be read")) == (None, broken)


@pytest.mark.parametrize("version", ["2", True, None])
def test_a_version_that_is_no_number_is_refused(b: Bench, version: object) -> None:
    insert_like(b, "vault.created", "vault.restored", key_version=version)
    refused(b, "cannot be read")


def old_file(b: Bench) -> tuple[Path, bytes]:
    path = b.path / "signer" / "vaults" / str(b.custody.find("ops").vault)
    return path, path.read_bytes()


@pytest.mark.parametrize(
    "forge",
    [
        lambda b: insert_like(b, "vault.rekey_ended", key_version=1, noted="afterwards"),
        lambda b: (
            insert_like(b, "vault.rekey_begun", ts="8"),
            insert_like(b, "vault.rekey_ended", ts="9", key_version=1),
        ),
    ],
    ids=["noted afterwards", "with its beginning"],
)
def test_no_end_of_a_rekey_brings_an_old_file_back(b: Bench, forge: Callable[[Bench], object]) -> None:
    path, old = old_file(b)
    rekey(b)
    path.write_bytes(old)
    forge(b)
    alter(b, "UPDATE vault SET key_version = 1")
    with pytest.raises(IntegrityError, match="differ in the key version") as told:
        b.unlock()
    assert (told.value.exit_code, told.value.code) == (5, "vault.row_changed")


def test_a_home_that_was_restored_whole_is_taken_back_by_a_person(b: Bench) -> None:
    """Row and file are of one backup, and the catch-up has brought back the entry of a later key: mending says so."""
    path, old = old_file(b)
    rekey(b)
    path.write_bytes(old)
    alter(b, "UPDATE vault SET key_version = 1")
    with pytest.raises(IntegrityError, match="differ in the key version"):
        b.custody.find("ops")
    assert b.custody.reconcile().clean  # nothing is accepted by itself
    assert b.custody.reconcile(accept_older=True).finished
    assert b.custody.find("ops").key_version == 1
    assert (b.entries()[-1]["kind"], b.entries()[-1]["key_version"]) == ("vault.restored", 1)


def test_entries_are_read_in_the_order_of_the_log(b: Bench) -> None:
    """What a catch-up brings back has a high row id and a low place: a rekey that stands before counts as before."""
    path, old = old_file(b)
    rekey(b)
    rekey(b)
    assert path.read_bytes() != old
    entries = {entry["kind"]: entry for entry in b.entries()}
    alter(b, "DROP TRIGGER entries_no_delete")
    alter(b, "DELETE FROM entries")
    for place, kind in ((2, "vault.rekey_ended"), (1, "vault.rekey_begun"), (0, "vault.created")):
        insert(b, entries[kind], place)
    assert b.custody.find("ops").key_version == 3
