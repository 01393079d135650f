"""A process that dies at any step of an erasure leaves what a second run brings to the same end."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from home_double import DEPLOYMENT, EVM
from private_home import entries_of, files_with, privacy_of, private_home, run_job

from jinku.accounts.adapters.erasing_rows import SqlErasableRows
from jinku.accounts.erasing import AccountsHolder
from jinku.core import ManualClock
from jinku.privacy import ErasureState, KeyBundle, Privacy, SubjectKind, SubjectUnknownError
from jinku.privacy.adapters import key_bundle
from jinku.privacy.adapters.key_bundle import FolderBundles
from jinku.privacy.adapters.subject_rows import SqlSubjectRows
from jinku.store import Database

OWNER = "Margarethe Beispielsweise"
KILLED = 9
STRIDE = int(os.environ.get("JINKU_DEATH_STRIDE", "4"))  # 1: at every step


class Dies:
    """Passes every call on, until the process dies at one of them."""

    def __init__(self, inner: Any, countdown: list[int]) -> None:
        self._inner = inner
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if not callable(value):
            return value

        def call(*args: Any, **words: Any) -> Any:
            self._countdown[0] -= 1
            if self._countdown[0] == 0:
                os._exit(KILLED)
            return value(*args, **words)

        return call


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two jobs of one owner and one of another. Made once, copied for each death."""
    folder = tmp_path_factory.mktemp("stocked")
    home = private_home(folder / "home")
    home.vault(forms=(EVM,))
    run_job(home, OWNER, "order-of-margarethe", evidence="passport of Margarethe")
    run_job(home, OWNER)
    run_job(home, "Somebody Else", "another-order")
    home.database.rewrite(())
    home.database.close()
    return folder


def erased_until(home: Path, step: int) -> bool:
    """True when the erasing process died at this step; False when it came to its end before."""
    child = os.fork()
    if child == 0:  # pragma: no cover  no word of a failure may reach the runner's own output
        with contextlib.suppress(BaseException):
            countdown = [step]
            vars(key_bundle)["os"] = Dies(os, countdown)
            with Database.open(home / "jinku.db", ManualClock(1_700_000_001_000)) as database:
                privacy_in(database, home, lambda part: Dies(part, countdown)).erase(OWNER)
                os._exit(0)
        sys.stderr.flush()
        os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED), "the child failed by itself"
    return status == KILLED


def privacy_in(database: Database, home: Path, wrap: Callable[[Any], Any] = lambda part: part) -> Privacy:
    return Privacy(
        wrap(database),
        wrap(SqlSubjectRows()),
        wrap(AccountsHolder(SqlErasableRows())),
        wrap(FolderBundles()),
        str(DEPLOYMENT),
    )


def test_a_death_at_any_step_leads_to_the_same_end(stocked: Path, tmp_path: Path) -> None:
    deaths, first_tries = 0, set()
    for step in count(1, STRIDE):
        folder = tmp_path / str(step)
        shutil.copytree(stocked / "home", folder)
        bundle = folder / "keys.json"
        with Database.open(folder / "jinku.db", ManualClock(1_700_000_000_500)) as database:
            assert privacy_in(database, folder).export(bundle) == 2
            rows = SqlSubjectRows()
            with database.read() as unit:
                subject = rows.find(unit, SubjectKind.OWNER, OWNER)
                assert subject is not None
                key = rows.key(unit, subject.mark) or b""
        assert key.hex().encode() in bundle.read_bytes()
        died = erased_until(folder, step)
        deaths += died
        home = private_home(folder)
        privacy = privacy_of(home)
        try:
            privacy.erase(OWNER)
            first_tries.add("nothing")
        except SubjectUnknownError:
            first_tries.add("committed")
        assert [one.state for one in privacy.erasures()] == [ErasureState.DONE]
        assert [one.mark for one in privacy.erasures()] == [subject.mark]
        for needle in (OWNER.encode(), b"order-of-margarethe", key, key.hex().encode()):
            assert files_with(folder, needle) == [], (step, needle)
        assert files_with(folder, b"Somebody Else")
        kinds = ("privacy.erased", "privacy.record_erased", "privacy.erasure_done")
        assert sorted(entries_of(home, kinds)) == sorted([kinds[0], kinds[1], kinds[1], kinds[2]]), step
        written = KeyBundle.read(bundle.read_bytes(), str(DEPLOYMENT))
        assert (len(written.keys), list(written.erased), len(written.records)) == (1, [subject.mark], 2)
        home.accounts.verify("ops")
        home.database.close()
        shutil.rmtree(folder)
        if not died:
            break
    assert deaths * STRIDE > 30
    assert first_tries == {"nothing", "committed"}
