"""Tables from one release to the next: from each revision that ever was, on each database."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from fukkatsu import Store
from fukkatsu._store import schema
from fukkatsu._store.address import open_backend
from fukkatsu._store.connect import NewerSchemaError, migrate, migrations, open_engine, revision, upgrade, writing

REVISIONS = [script.revision for script in reversed(list(ScriptDirectory.from_config(migrations()).walk_revisions()))]
KEY = b"a key of the tests, and of nobody else"


def test_the_newest_revision_is_the_one_that_this_release_names():
    """There is one line of revisions, and the code knows its end."""
    assert REVISIONS[-1] == schema.HEAD
    assert REVISIONS[0] == "0001"


@pytest.mark.parametrize("start", [None, *REVISIONS])
def test_from_every_revision_the_tables_become_those_of_this_release(url, start):
    """Nothing is missing, nothing is left over, and rows from before are still there and still signed."""
    engine = open_engine(url, 10)
    if start is not None:
        with writing(engine) as connection, connection.begin():
            upgrade(connection, start)
            _fill(connection, start)
    migrate(engine)
    migrate(engine)  # and once more: there is nothing to do
    with engine.connect() as connection, connection.begin():
        assert revision(connection) == schema.HEAD
        found = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(found, schema.metadata) == []
        if start is not None:
            assert connection.execute(text("SELECT id, state FROM fixes")).all() == [("old", "active")]
            assert connection.execute(text("SELECT source FROM functions")).scalars().all() == ["def f(): pass"]
            kept = connection.execute(text("SELECT key_digest FROM leases")).scalars().all()
            assert kept == ([] if start == "0001" else ["k"])
            kept = connection.execute(text("SELECT arguments FROM calls")).scalars().all()
            assert kept == (["[]"] if start >= "0003" else [])
    engine.dispose()


_ROWS = {
    "0001": (
        "INSERT INTO functions VALUES (1, 'm', 'f', 's', 'def f(): pass', 'm.py', 1, 1.5, 1.5)",
        "INSERT INTO failures VALUES (1, 1, 'k', 'p', '', 'E', 'T', '{}', 1.5, 1.5, 1)",
        "INSERT INTO suggestions VALUES (1, 1, 'def f(): 1', 'c', 'm', 1, 1, true, '', '{}', 1.5, 'a', '')",
        "INSERT INTO fixes VALUES ('old', 1, 1, 'c', 'p', 'active', 1.5, 1.5, '', '', '')",
    ),
    "0002": (
        "INSERT INTO leases VALUES ('k', 'somebody', 1.5, 0, 0.0)",
        "INSERT INTO spending VALUES (1, 1.5, 1, 0, 0.0, 'a')",
        "INSERT INTO switches VALUES ('m', 'f', '', 'a', 1.5)",
    ),
    "0003": ("INSERT INTO calls VALUES (1, 1, '', 'd', 's', '[]', 'returned', '1', '', 0, '', 1.5, 'a', '')",),
}


def _fill(connection, start):
    """One row for each table that there was at *start*, with the columns that it had then."""
    assert sorted(_ROWS) == REVISIONS, "a revision without rows of its own is not tested from"
    for revision_of_rows, statements in _ROWS.items():
        for statement in statements if revision_of_rows <= start else ():
            connection.exec_driver_sql(statement)


def test_a_database_of_a_newer_release_is_left_alone(url, caplog, key):
    """Its rows may mean what this release does not know: memory instead, and one warning."""
    engine = open_engine(url, 10)
    migrate(engine)
    with writing(engine) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchemaError, match="a newer release made them"):
        migrate(engine)
    engine.dispose()
    assert Store(url).fixes() == ()
    assert [record.levelname for record in caplog.records if record.name == "fukkatsu"] == ["WARNING"]
    assert "revision 9999" in caplog.text


def test_eight_processes_that_come_first_make_one_schema(url, processes):
    """Whoever is first migrates, and the others wait for it."""
    processes(8, f"sql.SqlBackend({url!r}, sql.Signer({KEY!r}), 30.0).write('process.started')")
    backend = open_backend(url, KEY, timeout_seconds=10.0)
    assert backend.verify().entries == 8
    assert backend.verify().problems == ()
    backend.close()


def test_the_database_itself_refuses_to_change_the_audit(backend):
    """Append-only is not a habit of ours but a rule of the database."""
    backend.write("first.written")
    for statement in ("UPDATE audit SET event = 'nothing'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="append-only"), writing(backend.engine) as connection, connection.begin():
            connection.execute(text(statement))
    assert [entry.event for entry in backend.entries()] == ["first.written"]


def test_sqlite_keeps_a_write_ahead_log(tmp_path):
    """Readers do not wait for a writer, and what was committed survives a power cut."""
    backend = open_backend(f"sqlite:///{tmp_path}/fixes.db", KEY)
    with backend.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert inspect(connection).has_table("fixes")
    backend.close()
