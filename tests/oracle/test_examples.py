"""Doctests and calls quoted in prose, as text."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fukkatsu._oracle.examples import literal, read_doctests, read_quoted_calls, texts_agree

SESSION = """Do it.

>>> f(1)
2
>>> for i in range(2):
...     print(i)
0
1
>>> x = f(3)

>>> f("a")  # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE
'a...'
    >>> f(-1)
    Traceback (most recent call last):
        ...
    ValueError: no: never
>>> f(0)  # doctest: +IGNORE_EXCEPTION_DETAIL
Traceback (most recent call last):
mod.OddError: whatever
"""


def test_the_session_is_read_as_the_standard_library_reads_it():
    """Source, expected text and line of each example are those of ``doctest`` itself."""
    ours = [(e.source, e.want, e.line) for e in read_doctests(SESSION)]
    theirs = [(e.source, e.want, e.lineno + 1) for e in doctest.DocTestParser().get_examples(SESSION)]
    assert ours == theirs


def test_expected_exceptions_and_option_flags_are_read():
    """The class counts always, the text unless the author says otherwise."""
    read = read_doctests(SESSION)
    assert read[3].flags == {"ELLIPSIS", "NORMALIZE_WHITESPACE"}
    assert (read[4].exception, read[4].message) == ("ValueError", "no: never")
    assert (read[5].exception, read[5].message) == ("OddError", None)


@pytest.mark.parametrize(
    ("want", "got", "flags"),
    [
        ("1\n", "1\n", ()),
        ("1\n", "True\n", ()),
        ("1\n", "True\n", ("DONT_ACCEPT_TRUE_FOR_1",)),
        ("[0, ..., 9]\n", "[0, 1, 2, 9]\n", ("ELLIPSIS",)),
        ("[0, ..., 9]\n", "[0, 1, 2, 8]\n", ("ELLIPSIS",)),
        ("a...b...c\n", "abc\n", ("ELLIPSIS",)),
        ("aa...aa\n", "aaa\n", ("ELLIPSIS",)),
        ("a  b\nc\n", "a b c\n", ("NORMALIZE_WHITESPACE",)),
        ("a  b\n", "a b\n", ()),
        ("a\n<BLANKLINE>\nb\n", "a\n\nb\n", ()),
        ("a\n<BLANKLINE>\nb\n", "a\n\nb\n", ("DONT_ACCEPT_BLANKLINE",)),
    ],
)
def test_texts_agree_where_doctest_says_so(want, got, flags):
    """The comparison of texts is doctest's own, option by option."""
    options = sum(doctest.OPTIONFLAGS_BY_NAME[flag] for flag in flags)
    assert texts_agree(want, got, frozenset(flags)) == doctest.OutputChecker().check_output(want, got, options)


@pytest.mark.parametrize(
    "statement",
    [
        "f(1) => 2",
        "f(1) ==> 2",
        "f(1) == 2",
        "f(1) = 2",
        "f(1) -> 2",
        "f(1) ➞ 2",
        "f(1) → 2",
        "f(1) returns 2",
        "f(1) return 2",
        "f(1) should return 2",
        "f(1) must return 2.",
        "``f(1)`` returns ``2``, always",
        "`f(1)` gives 2",
        "f(1) # => 2",
        "f(1)   # returns 2",
        "For example, f(1) is equal to 2.",
    ],
)
def test_a_stated_call_is_read_in_every_notation(statement):
    """Authors agree on nothing but the call and the result."""
    (call,) = read_quoted_calls(f"Add one.\n\n{statement}\n", "f", ("x",))
    assert (call.args, call.kwargs, call.expected) == ((1,), {}, 2)
    assert call.line == 3


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("f('a, b)') => 'x => y'", "x => y"),
        ("f([1, (2, 3)]) => [[1, 2], [3]]", [[1, 2], [3]]),
        ("f({}) returns true", True),
        ("f(0) returns None.", None),
        ("f(0) => -1.5", -1.5),
        ("f(0) => (1, 'a')", (1, "a")),
        ("f(0) => 1, 2", (1, 2)),
        ("f(0) => {'a': [1,\n     2]}", {"a": [1, 2]}),
        ("f(0) => float('inf')", math.inf),
    ],
)
def test_results_of_every_kind_are_read(statement, expected):
    """Brackets and strings are followed to their end, over lines."""
    (call,) = read_quoted_calls(statement, "f", ("x",))
    assert call.expected == expected


@pytest.mark.parametrize(
    "prose",
    [
        "f(x) => 2",
        "f(1) returns the result",
        "f(1) returns 2 * x",
        "f(1) returns 2nd place",
        "g(f(1))",
        "f(1) and f(2) return numbers",
        "f(n) returns 1 more than f(n - 1) returns 2",
        "self.f(1) => 2",
        ">>> f(1) == 2\nTrue",
        "f(",
        "f(1) =>",
    ],
)
def test_prose_about_calls_is_not_taken_for_an_example(prose):
    """Names as arguments, formulas as results, methods, and doctests (read elsewhere) state nothing here."""
    assert read_quoted_calls(prose, "f", ("x",)) == ()


def test_input_and_output_lines_are_a_statement():
    """With names or without, where their number fits the parameters."""
    text = "Input: xs = [1, 2], k = 1\nOutput: 2\n\nInput: [3], 0\nOutput: [3]\nInput: 5\nOutput: 6\n"
    first, second = read_quoted_calls(text, "f", ("xs", "k"))
    assert (first.args, first.kwargs, first.expected) == ((), {"xs": [1, 2], "k": 1}, 2)
    assert (second.args, second.expected) == (([3], 0), [3])


def test_a_docstring_that_forgot_a_renaming_is_read_under_the_other_name():
    """Only when it never names the function, and one other name is called with as many arguments."""
    assert [c.expected for c in read_quoted_calls("old_name(1, 2) => 3", "f", ("x", "y"))] == [3]
    assert read_quoted_calls("old_name(1) => 3", "f", ("x", "y")) == ()
    assert [c.expected for c in read_quoted_calls("f(1, 2) => 3 and g(1, 2) => 4", "f", ("x", "y"))] == [3]
    assert read_quoted_calls("sorted([2, 1]) => [1, 2]", "f", ("x",)) == ()


def test_digits_that_the_author_wrote_are_kept():
    """Prose rounds: 3.33 stands for 10 / 3."""
    (call,) = read_quoted_calls("f(3) => 3.33", "f", ("x",))
    assert call.digits == 2


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda c: st.lists(c) | st.tuples(c, c)
    )
)
def test_any_literal_can_be_stated(value):
    """What ``repr`` writes is read back, whatever brackets and quotes it holds."""
    (call,) = read_quoted_calls(f"f(1) => {value!r}", "f", ("x",))
    assert call.expected == value
    assert literal(repr(value)) == (value,)


@given(st.text(alphabet="f(1)=> '\"[]{},.\n-returns>", max_size=60))
def test_reading_examples_never_raises(text):
    """Whatever the docstring holds."""
    read_doctests(text)
    read_quoted_calls(text, "f", ("x",))
