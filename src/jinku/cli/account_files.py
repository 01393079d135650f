"""Text files that commands about accounts read whole: of a bounded size, and never a device that does not end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from jinku.core import UsageError

__all__ = ["read_text"]


def read_text(path: Path, what: str, limit: int, encoding: str = "utf-8") -> str:
    """The text of a file or pipe of at most ``limit`` bytes."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
                raise UsageError(f"the {what} cannot be read", found=f"{path}: a device", expected="a file or a pipe")
            content = file.read(limit + 1)
    except OSError as error:
        raise UsageError(
            f"the {what} cannot be read", found=f"{path}: {error.strerror}", expected="a text file that you can read"
        ) from error
    if len(content) > limit:
        raise UsageError(
            f"the {what} is too long", found=f"{path}: more than {limit:,} bytes", expected=f"at most {limit:,}"
        )
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"the {what} cannot be read",
            found=f"{path}: line {line} is no text",
            expected="ASCII" if encoding == "ascii" else "a text file in UTF-8",
        ) from error
