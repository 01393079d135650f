"""A home whose newest entries are lost: restored from an older backup, while somebody outside knows a later head."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli_home import HOME_SECRET, CliHome, Ran, pipe_of

import jinku
from jinku.custody.ports import SecretFd
from jinku.journal import SignedCheckpoint
from jinku.journal.notes import read_note
from jinku.journal.types import origin_number
from jinku.ops import new_origin as opening
from jinku.ops.platform import Platform
from jinku.ops.settings import Settings

VERIFY = Path(jinku.__file__).parent / "journal" / "verifier" / "verify.py"
SECRET = {"--home-passphrase-fd": HOME_SECRET}
LATER = 7  # entries that are lost at least


def opened(home: CliHome) -> Platform:
    """The installation, in this process. Its state folder is the one that the environment of the commands names."""
    return Platform.open(Settings.of(home.home, home.environment))


def fill(home: CliHome, count: int, word: str) -> None:
    """So many entries wait."""
    with opened(home) as platform, platform.database.unit() as unit:
        for number in range(count):
            unit.append_entry("test.filled", f"{word}-{number}", {"n": number})


def flush(home: CliHome, expect: int = 0) -> Ran:
    return home.run("journal", "flush", "--json", secrets=SECRET, expect=expect)


def new_origin(home: CliHome, *words: str, expect: int | None = 0) -> Ran:
    """The command."""
    return home.run("journal", "new-origin", "--reason", "restored", "--json", *words, secrets=SECRET, expect=expect)


def go_on(platform: Platform) -> None:
    """What the command does."""
    given = secret()
    try:
        opening.open_origin(platform, opening.prospect(platform), given, "restored")
    finally:
        os.close(given.fd)
    platform.reopen_journal()
    platform.journal.flush()


def numbers(home: CliHome) -> list[int]:
    """The later origins that have a folder in the home or in its state folder, in order."""
    folders = [*home.folder.glob("s/jinku/*/origin-*"), *home.home.glob("journal/origin-*")]
    return sorted({int(path.name.removeprefix("origin-")) for path in folders})


def number_of(document: dict[str, Any]) -> int:
    """Of the origin that a command tells of."""
    return origin_number(document["origin"])


def restored(home: CliHome, name: str, *, state: str = "") -> None:
    """The home is its copy of this name again; so is the state folder, where that is named."""
    for copy, place in ((name, home.home), (state, home.folder / "s")):
        if copy:
            shutil.rmtree(place)
            shutil.copytree(home.folder / copy, place)


def copied(home: CliHome, name: str, *, state: str = "") -> None:
    """A backup of home and state folder, while no signer runs."""
    home.run("signer", "stop")
    shutil.copytree(home.home, home.folder / name)
    if state:
        shutil.copytree(home.folder / "s", home.folder / state)


def head(home: CliHome, number: int = 1) -> SignedCheckpoint:
    """What is published under an origin of the log."""
    folder = home.home / "journal"
    return read_note((folder if number == 1 else folder / f"origin-{number}").joinpath("checkpoint").read_bytes())


def lose(home: CliHome, *keep: str, state: bool = False) -> tuple[int, SignedCheckpoint]:
    """The home is a backup's again, but for the paths in ``keep``, and so is its state folder unless ``state``.

    The size of the tree that is left, and the last head that was published.
    """
    flush(home)
    home.run("signer", "stop")
    backup, places = home.folder / "backup", [home.home, home.folder / "s"]
    shutil.rmtree(backup, ignore_errors=True)
    for place in places:
        shutil.copytree(place, backup / place.name)
    left = head(home).size
    fill(home, LATER, "lost")
    flush(home)
    last = head(home)
    home.run("signer", "stop")
    kept = {path: (home.home / path).read_bytes() for path in keep}
    for place in places[: 1 if state else 2]:
        shutil.rmtree(place)
        shutil.copytree(backup / place.name, place)
    for path, data in kept.items():
        (home.home / path).write_bytes(data)
    assert last.size >= left + LATER
    return left, last


def secret() -> SecretFd:
    """The home's own, to be read once; its reader closes it."""
    return SecretFd(pipe_of(HOME_SECRET))


def stranger(trust: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """``verify.py`` on a receipt or a bundle, without Jinku."""
    line = [sys.executable, "-I", str(VERIFY), *map(str, words), "--trust-root", str(trust)]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
