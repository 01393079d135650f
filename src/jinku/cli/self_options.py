"""How self-mode wallets are made and delivered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from jinku.accounts import Mode
from jinku.cli.account_files import read_text
from jinku.cli.choices import Language, Words
from jinku.core import UsageError

__all__ = ["SelfOptions", "check_self", "recipients_from"]

_LEAST_BYTES = 64 << 20
_BYTES_A_RECIPIENT = 128


@dataclass(frozen=True, slots=True)
class SelfOptions:
    """The options as given."""

    recipients: Annotated[Path | None, typer.Option(metavar="F", help="Self mode: age recipients, one a line.")] = None
    codes_fd: Annotated[int | None, typer.Option(metavar="N", help="Self mode: write claim codes here.")] = None
    codes_file: Annotated[Path | None, typer.Option(metavar="F", help="Self mode: write claim codes to this file.")] = (
        None
    )
    blobs: Annotated[Path | None, typer.Option(metavar="DIR", help="Self mode: write one age file an account.")] = None
    words: Annotated[Words, typer.Option(help="Self mode: words of each mnemonic.")] = Words.W24
    language: Annotated[
        Language, typer.Option(metavar="L", help=f"Self mode: language of each mnemonic: {', '.join(Language)}.")
    ] = Language.ENGLISH


def check_self(options: SelfOptions, mode: Mode) -> None:
    """Nothing that belongs to self mode is asked of another mode."""
    named = {
        "--recipients": options.recipients,
        "--codes-fd": options.codes_fd,
        "--codes-file": options.codes_file,
        "--blobs": options.blobs,
    }
    given = [name for name, value in named.items() if value is not None]
    if given and mode is not Mode.SELF:
        raise UsageError(f"{given[0]} belongs to self mode", found=f"--mode {mode.value}", expected="--mode self")
    if mode is Mode.SELF and not given:
        expected = "--recipients F, or --codes-fd N or --codes-file F for claim codes"
        raise UsageError("nobody would receive the wallets", expected=expected)
    if options.recipients and (options.codes_fd is not None or options.codes_file is not None):
        raise UsageError("wallets go to recipients or to claim codes", found="both", expected="one of them")
    if options.blobs and not options.recipients:
        raise UsageError("--blobs writes what was encrypted to recipients", expected="--recipients F")


def recipients_from(path: Path | None, count: int) -> tuple[str, ...]:
    """The age recipients of a file, one a line, as many as accounts."""
    if path is None:
        return ()
    text = read_text(path, "file of recipients", max(_LEAST_BYTES, _BYTES_A_RECIPIENT * count), "ascii")
    lines = [line.strip() for line in text.splitlines()]
    found = tuple(line for line in lines if line and not line.startswith("#"))
    if len(found) != count:
        raise UsageError(
            "each self-mode account needs its own recipient",
            found=f"{len(found):,} recipients in {path}",
            expected=f"{count:,}, one a line",
        )
    return found
