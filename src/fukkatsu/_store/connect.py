"""Connections to SQLite and PostgreSQL, and the migrations that make their tables what this release expects."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url

from fukkatsu._store.schema import HEAD
from fukkatsu.errors import FukkatsuError

if TYPE_CHECKING:
    from alembic.config import Config

WRITES: Final = "fukkatsu_writes"
"""Execution option of connections that are going to write: SQLite must know when a transaction begins."""
_MIGRATING: Final = 0x66756B6B61  # PostgreSQL's advisory lock of whoever migrates: "fukka"
_RETRY_SECONDS: Final = 0.02


class NewerSchemaError(FukkatsuError):
    """The tables were made by a newer release: this one must not touch them."""


def open_engine(address: str, timeout_seconds: float) -> Engine:
    """An engine on which nothing waits longer than *timeout_seconds* for a connection, a lock or an answer."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, timeout_seconds)
    return _postgresql(url, timeout_seconds)


def _sqlite(url: URL, timeout_seconds: float) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": timeout_seconds, "check_same_thread": False},
        hide_parameters=True,  # no error of the database may quote what was to be written: there may be raw arguments
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so, not where the driver thinks
        _use_wal(connection, timeout_seconds)
        connection.execute("PRAGMA synchronous=FULL")  # what was committed survives a power cut, too
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A transaction that reads first and writes later may find that somebody wrote in between, and fail at once
        # instead of waiting: whoever is going to write says so at the beginning.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _use_wal(connection: Any, timeout_seconds: float) -> None:
    """Readers and a writer at the same time. Changing the mode needs the file alone, and does not wait by itself."""
    import sqlite3

    until = time.monotonic() + timeout_seconds
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
                return  # a file system without shared memory: the old journal is as safe, and slower
        except sqlite3.OperationalError as why:
            if "readonly" in str(why):
                return  # reading works in either mode
            if time.monotonic() > until:
                raise
            time.sleep(_RETRY_SECONDS)


def _postgresql(url: URL, timeout_seconds: float) -> Engine:
    milliseconds = max(1, int(timeout_seconds * 1000))
    wanted = {
        "connect_timeout": max(2, math.ceil(timeout_seconds)),  # libpq takes anything shorter for 2
        "tcp_user_timeout": milliseconds,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "application_name": "fukkatsu",
    }
    engine = create_engine(
        url,
        connect_args={name: value for name, value in wanted.items() if name not in url.query},
        pool_pre_ping=True,  # a connection that the server has closed meanwhile is no failure
        pool_timeout=timeout_seconds,
        pool_size=2,
        hide_parameters=True,  # as above
    )

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # for this transaction only: a pooler between us and the server gives the session to others
        connection.exec_driver_sql(
            f"SET LOCAL statement_timeout = {milliseconds}; SET LOCAL lock_timeout = {milliseconds}"
        )

    return engine


def writing(engine: Engine) -> Connection:
    """A connection whose transactions write."""
    return engine.connect().execution_options(**{WRITES: True})


def migrate(engine: Engine) -> None:
    """Bring the tables to what this release expects; does nothing where they are, and waits for who does it already.

    Raises:
        NewerSchemaError: They were made by a newer release.
    """
    with engine.connect() as connection, connection.begin():
        if revision(connection) == HEAD:
            return
    with writing(engine) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
        upgrade(connection)


def upgrade(connection: Connection, target: str = "head") -> None:
    """Run the migrations up to *target*, in the transaction of *connection*.

    Raises:
        NewerSchemaError: The tables are of a revision that this release does not know.
    """
    from alembic import command
    from alembic.script import ScriptDirectory

    config = migrations(connection)
    found = revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        msg = f"its tables are of revision {found}, and this release knows {HEAD}: a newer release made them."
        raise NewerSchemaError(msg)
    command.upgrade(config, target)


def migrations(connection: Connection | None = None) -> Config:
    """Where Alembic finds the migrations, and the connection that it is to use."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def revision(connection: Connection) -> str | None:
    """Of the tables; ``None`` where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
