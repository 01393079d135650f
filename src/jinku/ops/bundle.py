"""Exports of the journal, composed: entries and proofs of the log, statements and receipts of the accounts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jinku.core import Json, NotFoundError, canonical_bytes, counted
from jinku.journal import BundleWriter, Extract, Filter, LogEntry
from jinku.ops.trust_folder import TrustFolder

if TYPE_CHECKING:  # it takes a quarter of a second to load; the help of commands is spared it
    from jinku.ops.platform import Platform

__all__ = ["Exported", "address_receipt", "export_bundle"]

_BATCH = "accounts.batch"


@dataclass(frozen=True, slots=True)
class Exported:
    """What a bundle holds. ``waiting`` entries were wanted and are not in it: no checkpoint covers them yet."""

    entries: int
    besides: int
    addresses: int
    size: int
    root: str
    digest: str
    fingerprint: str
    words: str
    waiting: int


@dataclass(slots=True)
class _Chosen:
    entries: dict[int, LogEntry] = field(default_factory=dict)
    besides: set[int] = field(default_factory=set)
    waiting: int = 0

    def take(self, entry: LogEntry, extract: Extract, besides: bool) -> None:
        if entry.index is None or not extract.covers(entry):
            self.waiting += 1
            return
        if besides and entry.index not in self.entries:
            self.besides.add(entry.index)
        self.entries[entry.index] = entry


def export_bundle(
    platform: Platform, out: Path, wanted: Filter | None, addresses: Sequence[str] = (), earlier: bytes | None = None
) -> Exported:
    """``out`` is a bundle of the entries that match, and of these addresses; NotFoundError when nothing matches."""
    from jinku.ops.anchors import anchoring_of  # noqa: PLC0415  X.509 takes a tenth of a second to load

    extract = platform.journal.extract()
    chosen = _Chosen()
    for entry in platform.journal.entries(wanted) if wanted is not None else ():
        chosen.take(entry, extract, besides=False)
    if wanted is not None and not chosen.entries:
        raise _nothing(chosen.waiting)
    count = len(chosen.entries)
    receipts = [_receipt(platform, address) for address in addresses]
    for _, entry in receipts:
        chosen.take(entry, extract, besides=True)
        if entry.index not in chosen.entries:
            raise _nothing(1)
    for entry in platform.journal.named("0"):
        chosen.take(entry, extract, besides=True)
    with BundleWriter(out) as writer:
        for index, entry in sorted(chosen.entries.items()):
            writer.add(f"entries/{index}.json", entry.content)
            writer.add(f"receipts/{index}.tlog-proof", extract.receipt(entry))
            if entry.kind == _BATCH:
                start = json.loads(entry.content)["start"]
                writer.add(f"statements/{index}.json", platform.accounts.statement(entry.subject, start))
        for number, (document, _) in enumerate(receipts, 1):
            writer.add(f"addresses/{number}.json", canonical_bytes(cast(Json, document)))
        _add_rest(platform, writer, extract, earlier)
        writer.add_anchors(anchoring_of(platform).files(extract, max(chosen.entries)))
        digest = writer.finish(
            platform.deployment.deployment,
            extract.head,
            wanted,
            list(chosen.entries),
            chosen.besides,
            lambda digest: platform.journal.note_export(digest, extract.head.size, len(chosen.entries)),
        )
    head, trust = extract.head, TrustFolder(platform.settings.home, platform.deployment).current()
    return Exported(
        entries=count,
        besides=len(chosen.besides),
        addresses=len(receipts),
        size=head.size,
        root=head.root.hex(),
        digest=digest,
        fingerprint=trust.fingerprint,
        words=trust.words,
        waiting=chosen.waiting,
    )


def _add_rest(platform: Platform, writer: BundleWriter, extract: Extract, earlier: bytes | None) -> None:
    deployment, head = platform.deployment, extract.head
    writer.add("checkpoint", head.note)
    if earlier is not None:
        known = platform.journal.believed(earlier)
        writer.add("earlier-checkpoint", earlier)
        writer.add("consistency", extract.growth(known))
    keys = [*platform.journal.vkeys(), f"identity (Ed25519) {deployment.identity_public}"]
    writer.add("keys.txt", ("\n".join(["# For reading. No verifier believes them.", *keys]) + "\n").encode())
    writer.add("trust-root.json", TrustFolder(platform.settings.home, deployment).current().data)
    writer.add_delivered(deployment.deployment, head, earlier is not None)


def _receipt(platform: Platform, address: str) -> tuple[dict[str, object], LogEntry]:
    """The receipt of an address, and the entry of the log that speaks of its batch."""
    document = platform.accounts.prove(address)
    statement = json.loads(str(document["statement"]))
    for entry in platform.journal.entries(Filter(subject=statement["job"], kind=_BATCH)):
        if json.loads(entry.content)["start"] == statement["start"]:
            own = {name: value for name, value in document.items() if name not in ("entry", "log")}
            return own, entry
    raise NotFoundError(
        "no entry speaks of the batch of this address", found=address, advice="run `jinku accounts verify`"
    )


def address_receipt(platform: Platform, address: str) -> dict[str, object]:
    """The receipt of an address, with the log's first entry and its place: that entry names the identity key.

    Where no checkpoint covers the batch yet, the receipt does not reach into the log.
    """
    document = platform.accounts.prove(address)
    if document.get("log") is None:
        return document
    extract = platform.journal.extract()
    first = next(platform.journal.named("0"))
    return document | {
        "first_entry": first.content.decode(),
        "first_log": extract.receipt(first).decode(),
    }


def _nothing(waiting: int) -> NotFoundError:
    if waiting:
        return NotFoundError(
            "what was selected waits for a checkpoint",
            found=counted(waiting, "entry", "entries"),
            advice="run `jinku journal flush` with the system keys open, or export with --wait",
            code="journal.entry_waits",
        )
    return NotFoundError(
        "no entry was selected", found="none", advice="see `jinku journal show`", code="journal.no_entry"
    )
