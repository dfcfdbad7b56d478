"""What stands beside the odd thing of a failing call, and parts as deep as the author's recursion goes."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet.nesting import nested
from fukkatsu._oracle.subtrees import subtrees

pytestmark = pytest.mark.once  # says nothing about the interpreter


def total(lines):
    """The sum of price times quantity; a line without a price is free of charge."""
    return sum(line["price"] * line["qty"] for line in lines)


def settings(base, extra):
    """Return base updated with extra, nested dicts merged; a value of None removes the key."""
    merged = dict(base)
    for key, value in extra.items():
        if value is None:
            del merged[key]
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = settings(merged[key], value)
        else:
            merged[key] = value
    return merged


def best(points, most=2):
    """The best points, so many of them."""
    return sorted(points, key=lambda point: -point[1])[:most]


def until_end(readings):
    """The sum of the readings up to the first that is missing."""
    return sum(reading for reading in readings)


def flat(items):
    """One list of all that is in nested lists and tuples."""
    found = []
    for item in items:
        found.extend(flat(item)) if hasattr(item, "__iter__") else found.append(item)
    return found


def found(mail, users):
    """The user with that address, None when there is none."""
    for user in users:
        if user["mail"].lower() == mail:
            return user
    return None


def configured(defaults, env):
    """Copy of defaults with values of env put in; unknown names stay text."""
    out = dict(defaults)
    for name, text in env.items():
        out[name] = type(defaults[name])(text)
    return out


def numbers(text):
    """Each number of a text such as "1,2,3"; an empty part is none."""
    return [int(part) for part in text.split(",")]


class Node:
    def __init__(self, name, *children):
        self.name = name
        self.children = list(children)


def depth(node):
    """Levels of a tree; a node that is missing is none."""
    return 1 + max(depth(child) for child in node.children) if node.children else 1


TOTALS = [
    Call(([{"price": 2, "qty": 2}],)), Call(([{"price": 9, "qty": 1}, {"price": 3, "qty": 5}],)),
    Call(([{"price": 100, "qty": 3}],)),
]  # fmt: skip
SETTINGS = [
    Call(({"a": 1}, {"b": 2})), Call(({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}})), Call(({"a": 1, "b": 2}, {"a": None})),
    Call(({"a": {"k": 0}}, {"a": 0})), Call(({}, {"n": {"m": 1}})),
]  # fmt: skip
POINTS = [Call(([("a", 3), ("b", 9)],)), Call(([("c", 4), ("a", 1), ("d", 5)],)), Call(([("e", 6)],))]
READINGS = [Call(([1, 2, 3],)), Call(([4],)), Call(([5, 7],))]
USERS = [{"name": "Ann", "mail": "a@x"}, {"name": "Bob", "mail": None}, {"name": "Cy", "mail": "c@x"}]
FOUND = [Call(("q@x", [{"mail": "Q@X"}])), Call(("z", [])), Call(("b@b", [{"mail": "a@b"}, {"mail": "B@b"}]))]
CONFIGURED = [
    Call(({"port": 1}, {"port": "80"})), Call(({"rate": 0.5, "on": 0}, {"on": "1", "rate": "2"})), Call(({"a": ""}, {})),
]  # fmt: skip
NUMBERS = [Call(("1,2",)), Call(("7",)), Call(("3,4,9",))]
_FOUND = """
def found(mail, users):
    for user in users:
        if user["mail"] is None:
            {missing}
        if user["mail"].lower() == mail:
            return user
    return None
"""
_CONFIGURED = """
def configured(defaults, env):
    out = dict(defaults)
    for name, text in env.items():
        if name not in defaults:
            out[name] = text
            {missing}
        out[name] = type(defaults[name])(text)
    return out
"""
_NUMBERS = """
def numbers(text):
    found = []
    for part in text.split(","):
        if not part:
            {missing}
        found.append(int(part))
    return found
"""
FLAT = [Call(([1, [2, (3, 4)], 5],)), Call(([],)), Call(([[[]], 1],)), Call((((1,), [2]),))]
TREES = [
    Call((Node("a"),)), Call((Node("a", Node("b"), Node("c", Node("d"))),)),
    Call((Node("a", Node("b", Node("c", Node("d")))),)),
]  # fmt: skip

_MERGED = """
def settings(base, extra):
    merged = dict(base)
    for key, value in extra.items():
        if value is None:
            {missing}
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = settings(merged[key], value)
        else:
            merged[key] = value
    return merged
"""
_TOTAL = """
def total(lines):
    found = 0
    for line in lines:
        if "price" not in line:
            {missing}
        found += line["price"] * line["qty"]
    return found
"""
_FREE = [{"price": 2, "qty": 2}, {"qty": 1}]


@pytest.mark.parametrize(
    ("original", "failing", "good", "text", "accepted"),
    [
        (total, (_FREE,), TOTALS, _TOTAL.format(missing="break"), False),
        (total, (_FREE,), TOTALS, _TOTAL.format(missing="return found"), False),
        (total, (_FREE,), TOTALS, _TOTAL.format(missing="continue"), True),
        (
            total,
            (_FREE,),
            TOTALS,
            "def total(lines):\n    return sum(n.get('price', 0) * n['qty'] for n in lines)\n",
            True,
        ),
        (settings, ({"a": 1}, {"b": None}), SETTINGS, _MERGED.format(missing="merged.pop(key, None)"), True),
        (settings, ({"a": 1}, {"b": None}), SETTINGS, _MERGED.format(missing="continue"), False),
        (
            settings,
            ({"a": 1}, {"b": None}),
            SETTINGS,
            _MERGED.format(missing="if key not in merged:\n                return merged\n            del merged[key]"),
            False,
        ),
        (found, ("c@x", USERS), FOUND, _FOUND.format(missing="return None"), False),
        (found, ("c@x", USERS), FOUND, _FOUND.format(missing="break"), False),
        (found, ("c@x", USERS), FOUND, _FOUND.format(missing="continue"), True),
        (configured, ({"p": 1}, {"p": "8", "new": "x"}), CONFIGURED, _CONFIGURED.format(missing="return out"), False),
        (configured, ({"p": 1}, {"p": "8", "new": "x"}), CONFIGURED, _CONFIGURED.format(missing="continue"), True),
        (numbers, ("1,,5",), NUMBERS, _NUMBERS.format(missing="break"), False),
        (numbers, ("1,,5",), NUMBERS, _NUMBERS.format(missing="continue"), True),
        (  # what is left out is worse than all that is shown
            best,
            ([("a", 3), ("b", 90), ("c", 80), ("d", None)],),
            POINTS,
            "def best(points, most=2):\n    found = []\n    known = [point for point in points if point[1] is not None]\n"
            "    for point in sorted(known, key=lambda point: -point[1]):\n        if len(found) == most:\n"
            "            break\n        found.append(point)\n    return found\n",
            True,
        ),
        (  # its author says so
            until_end,
            ([1, 2, None],),
            READINGS,
            "def until_end(readings):\n    found = 0\n    for reading in readings:\n        if reading is None:\n"
            "            break\n        found += reading\n    return found\n",
            True,
        ),
    ],
)
def test_who_leaves_the_rest_out_for_one_item_is_refused(original, failing, good, text, accepted):
    """Each further item counts wherever the original answers: those behind the odd one count as well."""
    report = verify(text, original, failure=Call(failing), good_calls=good)
    assert report.accepted is accepted, str(report)


def test_who_leaves_everything_out_for_one_item_is_a_question():
    """No total without all prices: it may be meant so."""
    text = (
        "def total(lines):\n    if any('price' not in line for line in lines):\n        return 0\n"
        "    return sum(line['price'] * line['qty'] for line in lines)\n"
    )
    report = verify(text, total, failure=Call((_FREE,)), good_calls=TOTALS)
    assert report.accepted, str(report)
    assert any("each further item changes" in note for note in report.notes)


@pytest.mark.parametrize(
    ("original", "failing", "good", "text", "accepted"),
    [
        (
            flat,
            ([1, ["ab", 2]],),
            FLAT,
            "def flat(items):\n    found = []\n    for item in items:\n        if isinstance(item, (list, tuple)):\n"
            "            for one in item:\n                found.extend(one if isinstance(one, (list, tuple)) else [one])\n"
            "        else:\n            found.append(item)\n    return found\n",
            False,
        ),
        (
            flat,
            ([1, ["ab", 2]],),
            FLAT,
            "def flat(items):\n    found, left = [], list(items)[::-1]\n    while left:\n        item = left.pop()\n"
            "        if isinstance(item, (list, tuple)):\n            left.extend(item[::-1])\n        else:\n"
            "            found.append(item)\n    return found\n",
            True,
        ),
        (
            settings,
            ({"a": 1}, {"b": None}),
            SETTINGS,
            "def settings(base, extra):\n    merged = dict(base)\n    for key, value in extra.items():\n"
            "        if value is None:\n            merged.pop(key, None)\n"
            "        elif isinstance(value, dict) and isinstance(merged.get(key), dict):\n"
            "            merged[key] = {**merged[key], **value}\n        else:\n            merged[key] = value\n"
            "    return merged\n",
            False,
        ),
        (
            depth,
            (Node("a", None),),
            TREES,
            "def depth(node):\n    level, rows = 0, [node]\n    while rows and level < 5:\n        level += 1\n"
            "        rows = [child for row in rows for child in row.children if child is not None]\n    return level\n",
            False,
        ),
        (
            depth,
            (Node("a", None),),
            TREES,
            "def depth(node):\n    level, rows = 0, [node]\n    while rows:\n        level += 1\n"
            "        rows = [child for row in rows for child in row.children if child is not None]\n    return level\n",
            True,
        ),
    ],
)
def test_who_ends_where_the_calls_end_that_were_seen_is_refused_where_the_author_recurses(
    original, failing, good, text, accepted
):
    """A level deeper than any call the original answers as ever."""
    report = verify(text, original, failure=Call(failing), good_calls=good)
    assert report.accepted is accepted, str(report)


def test_two_trees_are_nested_together_and_each_by_itself():
    """Who walks two in step meets the second level of one only where the other has it."""
    made = list(nested({"base": {"a": {"x": 1}}, "extra": {"a": {"y": 2}}, "n": 3}))
    assert made == [
        {"base": {"a": {"a": {"x": 1}}}, "extra": {"a": {"a": {"y": 2}}}, "n": 3},
        {"base": {"a": {"a": {"x": 1}}}, "extra": {"a": {"y": 2}}, "n": 3},
        {"base": {"a": {"x": 1}}, "extra": {"a": {"a": {"y": 2}}}, "n": 3},
    ]


def test_parts_of_a_tree_are_trees():
    """Each for the whole, and one for another; not in itself, nor where a part knows its owner."""
    inner = Node("b", Node("c"))
    made = [call["node"] for call in subtrees({"node": Node("a", inner, Node("d")), "n": 1})]
    assert [one.name for one in made[:3]] == ["b", "d", "c"]
    assert [[child.name for child in one.children] for one in made[3:5]] == [["d", "d"], ["c", "d"]]
    assert not list(subtrees({"xs": [[1]], "n": 1}))
    inner.owner = root = Node("r", inner)
    assert not list(subtrees({"node": root}))


def test_none_that_is_dropped_where_the_author_keeps_it_is_a_question():
    """The docstring says what None means in the one argument, and nothing of the other."""
    text = (
        "def settings(base, extra):\n    merged = dict(base)\n    for key, value in extra.items():\n"
        "        if isinstance(value, dict) and isinstance(merged.get(key), dict):\n"
        "            merged[key] = settings(merged[key], value)\n        else:\n            merged[key] = value\n"
        "    return {key: part for key, part in merged.items() if part is not None}\n"
    )
    report = verify(text, settings, failure=Call(({"a": 1}, {"b": None})), good_calls=SETTINGS)
    assert report.accepted, str(report)
    assert any("the docstring speaks of None" in note for note in report.notes)
    kept = verify(
        _MERGED.format(missing="merged.pop(key, None)"),
        settings,
        failure=Call(({"a": 1}, {"b": None})),
        good_calls=SETTINGS,
    )
    assert kept.accepted, str(kept)
    assert not any("the docstring speaks of None" in note for note in kept.notes)
