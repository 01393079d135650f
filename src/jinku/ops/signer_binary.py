"""Which jinku-signer this installation of the program carries."""

from __future__ import annotations

import subprocess
from pathlib import Path

import jinku
from jinku.core import NotFoundError

__all__ = ["signer_binary", "signer_version"]

_ANSWER_SECONDS = 10


def signer_binary() -> Path:
    """The binary inside the package."""
    path = Path(jinku.__file__).parent / "_bin" / "jinku-signer"
    if not path.is_file():
        raise NotFoundError("the signer binary is missing", found=f"no {path}", advice="reinstall jinku")
    return path


def signer_version() -> str:
    """What the binary says of itself."""
    done = subprocess.run(
        [signer_binary(), "--version"], capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=False
    )
    return done.stdout.strip().removeprefix("jinku-signer ") or "unknown"
