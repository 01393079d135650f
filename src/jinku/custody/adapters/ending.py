"""A signer that does not answer is ended by signals, once it is certain that the process is the signer."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from collections.abc import Sequence
from pathlib import Path

from jinku.custody.errors import SignerUnavailableError

__all__ = ["holder", "runs", "terminate"]

_TERM_SECONDS = 5.0  # then it is killed
_LOCKS = Path("/proc/locks")
_DELETED = " (deleted)"  # what the kernel appends when the file was replaced or removed since


def terminate(pid: int, locks: Sequence[Path], names: Sequence[str]) -> None:
    """Process ``pid`` was told to end, and killed when it did not; SignerUnavailableError when it is not the signer.

    ``locks`` are the files that the signer holds, ``names`` what its program may be called. A number alone names
    nobody: it stands in a file, may be another process's by now, and is somebody else's in another container.
    """
    try:
        process = os.pidfd_open(pid)  # from here on it is this process, whatever becomes of the number
    except ProcessLookupError:
        return
    try:
        os.kill(pid, 0)  # PermissionError for another user's
        if all(holder(lock) is None for lock in locks):
            return  # it ended meanwhile
        if not (any(_holds(pid, lock) for lock in locks) and _name(pid) in names):
            if select.select([process], [], [], 0 if _name(pid) else _TERM_SECONDS)[0]:
                return  # it was dying: its program goes before its locks do
            raise _doubtful(pid, names[0])
        for number in (signal.SIGCONT, signal.SIGTERM):  # one that is stopped hears nothing else
            signal.pidfd_send_signal(process, number)
        if not select.select([process], [], [], _TERM_SECONDS)[0]:
            signal.pidfd_send_signal(process, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        raise SignerUnavailableError(
            "the signer does not stop and is another user's", found=f"pid {pid}", advice="stop it as that user"
        ) from error
    finally:
        os.close(process)


def _doubtful(pid: int, name: str) -> SignerUnavailableError:
    return SignerUnavailableError(
        "the signer does not answer, and the process that its file names is not certainly the signer",
        found=f"pid {pid}, {_name(pid) or 'which is not seen from here'}",
        expected=f"{name}, holding the lock of this home",
        advice=f"look at it (ps -fp {pid}): if it is the signer, kill -9 {pid}; if the signer runs in another "
        "container, stop it there",
        code="signer.doubtful",
        retryable=False,
    )


def _holds(pid: int, lock: Path) -> bool:
    """The lock's file names the process, and so does the kernel, who lists only processes that are seen from here."""
    if holder(lock) != pid:
        return False
    try:
        inode, lines = lock.stat().st_ino, _LOCKS.read_text(encoding="ascii").splitlines()
    except OSError:
        return False
    found = (line.split() for line in lines)  # 3: FLOCK ADVISORY WRITE <pid> <device>:<inode> 0 EOF
    return any(word[1:2] == ["FLOCK"] and word[4] == str(pid) and word[5].endswith(f":{inode}") for word in found)


def _name(pid: int) -> str:
    """What the process's program is called; by the kernel's short name where more is for root alone (no core dumps)."""
    try:
        return Path(f"/proc/{pid}/exe").readlink().name.removesuffix(_DELETED)
    except PermissionError:
        pass
    except OSError:
        return ""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").rstrip("\n")
    except OSError:
        return ""


def holder(path: Path) -> int | None:
    """The process that says it holds this lock file; None when nobody does, or the file is another user's."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        said = os.read(handle, 20).strip()
        return int(said) if said.isdigit() else 0
    finally:
        os.close(handle)
    return None


def runs(pid: int) -> bool:
    """A process of this number runs, be it ours or not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"
