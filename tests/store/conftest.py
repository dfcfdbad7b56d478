"""Places to keep fixes in: this process's memory, a SQLite file, and a PostgreSQL server started for the occasion.

The server is a throw-away cluster in a temporary folder, reached over a Unix socket. PostgreSQL refuses to run as root,
so a root user starts it as another one. Where no server is installed its tests are skipped, unless
``FUKKATSU_REQUIRE_POSTGRES=1`` says that there must be one, as the project's own check does.
"""

from __future__ import annotations

import ctypes
import glob
import itertools
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from fukkatsu import Store
from fukkatsu._store.address import open_backend
from fukkatsu._store.connect import migrate, open_engine, writing

REQUIRED = os.environ.get("FUKKATSU_REQUIRE_POSTGRES") == "1"  # read now: each test starts without our variables
KEY = "a key of the tests, and of nobody else"
_PR_SET_PDEATHSIG = 1


def postgres_programs() -> tuple[str, str] | None:
    """``initdb`` and ``postgres``: Debian keeps them off the path."""
    folders = [*sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True), *os.get_exec_path(), "/usr/local/bin"]
    for folder in folders:
        found = [os.path.join(folder, name) for name in ("initdb", "postgres")]
        if all(os.access(path, os.X_OK) for path in found):
            return found[0], found[1]
    return None


def _ordinary_user() -> dict[str, object]:
    """What `subprocess` takes to run as somebody whom PostgreSQL accepts."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("there is no ordinary user to run PostgreSQL as")


def _die_with_us() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Call for the URL of a new, empty database."""
    programs = postgres_programs()
    if programs is None:
        reason = "PostgreSQL is not installed (apt-get install postgresql)"
        pytest.fail(reason) if REQUIRED else pytest.skip(reason)
    initdb, server = programs
    # a short path, since that of a socket may have 107 bytes, and one that another user may enter
    folder = tempfile.mkdtemp(prefix="fukkatsu-pg-", dir="/tmp")
    user = _ordinary_user()
    if user:
        os.chown(folder, user["user"], user["group"])
    data = f"{folder}/data"
    common = {"cwd": folder, "stdin": subprocess.DEVNULL, **user}
    made = subprocess.run(
        [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        capture_output=True, text=True, **common,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    with open(f"{folder}/log", "wb") as log:
        running = subprocess.Popen(
            [server, "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"],
            stdout=log, stderr=log, preexec_fn=_die_with_us, **common,
        )  # fmt: skip
    numbers = itertools.count(1)

    def new_database() -> str:
        import psycopg

        name = f"test_{next(numbers)}"
        with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")  # as good as a database of its own, and made in no time
        return f"postgresql+psycopg://postgres@/postgres?host={folder}&options=-csearch_path%3D{name}"

    try:
        _wait_for(folder, running)
        yield new_database
    finally:
        running.send_signal(signal.SIGINT)  # ends connections, too
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(folder: str, running: subprocess.Popen[bytes]) -> None:
    import psycopg

    until = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(host=folder, user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if running.poll() is not None or time.monotonic() > until:
                raise RuntimeError(Path(folder, "log").read_text()) from None
            time.sleep(0.05)


PROCESSES = """
import json, os, sys, tempfile, traceback
{prelude}
def work_of(body):
    names = dict(globals())
    exec(compile("def work(number):\\n" + body, "<work>", "exec"), names)
    return names["work"]

def run(count, body):
    work, children = work_of(body), []
    for number in range(count):
        child = os.fork()
        if not child:
            code = 1
            try:
                work(number)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(code)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]

for line in sys.stdin:
    request = json.loads(line)
    with tempfile.TemporaryFile() as printed:
        group = os.fork()
        if not group:
            os.dup2(printed.fileno(), 1)
            os.dup2(printed.fileno(), 2)
            os.environ.update(request["environment"])
            codes = run(request["count"], request["body"])
            os._exit(0 if set(codes) <= {0, -9} else 1)  # -9: killed on purpose
        code = os.waitstatus_to_exitcode(os.waitpid(group, 0)[1])
        printed.seek(0)
        print(json.dumps([code, printed.read().decode()]), flush=True)
"""
PRELUDE = """
import select, signal, time
import alembic.command, psycopg
from fukkatsu import Fix, Report, Store
from fukkatsu._model.fix import FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import STAGES, Verdict
from fukkatsu._store import leases, link, sql, watch
from fukkatsu._suggest.budget import BudgetKeeper
from fukkatsu.errors import BudgetExceededError
from fukkatsu.policy import Budget

key = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="p", additional_req="")
report = Report(function="f", source="", verdicts=tuple(Verdict(stage=stage, outcome="accepted") for stage in STAGES))

def a_fix(name, text=None, **changes):
    return Fix(key=key, candidate=Candidate(text=text or f"def f(): return {name!r}"), report=report, id=name, **changes)
"""


@pytest.fixture(scope="session")
def loaded() -> Iterator[subprocess.Popen[str]]:
    """An interpreter that has loaded everything, once, and forks from there."""
    program = PROCESSES.replace("{prelude}", PRELUDE)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FUKKATSU", "OPENAI"))}
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )  # fmt: skip
    yield process
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


@pytest.fixture
def processes(loaded: subprocess.Popen[str]) -> Callable[..., str]:
    """Have *body* run in so many processes at once, each with its ``number``; all that they print."""

    def run(count: int, body: str) -> str:
        environment = {name: value for name, value in os.environ.items() if name.startswith("FUKKATSU")}
        body = textwrap.indent(textwrap.dedent(body).strip(), "    ")
        loaded.stdin.write(json.dumps({"count": count, "body": body, "environment": environment}) + "\n")
        loaded.stdin.flush()
        code, printed = json.loads(loaded.stdout.readline())
        assert code == 0, printed
        return printed

    return run


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    """The key of signatures, in the environment."""
    monkeypatch.setenv("FUKKATSU_STORE_KEY", KEY)
    return KEY


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/fixes.db"
    new_database: Callable[[], str] = request.getfixturevalue("postgres")
    return new_database()


_migrated: dict[str, list[tuple[str, object]]] = {}


def prepared(url: str) -> str:
    """*url* with its tables made, by the very statements that the migrations ran the first time: that takes no time."""
    engine = open_engine(url, 30)
    kind = engine.dialect.name
    if kind not in _migrated:
        seen: list[tuple[str, object]] = []
        event.listen(engine, "before_cursor_execute", lambda *told: seen.append((told[2], told[3])))
        migrate(engine)
        words = ("CREATE", "INSERT", "UPDATE", "ALTER", "DROP")
        _migrated[kind] = [(text, values) for text, values in seen if text.lstrip().startswith(words)]
    else:
        with writing(engine) as connection, connection.begin():
            cursor = connection.connection.cursor()
            for text, values in _migrated[kind]:
                cursor.execute(text, values)
            cursor.close()
    engine.dispose()
    return url


@pytest.fixture
def tables(url: str) -> str:
    """A database of each kind with its tables."""
    return prepared(url)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A SQLite database with its tables, where one kind is enough."""
    return prepared(f"sqlite:///{tmp_path}/fixes.db")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path, key: str) -> Iterator[Callable[[], Store]]:
    """Call for one more store over the same place: as another process has it. For memory there is only the one."""
    opened: list[Store] = []
    place: str | None = None
    if request.param == "sqlite":
        place = f"sqlite:///{tmp_path}/fixes.db"
    elif request.param == "postgresql":
        place = request.getfixturevalue("postgres")()

    if place is not None:
        prepared(place)

    def open_one() -> Store:
        if place is None and opened:
            return opened[0]
        opened.append(Store(place, timeout_seconds=10.0))
        return opened[-1]

    yield open_one
    for store in opened:
        assert store.url is None or not store._link()._warned, "the database was not used: see the log"
        store.close()


@pytest.fixture
def store(stores: Callable[[], Store]) -> Store:
    """One store of each kind."""
    return stores()


@pytest.fixture
def backend(url: str) -> Iterator:
    """The database itself, with the key."""
    opened = open_backend(prepared(url), KEY.encode(), timeout_seconds=10.0)
    yield opened
    opened.close()
