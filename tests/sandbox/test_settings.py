"""What the program has set for its whole process holds in a runner too: answers depend on it, and a trial is told by it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fukkatsu import Call, Policy, verify
from fukkatsu._capture.source import read_source
from fukkatsu._language.facts import read_facts
from fukkatsu._language.program import Program, compile_program, link_program
from fukkatsu._language.scope import LiveScope
from fukkatsu._oracle import values
from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu._sandbox.serve import SandboxedFunction


def in_a_runner(function, *args):
    """What *function* answers there, or the name of what it raises."""
    run = pool.run(pool.original_subject(carry(function)), [pool.Step("call", carry_call(args, {}))], Policy())
    assert run.ended == "finished", run
    outcome = run.outcomes[0]
    return outcome.exception or values.rebuild(outcome.value)


def divided(x):
    with np.errstate():
        return float(np.divide(np.array([1.0]), np.array([x]))[0])


def written(x):
    return str(np.array([x]))


def shown(rows):
    return repr(pd.DataFrame({"a": list(range(rows))}))


def digits(n):
    return len(str(10**n))


@pytest.fixture
def fewer_digits():
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(700)
    yield
    sys.set_int_max_str_digits(before)


def test_numpy_meets_a_division_by_zero_as_the_program_told_it_to():
    """Under ``all="raise"`` an original that crashed with it crashes in a trial as well."""
    with np.errstate(divide="ignore"):
        assert in_a_runner(divided, 0.0) == float("inf")
    with np.errstate(all="raise"):
        assert in_a_runner(divided, 0.0) == "FloatingPointError"
        assert in_a_runner(divided, 2.0) == 0.5


def test_numpy_and_pandas_write_as_the_program_told_them_to():
    """As text their values are other ones, and a correction may compare texts."""
    with np.printoptions(precision=3, sign=" "):
        assert in_a_runner(written, 1 / 3) == written(1 / 3) == "[ 0.333]"
    assert in_a_runner(written, 1 / 3) == written(1 / 3)
    with pd.option_context("display.max_rows", 7):
        assert in_a_runner(shown, 30) == shown(30)
        assert len(shown(30).splitlines()) < 15
    assert in_a_runner(shown, 30) == shown(30)


def test_an_integer_may_have_as_many_digits_as_in_the_program(fewer_digits):
    """One more is a ValueError, which a correction may catch."""
    assert in_a_runner(digits, 600) == 601
    assert in_a_runner(digits, 800) == "ValueError"


def test_a_runner_that_is_kept_follows_its_caller():
    """Each call has the settings of the program at that moment."""
    with SandboxedFunction(pool.original_subject(carry(written)), Policy()) as served:
        plain = written(1 / 3)
        assert served(1 / 3) == plain
        with np.printoptions(precision=3):
            assert served(1 / 3) == "[0.333]"
        assert served(1 / 3) == plain


def share(total, people):
    """A share."""
    return total / people


TOLD = {
    "digits": "    try:\n        str(10 ** 2000)\n    except ValueError:\n        return 666.0\n",
    "numpy": (
        "    try:\n        np.divide(np.array([1.0]), np.array([0.0]))\n    except FloatingPointError:\n"
        "        return 666.0\n"
    ),
}


def halved(total, people):
    """A share of what lies in an array."""
    return float(np.array([total])[0]) / people


@pytest.mark.parametrize("which", TOLD)
def test_a_correction_that_asks_for_a_setting_is_tried_with_the_programs(which, fewer_digits):
    """And refused for what it answers then."""
    function = halved if which == "numpy" else share
    text = (
        f"def {function.__name__}(total, people):\n{TOLD[which]}    return float(total) / people if people else 0.0\n"
    )
    with np.errstate(all="raise"):
        report = verify(text, function, failure=Call((1, 0)), good_calls=[Call((4, 2)), Call((9, 3))])
    assert report.refused_by == "good-calls", str(report)


IN_A_RUNNER = """
import locale, sys
from fukkatsu import Policy
from fukkatsu._oracle import values
from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry, carry_call

def in_a_runner(function, *args):
    run = pool.run(pool.original_subject(carry(function)), [pool.Step("call", carry_call(args, {}))], Policy())
    return values.rebuild(run.outcomes[0].value)
"""
PRINTED = f"""{IN_A_RUNNER}
def said(text):
    try:
        print(text)
    except UnicodeEncodeError:
        return "cannot be encoded"
    return "said"

sys.stderr.write(repr([(said(text), in_a_runner(said, text)) for text in ("a", "\\u20ac", "\\ud800")]))
"""


def run_alone(text, **environment):
    """What a program of its own says on stdout, or stderr."""
    own = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    done = subprocess.run([sys.executable, "-c", text], env=own, capture_output=True, check=True)
    return done.stderr.decode() or done.stdout.decode()


@pytest.mark.parametrize(
    ("encoding", "answers"),
    [
        ("utf-8", ["said", "said", "cannot be encoded"]),
        ("ascii", ["said", "cannot be encoded", "cannot be encoded"]),
        ("ascii:replace", ["said", "said", "said"]),
    ],
)
def test_stdout_of_a_runner_takes_what_the_programs_takes(encoding, answers):
    """What that cannot encode is an exception there too, which a correction may catch."""
    assert run_alone(PRINTED, PYTHONIOENCODING=encoding) == repr([(answer, answer) for answer in answers])


GROUPED = f"""{IN_A_RUNNER}
locale.setlocale(locale.LC_ALL, "de_DE")

def grouped(number):
    return f"{{number:n}}", locale.str(1.5)

print((grouped(1234567), in_a_runner(grouped, 1234567)))
"""


def test_a_runner_has_the_locale_that_the_program_has_chosen(tmp_path):
    """By a call, that is: what the environment says travels anyway."""
    made = shutil.which("localedef")
    if made is None or not Path("/usr/share/i18n/locales/de_DE").exists():
        pytest.skip("no locale can be made here")
    subprocess.run([made, "-i", "de_DE", "-f", "ISO-8859-1", str(tmp_path / "de_DE")], check=False, capture_output=True)
    tmp_path.chmod(0o755)
    expected = ("1.234.567", "1,5")
    assert run_alone(GROUPED, LOCPATH=str(tmp_path), LC_ALL="").strip() == repr((expected, expected))


def shout(total, people):
    """A share, said aloud."""
    print("share")
    return total / people


class Mute:
    def write(self, text):
        pass

    def flush(self):
        pass


def test_what_a_stream_of_the_programs_own_answers_is_no_business_of_a_correction(monkeypatch):
    """One that was put in the place of stdout may answer nothing, or anything."""
    text = (
        'import sys\n\ndef shout(total, people):\n    said = sys.stdout.write("share\\n")\n'
        "    return total / people if people and said == 6 else 0.0\n"
    )
    report = verify(text, shout, failure=Call((1, 0)), good_calls=[Call((4, 2)), Call((9, 3))])
    assert report.accepted, str(report)
    facts = read_facts(shout, read_source(shout))
    program = Program(text, facts, Policy(), "<candidate>")
    scope = LiveScope(shout, facts.scope_names)
    linked = link_program(program, compile_program(program), scope, defaults=None, kwdefaults=None)
    monkeypatch.setattr(sys, "stdout", Mute())
    assert linked(4, 2) == 2.0


class Broken:
    encoding = "ascii"

    def write(self, text):
        raise OSError("a pipe that nobody reads")

    def flush(self):
        raise ValueError("closed")


@pytest.mark.parametrize("stream", [None, Broken(), io.TextIOWrapper(io.BytesIO(), "ascii", write_through=True)])
@pytest.mark.parametrize("said", ['sys.stderr.write("\\u20ac")', 'print("\\u20ac", file=sys.stderr, flush=True)'])
def test_a_stderr_that_takes_nothing_is_told_by_nothing(stream, said, monkeypatch):
    """A daemon has none, one behind a pipe may be closed; that of a trial takes any text."""
    text = (
        f"import sys\n\ndef shout(total, people):\n    try:\n        {said}\n"
        "    except (AttributeError, OSError, ValueError):\n        return 666.0\n"
        '    print("share")\n    return total / people if people else 0.0\n'
    )
    report = verify(text, shout, failure=Call((1, 0)), good_calls=[Call((4, 2)), Call((9, 3))])
    assert report.accepted, str(report)
    facts = read_facts(shout, read_source(shout))
    program = Program(text, facts, Policy(), "<candidate>")
    scope = LiveScope(shout, facts.scope_names)
    linked = link_program(program, compile_program(program), scope, defaults=None, kwdefaults=None)
    monkeypatch.setattr(sys, "stderr", stream)
    assert linked(4, 2) == 2.0
