"""A signer that is stopped, drips or pours: commands end soon, say what to do, and `stop` works all the same."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from processes import state
from signer_house import House, create, request, unlock

from jinku.core import SystemClock
from jinku.custody import Custody
from jinku.custody.adapters.launcher import Launcher
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.adapters.token_folder import TokenFolder
from jinku.custody.adapters.vault_rows import SqlVaultRows
from jinku.custody.adapters.wire import HEADER, PART, VerbNumber, Writer
from jinku.custody.errors import SignerTimeoutError, SignerUnavailableError
from jinku.store import Database

SECONDS = 0.5


def freeze(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    while state(pid) != "T":
        time.sleep(0.01)


def test_stop_ends_a_signer_that_is_stopped(house: House, signer: SocketSigner) -> None:
    unlock(signer, create(signer).vault)
    pid = house.pid
    freeze(pid)
    began = time.monotonic()
    Launcher(house.home, house.runtime, timeout_seconds=SECONDS).stop()
    assert time.monotonic() - began < 60
    assert state(pid) in {"", "Z"}
    assert not house.ready().hello().unlocked_vaults


def test_stop_kills_what_does_not_end_by_itself(
    house: House, signer: SocketSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that hears no SIGTERM is killed after its time."""
    pid, heard = house.pid, []
    plain = signal.pidfd_send_signal

    def deaf(process: int, number: int) -> None:
        heard.append(number)
        if number == signal.SIGKILL:
            plain(process, number)

    monkeypatch.setattr(signal, "pidfd_send_signal", deaf)
    monkeypatch.setattr("jinku.custody.adapters.ending._TERM_SECONDS", SECONDS)
    freeze(pid)
    Launcher(house.home, house.runtime, timeout_seconds=SECONDS).stop()
    assert heard == [signal.SIGCONT, signal.SIGTERM, signal.SIGKILL]
    assert state(pid) in {"", "Z"}


def test_locking_a_stopped_signer_says_soon_what_to_do(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    unlock(signer, vault)
    slow, quick = (SocketSigner(house.runtime / "signer.sock", timeout_seconds=s) for s in (300.0, SECONDS))
    with Database.create(house.folder / "jinku.db", SystemClock()) as database:
        tokens = TokenFolder(house.runtime / "tokens")
        rooms = Custody(database, SqlVaultRows(), slow, tokens, SystemClock(), teller=quick.describe, reader=quick)
        pid = house.pid
        freeze(pid)
        for name in (None, vault):
            began = time.monotonic()
            with pytest.raises(SignerTimeoutError, match="jinku signer stop"):
                rooms.lock(name)
            assert time.monotonic() - began < 60
        os.kill(pid, signal.SIGCONT)
        patient = Custody(database, SqlVaultRows(), slow, tokens, SystemClock(), teller=slow.describe, reader=slow)
        patient.lock(None)  # it goes on when it has its turn
        assert not slow.hello().unlocked_vaults
    slow.close()
    quick.close()


def test_a_stopped_signer_is_a_time_out_and_comes_back(house: House, signer: SocketSigner) -> None:
    quick, end = SocketSigner(house.runtime / "signer.sock", timeout_seconds=5), time.monotonic() + 120
    quick.hello()
    freeze(house.pid)
    try:
        with pytest.raises(SignerTimeoutError, match="jinku signer stop") as late:
            quick.hello()
        assert late.value.retryable
    finally:
        os.kill(house.pid, signal.SIGCONT)
    back = 0
    while not back and time.monotonic() < end:  # once it has its turn
        with suppress(SignerTimeoutError):
            back = quick.hello().pid
    quick.close()
    assert back == house.pid


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Callable[[Callable[[socket.socket, int], None]], Path]]:
    """Greets as a signer without system keys does, and answers the request after that with what a test says."""
    listeners: list[socket.socket] = []

    def listen(answer: Callable[[socket.socket, int], None]) -> Path:
        folder = tmp_path / "fake"
        folder.mkdir(mode=0o700)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(folder / "signer.sock"))
        listener.listen()
        listeners.append(listener)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    _greet(connection)
                    answer(connection, _asked(connection))
                except OSError:
                    return  # the client had enough

        threading.Thread(target=serve, daemon=True).start()
        return folder / "signer.sock"

    yield listen
    for listener in listeners:
        listener.close()


def _asked(connection: socket.socket) -> int:
    rest, _, _, number = HEADER.unpack(connection.recv(HEADER.size, socket.MSG_WAITALL))
    connection.recv(rest - HEADER.size + 4, socket.MSG_WAITALL)
    return int(number)


def _greet(connection: socket.socket) -> None:
    number = _asked(connection)
    body = Writer().byte(1).text("0.1.0").number(1).text("").byte(0).data(b"").data(b"").number(0).byte(1)
    connection.sendall(HEADER.pack(6 + len(body.body), 1, VerbNumber.HELLO | 0x80, number) + bytes(body.body))


def test_an_answer_that_drips_has_one_deadline(
    fake: Callable[[Callable[[socket.socket, int], None]], Path],
) -> None:
    def drip(connection: socket.socket, number: int) -> None:
        connection.sendall(HEADER.pack(6 + 10_000, 1, VerbNumber.LIST_VAULTS | 0x80, number))
        while True:
            connection.sendall(b"x")
            time.sleep(SECONDS / 5)

    client, began = SocketSigner(fake(drip), timeout_seconds=SECONDS), time.monotonic()
    with pytest.raises(SignerTimeoutError):
        client.list_vaults()
    assert time.monotonic() - began < 60, "it drips for 1,000 s"
    client.close()


@pytest.mark.parametrize("verb", ["list", "derive"])
def test_parts_that_nobody_asked_for_are_not_collected(
    fake: Callable[[Callable[[socket.socket, int], None]], Path], verb: str
) -> None:
    sent = [0]

    def pour(connection: socket.socket, number: int) -> None:
        kind = (VerbNumber.LIST_VAULTS if verb == "list" else VerbNumber.DERIVE) | PART
        frame = HEADER.pack(6 + (1 << 20), 1, kind, number) + bytes(1 << 20)
        for _ in range(200):
            connection.sendall(frame)
            sent[0] += 1

    client = SocketSigner(fake(pour), timeout_seconds=20)
    with pytest.raises(SignerUnavailableError, match="parts of more than") as refused:
        client.list_vaults() if verb == "list" else client.derive(bytes(32), request("v", 0, 10))
    assert refused.value.code == "signer.protocol"
    assert sent[0] < 20
    client.close()


def test_a_long_derivation_may_take_longer_than_one_time_out(
    fake: Callable[[Callable[[socket.socket, int], None]], Path],
) -> None:
    """Each part has the time-out for itself; the sum of them has more."""

    def slow(connection: socket.socket, number: int) -> None:
        for _ in range(7):
            time.sleep(1.5)  # 10.5 s, each with 8.5 s to spare
            connection.sendall(HEADER.pack(6 + 4, 1, VerbNumber.DERIVE | PART, number) + bytes(4))
        connection.sendall(HEADER.pack(6, 1, VerbNumber.DERIVE | 0x80, number))

    client = SocketSigner(fake(slow), timeout_seconds=10)
    with pytest.raises(SignerUnavailableError, match="cut short"):  # all of it came, and says nothing
        client.derive(bytes(32), request("v", 0, 10))
    client.close()


def test_the_signer_keeps_nothing_else_of_the_shell(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "another program's")
    monkeypatch.setenv("JINKU_PASSPHRASE_FILE", "/somewhere")
    monkeypatch.setenv("JINKU_DATABASE_URL", "postgresql://u:p@h/d")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/somewhere")
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=0")
    monkeypatch.setenv("JINKU_OF_LATER", "a secret, perhaps")
    monkeypatch.setenv("TZ", "UTC")
    house.signer()
    environ = Path(f"/proc/{house.pid}/environ").read_bytes()
    assert {line.partition(b"=")[0] for line in environ.split(b"\0") if line} <= {
        *(b"PATH", b"HOME", b"LANG", b"LC_ALL", b"TZ", b"TMPDIR", b"XDG_RUNTIME_DIR"),
        *(b"JINKU_SIGNER_FAULT", b"JINKU_SIGNER_ALLOW_CORE"),
    }
    assert b"TZ=UTC" in environ
