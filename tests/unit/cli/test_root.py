"""The tree of commands: its lines of help are true, it loads nothing it does not need, and secrets are no arguments."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import commands_page
import pytest
from typer.exceptions import TyperException
from typer.main import get_command

from jinku.cli.root import BRANCHES, app
from jinku.core import UsageError

ROOT = Path(__file__).resolve().parents[3]
CONTRACT = {
    "init": (),
    "doctor": (),
    "vault": ("create", "import", "lock", "unlock", "passphrase", "rekey", "describe", "list", "export"),
    "accounts": ("create", "list", "prove", "verify", "claim", "export"),
    "jobs": ("list", "show", "pause", "continue", "cancel", "write-off"),
    "signer": ("run", "start", "stop", "status", "unlock"),
    "evidence": ("key", "open"),
    "chains": ("check", "list"),
    "journal": (
        "show",
        "tail",
        "prove",
        "checkpoint",
        "flush",
        "verify",
        "rebuild",
        "catch-up",
        "new-origin",
        "settle",
        "serve",
        "anchor",
        "anchors",
        "anchor-add",
        "anchor-remove",
        "snapshot",
        "export",
    ),
    "trust": ("accept", "add", "check", "export", "rotate", "show", "url"),
    "policy": ("check", "diff", "explain", "reach", "simulate", "test"),
    "privacy": (
        "apply-tombstones",
        "erase",
        "export",
        "forget-bundle",
        "hold",
        "list",
        "release",
        "settle",
        "show",
        "status",
    ),
    "witness": (),
    "approver": (),
    "worker": (),
    "db": ("copy", "migrate", "status"),
    "completion": (),
    "version": (),
}


def test_exactly_the_commands_of_the_contract() -> None:
    assert set(BRANCHES) == set(CONTRACT)
    for name, expected in CONTRACT.items():
        command = get_command(import_module(BRANCHES[name][0]).app)
        assert set(getattr(command, "commands", {})) == set(expected), name


@pytest.mark.parametrize("name", BRANCHES)
def test_the_line_of_help_is_the_modules_own(name: str) -> None:
    module, line = BRANCHES[name]
    said = get_command(import_module(module).app).help or ""
    assert said.split("\n\n")[0].replace("\n", " ") == line


def test_every_command_has_home_and_json_and_no_secret_by_value() -> None:
    for name in BRANCHES.keys() - {"witness", "approver"}:  # other programs' words
        top = get_command(import_module(BRANCHES[name][0]).app)
        for command in getattr(top, "commands", {"": top}).values():
            options = {option for parameter in command.params for option in parameter.opts}
            assert {"--home", "--json"} <= options, (name, command.name)
            assert not {"--passphrase", "--mnemonic", "--password", "--key", "--xprv"} & options, (name, command.name)


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    assert commands_page.PAGE.read_text() == commands_page.page(), "run `python tools/commands_page.py --write`"
    assert "| `--at TIME\\|SIZE` |" in commands_page.page()  # one argument or the other, in a table, too


def test_help_loads_no_database_no_arrow_and_no_rich() -> None:
    code = (
        "import sys; sys.argv=['jinku','--help']\n"
        "from jinku.app.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        "heavy={'sqlalchemy','pyarrow','rich','alembic','jinku.ops','jinku.store','jinku._native'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", [["--home", "", "vault", "list"], ["vault", "list", "--home", ""]])
def test_an_empty_home_is_not_the_current_folder(words: list[str]) -> None:
    with pytest.raises(UsageError, match="names no folder"):
        get_command(app).main(words, standalone_mode=False)


def helps(columns: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The help of each command on a terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", columns)
    found = {}
    for name in BRANCHES:
        top = get_command(import_module(BRANCHES[name][0]).app)
        for word, command in {"": top, **getattr(top, "commands", {})}.items():
            context = command.make_context(f"jinku {name} {word}".strip(), [], resilient_parsing=True)
            found[f"{name} {word}".strip()] = command.get_help(context)
    return found


@pytest.mark.parametrize("columns", ["80", "100"])
def test_no_line_of_help_is_broken_by_the_terminal(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = helps(columns, monkeypatch)
    assert {"doctor", "vault", "vault create", "journal catch-up"} <= found.keys()
    long = [f"{name}: {line}" for name, text in found.items() for line in text.splitlines() if len(line) > int(columns)]
    assert not long


def test_help_of_the_witness_names_what_its_program_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    said = helps("80", monkeypatch)["witness"].split()
    usage = (ROOT / "crates/witness/src/command.rs").read_text(encoding="utf-8").partition("usage:")[2].split('";')[0]
    words = set(re.findall(r"jinku-witness ([a-z-]+) ", usage)) | set(re.findall(r"--[a-z-]+", usage)) - {"--version"}
    assert {"init", "add-log", "serve", "keys", "--listen", "--key-file"} <= words
    assert words <= {word.strip("[];,.") for word in said}


def test_help_of_the_approver_names_what_its_program_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    said = helps("80", monkeypatch)["approver"].split()
    usage = (ROOT / "crates/approver/src/words.rs").read_text(encoding="utf-8").partition("usage:")[2].split('";')[0]
    words = set(re.findall(r"jinku-approver ([a-z]+) ", usage)) | set(re.findall(r"--[a-z-]+", usage)) - {"--version"}
    assert {"init", "pin", "show", "approve", "reject", "--digest", "--out", "--dir"} <= words
    assert words <= {word.strip("[];,.") for word in said}


@pytest.mark.parametrize("words", [[], ["vault"], ["vault", "create"]])
def test_help_is_a_word_as_well(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for given in (["help", *words], [*words, "--help"]):
        get_command(app).main(given, prog_name="jinku", standalone_mode=False)
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert said[0].startswith("Usage: jinku")


def test_help_of_no_command_is_refused() -> None:
    with pytest.raises(TyperException, match="valut"):
        get_command(app).main(["help", "valut"], prog_name="jinku", standalone_mode=False)
