"""The pin is written whole, read strictly, and never trusted when it is damaged."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from jinku.core import IntegrityError, NotFoundError
from jinku.custody.ports import SystemKeys
from jinku.ops.deployment import Deployment

KEYS = SystemKeys("018bcfe5-6800-7000-8000-000000000001", "11" * 32, "22" * 32, "33" * 32, "")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    pin = Deployment.of(KEYS, 1_700_000_000_000)
    pin.write(path)
    assert Deployment.read(path) == pin
    assert (pin.identity_bytes, str(pin.id), pin.profile) == (b"\x11" * 32, KEYS.deployment, "dev")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["deployment.json"]


def test_a_missing_pin_says_init(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="jinku init") as caught:
        Deployment.read(tmp_path / "deployment.json")
    assert (caught.value.code, caught.value.exit_code) == ("ops.not_initialised", 4)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"identity_public": "11" * 31},
        {"identity_public": "zz" * 32},
        {"deployment": "me"},
        {"log_mldsa44_public": "00"},
        {"unknown": 1},
    ],
)
def test_a_changed_pin_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "deployment.json"
    Deployment.of(KEYS, 1).write(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(IntegrityError, match="damaged"):
        Deployment.read(path)


def test_a_truncated_pin_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    Deployment.of(KEYS, 1).write(path)
    whole = path.read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 2):
        path.write_bytes(whole[:length])
        with pytest.raises(IntegrityError):
            Deployment.read(path)
