"""What is read from docstrings: PEP 316 clauses, documented exceptions, and everything that is not one of them."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fukkatsu._oracle.docstring import must_raise_condition, read_promises


def read(text: str, parameters: tuple[str, ...] = ("x", "y"), names: frozenset[str] = frozenset()):
    return read_promises(inspect.cleandoc(text), "f", parameters, names)


def clauses(text: str, parameters: tuple[str, ...] = ("x", "y"), names: frozenset[str] = frozenset()) -> list[str]:
    return [str(clause) for clause in read(text, parameters, names).clauses]


@pytest.mark.parametrize(
    "line",
    ["post: __return__ > x", ":post: __return__ > x", "post:: __return__ > x", ":post:: __return__ > x"],
)
def test_a_clause_is_read_in_each_way_of_writing_its_header(line):
    """PEP 316 and reST both put colons about; CrossHair reads all four."""
    assert clauses(line) == ["post: __return__ > x"]


def test_a_block_holds_one_clause_on_each_deeper_line():
    """An empty header opens a block; comments and blank lines in it are skipped, a shallower line ends it."""
    assert clauses(
        """Add.

        pre:
            x > 0
            # a remark

            y > 0
        Prose goes on: x > 1.
        post: _ == x + y
        """
    ) == ["pre: x > 0", "pre: y > 0", "post: _ == x + y"]


def test_a_clause_goes_on_while_a_bracket_is_open_or_a_backslash_ends_the_line():
    """Long conditions are written over several lines, as in any Python code."""
    assert clauses(
        """post: forall(range(x),
                     lambda i: i < y)
        post: __return__ > x \\
              and y > 0
        """
    ) == ["post: forall(range(x), lambda i: i < y)", "post: __return__ > x and y > 0"]


def test_a_frame_says_which_parameters_may_change():
    """``post[]`` alone is a promise already: nothing is mutated."""
    first, second = read("post[]: __return__\npost[x, y.items]: True").clauses
    assert (first.frame, second.frame) == ((), ("x", "y.items"))
    (alone,) = read("post[]:").clauses
    assert (alone.frame, alone.text) == ((), "True")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("post: the result is sorted", "not a Python expression"),
        ("post: __return__ == z", "unknown name 'z'"),
        ("pre: __return__ > 0", "does not exist before the call"),
        ("pre[x]: x > 0", "only post:"),
        ("inv: x > 0", "classes"),
    ],
)
def test_what_cannot_be_read_as_a_clause_is_reported_with_its_line_and_the_reason(text, why):
    """Never silently dropped, never blocking."""
    promises = read("Do it.\n\n" + text)
    assert promises.clauses == ()
    (problem,) = promises.problems
    assert problem.line == 3
    assert why in str(problem)


def test_a_keyword_that_is_a_parameter_documents_that_parameter():
    """``pre: the prefix`` in a list of parameters is prose."""
    promises = read("pre: the prefix\npost: the suffix", parameters=("pre", "post"))
    assert promises.clauses == promises.problems == ()


def test_globals_of_the_function_and_quantifiers_may_be_named():
    """A clause sees what the function sees, ``__old__``, ``implies``, ``forall`` and ``exists``."""
    text = "post: implies(x, exists(__return__, lambda i: i == LIMIT and __old__.x))"
    assert read(text).problems
    assert clauses(text, names=frozenset({"LIMIT"})) == [text]


@pytest.mark.parametrize(
    "text",
    [
        ":raises ValueError: if x < 0",
        ":raise ValueError: when x < 0.",
        "@raise ValueError: if x < 0",
        "Raises:\n    ValueError: If x < 0.",
        "Raises:\n    ValueError: the input is odd,\n        that is, when x < 0.",
        "Raises\n------\nValueError\n    If x < 0.",
        "Raises\n------\nValueError\n    If x < 0.\n\nNotes\n-----\nNothing.",
        ":raises ValueError: if x < 0\n\nProse goes on.",
        ":raises ValueError: if x < 0\nProse goes on.",
        ":param a b c d e: odd\n:raises ValueError: if x < 0",
        ":raises json.ValueError: if x < 0\n:returns: y",
        "Args:\n    without a colon\n\nRaises:\n    ValueError: If x < 0.",
        "Args:\n    x: number.\n\nReturns:\n    int: y.\n\nRaises:\n    ValueError: If x < 0.\n\nExample:\n    >>> 1\n    1",
    ],
)
def test_a_documented_exception_with_a_condition_must_be_raised_in_every_style(text):
    """ReST, Epydoc, Google and NumPy say the same thing in four notations."""
    promises = read("Root.\n\n" + text)
    assert promises.raises == {"ValueError"}
    assert [str(clause) for clause in promises.clauses] == ["raises ValueError when x < 0"]


@pytest.mark.parametrize(
    ("text", "names", "line"),
    [
        ("Raises:\n    ValueError", {"ValueError"}, 4),
        ("Raises:\n\n    `KeyError`\n\n        if it is not there", {"KeyError"}, 5),
        ("Raises:\n    ValueError, TypeError: when x == 3.", {"ValueError", "TypeError"}, 4),
        ("Raises\n------\nOSError or KeyError\n    When x == 3.", {"OSError", "KeyError"}, 5),
        (":raises ValueError:\n:raises KeyError: when x == 3", {"ValueError", "KeyError"}, 4),
        ("Warns\n-----\nUserWarning\n    When x == 3.", set(), 0),
        ("Nobody raises a finger.", set(), 0),
    ],
)
def test_who_is_documented_and_where(text, names, line):
    """Entries without a word, several names in one entry, warnings: and the line that a report points to."""
    promises = read("Root.\n\n" + text)
    assert promises.raises == names
    assert [clause.line for clause in promises.clauses] == ([line] if "x == 3" in text and names else [])


def test_styles_may_be_mixed():
    """A NumPy docstring with a ReST field in it says both."""
    promises = read("Do.\n\n:raises KeyError: if y == 0\n\nRaises\n------\nValueError\n    If x < 0.")
    assert {str(clause) for clause in promises.clauses} == {
        "raises KeyError when y == 0",
        "raises ValueError when x < 0",
    }


def test_a_docstring_that_says_nothing_of_exceptions_loads_no_parser():
    """The library is for the host's failures that need it, and costs the others nothing."""
    code = (
        "import sys; from fukkatsu._oracle.docstring import read_promises;"
        "read_promises('post: _ > 0', 'f', ('x',)); assert 'docstring_parser' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("if x is zero", "x == 0"),
        ("If the parameter x is negative.", "x < 0"),
        ("when x is not positive", "x <= 0"),
        ("if x is an empty list", "len(x) == 0"),
        ("if x is less than 3.", "x < 3"),
        ("If x is above 12.", "x > 12"),
        ("if x exceeds y", "x > y"),
        ("if x is below 0.5", "x < 0.5"),
        ("If x is not between 1 and 12.", "not 1 <= x <= 12"),
        ("if x is outside 1..12", "not 1 <= x <= 12"),
        ("if x is not in range 1 to y", "not 1 <= x <= y"),
        ("if x is less than 1 or greater than 12", "x < 1 or x > 12"),
        ("if x is at least 3", "x >= 3"),
        ("if x is not an int", "not isinstance(x, int)"),
        ("if x is not a number", "not isinstance(x, (int, float))"),
        ("if x is not a list", "not isinstance(x, list)"),
    ],
)
def test_the_commonest_words_about_an_argument_are_a_condition(text, condition):
    """Authors write "x is zero", hardly ever "x == 0"."""
    assert must_raise_condition(text, ("x", "y")) == condition


@pytest.mark.parametrize(
    "text",
    [
        "if the input is odd",
        "if x is unknown",
        "if value",
        "if x is above limit",
        "unless x",
        "if x > limit",
        "if x",
        "when x.close() == y",
    ],
)
def test_prose_about_an_exception_is_no_condition(text):
    """Only an expression over the parameters alone can be evaluated; anything else is left to people."""
    assert must_raise_condition(text, ("x", "y")) is None


def test_is_with_a_literal_means_equality_in_prose():
    """ "Raises ValueError if y is 0" is what people write."""
    assert must_raise_condition("if y is 0", ("x", "y")) == "y == 0"
    assert must_raise_condition("if y is None", ("x", "y")) == "y is None"


def test_several_exceptions_and_pep_316_raises_are_all_documented():
    """``raises: A, B`` names classes only."""
    assert read("raises: ValueError, KeyError\n:raises TypeError: sometimes").raises == {
        "ValueError",
        "KeyError",
        "TypeError",
    }


def test_no_docstring_promises_nothing():
    """Neither None nor blanks."""
    assert read_promises(None, "f", ("x",)).clauses == read_promises("  \n", "f", ("x",)).doctests == ()


@given(st.text(alphabet="prepost[]:() \n\\'\"=>f1,._#-x", max_size=80))
def test_reading_never_raises(text):
    """Docstrings hold anything."""
    read_promises(text, "f", ("x",))


@pytest.mark.parametrize(
    "line",
    [
        "Price of one piece. post: implies(count == 0, __return__ == 0)",
        "Post: __return__ > 0",
        "- post: __return__ > 0",
        "@post: __return__ > 0",
        "post : __return__ > 0",
        "ensures: __return__ > 0",
    ],
)
def test_a_line_that_only_looks_like_a_clause_is_reported(line):
    """Never silently dropped: the report says what a clause looks like."""
    promises = read_promises(line, "f", ("count",))
    assert promises.clauses == ()
    assert any("line of its own" in str(problem) for problem in promises.problems)


@pytest.mark.parametrize(
    "line", ["See the post: it says so.", "Send it by post", "prefix: the text", "pre: the prefix"]
)
def test_prose_is_not_taken_for_a_clause_gone_wrong(line):
    """Only what could be an expression about the call is worth a word."""
    assert read_promises(line, "f", ("pre",)).problems == ()


def test_prose_that_names_an_exception_documents_it():
    """The most common style of all."""
    assert read_promises("Divide. Raises a ValueError when x is negative.", "f", ("x",)).raises == {"ValueError"}
    assert read_promises("It raises concerns about Prices.", "f", ("x",)).raises == frozenset()
