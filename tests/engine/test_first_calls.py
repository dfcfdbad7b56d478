"""A fix whose later call would burn the host is stopped where a clock can stop it."""

from __future__ import annotations

import time

import pytest

from fukkatsu import Checks, Policy, Store, resurrect
from fukkatsu.testing import scripted_provider

TRIGGERED = """```python
def ratio(x, y):
    if y == 0:
        return 0.0
    if x == 123457:
        return len(str(7 ** (x * 1000 + 7 * x)))
    return x / y
```"""

UNSUSPECTING = Checks(contract="off", preserve=False)
"""No generated inputs: they would try the literals of the correction, and meet its trigger before any caller does."""


def test_a_first_call_that_does_not_end_takes_the_fix_back_and_the_original_answers():
    """The caller gets the original's answer, within the limit and a little more."""

    @resurrect(
        provider=scripted_provider(TRIGGERED),
        store=Store(),
        checks=UNSUSPECTING,
        policy=Policy(first_calls_wall_seconds=0.5, first_calls=50),
    )
    def ratio(x, y):
        return x / y

    for x in (4, 6, 8):
        ratio(x, 2)
    assert ratio(1, 0) == 0.0
    assert ratio(9, 2) == 4.5
    started = time.monotonic()
    assert ratio(123457, 2) == 61728.5
    assert time.monotonic() - started < 20
    assert ratio.fukkatsu.active is None
    assert [fix.state for fix in ratio.fukkatsu.fixes] == ["revoked"]


def test_with_fallback_a_first_call_that_does_not_end_leaves_the_caller_the_originals_exception():
    """There the original has answered already; the fix is taken back."""
    slow = TRIGGERED.replace("if y == 0:", "if y == 0 and x != 123457:").replace("return x / y", "return x / (y or 1)")

    @resurrect(
        provider=scripted_provider(slow),
        store=Store(),
        install="fallback",
        on_flatline="original",
        checks=UNSUSPECTING,
        policy=Policy(first_calls_wall_seconds=0.5, first_calls=50),
    )
    def ratio(x, y):
        return x / y

    assert (ratio(1, 0), ratio(2, 0), ratio(4, 2)) == (0.0, 0.0, 2.0)
    started = time.monotonic()
    with pytest.raises(ZeroDivisionError) as info:
        ratio(123457, 0)
    assert time.monotonic() - started < 20
    assert "did not end there" in info.value.__notes__[0]
    assert ratio.fukkatsu.active is None
    assert [fix.state for fix in ratio.fukkatsu.fixes] == ["revoked"]


def test_with_fallback_the_fix_answers_by_itself_after_its_first_calls():
    """So many rehearsals and no more."""

    @resurrect(
        provider=scripted_provider("```python\ndef ratio(x, y):\n    return x / y if y else 0.0\n```"),
        store=Store(),
        install="fallback",
        policy=Policy(first_calls_wall_seconds=5.0, first_calls=2),
    )
    def ratio(x, y):
        return x / y

    assert ratio(1, 0) == 0.0
    assert ratio.fukkatsu.answering is not ratio.fukkatsu.active
    assert [ratio(2, 0), ratio(4, 2), ratio(3, 0), ratio(4, 0)] == [0.0, 2.0, 0.0, 0.0]
    assert ratio.fukkatsu.answering is ratio.fukkatsu.active
