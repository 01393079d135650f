"""Which jinku-signer this installation of the program carries."""

from __future__ import annotations

import subprocess
from pathlib import Path

from jinku.custody.adapters.launcher import binary, signer_environment

__all__ = ["signer_binary", "signer_environment", "signer_version"]

_ANSWER_SECONDS = 10


def signer_binary() -> Path:
    """The binary inside the package, or the one that ``JINKU_SIGNER_BIN`` names."""
    return binary()


def signer_version() -> str:
    """What the binary says of itself."""
    done = subprocess.run(
        [signer_binary(), "--version"], capture_output=True, text=True, timeout=_ANSWER_SECONDS, check=False
    )
    return done.stdout.strip().removeprefix("jinku-signer ") or "unknown"
