"""Every command as a terminal and as a script sees it: colour, progress, and one JSON document."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest

from fukkatsu._cli.main import COMMANDS

from .conftest import KEY, SHOP, SRC

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
STORE = {"FUKKATSU_STORE": "sqlite:///fixes.db", "FUKKATSU_STORE_KEY": KEY}

MODULE = "print('a module that talks when it is imported')\ndef share(total, count):\n    return total / count\n"
FIX = "def share(total, count):\n    return total / count if count else 0.0\n"
ENDLESS = "def share(total, count):\n    while True:\n        pass\n"
CALLS = {"failure": {"args": [1, 0]}, "good_calls": [{"args": [6, 3], "returned": 2.0}]}


@pytest.fixture
def files(tmp_path):
    """What the commands without a store work on."""
    (tmp_path / "talking.py").write_text(MODULE)
    (tmp_path / "fix.py").write_text(FIX)
    (tmp_path / "endless.py").write_text(ENDLESS)
    (tmp_path / "calls.json").write_text(json.dumps(CALLS))
    return tmp_path


def words_of(command, fix_id):
    """How somebody types *command*."""
    judged = ("--function", "talking:share", "--candidate", "fix.py", "--calls", "calls.json")
    return {
        "demo": [()],
        "doctor": [()],
        "verify": [judged],
        "policy": [("explain", "talking:share"), ("check", "fix.py", "--function", "talking:share")],
        "fixes": [()],
        "show": [(fix_id,)],
        "diff": [(fix_id,)],
        "approve": [(fix_id,)],
        "reject": [(fix_id, "--reason", "no")],
        "revoke": [(fix_id, "--reason", "no")],
        "disable": [("shop:share",)],
        "enable": [("shop:share",)],
        "log": [("--verify",)],
        "export": [(fix_id, "--source", "shop.py")],
        "completion": [("bash",)],
    }[command]


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "ui"])
def test_with_json_stdout_holds_one_document_and_nothing_else(place, files, fix_id, command):
    """Whatever a module prints that is imported on the way."""
    fukkatsu = place()
    (files / "shop.py").write_text(SHOP)
    for words in words_of(command, fix_id):
        done = fukkatsu(command, *words, "--json")
        assert done.returncode in (0, 1), done.stderr
        assert json.loads(done.stdout) is not None
        assert "\x1b" not in done.stdout
        assert done.stderr.replace("a module that talks when it is imported\n", "") == ""


def test_the_console_says_its_address_in_json(place, files):
    """And ends with Ctrl-C, exit code 130 or 0, without a traceback."""
    place()
    process = subprocess.Popen(
        [sys.executable, "-m", "fukkatsu", "ui", "--port", "0", "--json"],
        cwd=files, env={"PYTHONPATH": str(SRC), **STORE}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        address = "".join(iter(process.stdout.readline, "}\n")) + "}"
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert json.loads(address)["address"].startswith("http://127.0.0.1:")
    assert rest == ""
    assert "Traceback" not in errors


def test_colour_is_for_terminals_that_want_it(place, on_terminal, fix_id):
    """Not in a pipe, with NO_COLOR or --no-color, on a dumb terminal, or with --json; the words are the same."""
    fukkatsu = place()
    code, painted, _ = on_terminal("show", fix_id, **STORE, TZ="UTC")
    assert code == 0
    assert COLOUR.search(painted)
    plain = [
        fukkatsu("show", fix_id, COLUMNS="110").stdout,
        on_terminal("show", fix_id, **STORE, TZ="UTC", NO_COLOR="1")[1],
        on_terminal("show", fix_id, "--no-color", **STORE, TZ="UTC")[1],
        on_terminal("show", fix_id, **STORE, TZ="UTC", TERM="dumb")[1],
    ]
    assert {COLOUR.sub("", painted)} == set(plain)
    assert "\x1b" not in on_terminal("show", fix_id, "--json", **STORE)[1]


@pytest.mark.parametrize("words", [("fixes",), ("log", "--verify")])
def test_tables_are_painted_on_a_terminal(place, on_terminal, words):
    """What stands out is what a person looks for: what waits, and whether the audit is whole."""
    place()
    assert COLOUR.search(on_terminal(*words, **STORE)[1])


def test_a_diff_shows_what_goes_in_red_and_what_comes_in_green(place, on_terminal, fix_id):
    """As every other tool does."""
    place()
    _, shown, _ = on_terminal("diff", fix_id, **STORE)
    assert re.search(r"\x1b\[31m-    return total / count\x1b\[0m", shown)
    assert re.search(r"\x1b\[32m\+    return total / count if count else 0.0\x1b\[0m", shown)


def test_a_patch_is_painted_on_a_terminal_and_left_alone_in_a_pipe(place, files, on_terminal, fix_id):
    """Git compares bytes; eyes want colour, and no escape sequence that a model wrote."""
    fukkatsu = place()
    (files / "shop.py").write_text(SHOP)
    words = ("export", fix_id[:6], "--source", "shop.py")
    _, shown, _ = on_terminal(*words, **STORE)
    assert re.search(r"\x1b\[32m\+    return total / count if count else 0.0\x1b\[0m", shown)
    assert COLOUR.sub("", shown) == fukkatsu(*words).stdout


def test_what_takes_longer_than_a_second_says_so_on_the_terminal_and_nowhere_else(files, fukkatsu, on_terminal):
    """A correction that never ends keeps the gauntlet busy for two seconds; afterwards the line is gone."""
    words = ("verify", "--function", "talking:share", "--candidate", "endless.py", "--calls", "calls.json")
    code, shown, said = on_terminal(*words, "--no-color")
    assert code == 1
    assert "refused by sandbox" in shown
    assert "\x1b" not in shown
    assert re.search(r"\r\x1b\[2Kfukkatsu verify: running the gauntlet, \d+ s", said)
    assert said.endswith("\r\x1b[2K")
    assert "\x1b" not in on_terminal(*words, "--json", TERM="dumb")[2]
    piped = fukkatsu(*words)
    assert "running the gauntlet" not in piped.stderr + piped.stdout
