"""Many connections never keep keys open: idle ones make room; lock and stop get through, or say they did not."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from signer_house import TS_MS, House, create, new_id, request, unlock

from jinku.custody.adapters.connection import Pin
from jinku.custody.adapters.launcher import Launcher
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.adapters.wire import NO_TOKEN, VerbNumber, Writer, request_frame
from jinku.custody.errors import SignerAbsentError, SignerUnavailableError, VaultIntegrityError
from jinku.custody.ports import SignerInfo


def _runs(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def crowd(house: House, signer: SocketSigner) -> Iterator[list[socket.socket]]:
    """Strangers at the signer's door."""
    held: list[socket.socket] = []
    yield held
    for one in held:
        one.close()


def _fill(house: House, held: list[socket.socket], count: int, says: bytes = b"") -> None:
    for _ in range(count):
        one = socket.socket(socket.AF_UNIX)
        one.connect(str(house.runtime / "signer.sock"))
        if says:
            one.sendall(says)
        held.append(one)


def test_idle_connections_do_not_keep_a_lock_or_a_stop_away(
    house: House, signer: SocketSigner, crowd: list[socket.socket]
) -> None:
    vault, pid = create(signer).vault, house.pid
    unlock(signer, vault)
    _fill(house, crowd, 200)
    newcomer = house.signer()
    assert newcomer.hello().unlocked_vaults == (vault,)
    newcomer.lock(vault)
    assert newcomer.hello().unlocked_vaults == ()
    _fill(house, crowd, 100)
    house.launcher.stop()
    assert not _runs(pid)


def test_when_all_are_at_work_hello_lock_and_stop_still_get_through(
    house: House, signer: SocketSigner, crowd: list[socket.socket]
) -> None:
    vault, pid = create(signer).vault, house.pid
    unlock(signer, vault)
    signer.close()
    _fill(house, crowd, 64, says=b"\0\0")  # half a length: each is at work for 20 s
    newcomer = SocketSigner(house.runtime / "signer.sock")
    with pytest.raises(SignerUnavailableError) as busy:
        _until_busy(house, crowd, newcomer)
    assert (busy.value.code, busy.value.retryable) == ("signer.busy", True)
    newcomer.lock()
    assert newcomer.hello().unlocked_vaults == ()
    newcomer.close()
    house.launcher.stop()
    assert not _runs(pid)


def _until_busy(house: House, crowd: list[socket.socket], newcomer: SocketSigner) -> None:
    """A stranger whose first bytes were not seen in time gave up the place; more come until all are at work."""
    for tried in range(200):
        newcomer.list_vaults()
        newcomer.close()
        _fill(house, crowd, 1, says=b"\0\0")
        _let_it_be_seen(tried)


def _let_it_be_seen(tried: int) -> None:
    """The thread of the newest stranger gets its turn: before it has read a byte it is idle, and makes room."""
    time.sleep(0.01 * (1 + tried // 20))  # longer where the machine is loaded


def _at_work(pid: int) -> int:
    """Connections whose thread lives; one that ends meanwhile is none."""
    count = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            count += (thread / "comm").read_text() == "connection\n"
    return count


@pytest.mark.parametrize("kind", [0, 1], ids=["passphrase", "key file"])
def test_a_secret_that_does_not_come_holds_no_seat_once_its_caller_is_gone(
    house: House, signer: SocketSigner, kind: int
) -> None:
    signer.close()
    pid, body = house.pid, bytes([0, kind])
    reading, writing = os.pipe()
    os.write(writing, b"half of it")
    _wait_until(lambda: _at_work(pid) == 0)
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(house.runtime / "signer.sock"))
        frame = request_frame(VerbNumber.UNLOCK_SYSTEM, 1, NO_TOKEN, body)
        socket.send_fds(caller, [frame], [reading])
        os.close(reading)
        _wait_until(lambda: _at_work(pid) == 1)
        time.sleep(0.3)
        assert _at_work(pid) == 1, "it waits for the other half"
    _wait_until(lambda: _at_work(pid) == 0)
    os.close(writing)


def test_an_answer_that_nobody_reads_frees_its_seat(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    body = Writer().text(vault).text(new_id()).long(TS_MS).long(0).number(100_000).forms(())
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.connect(str(house.runtime / "signer.sock"))
        deaf.sendall(request_frame(VerbNumber.DERIVE, 1, token, bytes(body.body)))
        begun = time.monotonic()
        _wait_until(lambda: "code=wire.gone" in house.log)  # 5 s after the kernel's buffer is full
        assert time.monotonic() - begun > 4, "a moment's pause is nothing"
    assert len(signer.derive(token, request(vault, 0, 100_000)).columns[0]) > 4_000_000, "who reads gets it all"


def _wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def test_one_who_is_turned_away_reads_why(house: House, signer: SocketSigner, crowd: list[socket.socket]) -> None:
    signer.close()
    _fill(house, crowd, 64 + 8, says=b"\0\0")
    late = SocketSigner(house.runtime / "signer.sock")
    with pytest.raises(SignerUnavailableError) as busy:
        _crowd_in(house, crowd, late)
    assert busy.value.code == "signer.busy"
    assert not isinstance(busy.value, SignerAbsentError)
    pid = house.pid
    house.launcher.stop()
    assert not _runs(pid)


def _crowd_in(house: House, crowd: list[socket.socket], late: SocketSigner) -> None:
    """More and more strangers, until ``late`` is turned away."""
    for tried in range(200):
        late.hello()
        late.close()
        _fill(house, crowd, 1, says=b"\0\0")
        _let_it_be_seen(tried)


def test_a_signer_whose_socket_was_removed_is_not_called_stopped(
    house: House, signer: SocketSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = house.pid
    signer.close()
    monkeypatch.setattr("jinku.custody.adapters.launcher._STOP_SECONDS", 0.2)
    (house.runtime / "signer.sock").unlink()
    with pytest.raises(SignerUnavailableError, match=f"kill -9 {pid}") as lied:
        house.launcher.stop()
    assert lied.value.exit_code == 1
    house.kill()
    monkeypatch.undo()
    house.launcher.stop()


def test_a_connection_that_breaks_is_not_taken_for_no_signer(tmp_path: Path) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(runtime / "signer.sock"))
        listener.listen()

        def hang_up() -> None:
            while True:
                try:
                    listener.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(SignerUnavailableError) as broke:
            Launcher(tmp_path / "home", runtime).stop()
        assert not isinstance(broke.value, SignerAbsentError)
        listener.shutdown(socket.SHUT_RDWR)
    Launcher(tmp_path / "home", tmp_path / "nobody").stop()


@pytest.mark.parametrize(("what", "code"), [("flipped", "envelope.damaged"), ("gone", "system.missing")])
def test_a_damaged_or_missing_system_file_is_no_impostor(
    house: House, signer: SocketSigner, what: str, code: str
) -> None:
    info: SignerInfo = signer.hello()
    house.stop()
    path = house.home / "signer" / "system.vault"
    sound = path.read_bytes()
    if what == "gone":
        path.unlink()
    else:
        path.write_bytes(b"?" + sound[1:])
    house.signer()
    pinned = SocketSigner(house.runtime / "signer.sock", pin=Pin(info.deployment, info.identity_public))
    with pytest.raises(VaultIntegrityError, match="system keys file") as refused:
        pinned.hello()
    assert (refused.value.code, refused.value.exit_code) == (code, 5)
    path.write_bytes(sound)
    assert pinned.hello().deployment == info.deployment
    other = SocketSigner(house.runtime / "signer.sock", pin=Pin(new_id(), info.identity_public))
    with pytest.raises(Exception, match="another program"):
        other.hello()
    pinned.close()
    other.close()


def test_a_signer_with_a_damaged_system_file_can_be_stopped(house: House, signer: SocketSigner) -> None:
    info = signer.hello()
    house.stop()
    (house.home / "signer" / "system.vault").write_bytes(b"?")
    pin = f'{{"deployment":"{info.deployment}","identity_public":"{info.identity_public}"}}'
    house.signer()
    pid = house.pid
    (house.home / "deployment.json").write_text(pin)
    house.launcher.stop()
    assert not _runs(pid)
