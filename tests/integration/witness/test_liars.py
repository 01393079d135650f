"""Witnesses that lie, stall or answer anything: no line counts that does not hold, and nobody waits for ever."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from log_keys import ORIGIN
from log_world import World
from witness_house import RealWitness, Witnesses, asking, house, sequencer, signed_head

from jinku.core import UnavailableError
from jinku.journal import TileTree, WitnessQuorumError
from jinku.journal.adapters.native_notes import NativeNotes
from jinku.journal.adapters.witness_client import Place, WitnessClient
from jinku.journal.adapters.witnesses import HttpWitnesses
from jinku.journal.notes import read_note, signature_lines
from jinku.journal.types import Cosigned

Say = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def liar(say: Say) -> Iterator[str]:
    """A server that answers each request as ``say`` does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            say(self, self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            say(self, b"")

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            pass  # who asked went away

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def answers(status: int, body: bytes, **headers: str) -> Say:
    def say(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return say


def line(name: str, vkey: str, payload: bytes) -> bytes:
    number = bytes.fromhex(vkey.split("+")[1])
    return f"\u2014 {name} {base64.b64encode(number + payload).decode()}\n".encode()


def asked(world: World, some: list[RealWitness], url: str, seconds: float = 60.0) -> Cosigned:
    """What came of asking the witness at an address that is another's."""
    note = read_note(signed_head(5, world.roots()[5]))
    tree = TileTree(world.tiles, 5)
    return asking(world, some, 1, [url], seconds).cosign(note, tree.consistency)


def ready(witnesses: Witnesses) -> tuple[World, list[RealWitness]]:
    world = World()
    some = house(world, witnesses, 1)
    world.rows.add(5)
    for step in sequencer(world, asking(world, some, 1)).steps():
        if step == "tiled":
            break
    return world, some


def test_lines_that_do_not_hold_or_are_anothers_do_not_count(witnesses: Witnesses) -> None:
    world, some = ready(witnesses)
    vkey = next(vkey for vkey in some[0].vkeys if base64.b64decode(vkey.split("+", 2)[2])[0] == 4)
    name = vkey.split("+")[0]
    time = (1_800_000_000).to_bytes(8, "big")
    own_of_log = signed_head(5, world.roots()[5]).partition(b"\n\n")[2]
    for body, why in (
        (line(name, vkey, time + bytes(64)), "does not hold"),
        (line(name, vkey, time), "does not hold"),
        (line("someone.example", vkey, time + bytes(64)), "does not hold"),
        (own_of_log, "does not hold"),  # the log's lines are no witness's
        (b"", "does not hold"),
        (b"\xff\xfe", "does not hold"),
        (b"200 fine\n", "does not hold"),
        (b"\n\n", "does not hold"),
    ):
        with liar(answers(200, body)) as url:
            done = asked(world, some, url)
        assert (done.by, done.heads) == ((), ()), body
        assert why in done.silent[0], (body, done.silent)
        assert len(signature_lines(done.note)) == 2, "the log's own"


def test_lines_of_strangers_beside_good_ones_are_left_out(witnesses: Witnesses) -> None:
    world, some = ready(witnesses)
    stranger = line("someone.example", "someone.example+00112233+x", bytes(72))

    def say(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        good = WitnessClient(Place("w0", tuple(some[0].vkeys), some[0].url), 60).add_checkpoint(body)
        answers(good.status, stranger + good.body + stranger)(handler, body)

    with liar(say) as url:
        done = asked(world, some, url)
    assert done.by == ("w0",)
    assert b"someone.example" not in done.note
    assert done.note.count(b"witness.example/w0") == 2


@pytest.mark.parametrize(
    ("first", "beat"), [(b"HTTP/1.1 404 Not Found\r\nX: ", b"x"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n")]
)
def test_one_that_drips_is_cut_off(first: bytes, beat: bytes) -> None:
    """It would end well after a minute; each of its bytes comes in time."""

    def say(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(first)
        for _beat in range(600):
            handler.wfile.write(beat)
            threading.Event().wait(0.1)
        handler.wfile.write((b"\r\n" if first else b"HTTP/1.1 404 Not Found\r\n") + b"Content-Length: 0\r\n\r\n")

    with liar(say) as url, pytest.raises(UnavailableError, match="w0 does not answer"):
        WitnessClient(Place("w0", (), url), 0.5).latest(ORIGIN)


def test_lines_that_are_repeated_count_and_are_kept_once(witnesses: Witnesses) -> None:
    world, some = ready(witnesses)

    def say(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        good = WitnessClient(Place("w0", tuple(some[0].vkeys), some[0].url), 60).add_checkpoint(body)
        answers(good.status, good.body * 40)(handler, body)

    with liar(say) as url:
        done = asked(world, some, url)
    assert done.by == ("w0",)
    assert done.note.count(b"witness.example/w0") == 2


def test_heads_that_the_log_did_not_sign_contradict_nothing(witnesses: Witnesses) -> None:
    world, some = ready(witnesses)
    forged = signed_head(5, hashlib.sha256(b"x").digest()).replace(ORIGIN.encode() + b"\n5", ORIGIN.encode() + b"\n7")
    for note in (forged, b"", b"no note", b"\xff"):

        def say(handler: BaseHTTPRequestHandler, body: bytes, note: bytes = note) -> None:
            status, text = (422, b"no\n") if handler.command == "POST" else (200, note)
            answers(status, text)(handler, body)

        with liar(say) as url:
            done = asked(world, some, url)
            assert (done.by, done.heads) == ((), ())
            with pytest.raises(WitnessQuorumError):
                asking(world, some, 1, [url]).last()


def test_a_witness_of_our_own_makes_no_quorum() -> None:
    world = World()
    with liar(answers(404, b"")) as url:
        own = Place("own", (), url, outside=False)
        for other, enough in (("http://127.0.0.1:1", False), (url, True)):
            places = [own, Place("w1", (), other)]
            asked = HttpWitnesses(b"", 1, places, NativeNotes(), world.signer.keys, seconds=60.0)
            if enough:
                assert asked.last() is None
                continue
            with pytest.raises(
                WitnessQuorumError,
                match=r"found w1 does not answer: http\S+: Connection refused, expected 1 of 1 from outside",
            ):
                asked.last()


def test_sizes_that_lead_nowhere(witnesses: Witnesses) -> None:
    world, some = ready(witnesses)
    for body in (b"0\n", b"4\n", b"6\n", b"99999999999999999999\n", b"-1\n", b"x\n", "٣\n".encode(), b""):
        with liar(answers(409, body, Content_Type="text/x.tlog.size")) as url:
            done = asked(world, some, url)
        assert (done.by, done.heads) == ((), ()), body
        assert "409" in done.silent[0]


def test_redirects_errors_and_floods(witnesses: Witnesses) -> None:
    world, some = ready(witnesses)
    for say, why in (
        (answers(307, b"", Location=some[0].url + "/add-checkpoint"), "307"),
        (answers(500, b"\x1b[31mred\n"), "500 ?[31mred"),
        (answers(200, b"x" * 300_000), "without end"),
        (lambda handler, _: handler.wfile.write(b"SSH-2.0-x\r\n"), "does not answer"),
        (lambda handler, _: handler.connection.close(), "does not answer"),
    ):
        with liar(say) as url:
            done = asked(world, some, url)
        assert done.by == ()
        assert why in done.silent[0], done.silent


def test_one_that_never_answers_is_given_up(witnesses: Witnesses) -> None:
    world, some = ready(witnesses)
    leave = threading.Event()

    def say(*_: object) -> None:
        leave.wait(60)

    with liar(say) as url:
        done = asked(world, some, url, seconds=0.2)
        assert done.by == ()
        assert "w0" in done.silent[0]
        with pytest.raises(WitnessQuorumError):
            asking(world, some, 1, [url], seconds=0.2).last()
        leave.set()
