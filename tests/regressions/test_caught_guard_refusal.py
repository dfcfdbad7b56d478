"""A refusal of a guard cannot be hidden by the correction that provoked it: the gauntlet refuses the correction."""

from __future__ import annotations

import pytest

from fukkatsu import Call, Checks, verify
from fukkatsu._sandbox.host import isolation

pytestmark = pytest.mark.skipif(not isolation().sufficient, reason="this machine has no full sandbox")


def original(x):
    """The first character."""
    return x[0]


# Each reaches for something closed under a name that only exists at run time, and hides that it was refused.
HIDDEN = {
    "except Exception": """
def original(x):
    try:
        getattr(x, "__cl" + "ass__").__name__
        getattr(x, "__re" + "duce__")
    except Exception:
        pass
    return x[:1]
""",
    "bare except": """
def original(x):
    try:
        ("{0.__cl" + "ass__.__mro__}").format(x)
    except:
        pass
    return x[:1]
""",
    "its own class": """
def original(x):
    try:
        getattr(original, "__glo" + "bals__")
    except (AttributeError, TypeError):
        pass
    return x[:1]
""",
    "a default of getattr": """
def original(x):
    getattr(original, "__co" + "de__", None)
    return x[:1]
""",
    "suppress": """
from contextlib import suppress
def original(x):
    with suppress(Exception):
        setattr(str, "x", 1)
    return x[:1]
""",
    "finally": """
def original(x):
    answer = x[:1]
    try:
        type(original)
    except AttributeError:
        answer = x[:1]
    finally:
        answer = x[:1]
    return answer
""",
    "a generator that is closed": """
def original(x):
    def attempt():
        try:
            yield getattr(x, "__su" + "bclasshook__")
        except Exception:
            yield None
    for _ in attempt():
        break
    return x[:1]
""",
    "an exception group": """
def original(x):
    try:
        getattr(x, "__di" + "ct__")
    except* Exception:
        pass
    return x[:1]
""",
    "only with good arguments": """
def original(x):
    if x:
        try:
            getattr(x, "__ba" + "se__")
        except Exception:
            pass
    return x[:1]
""",
}


def judge(text):
    """By guards alone: the lint of broad except clauses, which would refuse some of these unrun, is off."""
    return verify(
        text,
        original,
        failure=Call(("",)),
        good_calls=[Call(("ab",)), Call(("b",))],
        checks=Checks(broad_except=False),
    )


@pytest.mark.parametrize("name", HIDDEN)
def test_a_correction_that_hides_a_refused_access_is_refused(name):
    """Its answers are right, and it is refused all the same: the reason names what it reached for."""
    report = judge(HIDDEN[name])
    assert not report.accepted
    assert report.refused_by in ("sandbox", "failing-call", "good-calls")
    assert "closed" in report.reason or "may not assign" in report.reason, report.reason


def test_the_same_correction_without_the_attempt_is_accepted():
    """So it is the attempt that is refused, and nothing else."""
    report = judge(
        """
def original(x):
    try:
        getattr(x, "no_such", None)
    except Exception:
        pass
    return x[:1]
"""
    )
    assert report.accepted, str(report)
