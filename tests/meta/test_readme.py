"""The README's commands run, in order, in a home of their own, and print what the README shows.

A block is run when `<!-- run -->` stands before its ```console. Lines after `$ ` are commands; what follows is their
output, compared line by line once numbers, ids, addresses and spaces are made equal. A line `…` skips any number of
lines, and a `…` at the end of a line leaves its rest open.
"""

import os
import re
import signal
import subprocess
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
    line = re.sub(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{8,}", "@", line)
    line = re.sub(r"[━─╸╺]+", "─", line)
    return " ".join(re.sub(r"\d[\d,.:]*", "#", line).split())


def missing(expected: list[str], actual: list[str]) -> Iterator[str]:
    """The expected lines that are not in the actual ones in this order; without `…` between, right after another."""
    lines = [plain(line) for line in actual if line.strip()]
    at, free = 0, False
    for line in expected:
        if not line.strip():
            continue
        if line.strip() == "…":
            free = True
            continue
        wanted = plain(line)
        candidates = range(at, len(lines)) if free else range(at, min(at + 1, len(lines)))
        for place in candidates:
            if lines[place] == wanted or (wanted.endswith("…") and lines[place].startswith(wanted[:-1].rstrip())):
                at, free = place + 1, False
                break
        else:
            yield f"not found: {wanted!r}; there is {lines[at : at + 3]!r}"
            return
    if at < len(lines) and not free:
        yield f"more than is shown: {lines[at : at + 3]!r}"


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


def test_every_marked_command_runs_and_prints_what_is_shown(tmp_path: Path) -> None:
    todo = steps((ROOT / "README.md").read_text())
    assert len(todo) >= 6, "the tour is missing"
    script = "".join(f"{step.command}\necho '{MARK}' $?\n" for step in todo)
    try:
        answer = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
    finally:
        stop_signers(tmp_path)
    parts = re.split(rf"^{MARK} \d+\n", answer.stdout, flags=re.MULTILINE)
    assert len(parts) == len(todo) + 1, answer.stdout
    found = [
        f"$ {step.command}\n  {line}\n{part}"
        for step, part in zip(todo, parts, strict=False)
        for line in missing(step.expected, part.splitlines())
    ]
    assert not found, "\n".join(found)


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
    ],
)
def test_the_comparison_is_loose_and_no_looser(shown: list[str], printed: list[str], fits: bool) -> None:
    assert (not list(missing(shown, printed))) == fits


def test_only_marked_blocks_are_run() -> None:
    text = "```console\n$ no\n```\n<!-- run -->\n```console\n$ a \\\n> b\nout\n$ c\n```\n"
    assert [(step.command, step.expected) for step in steps(text)] == [("a \\\nb", ["out"]), ("c", [])]
