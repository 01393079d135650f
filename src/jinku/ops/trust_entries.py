"""The entries ``trust.version``: one for each version of the trust root, written once home and signer agree on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinku.core import IntegrityError, Json, ParseError, counted, parse_json
from jinku.journal import Filter, LogEntry
from jinku.journal.origins import handovers
from jinku.journal.ports import LogRows
from jinku.ops.deployment import Deployment
from jinku.ops.trust_folder import LACKING, TrustFolder, TrustRoot, log_keys

if TYPE_CHECKING:  # it takes a quarter of a second to load, which the help of commands is spared
    from jinku.store import Database

__all__ = ["Standing", "facts_of", "foreign", "named", "note_versions", "standing"]

_KIND = "trust.version"
_Named = tuple[str, str]  # version in decimal, and digest in hex


@dataclass(frozen=True, slots=True)
class Standing:
    """The versions that the home has, compared with the entries that speak of them."""

    versions: tuple[TrustRoot, ...]
    unwritten: bool  # the newest has no entry yet: it is being made, or a command died between the two
    strange: tuple[str, ...]  # where entries of this deployment stand in no form of their kind: none of ours wrote them

    @property
    def trust(self) -> TrustRoot | None:
        """The version in force; None in homes made before trust roots were signed."""
        return self.versions[-1] if self.versions else None


def standing(rows: LogRows, folder: TrustFolder, deployment: Deployment) -> Standing:
    """Every version that an entry names is the home's, and each of the home's but the newest has its entry.

    Raises ``trust.home`` and ``trust.entry``. The newest may lack it: a version stands in the home first.
    """
    entries, versions = named(rows, folder, deployment)
    if _missing(entries, versions[:-1]):  # or they came since: each is noted before the next one is made
        entries = _entries(rows, deployment)
    for lacking in _missing(entries, versions[:-1]):
        raise IntegrityError(
            f"the journal has no entry of version {lacking.version} of the trust root",
            found=f"versions up to {versions[-1].version} in {folder.folder}",
            expected="one entry trust.version for each",
            advice="`jinku trust check` writes it again; find out who took it away, for no crash does",
            code="trust.entry",
        )
    known = {(str(one.version), one.fingerprint): facts_of(one) for one in versions}
    strange = tuple(_place(entry) for entry in entries if _strange(entry, known))
    return Standing(versions, bool(_missing(entries, versions[-1:])), strange)


def named(rows: LogRows, folder: TrustFolder, deployment: Deployment) -> tuple[list[LogEntry], tuple[TrustRoot, ...]]:
    """The entries of this kind and the home's versions: each that an entry names is one of these, or ``trust.home``."""
    entries = _entries(rows, deployment)  # read before the versions, for an entry is written after its version
    opened = [one.trust for one in handovers(rows, log_keys(deployment))]  # a death may have kept their own from it
    versions = tuple(folder.versions())
    for version, digest in [*filter(None, map(_named, entries)), *opened]:
        if [one.fingerprint for one in versions if str(one.version) == version] != [digest]:
            raise IntegrityError(
                f"the journal speaks of version {version} of the trust root, and the home has another or none",
                found=f"{counted(len(versions), 'version')} in {folder.folder}",
                expected=f"one with the fingerprint {digest}",
                advice=f"{LACKING}; nothing is published without it",
                code="trust.home",
            )
    return entries, versions


def foreign(rows: LogRows, deployment: Deployment) -> tuple[str, ...]:
    """Where entries of this kind stand that are of another subject: none of ours wrote them, no version is theirs.

    Reads through all entries, which have no index by kind: too slow for each checkpoint.
    """
    return tuple(_place(entry) for entry in rows.find(Filter(kind=_KIND)) if entry.subject != deployment.deployment)


def note_versions(database: Database, deployment: Deployment, versions: Iterable[TrustRoot]) -> None:
    """Each version has its entry. Names of admins and witnesses stay out of it: its digest stands for them."""
    with database.unit() as unit:
        unit.hold("trust")
        known = [_stated(entry.content) for entry in unit.entries(_KIND, deployment.deployment)]
        for root in versions:
            if (str(root.version), root.fingerprint) not in known:  # one that is there twice stands for no other
                unit.append_entry(_KIND, deployment.deployment, facts_of(root))


def facts_of(root: TrustRoot) -> dict[str, Json]:
    """What the entry of a version says."""
    return {
        "version": str(root.version),
        "digest": root.fingerprint,
        "admins": sum("admin" in key["roles"] for key in root.root["keys"]),
        "threshold": root.needed,
        "witnesses": len(root.root["witnesses"]),
        "quorum": root.quorum,
    }


def _entries(rows: LogRows, deployment: Deployment) -> list[LogEntry]:
    return list(rows.find(Filter(subject=deployment.deployment, kind=_KIND)))


def _said(content: bytes) -> dict[str, Json]:
    """The members of an entry; none of a row of another form."""
    try:
        facts = parse_json(content)
    except ParseError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _stated(content: bytes) -> tuple[Json, Json]:
    facts = _said(content)
    return facts.get("version"), facts.get("digest")


def _named(entry: LogEntry) -> _Named | None:
    """Version and digest that an entry names; None where it does not name both."""
    version, digest = _stated(entry.content)
    return (version, digest) if isinstance(version, str) and isinstance(digest, str) else None


def _missing(entries: Iterable[LogEntry], versions: Iterable[TrustRoot]) -> list[TrustRoot]:
    named = set(filter(None, map(_named, entries)))
    return [one for one in versions if (str(one.version), one.fingerprint) not in named]


def _strange(entry: LogEntry, known: dict[_Named, dict[str, Json]]) -> bool:
    """It says other things of a version than its document does, or names none."""
    named, said = _named(entry), _said(entry.content)
    wanted = known.get(named) if named else None
    return wanted is None or any(said.get(name) != value for name, value in wanted.items())


def _place(entry: LogEntry) -> str:
    return f"leaf {entry.digest.hex()}, which waits" if entry.index is None else f"entry {entry.index}"
