"""The log's keys behind the signer: greeted in short, asked at length, closed after each run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from jinku.core import IntegrityError, SystemClock
from jinku.custody.errors import SignerAbsentError, SignerTimeoutError
from jinku.custody.ports import Signer
from jinku.journal import LogSignerError
from jinku.ops import platform
from jinku.ops.deployment import Deployment
from jinku.ops.log_signer import SignersLogKeys
from jinku.ops.settings import Settings
from jinku.store import Database


def version(number: int) -> bytes:
    return b'{"root":{"version":%d}}' % number


class Door:
    """Where a signer is found: it counts who came and who left."""

    def __init__(self, system: str = "unlocked", error: Exception | None = None) -> None:
        self.system = system
        self.error = error
        self.trust = version(3)
        self.came = self.left = 0

    def __call__(self) -> Signer:
        if self.error is not None:
            raise self.error
        self.came += 1
        return cast(Signer, _Seat(self))


class _Seat:
    def __init__(self, door: Door) -> None:
        self._door = door

    def hello(self) -> _Seat:
        return self

    @property
    def system(self) -> str:
        return self._door.system

    def trust_root(self) -> bytes:
        return self._door.trust

    def log_head(self) -> tuple[int, bytes]:
        return 5, b"r" * 32

    def close(self) -> None:
        self._door.left += 1


def test_who_hangs_is_not_asked_at_length() -> None:
    long = Door()
    keys = SignersLogKeys(long, Door(error=SignerTimeoutError("the signer does not answer")))
    with pytest.raises(SignerTimeoutError):
        keys.ready()
    assert long.came == 0
    assert SignersLogKeys(long, Door(error=SignerAbsentError("none runs"))).ready() == "the signer does not run"
    locked = Door("locked")
    assert SignersLogKeys(long, locked).ready() == "the signer's system keys are locked"
    assert (long.came, locked.came, locked.left) == (0, 1, 1)


def test_another_trust_root_than_the_signers_signs_nothing() -> None:
    long = Door()
    for of_the_home in (b"", version(1), version(4), version(3) + b" "):
        with pytest.raises(IntegrityError) as apart:
            SignersLogKeys(long, Door(), lambda home=of_the_home: home).ready()  # type: ignore[misc]
        assert apart.value.code == "trust.home"
    held = SignersLogKeys(long, Door(), lambda: version(2)).ready()
    assert "newer trust root" in held, "a version is being taken in force by another process, or one died over it"
    assert long.came == 0


def test_a_version_that_comes_while_a_worker_runs_is_taken_up() -> None:
    long, short = Door(), Door()  # the home's is read once, after the signer's
    assert SignersLogKeys(long, short, lambda: version(3 if short.left else 2)).ready() == ""


def test_what_was_opened_is_closed_and_opened_again() -> None:
    long, short = Door(), Door()
    keys = SignersLogKeys(long, short, lambda: version(3))
    with pytest.raises(LogSignerError):
        keys.last_signed()
    for turn in (1, 2):
        assert (keys.ready(), keys.ready()) == ("", "")
        assert keys.last_signed() == (5, b"r" * 32)
        assert (short.came, short.left, long.came, long.left) == (2 * turn, 2 * turn, turn, turn - 1)
        keys.close()
        keys.close()
        assert long.left == turn
        with pytest.raises(LogSignerError):
            keys.last_signed()


def test_the_platform_greets_for_a_short_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    class Hangs:
        def __init__(self, seconds: float) -> None:
            self._seconds = seconds

        def connect(self, start: bool) -> Any:
            assert not start
            asked.append(self._seconds)
            raise SignerTimeoutError("the signer does not answer")

    monkeypatch.setattr(platform, "launcher", lambda _settings, seconds=platform.LONG_SECONDS: Hangs(seconds))
    settings = Settings.of(tmp_path, {})
    deployment = Deployment(1, "018bcfe5-6800-7000-8000-00000000abcd", *("00" * 32,) * 3, "00" * 1312, created_at_ms=1)
    with Database.create(tmp_path / "jinku.db", SystemClock()) as database:
        open_platform = platform.Platform(settings, deployment, database, SystemClock())
        with database.unit() as unit:
            unit.append_entry("test.done", "s", {})
        with pytest.raises(SignerTimeoutError):
            open_platform.journal.flush()
    assert asked == [platform.READ_SECONDS]
