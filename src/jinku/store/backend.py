"""What differs between the engines under ``Database``: SQLite in the home's file, or a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine, Table

from jinku.core import JinkuError
from jinku.store.place import Place

__all__ = ["Backend"]


class Backend(Protocol):
    """One engine. Every method that takes a connection works inside the caller's transaction."""

    name: str  # as SQLAlchemy calls the dialect
    engine: Engine
    read_options: Mapping[str, object]  # execution options that make a transaction a snapshot that changes nothing
    fleeting_options: Mapping[str, object]  # those of one whose commit waits for no disk

    @property
    def place(self) -> Place:
        """Where the database is."""

    def check_place(self) -> None:
        """What can be seen without a connection is right: the file, or nothing."""

    def make_place(self) -> None:
        """There is something to migrate: an empty file for SQLite; a server's database is made by its operator."""

    def check_settings(self, connection: Connection) -> None:
        """The server keeps what it commits, or the error says which setting is wrong."""

    def alone(self, connection: Connection) -> AbstractContextManager[None]:
        """No other process migrates this database meanwhile. ``connection`` is outside a transaction."""

    def hold(self, connection: Connection, resource: str) -> None:
        """Until the transaction ends, no other one holds ``resource``; waits for it."""

    def insert_rows(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        rows: Sequence[tuple[object, ...]],
        skip_known: bool,
    ) -> None:
        """All rows stand; with ``skip_known`` one whose key stands is left as it is."""

    def insert_entry(self, connection: Connection, row: Mapping[str, object]) -> int:
        """The entry stands after every earlier one of its subject, also as row ids go; its row id."""

    def reserve_entries(self, connection: Connection, subjects: Sequence[str]) -> Sequence[int]:
        """Rising row ids for new entries of these subjects, later than each subject's earlier ones."""

    def check(self, connection: Connection) -> None:
        """All that the engine can check of itself is sound; DatabaseDamagedError otherwise."""

    def size_bytes(self, connection: Connection) -> int:
        """What the database takes on disk."""

    def owe_purge(self) -> None:
        """``purge`` will be tried at each opening until it succeeded."""

    def purge_is_owed(self) -> bool:
        """A purge was begun and did not succeed."""

    def purge(self, wait_seconds: float) -> bool:
        """What was deleted stands in no file of the database. False, never an error, when that cannot be said."""

    def rewrite(self, tables: Sequence[str], wait_seconds: float) -> str:
        """What was deleted from these tables stands in no live file of the database; why not, if that is not so.

        Outside any transaction. SQLite overwrites what it frees, but moves of rows between pages leave remnants.
        """

    def translate(self, error: BaseException) -> JinkuError | None:
        """The store's own error for what the driver raised; None when it is no failure of the database."""
