"""How the failing call's result is made up, beside all good ones: places, kinds of parts, lengths, keys and words."""

from __future__ import annotations

import json

import pytest

from fukkatsu import Call, Checks, verify

np = pytest.importorskip("numpy")
pytestmark = pytest.mark.once  # says nothing about the interpreter


def version(text):
    """Version such as "1.2.3" as a tuple of three ints; "1.2" is 1.2.0."""
    major, minor, patch = text.split(".")
    return int(major), int(minor), int(patch)


def pair(text):
    """Name and value of a setting such as "a=1"; a setting without a value is on."""
    name, value = text.split("=")
    return name, int(value)


VERSION = "def version(text):\n    parts = text.split('.')\n    return int(parts[0]), int(parts[1]), {}\n"
VERSIONS = [Call((one,)) for one in ("1.2.3", "10.0.1", "0.0.7", "2.11.0")]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (VERSION.format("int(parts[2]) if len(parts) > 2 else 0"), False),
        (VERSION.format("int(parts[2]) if len(parts) > 2 else '0'"), True),
        ("def version(text):\n    return tuple(int(one) for one in text.split('.'))\n", True),
        ("def version(text):\n    return tuple(int(one) for one in (text + '.0').split('.')[:3])\n", False),
    ],
    ids=["right", "a text among ints", "two places", "right, as a whole"],
)
def test_a_tuple_has_as_many_places_of_such_kinds_as_the_author_spells_out(text, refused):
    """Its callers unpack it."""
    report = verify(text, version, failure=Call(("1.2",)), good_calls=VERSIONS)
    assert report.accepted is not refused, str(report)
    if refused:
        assert report.refused_by == "good-calls"
        assert verify(
            text, version, failure=Call(("1.2",)), good_calls=VERSIONS, checks=Checks(result_type=False)
        ).accepted


@pytest.mark.parametrize(("value", "asks"), [("1", False), ("None", False), ("'on'", True), ("[]", True)])
def test_a_part_of_another_kind_that_the_docstring_does_not_exclude_is_for_a_person(value, asks):
    """A flag may well be a text; who is told can say."""
    text = (
        "def pair(text):\n    name, _, value = text.partition('=')\n"
        f"    return name, int(value) if value else {value}\n"
    )
    good = [Call((one,)) for one in ("a=1", "bc=22", "d=0")]
    report = verify(text, pair, failure=Call(("x",)), good_calls=good)
    assert report.accepted, str(report)
    assert any("at place 1" in note for note in report.notes) is asks, report.notes


def scaled(values):
    """Values over the largest, an array of float; none stay none."""
    arr = np.asarray(values, dtype=float)
    return arr / arr.max()


def scaled_somehow(values):
    """Values over the largest."""
    arr = np.asarray(values, dtype=float)
    return arr / arr.max()


@pytest.mark.parametrize("function", [scaled, scaled_somehow])
@pytest.mark.parametrize("made", ["arr", "np.array([])", "np.array([], dtype=int)", "np.zeros(0, dtype='i4')"])
def test_an_array_is_of_the_kind_of_numbers_that_all_others_are_of(function, made):
    """Refused where the docstring says so too, else a person is asked."""
    text = (
        f"def {function.__name__}(values):\n    arr = np.asarray(values, dtype=float)\n"
        f"    return arr / arr.max() if arr.size else {made}\n"
    )
    good = [Call(([1, 2, 4],)), Call(([5.0],)), Call(([2, 8],))]
    report = verify(text, function, failure=Call(([],)), good_calls=good)
    odd = "dtype" in made
    assert report.accepted is not (odd and function is scaled), str(report)
    assert any("array is of" in note for note in report.notes) is (odd and function is scaled_somehow)


def ranks(values):
    """The rank of each value, the largest first."""
    order = sorted(values, key=lambda one: -one)
    return [order.index(one) for one in values]


@pytest.mark.parametrize(("kept", "asks"), [("one or 0", False), ("one", True)])
def test_a_result_that_is_not_as_long_as_what_was_given_is_for_a_person(kept, asks):
    """Every good call has one rank for each value."""
    some = "values" if not asks else "values if one is not None"
    text = f"def ranks(values):\n    values = [{kept} for one in {some}]\n"
    text += "    order = sorted(values, key=lambda one: -one)\n    return [order.index(one) for one in values]\n"
    good = [Call(([3, 1, 2],)), Call(([],)), Call(([5, 6],))]
    report = verify(text, ranks, failure=Call(([3, None, 2],)), good_calls=good)
    assert report.accepted, str(report)
    assert any("one for each item" in note for note in report.notes) is asks, report.notes


def leaves(text):
    """All leaves of a JSON document by their path."""
    found = {}

    def walk(node, path):
        if isinstance(node, dict):
            for key, value in node.items():
                walk(value, f"{path}.{key}" if path else key)
        elif isinstance(node, list):
            for at, value in enumerate(node):
                walk(value, path + "." + str(at))
        else:
            found[path] = node

    walk(json.loads(text), None)
    return found


@pytest.mark.parametrize(
    ("key", "asks"),
    [("f'{path}.{at}' if path else str(at)", ""), ("f'{path}.{at}'", "spells None out"), ("at", "has the key 0")],
)
def test_a_missing_value_that_became_a_text_and_a_key_of_another_kind_are_for_a_person(key, asks):
    """No good result has the like."""
    text = (
        "def leaves(text):\n    found = {}\n    def walk(node, path):\n        if isinstance(node, dict):\n"
        "            for key, value in node.items():\n                walk(value, f'{path}.{key}' if path else key)\n"
        "        elif isinstance(node, list):\n            for at, value in enumerate(node):\n"
        f"                walk(value, {key} if not path else path + '.' + str(at))\n"
        "        else:\n            found[path] = node\n    walk(json.loads(text), None)\n    return found\n"
    )
    good = [Call((one,)) for one in ('{"a": 1}', '{"a": {"b": [true, "x"]}, "c": []}', "{}", '{"k": {"b": 0}}')]
    report = verify(text, leaves, failure=Call(("[1, 2]",)), good_calls=good)
    assert report.accepted, str(report)
    doubts = [note for note in report.notes if "failing call's result" in note]
    assert bool(doubts) is bool(asks), report.notes
    assert all(asks in note for note in doubts)
