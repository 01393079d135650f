"""How the evidence of a bulk creation is given: a file, or the usual fields."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from jinku.accounts import Evidence
from jinku.cli.account_files import read_text
from jinku.cli.output import dump
from jinku.core import UsageError, counted

__all__ = ["EvidenceOptions", "evidence_from"]

_FILE_HELP = "Evidence: one document for all, or .jsonl with a line an account."

_DOCUMENT_BYTES = 1 << 20
_LINES_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class EvidenceOptions:
    """The options as given."""

    evidence_file: Annotated[Path | None, typer.Option(metavar="F", help=_FILE_HELP)] = None
    evidence_operator: Annotated[str, typer.Option(metavar="T", help="Evidence: who asked for it.")] = ""
    evidence_source_ip: Annotated[str, typer.Option(metavar="T", help="Evidence: from where.")] = ""
    evidence_kyc: Annotated[str, typer.Option(metavar="T", help="Evidence: the KYC reference.")] = ""
    evidence_purpose: Annotated[str, typer.Option(metavar="T", help="Evidence: what for.")] = ""
    evidence_consent: Annotated[str, typer.Option(metavar="T", help="Evidence: on which consent.")] = ""


def evidence_from(options: EvidenceOptions, count: int) -> Evidence | None:
    """The evidence, or None when nothing of it was given."""
    named = {
        "operator": options.evidence_operator,
        "source_ip": options.evidence_source_ip,
        "kyc": options.evidence_kyc,
        "purpose": options.evidence_purpose,
        "consent": options.evidence_consent,
    }
    given = {name: text for name, text in named.items() if text}
    path = options.evidence_file
    if path is None:
        return Evidence(common=dump(given)) if given else None
    if given:
        raise UsageError("evidence comes from a file or from options", found="both", expected="one of them")
    text = read_text(path, "evidence file", _LINES_BYTES if path.suffix == ".jsonl" else _DOCUMENT_BYTES)
    if path.suffix != ".jsonl":
        return Evidence(common=text)
    lines = tuple(line for line in text.replace("\r\n", "\n").split("\n") if line.strip())  # U+2028 ends none
    if len(lines) != count:
        raise UsageError(
            "each account needs its line of evidence", found=counted(len(lines), "line"), expected=f"{count:,}"
        )
    return Evidence(each=lines)
