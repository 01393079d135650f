"""Who holds a lease: one process of one boot of one host, so that a dead one's leases need not run out."""

from __future__ import annotations

import os
import socket
from pathlib import Path

__all__ = ["current_owner", "owner_is_alive"]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_START_TIME_FIELD = 19  # of what follows the ")" in /proc/<pid>/stat; see proc(5), field 22


def _start_time(pid: int) -> str:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    rest = text.rpartition(")")[2].split()
    if len(rest) <= _START_TIME_FIELD or rest[0] == "Z":
        return ""
    return rest[_START_TIME_FIELD]


def _host() -> tuple[str, str]:
    try:
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        boot = "unknown"
    return socket.gethostname().replace("|", "_"), boot


def current_owner() -> str:
    """This process as ``host|boot|pid|start time``."""
    host, boot = _host()
    return f"{host}|{boot}|{os.getpid()}|{_start_time(os.getpid())}"


def owner_is_alive(owner: str) -> bool:
    """False only when the owner certainly died: same host, and another boot or no such process with that start time."""
    parts = owner.split("|")
    if len(parts) != 4 or not parts[2].isdigit():
        return True
    host, boot = _host()
    if parts[0] != host:
        return True
    if parts[1] != boot:
        return False
    return _start_time(int(parts[2])) == parts[3]
