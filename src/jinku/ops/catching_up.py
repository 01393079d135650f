"""A database that was restored gets its entries back, and nobody knows more than it has then."""

from __future__ import annotations

from collections.abc import Callable

from jinku.core import counted
from jinku.journal import JournalBehindError
from jinku.ops.log_checks import farthest
from jinku.ops.platform import Platform

__all__ = ["catch_up", "refuse_older"]


def catch_up(platform: Platform) -> int:
    """How many published entries the database lacked and took back from the tiles.

    JournalBehindError when somebody (a witness, the bucket, the remembered checkpoint) knows more than the tiles have:
    what they have was taken back all the same.
    """
    taken = platform.journal.catch_up()
    refuse_older(lambda: farthest(platform), platform.journal.size, taken)
    return taken


def refuse_older(ask: Callable[[], tuple[str, int]], size: Callable[[], int], taken: int) -> None:
    """Nobody knows more entries than the database; JournalBehindError otherwise.

    The database is read last: an entry has its place before anybody outside hears of it, so what another process
    publishes meanwhile is nothing that this home lacks.
    """
    who, known = ask()
    own = size()
    if own < known:
        raise JournalBehindError(
            f"the database is still older than what {who} knows, and the tiles here have no more",
            found=counted(own, "entry", "entries"),
            expected=counted(known, "entry", "entries"),
            advice="bring back a newer copy of the tiles or of the database, see docs/operate/damaged-files.md; if all "
            "are lost, go on by `jinku journal new-origin`; nothing is published until then",
            fields={"source": who, "size": known, "entries": taken, "lacks": known - own},
        )
