"""After lock nothing of a vault's secrets is left in the signer's memory, and this process never held any.

Memory is read through /proc as root. The search is first shown to find what is there: a marker in the signer's heap,
and every secret in a process that does hold them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from signer_house import HOME_PASS, VAULT_PASS, House, imported, unlock

from jinku.custody.ports import ImportKind
from jinku.ops.scan import Needle, Scanner

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="reads another process's memory, so runs as root only")
MARKER = "marker-of-the-heap-5f1c"
LIVES = {"lock": 600, "time-out": 30}  # seconds; platform_process.py waits for the end of those that are brief

# Needles are made in a child process; its source holds some of them, so it is never the one that is scanned.
MAKE = r"""
import base64, hashlib, hmac, sys
words = " ".join(["test"] * 11 + ["junk"]).encode()
seed = hashlib.pbkdf2_hmac("sha512", words, b"mnemonic", 2048)
master = hmac.new(b"Bitcoin seed", seed, hashlib.sha512).digest()
key = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
secrets = {
    "words": words, "entropy": bytes.fromhex("df9bf37e6fcdf9bf37e6fcdf9bf37e3c"), "seed": seed[:32],
    "seed's end": seed[32:], "master key": master[:32], "master chain code": master[32:], "account key": key,
    "vault passphrase": b"one vault's " + b"passphrase", "home passphrase": b"the home's own" + b" passphrase",
}
def spellings(data):
    yield "raw", data
    yield "reversed", data[::-1]
    yield "hex", data.hex().encode()
    yield "HEX", data.hex().upper().encode()
    yield "utf-16", data.decode("latin-1").encode("utf-16-le")
    yield "words of 8, reversed", b"".join(data[i:i+8][::-1] for i in range(0, len(data), 8))
    for lead in range(3):
        coded = base64.b64encode(b"x" * lead + data)[4 if lead else 0:]
        yield f"base64 at {lead}", coded[:len(coded) // 4 * 4 - 4]
needles = {f"{name}, {how}": data[:24] for name, whole in secrets.items() for how, data in spellings(whole)}
"""
SCAN = (
    MAKE
    + r"""
import json
needles["marker"] = b"marker-of-" + b"the-heap-5f1c"
found, unreadable, read = set(), 0, 0
pid = int(sys.argv[1])
mem = open(f"/proc/{pid}/mem", "rb", 0)
for line in open(f"/proc/{pid}/maps"):
    fields = line.split()
    start, end = (int(text, 16) for text in fields[0].split("-"))
    if not fields[1].startswith("r") or fields[-1] in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
        continue
    try:
        mem.seek(start)
        data = mem.read(end - start)
    except OSError:
        unreadable += end - start
        continue
    read += len(data)
    found |= {name for name, needle in needles.items() if needle in data}
print(json.dumps({"found": sorted(found), "read": read, "unreadable": unreadable, "needles": len(needles)}))
"""
)


def _scan(pid: int) -> tuple[set[str], int]:
    """(what was found, bytes that the kernel shows to nobody)."""
    done = subprocess.run([sys.executable, "-c", SCAN, str(pid)], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["read"] > 1 << 20
    assert answer["needles"] >= 80
    return set(answer["found"]), answer["unreadable"]


def test_the_search_finds_every_spelling_in_a_process_that_holds_them() -> None:
    with _talking("-c", MAKE + "\nprint('ready', flush=True)\nsys.stdin.read()") as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        found, _ = _scan(holder.pid)
    assert len(found) >= 80


@contextmanager
def _talking(*words: str, pass_fds: Sequence[int] = ()) -> Iterator[subprocess.Popen[str]]:
    """A Python process with pipes to and from it; it does not outlive the test."""
    with subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=pass_fds, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def _pipe(data: bytes) -> int:
    read_end, write_end = os.pipe()
    os.write(write_end, data)
    os.close(write_end)
    return read_end


@pytest.mark.parametrize("how", ["lock", "time-out"])
def test_nothing_is_left_after_a_lock_and_the_platform_never_held_any(house: House, how: str) -> None:
    home_pass, vault_pass = b"the home's own passphrase", b"one vault's passphrase"
    words, another = b"test " * 11 + b"junk\n", b"a keystore's passphrase"
    order = [home_pass, words, vault_pass, words, vault_pass, vault_pass, vault_pass, another]
    with ExitStack() as left_open:
        fds = [_pipe(data) for data in order]
        for fd in fds:
            left_open.callback(os.close, fd)
        arguments = [house.home, house.runtime, MARKER, LIVES[how], *fds]
        script = str(Path(__file__).with_name("platform_process.py"))
        platform = left_open.enter_context(_talking(script, *map(str, arguments), pass_fds=fds))
        assert platform.stdout is not None
        assert platform.stdin is not None
        pids = json.loads(platform.stdout.readline())
        if how == "lock":  # a token's life may be over before this search is, where the machine is slow
            found, hidden = _scan(pids["signer"])
            assert "marker" in found, "the search reaches the signer's heap"
            if hidden == 0:  # without memfd_secret root can read guarded pages: then the seed has to be seen here
                assert any(name.startswith("seed") for name in found)
        mine, _ = _scan(pids["me"])
        assert mine == {"marker"}, "the platform's process holds no secret while the vault is open"
        platform.stdin.write("\n")
        platform.stdin.flush()
        assert json.loads(platform.stdout.readline()) == pids
        left, _ = _scan(pids["signer"])
        assert left == set(), "no secret, and no header either"
        mine, _ = _scan(pids["me"])
        assert mine == {"marker"}
        platform.stdin.write("\n")
        platform.stdin.close()
        assert platform.wait(60) == 0


HOLDER = "import sys; held = sys.stdin.buffer.read(int(sys.argv[1])); print(flush=True); sys.stdin.buffer.read()"


def _core(pid: int, folder: Path, name: str) -> Path:
    gcore = shutil.which("gcore")
    if gcore is None:
        pytest.skip("gcore is not installed: apt-get install gdb")
    subprocess.run([gcore, "-o", str(folder / name), str(pid)], check=True, capture_output=True)
    return folder / f"{name}.{pid}"


def _needles(marker: bytes) -> list[Needle]:
    words = "test " * 11 + "junk"
    seed = hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048)
    master = hmac.digest(b"Bitcoin seed", seed, "sha512")
    return [
        Needle("marker", marker),
        Needle("words", words=tuple(words.split())),
        Needle("seed", seed),
        Needle("master key", master[:32]),
        Needle("master chain code", master[32:]),
        Needle("vault passphrase", VAULT_PASS),
        Needle("home passphrase", HOME_PASS),
    ]


def test_a_core_image_holds_no_secret(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that allows cores writes one; guarded pages and the wiped heap leave nothing in it.

    The same search finds the open vault's name in the core, so it reaches the signer's heap; and it finds every
    spelling of every secret in the core of a process that does hold them.
    """
    monkeypatch.setenv("JINKU_SIGNER_ALLOW_CORE", "1")
    scanner = Scanner(_needles(MARKER.encode()))
    held = b"".join(b"\0" + spelling.data for spelling in scanner.spellings)
    command = [sys.executable, "-c", HOLDER, str(len(held))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write(held)
        holder.stdin.flush()
        holder.stdout.readline()
        found = scanner.scan_file(_core(holder.pid, tmp_path, "holder"))
        holder.stdin.close()
    assert {(f.needle, f.encoding) for f in found} == {(s.needle, s.encoding) for s in scanner.spellings}
    signer = house.ready()
    vault = imported(signer, ImportKind.MNEMONIC, b"test " * 11 + b"junk", name=MARKER).vault
    unlock(signer, vault)
    assert {f.needle for f in scanner.scan_file(_core(house.pid, tmp_path, "open"))} == {"marker"}
    signer.lock(vault)
    assert scanner.scan_file(_core(house.pid, tmp_path, "locked")) == []
