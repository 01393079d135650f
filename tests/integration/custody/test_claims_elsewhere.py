"""A task that another machine's or container's process holds stays its own, until a person says that it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from keyring_conformance import GOOD, OTHER, Bench
from shapes import secret
from test_keyring_double import bench_of
from test_unlock_double import kinds

from jinku.custody.errors import VaultBusyError
from jinku.ops.claims import check_claims, drop_unseen
from jinku.ops.findings import Health
from jinku.store import Queue, current_owner

HOUR_MS = 3_600_000


@pytest.fixture
def b(tmp_path: Path) -> Bench:
    bench = bench_of(tmp_path)
    bench.create()
    return bench


def elsewhere() -> str:
    """A process of a container on this kernel that had another name."""
    _, boot, pid, start, _, machine = current_owner().split("|")
    return "|".join(("mill", boot, pid, start, "1", machine))


def held(b: Bench, topic: str, owner: str, key: str | None = None) -> str:
    """What a command does first, by another process."""
    vault = str(b.custody.find("ops").vault)
    with b.database.unit() as unit:
        Queue(f"custody/{topic}").claim(unit, key or vault, owner)
        if topic in {"passphrase", "rekey"}:
            unit.append_entry(f"vault.{topic}_begun", vault, {"key_version": 1})
    return vault


def aged(b: Bench, by_ms: int) -> None:
    with b.database.unit() as unit:
        unit.connection.exec_driver_sql("UPDATE queue SET run_at_ms = run_at_ms - ?", (by_ms,))


def change(b: Bench) -> None:
    with secret(GOOD) as old, secret(OTHER) as new:
        b.custody.change_passphrase("ops", old, new)


@pytest.mark.parametrize("topic", ["passphrase", "rekey"])
def test_a_change_of_another_container_bars_the_next_until_it_is_given_up(b: Bench, topic: str) -> None:
    vault = held(b, topic, elsewhere())
    with pytest.raises(VaultBusyError, match="jinku doctor"):
        change(b)
    (finding,) = check_claims(b.database)
    assert (finding.health, finding.advice) == (Health.WARN, "wait for it")
    assert f"custody/{topic} {vault}" in finding.found
    assert "a process of mill that is not seen from here" in finding.found
    assert drop_unseen(b.database) == ()  # it may be at it

    aged(b, HOUR_MS + 60_000)
    (finding,) = check_claims(b.database)
    assert "jinku doctor --mend" in finding.advice
    with pytest.raises(VaultBusyError):
        change(b)
    assert drop_unseen(b.database) == (f"custody/{topic} {vault}",)
    (finding,) = check_claims(b.database)
    assert "has no end yet" in finding.found
    assert b.custody.reconcile().ended == (vault,)
    (finding,) = check_claims(b.database)
    assert finding.health is Health.OK
    assert kinds(b) == [f"vault.{topic}_begun", f"vault.{topic}_ended"]
    assert (b.entries()[-1]["outcome"], b.entries()[-1]["noted"]) == ("unknown", "afterwards")
    change(b)


def test_the_name_of_a_vault_that_was_being_made_elsewhere_is_free_again(b: Bench) -> None:
    with b.database.unit() as unit:
        unit.connection.exec_driver_sql("UPDATE vault SET state = 'creating'")
    (b.path / "signer" / "vaults" / b.entries()[0]["subject"]).unlink()
    with b.database.unit() as unit:
        Queue("custody/creating").claim(unit, b.entries()[0]["subject"], elsewhere())
    assert b.custody.reconcile().clean
    aged(b, 2 * HOUR_MS)
    assert len(drop_unseen(b.database)) == 1
    assert len(b.custody.reconcile().dropped) == 1
    b.create()


def test_a_living_process_is_named_nowhere_and_keeps_what_it_holds(b: Bench) -> None:
    held(b, "passphrase", current_owner())
    aged(b, 24 * HOUR_MS)
    (finding,) = check_claims(b.database)
    assert finding.health is Health.OK
    assert drop_unseen(b.database) == ()
    with pytest.raises(VaultBusyError):
        change(b)


def test_a_renamed_host_ends_what_its_dead_left_by_itself(b: Bench) -> None:
    """Neither the name nor, on a home's own file, the boot has to be the one of then."""
    parts = current_owner().split("|")
    vault = held(b, "passphrase", "|".join(["renamed", *parts[1:2], "4194999", *parts[3:]]))
    b.custody.find("ops")
    assert kinds(b)[-1] == "vault.passphrase_ended"
    held(b, "unlock", "|".join(["renamed", "another-boot", *parts[2:]]), f"{vault}/1")
    b.custody.list()
    assert kinds(b)[-1] == "vault.unlock_ended"
    change(b)
