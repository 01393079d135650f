"""At a terminal: prompts that do not echo, a bar, a confirmation typed twice; no traceback, whatever is pressed."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

from cli_home import HOME_SECRET, JINKU, VAULT_SECRET, WORDS, CliHome
from processes import state


class Terminal:
    """A command that runs at a pseudo-terminal of its own."""

    def __init__(self, home: CliHome, *words: str, env: dict[str, str] | None = None) -> None:
        self.shown = b""
        pid, self._fd = pty.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a suite that runs in the background ignores it
            os.execve(
                JINKU, ["jinku", *words], home.environment | {"TERM": "xterm-256color", "COLUMNS": "100"} | (env or {})
            )
        self.pid = pid

    def until(self, text: str, seconds: float = 60) -> None:
        """The text is on the screen."""
        end = time.monotonic() + seconds
        while text.encode() not in self.shown:
            assert time.monotonic() < end, f"no {text!r} in {self.shown.decode(errors='replace')}"
            if not self._read(0.2) and self._ended():
                raise AssertionError(f"ended without {text!r}: {self.shown.decode(errors='replace')}")

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._fd], [], [], seconds)
        if not ready:
            return True
        try:
            got = os.read(self._fd, 65536)
        except OSError:
            return False
        self.shown += got
        return bool(got)

    def _ended(self) -> bool:
        return state(self.pid) in {"", "Z"}

    def type(self, text: bytes) -> None:
        """Keys are pressed."""
        os.write(self._fd, text)

    def type_hidden(self, text: bytes) -> None:
        """Keys are pressed when the echo is off: the prompt is written before that."""
        end = time.monotonic() + 60
        while termios.tcgetattr(self._fd)[3] & termios.ECHO:
            assert time.monotonic() < end, "the echo stays on"
            time.sleep(0.01)
        self.type(text)

    def end(self) -> int:
        """The exit code, with everything that was shown."""
        while self._read(0.5) and not self._ended():
            pass
        while self._read(0.1) and select.select([self._fd], [], [], 0)[0]:
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self._fd)
        return os.waitstatus_to_exitcode(status)


def test_init_and_unlock_by_prompt_echo_nothing(fresh: CliHome) -> None:
    at = Terminal(fresh, "init")
    at.until("New passphrase of this home")
    at.type_hidden(HOME_SECRET + b"\r")
    at.until("Again")
    at.type_hidden(HOME_SECRET + b"\r")
    assert at.end() == 0, at.shown
    assert HOME_SECRET not in at.shown
    fresh.run("signer", "stop")
    fresh.run("signer", "unlock", secrets={"--passphrase-fd": HOME_SECRET})


def test_two_entries_that_differ_are_refused(fresh: CliHome) -> None:
    at = Terminal(fresh, "init")
    at.until("New passphrase of this home")
    at.type_hidden(b"first entry of two\r")
    at.until("Again")
    at.type_hidden(b"second entry of two\r")
    assert at.end() not in {0, 130}
    assert b"Traceback" not in at.shown
    assert not (fresh.home / "deployment.json").exists()


def test_an_interrupt_at_the_prompt_leaves_quietly(own: CliHome) -> None:
    at = Terminal(own, "vault", "create", "x", "--tier", "hot")
    at.until("New passphrase of the vault x")
    at.type_hidden(b"half a secr\x03")
    assert at.end() == 130
    assert b"Traceback" not in at.shown
    assert b"half a secr" not in at.shown
    assert own.run("vault", "list", "--json").lines == []


def test_a_bulk_job_asks_for_what_is_locked_and_shows_a_bar(own: CliHome) -> None:
    own.vault("main", unlock=False)
    own.run("signer", "stop")
    at = Terminal(own, "accounts", "create", "--vault", "main", "--count", "3000", "--chunk", "500")
    at.until("Passphrase of this home")
    at.type_hidden(HOME_SECRET + b"\r")
    at.until("Passphrase of the vault main")
    at.type_hidden(VAULT_SECRET + b"\r")
    assert at.end() == 0, at.shown
    assert b"3,000/3,000" in at.shown
    assert b"/s" in at.shown
    assert VAULT_SECRET not in at.shown


def test_an_interrupted_job_says_how_to_go_on_and_shows_as_stopped(own: CliHome) -> None:
    own.vault("main")
    own.accounts(5)
    create = ("accounts", "create", "--vault", "main", "--count", "400", "--chains", "evm", "--chunk", "20")
    at = Terminal(own, *create, "--rate", "40")
    at.until("jinku jobs continue ")
    at.until("20/400")
    at.type(b"\x03")
    assert at.end() == 130
    job = own.run("jobs", "list", "--json").lines[-1]
    assert (job["state"], job["stopped"]) == ("running", True)
    assert f"job {job['job']} stands at {job['done']} of 400".encode() in at.shown
    assert f"jinku jobs continue {job['job']}".encode() in at.shown.split(b"accounts.interrupted")[1]
    assert "stopped" in own.run("jobs", "list").out
    vault = own.run("vault", "describe", "main", "--json").document
    assert (vault["accounts"], vault["next_index"]) == (5 + int(str(job["done"])), 405)
    own.run("jobs", "cancel", str(job["job"]))
    assert own.run("jobs", "show", str(job["job"]), "--json").document["stopped"] is False


def test_no_color_is_honoured(own: CliHome) -> None:
    at = Terminal(own, "doctor", "--quick", env={"NO_COLOR": "1"})
    assert at.end() == 0
    assert b"\x1b[1;3" not in at.shown
    assert b"\x1b[32m" not in at.shown
    plain = Terminal(own, "doctor", "--quick")
    plain.end()
    assert b"\x1b[32m" in plain.shown


def test_an_export_takes_two_prompts(own: CliHome) -> None:
    own.vault("main")
    fingerprint = str(own.run("vault", "describe", "main", "--json").document["fingerprint"])
    for answer, code in (("no", 3), ("yes", 0)):
        at = Terminal(own, "vault", "export", "main")
        at.until("Type the fingerprint")
        at.type(fingerprint.encode() + b"\r")
        at.until("Really write it?")
        at.type(answer.encode() + b"\r")
        if code == 0:
            at.until("Passphrase of the vault main")
            at.type_hidden(VAULT_SECRET + b"\r")
        assert at.end() == code, at.shown
        numbered = b" ".join(re.findall(rb"\b[0-9]{1,2} ([a-z]+)", at.shown))
        assert (WORDS.encode() in numbered) is (code == 0)
    at = Terminal(own, "vault", "export", "main")
    at.until("Type the fingerprint")
    at.type(b"00000000\r")
    assert at.end() == 3
    assert b"Really" not in at.shown


def test_a_reader_that_goes_away_is_no_error(own: CliHome) -> None:
    own.vault("main")
    own.accounts(3000, "--chains", "evm")
    done = subprocess.run(
        f"'{JINKU}' accounts list --vault main | head -n 2",
        shell=True, capture_output=True, text=True, env=own.environment, check=True,
    )  # fmt: skip
    assert (len(done.stdout.splitlines()), done.stderr) == (2, "")
