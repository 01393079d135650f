"""How a command is declared: its body takes a Session first; the options that all share are added here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperGroup

from jinku.cli.output import Output
from jinku.cli.session import PASSPHRASE_VARIABLE, SecretOptions, Session
from jinku.core import UsageError
from jinku.ops.settings import Settings

__all__ = [
    "AUDITOR",
    "CODE",
    "CREATING",
    "HOME",
    "KEYSTORE",
    "MATERIAL",
    "NEW",
    "OPENING",
    "SecretKind",
    "branch",
    "command",
]


@dataclass(frozen=True, slots=True)
class SecretKind:
    """The options by which a command is given one secret; the body receives them as ``name``."""

    name: str
    stem: str
    variable: str
    what: str
    key_file: str = ""  # the option that names an existing key file, if one will do
    new_key_file: str = ""  # the option that makes a key file, if one may be made


OPENING = SecretKind("secret", "--passphrase", PASSPHRASE_VARIABLE, "the passphrase", "--key-file")
CREATING = SecretKind("secret", "--passphrase", PASSPHRASE_VARIABLE, "the passphrase", "--key-file", "--new-key-file")
NEW = SecretKind(
    "new", "--new-passphrase", "JINKU_NEW_PASSPHRASE_FILE", "the new passphrase", new_key_file="--new-key-file"
)
HOME = SecretKind(
    "home_secret",
    "--home-passphrase",
    "JINKU_HOME_PASSPHRASE_FILE",
    "the home's own passphrase (system keys)",
    "--home-key-file",
)
MATERIAL = SecretKind(
    "material_secret", "--material-passphrase", "JINKU_MATERIAL_PASSPHRASE_FILE", "the password of the imported file"
)
AUDITOR = SecretKind("auditor", "--auditor-passphrase", "JINKU_AUDITOR_PASSPHRASE_FILE", "the auditor's passphrase")
KEYSTORE = SecretKind(
    "password", "--keystore-password", "JINKU_KEYSTORE_PASSWORD_FILE", "the new password of the keystore"
)
CODE = SecretKind("code", "--code", "JINKU_CLAIM_CODE_FILE", "the claim code")


class _Branch(TyperGroup):
    """A group that shows the whole first line of each command's help, folded, not cut."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands and what holds after each."""
        lines = [(name, (command.help or "").partition("\n\n")[0]) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl([(name, " ".join(line.split())) for name, line in lines])


def branch(name: str, help_line: str) -> typer.Typer:
    """A group of commands."""
    made = typer.Typer(
        cls=_Branch,
        name=name,
        help=help_line,
        add_completion=False,
        rich_markup_mode=None,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    made.callback()(_nothing)
    return made


def single(name: str) -> typer.Typer:
    """A command that stands by itself at the root."""
    return typer.Typer(
        name=name,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def _nothing() -> None: ...


def _option(name: str, annotation: Any, flag: str, metavar: str | None, text: str) -> inspect.Parameter:
    annotated = Annotated[annotation, typer.Option(flag, metavar=metavar, help=text)]
    default = False if annotation is bool else None
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotated)


def _secret_options(kind: SecretKind) -> list[inspect.Parameter]:
    name, path = kind.name, Path | None
    file_help = f"Read {kind.what} from this file [env: {kind.variable}]."
    options = [
        _option(f"{name}_fd", int | None, f"{kind.stem}-fd", "N", f"Read {kind.what} from this descriptor."),
        _option(f"{name}_file", path, f"{kind.stem}-file", "F", file_help),
    ]
    if kind.key_file:
        text = f"Use this key file in place of {kind.what}."
        options.append(_option(f"{name}_key_file", path, kind.key_file, "F", text))
    if kind.new_key_file:
        text = f"Make this key file and use it in place of {kind.what}."
        options.append(_option(f"{name}_new_key_file", path, kind.new_key_file, "F", text))
    return options


def _take_secret(kind: SecretKind, values: dict[str, Any]) -> SecretOptions:
    fd, file = values.pop(f"{kind.name}_fd"), values.pop(f"{kind.name}_file")
    key_file, new_key_file = values.pop(f"{kind.name}_key_file", None), values.pop(f"{kind.name}_new_key_file", None)
    named = {
        f"{kind.stem}-fd": fd,
        f"{kind.stem}-file": file,
        kind.key_file: key_file,
        kind.new_key_file: new_key_file,
    }
    given = tuple(option for option, value in named.items() if value is not None)
    return SecretOptions(fd, file, key_file, new_key_file, given, kind.stem, kind.variable)


def _session(ctx: typer.Context, values: dict[str, Any]) -> Session:
    root = ctx.find_root().obj or {}
    named = values.pop("home")
    home = root.get("home") if named is None else named
    if home == "":  # as a path it would mean the current folder
        raise UsageError("--home names no folder", found="an empty text", expected="--home DIR")
    as_json = bool(values.pop("as_json") or root.get("json"))
    return Session(Settings.of(None if home is None else Path(home)), Output(as_json))


def _group_options(group: Any) -> list[inspect.Parameter]:
    """The options of a dataclass whose fields are annotated as options; one without a default is required."""
    hints = get_type_hints(group, include_extras=True)
    found = []
    for field in fields(group):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        kind = inspect.Parameter.KEYWORD_ONLY
        found.append(inspect.Parameter(field.name, kind, default=default, annotation=hints[field.name]))
    return found


def _groups(own: list[inspect.Parameter], taken: set[str]) -> dict[str, type[Any]]:
    """The parameters that stand for a group of options, with the dataclass that describes it."""
    found = {p.name: p.annotation for p in own if p.name not in taken and isinstance(p.annotation, type)}
    return {name: group for name, group in found.items() if is_dataclass(group)}


def command(
    app: typer.Typer, name: str, secrets: tuple[SecretKind, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare the body as a command: ``--home``, ``--json`` and the options of its secrets join its own.

    A parameter of the body that is a dataclass stands for the options that its fields describe.
    """

    def declare(body: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(body, eval_str=True).parameters.values())[1:]
        taken = {kind.name for kind in secrets}
        groups = _groups(own, taken)
        own = [p for p in own if p.name not in taken and p.name not in groups]
        own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
        own += [option for group in groups.values() for option in _group_options(group)]
        shared = [option for kind in secrets for option in _secret_options(kind)]
        shared.append(_option("home", str | None, "--home", "DIR", "The installation's folder [env: JINKU_HOME]."))
        shared.append(_option("as_json", bool, "--json", None, "Answer in JSON."))
        context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

        @functools.wraps(body)
        def run(**values: Any) -> None:
            session = _session(values.pop("ctx"), values)
            for kind in secrets:
                values[kind.name] = _take_secret(kind, values)
            for parameter, group in groups.items():
                values[parameter] = group(**{f.name: values.pop(f.name) for f in fields(group)})
            try:
                body(session, **values)
                session.publish()
            finally:
                session.close()

        parameters = [context, *own, *shared]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        app.command(name)(run)
        return body

    return declare
