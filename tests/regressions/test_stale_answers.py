"""A candidate was once judged by its predecessor's answers on the generated inputs: a right one was refused."""

from __future__ import annotations

from fukkatsu import Store, resurrect
from fukkatsu.testing import scripted_provider

WRONG = "```python\ndef share(total, n):\n    return float(total // n) if n else 0.0\n```"
RIGHT = "```python\ndef share(total, n):\n    return total / n if n else 0.0\n```"


def test_each_candidate_is_judged_by_its_own_answers():
    """The first is refused on a generated input; the second answers that input rightly and is accepted."""

    @resurrect(provider=scripted_provider(WRONG, RIGHT), store=Store())
    def share(total, n):
        return total / n

    for total, n in ((10, 5), (20, 4), (9, 3), (14, 7), (30, 10)):
        share(total, n)
    assert share(7, 0) == 0.0
    assert [report.refused_by for report in share.fukkatsu.reports] == ["differential", None]
    assert share(7, 2) == 3.5
