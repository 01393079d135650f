"""docs/reference/commands.md, written from the commands themselves: `python tools/commands_page.py --write`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from typer.main import get_command

from jinku.cli.root import BRANCHES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "commands.md"

_HEAD = """# Commands

Written from the program by `python tools/commands_page.py --write`; a test compares. Names, options and exit codes are
stable.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | another failure: no room, no signer, something bad found |
| 2 | usage: another command is needed |
| 3 | refused: by a lock, a limit, a rule of export, a wrong passphrase |
| 4 | not found |
| 5 | integrity broken: what is stored contradicts its own proof |

Every command takes `--home DIR` (`JINKU_HOME`, default `~/.jinku`) and `--json`. With `--json` the answer on stdout is
one JSON document, or JSON lines where there are many; progress, warnings and errors are JSON lines on stderr. An error
is `{"error": {"code", "message", "found", "expected", "advice", "retryable", "fields", "exit"}}`.

A secret comes from a prompt that does not echo, from a descriptor (`…-fd N`), or from a file (`…-file F`, or the
variable named beside it; a warning says that it lies on disk). The signer reads it by itself, and it is never an
argument: processes of the machine see those. Only a claim code and an extended public key (`--xpub`) may be one, with a
warning.

| variable | meaning |
|---|---|
| `JINKU_HOME` | the installation's folder |
| `JINKU_PASSPHRASE_FILE`, `JINKU_HOME_PASSPHRASE_FILE`, … | a secret's file, where no option names one |
| `JINKU_DATABASE_URL` | the database: [PostgreSQL](../operate/postgresql.md) instead of a file |
| `JINKU_TILES_URL`, `JINKU_TILES_LOCK` | the log's [bucket](../operate/object-store.md), and its locks |
| `JINKU_OUTSIDE_URL` | a bucket beyond the home's reach that remembers the last checkpoint |
| `JINKU_OWNER_CAP` | how many accounts one `--owner` may have over all jobs |
| `JINKU_RUNTIME_DIR`, `JINKU_SIGNER_UID` | socket folder and user of a signer that a service manager runs |
| `JINKU_DEBUG` | set to anything: errors show tracebacks |
| `NO_COLOR` | set to anything: no colours |
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def _parameter(parameter: Any, context: Any) -> str:
    record = parameter.get_help_record(context)
    if record is None:
        return ""
    name, text = record
    name = name.replace("|", "\\|")  # the table's own way, inside a code span, too
    return f"| `{name}` | {_cell(text)} |"


def _command(path: str, command: Any) -> list[str]:
    context = command.make_context(path, ["--help"], resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    usage = usage.replace("{", "").replace("}", "")
    level = "##" if path.count(" ") == 1 else "###"
    lines = [f"{level} `{path}`", "", f"`{path} {usage}`", "", command.help, ""]
    rows = [_parameter(p, context) for p in command.params if not {"--home", "--json"} & set(p.opts)]
    rows = [row for row in rows if row]
    if rows:
        lines += ["| option | |", "|---|---|", *rows, ""]
    return lines


def page() -> str:
    """The page as it should stand."""
    lines = [_HEAD]
    for name, (module, line) in BRANCHES.items():
        top = get_command(import_module(module).app)
        commands = getattr(top, "commands", None)
        if commands is None:
            lines += _command(f"jinku {name}", top)
            continue
        lines += [f"## `jinku {name}`", "", line, ""]
        for command in commands:
            lines += _command(f"jinku {name} {command}", commands[command])
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(page())
    elif PAGE.read_text() != page():
        sys.exit("docs/reference/commands.md is not what the commands say: python tools/commands_page.py --write")
