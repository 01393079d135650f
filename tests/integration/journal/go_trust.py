"""The Go program of journal_bundle/go, told whom to believe: by a trust root's keys on its command line."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from go_tool import run_go

GO = Path(__file__).parents[1] / "journal_bundle" / "go"


def flags(root: Mapping[str, Any], quorum: int | None = None) -> list[str]:
    """The log's keys, the witnesses from outside, and how many of them have to cosign."""
    words = [word for vkey in root["journal"]["keys"] for word in ("-log", vkey)]
    outside = [one for one in root["witnesses"] if one["outside"]]
    words += [word for one in outside for word in ("-witness", ",".join(one["keys"]))]
    return [*words, "-quorum", str(root["quorum"] if quorum is None else quorum)]


def gobundle(verb: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """The program, run."""
    return run_go(GO, verb, *map(str, words))


def go_cosigned(note: Path, name: str, seed: int, time: int) -> tuple[list[str], bytes]:
    """The vkeys of a witness that is all Go, and the note with its two lines."""
    ran = gobundle("cosign", note, name, f"{seed:02x}" * 32, str(time))
    assert ran.returncode == 0, ran.stderr
    vkeys, _, longer = ran.stdout.partition("\n\n")
    return vkeys.splitlines(), longer.encode()
