"""`jinku journal anchor` and its kin: when a checkpoint stood, by the word of others."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from jinku.cli.command import branch, command
from jinku.cli.output import printable, table
from jinku.cli.progress import waiting
from jinku.cli.session import Session
from jinku.core import IntegrityError, JinkuError, UsageError, counted
from jinku.journal.anchors import Anchor, AnchorKind, Looked, SourceFacts
from jinku.journal.anchors.errors import AnchorsFailedError

app = branch("anchoring", "")

_MAX_FILE = 32 << 10
KIND = Annotated[AnchorKind, typer.Argument(metavar="KIND", help="rfc3161, ots or evm.")]
PLACE = Annotated[str, typer.Argument(metavar="URL", help="The authority, calendar or node.")]


@command(app, "anchor")
def anchor(
    session: Session,
    *,
    kind: Annotated[list[AnchorKind] | None, typer.Option(help="Only sources of this kind.")] = None,
) -> None:
    """Anchor the published checkpoint at every source, and ask for what is pending.

    What one source fails to give is told at the end (exit code 1); the others' proofs are kept.
    """
    from jinku.ops.anchors import anchoring_of  # noqa: PLC0415  X.509 takes a tenth of a second that few commands need

    made: list[Anchor] = []
    failed: list[tuple[SourceFacts, JinkuError]] = []
    with waiting(session.out, "asking the sources of anchors"):
        for facts, fresh, errors in anchoring_of(session.platform).run(kind or ()):
            made += fresh
            failed += [(facts, error) for error in errors]
    document = {
        "anchors": [_row(one) for one in made],
        "failed": [{"kind": facts.kind.value, "place": facts.place, **error.as_document()} for facts, error in failed],
    }
    rows = [(str(one.size), one.kind.value, one.proof.state.value, one.place) for one in made]
    headings = ("checkpoint", "kind", "state", "place")
    session.out.result(document, lambda console: console.print(table(headings, rows) if rows else "nothing new"))
    if failed:
        raise _failure(failed)


def _failure(failed: list[tuple[SourceFacts, JinkuError]]) -> JinkuError:
    """What a source that lies deserves is told first; else that some did not serve. Each of the others is named."""
    lying = next((one for one in failed if isinstance(one[1], IntegrityError)), None)
    if lying is not None:
        for facts, error in (one for one in failed if one is not lying):
            lying[1].add_note(_said_of(facts, error))
        return lying[1]
    first, *others = dict.fromkeys(_said_of(facts, error) for facts, error in failed)
    told = AnchorsFailedError(
        f"{counted(len(failed), 'request')} for anchors failed",
        found=first,
        advice="run `jinku journal anchor` again later; checkpoints do not wait for anchors",
        fields={"failed": len(failed), "first": failed[0][1].code},
    )
    for other in others:
        told.add_note(other)
    return told


def _said_of(facts: SourceFacts, error: JinkuError) -> str:
    found = (error.found or "").removeprefix(facts.place).removeprefix(": ")
    return f"{facts.kind.value} {facts.place}: {error.what}" + f" ({found})" * bool(found)


@command(app, "anchors")
def anchors(session: Session) -> None:
    """Print the sources, and each anchor after its proof was checked again; exit code 5 when one does not hold."""
    from jinku.ops.anchors import anchoring_of  # noqa: PLC0415  as above

    anchoring = anchoring_of(session.platform)
    sources, looked = anchoring.sources(), list(anchoring.look())
    document = {
        "sources": [{"kind": one.kind.value, "place": one.place, "pins": dict(one.pins)} for one in sources],
        "anchors": [_looked(one) for one in looked],
    }
    rows = [_cells(one) for one in looked]
    headings = ("checkpoint", "kind", "state", "time", "place", "compare elsewhere")
    for one in sources if not session.out.as_json else ():
        session.out.text(f"source  {one.kind.value:<8} {printable(one.place)}{_paying(one)}")
    session.out.result(document, lambda console: console.print(table(headings, rows) if rows else "no anchors yet"))
    broken = [one.error for one in looked if one.error is not None]
    if broken:
        raise broken[0]


@command(app, "anchor-add")
def anchor_add(
    session: Session,
    *,
    kind: KIND,
    place: PLACE,
    ca: Annotated[
        Path | None, typer.Option("--ca", metavar="F", help="rfc3161: its certificate or its issuer's, PEM.")
    ] = None,
    headers: Annotated[
        str | None, typer.Option("--headers", metavar="URL", help="ots: ask here for block headers (Esplora's paths).")
    ] = None,
    chain: Annotated[int | None, typer.Option(min=1, metavar="ID", help="evm: the chain's id (EIP-155).")] = None,
    genesis: Annotated[
        str | None, typer.Option(metavar="HASH", help="evm: of block 0; else the node's word is pinned.")
    ] = None,
    budget_wei: Annotated[
        int | None, typer.Option(min=1, metavar="WEI", help="evm: most that a day's anchors may cost.")
    ] = None,
    confirmations: Annotated[
        int | None, typer.Option(min=0, max=100, metavar="N", help="evm: blocks on top before a proof is kept.")
    ] = None,
) -> None:
    """Use this source of anchors from now on, with these pins; journaled. Again with other pins: they replace those.

    An evm source tells the account that pays: send it the chain's coin.
    """
    from jinku.ops.anchors import BUDGET_WEI, CONFIRMATIONS, anchoring_of, evm_source  # noqa: PLC0415  as above

    pins = {} if ca is None else {"ca": _text(ca)}
    pins |= {} if headers is None else {"headers": headers}
    on_chain = (chain, genesis, budget_wei, confirmations)
    facts = SourceFacts(kind, place, pins)
    if kind is AnchorKind.EVM and not pins and chain is not None:
        facts = evm_source(
            session.platform.signer,
            place,
            chain,
            genesis=genesis or "",
            budget_wei=budget_wei or BUDGET_WEI,
            confirmations=CONFIRMATIONS if confirmations is None else confirmations,
        )
    elif kind is AnchorKind.EVM or on_chain != (None,) * 4:
        raise UsageError(
            "these options do not belong together",
            found=kind.value,
            expected="for evm --chain and none of --ca and --headers; --chain and its kin for evm alone",
        )
    anchoring_of(session.platform).add_source(facts)
    _said(session, "added", kind, place, facts)


@command(app, "anchor-remove")
def anchor_remove(session: Session, *, kind: KIND, place: PLACE) -> None:
    """Use this source no more; journaled. Its anchors stay, and hold."""
    from jinku.ops.anchors import anchoring_of  # noqa: PLC0415  as above

    anchoring_of(session.platform).remove_source(kind, place)
    _said(session, "removed", kind, place)


def _said(session: Session, done: str, kind: AnchorKind, place: str, facts: SourceFacts | None = None) -> None:
    document: dict[str, object] = {"done": done, "kind": kind.value, "place": place}
    text = f"{done}: {kind.value} {place}"
    if facts is not None:
        document |= {"pins": dict(facts.pins)}
        text += _paying(facts)
    session.out.result(document, lambda console: console.print(text, markup=False, soft_wrap=True))


def _paying(facts: SourceFacts) -> str:
    """Which account pays for anchors there, where one does."""
    return f"  chain {facts.pins['chain']}, paid by 0x{facts.pins['account']}" if facts.kind is AnchorKind.EVM else ""


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
        if len(data) > _MAX_FILE:
            raise UsageError("the certificates are too many", found=path, expected=f"at most {_MAX_FILE} bytes")
        return data.decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not ASCII"
        raise UsageError("the certificate cannot be read", found=f"{path}: {reason}", expected="a PEM file") from error


def _row(one: Anchor) -> dict[str, object]:
    return {
        "size": one.size,
        "root": one.root.hex(),
        "kind": one.kind.value,
        "place": one.place,
        "state": one.proof.state.value,
        "proof": one.proof.digest,
    }


def _looked(one: Looked) -> dict[str, object]:
    row = _row(one.anchor)
    if one.said is None:
        return row | {"error": one.error.as_document() if one.error else None}
    at = one.said.at.isoformat() if one.said.at else None
    return row | {"state": one.said.state.value, "at": at, "compare": dict(one.said.facts)}


def _cells(one: Looked) -> tuple[str, ...]:
    head, place = (str(one.anchor.size), one.anchor.kind.value), one.anchor.place
    if one.said is None:
        return (*head, "BROKEN", "", place, one.error.code if one.error else "")
    at = one.said.at.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S") if one.said.at else ""
    return (*head, one.said.state.value, at, place, "\n".join(f"{k} {v}" for k, v in one.said.facts.items()))
