"""The process is closed to others and tracers; the client tells death, silence, imposture apart."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from signer_house import House, create, plain_binary, request, serve, unlock

from jinku.custody.adapters.connection import Pin
from jinku.custody.adapters.signer_socket import SocketSigner
from jinku.custody.adapters.wire import HEADER, VerbNumber, Writer
from jinku.custody.errors import (
    SignerGoneError,
    SignerImpostorError,
    SignerTimeoutError,
    SignerUnavailableError,
)

NOBODY = 65_534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes users, so runs as root only")


def test_it_is_detached_hardened_and_its_files_are_closed(house: House, signer: SocketSigner) -> None:
    create(signer)
    pid = house.pid
    status = Path(f"/proc/{pid}/status").read_text()
    assert "Umask:\t0077" in status
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    core = next(line for line in limits if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    assert (int(stat[3]), int(stat[4])) == (pid, 0), "a session of its own, no terminal"
    assert {Path(f"/proc/{pid}/fd/{fd}").readlink().as_posix() for fd in (0, 1)} == {"/dev/null"}
    for folder in (house.runtime, house.home / "signer", house.home / "signer" / "vaults"):
        assert folder.stat().st_mode & 0o777 == 0o700
    files = [house.runtime / "signer.sock", house.runtime / "signer.pid", house.home / "logs" / "signer.log"]
    for path in [*files, *(house.home / "signer" / "vaults").iterdir(), house.home / "signer" / "system.vault"]:
        assert path.stat().st_mode & 0o777 == 0o600, path


def _as_nobody(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _as_user(NOBODY, code, *arguments)


def _as_user(uid: int, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``code`` runs as ``uid`` in group NOBODY; what it needs of the library is loaded before."""
    drop = f"os.setgroups([])\nos.setgid({NOBODY})\nos.setuid({uid})"
    script = f"import os, socket, subprocess, sys\n{drop}\n{code}"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


PROBE = """
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
try:
    s.connect(sys.argv[1])
    print(s.recv(4096))
except OSError as error:
    print(type(error).__name__)
"""


@needs_root
def test_another_user_is_stopped_by_the_folder_and_by_the_signer(house: House, signer: SocketSigner) -> None:
    path = house.runtime / "signer.sock"
    house.folder.parent.chmod(0o755)
    for folder in [house.folder, *list(house.folder.parents)[:3]]:
        folder.chmod(0o755)
    assert _as_nobody(PROBE, str(path)).stdout.strip() == "PermissionError"
    house.runtime.chmod(0o755)
    path.chmod(0o666)
    said = _as_nobody(PROBE, str(path)).stdout
    assert "signer.peer" in said
    assert f"found uid {NOBODY}" in said


@needs_root
def test_an_allowed_user_may_speak_to_a_signer_of_another(tmp_path: Path) -> None:
    for folder in [tmp_path, *list(tmp_path.parents)[:3]]:
        folder.chmod(0o755)
    house = House(tmp_path)
    house.runtime.mkdir(mode=0o710)
    house.runtime.chmod(0o2710)
    os.chown(house.runtime, 0, NOBODY)
    try:
        assert serve(house.home, house.runtime, "--allow-uid", str(NOBODY)).returncode == 0
        path = house.runtime / "signer.sock"
        assert path.stat().st_mode & 0o777 == 0o660
        assert path.stat().st_gid == NOBODY
        frame = HEADER.pack(6 + 64, 1, VerbNumber.HELLO, 1) + bytes(64)
        speak = PROBE.replace("print(s.recv(4096))", "s.sendall(bytes.fromhex(sys.argv[2])); print(s.recv(4096)[5])")
        assert _as_nobody(speak, str(path), frame.hex()).stdout.strip() == str(VerbNumber.HELLO | 0x80)
        said = _as_user(12_345, PROBE, str(path)).stdout
        assert "signer.peer" in said
        assert "found uid 12345" in said
    finally:
        house.stop()


@needs_root
def test_its_own_user_cannot_read_its_memory(tmp_path: Path) -> None:
    for folder in [tmp_path, *list(tmp_path.parents)[:3]]:
        folder.chmod(0o755)
    place = tmp_path / "own"
    place.mkdir()
    os.chown(place, NOBODY, NOBODY)
    code = """
binary, place = sys.argv[1:]
command = [binary, "serve", "--home", place + "/home", "--runtime", place + "/run"]
subprocess.run(command, check=True)
pid = open(place + "/run/signer.pid").read().strip()
for what in ("mem", "environ", "maps"):
    try:
        open(f"/proc/{pid}/{what}", "rb").read(1)
        print("open", what)
    except PermissionError:
        print("closed", what)
child = subprocess.Popen(["sleep", "30"])
open(f"/proc/{child.pid}/maps", "rb").read(1)
print("control open")
child.kill()
os.kill(int(pid), 15)
"""
    binary = tmp_path / "jinku-signer"
    binary.write_bytes(plain_binary().read_bytes())
    binary.chmod(0o755)
    done = _as_nobody(code, str(binary), str(place))
    assert done.stdout.split("\n")[:4] == ["closed mem", "closed environ", "closed maps", "control open"], done.stderr


def test_a_killed_signer_is_reported_and_the_next_command_starts_another(house: House, signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    house.kill()
    with pytest.raises(SignerGoneError) as gone:
        signer.derive(token, request(vault))
    assert gone.value.retryable
    assert house.ready().describe(vault).state == "locked"


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Callable[[Callable[[socket.socket], None]], Path]]:
    """A program that listens where the signer should."""
    listeners: list[socket.socket] = []

    def listen(answer: Callable[[socket.socket], None]) -> Path:
        folder = tmp_path / f"fake{len(listeners)}"
        folder.mkdir(mode=0o700)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(folder / "signer.sock"))
        listener.listen()
        listeners.append(listener)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        return folder / "signer.sock"

    yield listen
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _hello(identity: bytes, deployment: str, signature: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        head = HEADER.unpack(connection.recv(HEADER.size))
        connection.recv(head[0])
        body = Writer().byte(1).text("0.1.0").number(os.getpid()).text(deployment).byte(2)
        body.data(identity).data(signature).number(0).byte(1)
        connection.sendall(HEADER.pack(6 + len(body.body), 1, VerbNumber.HELLO | 0x80, head[3]) + bytes(body.body))

    return answer


def test_another_program_at_the_socket_gets_no_descriptor(
    signer: SocketSigner, fake: Callable[[Callable[[socket.socket], None]], Path]
) -> None:
    info = signer.hello()
    identity = bytes.fromhex(info.identity_public)
    pin = Pin(info.deployment, info.identity_public)
    cases = [
        _hello(bytes(32), info.deployment, bytes(64)),  # another key
        _hello(identity, info.deployment, bytes(64)),  # the pinned key's name without its signature
        _hello(identity, "01890a5d-ac96-774b-bcce-b302099a8057", bytes(64)),  # another deployment
    ]
    for answer in cases:
        client = SocketSigner(fake(answer), pin=pin, timeout_seconds=5)
        with pytest.raises(SignerImpostorError) as refused:
            client.list_vaults()
        assert refused.value.exit_code == 5
        client.close()


def test_a_replayed_hello_is_refused(
    house: House, signer: SocketSigner, fake: Callable[[Callable[[socket.socket], None]], Path]
) -> None:
    """The signer's true answer to another nonce does not open the door."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as spy:
        spy.connect(str(house.runtime / "signer.sock"))
        spy.sendall(HEADER.pack(6 + 64, 1, VerbNumber.HELLO, 1) + bytes(64))
        recorded = spy.recv(65536)

    def replay(connection: socket.socket) -> None:
        head = HEADER.unpack(connection.recv(HEADER.size))
        connection.recv(head[0])
        connection.sendall(recorded[:6] + head[3].to_bytes(4, "big") + recorded[10:])

    client = SocketSigner(fake(replay), timeout_seconds=5)
    with pytest.raises(SignerImpostorError):
        client.hello()
    client.close()


def _answers(data: bytes) -> Callable[[socket.socket], object]:
    def answer(connection: socket.socket) -> None:
        connection.recv(200)
        connection.sendall(data)

    return answer


def test_silence_death_and_nonsense_are_told_apart(
    fake: Callable[[Callable[[socket.socket], None]], Path],
) -> None:
    release = threading.Event()
    cases: list[tuple[Callable[[socket.socket], object], type[Exception], str]] = [
        (lambda c: release.wait(60), SignerTimeoutError, "signer.timeout"),
        (lambda c: c.recv(10), SignerGoneError, "signer.gone"),
        (_answers(b"\0\0\0\x09\1"), SignerGoneError, "signer.gone"),
        (_answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"), SignerUnavailableError, "signer.protocol"),
    ]
    for answer, kind, code in cases:
        client = SocketSigner(fake(answer), timeout_seconds=1 if kind is SignerTimeoutError else 60)  # type: ignore[arg-type]
        with pytest.raises(kind) as failed:
            client.hello()
        assert failed.value.code == code  # type: ignore[attr-defined]
        client.close()
    release.set()


def test_a_socket_in_a_folder_others_can_write_is_not_used(
    fake: Callable[[Callable[[socket.socket], None]], Path],
) -> None:
    path = fake(lambda c: None)
    path.parent.chmod(0o777)
    client = SocketSigner(path, timeout_seconds=1)
    with pytest.raises(SignerImpostorError):
        client.hello()


def test_several_threads_share_one_client(signer: SocketSigner) -> None:
    vault = create(signer).vault
    token = unlock(signer, vault)
    roots: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: roots.append(signer.derive(token, request(vault, n, 50)).start))
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(roots) == list(range(12))
