"""The shipped jinku-witness, started and stopped; a trust root that names them; a log that asks them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from log_keys import ORIGIN, MemoryLogSigner
from log_world import World

from jinku import _native
from jinku.core import canonical_bytes
from jinku.journal import Checkpoint, Sequencer
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.witness_client import Place
from jinku.journal.adapters.witnesses import HttpWitnesses
from jinku.journal.notes import signed, vkeys
from jinku.ops.witness_binary import witness_binary

LONG = 60.0  # a machine under load is late; a witness that answers does so at last


class RealWitness:
    """One witness: its folder, its process, its keys."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True)
        self.folder, self.name = folder, name
        self.dir, self.key = folder / "state", folder / "key"
        self.vkeys = self.say("init", "--name", f"witness.example/{name}", "--key-file", str(self.key)).split()
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def say(self, command: str, *more: str) -> str:
        """What a command of the program printed."""
        words = [str(witness_binary()), command, "--dir", str(self.dir), *more]
        ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def serve(self, log: Sequence[str] = ()) -> Self:
        """It listens, and no process of it from before does; ``log`` are the vkeys of a log that is new to it."""
        self.stop()
        if log:
            self.say("add-log", *log)
        words = [str(witness_binary()), "serve", "--dir", str(self.dir), "--key-file", str(self.key)]
        words += ["--listen", "127.0.0.1:0"]  # another port each time: the old one may be another's by now
        with (self.folder / "err").open("a") as err:
            self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=err, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("listening on "), (self.folder / "err").read_text()
        self.url = "http://" + line.removeprefix("listening on ").strip()
        return self

    def stop(self) -> None:
        """It runs no more."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    @property
    def status(self) -> str:
        """Its counters."""
        with urlopen(f"{self.url}/status", timeout=LONG) as answer:
            return str(answer.read().decode())

    @property
    def alarms(self) -> str:
        """What it shouted."""
        return (self.folder / "err").read_text()


class Witnesses:
    """Witnesses that all end with the test."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, ExitStack()

    def make(self, name: str) -> RealWitness:
        """A witness that does not listen yet."""
        made = RealWitness(self._folder / name, name)
        self._stack.callback(made.stop)
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def house(world: World, witnesses: Witnesses, count: int) -> list[RealWitness]:
    """Witnesses that know the world's log."""
    return [witnesses.make(f"w{number}").serve(vkeys(world.signer.keys)) for number in range(count)]


def trust_root(world: World, some: Sequence[RealWitness], quorum: int, outside: bool = True) -> bytes:
    """A trust root of the world's log that names these witnesses."""
    key = {"algorithm": "ed25519", "name": "admin", "not_after": None, "passkey": None, "roles": ["admin"]}
    document = {
        "admin_threshold": 1,
        "created_at": "1700000000000",
        "deployment": ORIGIN.removesuffix(".jinku"),
        "groups": [],
        "journal": {"keys": sorted(vkeys(world.signer.keys)), "origin": ORIGIN},
        "keys": [key | {"public": world.signer.keys.ed25519.hex()}],
        "not_after": None,
        "policy_digest": None,
        "quorum": quorum,
        "v": 1,
        "version": 1,
        "witnesses": [{"keys": sorted(one.vkeys), "name": one.name, "outside": outside} for one in some],
    }
    return _native.make_trust_root(canonical_bytes(document), [])


def asking(
    world: World, some: Sequence[RealWitness], quorum: int, urls: Sequence[str] = (), seconds: float = LONG
) -> HttpWitnesses:
    """The client, for these witnesses; at other addresses than their own where ``urls`` say so."""
    where = list(urls) or [one.url for one in some]
    places = [Place(one.name, tuple(one.vkeys), url) for one, url in zip(some, where, strict=True)]
    root = trust_root(world, some, quorum)
    return HttpWitnesses(root, quorum, places, NativeNotes(), world.signer.keys, seconds, grace_seconds=seconds)


def signed_head(size: int, root: bytes) -> bytes:
    """A note of the log's keys over any head, as who stole them makes it."""
    return signed(Checkpoint(ORIGIN, size, root), MemoryLogSigner().sign_checkpoint(size, root, ())).note


def sequencer(world: World, asked: HttpWitnesses) -> Sequencer:
    """A sequencer as a new process makes one: it asks the witnesses what they know, then for their lines."""
    keys = world.signer.keys
    return Sequencer(
        world.rows, world.tiles, world.signer, asked, [world.outside, asked], NativeNotes(), keys, world.clock, "one"
    )
