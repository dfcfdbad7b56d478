"""What a model says about a docstring: one exact shape, plain expressions, words that stand there; the rest is left out."""

from __future__ import annotations

import json

import pytest

from fukkatsu._model.context import Context
from fukkatsu._model.patch import FunctionSource
from fukkatsu._model.reading import ReadCase
from fukkatsu._suggest.expression import ExpressionRefusal, read_expression
from fukkatsu._suggest.reading import READING_CHARACTERS, parse_reading, reading_messages

DOCSTRING = "Divide x by y and add z.\n    Should return z if y\n    is 0."
SENTENCE = "Should return z if y is 0."
ZERO = {"when": "y == 0", "then": "__return__ == z"}
ELSE = {"when": "else", "then": "__return__ == x / y + z"}
TABLE = {"sentence": SENTENCE, "cases": [ZERO, ELSE]}


def parse(answer, docstring=DOCSTRING):
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return parse_reading(text, docstring, ("x", "y", "z"))


def test_a_table_is_read_from_a_fence_alone_or_in_a_list():
    """Line breaks of the docstring do not count, nor what a model thinks aloud."""
    for text in (
        TABLE,
        [TABLE],
        f"```json\n{json.dumps([TABLE])}\n```",
        f"<think>hm</think>Here:\n```\n{json.dumps(TABLE)}\n```\nDone.",
    ):
        (table,) = parse(text).tables
        assert table.sentence == SENTENCE
        assert table.cases == (ReadCase("y == 0", "__return__ == z"), ReadCase("else", "__return__ == x / y + z"))
        assert parse(text).ignored == ()


def test_an_empty_list_is_an_answer():
    """The docstring promises nothing, and nothing is wrong with that."""
    assert parse([]) == parse("[]")
    assert parse([]).tables == parse([]).ignored == ()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("y == 0 means z", "not JSON"),
        ("", "not JSON"),
        ('{"sentence": NaN, "cases": []}', "not JSON"),
        ("[" * 50_000, "not JSON"),
        ("x" * (READING_CHARACTERS + 1), "characters"),
        ("```json\n[]\n```\nor\n```json\n[]\n```", "2 blocks"),
        ([5], "must be an object"),
        ([{**TABLE, "confidence": 1}], "and no others"),
        ([{**TABLE, "sentence": "Should return 0 if y is 0."}], "the docstring does not say"),
        ([{**TABLE, "sentence": "is 0."}], "no text of"),
        ([{**TABLE, "sentence": 7}], "no text of"),
        ([{**TABLE, "cases": []}], "no list of 1 to"),
        ([{**TABLE, "cases": [ZERO] * 11}], "no list of 1 to"),
        ([{**TABLE, "cases": [ELSE, ZERO]}], '"else" stands before'),
        ([{**TABLE, "cases": [{"when": "y == 0", "then": "x == z"}]}], "says nothing about __return__"),
        ([{**TABLE, "cases": [{"when": True, "then": "__return__"}]}], "not both texts"),
        ([{**TABLE, "cases": [{"when": "__return__ == 1", "then": "__return__ == z"}]}], "neither a parameter"),
        ([{**TABLE, "cases": [{"when": "y == 0"}]}], "must be an object with the keys then, when"),
    ],
)  # fmt: skip
def test_nonsense_is_named_and_left_out(answer, said):
    """An answer is not mended and not guessed at; what was wrong with it is for the report."""
    reading = parse(answer)
    assert reading.tables == ()
    assert len(reading.ignored) == 1
    assert said in reading.ignored[0]


def test_one_bad_table_does_not_spoil_the_others():
    """Each is read by itself, up to a number."""
    reading = parse([{"sentence": SENTENCE, "cases": "none"}, TABLE])
    assert len(reading.tables) == 1
    assert "table 1" in reading.ignored[0]
    assert len(parse([TABLE] * 25).tables) == 20
    assert "25 tables" in parse([TABLE] * 25).ignored[0]


def test_an_exception_is_a_promise_too():
    """By the last component of its name."""
    (table,) = parse(
        [{"sentence": SENTENCE, "cases": [{"when": "y == 0", "then": "raises errors.ValueError."}]}]
    ).tables
    assert table.cases == (ReadCase("y == 0", "", "ValueError"),)


NAMES = frozenset({"x", "y", "__return__"})


@pytest.mark.parametrize(
    "text",
    [
        "x == 1", "not x and (y or x > 2)", "len(x) == 0", "x[0] + x[-1] * 2 // 3", "x[1:3] == [1, 2]", "x in ('a', 'b')",
        "all(item > 0 for item in x)", "sorted(x, reverse=True) == y", "isinstance(x, (int, str))", "x.lower() == 'a'",
        "{k: v for k, v in x.items()} == y", "x ** 2 < 10", "x is None", "max(x, default=0) == -1.5", "1 if x else 2",
    ],
)  # fmt: skip
def test_plain_expressions_are_taken_as_they_are(text):
    """What sentences of docstrings come to."""
    assert read_expression(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "x.__class__", "x.real", "__import__('os')", "open('f')", "eval('1')", "x.append(1)", "x.lower", "(lambda: 1)()",
        "[f for f in x][0]()", "f'{x}'", "x ** y", "10 ** 100", "2 ** 99", "x << 3", "(n := 1)", "await x", "x; y", "x = 1",
        "print(x)", "getattr(x, 'y')", "str.format(x)", "len(*x)", "dict(**x)", "type(x)", "unknown == 1", "'" + "a" * 300 + "'",
        "99999999999999999999", "1e999", "1j", "...", "x" + " + x" * 200, "(" * 60 + "x" + ")" * 60 + " and " + "not " * 40 + "x",
        "sorted(x, key=len)", "[_ async for _ in x]", "__builtins__", "_equal(x, y)", "x" * 600, "yield x", "globals()",
    ],
)  # fmt: skip
def test_whatever_does_more_than_look_at_data_is_refused(text):
    """Attributes, calls by another name, code, and what fills memory at a stroke; nothing of it is ever run here."""
    with pytest.raises(ExpressionRefusal):
        read_expression(text, NAMES)


def test_is_means_equality_for_values():
    """``y is 0`` is how prose says it; ``is None`` stays what it is."""
    assert read_expression("y is 0", NAMES) == "y == 0"
    assert read_expression("y is not 'a'", NAMES) == "y != 'a'"
    assert read_expression("y is None and x is True", NAMES) == "y is None and x is True"


def test_the_question_shows_signature_and_docstring_and_nothing_else():
    """Neither body nor arguments nor exception: the answer is to be the docstring's own."""
    source = FunctionSource(
        module="shop",
        qualname="divide",
        name="divide",
        text="def divide(x, y, z):\n    secret_body = x / y\n    return secret_body + z",
        filename="shop.py",
        first_line=1,
        docstring=DOCSTRING,
        signature="(x, y, z)",
    )
    context = Context(
        source=source,
        exception="ZeroDivisionError: division by zero",
        traceback="Traceback ...",
        arguments={"x": "argument-of-the-call"},
        permitted=("math",),
        additional_req="Be kind.",
    )
    text = "\n".join(message["content"] for message in reading_messages(context))
    assert "divide(x, y, z)" in text
    assert "Should return z if y" in text
    for absent in ("secret_body", "ZeroDivisionError", "argument-of-the-call", "Traceback", "Be kind"):
        assert absent not in text
    assert "DATA-" in text
