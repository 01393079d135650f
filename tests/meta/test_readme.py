"""The README's commands run, in order, in a home of their own, and print what the README shows.

A block is run when `<!-- run -->` stands before its ```console. Lines after `$ ` are commands; what follows is their
output, compared line by line once numbers, ids, addresses and spaces are made equal. A line `…` skips any number of
lines, and a `…` at the end of a line leaves its rest open. What goes to stderr may be shown or not.
"""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^<!-- run -->\n```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
MARK = "@@ next command"


@dataclass
class Step:
    command: str
    expected: list[str] = field(default_factory=list)


def steps(text: str) -> list[Step]:
    """The commands of every marked block, each with the output that is shown for it."""
    found: list[Step] = []
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Step(line[2:]))
            elif line.startswith("> ") and not found[-1].expected:
                found[-1].command += "\n" + line[2:]
            else:
                found[-1].expected.append(line)
    return found


def plain(line: str) -> str:
    """The line with what differs from run to run made equal."""
    line = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line)
    line = re.sub(r"/[\w./-]*/", "/", line)
    line = re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "@", line)
    line = re.sub(r"\b[0-9a-f]{8}\b|\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{8,}", "@", line)
    line = re.sub(r"[━─╸╺]+", "─", line)
    return " ".join(re.sub(r"\d[\d,.:]*", "#", line).split())


def missing(expected: list[str], out: list[str], err: list[str] | None = None) -> Iterator[str]:
    """What is shown and was not printed, or was printed to stdout and is not shown; of stderr any part may be shown."""
    printed = [plain(line) for line in out if line.strip()]
    noted = [plain(line) for line in err or [] if line.strip()]
    free = False
    for line in expected:
        wanted = plain(line)
        if wanted == "…":
            free = True
        elif wanted and (place := _find(wanted, printed, free)) is not None:
            printed, free = printed[place + 1 :], False
        elif wanted and (place := _find(wanted, noted, True)) is not None:
            noted = noted[place + 1 :]
        elif wanted:
            yield f"not printed: {wanted!r}; next was {printed[:2]!r}"
            return
    if printed and not free:
        yield f"printed and not shown: {printed[:3]!r}"


def _find(wanted: str, lines: list[str], free: bool) -> int | None:
    for place, line in enumerate(lines if free else lines[:1]):
        if line == wanted or (wanted.endswith("…") and line.startswith(wanted[:-1].rstrip())):
            return place
    return None


def environment(place: Path) -> dict[str, str]:
    (place / "runtime").mkdir(mode=0o700)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JINKU_")}
    return {
        **kept,
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "HOME": str(place),
        "XDG_RUNTIME_DIR": str(place / "runtime"),
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
    }


def stop_signers(place: Path) -> None:
    for file in place.rglob("signer.pid"):
        try:
            os.kill(int(file.read_text().split()[0]), signal.SIGTERM)
        except (ValueError, IndexError, ProcessLookupError):
            continue


@pytest.fixture
def folder() -> Iterator[Path]:
    """Its path is short, for a socket's path may have 107 bytes and a worker's tmp_path is long."""
    with tempfile.TemporaryDirectory(prefix="jk") as path:
        yield Path(path)


def test_every_marked_command_runs_and_prints_what_is_shown(folder: Path) -> None:
    todo = steps((ROOT / "README.md").read_text())
    assert len(todo) >= 6, "the tour is missing"
    errors = folder / "stderr"
    errors.mkdir()
    script = "".join(f"exec 2>{errors}/{n}\n{step.command}\necho '{MARK}'\n" for n, step in enumerate(todo))
    (folder / "clone").mkdir()
    try:
        answer = subprocess.run(
            ["bash", "-c", script],
            cwd=folder / "clone",
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
            check=False,
        )
    finally:
        stop_signers(folder)
    parts = answer.stdout.split(f"{MARK}\n")
    assert len(parts) == len(todo) + 1, answer.stdout
    for number, step in enumerate(todo):
        noted = (errors / str(number)).read_text()
        found = list(missing(step.expected, parts[number].splitlines(), noted.splitlines()))
        assert not found, f"$ {step.command}\n{found[0]}\n{parts[number]}{noted}"


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        (["made 12 accounts"], ["made 7,000 accounts"], True),
        (["made 12 accounts"], ["made 12 wallets"], False),
        (["at bc1p0xlxvlhemja6c4"], ["at bc1pz37fc4cn9ah8anwm4"], True),
        (["one", "…", "three"], ["one", "two", "three"], True),
        (["one", "three"], ["one", "two", "three"], False),
        (["one"], ["one", "two"], False),
        (["one", "…"], ["one", "two"], True),
        (["a long …"], ["a long line"], True),
        (["one", "two"], ["one"], False),
        (["noted", "one"], ["one"], True),
        (["one", "noted, too"], ["one"], True),
        (["noted, too", "noted", "one"], ["one"], False),
    ],
)
def test_the_comparison_is_loose_and_no_looser(shown: list[str], printed: list[str], fits: bool) -> None:
    assert (not list(missing(shown, printed, ["noted", "noted, too"]))) == fits


def test_no_shown_command_can_ask_when_the_tour_is_pasted() -> None:
    """With the home's keys locked, a command that needs them asks at a terminal and swallows the lines after it."""
    locked = False
    for step in steps((ROOT / "README.md").read_text()):
        asks = "accounts create" in step.command or "vault unlock" in step.command
        if locked and asks:
            assert "< /dev/null" in step.command, step.command
        locked = locked or step.command.startswith(("jinku vault lock", "jinku signer stop"))
    assert locked, "the tour no longer locks"


def test_a_terminal_is_left_no_variable_of_the_tour() -> None:
    commands = [step.command for step in steps((ROOT / "README.md").read_text())]
    made = [word.partition("=")[0] for line in commands if line.startswith("export JINKU") for word in line.split()[1:]]
    assert made
    assert all(name in commands[-1].partition("unset ")[2].split() for name in made)


def test_only_marked_blocks_are_run() -> None:
    text = "```console\n$ no\n```\n<!-- run -->\n```console\n$ a \\\n> b\nout\n$ c\n```\n"
    assert [(step.command, step.expected) for step in steps(text)] == [("a \\\nb", ["out"]), ("c", [])]
