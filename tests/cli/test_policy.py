"""``fukkatsu policy explain`` and ``fukkatsu policy check``: the real command, on a user's module."""

from __future__ import annotations

import json
import sys

import pytest

SHOP = '''\
"""A user's module."""

import json
import os
import random
from os import listdir

from fukkatsu import Policy, resurrect

RATE = 2
count = 0


class Basket:
    """Prices by name."""

    def price(self, name):
        """Of one thing."""
        self._seen = name
        return self._prices[name] * RATE


def load(folder, name):
    """Rows of a file."""
    global count
    count += 1
    with open(os.path.join(folder, name)) as lines:
        rows = json.load(lines)
    return rows, listdir(folder), os.environ["HOME"], random.choice(rows) * RATE


def run(text):
    """Whatever the text says."""
    return eval(text)


@resurrect(policy=Policy().allowing(imports={"os.getcwd"}, attributes={"_private"}))
def decorated(path):
    """Opened by its decorator."""
    return os.path.join(os.getcwd(), path), os.getppid()
'''
BAD = '''\
import subprocess


def load(folder, name):
    """Rows."""
    subprocess.run(folder)
    return open(folder).read().__class__.__mro__
'''
GOOD = '''\
def load(folder, name):
    """Rows."""
    return json.loads(folder or "[]"), RATE
'''


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop.py").write_text(SHOP, "utf-8")
    (tmp_path / "bad.py").write_text(BAD, "utf-8")
    (tmp_path / "good.py").write_text(GOOD, "utf-8")
    return tmp_path


def explain(fukkatsu, function, **environment):
    done = fukkatsu("policy", "explain", function, "--json", **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_explain_says_what_is_open_and_why(fukkatsu, shop):
    """The function's own names, each with the reason, then what the policy lists."""
    found = explain(fukkatsu, "shop:load")
    why = {own["name"]: own["why"] for own in found["own"]}
    kinds = {own["name"]: own["kind"] for own in found["own"]}
    assert why["RATE"] == "the function uses it; a later change of it is seen"
    assert why["count"] == "the function assigns it, so a correction may too"
    assert (kinds["random"], kinds["random.choice"]) == ("module", "member")
    assert why["random.choice"] == "the function uses it"
    assert why["os.path.join"] == "the policy lists it"
    assert "sorted" in found["calls"]
    assert "json" in found["imports"]


def test_explain_says_what_is_closed_and_the_lines_that_open_it(fukkatsu, shop):
    """Whatever the function itself uses, by module, by name, by builtin; lines as they stand in its file."""
    found = explain(fukkatsu, "shop:load")
    opens = [finding["opens"] for finding in found["closed"]]
    assert {"imports": ["os.environ"]} in opens
    assert {"imports": ["os.listdir"]} in opens
    assert {"calls": ["open"]} in opens
    assert found["to_open"] == {"imports": ["os.environ", "os.listdir"], "calls": ["open"], "attributes": []}
    assert found["ways"]["code"] == 'Policy().allowing(imports={"os.environ", "os.listdir"}, calls={"open"})'
    text = fukkatsu("policy", "explain", "shop:load").stdout
    number = next(n for n, line in enumerate(SHOP.splitlines(), 1) if "with open" in line)
    assert f"line {number}: `open(...)`" in text


@pytest.mark.parametrize(
    ("file", "table"),
    [("pyproject.toml", "tool.fukkatsu.policy"), ("fukkatsu.toml", "policy"), ("locked.toml", "")],
)
def test_the_lines_that_explain_prints_open_what_it_says(fukkatsu, shop, file, table):
    """Written into the file it names, under the table it names, they leave nothing closed that can be opened."""
    environment = {"FUKKATSU_POLICY": str(shop / file)} if not table else {}
    (shop / file).write_text(f"[{table}]\nwall_seconds = 1.0\n" if table else "locked = true\n", "utf-8")
    if not table:  # which no decorator may widen: the module would not be imported
        (shop / "shop.py").write_text(SHOP[: SHOP.index("@resurrect(policy=")], "utf-8")
    ways = explain(fukkatsu, "shop:load", **environment)["ways"]
    assert ways["file"] == str(shop / file)
    assert ("code" in ways) == bool(table)  # code cannot widen a locked file
    with (shop / file).open("a", encoding="utf-8") as policy:
        policy.write(ways["toml"] + "\n")
    after = explain(fukkatsu, "shop:load", **environment)
    assert after["closed"] == []
    assert after["ways"] == {}
    assert after["policy"]["files"] == [str(shop / file)]


def test_what_no_policy_opens_is_said_to_be_so(fukkatsu, shop):
    """eval, and no line that would open it."""
    found = explain(fukkatsu, "shop:run")
    assert [(f["opens"], f["remedy"]) for f in found["closed"]] == [(None, "No policy opens it; write it otherwise.")]
    assert found["ways"] == {}


def test_private_attributes_of_a_method_are_open_to_its_corrections(fukkatsu, shop):
    """``Class.method`` is named with a dot."""
    found = explain(fukkatsu, "shop:Basket.price")
    why = {own["name"]: own["why"] for own in found["own"]}
    assert why["_prices"] == "the function uses it"
    assert why["_seen"] == "the function uses it, and assigns it"
    assert found["closed"] == []


def test_the_decorators_policy_is_the_one_explained(fukkatsu, shop):
    """What it was given is open, what is missing is added to it and not to Policy()."""
    found = explain(fukkatsu, "shop:decorated")
    assert found["policy"]["decorated"] is True
    assert [finding["opens"] for finding in found["closed"]] == [{"imports": ["os.getppid"]}]
    assert found["ways"] == {"code": 'policy.allowing(imports={"os.getppid"})'}
    assert found["attributes"] == ["_private"]
    assert "its decorator was given" in fukkatsu("policy", "explain", "shop:decorated").stdout


def test_check_names_every_refusal_at_once(fukkatsu, shop):
    """Exit code 1; what can be opened comes with the lines, what cannot says so."""
    done = fukkatsu("policy", "check", "bad.py", "--function", "shop:load")
    assert done.returncode == 1
    assert "line 6: `subprocess.run`: starts processes." in done.stdout
    assert "line 7: `open(...)`" in done.stdout
    assert "No policy opens it; write it without." in done.stdout
    assert '@resurrect(policy=Policy().allowing(imports={"subprocess.run"}, calls={"open"}))' in done.stdout


def test_check_as_json_has_the_same_findings(fukkatsu, shop):
    """For an editor or a script."""
    done = fukkatsu("policy", "check", "bad.py", "--function", "shop:load", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["refused"] is True
    assert [finding["line"] for finding in found["findings"]] == [6, 7, 7]
    assert found["findings"][0]["opens"] == {"imports": ["subprocess.run"]}


def test_check_of_a_correction_that_passes(fukkatsu, shop):
    """Exit code 0, from a file and from a pipe, and with the policy of a file."""
    assert fukkatsu("policy", "check", "good.py", "--function", "shop:load").returncode == 0
    piped = fukkatsu("policy", "check", "-", "--function", "shop:load", "--json", stdin=GOOD)
    assert (piped.returncode, json.loads(piped.stdout)["findings"]) == (0, [])
    (shop / "fukkatsu.toml").write_text('[policy.allow]\nimports = ["subprocess"]\n', "utf-8")
    opened = BAD.replace("open(folder).read().__class__.__mro__", "folder")
    assert fukkatsu("policy", "check", "-", "--function", "shop:load", stdin=opened).returncode == 0


def test_check_runs_nothing_of_the_correction(fukkatsu, shop):
    """Not even its top level."""
    done = fukkatsu("policy", "check", "-", "--function", "shop:load", stdin="open('owned', 'w').close()\n" + GOOD)
    assert done.returncode == 1
    assert not (shop / "owned").exists()


@pytest.mark.parametrize(
    "text", ["", "def load(", "\x00", "prose, not a program", "def load(folder, name):\n" + "(" * 5000]
)
def test_text_that_is_no_correction_is_refused_not_raised(fukkatsu, shop, text):
    """One refusal, no traceback."""
    done = fukkatsu("policy", "check", "-", "--function", "shop:load", stdin=text)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("explain", "shop"), "must read PKG.MOD:NAME"),
        (("explain", "shop:lod"), "has no 'lod'"),
        (("explain", "nowhere:f"), "cannot import 'nowhere'"),
        (("explain", "shop:count"), "is not a function but int"),
        (("explain", "math:sqrt"), "math:sqrt"),
        (("check", "missing.py", "--function", "shop:load"), "cannot read missing.py"),
        (("check", "good.py"), "--function"),
        ((), "explain|check"),
        (("explian", "shop:load"), "explian"),
    ],
)
def test_what_cannot_be_answered_is_an_error_of_one_line(fukkatsu, shop, words, message):
    """Exit code 2, and no traceback."""
    done = fukkatsu("policy", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_policy_file_that_cannot_be_used_is_named_with_its_line(fukkatsu, shop):
    """As everywhere."""
    (shop / "fukkatsu.toml").write_text("[policy]\nimport = []\n", "utf-8")
    done = fukkatsu("policy", "explain", "shop:load")
    assert done.returncode == 2
    assert "fukkatsu.toml, line 2: import is not a key of a policy; did you mean 'imports'?" in done.stderr


@pytest.mark.parametrize("question", ["explain", "check"])
def test_help_of_both_has_an_example(fukkatsu, question):
    """One line to copy."""
    done = fukkatsu("policy", question, "--help")
    assert done.returncode == 0
    assert f"example:\n  fukkatsu policy {question}" in done.stdout
    assert "--json" in done.stdout


def test_verify_judges_under_the_policy_that_is_in_force(fukkatsu, shop):
    """Files, the decorator and --isolation together; a locked file cannot be widened by an option."""
    (shop / "fix.py").write_text("import re\ndef tidy(text):\n    return re.sub('a', 'b', text)\n", "utf-8")
    (shop / "plain.py").write_text("def tidy(text):\n    return text.strip()\n", "utf-8")
    given = ["verify", "--function", "plain:tidy", "--candidate", "fix.py", "--json"]
    calls = shop / "calls.json"
    calls.write_text('{"failure": {"args": [" a"]}}', "utf-8")
    (shop / "fukkatsu.toml").write_text("[policy.deny]\nimports = ['re']\n", "utf-8")
    for more in ([], ["--isolation", "best-effort"]):
        said = fukkatsu(*given, "--calls", "calls.json", *more)
        assert json.loads(said.stdout)["refused_by"] == "static", said
    (shop / "locked.toml").write_text("locked = true\nisolation = 'required'\n", "utf-8")
    if sys.platform == "linux":
        said = fukkatsu(*given, "--isolation", "best-effort", FUKKATSU_POLICY=str(shop / "locked.toml"))
        assert "wider than the locked policy" in said.stderr
