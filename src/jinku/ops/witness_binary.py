"""Which jinku-witness this installation of the program carries."""

from __future__ import annotations

import os
from pathlib import Path

from jinku.core import UnavailableError

__all__ = ["BINARY_VARIABLE", "witness_binary"]

BINARY_VARIABLE = "JINKU_WITNESS_BIN"


def witness_binary() -> Path:
    """The binary inside the package, or the one that ``JINKU_WITNESS_BIN`` names."""
    named = os.environ.get(BINARY_VARIABLE)
    path = Path(named) if named else Path(__file__).parents[1] / "_bin" / "jinku-witness"
    if not os.access(path, os.X_OK):
        raise UnavailableError(
            "the witness binary is missing", found=f"no {path}", advice="reinstall jinku", code="witness.missing"
        )
    return path
