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


VALUES_KNOWN = """
SELECT count(*) FROM pg_stats WHERE schemaname = current_schema()
  AND tablename IN ('subject', 'subject_key', 'job', 'recipient', 'evidence')
  AND attname IN ('name', 'hold', 'key', 'job_key', 'owner', 'address', 'recipient', 'ciphertext', 'sealed_key')
"""


def one(home: Home, query: str) -> object:
    with home.database.read() as unit:
        return unit.connection.exec_driver_sql(query).scalar_one()


def analysed(home: Home, postgres: str, columns: str = "") -> tuple[bytes, bytes]:
    """Two jobs stand and ANALYZE ran, over ``columns`` as in a database that an older version made; two keys."""
    run_job(home, OWNER, KEY)
    run_job(home, OTHER)
    with home.database.read() as unit:
        keys = [key for _, key in SqlSubjectRows().keys(unit)]
    with psycopg.connect(postgres, autocommit=True) as connection:
        for column in columns.split():
            table, _, name = column.partition(".")
            connection.execute(f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS -1")
        connection.execute("ANALYZE")
    return keys[0], keys[1]


def test_analyze_copies_nothing_of_people(home: Home, postgres: str) -> None:
    analysed(home, postgres)
    assert one(home, "SELECT count(*) FROM pg_stats WHERE tablename = 'job'") != 0, "it ran"
    assert one(home, VALUES_KNOWN) == 0


COPIED = "job.owner job.job_key subject.name subject_key.key"


def test_what_analyze_copied_before_is_gone(home: Home, postgres: str, postgres_server: PostgresServer) -> None:
    keys = analysed(home, postgres, COPIED)
    needles = [OWNER.encode(), KEY.encode()]
    assert one(home, VALUES_KNOWN) == len(COPIED.split())
    assert all(str(statistics_file(home)) in table_files(home, postgres_server, needle) for needle in [*needles, *keys])
    collations = "SELECT string_agg(collation_name, ' ') FROM information_schema.columns WHERE table_name = 'job'"
    before = one(home, collations)
    assert privacy_of(home).erase(OWNER).state is ErasureState.DONE
    assert [table_files(home, postgres_server, needle) for needle in needles] == [[]] * len(needles)
    gone = [key for key in keys if not table_files(home, postgres_server, key)]
    assert len(gone) == 1, "the other owner's key stands, and in no statistics"
    assert (one(home, VALUES_KNOWN), one(home, collations)) == (0, before)
    home.accounts.verify("ops")


def statistics_file(home: Home) -> object:
    return one(home, "SELECT pg_relation_filenode('pg_catalog.pg_statistic')")


def test_statistics_that_only_the_databases_owner_can_remove(
    home: Home, postgres: str, postgres_server: PostgresServer
) -> None:
    analysed(home, postgres, COPIED)
    name = one(home, "SELECT current_database()")
    with postgres_server.admin() as admin:
        admin.execute(f"ALTER DATABASE {name} OWNER TO postgres")
        pending = privacy_of(home).erase(OWNER)
        assert (pending.state, pending.waiting[0][0]) == (ErasureState.PENDING, "database")
        assert "only the database's owner" in pending.waiting[0][1]
        assert table_files(home, postgres_server, OWNER.encode()), "as it says"
        admin.execute(f"ALTER DATABASE {name} OWNER TO jinku")
    assert [one.state for one in privacy_of(home).settle()] == [ErasureState.DONE]
    assert table_files(home, postgres_server, OWNER.encode()) == []


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
