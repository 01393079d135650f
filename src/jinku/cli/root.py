"""The tree of commands. A branch is loaded when it is used, so that ``jinku --help`` answers at once."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as installed
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort
from typer.main import get_command

__all__ = ["BRANCHES", "app"]

# name: (module, one line of help). A unit test compares the lines with what the modules say of themselves.
BRANCHES = {
    "init": ("jinku.cli.init", "Make a new installation: home, database, signer and system keys."),
    "doctor": ("jinku.cli.doctor", "Say what is wrong with this installation and what to do."),
    "vault": ("jinku.cli.vault", "Create, import, unlock and look after vaults."),
    "accounts": ("jinku.cli.accounts", "Create accounts in bulk; list, prove, verify, claim and export them."),
    "jobs": ("jinku.cli.jobs", "See and steer the jobs that create accounts."),
    "signer": ("jinku.cli.signer", "Start, stop and unlock the process that holds the keys."),
    "evidence": ("jinku.cli.evidence", "The auditor's key, and opening what was sealed to it."),
    "chains": ("jinku.cli.chains", "The chains and endpoints of chains.toml: what it says, and whether they serve."),
    "journal": ("jinku.cli.journal", "The tamper-evident log: show, prove and verify what was done."),
    "trust": ("jinku.cli.trust", "The trust root: whom an auditor's verifier believes."),
    "witness": (
        "jinku.cli.witness",
        "Run the shipped jinku-witness, which cosigns the checkpoints of logs that it has seen grow.",
    ),
    "policy": ("jinku.cli.policy", "Write a policy and try it out: check, explain, test, simulate, compare."),
    "approver": (
        "jinku.cli.approver",
        "Run the shipped jinku-approver, which shows what an intent asks for and signs what its owner decides.",
    ),
    "privacy": ("jinku.cli.privacy", "What is held about people: legal holds, erasure, the keys of subjects."),
    "worker": ("jinku.cli.worker", "Publish what other processes write, about a second later, until SIGTERM or ^C."),
    "db": ("jinku.cli.db", "The database: where it stands, bringing it up to date, moving it to PostgreSQL."),
    "completion": ("jinku.cli.completion", "Print the completion script of your shell."),
    "version": ("jinku.cli.version", "Print the versions of jinku and of its signer."),
}


class _Branches(TyperGroup):
    """A group whose commands are named by ``BRANCHES`` and loaded on use."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands.update(dict.fromkeys(BRANCHES))  # type: ignore[arg-type]  # names for suggestions; get_command loads

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in BRANCHES:
            return None
        command = get_command(import_module(BRANCHES[cmd_name][0]).app)
        command.name = cmd_name
        return command

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """``jinku help vault create`` asks for what ``jinku vault create --help`` shows."""
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """An interrupt leaves as what the supervisor tells of; typer would make it an exit without a word."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Abort from error

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in BRANCHES.items()])


app = typer.Typer(
    cls=_Branches,
    name="jinku",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 other failure, 2 usage, 3 refused, 4 not found, 5 integrity broken.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"jinku {installed('jinku')}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    home: Annotated[
        str | None,
        typer.Option("--home", metavar="DIR", help="The installation's folder [env: JINKU_HOME; default: ~/.jinku]."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Jinku, a wallet platform: wallets in bulk on six chain families, no key in plaintext."""
    ctx.obj = {"home": home, "json": as_json}
