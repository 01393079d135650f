"""A bulk job on a disk that fills up: a clear error, whole chunks, and the rest when there is room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from home_double import open_home

from jinku.accounts import JobRequest, JobState
from jinku.store import DiskFullError


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a tmpfs needs privileges")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _room(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def test_a_job_on_a_full_disk_goes_on_when_there_is_room(small_disk: Path) -> None:
    home = open_home(small_disk)
    home.vault()
    home.accounts.create(JobRequest("ops", 6_000, chunk=500, key="k"))
    with pytest.raises(DiskFullError, match="free some space") as caught:
        home.accounts.run("k")
    assert caught.value.retryable
    stopped = home.accounts.job("k")
    assert stopped.state in (JobState.RUNNING, JobState.VERIFYING)
    assert stopped.done % 500 == 0
    assert stopped.done < 6_000
    assert len(list(home.accounts.list("ops", "evm"))) == stopped.done  # what stands is whole, proven, and readable
    home.database.close()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    home = open_home(small_disk)
    home.database.check()
    assert home.accounts.run("k").state is JobState.DONE
    report = home.accounts.verify("ops", rederive=True)
    assert (report.accounts, report.addresses) == (6_000, 42_000)
    home.database.close()


def test_a_vault_on_a_full_disk_is_not_half_made(small_disk: Path) -> None:
    home = open_home(small_disk)
    filler = os.open(small_disk / "filler", os.O_CREAT | os.O_WRONLY, 0o600)
    while _room(small_disk):
        os.write(filler, bytes(_room(small_disk)))
    os.close(filler)
    with pytest.raises(DiskFullError):  # noqa: PT012
        for number in range(200):  # the last pages of the log may still be there to be used
            home.vault(f"v{number}", unlock=False)
    before = {view.vault.name for view in home.custody.list()}
    (small_disk / "filler").unlink()
    home.custody.reconcile()
    after = home.custody.list()
    assert {str(view.vault.vault) for view in after} == {file.vault for file in home.signer.list_vaults()}
    assert {view.vault.name for view in after} <= before
    home.vault("fits")
    home.database.check()
    home.database.close()
