"""Arguments that change when they are used: files, arrays by every way to write to them, dicts that make entries."""

from __future__ import annotations

import collections
import io
import textwrap

import pytest

from fukkatsu import Call
from fukkatsu._capture.source import read_source
from fukkatsu._gauntlet.given import changes_what_it_was_given
from fukkatsu._language.facts import read_facts

numpy = pytest.importorskip("numpy")
pandas = pytest.importorskip("pandas")
np = numpy


def total(x, arr, frame, made, sio):
    """A sum."""
    return (np.sum(arr) + frame["a"].sum() + len(made) + len(sio.getvalue())) / x


def _arguments(x):
    frame = pandas.DataFrame({"a": [1, 2]})
    return Call((x, numpy.array([1.0, 2.0]), frame, collections.defaultdict(int, a=1), io.StringIO("abc")))


SOURCE = read_source(total)
FACTS = read_facts(total, SOURCE)


def _said(body):
    text = (
        "def total(x, arr, frame, made, sio):\n    if x == 342:\n"
        + textwrap.indent(body, "        ")
        + "\n    return (np.sum(arr) + frame['a'].sum() + len(made) + len(sio.getvalue())) / x if x else 0.0\n"
    )
    return changes_what_it_was_given(text, SOURCE, FACTS, _arguments(0))


@pytest.mark.parametrize(
    "body",
    [
        "np.nanmax(np.ones((2, 2)), 0, arr)",
        "np.add.reduce(np.ones((2, 2)), 0, None, arr)",
        "np.ones((2, 2)).sum(0, **{'out': arr})",
        "v = arr.reshape(2)\nv[0] = 9.0",
        "v = np.asarray(arr)\nv[0] = 9.0",
        "frame['a'].to_numpy()[0] = 9",
        "frame.drop(columns='a', **{'inplace': True})",
        "frame.assign(b=frame['a']).pop('b')\nframe.pop('a')",
        "made[x, 1]",
        "'%(zzz)s' % made",
        "sio.seek(1)",
        "print('x', file=sio)",
        "import json\njson.dump([1], sio)",
    ],
)
def test_a_change_that_waits_for_another_input_is_read_in_the_text(body):
    """Nobody tries 342: the text shows what is done to the caller's object there."""
    assert "it changes" in str(_said(body))


@pytest.mark.parametrize(
    "body",
    [
        "mine = arr.reshape(2).copy()\nmine[0] = 9.0\nx = mine.sum()",
        "x = np.nanmax(arr, 0) + np.clip(arr, 0, 1).sum() + np.where(arr > 0, arr, 0).sum()",
        "mine = np.zeros(2)\nnp.add(arr, 1, mine)\nx = mine.sum()",
        "mine = frame.copy()\nmine['b'] = 1\nx = frame['a'].to_numpy().sum()",
        "x = made.get(x, 1) + len(sio.getvalue()) + sio.tell()",
        "x = len(frame.assign(**{x: 1}))",
        "names = {'b': 1, 'out': 2}\nmine = frame.assign(**names).dropna(subset=['a'])\nmine['b'] = 3\nx = len(mine)",
    ],
)
def test_reading_and_copies_pass(body):
    """What tells, computes, or is the call's own."""
    assert _said(body) is None


def ratios(table, totals):
    """Each row of table divided by its total."""
    return table / totals[:, None]


RATIOS = read_source(ratios)
OF_ARRAYS = Call((numpy.array([[1.0, 3.0]]), numpy.array([4.0])))
OF_A_LIST = Call((numpy.array([[1.0, 3.0]]), [0.0]))


@pytest.mark.parametrize(
    ("first", "refused"),
    [
        ("totals = np.asarray(totals, dtype=float)", True),
        ("totals = np.ravel(totals)", True),
        ("totals = np.array(totals, dtype=float)", False),
        ("totals = np.asarray(totals, dtype=float).copy()", False),
        ("totals = np.asarray(totals, dtype=float) + 0.0", False),
    ],
)
@pytest.mark.parametrize("failing", [OF_A_LIST, OF_ARRAYS], ids=["a list fails", "an array fails"])
def test_the_kind_of_an_argument_is_that_of_all_calls(first, refused, failing):
    """Of a list ``asarray()`` is a copy: where all other calls give arrays, it is the caller's own."""
    text = (
        f"def ratios(table, totals):\n    {first}\n    totals[totals == 0] = 1.0\n    return table / totals[:, None]\n"
    )
    said = changes_what_it_was_given(text, RATIOS, read_facts(ratios, RATIOS), failing, [OF_ARRAYS])
    assert ("it changes `totals`" in str(said)) is refused
