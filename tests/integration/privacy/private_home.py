"""A home on the signer's double whose accounts commit to names under keys of their subjects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from home_double import DEPLOYMENT, EVM, Home, open_home

from jinku.accounts import Accounts, Evidence, Job, JobRequest, Mode
from jinku.accounts.adapters.account_rows import SqlAccountRows
from jinku.accounts.adapters.erasing_rows import SqlErasableRows
from jinku.accounts.erasing import AccountsHolder
from jinku.core import Clock, ManualClock
from jinku.privacy import KeyBundle, Privacy, Subjects
from jinku.privacy.adapters.key_bundle import FolderBundles
from jinku.privacy.adapters.subject_rows import SqlSubjectRows
from jinku.store import Place

OWNER, OTHER = "Margarethe Beispielsweise", "Somebody Else Entirely"
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


def private_home(path: Path, place: Place | None = None, clock: Clock | None = None, subjects: bool = True) -> Home:
    """The home at ``path``; without ``subjects`` its accounts write as they did before there were keys of subjects."""
    own_clock = clock or ManualClock(1_700_000_000_000)
    home = open_home(path, clock=own_clock, place=place)
    if subjects:
        home.accounts = Accounts(
            home.database,
            SqlAccountRows(),
            home.custody,
            home.signer,
            own_clock,
            DEPLOYMENT,
            home.signer.identity.public_key().public_bytes_raw(),
            subjects=Subjects(SqlSubjectRows()),
        )
    return home


def privacy_of(home: Home, rows: object = None, holder: object = None, files: object = None) -> Privacy:
    """The verbs of privacy over a home; parts may be replaced by ones that die."""
    return Privacy(
        home.database,
        rows or SqlSubjectRows(),  # type: ignore[arg-type]
        holder or AccountsHolder(SqlErasableRows()),  # type: ignore[arg-type]
        files or FolderBundles(),  # type: ignore[arg-type]
        str(DEPLOYMENT),
        (home.path / "jinku.db.moved",),
    )


def read(bundle: Path) -> KeyBundle:
    """A bundle of this installation."""
    return KeyBundle.read(bundle.read_bytes(), str(DEPLOYMENT))


def run_job(home: Home, owner: str = "", key: str = "", *, evidence: str = "", each: bool = False) -> Job:
    """A finished job of two accounts."""
    count = 2
    texts = tuple(f"{evidence} {n}" for n in range(count)) if each else ()
    given = Evidence(common="" if each else evidence, each=texts) if evidence else None
    job = home.accounts.create(JobRequest("ops", count, (EVM,), owner=owner, key=key, evidence=given))
    return home.accounts.run(str(job.job))


def run_self(home: Home, owner: str) -> Job:
    """A finished self-mode job whose two wallets went to a recipient."""
    asked = JobRequest("ops", 2, (EVM,), mode=Mode.SELF, owner=owner, recipients=(RECIPIENT, RECIPIENT))
    return home.accounts.run(str(home.accounts.create(asked).job))


def files_with(folder: Path, needle: bytes) -> list[str]:
    """Every file under the folder that holds these bytes."""
    return [path.name for path in _files(folder) if needle in path.read_bytes()]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def entries_of(home: Home, kinds: Iterable[str]) -> list[str]:
    """The kinds of the home's entries, as far as they are among these."""
    with home.database.read() as unit:
        return [entry.kind for entry in unit.entries() if entry.kind in set(kinds)]
