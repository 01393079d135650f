"""A bundle: a folder that holds chosen entries and all that a stranger needs to verify them, except whom to believe."""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from jinku import _native
from jinku.core import JinkuError, Json, UsageError, canonical_bytes, domain_digest
from jinku.journal import notes
from jinku.journal.errors import BundleError, CheckpointDamagedError, EntryNotFoundError
from jinku.journal.tiles import TileTree
from jinku.journal.types import Filter, LogEntry, SignedCheckpoint, log_name, origin_number
from jinku.store.files import sync_folder, write_private

__all__ = ["BUNDLE_TAG", "BundleWriter", "Extract"]

BUNDLE_TAG = "jinku/bundle/1"
_KIND = "jinku/journal-bundle"
_ANCHORS = b"""What others said of checkpoints of this log, and when: RFC 3161 time stamps (.tsr), OpenTimestamps (.ots)
with the header of the block (.header), transactions on EVM chains (.evm) with the block that each stands in (.block).
SIZE.checkpoint is what each SIZE-N file is about: SHA-256 over "jinku/anchor/1", a zero byte and its first three lines.
SIZE.consistency shows that the tree of the bundle begins with it. Checkpoints of an earlier origin of the log are not
here, nor are their anchors.
"""
_NO_ANCHORS = b"Nobody else said when a checkpoint of this log stood: no source of anchors is configured.\n"
_DELIVERED = Path(__file__).with_name("verifier")


@dataclass(frozen=True, slots=True)
class Extract:
    """One published head of the log, and the proofs under it, whatever is published meanwhile."""

    head: SignedCheckpoint
    _tree: TileTree
    _prove: Callable[[SignedCheckpoint, LogEntry], list[bytes]]

    def covers(self, entry: LogEntry) -> bool:
        """Whether the entry stands under this head."""
        return entry.index is not None and entry.index < self.head.size

    def receipt(self, entry: LogEntry, whole: bool = False) -> bytes:
        """The receipt (``c2sp.org/tlog-proof@v1``), proven first; with ``whole`` it holds the entry, too."""
        if entry.index is None or not self.covers(entry):
            raise EntryNotFoundError(
                "the entry waits for a checkpoint",
                found=f"leaf {entry.digest.hex()}",
                advice="run `jinku journal flush` with the system keys open, then ask again",
                code="journal.entry_waits",
            )
        path = tuple(self._prove(self.head, entry))
        return notes.receipt_text(notes.Receipt(entry.index, path, self.head, entry.content if whole else b""))

    def growth(self, earlier: SignedCheckpoint) -> bytes:
        """That the head's tree begins with the earlier one, as the body of C2SP tlog-witness ``add-checkpoint``."""
        old, head = earlier.size, self.head
        try:
            if not _goes_on(head.checkpoint.origin, earlier.checkpoint.origin) or old > head.size:
                raise _not_extended(earlier, head)
            proof = self._tree.consistency(old)
            if old:
                _native.verify_consistency(old, head.size, proof, earlier.root, head.root)
        except CheckpointDamagedError:
            raise
        except JinkuError as error:
            raise _not_extended(earlier, head) from error
        return _native.make_submission(old, proof, head.note)


def _goes_on(origin: str, earlier: str) -> bool:
    """The one is the other, or a later origin of the same log."""
    return origin == earlier or (
        log_name(origin) == log_name(earlier) and 0 < origin_number(earlier) < origin_number(origin)
    )


def _not_extended(earlier: SignedCheckpoint, head: SignedCheckpoint) -> CheckpointDamagedError:
    return CheckpointDamagedError(
        "the log does not extend the earlier checkpoint",
        found=f"{head.checkpoint.origin} size {head.size} root {head.root.hex()}",
        expected=f"a tree over {earlier.checkpoint.origin} size {earlier.size} root {earlier.root.hex()}",
        advice="keep that checkpoint: if the log's keys signed it, it proves that the log was rewritten",
    )


class BundleWriter:
    """The folder grows beside its place under another name, and takes its place when all of it is durable.

    As a context manager: what is not finished is removed; what a killed one left, the next one to this place removes.
    """

    def __init__(self, out: Path) -> None:
        """An empty folder stands beside ``out``. BundleError when that place is taken or cannot be written."""
        self._out = out
        self._files: dict[str, Json] = {}
        self._folder = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
        try:
            if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
                raise BundleError(
                    "the place of the bundle is taken", found=out, expected="no such folder, or an empty one"
                )
            _sweep(out)
            self._folder.mkdir(mode=0o700)
            self._alive = _held(self._folder)
        except OSError as error:
            raise _unwritten(out, error) from error

    def add(self, name: str, data: bytes) -> None:
        """The file stands in the bundle and in its manifest."""
        self._write(name, data)
        self._files[name] = hashlib.sha256(data).hexdigest()

    def add_delivered(self, deployment: str, head: SignedCheckpoint, earlier: bool) -> None:
        """``verify.py`` and what the auditor reads first stand in the bundle."""
        self.add("verify.py", (_DELIVERED / "verify.py").read_bytes())
        facts = {
            "deployment": deployment,
            "origin": head.checkpoint.origin,
            "size": str(head.size),
            "root": head.root.hex(),
            "earlier": " \\\n        --from-checkpoint CHECKPOINT-THAT-YOU-KEPT" if earlier else "",
        }
        text = (_DELIVERED / "bundle.md").read_text(encoding="utf-8")
        for name, value in facts.items():
            text = text.replace("{" + name + "}", value)
        self.add("README.md", text.encode())

    def add_anchors(self, files: Iterable[tuple[str, bytes]]) -> None:
        """What others said of checkpoints, and the program that reads it."""
        found = list(files)
        for name, data in found:
            self.add(name, data)
        if found:
            for program in ("verify_anchors.py", "verify_evm.py"):
                self.add(program, (_DELIVERED / program).read_bytes())
        self.add("anchors/README.md", _ANCHORS if found else _NO_ANCHORS)

    def finish(  # noqa: PLR0917  what the manifest says
        self,
        deployment: str,
        head: SignedCheckpoint,
        wanted: Filter | None,
        entries: Sequence[int],
        besides: set[int],
        note: Callable[[str], None],
    ) -> str:
        """The bundle has its place, after ``note`` took the digest of its manifest; that digest."""
        facts: dict[str, Json] = {
            "besides": [str(index) for index in sorted(besides)],
            "deployment": deployment,
            "entries": [str(index) for index in sorted(entries)],
            "files": self._files,
            "kind": _KIND,
            "origin": head.checkpoint.origin,
            "root": head.root.hex(),
            "selected": None if wanted is None else _selected(wanted),
            "size": str(head.size),
            "v": 1,
        }
        digest = domain_digest(BUNDLE_TAG, _manifest(facts)).hex()
        self._write("manifest.json", _manifest({**facts, "digest": digest}))
        note(digest)
        try:
            for folder in (*(path for path in self._folder.rglob("*") if path.is_dir()), self._folder):
                sync_folder(folder)
            self._folder.rename(self._out)
            sync_folder(self._out.parent)
        except OSError as error:
            raise _unwritten(self._out, error) from error
        return digest

    def _write(self, name: str, data: bytes) -> None:
        path = self._folder / name
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(path, data)
        except OSError as error:
            raise _unwritten(self._out, error) from error

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing half is left."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._alive)


def _held(folder: Path) -> int:
    """A descriptor that says, until it is closed or its process dies, that somebody writes in the folder."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _sweep(out: Path) -> None:
    """No folder is left beside ``out`` of an export whose process died."""
    for left in out.parent.glob(f".{glob.escape(out.name)}.*.part"):
        with suppress(OSError):  # somebody is at work in it, or it is not ours
            fd = _held(left)
            shutil.rmtree(left, ignore_errors=True)
            os.close(fd)


def _manifest(facts: Mapping[str, Json]) -> bytes:
    try:
        return canonical_bytes(facts)
    except JinkuError as error:
        raise UsageError(
            "too many entries for one bundle",
            found=error.found,
            expected="a manifest of at most 1 MiB, about 5,000 entries",
            advice="narrow it by --since and --until, and export more than one bundle",
        ) from error


def _selected(wanted: Filter) -> dict[str, Json]:
    since, until = (None if at is None else str(at) for at in (wanted.since_ms, wanted.until_ms))
    return {
        "actor": wanted.actor,
        "kind": wanted.kind,
        "since": since,
        "subject": wanted.subject,
        "until": until,
    }


def _unwritten(out: Path, error: OSError) -> BundleError:
    return BundleError(
        "the bundle cannot be written",
        found=f"{out}: {error.strerror}",
        expected="a folder that you may write, with room",
        advice="free space or choose another --out; nothing half was left",
    )
