"""Privacy of one installation, composed: subjects in its database, what accounts hold of them, files of keys."""

from __future__ import annotations

from pathlib import Path

from jinku.accounts import Accounts
from jinku.accounts.adapters.erasing_rows import SqlErasableRows
from jinku.accounts.erasing import AccountsHolder
from jinku.core import Id, NotFoundError, ParseError
from jinku.privacy import Privacy, SubjectKind, Subjects, SubjectUnknownError
from jinku.privacy.adapters.key_bundle import FolderBundles
from jinku.privacy.adapters.subject_rows import SqlSubjectRows
from jinku.store import Database

__all__ = ["named_subject", "privacy_of", "subjects"]

_MOVED = ".moved"  # what `db copy` leaves of the file


def subjects() -> Subjects:
    """The keys of subjects, for the rooms that commit to what they write."""
    return Subjects(SqlSubjectRows())


def privacy_of(database: Database, deployment: str, home_database: Path) -> Privacy:
    """The verbs of privacy. An erasure waits, too, until the file that was copied to a server is gone."""
    copies = (home_database.with_name(home_database.name + _MOVED),)
    holder = AccountsHolder(SqlErasableRows())
    return Privacy(database, SqlSubjectRows(), holder, FolderBundles(home_database.parent), deployment, copies)


def named_subject(privacy: Privacy, accounts: Accounts, text: str) -> tuple[str, SubjectKind | None]:
    """The name of a subject as a person wrote it, and its kind if it is clear.

    ``owner:``, ``job:`` and ``account:`` in front say which; an account is named by its id or one of its addresses.
    """
    prefix, colon, rest = text.partition(":")
    kind = SubjectKind(prefix) if colon and prefix in {one.value for one in SubjectKind} else None
    name = text if kind is None else rest
    if kind is SubjectKind.ACCOUNT:
        return _account(accounts, name), kind
    if kind is None and not _is_known(privacy, name):
        try:
            return _account(accounts, name), SubjectKind.ACCOUNT
        except (NotFoundError, ParseError):
            return name, None
    return name, kind


def _is_known(privacy: Privacy, name: str) -> bool:
    try:
        privacy.held(name)
    except SubjectUnknownError:
        return False
    return True


def _account(accounts: Accounts, name: str) -> str:
    """The account as its evidence names it: ``<job>/account/<place in the job>``."""
    job, slash, place = name.partition("/account/")
    if slash and place.isdigit():
        return f"{Id.parse(job)}/account/{int(place)}"
    made_by, row = accounts.origin(name)
    return f"{made_by.job}/account/{row.index - made_by.start}"
