"""``Checks(contract="crosshair")``: symbolic execution finds what random inputs hardly ever hit, in the same jail."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import pickle
import sys

import pytest

from fukkatsu import Call, Checks, Policy, resurrect, verify
from fukkatsu._gauntlet import symbolic
from fukkatsu._sandbox import host
from fukkatsu.errors import PolicyError, ReplyError

pytestmark = pytest.mark.once

needs_crosshair = pytest.mark.skipif(
    importlib.util.find_spec("crosshair") is None or not host.jails(), reason="the extra fukkatsu[crosshair], on Linux"
)
SEARCHED = Checks(contract="crosshair", seconds=10, examples=20, constant_body=False)


def share(x: int, parts: int) -> int:
    """Equal shares.

    pre: x >= 0 and parts >= 0
    post: 0 <= __return__ <= x
    """
    return x // parts


def split(x, parts):
    """post: __old__.x == x and implies(parts == 0, _ == x)"""
    return x // parts


def negative(x: int) -> int:
    """Half.

    :raises ValueError: if x == -98765
    """
    if x == -98765:
        raise ValueError(x)
    return 10 // x


def judged(source, original, failure, *good, checks=SEARCHED, **options):
    report = verify(source, original, failure=failure, good_calls=good, checks=checks, **options)
    return report, next((v for v in report.verdicts if v.stage == "contract"), None)


RIGHT = "def share(x, parts):\n    return x // parts if parts else x"
NEEDLE = (
    "def share(x, parts):\n    if parts * 7 == 864197523:\n        return x + 1\n    return x // parts if parts else x"
)
CALLS = (Call((7, 0)), Call((8, 2)), Call((9, 3)))


@needs_crosshair
def test_a_needle_is_found_run_and_judged():
    """One number in four thousand million: no generated input is it, the solver computes it."""
    refused, _ = judged(NEEDLE, share, *CALLS)
    assert refused.refused_by == "contract", str(refused)
    assert "found by CrossHair" in refused.reason
    assert "post: 0 <= __return__ <= x` is false" in refused.reason
    assert refused.counterexample.args[1] == 864197523 // 7
    without, _ = judged(NEEDLE, share, *CALLS, checks=Checks(examples=20, constant_body=False))
    assert without.refused_by != "contract", "the other checks do not see it"


@needs_crosshair
def test_a_right_correction_passes_and_the_report_says_what_was_searched():
    """The note tells how much was tried: silence would look like proof."""
    accepted, _ = judged(RIGHT, share, *CALLS)
    assert accepted.accepted, str(accepted)
    assert any("CrossHair found no counterexample" in note for note in accepted.notes)


@needs_crosshair
def test_parameters_without_annotations_take_the_types_that_were_seen():
    """Most functions have none; ``__old__`` and ``implies`` are executed symbolically too."""
    source = "def split(x, parts):\n    if parts == 0:\n        return x if x != 1234567 else 0\n    return x // parts"
    refused, _ = judged(source, split, *CALLS)
    assert refused.refused_by == "contract", str(refused)
    assert refused.counterexample.args == (1234567, 0)


@needs_crosshair
def test_a_documented_exception_is_part_of_what_is_searched():
    """The number that must raise is computed from the docstring's condition."""
    checks = dataclasses.replace(
        SEARCHED, unneeded_changes=False
    )  # its text would be refused for the check it leaves out
    source = "def negative(x):\n    return 10 // x if x else 0"
    refused, _ = judged(source, negative, Call((0,)), Call((5,)), checks=checks)
    assert not refused.accepted, str(refused)
    assert refused.counterexample.args == (-98765,)


@needs_crosshair
def test_a_search_without_end_is_ended_from_outside_and_is_no_verdict():
    """A candidate that loops for ever on symbols: the process is killed, the other checks stand."""
    source = (
        "def share(x, parts):\n    total = 0\n    while parts > 1000000:\n        total += 1\n"
        "    return x // parts if parts else x"
    )
    checks = Checks(contract="crosshair", seconds=1.5, examples=20)
    report, verdict = judged(source, share, *CALLS, checks=checks)
    assert verdict is not None, str(report)
    assert any("no counterexample within Checks.seconds=1.5 s" in note for note in report.notes), str(report)


@needs_crosshair
def test_it_runs_in_the_jail_or_not_at_all():
    """The process that executes the candidate has every wall that runners have."""
    there = {layer.name for layer in host.zygote("symbolic").isolation.layers if layer.available}
    runners = {layer.name for layer in host.zygote("runner").isolation.layers if layer.available}
    assert there == runners


@needs_crosshair
def test_less_isolation_than_required_is_a_refusal(monkeypatch):
    """Fail closed: nothing of the candidate is executed on symbols where a wall is missing."""
    weak = host.Zygote("symbolic", (), ("seccomp",))
    monkeypatch.setitem(host._zygotes, ("symbolic", (), ()), weak)
    try:
        report, verdict = judged(RIGHT, share, *CALLS, policy=Policy(isolation="required"))
    finally:
        weak.stop()
    assert report.refused_by == "contract", str(report)
    assert "seccomp" in verdict.reason


@pytest.mark.parametrize("reply", [b"", b"[]", b'{"found": 3, "paths": 1}', b'{"found": "x"}', pickle.dumps(1)])
def test_what_comes_back_is_data_from_an_untrusted_process(reply):
    """Anything but the two fields is an answer that cannot be read."""
    with pytest.raises(ReplyError):
        symbolic._read(reply)


def test_what_is_suggested_is_rebuilt_as_builtin_types_only():
    """Never unpickled; an object of another class is no input."""
    suggestion, why = symbolic._tried(None, json.dumps(["object", "os.system", ["x"]]).encode())
    assert suggestion is None
    assert "cannot be made" in why


def test_a_missing_package_is_said_at_decoration_with_the_extra_that_brings_it(monkeypatch):
    """Not at the first failure, at night."""
    monkeypatch.setitem(sys.modules, "crosshair", None)
    with pytest.raises(PolicyError, match=r"fukkatsu\[crosshair\]"):
        resurrect(checks=Checks(contract="crosshair"))
    with pytest.raises(PolicyError, match=r"fukkatsu\[crosshair\]"):
        verify(RIGHT, share, checks=Checks(contract="crosshair"))
