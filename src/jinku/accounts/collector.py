"""The cycle collector of the interpreter, kept out of the way of bulk work."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

__all__ = ["rare_collections"]


@contextlib.contextmanager
def rare_collections() -> Iterator[None]:
    """The cycle collector runs seldom: it would walk every row's tuple, which is a sixth of the time of a bulk job."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
