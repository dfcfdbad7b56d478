"""``fukkatsu verify``: the gauntlet on a file."""

from __future__ import annotations

import json

import pytest

SHOP = '''\
"""A user's module."""

from fukkatsu import resurrect


def unit_price(total, count):
    """Price of one piece.

    post: implies(count == 0, __return__ == 0)
    """
    return total / count


@resurrect
def decorated(total, count):
    """Price of one piece."""
    return total / count


class Basket:
    """Not a function."""

    @staticmethod
    def share(total, count):
        """Price of one piece."""
        return total / count


NUMBER = 3
'''
RIGHT = "def unit_price(total, count):\n    return total / count if count else 0\n"
WRONG = "def unit_price(total, count):\n    return total // count if count else 0\n"
CALLS = {
    "failure": {"kwargs": {"total": 1, "count": 0}},
    "good_calls": [{"args": [7, 2], "returned": 3.5}, {"args": [9, 4]}],
}


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop.py").write_text(SHOP, "utf-8")
    (tmp_path / "right.py").write_text(RIGHT, "utf-8")
    (tmp_path / "wrong.py").write_text(WRONG, "utf-8")
    (tmp_path / "calls.json").write_text(json.dumps(CALLS), "utf-8")
    return tmp_path


def verify(fukkatsu, *more, function="shop:unit_price", candidate="right.py", **options):
    return fukkatsu("verify", "--function", function, "--candidate", candidate, *more, **options)


def test_a_right_correction_is_accepted(fukkatsu, shop):
    """Exit code 0 and the evidence line."""
    done = verify(fukkatsu, "--calls", "calls.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "correction of unit_price: accepted" in done.stdout
    assert "verified on 2 good calls" in done.stdout


def test_a_wrong_correction_is_refused_with_its_counterexample(fukkatsu, shop):
    """Exit code 1, and the same report as in the library, as JSON."""
    done = verify(fukkatsu, "--calls", "calls.json", "--json", candidate="wrong.py")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert (report["accepted"], report["refused_by"]) == (False, "good-calls")
    assert report["counterexample"] == {"args": [7, 2], "kwargs": {}}
    assert [verdict["stage"] for verdict in report["verdicts"]][-1] == "good-calls"


def test_a_decorated_function_is_judged_by_its_original(fukkatsu, shop):
    """The decorator on the function of a running service is no obstacle."""
    (shop / "fix.py").write_text(RIGHT.replace("unit_price", "decorated"), "utf-8")
    done = verify(fukkatsu, "--calls", "calls.json", function="shop:decorated", candidate="fix.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_candidate_can_come_from_a_pipe(fukkatsu, shop):
    """``-`` reads standard input."""
    assert verify(fukkatsu, candidate="-", stdin=RIGHT).returncode == 0


def test_the_candidate_is_never_executed_here(fukkatsu, shop):
    """Not even its top level: a file that would write another is refused, and nothing is written."""
    (shop / "evil.py").write_text("open('owned', 'w').close()\n" + RIGHT, "utf-8")
    done = verify(fukkatsu, candidate="evil.py")
    assert done.returncode == 1
    assert "refused by static" in done.stdout
    assert not (shop / "owned").exists()


def test_bytes_that_are_not_text_are_refused_not_raised(fukkatsu, shop):
    """Judging them is the gauntlet's work."""
    (shop / "binary.py").write_bytes(b"\xff\xfe\x00def unit_price(")
    done = verify(fukkatsu, candidate="binary.py")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"function": "shop"}, "PKG.MOD:NAME"),
        ({"function": "no_such_module:f"}, "cannot import 'no_such_module'"),
        ({"function": "shop:unit_prise"}, "has no 'unit_prise'. It has: "),
        ({"function": "shop:NUMBER"}, "not a function but int"),
        ({"function": "math:sqrt"}, "math:sqrt"),
        ({"candidate": "missing.py"}, "missing.py"),
    ],
)
def test_what_is_not_there_is_named(fukkatsu, shop, options, words):
    """Exit code 2, one message, no traceback."""
    done = verify(fukkatsu, **options)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "cannot be read"),
        ("[]", '"failure" and "good_calls"'),
        ('{"good": []}', '"failure" and "good_calls"'),
        ('{"good_calls": {}}', "must be a list"),
        ('{"good_calls": [{"arg": [1]}]}', "args, kwargs, raised, returned"),
        ('{"good_calls": [{"args": 1}]}', '"args" must be a list'),
        ('{"failure": {"raised": "NoSuchError"}}', "NoSuchError"),
        ('{"failure": {"args": [{"$literal": "open(1)"}]}}', "cannot be read"),
    ],
)
def test_a_calls_file_that_cannot_be_used_says_why(fukkatsu, shop, document, words):
    """The file is the user's: the message names what is wrong with it."""
    (shop / "bad.json").write_text(document, "utf-8")
    done = verify(fukkatsu, "--calls", "bad.json")
    assert done.returncode == 2
    assert words in done.stderr


def test_literals_stand_for_what_json_cannot_write(fukkatsu, shop):
    """Tuples, sets and bytes in calls, results and deliberate exceptions."""
    (shop / "pairs.py").write_text(
        "def first(pair):\n"
        "    if not isinstance(pair, tuple):\n        raise TypeError('a pair')\n"
        "    return pair[0], len(pair)\n",
        "utf-8",
    )
    (shop / "fix.py").write_text(
        "def first(pair):\n"
        "    if not isinstance(pair, tuple):\n        raise TypeError('a pair')\n"
        "    if not pair:\n        return None, 0\n"
        "    return pair[0], len(pair)\n",
        "utf-8",
    )
    calls = {
        "failure": {"args": [{"$literal": "()"}]},
        "good_calls": [
            {"args": [{"$literal": "(1, 2)"}], "returned": {"$literal": "(1, 2)"}},
            {"args": [[1, 2]], "raised": "TypeError"},
        ],
    }
    (shop / "calls.json").write_text(json.dumps(calls), "utf-8")
    done = verify(fukkatsu, "--calls", "calls.json", "--json", function="pairs:first", candidate="fix.py")
    report = json.loads(done.stdout)
    assert done.returncode == 0, report
    assert report["evidence"]["good_calls"] == 2


def test_a_static_method_is_named_with_dots(fukkatsu, shop):
    """``PKG.MOD:Class.method``."""
    (shop / "fix.py").write_text(RIGHT.replace("unit_price", "share"), "utf-8")
    done = verify(fukkatsu, function="shop:Basket.share", candidate="fix.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_another_correction_must_agree(fukkatsu, shop):
    """``--also``: one that answers the crash otherwise refuses both; one that is written otherwise agrees."""
    (shop / "plain.py").write_text("def decorated(total, count):\n    return total / count if count else 0\n", "utf-8")
    (shop / "long.py").write_text(
        "def decorated(total, count):\n    if count == 0:\n        return 0\n    return total / count\n", "utf-8"
    )
    (shop / "other.py").write_text(
        "def decorated(total, count):\n    return total / count if count else total\n", "utf-8"
    )
    given = {"function": "shop:decorated", "candidate": "plain.py"}
    agreed = verify(fukkatsu, "--calls", "calls.json", "--also", "long.py", **given)
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr
    parted = verify(fukkatsu, "--calls", "calls.json", "--also", "long.py", "--also", "other.py", "--json", **given)
    assert parted.returncode == 1
    assert json.loads(parted.stdout)["refused_by"] == "differential"


def test_a_reading_of_the_prose_counts(fukkatsu, shop):
    """``--reading``: what a model read is held against the docstring; what fits no sentence there is a note."""
    (shop / "reading.json").write_text('[{"sentence": "Price of one dozen.", "cases": []}]', "utf-8")
    done = verify(fukkatsu, "--calls", "calls.json", "--reading", "reading.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Price of one dozen" in done.stdout
    missing = verify(fukkatsu, "--reading", "nowhere.json")
    assert missing.returncode == 2
    assert "--reading nowhere.json" in missing.stderr
