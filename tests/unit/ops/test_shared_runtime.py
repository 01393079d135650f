"""Doctor looks at the runtime folder of a signer under its own user by that user's rules."""

import os
from pathlib import Path

import pytest

from jinku.ops.checks import check_runtime
from jinku.ops.findings import Health
from jinku.ops.settings import Settings


def settings(runtime: Path, uid: int) -> Settings:
    return Settings.of(runtime.parent / "home", {"JINKU_RUNTIME_DIR": str(runtime), "JINKU_SIGNER_UID": str(uid)})


def test_a_folder_of_the_signers_user_is_fine(tmp_path: Path) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir()
    runtime.chmod(0o710)
    assert check_runtime(settings(runtime, os.getuid())).health is Health.OK


@pytest.mark.parametrize(("mode", "more"), [(0o730, 0), (0o711, 0), (0o750, 0), (0o710, 1)])
def test_another_users_folder_and_an_open_one_are_bad(tmp_path: Path, mode: int, more: int) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir()
    runtime.chmod(mode)
    assert check_runtime(settings(runtime, os.getuid() + more)).health is Health.BAD


def test_a_missing_folder_is_bad(tmp_path: Path) -> None:
    assert check_runtime(settings(tmp_path / "none", os.getuid())).health is Health.BAD
