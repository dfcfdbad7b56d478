"""Arrays of the module and of a caller, written to by what numpy and pandas are told, handed, or made to share."""

from __future__ import annotations

import textwrap

import pytest

from fukkatsu import Call
from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.given import changes_what_it_was_given
from fukkatsu._language.facts import read_facts

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

AROUND = """
import functools, itertools, operator
import numpy as np
import pandas as pd
ARR = np.array([3.0, 1.0, 2.0])
FRAME = pd.DataFrame({"a": [3, 1, 2]})
def f(x): return np.sum(ARR) + FRAME["a"].sum() + x, functools, itertools, operator
"""
EITHER = """
np.median(ARR, overwrite_input=True)
np.median(ARR, None, None, True)
np.percentile(ARR, 50, overwrite_input=True)
np.quantile(ARR, 0.5, None, None, True)
np.add(1, 2, out=(ARR,))
np.add(1, 2, **{"out": (ARR,)})
kw = {"out": (ARR,)}%np.add(1, 2, **kw)
for g in (np.add,):%    g(ARR, 1, ARR)
def g(h, a): h(a, 1, a)%g(np.add, ARR)
functools.partial(np.add, ARR, 1)(ARR)
functools.partial(np.add, ARR, 1, ARR)()
add = functools.partial(np.add, 1)%add(2, ARR)
list(map(np.add, [ARR], [1], [ARR]))
list(itertools.starmap(np.add, [(ARR, 1, ARR)]))
getattr(np, "add")(ARR, 1, ARR)
FRAME["a"].pipe(np.add, 1, ARR)
ARR.astype(float, "K", "unsafe", True, False)[0] = 99
a = np.empty(1, dtype=object)%a.fill(ARR)%a[0][0] = 99
a = np.empty(1, dtype=object)%a[0] = ARR%np.take(a, 0)[0] = 99
""".strip().splitlines()


def _refused_global(language, way):
    text = f"def f(x):\n{textwrap.indent(way.replace('%', chr(10)), '    ')}\n    return x\n"
    return language.findings(text, language.original(AROUND))


@pytest.mark.parametrize("way", EITHER)
def test_an_array_of_the_module_is_not_written_to(language, way):
    """By a switch, a tuple, a position, or a function that is handed on."""
    assert "outlives the call" in _refused_global(language, way)


def total(x, ARR, FRAME):
    """A sum."""
    return (np.sum(ARR) + FRAME["a"].sum()) / x


SOURCE = read_source(total)
FACTS = read_facts(total, SOURCE)


def _said(body):
    text = (
        "import functools, itertools, operator\nimport numpy as np\nimport pandas as pd\n"
        f"def total(x, ARR, FRAME):\n{textwrap.indent(body.replace('%', chr(10)), '    ')}\n    return 0.0\n"
    )
    given = Call((0, np.array([1.0, 2.0]), pd.DataFrame({"a": [1, 2]})))
    return changes_what_it_was_given(text, SOURCE, FACTS, given)


SHARED = """
np.array(ARR, copy=False).sort()
np.array(ARR, None, copy=None)[0] = 9
pd.to_numeric(ARR)[0] = 99
s = pd.DataFrame({"q": ARR}, copy=False)%s.loc[0, "q"] = 99
pd.Series(ARR, copy=False)[0] = 9
pd.Series([ARR]).iloc[0][0] = 99
pd.Series({"x": ARR}).x[0] = 99
pd.Series([ARR]).tolist()[0][0] = 99
pd.DataFrame({"q": [ARR]}).at[0, "q"][0] = 99
""".strip().splitlines()


@pytest.mark.parametrize("way", EITHER + SHARED)
def test_an_array_of_the_callers_is_not_written_to(way):
    """Nor what shares its memory, or holds it."""
    assert "it changes `ARR`" in str(_said(way))


ORDINARY = """
m = np.median(ARR)%m = np.median(ARR, axis=0, overwrite_input=False)
mine = ARR.astype(float)%mine[0] = 1.0%np.median(mine, overwrite_input=True)
mine = np.zeros(3)%np.add(ARR, 1, out=mine)%np.multiply(mine, 2, mine)
found = list(map(np.sqrt, [ARR, ARR])) + list(map(np.add, [ARR], [ARR]))
whole = functools.reduce(np.add, [ARR, ARR])
for g in (np.sum, np.mean):%    x = g(ARR)
add = functools.partial(np.add, 1)%more = add(ARR)
top = FRAME.agg({"a": np.max})%more = FRAME.apply(np.sqrt)
mine = np.array(ARR, copy=True)%mine[0] = 9
mine = np.take(ARR, [0, 1])%mine[0] = 9
df = pd.DataFrame([{"q": 1}])%df["q"] = df["q"].fillna(0)
both = list(itertools.starmap(np.add, zip(ARR, ARR)))
""".strip().splitlines()


@pytest.mark.parametrize("way", ORDINARY)
def test_what_only_reads_arrays_passes(language, way):
    """Reductions, maps, own outputs, copies, new tables."""
    assert not _refused_global(language, way)
    assert _said(way) is None


@pytest.mark.parametrize(
    "way",
    [
        'df = pd.DataFrame({"q": ARR, "r": [1, 2, 3]})%df["s"] = 1%df.loc[0, "q"] = 9.0',
        "s = pd.Series(ARR, copy=True)%s.iloc[0] = 5",
    ],
)
def test_a_table_made_of_a_callers_array_is_changed_at_will(way):
    """It has a copy of its own."""
    assert _said(way) is None
