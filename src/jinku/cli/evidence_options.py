"""How the evidence of a bulk creation is given: a file, or the usual fields."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinku.accounts import Evidence
from jinku.cli.output import dump
from jinku.core import UsageError

__all__ = ["EvidenceOptions", "evidence_from"]


@dataclass(frozen=True, slots=True)
class EvidenceOptions:
    """The options as given."""

    file: Path | None
    operator: str
    source_ip: str
    kyc: str
    purpose: str
    consent: str


def evidence_from(options: EvidenceOptions, count: int) -> Evidence | None:
    """The evidence, or None when nothing of it was given."""
    named = {
        "operator": options.operator,
        "source_ip": options.source_ip,
        "kyc": options.kyc,
        "purpose": options.purpose,
        "consent": options.consent,
    }
    fields = {name: text for name, text in named.items() if text}
    if options.file is None:
        return Evidence(common=dump(fields)) if fields else None
    if fields:
        raise UsageError("evidence comes from a file or from options", found="both", expected="one of them")
    try:
        text = options.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("the evidence file cannot be read", found=f"{options.file}: {error}") from error
    if options.file.suffix != ".jsonl":
        return Evidence(common=text)
    lines = tuple(line for line in text.splitlines() if line.strip())
    if len(lines) != count:
        raise UsageError(
            "each account needs its line of evidence", found=f"{len(lines):,} lines", expected=f"{count:,}"
        )
    return Evidence(each=lines)
