"""`jinku policy`: write a policy, try it out, see what it lets happen. Nothing here puts one in force."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from jinku.cli.command import branch, command
from jinku.cli.moments import moment
from jinku.cli.output import facts, table
from jinku.cli.session import Session
from jinku.core import AccountId, Amount, AssetId, Intent, UsageError, Verdict, parse_figure
from jinku.policy import Case, CasesFailedError, Policy, PolicyFile, analyse, diff, reach, run_case, simulate

app = branch("policy", "Write a policy and try it out: check, explain, test, simulate, compare.")

_File = Annotated[Path, typer.Argument(metavar="FILE", help="A policy document, or one with its test cases.")]


@dataclass(frozen=True)
class Asked:
    """Who moves what from which vault."""

    initiator: Annotated[str, typer.Option(metavar="NAME", help="The name of the key that asks.")]
    vault: Annotated[str, typer.Option(metavar="ID", help="The vault's id.")]
    asset: Annotated[str, typer.Option(metavar="CAIP19", help="Such as eip155:1/slip44:60.")]
    amount: Annotated[str, typer.Option(metavar="AMOUNT", help="With a unit: 1.5eth, 1500000wei, 20units.")]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        found = f"{path}: {error.strerror}"
        raise UsageError("a file cannot be read", found=found, expected="a file that can be read") from error


def _open(path: Path) -> PolicyFile:
    return PolicyFile.parse(_read(path))


def _answer(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome.value,
        "reasons": [{"code": it.code, "text": it.text, "facts": dict(it.facts)} for it in verdict.reasons],
        "obligations": [{"code": it.code, "facts": dict(it.facts)} for it in verdict.obligations],
    }


def _words(values: dict[str, str]) -> str:
    return " ".join(f"{name}={text}" for name, text in sorted(values.items()))


def _failed(file: PolicyFile) -> list[dict[str, str]]:
    return [
        {"name": case.name, "expected": str(case.expect), "found": verdict.outcome.value}
        for case, verdict in file.failed()
    ]


def _refuse(failed: list[dict[str, str]], file: PolicyFile) -> None:
    if failed:
        raise CasesFailedError(
            "a policy does not keep to its own test cases",
            found=f"{len(failed)} of {len(file.cases)} failed",
            expected="none",
            advice="change the rules or the cases; jinku policy explain shows why",
        )


@command(app, "check")
def check(session: Session, *, file: _File) -> None:
    """Read a policy, run its test cases, and name rules that can never match and permits that nothing limits."""
    opened = _open(file)
    policy, failed, findings = opened.policy, _failed(opened), analyse(opened.policy)
    document = {
        "name": policy.name,
        "digest": policy.digest.hex(),
        "rules": len(policy.rules),
        "cases": len(opened.cases),
        "failed": failed,
        "findings": [{"code": it.code, "rule": it.rule, "text": it.text, "example": it.example} for it in findings],
    }
    rows = [
        ("policy", policy.name),
        ("digest", policy.digest.hex()),
        ("rules", str(len(policy.rules))),
        ("cases", f"{len(opened.cases) - len(failed)} of {len(opened.cases)} as expected"),
        *((f"rule {it.rule}", f"{it.text} {_words(it.example)}".rstrip()) for it in findings),
    ]
    session.out.result(document, lambda console: console.print(facts(rows)))
    _refuse(failed, opened)


@command(app, "test")
def test(session: Session, *, file: _File) -> None:
    """Run the test cases that stand beside a policy in its file; exit 3 when one is answered otherwise."""
    opened = _open(file)
    failed = _failed(opened)
    rows = [(it["name"], it["expected"], it["found"]) for it in failed]
    document = {"cases": len(opened.cases), "failed": failed}
    said = [("cases", str(len(opened.cases))), ("failed", str(len(failed)))]
    headings = ("case", "expected", "found")
    session.out.result(document, lambda console: console.print(table(headings, rows) if rows else facts(said)))
    _refuse(failed, opened)


@command(app, "explain")
def explain(
    session: Session,
    *,
    file: _File,
    asked: Asked,
    destination: Annotated[
        str | None, typer.Option("--to", metavar="ACCOUNT", help="CAIP-10; else an address of nobody's.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar="ACCOUNT", help="CAIP-10; else an address of nobody's.")
    ] = None,
    told: Annotated[list[str] | None, typer.Option(metavar="FACT=FIGURE", help="What the coordinator says.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="When; else a Monday at noon, UTC.")] = None,
) -> None:
    """Say what a policy answers to one transfer, and why."""
    asset = AssetId.parse(asked.asset)
    case = Case(
        "explain",
        asked.initiator,
        asked.vault,
        asset,
        Amount.parse(asked.amount, asset).value,
        destination=None if destination is None else AccountId.parse(destination),
        source=None if source is None else AccountId.parse(source),
        told={name: parse_figure(text) for name, _, text in (it.partition("=") for it in told or ())},
    )
    at_ms = moment(at, "--at")
    if at_ms is not None:
        case = replace(case, at_ms=at_ms)
    verdict = run_case(_open(file).policy, case)
    rows = [("outcome", verdict.outcome.value)]
    rows += [(it.code, f"{it.text} {_words(dict(it.facts))}".rstrip()) for it in verdict.reasons]
    rows += [("to be met", f"{it.code} {_words(dict(it.facts))}") for it in verdict.obligations]
    session.out.result(_answer(verdict), lambda console: console.print(facts(rows)))


@command(app, "reach")
def reach_(
    session: Session,
    *,
    file: _File,
    asked: Asked,
    hours: Annotated[int, typer.Option(metavar="N", min=1, max=8_784, help="Within so many hours.")] = 24,
) -> None:
    """Say whether somebody can ever move more than an amount from a vault without approvals, and how."""
    asset = AssetId.parse(asked.asset)
    amount = Amount.parse(asked.amount, asset).value
    found = reach(_open(file).policy, asked.initiator, asked.vault, asset=asset, amount=amount, hours=hours)
    answer = {True: "yes", False: "no", None: "undecided"}[found.can]
    document = {"answer": answer, "text": found.text, "cells": found.cells, "steps": list(found.steps)}
    rows = [("answer", f"{answer}: {found.text}"), ("cells asked", str(found.cells))]
    rows += [(f"transfer {number}", _words(step)) for number, step in enumerate(found.steps[:20], 1)]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "simulate")
def simulate_(
    session: Session,
    *,
    file: _File,
    history: Annotated[Path, typer.Option("--against", metavar="F", help="Intents, canonical, one a line.")],
) -> None:
    """Say what a policy would have answered to past intents, had it been in force."""
    intents = [Intent.from_canonical(line) for line in _read(history).splitlines() if line]
    answers = simulate(_open(file).policy, intents)
    counts = Counter(verdict.outcome.value for _, verdict in answers)
    document = {"intents": len(answers), "outcomes": dict(counts)}
    document |= {"answers": [{"id": str(intent.id)} | _answer(verdict) for intent, verdict in answers]}
    rows = [("intents", str(len(answers))), *((name, str(count)) for name, count in sorted(counts.items()))]
    session.out.result(document, lambda console: console.print(facts(rows)))


@command(app, "diff")
def diff_(
    session: Session,
    *,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The policy before.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The policy after.")],
) -> None:
    """Say which rules differ between two policies, and for which transfers the answer does."""
    policies: list[Policy] = [_open(path).policy for path in (old, new)]
    found = diff(*policies)
    changes = None
    if found.changes is not None:
        changes = [
            {"what": it.what, "old": it.old, "new": it.new, "way": it.way.value, "example": it.example}
            for it in found.changes
        ]
    named = {name: getattr(found, name) for name in ("added", "removed", "changed", "names")}
    document = named | {"changes": changes}
    rows = [(name, " ".join(values) or "none") for name, values in named.items()]
    if found.changes is None:
        rows.append(("answers", "not compared: too many cells"))
    rows += [
        (it.what, f"{it.way.value}: {it.old} to {it.new}, such as {_words(it.example)}") for it in found.changes or ()
    ]
    session.out.result(document, lambda console: console.print(facts(rows)))
