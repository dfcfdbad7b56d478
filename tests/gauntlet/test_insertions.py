"""Signs inside of words, other beginnings, numbers that no float is, and whole numbers one after the other."""

from __future__ import annotations

import re
import textwrap
from decimal import ROUND_HALF_UP, Decimal

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet.insertions import begun_otherwise, new_signs, with_more, with_sign
from fukkatsu._gauntlet.texts import read_text
from fukkatsu._gauntlet.treatments import decimal_places, halves
from fukkatsu._oracle.inputs import Inputs
from fukkatsu._oracle.sizes import spread

pytestmark = pytest.mark.once  # says nothing about the interpreter


def links(hrefs):
    """Links without anchors such as "#top"; an empty one is left out."""
    return [href for href in hrefs if href[0] != "#"]


def pairs(lines):
    """Names and values of lines such as "a=1"; lines that start with "#" are comments."""
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def chosen(env, prefix="APP_"):
    """Values of the names with a prefix, by the rest of the name; None is empty."""
    return {name[len(prefix) :].lower(): text.strip() for name, text in env.items() if name.startswith(prefix)}


def wrapped(text, width):
    """Lines of words, no longer than width where a word is not; nothing for nothing."""
    words = text.split()
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def invoice(lines):
    """The total, rounded half up to cents; a line without a price is free of charge."""
    total = sum(Decimal(line["price"]) * line["qty"] for line in lines)
    return Decimal(total).quantize(Decimal("0.01"), ROUND_HALF_UP)


def slug(title, limit=40):
    """Words of a title, as many of the first as there is room for."""
    words = title.lower().split()
    found = words[0]
    for word in words[1:]:
        if len(found) + 1 + len(word) > limit:
            break
        found += "-" + word
    return found


LINKS = [Call((["a.html", "#top"],)), Call(([],)), Call((["b.html"],))]
PAIRS = [Call((["age=1", "# no"],)), Call(([],)), Call((["name=Ann", "age=7"],))]
CHOSEN = [Call(({"APP_PORT": "80", "HOME": "/"},)), Call(({"X_DEBUG": "0"}, "X_")), Call(({},))]
WRAPPED = [Call(("the quick brown fox", 9)), Call(("extraordinary a", 5)), Call(("a b", 3))]
INVOICE = [
    Call(([{"price": "2.50", "qty": 2}],)),
    Call(([{"price": "1.005", "qty": 1}],)),
    Call(([{"price": "9", "qty": 3}],)),
]
SLUGS = [Call(("Hello World",)), Call(("one two three four five six seven eight nine ten",)), Call(("a b c", 3))]

_SLUG = """
def slug(title, limit=40):
    words = title.lower().split() or [""]
    found = words[0]
    for word in words[1:]:
        if len(found) + 1 + len(word) > limit:
            {full}
        found += "-" + word
    return found
"""


@pytest.mark.parametrize(
    ("original", "failing", "good", "text", "accepted"),
    [
        (links, ([""],), LINKS, "def links(hrefs):\n    return [h for h in hrefs if h and '#' not in h]\n", False),
        (links, ([""],), LINKS, "def links(hrefs):\n    return [h for h in hrefs if h and h[0] != '#']\n", True),
        (
            pairs,
            (["a"],),
            PAIRS,
            "def pairs(lines):\n    kept = [line.split('#')[0] for line in lines]\n"
            "    return {line.partition('=')[0]: line.partition('=')[2] for line in kept if line}\n",
            False,
        ),
        (
            pairs,
            (["a"],),
            PAIRS,
            "def pairs(lines):\n    kept = [line for line in lines if not line.startswith('#')]\n"
            "    return {line.partition('=')[0]: line.partition('=')[2] for line in kept}\n",
            True,
        ),
        (
            chosen,
            ({"APP_NEW": None},),
            CHOSEN,
            "def chosen(env, prefix='APP_'):\n"
            "    return {name.replace(prefix, '').lower(): (text or '').strip() for name, text in env.items()\n"
            "            if prefix in name}\n",
            False,
        ),
        (
            chosen,
            ({"APP_NEW": None},),
            CHOSEN,
            "def chosen(env, prefix='APP_'):\n"
            "    return {name.removeprefix(prefix).lower(): (text or '').strip() for name, text in env.items()\n"
            "            if name[: len(prefix)] == prefix}\n",
            True,
        ),
        (
            wrapped,
            ("", 9),
            WRAPPED,
            "def wrapped(text, width):\n    return textwrap.wrap(text, width, break_long_words=False)\n",
            False,
        ),
        (
            wrapped,
            ("", 9),
            WRAPPED,
            "def wrapped(text, width):\n    if not text.split():\n        return []\n"
            "    words = text.split()\n    lines = [words[0]]\n    for word in words[1:]:\n"
            "        if len(lines[-1]) + 1 + len(word) <= width:\n            lines[-1] += ' ' + word\n"
            "        else:\n            lines.append(word)\n    return lines\n",
            True,
        ),
        (
            invoice,
            ([{"qty": 1}],),
            INVOICE,
            "def invoice(lines):\n    total = sum(float(line.get('price', 0)) * line['qty'] for line in lines)\n"
            "    return Decimal(str(total)).quantize(Decimal('0.01'), ROUND_HALF_UP)\n",
            False,
        ),
        (
            invoice,
            ([{"qty": 1}],),
            INVOICE,
            "def invoice(lines):\n    total = sum(Decimal(line.get('price', 0)) * line['qty'] for line in lines)\n"
            "    return Decimal(total).quantize(Decimal('0.01'), ROUND_HALF_UP)\n",
            True,
        ),
        (slug, ("",), SLUGS, _SLUG.format(full="continue"), False),
        (slug, ("",), SLUGS, _SLUG.format(full="break"), True),
    ],
)
def test_what_agrees_on_the_texts_and_numbers_that_were_seen_only_is_refused(original, failing, good, text, accepted):
    """A sign may stand inside of a word, a limit lie between two that were passed, and a price end in a five."""
    assert textwrap.dedent(text) == text
    report = verify(text, original, failure=Call(failing), good_calls=good)
    assert report.accepted is accepted, str(report)


def test_signs_that_only_the_candidate_looks_for_are_told_from_the_text():
    """Letters, blanks and what the author looks for in the same way are nothing new."""
    author = read_text("def f(x):\n    return x.split(',') if x[0] != '#' else 'a' in x\n", "f")
    text = read_text("def f(x):\n    return x.split(',') if '#' in x else x.partition(';'), 'b' in x, ' ' in x\n", "f")
    assert sorted(new_signs(text, author)) == ["#", ";"]
    assert list(with_sign("ab c de", "#")) == ["a#b c de", "ab c d#e"]
    assert list(with_sign(12, "#")) == []


def test_beginnings_are_taken_away_doubled_and_moved():
    """Of texts, and of the first key of a dict that begins so."""
    assert list(begun_otherwise("APP_X", "APP_")) == ["X", "APP_APP_X", "APP_XAPP_"]
    assert next(begun_otherwise({"H": 1, "APP_X": 2}, "APP_")) == {"H": 1, "X": 2}
    assert list(begun_otherwise("X", "APP_")) == []


def test_no_float_is_a_decimal_number_that_ends_in_a_five():
    """As many places as were seen; of another kind there is none."""
    assert decimal_places("1.005") == 3
    assert decimal_places(Decimal("2.50")) == 2
    assert decimal_places("1.2.3") == 0
    assert list(halves("7.10", 3))[:2] == ["1.005", "2.005"]
    assert next(halves(Decimal(7), 2)) == Decimal("1.05")
    assert list(halves(7, 2)) == []


def test_whole_numbers_between_those_seen_are_tried_in_turn():
    """A limit that most calls leave at its default counts as seen; the largest call that was answered shows most."""
    calls = [((" ",), {}), (("one two three",), {}), (("a b", 3), {})]
    made = Inputs(slug, [lambda call=call: call for call in calls], failing=True).generate(120, 1.0)
    limits = {
        one.args[1] for one in made if one.origin == "around" and one.args[0] == "one two three" and len(one.args) > 1
    }
    assert set(range(3, 14)) <= limits
    assert spread(1, 4, 20) == [1, 2, 3, 4]
    assert spread(0, 1000, 4) == [0, 1, 2, 500, 1000]


def user(mail, users):
    """The user with that address, None when there is none."""
    return next((one for one in users if one["mail"].lower() == mail), None)


def entry(line):
    """Day and word of a line such as "2024-01-05 started now"."""
    found = ENTRY.match(line)
    return found.groups()


ENTRY = re.compile(r"(\d+-\d+-\d+) (\w+)")
USERS = [Call(("ann@x", [{"mail": "Ann@x"}])), Call(("q", [])), Call(("n@n", [{"mail": "a@b"}]))]
ENTRIES = [Call(("2024-01-05 started now",)), Call(("2024-02-06 ended",))]


@pytest.mark.parametrize(
    ("compared", "accepted"),
    [("mail in (one['mail'] or '').lower()", False), ("(one['mail'] or '').lower() == mail", True)],
)
def test_a_part_of_a_text_is_not_the_text(compared, accepted):
    """Where the author asks whether two are equal, a part of one is another one."""
    text = f"def user(mail, users):\n    return next((one for one in users if {compared}), None)\n"
    report = verify(text, user, failure=Call(("c", [{"mail": None}, {"mail": "c"}])), good_calls=USERS)
    assert report.accepted is accepted, str(report)


@pytest.mark.parametrize(("how", "asked"), [("match", False), ("fullmatch", True)])
def test_a_pattern_that_is_matched_otherwise_is_a_question(how, asked):
    """What stands behind, or before, may be meant to count: no call has shown it."""
    text = f"def entry(line):\n    found = ENTRY.{how}(line)\n    return found.groups() if found else ('', '')\n"
    good = ENTRIES[1:] if how == "fullmatch" else ENTRIES
    report = verify(text, entry, failure=Call(("nothing",)), good_calls=good)
    assert report.accepted, str(report)
    assert any("with a pattern otherwise" in note for note in report.notes) is asked


def test_texts_get_more_on_either_side():
    """The end of the line, and a word."""
    assert list(with_more("a bc")) == ["a bc\n", "a bc bc", "bc a bc"]
    assert not list(with_more(""))
