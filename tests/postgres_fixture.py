"""A real PostgreSQL for the tests: one server a session, one database a test, as durable as one in production.

Needs the server's programs, or root and apt-get to install them. Without either a test that asks for it is skipped
in one line; under CI=true a skip is a failure.
"""

from __future__ import annotations

import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from processes import die_with_parent

from jinku.core import SystemClock
from jinku.store import Database, DatabaseUrl

__all__ = ["PostgresServer", "postgres", "postgres_server", "running_server", "until_alone"]

_PROGRAMS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin")
_PASSWORD = "p/ss w@rd:%"  # awkward on purpose: it must survive the URL and appear in no message
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "autovacuum_naptime": "10min",
    "log_min_messages": "warning",
}


def _find_programs() -> Path | None:
    named = shutil.which("postgres")
    folders = [Path(named).resolve().parent] if named else []
    for pattern in _PROGRAMS:
        folders += sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _programs() -> Path:
    """The folder of initdb and postgres, installed when this machine allows it."""
    found = _find_programs()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        config = Path("/etc/postgresql-common/createcluster.conf")  # no cluster of the distribution's own
        config.parent.mkdir(exist_ok=True)
        config.write_text("create_main_cluster = false\n")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            subprocess.run(["apt-get", *words], env=environment, capture_output=True, check=False)
        found = _find_programs()
    if found is None:
        pytest.skip("PostgreSQL is not here (initdb, postgres), and installing it needs root and apt-get")
    return found


def until_alone(url: DatabaseUrl) -> None:
    """Nobody else is connected to this database.

    What a killed process had sent goes on in the server, and may commit after the kill.
    """
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    asked += "AND backend_type = 'client backend'"
    end = time.monotonic() + 60
    with psycopg.connect(**url.words, autocommit=True) as connection:  # type: ignore[arg-type]
        while (row := connection.execute(asked).fetchone()) != (0,):
            assert time.monotonic() < end, f"backends that did not leave: {row}"
            time.sleep(0.02)


@contextmanager
def _own_port() -> Iterator[int]:
    """A port that nobody else is given, before the server listens and while it is down.

    A socket is bound to it and never listens. Linux lets a server that sets SO_REUSEADDR, as PostgreSQL does, bind
    beside it, and gives the port to no client and to no other listener that asks for any.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


@dataclass
class PostgresServer:
    """One running server. ``make()`` gives the URL of a new, empty database; ``migrated()`` of one with the schema."""

    programs: Path
    folder: Path
    port: int
    password: str = _PASSWORD
    process: subprocess.Popen[bytes] | None = None
    data: Path = field(default=Path())
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _template: str = ""

    def __post_init__(self) -> None:
        """The data lie in the server's own folder."""
        self.data = self.folder / "data"

    def url(self, database: str, user: str = "jinku", password: str | None = None) -> str:
        """The URL of a database, as an operator writes it."""
        secret = "".join(f"%{byte:02X}" for byte in (self.password if password is None else password).encode())
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def admin(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """A superuser's connection, each statement its own transaction."""
        with psycopg.connect(self.url(database, "postgres"), autocommit=True) as connection:
            yield connection

    def make(self, template: str = "template0") -> str:
        """The URL of a new database that ``jinku`` owns."""
        name = f"t{next(self._numbers)}_{secrets.token_hex(3)}"
        encoding = " ENCODING 'UTF8'" if template == "template0" else ""
        with self.admin() as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER jinku TEMPLATE {template}{encoding}")
        return self.url(name)

    def migrated(self) -> str:
        """The URL of a new database at the newest schema: a copy of one that was migrated once."""
        if not self._template:
            url = self.make()
            Database.create(DatabaseUrl.parse(url), SystemClock()).close()
            self._template = url.rpartition("/")[2]
        return self.make(self._template)

    def start(self, **settings: str) -> None:
        """The server answers. It dies with the process that started it, whatever becomes of that one."""
        words = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        words += ["-k", str(self.folder)]
        for name, value in {**_SETTINGS, **settings}.items():
            words += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                words,
                cwd="/",
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGQUIT),  # noqa: PLW1509  prctl alone runs there
                **self._owner(),
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                with self.admin():
                    return
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text()[-2000:]) from error
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """The server is down: SIGQUIT as if its machine had crashed, SIGINT in order."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None

    def restart(self, how: signal.Signals = signal.SIGQUIT, **settings: str) -> None:
        """Down and up again."""
        self.stop(how)
        self.start(**settings)

    @contextmanager
    def replica(self) -> Iterator[int]:
        """The port of a server that follows this one and takes no writing."""
        folder = self.folder / "replica"
        connection = f"host=127.0.0.1 port={self.port} user=postgres password='{self.password}'"
        words = [str(self.programs / "pg_basebackup"), "-D", str(folder), "-R", "-c", "fast", "-d", connection]
        ran = subprocess.run(words, cwd="/", capture_output=True, text=True, check=False, **self._owner())
        if ran.returncode != 0:
            raise RuntimeError(ran.stderr[-2000:])
        with _own_port() as port:
            server = PostgresServer(self.programs, self.folder, port)
            server.data = folder
            try:
                server.start()
                yield port
            finally:
                server.stop()
                shutil.rmtree(folder, ignore_errors=True)

    def _owner(self) -> dict[str, Any]:
        """initdb and postgres refuse root: they then run as the user postgres."""
        if os.geteuid() != 0:
            return {}
        return {"user": "postgres", "group": "postgres", "extra_groups": []}

    def initialise(self) -> None:
        """The data folder stands, with the roles ``postgres`` (superuser) and ``jinku`` (no rights but its own)."""
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        password = self.folder / "password"
        password.write_text(self.password)
        password.chmod(0o644)  # inside a folder that only its owner enters
        words = ["-D", str(self.data), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(password)]
        words += ["-E", "UTF8", "--locale", "C.UTF-8", "--data-checksums"]
        command = [str(self.programs / "initdb"), *words]
        ran = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **self._owner())
        if ran.returncode != 0:
            raise RuntimeError(ran.stderr[-2000:])


@contextmanager
def running_server(**settings: str) -> Iterator[PostgresServer]:
    """A server of its own under a temporary folder, stopped and removed afterwards."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="jinku-postgres-"))
    with _own_port() as port:
        server = PostgresServer(programs, folder, port)
        try:
            server.initialise()
            server.start(**settings)
            with server.admin() as admin:
                admin.execute("CREATE ROLE jinku LOGIN PASSWORD 'unset'")
                admin.execute(f"ALTER ROLE jinku PASSWORD '{server.password}'")
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The session's server: fsync and synchronous_commit on, as in production."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a database at the newest schema, this test's own."""
    url = postgres_server.migrated()
    yield url
    with postgres_server.admin() as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")
