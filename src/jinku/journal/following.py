"""Publishing while others write: a checkpoint stands over every entry about a second after it was committed."""

from __future__ import annotations

from collections.abc import Callable

from jinku.core import IntegrityError, JinkuError
from jinku.journal.errors import OutsideSilentError
from jinku.journal.sequencer import Sequencer
from jinku.journal.types import Flushed

__all__ = ["PAUSE_SECONDS", "follow"]

PAUSE_SECONDS = 1.0


def follow(sequencer: Sequencer, over: Callable[[float], bool], tell: Callable[[Flushed], None]) -> None:
    """What waits is published, again and again, until ``over`` says so, which waits so many seconds for it.

    ``tell`` is called when the head or the reason why nothing is published is another one than before. What is away
    for a while (signer, database, witnesses, disk, a place outside) is such a reason. What contradicts itself is
    raised: IntegrityError.
    """
    told: tuple[int, str] | None = None
    while True:
        done = _flushed(sequencer)
        said = (done.head.size if done.head else 0, done.held)
        if said != told:
            tell(done)
            told = said
        if over(PAUSE_SECONDS):
            return


def _flushed(sequencer: Sequencer) -> Flushed:
    try:
        return sequencer.flush()
    except OutsideSilentError as error:
        return Flushed(0, None, held=error.what)
    except IntegrityError:
        raise
    except JinkuError as error:
        return Flushed(0, None, held=error.what)
