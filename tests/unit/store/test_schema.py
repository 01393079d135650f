"""The one MetaData and the migrations say the same; the known revisions are the files."""

from __future__ import annotations

import ast
import sqlite3
from pathlib import Path

from sqlalchemy import create_engine

import jinku.accounts.adapters.tables
import jinku.custody.adapters.tables
import jinku.journal.adapters.tables
import jinku.privacy.adapters.tables
import jinku.store.tables
import jinku.transfers.adapters.tables
from jinku.core import ManualClock
from jinku.store import Database, metadata
from jinku.store.schema import HEAD, REVISIONS

MIGRATIONS = Path(jinku.store.tables.__file__).parent / "migrations"
Shape = dict[str, object]


def shape(raw: sqlite3.Connection) -> Shape:
    """Tables, columns, keys, indexes and references as SQLite sees them, without the text of their statements."""
    found: Shape = {}
    for _, name, kind, _, without_rowid, *_ in raw.execute("PRAGMA table_list"):
        if name.startswith("sqlite_") or name == "alembic_version":
            continue
        indexes = {}
        for row in raw.execute(f"PRAGMA index_list({name})").fetchall():
            columns = [column[2] for column in raw.execute(f"PRAGMA index_info({row[1]})")]
            indexes[tuple(columns)] = (bool(row[2]), row[3])
        found[name] = {
            "kind": kind,
            "without_rowid": without_rowid,
            "columns": raw.execute(f"PRAGMA table_xinfo({name})").fetchall(),
            "indexes": indexes,
            "references": sorted(row[2:5] for row in raw.execute(f"PRAGMA foreign_key_list({name})")),
        }
    return found


def shapes(tmp_path: Path) -> tuple[Shape, Shape]:
    with Database.create(tmp_path / "migrated.db", ManualClock()):
        pass
    engine = create_engine(f"sqlite:///{tmp_path / 'metadata.db'}")
    metadata.create_all(engine)
    engine.dispose()
    pair = []
    for name in ("migrated.db", "metadata.db"):
        raw = sqlite3.connect(tmp_path / name)
        pair.append(shape(raw))
        raw.close()
    return pair[0], pair[1]


def test_migrations_and_metadata_agree(tmp_path: Path) -> None:
    migrated, declared = shapes(tmp_path)
    assert migrated.keys() == declared.keys()
    for table, expected in declared.items():
        assert migrated[table] == expected, table
    assert {"entries", "queue", "vault", "job", "account", "address", "address_lookup"} <= migrated.keys()


def test_the_comparison_sees_a_difference(tmp_path: Path) -> None:
    migrated, _ = shapes(tmp_path)
    raw = sqlite3.connect(tmp_path / "migrated.db")
    raw.execute("ALTER TABLE account ADD COLUMN extra INTEGER")
    raw.execute("CREATE INDEX forgotten ON account (idx)")
    changed = shape(raw)
    raw.close()
    assert changed["account"] != migrated["account"]
    assert {key: value for key, value in changed.items() if key != "account"} == {
        key: value for key, value in migrated.items() if key != "account"
    }


def test_known_revisions_are_the_files() -> None:
    files = sorted(path for path in (MIGRATIONS / "versions").glob("*.py") if path.name != "__init__.py")
    assert tuple(path.name.split("_")[0] for path in files) == REVISIONS
    assert REVISIONS[-1] == HEAD


def test_migrations_import_no_room() -> None:
    for path in MIGRATIONS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("jinku") for name in names), path


def test_migrations_make_triggers_for_the_entries(tmp_path: Path) -> None:
    Database.create(tmp_path / "jinku.db", ManualClock()).close()
    raw = sqlite3.connect(tmp_path / "jinku.db")
    triggers = {row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    raw.close()
    assert triggers == {"entries_no_update", "entries_no_delete"}
