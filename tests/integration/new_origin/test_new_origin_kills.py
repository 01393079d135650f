"""A death at any step of the hand-over: neither name is signed for until the command ran again; then all holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cli_home import CliHome
from lost_log import fill, flush, go_on, head, lose, opened

from jinku.core import ConflictError, JinkuError, SystemClock
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.journal import LogKeys
from jinku.journal.adapters.entry_rows import SqlLogRows
from jinku.journal.origins import handovers
from jinku.journal.types import origin_number
from jinku.ops import new_origin
from jinku.ops.new_origin import prospect
from jinku.ops.platform import Platform
from jinku.ops.trust_folder import TrustFolder
from jinku.store import Database, DatabaseUrl, LeaseLostError, Place

# where it dies, in the order of the steps: the last call before, and whether that was still made
STEPS: list[tuple[object, str, bool]] = [
    (new_origin, "rebuild", False),
    (SocketSigner, "open_origin", False),
    (SocketSigner, "open_origin", True),
    (TrustFolder, "keep", False),
    (TrustFolder, "keep", True),
    (SqlLogRows, "begin_origin", False),
    (SqlLogRows, "begin_origin", True),
]  # then any flush finishes it, and how that dies is another test's


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def dying(where: object, name: str, done: bool) -> Iterator[None]:
    whole: Callable[..., Any] = getattr(where, name)

    def half(*words: Any, **more: Any) -> None:
        if done:
            whole(*words, **more)
        raise Killed(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where, name, half)
        yield


def test_a_death_at_any_step(own: CliHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", own.environment["XDG_STATE_HOME"])
    fill(own, 260, "first")
    left, last = lose(own, state=True)
    fill(own, 2, "since")
    assert flush(own, expect=5).error["code"] == "journal.behind"
    old = head(own)
    for where, name, done in STEPS:
        with opened(own) as platform, dying(where, name, done), pytest.raises(Killed, match=f"^{name}$"):
            go_on(platform)
        assert head(own) == old, "under the old name nothing is published"
        if (where, name, done) != STEPS[-1]:
            _nothing_is_signed(own)
    with opened(own) as platform:
        platform.journal.flush()
        keys = platform.journal.keys
        (one,) = handovers(platform.log_rows, keys)
        assert (one.before.size, one.to.size, one.to.origin) == (left, left, keys.origin)
        said = json.loads(next(platform.journal.named(str(left))).content)
        assert said["known"] == [{"by": "state", "root": last.root.hex(), "size": str(last.size)}]
        report = platform.journal.verify()
        assert (report.size, report.waiting) == (platform.journal.size(), 0)
        assert platform.signer.log_head() == (report.size, report.root)
        with pytest.raises(ConflictError):
            prospect(platform)
    assert head(own, origin_number(keys.origin)).size == report.size


def _nothing_is_signed(home: CliHome) -> None:
    with opened(home) as platform:
        before, held = _signer_head(platform), ""
        try:
            held = platform.journal.flush().held
        except JinkuError as error:
            held = error.code
        assert held
        assert _signer_head(platform) == before


def _signer_head(platform: Platform) -> object:
    try:
        return platform.signer.log_head()
    except JinkuError as error:
        return error.code


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_entry_stands_before_all_that_wait(tmp_path: Path, request: pytest.FixtureRequest, engine: str) -> None:
    place: Place = tmp_path / "jinku.db"
    if engine == "postgresql":
        place = DatabaseUrl.parse(request.getfixturevalue("postgres"))
    with Database.create(place, SystemClock()) as database:
        rows = SqlLogRows(database)
        for number in range(3):
            rows.append("test.filled", f"s{number}", {})
        lease = rows.lease("a-host|unknown|1|1", 60_000)
        assert lease is not None
        assert rows.assign(lease, 2) == 2
        for start in (1, 3):
            with pytest.raises(ConflictError):
                rows.begin_origin(lease, start, ("journal.origin_opened", "b.jinku", {}))
        rows.begin_origin(lease, 2, ("journal.origin_opened", "b.jinku", {}))
        assert (rows.size(), len(list(rows.unplaced()))) == (3, 1)
        assert rows.read(2, 1)[0][1:3] == ("journal.origin_opened", "b.jinku")
        rows.release(lease)
        with pytest.raises(LeaseLostError):
            rows.begin_origin(lease, 3, ("journal.origin_opened", "b.jinku", {}))
        assert list(handovers(rows, LogKeys("b.jinku", bytes(32)))) == [], "nobody signed what it says"


def test_keys_are_those_of_the_log_and_of_what_came_before() -> None:
    first, second, third = (f"b.jinku/{number}" for number in (1_764_000_000 * 10**9 + n for n in range(3)))
    keys = LogKeys(second, b"k" * 32)
    for own in ("b.jinku", first, second):
        assert (keys.of(own), keys.later(own)) == (LogKeys(own, b"k" * 32), None)
    assert (keys.of(third), keys.later(third)) == (None, LogKeys(third, b"k" * 32))
    numbers = ("1", "2", "x", f"0{10**18}", f"{10**18}/{10**18}", "9" * 18, "1" * 20, "")
    for strange in (
        "c.jinku",
        first.replace("b", "c"),
        third.replace("b", "c"),
        "",
        *(f"b.jinku/{n}" for n in numbers),
    ):
        assert (keys.of(strange), keys.later(strange)) == (None, None)
    other = LogKeys("example.com/log", b"k" * 32)
    assert (other.name, other.of("example.com/log"), other.of("example.com")) == ("example.com/log", other, None)
