"""Under the servers that people run: gunicorn, Celery and Jupyter, as real processes that talk to nobody else."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

SRC = Path(__file__).parents[2] / "src"

HEALED = """
import logging, os, threading
from fukkatsu import Store, resurrect

asked = []

def provider(messages):
    asked.append(os.getpid())
    return "```python\\ndef share(x, y):\\n    return x / y if y else 0.0\\n```"

@resurrect(provider=provider, store=Store())
def share(x, y):
    return x / y

assert share(4, 2) == 2.0   # used in the master as well
"""


@contextmanager
def logged(folder, command, env):
    """*command*, ended with SIGTERM; what it said, where an assertion failed meanwhile."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    try:
        yield process
    except BaseException as why:
        why.add_note((folder / "log").read_text())
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


def environment(folder):
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(SRC)]), "PYTHONUNBUFFERED": "1"}


def get(port, path, seconds=60.0):
    """The answer, as soon as somebody listens."""
    end = time.monotonic() + seconds
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            with opener.open(f"http://127.0.0.1:{port}{path}", timeout=seconds) as response:
                return response.read().decode()
        except (urllib.error.URLError, ConnectionError) as why:
            if isinstance(why, urllib.error.HTTPError) or time.monotonic() > end:
                raise
            time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn forks")
def test_gunicorns_preloaded_workers_heal_each_by_itself(tmp_path):
    """Forked from a master that has used the function already; threads in each; stopped without a word of ours."""
    pytest.importorskip("gunicorn")
    (tmp_path / "shop.py").write_text(
        HEALED
        + textwrap.dedent("""
        def app(environ, start_response):
            x, y = map(int, environ["QUERY_STRING"].split(","))
            body = f"{os.getpid()} {share(x, y)} {len(asked)} {asked.count(os.getpid())}".encode()
            start_response("200 OK", [("Content-Length", str(len(body)))])
            return [body]
    """)
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "shop:app", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "2",
               "--preload", "--no-control-socket"]  # fmt: skip
    with logged(tmp_path, command, environment(tmp_path)) as server, ThreadPoolExecutor(4) as pool:
        answers = {}
        while len(answers) < 2:
            for said in pool.map(lambda number: get(port, f"/?{number + 1},0"), range(8)):
                pid, *rest = said.split()
                assert rest == ["0.0", "1", "1"]
                answers[pid] = get(port, "/?8,2").split()[1]
        assert set(answers.values()) == {"4.0"}
        assert str(server.pid) not in answers
    assert server.returncode == 0
    told, _, at_its_end = (tmp_path / "log").read_text().partition("Handling signal: term")
    assert "share: ZeroDivisionError" in told
    assert "Traceback" not in at_its_end


@pytest.mark.skipif(sys.platform == "win32", reason="Celery's prefork pool forks")
def test_celerys_prefork_workers_heal_and_send_flatlines_home(tmp_path):
    """Broker and results in folders: no service. The task is a decorated function; so is what it calls."""
    pytest.importorskip("celery")
    (tmp_path / "tasks.py").write_text(
        HEALED
        + textwrap.dedent("""
        from celery import Celery

        app = Celery("shop", broker="filesystem://", backend="file://" + os.environ["RESULTS"])
        app.conf.update(
            broker_transport_options={"data_folder_in": os.environ["QUEUE"], "data_folder_out": os.environ["QUEUE"],
                                      "polling_interval": 0.05,
                                      "control_folder": os.environ["QUEUE"] + "-control"},
            task_serializer="pickle", result_serializer="pickle", accept_content=["pickle"],
            worker_hijack_root_logger=False,
        )

        @app.task
        def called(x, y):
            return os.getpid(), share(x, y), asked

        @app.task
        @resurrect(provider=lambda messages: "nothing", store=Store(), attempts=1)
        def hopeless(x):
            return 1 / x
    """)
    )
    (tmp_path / "client.py").write_text(
        textwrap.dedent("""
        import tasks
        from fukkatsu import FlatlineError

        results = [tasks.called.delay(number, 0) for number in range(4)]
        hopeless = tasks.hopeless.delay(0)
        for result in results:
            pid, answer, asked = result.get(timeout=60, interval=0.05)
            assert (answer, asked) == (0.0, [pid]), (answer, asked)
        try:
            hopeless.get(timeout=60, interval=0.05)
        except FlatlineError as error:
            print(type(error.__cause__).__name__, len(error.reports))
    """)
    )
    for folder in ("queue", "queue-control", "results"):
        (tmp_path / folder).mkdir()
    env = {**environment(tmp_path), "QUEUE": str(tmp_path / "queue"), "RESULTS": str(tmp_path / "results")}
    env["C_FORCE_ROOT"] = "1"  # pickles, as root: everything here is this test's own
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-P", "prefork", "-c", "2", "--without-gossip",
               "--without-mingle", "--without-heartbeat", "-l", "INFO"]  # fmt: skip
    with logged(tmp_path, command, env):
        client = [sys.executable, "client.py"]
        done = subprocess.run(client, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=90)
        assert (done.returncode, done.stdout) == (0, "ZeroDivisionError 1\n"), done.stderr


CELLS = (
    HEALED.replace("\nassert", "\n1\nassert"),
    "(share(1, 0), share(8, 2), len(asked), share.fukkatsu.lives_left)",
    """
from fukkatsu import resurrect, Store

@resurrect(provider=lambda messages: "```python\\nasync def later(x, y):\\n    return x / y if y else -1.0\\n```", store=Store())
async def later(x, y):
    return x / y
""",
    "(await later(1, 0), await later(6, 2))",
    # the same name again, as people do: another function
    """
@resurrect(provider=lambda messages: "```python\\ndef share(x, y):\\n    return x // y if y else 7\\n```", store=Store())
def share(x, y):
    return x // y
""",
    "(share(9, 2), share(1, 0), 'x // y' in share.fukkatsu.source.text)",
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_functions_that_cells_define_are_healed_in_jupyter(tmp_path, monkeypatch):
    """Their source is found, plain and async; a cell that defines the function again gets the new one healed."""
    pytest.importorskip("ipykernel")
    from jupyter_client.manager import start_new_kernel

    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYTHONPATH", str(SRC))
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=60)
    try:
        said = []
        for cell in CELLS:
            outputs = []
            reply = client.execute_interactive(cell, timeout=60, output_hook=outputs.append, store_history=True)
            assert reply["content"]["status"] == "ok", reply["content"].get("traceback")
            said += [out["content"]["data"]["text/plain"] for out in outputs if out["msg_type"] == "execute_result"]
        assert said == ["(0.0, 4.0, 1, 0)", "(-1.0, 3.0)", "(4, 7, True)"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
