"""Which jinku-approver this installation of the program carries."""

from __future__ import annotations

import os
from pathlib import Path

from jinku.core import UnavailableError

__all__ = ["BINARY_VARIABLE", "approver_binary"]

BINARY_VARIABLE = "JINKU_APPROVER_BIN"


def approver_binary() -> Path:
    """The binary inside the package, or the one that ``JINKU_APPROVER_BIN`` names."""
    named = os.environ.get(BINARY_VARIABLE)
    path = Path(named) if named else Path(__file__).parents[1] / "_bin" / "jinku-approver"
    if not os.access(path, os.X_OK):
        raise UnavailableError(
            "the approver binary is missing", found=f"no {path}", advice="reinstall jinku", code="approver.missing"
        )
    return path
