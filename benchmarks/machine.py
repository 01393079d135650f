"""What a table says about the machine it was taken on."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path

LANES = {"avx2": "AVX2", "avx512f": "AVX-512", "asimd": "NEON"}


def cpu_model() -> str:
    """The CPU's model name, how many cores there are, and its widest vector unit."""
    path = Path("/proc/cpuinfo")
    info = path.read_text(encoding="utf-8") if path.exists() else ""
    fields = dict(part for line in info.splitlines() if len(part := [word.strip() for word in line.split(":", 1)]) == 2)
    model = fields.get("model name") or platform.processor() or platform.machine()
    flags = (fields.get("flags") or fields.get("Features") or "").split()
    widest = [name for flag, name in LANES.items() if flag in flags][-1:]
    return ", ".join([model, f"{os.cpu_count()} cores", *widest])


def taken() -> str:
    """Machine, time, load and interpreter of the table that follows."""
    now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC"
    return f"{cpu_model()}; {now}, load {os.getloadavg()[0]:.1f} before; Python {platform.python_version()}."


def verdict(goal: str, held: bool) -> str:
    """A goal's cell, kept on one line."""
    return f"{goal}: {'met' if held else '**missed**'}".replace(" ", "\u00a0")
