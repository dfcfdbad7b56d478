"""A database that is locked, full, read-only, silent or gone: the program goes on, one warning says so, nothing is lost."""

from __future__ import annotations

import logging
import socket
import sqlite3
import subprocess
import sys
import textwrap

import pytest
from sqlalchemy import text

from fukkatsu import Fix, Report, Store
from fukkatsu._model.fix import FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._store.connect import migrate, open_engine

KEY = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="p", additional_req="")


def a_fix(name):
    return Fix(
        key=KEY,
        candidate=Candidate(text=f"def f(): {name!r}"),
        report=Report(function="f", source="", verdicts=()),
        id=name,
    )


def warnings_in(caplog):
    return [record for record in caplog.records if record.name == "fukkatsu" and record.levelno >= logging.WARNING]


@pytest.fixture
def path(tmp_path):
    """A SQLite file with its tables."""
    engine = open_engine(f"sqlite:///{tmp_path}/fixes.db", 10)
    migrate(engine)
    engine.dispose()
    return f"{tmp_path}/fixes.db"


def works_from_memory(store, caplog):
    """What every outage comes to: fixes are remembered, found and taken back, and there is one warning about it."""
    store.remember(a_fix("one"))
    store.remember(a_fix("two"))
    assert [fix.id for fix in store.find(KEY)] == ["one", "two"]
    store.change_state("two", "revoked", "wrong", "ann")
    assert store.known(KEY).id == "one"
    store.note_failure(KEY, store.record("one").circumstances)
    assert store.take_turn(KEY) is None
    assert store.free_in("requests", 1, 1, 3600.0, take=True) == (0.0, 0.0)
    assert not store.is_off("m", "f")
    assert not store.settle(5.0)
    [warning] = warnings_in(caplog)
    assert warning.levelname == "WARNING"
    assert "goes on with this process's memory" in warning.getMessage()


def test_a_locked_database_gets_what_it_missed_when_it_is_free(path, key, caplog):
    """Somebody holds the file: nobody waits for long, and afterwards everything is there, in order."""
    store = Store(f"sqlite:///{path}", timeout_seconds=0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    works_from_memory(store, caplog)
    holder.execute("ROLLBACK")
    holder.close()
    assert store.settle(30.0)
    assert len(warnings_in(caplog)) == 1
    other = Store(f"sqlite:///{path}", timeout_seconds=10.0)
    assert [(fix.id, fix.state) for fix in other.fixes()] == [("one", "active"), ("two", "revoked")]
    assert other.verify().problems == ()
    store.close()
    other.close()


def test_a_database_that_can_only_be_read_is_read(path, key, caplog):
    """What it holds is used; what it cannot take stays in memory."""
    writer = Store(f"sqlite:///{path}")
    writer.remember(a_fix("before"))
    writer.close()
    store = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert store.known(KEY).id == "before"
    store.remember(a_fix("one"))
    assert {fix.id for fix in store._memory.find(KEY)} == {"before", "one"}
    [warning] = warnings_in(caplog)
    assert "readonly" in warning.getMessage()
    store.close()


@pytest.mark.parametrize("what", ["no folder", "no database", "nobody listens", "nobody answers"])
def test_a_database_that_is_not_there_is_gone_on_without(what, tmp_path, key, caplog):
    """A wrong path, another kind of file, a server that is down, a network that swallows everything."""
    (tmp_path / "text").write_text("no database at all, but long enough to be read as one by somebody in a hurry" * 20)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = {
            "no folder": f"sqlite:///{tmp_path}/nowhere/fixes.db",
            "no database": f"sqlite:///{tmp_path}/text",
            "nobody listens": "postgresql+psycopg://me:secret@127.0.0.1:9/fixes",
            "nobody answers": f"postgresql+psycopg://me:secret@127.0.0.1:{port}/fixes",
        }[what]
        store = Store(url, timeout_seconds=0.1)
        works_from_memory(store, caplog)
        assert "secret" not in caplog.text
        store.close()


def test_a_full_disk_takes_nothing_and_breaks_nothing(path, key):
    """The limit is the kernel's own: no file of this process may grow. What was there before stays whole."""
    program = f"""
        import logging, os, resource
        from fukkatsu import Fix, Report, Store
        from fukkatsu._model.fix import FixKey
        from fukkatsu._model.patch import Candidate
        logging.basicConfig(format="%(levelname)s %(message)s")
        key = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="p", additional_req="")
        fixes = [Fix(key=key, candidate=Candidate(text=f"def f(): return {{n}}" + "#" * 9000), id=str(n),
                     report=Report(function="f", source="", verdicts=())) for n in range(40)]
        store = Store("sqlite:///{path}")
        store.remember(fixes[0])
        grown = os.path.getsize("{path}-wal")
        resource.setrlimit(resource.RLIMIT_FSIZE, (grown + 20_000, resource.RLIM_INFINITY))
        for fix in fixes[1:]:
            store.remember(fix)
        assert len(store.find(key)) == 40, store.find(key)
        print(store.settle(5.0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(store.settle(30.0), len(store.fixes()), store.verify().problems)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=100
    )  # fmt: skip
    assert done.stdout == "False\nTrue 40 ()\n", done.stderr
    assert done.stderr.count("WARNING") == 1, done.stderr
    assert "Traceback" not in done.stderr


def test_connections_that_the_server_closed_are_made_anew(postgres, key, caplog):
    """A restart of the server, or an idle time-out, is no outage."""
    store = Store(postgres(), timeout_seconds=10.0)
    store.remember(a_fix("one"))
    other = store._open()
    ours = "pid <> pg_backend_pid() AND application_name = 'fukkatsu'"
    with other.reading() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}"))
    other.close()
    store.remember(a_fix("two"))
    assert len(store.fixes()) == 2
    assert warnings_in(caplog) == []
    store.close()
