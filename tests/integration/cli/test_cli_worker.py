"""`jinku worker` on a real home with the real signer: publishes what others wrote, waits for keys, ends when told."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cli_home import HOME_SECRET, JINKU, CliHome

from jinku.core import SystemClock
from jinku.store import Database

LONGEST = 600.0  # a worker that says nothing for so long is ended, and the test fails


@contextmanager
def working(home: CliHome) -> Iterator[subprocess.Popen[str]]:
    words = [str(JINKU), "worker", "--json"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, env=home.environment, text=True, **pipes) as worker:
        late = threading.Timer(LONGEST, worker.kill)
        late.start()
        try:
            yield worker
        finally:
            late.cancel()
            worker.kill()


def told(worker: subprocess.Popen[str]) -> dict[str, Any]:
    """Its next line: whatever it takes, it comes, or the worker ended and pytest shows why."""
    assert worker.stdout is not None
    line = worker.stdout.readline()
    assert line, worker.stderr.read() if worker.stderr else ""
    found: dict[str, Any] = json.loads(line)
    return found


def write(home: CliHome) -> None:
    """Somebody commits an entry, and dies before it publishes anything."""
    with Database.open(home.home / "jinku.db", SystemClock()) as database, database.unit() as unit:
        unit.append_entry("test.done", "somebody", {})


def test_it_publishes_what_others_wrote_and_waits_for_the_keys(own: CliHome) -> None:
    size = own.run("journal", "checkpoint", "--json").document["size"]
    with working(own) as worker:
        assert told(worker) == {"held": "", "size": size}
        write(own)
        assert told(worker) == {"held": "", "size": size + 1}
        own.run("vault", "lock")
        write(own)
        while "locked" not in told(worker)["held"]:
            pass  # a checkpoint from before they were locked, or another process had the lease for a moment
        own.run("signer", "unlock", secrets={"--passphrase-fd": HOME_SECRET})
        while (line := told(worker))["held"]:
            pass
        assert line["size"] > size + 1
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(LONGEST) == 0
    own.run("journal", "flush")  # a command that ended beside a run of the worker's left its entries to the next
    report = own.run("journal", "verify", "--json").document
    assert report["waiting"] == 0
