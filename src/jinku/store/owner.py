"""Who holds a lease: one process of one boot of one machine, so that a dead one's leases need not run out.

What says who that is does not change under it: a host gets another name, a container made anew gets another, and two
containers may have the same. The boot id tells kernels apart, and the process-number namespace what a number means.
"""

from __future__ import annotations

import hashlib
import os
import socket
from enum import StrEnum
from pathlib import Path

__all__ = ["GONE", "Fate", "current_owner", "fate_of", "host_of", "owner_is_alive"]

GONE = "gone"  # the owner of a task that its process let go

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
_TIME_NAMESPACE = Path("/proc/self/ns/time")  # start times are told in it
_PROC = Path("/proc")
_MACHINE_ID = Path("/etc/machine-id")
_START_TIME_FIELD = 19  # of what follows the ")" in /proc/<pid>/stat; see proc(5), field 22
_PARTS = 6
_UNKNOWN = "unknown"


class Fate(StrEnum):
    """What can be said of an owner from here."""

    LIVES = "lives"
    DEAD = "dead"
    UNSEEN = "unseen"  # another machine's or container's: alive, as long as nobody knows better


def _start_time(pid: int) -> str | None:
    """When it started; empty when it has ended; None when it is there and not shown (/proc under hidepid)."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None if _answers(pid) else ""
    rest = text.rpartition(")")[2].split()
    if len(rest) <= _START_TIME_FIELD or rest[0] == "Z":
        return ""
    return rest[_START_TIME_FIELD]


def _answers(pid: int) -> bool:
    """Whether there may be such a process; another user's counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _inode(path: Path) -> str:
    try:
        return str(path.stat().st_ino)
    except OSError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _here() -> tuple[str, str, str, str]:
    """Host name, boot, namespaces (process numbers, time), machine; of its id a hash is shown: it stays here."""
    namespace = ".".join(one for one in (_inode(_NAMESPACE), _inode(_TIME_NAMESPACE)) if one)
    machine = _read(_MACHINE_ID)
    machine = hashlib.sha256(b"jinku/owner\x00" + machine.encode()).hexdigest()[:16] if machine else ""
    return socket.gethostname().replace("|", "_"), _read(_BOOT_ID) or _UNKNOWN, namespace, machine


def current_owner() -> str:
    """This process as ``host|boot|pid|start time|namespace|machine``."""
    host, boot, namespace, machine = _here()
    started = _start_time(os.getpid()) or ""
    return f"{host}|{boot}|{os.getpid()}|{started}|{namespace}|{machine}"


def host_of(owner: str) -> str:
    """The name that the owner's host had."""
    return owner.partition("|")[0]


def fate_of(owner: str, one_kernel: bool = False) -> Fate:
    """Dead only when the owner certainly is. ``one_kernel``: whoever can hold a lease here runs on this very kernel."""
    if owner == GONE:
        return Fate.DEAD
    parts = owner.split("|")
    if len(parts) not in {4, _PARTS} or not parts[2].isdigit():
        return Fate.UNSEEN
    host, boot, namespace, machine = _here()
    theirs = (parts[4], parts[5]) if len(parts) == _PARTS else (namespace, machine)
    if parts[1] != boot:
        same_machine = parts[0] == host and (len(parts) != _PARTS or theirs[1] == machine != "")
        known = _UNKNOWN not in {boot, parts[1]}
        return Fate.DEAD if known and (one_kernel or same_machine) else Fate.UNSEEN
    if "." not in theirs[0]:  # an owner of before says nothing of time
        namespace = namespace.partition(".")[0]
    if theirs[0] != namespace or (len(parts) == 4 and parts[0] != host):
        return Fate.UNSEEN
    started = _start_time(int(parts[2]))
    if started is None or (started and not parts[3]):
        return Fate.UNSEEN
    return Fate.LIVES if started and started == parts[3] else Fate.DEAD


def owner_is_alive(owner: str, one_kernel: bool = False) -> bool:
    """False only when the owner certainly died; see ``fate_of``."""
    return fate_of(owner, one_kernel) is not Fate.DEAD
