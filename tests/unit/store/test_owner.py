"""A lease's owner is known dead only when it certainly is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jinku.store import Fate, current_owner, owner_is_alive
from jinku.store import owner as module
from jinku.store.owner import GONE, fate_of, host_of

ASK = "from jinku.store import current_owner; print(current_owner())"


@pytest.fixture(autouse=True)
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has an id, as most have; a container often has none."""
    (tmp_path / "machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    monkeypatch.setattr(module, "_MACHINE_ID", tmp_path / "machine-id")


def other(**changes: str) -> str:
    """This process with something else in place of some of its parts."""
    names = ("host", "boot", "pid", "start", "namespace", "machine")
    return "|".join({**dict(zip(names, current_owner().split("|"), strict=True)), **changes}.values())


def test_this_process_lives() -> None:
    assert owner_is_alive(current_owner())
    assert fate_of(current_owner()) is Fate.LIVES


def test_a_process_that_ended_is_dead() -> None:
    ran = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert not owner_is_alive(ran.stdout.strip())


def test_a_recycled_process_number_is_dead() -> None:
    assert not owner_is_alive(other(start=str(int(current_owner().split("|")[3]) - 1)))


@pytest.mark.parametrize("host", ["renamed", current_owner().split("|")[0]])
def test_a_host_may_be_renamed(host: str) -> None:
    """The kernel is the same, so its process table tells."""
    assert fate_of(other(host=host)) is Fate.LIVES
    assert fate_of(other(host=host, pid="4194999")) is Fate.DEAD


@pytest.mark.parametrize("one_kernel", [True, False])
def test_another_container_on_this_kernel_is_not_seen(one_kernel: bool) -> None:
    """Its numbers mean others, even where host name and machine are alike; it may work on the same volume."""
    assert fate_of(other(namespace="1"), one_kernel) is Fate.UNSEEN
    assert owner_is_alive(other(namespace="1", pid="4194999"), one_kernel)


def test_a_process_that_is_hidden_is_not_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """/proc under hidepid shows no process of another user; its number is in use all the same."""
    here = current_owner()
    monkeypatch.setattr(module, "_PROC", tmp_path)
    assert fate_of(here) is Fate.UNSEEN
    gone = here.replace(f"|{here.split('|')[2]}|", "|4194999|")
    assert fate_of(gone) is Fate.DEAD

    def anothers(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(module.os, "kill", anothers)
    assert fate_of(gone) is Fate.UNSEEN


def test_another_time_namespace_is_not_seen_and_an_owner_of_before_is() -> None:
    """Start times of the one mean nothing in the other."""
    numbers = current_owner().split("|")[4].partition(".")[0]
    assert fate_of(other(namespace=f"{numbers}.1", start="1")) is Fate.UNSEEN
    assert fate_of(other(namespace=numbers)) is Fate.LIVES
    assert fate_of(other(namespace=numbers, start="1")) is Fate.DEAD


def test_another_boot_of_this_machine_is_dead() -> None:
    assert fate_of(other(boot="another")) is Fate.DEAD


@pytest.mark.parametrize("changes", [{"host": "another"}, {"machine": "another"}, {"machine": ""}])
def test_another_boot_elsewhere_is_unseen_unless_everybody_is_on_one_kernel(changes: dict[str, str]) -> None:
    """On a server's database it may live; a home's file has one kernel at a time, and this is it."""
    assert fate_of(other(boot="another", **changes)) is Fate.UNSEEN
    assert fate_of(other(boot="another", **changes), one_kernel=True) is Fate.DEAD
    assert fate_of(other(boot="unknown", **changes), one_kernel=True) is Fate.UNSEEN


def test_machines_without_an_id_are_not_taken_for_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Pods of one image with one fixed host name, on two nodes."""
    monkeypatch.setattr(module, "_MACHINE_ID", tmp_path / "none")
    assert fate_of(other(boot="another")) is Fate.UNSEEN


def test_what_was_let_go_is_dead_and_what_is_not_understood_is_left_alone() -> None:
    assert fate_of(GONE) is Fate.DEAD
    for text in ("something else", "", "a|b|c", "a|b|c|d|e|f|g", "a|b|x|d|e|f"):
        assert fate_of(text, one_kernel=True) is Fate.UNSEEN


def test_an_owner_of_before_is_read_by_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    host, boot, pid, start = current_owner().split("|")[:4]
    assert fate_of(f"{host}|{boot}|{pid}|{start}") is Fate.LIVES
    assert fate_of(f"{host}|{boot}|{pid}|1") is Fate.DEAD
    assert fate_of(f"{host}|another|{pid}|{start}") is Fate.DEAD
    assert fate_of(f"another|{boot}|{pid}|{start}") is Fate.UNSEEN
    assert fate_of(f"another|another|{pid}|{start}") is Fate.UNSEEN
    assert fate_of(f"another|another|{pid}|{start}", one_kernel=True) is Fate.DEAD


def test_an_owner_names_its_host_and_hides_its_machine() -> None:
    assert host_of(other(host="mill")) == "mill"
    assert "0123456789abcdef" not in current_owner()
