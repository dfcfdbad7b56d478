"""The real command, in a process of its own; over the stores that healed functions left behind; on a terminal."""

from __future__ import annotations

import functools
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"
KEY = "a key of the tests, and of nobody else"

SHOP = """
import sys
from fukkatsu import Checks, FlatlineError, resurrect
from fukkatsu.testing import scripted_provider
from fukkatsu import Completion

REPLY = "```python\\ndef share(total, count):\\n    return total / count if count else 0.0\\n```"
WRONG = "```python\\ndef share(total, count):\\n    return eval('total / count')\\n```"
said = [Completion(text, "a-model", 1000, 200) for text in (WRONG, REPLY)]

@resurrect(provider=scripted_provider(*said), store="sqlite:///fixes.db", approve=sys.argv[1], checks=Checks(contract="off"))
def share(total, count):
    return total / count

if __name__ == "__main__":
    try:
        print(share(1, 0))
    except FlatlineError as why:
        print(why.reason)
"""


@pytest.fixture(scope="session")
def run_fukkatsu():
    """Call with a folder and the words after ``fukkatsu``; runs there, without key, model or colour."""

    def run(folder, *words, stdin=None, **environment):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "FUKKATSU"))}
        inherited["PYTHONPATH"] = str(SRC)
        # The one address that anything asking a real model would go to: nothing listens there.
        inherited["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
        return subprocess.run(
            [sys.executable, "-m", "fukkatsu", *map(str, words)],
            cwd=folder, env=inherited | environment, input=stdin, capture_output=True, text=True, timeout=100,
        )  # fmt: skip

    return run


@pytest.fixture
def fukkatsu(run_fukkatsu, tmp_path):
    """The same in this test's own folder."""
    return functools.partial(run_fukkatsu, tmp_path)


@pytest.fixture(scope="session")
def healed(tmp_path_factory):
    """Two databases as programs leave them: in one a fix waits for a person, in the other it is at work."""
    folders = {}
    for how in ("manual", "auto"):
        folder = tmp_path_factory.mktemp(how)
        (folder / "shop.py").write_text(SHOP)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "FUKKATSU"))}
        inherited |= {"PYTHONPATH": str(SRC), "FUKKATSU_STORE_KEY": KEY}
        done = subprocess.run(
            [sys.executable, "shop.py", how], cwd=folder, env=inherited, capture_output=True, text=True, timeout=100
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert ("waits for a person" in done.stdout) == (how == "manual"), done.stdout + done.stderr
        folders[how] = folder
    return folders


@pytest.fixture
def place(healed, run_fukkatsu, tmp_path):
    """A folder with a copy of one of them, and the command in it."""

    def copy(how="manual"):
        with sqlite3.connect(healed[how] / "fixes.db") as there, sqlite3.connect(tmp_path / "fixes.db") as here:
            there.backup(here)
        there.close()
        here.close()
        return functools.partial(
            run_fukkatsu, tmp_path, FUKKATSU_STORE="sqlite:///fixes.db", FUKKATSU_STORE_KEY=KEY, TZ="UTC"
        )

    return copy


@pytest.fixture
def fix_id(healed):
    """Of the fix that waits in the one where one waits."""
    with sqlite3.connect(healed["manual"] / "fixes.db") as database:
        [(found,)] = database.execute("SELECT id FROM fixes")
    database.close()
    return found


@pytest.fixture
def on_terminal(tmp_path):
    """The command with a terminal for stdout and another one for stderr; its exit code, and what each of them got."""

    def run(*words, **environment):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "FUKKATSU", "NO_COLOR"))}
        inherited |= {"PYTHONPATH": str(SRC), "TERM": "xterm-256color", "COLUMNS": "110"}
        screens, threads, got = [os.openpty() for _ in range(2)], [], [b"", b""]
        process = subprocess.Popen(
            [sys.executable, "-m", "fukkatsu", *map(str, words)],
            cwd=tmp_path, env=inherited | environment, stdin=subprocess.DEVNULL,
            stdout=screens[0][1], stderr=screens[1][1],
        )  # fmt: skip

        def read(at, screen):
            try:
                while data := os.read(screen, 65536):
                    got[at] += data
            except OSError:  # the other end is closed
                pass

        for at, (screen, slave) in enumerate(screens):
            os.close(slave)
            threads.append(threading.Thread(target=read, args=(at, screen)))
            threads[-1].start()
        code = process.wait(100)
        for thread, (screen, _) in zip(threads, screens, strict=True):
            thread.join()
            os.close(screen)
        return code, *(text.decode().replace("\r\n", "\n") for text in got)

    return run
