"""A lease's owner is known dead only when it certainly is."""

from __future__ import annotations

import subprocess
import sys

from jinku.store import current_owner, owner_is_alive

ASK = "from jinku.store import current_owner; print(current_owner())"


def test_this_process_lives() -> None:
    assert owner_is_alive(current_owner())


def test_a_process_that_ended_is_dead() -> None:
    ran = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert not owner_is_alive(ran.stdout.strip())


def test_a_recycled_process_number_is_dead() -> None:
    host, boot, pid, start = current_owner().split("|")
    assert not owner_is_alive(f"{host}|{boot}|{pid}|{int(start) - 1}")


def test_another_boot_is_dead_and_another_host_is_believed() -> None:
    host, _, pid, start = current_owner().split("|")
    assert not owner_is_alive(f"{host}|another-boot|{pid}|{start}")
    assert owner_is_alive(f"another-host|boot|{pid}|{start}")
    assert owner_is_alive("something else")
