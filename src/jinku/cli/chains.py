"""`jinku chains`: which chains and endpoints the settings name, and whether these serve."""

from __future__ import annotations

from jinku.chains import ChainSettings
from jinku.cli.command import branch, command
from jinku.cli.output import printable, table
from jinku.cli.progress import waiting
from jinku.cli.session import Session
from jinku.core import IntegrityError, JinkuError, SystemClock
from jinku.ops.chains import host_of, opened_chain, read_chains

app = branch("chains", "The chains and endpoints of chains.toml: what it says, and whether they serve.")

_NONE = "no chains: docs/reference/chains.md says what chains.toml holds"


@command(app, "list")
def list_chains(session: Session) -> None:
    """Print the chains of chains.toml: how many endpoints have to agree, and each endpoint's name and host."""
    chains = read_chains(session.settings)
    document = {"chains": [_row(one) for one in chains]}
    rows = [
        (str(one.chain), f"{one.quorum} of {len(one.endpoints)}", _finality(one), endpoint.name, host_of(endpoint.url))
        for one in chains
        for endpoint in one.endpoints
    ]
    headings = ("chain", "quorum", "final by", "endpoint", "host")
    session.out.result(document, lambda console: console.print(table(headings, rows) if rows else _NONE))


@command(app, "check")
def check(session: Session) -> None:
    """Ask every endpoint for its network: chain id and block 0 have to be those of chains.toml.

    What one fails is told beside it; exit code 5 where one is on another network or answers out of form, 1 where one is
    silent.
    """
    found: list[tuple[ChainSettings, str, JinkuError | None]] = []
    with waiting(session.out, "asking the endpoints"):
        for one in read_chains(session.settings):
            opened = opened_chain(session.settings, one.chain, SystemClock())
            found += [(one, name, error) for name, error in opened.check()]
    document = {
        "endpoints": [
            {"chain": str(one.chain), "endpoint": name, "error": None if error is None else error.as_document()}
            for one, name, error in found
        ]
    }
    rows = [
        (str(one.chain), name, "serves" if error is None else printable(error.message)) for one, name, error in found
    ]
    headings = ("chain", "endpoint", "state")
    session.out.result(document, lambda console: console.print(table(headings, rows) if rows else _NONE))
    failed = sorted((error for _, _, error in found if error), key=lambda one: not isinstance(one, IntegrityError))
    if failed:
        raise failed[0]


def _finality(one: ChainSettings) -> str:
    return "tags" if one.tags else f"{one.final_blocks} blocks"


def _row(one: ChainSettings) -> dict[str, object]:
    return {
        "chain": str(one.chain),
        "genesis": one.genesis,
        "quorum": one.quorum,
        "tags": one.tags,
        "safe_blocks": None if one.tags else one.safe_blocks,
        "final_blocks": None if one.tags else one.final_blocks,
        "endpoints": [{"name": endpoint.name, "host": host_of(endpoint.url)} for endpoint in one.endpoints],
        "tokens": {str(asset): decimals for asset, decimals in one.decimals.items()},
    }
