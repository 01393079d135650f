"""`python -m demo`: six acts in a temporary home, removed afterwards. Exit code 1 when a claim does not hold."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from demo.acts import Play, fifth, first, fourth, second, third
from demo.auditing import sixth
from demo.stage import ClaimError, Stage

_OPENING = """[b]Jinku[/b] makes wallets in bulk, keeps their keys in one small process, and proves what it made.

Six acts: about a minute to run on two free cores, ten to read. All of it is real. Each line after a $ is a command of
the program you just built, run as shown in a temporary home, without a server or a network. Nothing is slowed down or
left out; only the seed's choices (where the kill falls, which row the thief picks) differ from run to run.

[dim]home[/]  {home}
[dim]seed[/]  {seed}"""

_NEXT = """{done}

What to type next:

[bold green]$[/] export PATH=$PWD/.venv/bin:$PATH
[bold green]$[/] export JINKU_HOME=$PWD/try
[bold green]$[/] jinku init
[bold green]$[/] jinku vault create main --tier hot
[bold green]$[/] jinku accounts create --vault main --count 1000 --out accounts.parquet
[bold green]$[/] jinku accounts list --vault main --chain bitcoin
[bold green]$[/] jinku doctor
[bold green]$[/] jinku --help

All of it lies in the folder try; to be rid of it: jinku signer stop && rm -r try.

README.md has a tour. SECURITY.md says who is believed for what, LIMITATIONS.md what is not protected. This run again:
.venv/bin/python -m demo --seed {seed}"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="make the same choices as an earlier run")
    parser.add_argument("--accounts", type=int, default=200_000, metavar="N", help="customer accounts (200000)")
    parser.add_argument("--users", type=int, default=500, metavar="N", help="self-mode wallets (500)")
    parser.add_argument("--times", action="store_true", help="say at the end how long each part took")
    parser.add_argument("--keep", action="store_true", help="leave the home and the signer behind")
    return parser.parse_args()


def _environment(work: Path) -> dict[str, str]:
    """The caller's, without what would point the commands elsewhere; what is kept outside the home lies beside it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("JINKU_")}
    return own | {"XDG_STATE_HOME": str(work / "state")}


def _play(stage: Stage, work: Path, arguments: argparse.Namespace, seed: int) -> int:
    play = Play(stage, work, random.Random(seed), arguments.accounts, arguments.users)
    try:
        for act in (first, second, third, fourth, fifth, sixth):
            begin = time.perf_counter()
            act(play)
            stage.times.append((f"act {act.__name__}", time.perf_counter() - begin))
    except ClaimError as error:
        stage.console.print(Panel(Text(str(error)), title="a claim did not hold", border_style="red"))
        stage.console.print(f"seed {seed}")
        return 1
    except KeyboardInterrupt:
        stage.steady()
        stage.console.print("interrupted; tidying up")
        return 130
    return 0


def main() -> int:
    """Plays; what was made is removed, whatever happens."""
    arguments = _arguments()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    work = Path(tempfile.mkdtemp(prefix="jinku-demo-"))
    console = Console(highlight=False, width=min(Console().width, 100))
    stage = Stage(console, work / "home", _environment(work))
    for number in (signal.SIGTERM, signal.SIGHUP):  # a terminal that closes ends the play, too, and tidies up
        signal.signal(number, lambda *_: sys.exit(1))
    begin = time.perf_counter()
    stage.opening("金库 Jinku", _OPENING.format(home=stage.home, seed=seed))
    try:
        code = _play(stage, work, arguments, seed)
    finally:
        if not arguments.keep:
            stage.quietly(["signer", "stop"])
            shutil.rmtree(work, ignore_errors=True)
    if code == 0:
        took = f"{time.perf_counter() - begin:.0f} s"
        done = f"{len(stage.checked)} claims were checked in {took}, and all hold. The temporary home is gone."
        console.print()
        stage.opening("The end, and a beginning", _NEXT.format(done=done, seed=seed))
    if arguments.times:
        for what, seconds in stage.times:
            console.print(f"{seconds:6.1f} s  {what}", style="dim")
    return code


if __name__ == "__main__":
    sys.exit(main())
