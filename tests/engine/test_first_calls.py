"""A fix whose later call would burn the host is stopped where a clock can stop it."""

from __future__ import annotations

import time

from fukkatsu import Policy, Store, resurrect
from fukkatsu.testing import scripted_provider

TRIGGERED = """```python
def ratio(x, y):
    if y == 0:
        return 0.0
    if x == 123457:
        return len(str(7 ** (x * 1000 + 7 * x)))
    return x / y
```"""


def test_a_first_call_that_does_not_end_takes_the_fix_back_and_the_original_answers():
    """The caller gets the original's answer, within the limit and a little more."""

    @resurrect(
        provider=scripted_provider(TRIGGERED),
        store=Store(),
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
