"""An argument that is the answer, or that every answer hangs on, is looked at where the original crashed as well."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def setting(table, path, default=None):
    """What stands under a path ("a.b") in tables; `default` where the path leads nowhere."""
    node = table
    for part in path.split("."):
        if part not in node:
            return default
        node = node[part]
    return node


SETTINGS = [Call(({"a": {"b": 1}}, "a.b")), Call(({"a": 0}, "a", 5)), Call(({}, "x.y")), Call(({"a": {}}, "a.b", "d"))]


@pytest.mark.parametrize(("answer", "accepted"), [("default", True), ("None", False), ("''", False), ("False", False)])
def test_a_parameter_that_the_docstring_gives_for_the_answer_is_the_answer(answer, accepted):
    """On the failing call False would do as well: it is what was given there."""
    text = (
        "def setting(table, path, default=None):\n    node = table\n    for part in path.split('.'):\n"
        f"        if not isinstance(node, dict) or part not in node:\n            return {answer}\n"
        "        node = node[part]\n    return node\n"
    )
    text = text.replace(f"return {answer}", f"return default if isinstance(node, dict) else {answer}")
    report = verify(text, setting, failure=Call(({"a": {"b": 3}}, "a.b.c", False)), good_calls=SETTINGS)
    assert report.accepted is accepted, str(report)
    assert accepted or "whatever `default` is" in report.reason


def wait(attempt, base=0.5, cap=60.0):
    """Seconds to wait before an attempt: twice as long each time, never more than cap."""
    return min(cap, base * 2.0 ** (attempt - 1))


@pytest.mark.parametrize(("answer", "accepted"), [("cap", True), ("60.0", False), ("min(cap, float('inf'))", True)])
def test_the_value_of_an_argument_is_not_spelt_out(answer, accepted):
    """It is another one tomorrow."""
    text = (
        "def wait(attempt, base=0.5, cap=60.0):\n    try:\n        return min(cap, base * 2.0 ** (attempt - 1))\n"
        f"    except OverflowError:\n        return {answer}\n"
    )
    good = [Call((1,)), Call((3,)), Call((10,)), Call((4, 1.0, 5.0)), Call((2, 0.25))]
    report = verify(text, wait, failure=Call((5000,)), good_calls=good)
    assert report.accepted is accepted, str(report)
    assert accepted or "spelt out" in report.reason


def greet(name, language="en", *, shout=False):
    """Greeting in a language; English for those that it does not know."""
    words = {"en": "Hello", "de": "Hallo", "fr": "Bonjour"}
    text = f"{words[language]}, {name}!"
    return text.upper() if shout else text


@pytest.mark.parametrize(
    ("unknown", "told"),
    [
        ("text = f'Hello, {name}!'\n        return text.upper() if shout else text", False),
        ("return f'Hello, {name}!'", True),
    ],
)
def test_an_argument_that_all_other_answers_hang_on_is_told_to_a_person(unknown, told):
    """The one that is left out of a branch of its own; it may be meant."""
    text = (
        "def greet(name, language='en', *, shout=False):\n"
        "    words = {'en': 'Hello', 'de': 'Hallo', 'fr': 'Bonjour'}\n"
        f"    if language not in words:\n        {unknown}\n"
        "    text = f'{words[language]}, {name}!'\n    return text.upper() if shout else text\n"
    )
    good = [Call(("Al",)), Call(("Cy", "fr")), Call(("Di",), {"shout": True})]
    report = verify(text, greet, failure=Call(("Bo", "xx"), {"shout": True}), good_calls=good)
    assert report.accepted, str(report)
    assert any("whatever `shout` is" in note for note in report.notes) is told, report.notes


def ratio(total, count, factor):
    """Total by count, times factor."""
    return total / count * factor


def test_an_answer_that_hangs_on_nothing_is_what_it_is():
    """Nothing by nothing is nothing, whatever the factor."""
    text = "def ratio(total, count, factor):\n    return total / count * factor if count else 0.0\n"
    good = [Call((6, 3, 2)), Call((5, 2, 1)), Call((8, 4, 3))]
    report = verify(text, ratio, failure=Call((1, 0, 2)), good_calls=good)
    assert report.accepted, str(report)
    assert not any("whatever" in note for note in report.notes)
