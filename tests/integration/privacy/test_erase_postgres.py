"""The same erasure on a PostgreSQL: files of the tables are written anew, and an older snapshot keeps it pending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from home_double import EVM, Home
from private_home import entries_of, privacy_of, private_home, run_job

from jinku.privacy import ErasureState, LegalHoldError, SubjectKind
from jinku.privacy.adapters.subject_rows import SqlSubjectRows
from jinku.store import DatabaseUrl
from postgres_fixture import PostgresServer

OWNER, KEY, OTHER = "Margarethe Beispielsweise", "order-of-margarethe-7741", "Somebody Else Entirely"


@pytest.fixture
def home(postgres: str, tmp_path: Path) -> Iterator[Home]:
    home = private_home(tmp_path, place=DatabaseUrl.parse(postgres))
    home.vault(forms=(EVM,))
    yield home
    home.database.close()


def table_files(home: Home, server: PostgresServer, needle: bytes) -> list[str]:
    """The files of the database's tables and indexes that hold these bytes, once all of them are written."""
    with server.admin() as admin:
        admin.execute("CHECKPOINT")
    with home.database.read() as unit:
        query = "SELECT oid FROM pg_database WHERE datname = current_database()"
        folder = server.data / "base" / str(unit.connection.exec_driver_sql(query).scalar_one())
    return [path.name for path in sorted(folder.iterdir()) if needle in path.read_bytes()]


def test_no_file_of_a_table_holds_what_was_erased(home: Home, postgres_server: PostgresServer) -> None:
    run_job(home, OWNER, KEY, evidence="passport of Margarethe")
    run_job(home, OTHER)
    with home.database.read() as unit:
        subject = SqlSubjectRows().find(unit, SubjectKind.OWNER, OWNER)
        assert subject is not None
        key = SqlSubjectRows().key(unit, subject.mark) or b""
        row = unit.connection.exec_driver_sql("SELECT ciphertext, sealed_key FROM evidence").one()
    needles = [OWNER.encode(), KEY.encode(), key, bytes(row[0]), bytes(row[1])]
    assert all(len(needle) >= 16 for needle in needles)
    assert all(table_files(home, postgres_server, needle) for needle in needles), "planted, and found"
    assert privacy_of(home).erase(OWNER).state is ErasureState.DONE
    assert [table_files(home, postgres_server, needle) for needle in needles] == [[]] * len(needles)
    assert table_files(home, postgres_server, OTHER.encode())
    home.accounts.verify("ops")
    kinds = ["privacy.record_erased", "privacy.erased", "privacy.erasure_done"]
    assert entries_of(home, kinds) == kinds


def test_an_older_snapshot_keeps_it_pending(home: Home, postgres: str) -> None:
    run_job(home, OWNER)
    privacy, rewrite = privacy_of(home), home.database.rewrite
    home.database.rewrite = waiting(rewrite, 0.1)
    with psycopg.connect(postgres) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("SELECT count(*) FROM form").fetchone()
        pending = privacy.erase(OWNER)
        assert (pending.state, pending.waiting[0][0]) == (ErasureState.PENDING, "database")
        assert "older state" in pending.waiting[0][1]
    home.database.rewrite = waiting(rewrite, 60)
    assert [one.state for one in privacy.settle()] == [ErasureState.DONE]


def waiting(rewrite: Callable[..., str], seconds: float) -> Callable[..., str]:
    """Waits so long for others."""
    return lambda tables: rewrite(tables, seconds)


def test_a_legal_hold_is_stronger(home: Home) -> None:
    run_job(home, OWNER)
    privacy = privacy_of(home)
    privacy.hold(OWNER, "court order 12/26")
    with pytest.raises(LegalHoldError):
        privacy.erase(OWNER)
    privacy.release(OWNER)
    assert privacy.erase(OWNER).state is ErasureState.DONE
