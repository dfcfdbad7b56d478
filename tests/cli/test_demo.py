"""``fukkatsu demo``: the recorded suggestions meet the real gauntlet, and end as the page promises."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from fukkatsu._demo.recordings import RECORDINGS
from fukkatsu.testing import ScriptedServer


@pytest.fixture(scope="module")
def shown(run_fukkatsu, tmp_path_factory):
    """The demo as a reader sees it in a pipe; a terminal's colours asked for from outside make no difference."""
    return run_fukkatsu(tmp_path_factory.mktemp("shown"), "demo", "--no-color", FORCE_COLOR="1")


@pytest.fixture(scope="module")
def told(run_fukkatsu, tmp_path_factory):
    """The demo as JSON, behind a company's proxy that nobody answers."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"), "http://127.0.0.1:9")
    return run_fukkatsu(tmp_path_factory.mktemp("told"), "demo", "--json", **proxies)


def test_the_demo_shows_every_refusal_and_the_answer(shown):
    """Four refusals by four stages, each with its reason, the fifth accepted, a life used up, the answer 2."""
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
    assert [line for line in shown.stdout.splitlines() if line.startswith("Suggestion ")] == [
        "Suggestion 1: refused by static",
        "Suggestion 2: refused by sandbox",
        "Suggestion 3: refused by good-calls",
        "Suggestion 4: refused by contract",
        "Suggestion 5: accepted",
    ]
    assert shown.stdout.count("why: ") == 4
    assert "my_function(x=1, y=0, z=2)  ->  2\n" in shown.stdout
    assert "A life is used up, 0 of 1 left" in shown.stdout
    assert "recorded" in shown.stdout
    assert "OPENAI_API_KEY" in shown.stdout.split("What next")[1]


def test_a_pipe_gets_no_escape_sequence(shown):
    """Whatever is installed, and whatever the environment asks for."""
    assert "\x1b" not in shown.stdout


def test_each_refusal_is_the_gauntlets_own_and_for_the_expected_reason(told):
    """The recordings know what they expect, the gauntlet does not; times are those of this run."""
    story = json.loads(told.stdout)
    assert [s["refused_by"] for s in story["suggestions"]] == [recording.refused_by for recording in RECORDINGS]
    reasons = [suggestion["reason"] for suggestion in story["suggestions"]]
    assert "os.environ" in reasons[0]
    assert "wall_seconds" in reasons[1]
    assert "4.5" in reasons[2]
    assert "post: implies(y == 0, __return__ == z)" in reasons[3]
    clock = next(v for v in story["suggestions"][1]["verdicts"] if v["stage"] == "sandbox")
    assert 2.0 <= clock["seconds"] < 5.0, "the wall clock's two seconds must show"
    assert (story["answer"], story["lives_left"], story["mode"]) == (2, 0, "recorded")
    assert [call["returned"] for call in story["later_calls"]] == [10, 11.0]


def test_the_demo_needs_no_network_and_obeys_no_proxy(told):
    """Loopback stays loopback: the proxy of `told` would have answered nothing."""
    assert told.returncode == 0, told.stdout + told.stderr


def test_live_without_a_key_says_what_to_set(fukkatsu):
    """Exit code 3, the three variables, and the way back to the recorded demo; no traceback."""
    done = fukkatsu("demo", "--live")
    assert done.returncode == 3
    assert done.stdout == ""
    for words in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "FUKKATSU_MODEL", "Without a key: fukkatsu demo"):
        assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_live_asks_the_users_own_model(fukkatsu):
    """The same story with the model that the environment names."""
    with ScriptedServer([RECORDINGS[-1].reply]) as server:
        done = fukkatsu("demo", "--live", OPENAI_API_KEY="k", OPENAI_BASE_URL=server.base_url, NO_PROXY="127.0.0.1")
    assert done.returncode == 0, done.stderr
    assert "Suggestion 1: accepted" in done.stdout
    assert "your own model" in done.stdout


def test_a_hostile_model_cannot_steer_the_terminal(fukkatsu):
    """Escape sequences in a live model's words arrive written out."""
    evil = "```python\ndef my_function(x, y, z):\n    return '\x1b[2J\x1b]0;owned\x07' and z\n```"
    with ScriptedServer([evil] * 5) as server:
        done = fukkatsu("demo", "--live", OPENAI_API_KEY="k", OPENAI_BASE_URL=server.base_url, NO_PROXY="127.0.0.1")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_a_model_that_is_not_there_ends_in_a_flatline(fukkatsu):
    """Exit code 1, the reason, the original exception named; the function is as it was."""
    done = fukkatsu("demo", "--live", OPENAI_API_KEY="k", NO_PROXY="127.0.0.1")
    assert done.returncode == 1
    assert "my_function flatlined" in done.stdout
    assert "ZeroDivisionError" in done.stdout
    assert "Traceback" not in done.stderr


def test_the_switch_is_named_when_it_is_off(fukkatsu):
    """With FUKKATSU=off nothing can be healed: saying so beats a bare ZeroDivisionError."""
    done = fukkatsu("demo", FUKKATSU="off")
    assert done.returncode == 3
    assert "FUKKATSU=off" in done.stderr


def test_a_reader_that_goes_away_ends_the_demo_quietly(tmp_path, fukkatsu):
    """``fukkatsu demo | head -1``: no traceback on the terminal."""
    if sys.platform == "win32":
        pytest.skip("no pipes of this kind")
    import os
    from pathlib import Path

    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "FUKKATSU"))}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2] / "src")
    command = f"'{sys.executable}' -m fukkatsu demo | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.stdout.startswith("fukkatsu demo")
    assert done.stderr == ""
