"""`fukkatsu export`: a fix of a store becomes a patch and a test that belong in the repository."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from fukkatsu import Store
from fukkatsu._model.call import Outcome
from fukkatsu._model.fix import Fix, FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import STAGES, Report, Verdict
from fukkatsu._oracle.values import encode
from fukkatsu._store.address import open_backend
from fukkatsu._store.connect import writing
from fukkatsu._store.recorded import StoredCall
from fukkatsu._store.records import Circumstances

SRC = str(Path(__file__).parents[2] / "src")
KEY = "a key of thirty-two characters.."
MODULE = '''\
from fukkatsu import resurrect


@resurrect(lives=2)  # until it is mended
def unit_price(total, count):
    """Price of one piece; nothing for no pieces.

    >>> unit_price(1, 0)
    0.0
    """
    return total / count
'''
TEXT = MODULE[MODULE.index("def unit_price") :]
CORRECTION = "def unit_price(total, count):\n    if count == 0:\n        return 0.0\n    return total / count\n"


@pytest.fixture
def shop(tmp_path):
    """A repository with one function, and a signed store with a fix of it; yields the folder and the fix's id."""
    (tmp_path / "prices_of_tests.py").write_text(MODULE)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    key_file = tmp_path / "key"
    key_file.write_text(KEY)
    store = Store(f"sqlite:///{tmp_path / 'fixes.db'}", key_file=key_file)
    fix = Fix(
        key=FixKey(
            module="prices_of_tests",
            qualname="unit_price",
            source_sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
            fingerprint="f",
            additional_req="",
        ),
        candidate=Candidate(text=CORRECTION, model="m"),
        report=Report(
            function="unit_price",
            source=CORRECTION,
            verdicts=tuple(Verdict(stage=s, outcome="accepted") for s in STAGES),
            isolation="full",
        ),
    )
    told = Circumstances(
        source=TEXT,
        filename=str(tmp_path / "prices_of_tests.py"),
        first_line=5,
        exception="ZeroDivisionError: division by zero",
        arguments={"total": "1", "count": "0"},
    )
    kept = store.remember(fix, told)
    store.close()
    return tmp_path, kept.id


def export(folder, *words):
    """The command itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FUKKATSU", "OPENAI"))}
    command = [sys.executable, "-m", "fukkatsu", "export", *words, "--store", f"sqlite:///{folder / 'fixes.db'}"]
    return subprocess.run(
        [*command, "--key-file", folder / "key"],
        cwd=folder,
        env=environment | {"PYTHONPATH": f"{SRC}:{folder}"},
        capture_output=True,
        text=True,
        check=False,
    )


def run_tests(folder):
    """pytest over the exported test; its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, "test_price.py"]
    environment = os.environ | {"PYTHONPATH": f"{SRC}:{folder}"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).returncode


def test_patch_and_test_go_into_the_repository(shop):
    """The test fails before the patch and passes after it; nothing else of the file changed."""
    folder, fix = shop
    calls = folder / "calls.json"
    calls.write_text(json.dumps({"good_calls": [{"args": [6, 3], "returned": 2.0}]}))
    done = export(folder, fix, "--patch", "fix.patch", "--test", "test_price.py", "--calls", "calls.json")
    assert done.returncode == 0, done.stderr
    assert run_tests(folder) == 1
    subprocess.run(["git", "apply", "fix.patch"], cwd=folder, check=True)
    assert run_tests(folder) == 0
    body = CORRECTION.partition("\n")[2]
    assert (folder / "prices_of_tests.py").read_text() == MODULE.replace("    return total / count\n", body)


def test_without_a_file_the_patch_is_printed_as_git_takes_it(shop):
    """Nothing else is on stdout."""
    folder, fix = shop
    done = export(folder, fix)
    assert done.stdout.startswith("diff --git a/prices_of_tests.py b/prices_of_tests.py\n")
    subprocess.run(["git", "apply", "-"], cwd=folder, check=True, input=done.stdout, text=True)


def test_check_says_whether_the_tree_still_matches(shop):
    """By exit code and in words."""
    folder, fix = shop
    assert export(folder, fix, "--check").returncode == 0
    source = folder / "prices_of_tests.py"
    source.write_text(MODULE.replace("total / count", "total / count + 0"))
    done = export(folder, fix, "--check", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["matches"] is False
    assert "was changed since it was corrected" in answer["reason"]
    assert export(folder, fix).returncode == 1


def test_a_correction_that_no_longer_passes_makes_no_test(shop):
    """The calls given say otherwise."""
    folder, fix = shop
    (folder / "calls.json").write_text(json.dumps({"failure": {"args": [1, "x"]}}))
    done = export(folder, fix, "--test", "test_price.py", "--calls", "calls.json")
    assert done.returncode == 1
    assert "does not pass the gauntlet" in done.stderr
    assert not (folder / "test_price.py").exists()


def test_what_is_not_there_is_said_with_a_remedy(shop):
    """A fix, a store, a source file."""
    folder, fix = shop
    assert "there is no fix 'nope'" in export(folder, "nope").stderr
    (folder / "prices_of_tests.py").rename(folder / "moved.py")
    done = export(folder, fix)
    assert done.returncode == 2
    assert "--source FILE" in done.stderr
    assert export(folder, fix, "--source", "moved.py").returncode == 0
    (folder / "fixes.db").unlink()
    done = export(folder, fix)
    assert done.returncode == 2
    assert "there is no store at" in done.stderr


def stored_call(args, returned=None, failing=False):
    """A call as a process stored it."""
    outcome = None if failing else Outcome("returned", value=encode(returned).text)
    text = encode([list(args), {}]).text
    return StoredCall(arguments=text, outcome=outcome, failing=failing, shape=str(args))


def keep_calls(folder, *calls):
    """Have the store keep *calls* of the function of its one fix."""
    store = open_backend(f"sqlite:///{folder / 'fixes.db'}", KEY.encode())
    (fix,) = store.fixes()
    store.note_calls(fix.key, calls, Circumstances())
    return store


def test_a_test_holds_the_calls_that_the_store_keeps(shop):
    """The failing call that masked text cannot say, and good calls; what is left out is counted aloud."""
    folder, fix = shop
    long = "1" * 3_000
    store = keep_calls(
        folder,
        stored_call([6, 3], 2.0),
        stored_call([1.5, 1], 1.5),
        stored_call([7, 7], 3.0),
        stored_call([8, "sk-live-0123456789abcdefghij"], 3.0),
        StoredCall(arguments=b'["list",["list",["object","nowhere.Money","n",1],1],["dict"]]', shape="object"),
        stored_call([int(long), 0], failing=True),
    )
    store.close()
    done = export(folder, fix, "--patch", "fix.patch", "--test", "test_price.py")
    assert done.returncode == 0, done.stderr
    text = (folder / "test_price.py").read_text()
    assert f"0x{int(long):x}" in text
    assert "function(6, 3)" in text
    assert "function(1.5, 1)" in text
    assert "sk-live" not in text
    assert text.count("def test_") == 3
    assert "# Left out: a call with something in it that looks like a secret." in text
    assert "# Left out: a call with arguments that cannot be built here" in text
    assert "# Left out: a call that the function does not answer here as it did when it was stored." in text
    assert run_tests(folder) == 1
    subprocess.run(["git", "apply", "fix.patch"], cwd=folder, check=True)
    assert run_tests(folder) == 0


def test_calls_that_somebody_else_wrote_are_not_in_a_test(shop):
    """Refused, said, and in the audit; the masked text of the failing call is still there."""
    folder, fix = shop
    store = keep_calls(folder, stored_call([6, 3], 2.0), stored_call([6, 6], 1.0))
    with writing(store.engine) as connection, connection.begin():
        connection.execute(sql('UPDATE calls SET arguments = \'["list",["list",9,3],["dict"]]\' WHERE id = 1'))
    done = export(folder, fix, "--test", "test_price.py")
    assert done.returncode == 0, done.stderr
    assert "refused 1 of the stored calls of unit_price: its signature is wrong" in done.stderr
    text = (folder / "test_price.py").read_text()
    assert "function(9, 3)" not in text
    assert "function(6, 6)" in text
    assert "test_it_answers_where_it_failed" in text
    assert [entry.event for entry in store.entries()][-1] == "calls.refused"
    store.close()
