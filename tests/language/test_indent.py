"""`dedent_source` changes the layout of a text and nothing of its meaning."""

from __future__ import annotations

import ast
import textwrap

from hypothesis import given
from hypothesis import strategies as st

from fukkatsu._language.indent import dedent_source

LITERALS = st.text("ab \n\t'\\", max_size=12).map(
    lambda text: '"""' + text.replace("\\", "\\\\").replace('"', "'") + ' """'
)


@given(literals=st.lists(LITERALS, min_size=1, max_size=4), depth=st.integers(1, 4))
def test_an_indented_function_means_the_same_when_it_is_moved_left(literals, depth):
    """Lines inside strings are values, not layout."""
    blanks = "    " * depth
    lines = [f"{blanks}def f():", *(f"{blanks}    x{n} = {text}" for n, text in enumerate(literals))]
    indented = "\n".join(lines)
    expected = ast.parse("class A:\n" + indented).body[0].body[0]
    moved = dedent_source(indented)
    assert moved.startswith("def f():")
    assert ast.dump(ast.parse(moved).body[0]) == ast.dump(expected)


def test_a_text_that_stands_at_the_left_is_returned_as_it_is():
    """Nothing to move."""
    text = "def f():\n    return 1\n"
    assert dedent_source(text) == text


def test_an_incomplete_text_is_moved_as_far_as_it_can_be_read():
    """The caller parses it anyway and says what is wrong with it."""
    text = textwrap.indent('def f():\n    return """cut off\n', "    ")
    assert dedent_source(text).startswith("def f():\n    return")
