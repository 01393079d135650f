"""`jinku journal snapshot`: what stood at a size or a moment, rebuilt from the log alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table

from jinku.cli.command import branch, command
from jinku.cli.moments import moment
from jinku.cli.output import facts, table
from jinku.cli.progress import waiting
from jinku.cli.session import Session
from jinku.core import NotFoundError, SystemClock, counted, when
from jinku.journal import Snapshot

app = branch("snapshots", "")

_MOMENTS = 100_000_000_000  # a number from here on is milliseconds, of 1973 and later
_DIGITS = 100  # of a number; no size or moment has so many
_SHOWN = 20
_LISTED = 4


@command(app, "snapshot")
def snapshot(
    session: Session,
    *,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME|SIZE", help="After so many entries, or by 2026-11-21T12:00:00Z or now; else all."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(metavar="S", help="Only this vault, job, account or other subject of entries.")
    ] = None,
) -> None:
    """Rebuild what stood at a size of the log or at a moment, from its entries alone.

    Every entry is hashed again under the signed heads. Of two entries the later one counts, whatever their clocks say.
    """
    size, at_ms = _asked(at)
    with waiting(session.out, "reading the log"):
        found = session.platform.journal.snapshot(subject, size, at_ms)
    document = found.as_document()
    if subject is not None and document["is"] == "unknown":
        raise NotFoundError(
            "no entry of the log speaks of it by then",
            found=subject[:80],
            expected=f"the id of a vault, job, account or so, in the first {counted(found.size, 'entry', 'entries')}",
            advice="names, owners and addresses are not in the log: ids are told by "
            "`jinku vault describe NAME` and `jinku jobs show KEY`",
            code="journal.no_subject",
        )
    session.out.result(document, lambda console: console.print(Group(*_shown(found, document))))


def _asked(at: str | None) -> tuple[int | None, int | None]:
    if at is not None and _is_number(at) and int(at) < _MOMENTS:
        return int(at), None
    return None, SystemClock().now_ms() if at == "now" else moment(at, "--at")


def _shown(found: Snapshot, document: dict[str, Any]) -> list[Any]:
    head = [
        ("entries", f"{found.size:,} of {found.head.size:,}"),
        ("root", found.root.hex()),
        ("checkpoint", _signed(found)),
    ]
    if found.fold.late:
        head.append(("clock", f"{found.fold.late:,} of them carry a later time than was asked for"))
    if found.fold.odd:
        head.append(("form", f"{found.fold.odd:,} of them have not the form of their kind, and changed nothing here"))
    if found.fold.subject is None:
        return [facts(head), *_everything(document)]
    rows = [("subject", found.fold.subject), ("is", str(document["is"]))]
    rows += [(_label(name), _text(name, value)) for name, value in sorted(document["state"].items())]
    lines = [(str(one["index"]), _at(one["ts"]), one["kind"], one["actor"]) for one in document["history"][-_SHOWN:]]
    return [facts([*head, *rows]), *_filled(("entry", "time", "kind", "by"), lines, {0})]


def _signed(found: Snapshot) -> str:
    """Which signed head was compared with these entries."""
    known = found.checkpoint
    if known is None:
        return "none recorded by then"
    whose = "this same root" if known.size == found.size else "the root that these entries have there"
    return f"of size {known.size:,}, with {whose}"


def _everything(document: dict[str, Any]) -> list[Any]:
    vaults = [
        (name, one["state"], one.get("tier", ""), one.get("fingerprint", ""), f"{one['next_index']:,}")
        for name, one in document["vaults"].items()
    ]
    jobs = [(name, one["state"], f"{one['done']:,}", f"{one['count']:,}") for name, one in document["jobs"].items()]
    kinds = [(name, f"{count:,}") for name, count in document["kinds"].items()]
    return [
        *_filled(("vault", "state", "tier", "fingerprint", "accounts"), vaults, {4}),
        *_filled(("job", "state", "made", "of"), jobs, {2, 3}),
        *_filled(("kind", "entries"), kinds, {1}),
    ]


def _filled(headings: tuple[str, ...], lines: Sequence[tuple[str, ...]], right: set[int]) -> list[Table]:
    """The table; none without lines."""
    return [table(headings, lines, frozenset(right))] if lines else []


def _label(name: str) -> str:
    """A member's name as people read it: ``made_ts`` is ``made at``."""
    return "at" if name == "ts" else (name.removesuffix("_ts") + " at" * name.endswith("_ts")).replace("_", " ")


def _at(text: str) -> str:
    return when(int(text))


def _is_number(text: str) -> bool:
    """int() takes it: some other alphabets' digits it does not, nor thousands of them."""
    return text.isascii() and text.isdecimal() and len(text) < _DIGITS


def _text(name: str, value: object) -> str:
    """A member's value as people read it; ``--json`` has it as it is."""
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        more = f" and {len(value) - _LISTED:,} more" * (len(value) > _LISTED)
        named = all(isinstance(one, str) for one in value)
        return ", ".join(value[:_LISTED]) + more if named else f"{len(value):,}"
    if isinstance(value, dict):
        return "; ".join(f"{_label(key)} {_nested(key, one)}" for key, one in value.items())
    is_time = name == "ts" or name.endswith(("_ts", "_until"))
    return _at(value) if is_time and isinstance(value, str) and _is_number(value) else str(value)


def _nested(name: str, value: object) -> str:
    if isinstance(value, dict) and value:
        return "(" + ", ".join(f"{_label(key)} {_nested(key, one)}" for key, one in value.items()) + ")"
    return _text(name, value)
