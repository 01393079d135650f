"""A few real SIGKILLs while a log is written into a bucket: one tree, and the next start carries on."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from faulty_s3 import FaultyS3
from log_keys import MemoryLogSigner
from stored_log import StoredLog, open_database

from jinku.journal import TileTree
from jinku.journal.adapters.s3_bucket import Bucket
from jinku.journal.adapters.s3_place import BucketUrl
from jinku.journal.adapters.s3_tiles import S3Tiles
from jinku.journal.notes import read_note
from s3_fixture import S3Server

KILLS = range(1, 25, 4)
LONGEST = 600.0


def grow(folder: Path, place: BucketUrl) -> None:
    """A process adds 300 entries and publishes; its signer keeps nothing, the bucket's checkpoint guards it."""
    with open_database(folder) as database:
        log = StoredLog(folder, database, MemoryLogSigner(), store=S3Tiles(Bucket(place)))
        log.fill(300)
        log.sequencer().flush()


def killed_at(request: int, folder: Path, real: BucketUrl, faulty: FaultyS3) -> None:
    """The process dies in its so-manieth request; every other time the store has done what it asked for."""
    born = threading.Event()
    child = 0

    def fault(_method: str, _path: str) -> str:
        if len(faulty.asked) < request:
            return ""
        born.wait()
        os.kill(child, signal.SIGKILL)
        return "late" if request % 2 else "drop"

    faulty.asked.clear()
    faulty.fault = fault
    child = os.fork()
    if child == 0:
        try:
            grow(folder, faulty.place(real))
        finally:
            os._exit(1)
    born.set()
    late = threading.Timer(LONGEST, os.kill, (child, signal.SIGTERM))  # not the signal that is waited for
    late.start()
    try:
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, "it ended by itself, or hung"
    finally:
        late.cancel()


def test_killed_at_any_request_it_stays_one_tree(tmp_path: Path, s3_server: S3Server, faulty: FaultyS3) -> None:
    real = s3_server.make()
    grow(tmp_path, real)
    roots: dict[int, bytes] = {}
    for request in KILLS:
        killed_at(request, tmp_path, real, faulty)
        head = read_note(S3Tiles(Bucket(real)).published() or b"")
        roots[head.size] = head.root
    faulty.fault = lambda _method, _path: ""
    grow(tmp_path, real)
    with open_database(tmp_path) as database:
        log = StoredLog(tmp_path, database, store=S3Tiles(Bucket(real)))
        size = log.verify().size
        assert size == log.rows.size() == 300 * (len(KILLS) + 2)
        tree = TileTree(S3Tiles(Bucket(real)), size)
        assert {at: tree.root_of(at) for at in roots} == roots
