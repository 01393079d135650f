"""PostgreSQL passes the store's conformance suite, and fails as a store should."""

from __future__ import annotations

import pytest
from store_conformance import StoreConformance

from jinku.core import ManualClock
from jinku.store import Database, DatabaseUrl


class TestPostgres(StoreConformance):
    """The whole suite on PostgreSQL."""

    @pytest.fixture(autouse=True)
    def _database(self, postgres: str) -> None:
        self.url = DatabaseUrl.parse(postgres)

    def make(self, clock: ManualClock) -> Database:
        return Database.open(self.url, clock)
