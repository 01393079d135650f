"""`jinku worker`: a process that publishes what all others write."""

from __future__ import annotations

import signal
import sys
import threading

from rich.console import Console

from jinku.cli.command import HOME, command, single
from jinku.cli.opening import ensure_system
from jinku.cli.session import SecretOptions, Session
from jinku.core import counted
from jinku.journal import Flushed

app = single("worker")


@command(app, "worker", secrets=(HOME,))
def worker(session: Session, *, home_secret: SecretOptions) -> None:
    """Publish what other processes write, about a second later, until SIGTERM or ^C.

    A line tells of each checkpoint, and of what holds the next one back: a signer that is away or locked is waited for.
    """
    if session.has_secret(home_secret):
        ensure_system(session, home_secret)
    journal, over = session.platform.journal, threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())

    def tell(done: Flushed) -> None:
        _tell(session, done)

    session.out.note("publishing; SIGTERM or ^C ends it after what it is at")
    journal.follow(over.wait, tell)


def _tell(session: Session, done: Flushed) -> None:
    size = done.head.size if done.head else 0

    def show(console: Console) -> None:
        console.print(
            f"held: {done.held}" if done.held else f"a checkpoint stands over {counted(size, 'entry', 'entries')}"
        )

    session.out.result({"size": size, "held": done.held}, show)
    sys.stdout.flush()
