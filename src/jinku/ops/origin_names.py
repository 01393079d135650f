"""By what name a log goes on: which ones the places outside know, and one that nobody can have used."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from jinku.core import ConflictError
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.witnesses import HttpWitnesses
from jinku.journal.errors import OutsideSilentError
from jinku.journal.guard import Guard, Known
from jinku.journal.ports import LogRows, Outside
from jinku.journal.types import origin_number
from jinku.ops.journal import places_of
from jinku.ops.origin_memory import ChosenNames
from jinku.ops.platform import Platform
from jinku.ops.trust_folder import TrustFolder, TrustRoot, log_keys

__all__ = ["fresh", "heads_known", "is_free", "published_under"]

_A_SECOND = 10**9


def heads_known(platform: Platform, trust: TrustRoot, number: int) -> tuple[list[Known], list[str]]:
    """What every configured place knows of this origin or a later one, and which do not answer."""
    keys, notes = log_keys(platform.deployment, number), NativeNotes()
    tiles, outside = places_of(platform.settings, platform.deployment, number, platform.clock)
    asked: list[Outside] = list(outside)
    witnesses = TrustFolder(platform.settings.home, platform.deployment).places(trust)
    if witnesses:
        asked.append(HttpWitnesses(trust.data, trust.quorum, witnesses, notes, keys))
    return Guard(platform.log_rows, tiles, notes, keys, asked).look()


def published_under(rows: LogRows) -> int:
    """The origin under which this database published last."""
    newest = rows.newest()
    return origin_number(newest.checkpoint.origin) if newest else 1


def is_free(platform: Platform, trust: TrustRoot, number: int) -> bool:
    """This machine chose it since it started, and nobody knows that it was used.

    A name that comes out of a backup may have been used by the home that is lost since, and who asks the places outside
    alone asks too little: something may have been published before they were told. Who is silent is never borne here.
    """
    if not ChosenNames(platform.settings, platform.deployment).has(number):
        return False
    found, silent = heads_known(platform, trust, number)
    if silent:
        raise OutsideSilentError(
            "this name was chosen before, and may have been opened since by a home that is lost",
            found="; ".join(silent),
            expected="an answer of every configured place",
            advice="mend it, or choose another name by --anew",
        )
    return not found


def fresh(platform: Platform, trust: TrustRoot, known: Sequence[Known]) -> int:
    """This second and nine random digits: no copy of anything names it again, and no other machine does."""
    before = max(trust.origin_number, *(origin_number(one.later) for one in known), 1) // _A_SECOND
    before = max(before, _A_SECOND - 1)  # a number has 19 digits: since 2001
    if platform.clock.now_ms() // 1000 == before:
        time.sleep(1)  # run again at once, over what died
    now = platform.clock.now_ms() // 1000
    if now <= before:
        raise ConflictError(
            "the clock of this machine is behind: a later origin is called by the second in which it is named",
            found=now,
            expected=f"later than {before}",
            advice="set the clock right first",
            code="journal.origin_clock",
        )
    return now * _A_SECOND + secrets.randbelow(_A_SECOND)
