"""Evidence that was there and not heard: classes as arguments, doctests in steps, what a result must not hold."""

from __future__ import annotations

import functools
from typing import ClassVar

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


class Registry:
    """Things by their names."""

    _items: ClassVar[dict[str, int]] = {}
    count = 0

    def add(cls, name, value):
        """Register a value under a name, in small letters."""
        cls._items[name.lower()] = value
        cls.count += 1
        return cls.count

    def __init__(self, first):
        self.first_one = first

    @property
    def first(self):
        """The first of all.

        >>> Registry([3, 4]).first
        3
        >>> Registry([]).first is None
        True
        """
        return self.first_one[0]


@pytest.mark.parametrize(("value", "accepted"), [("value", True), ("value + 1", False)])
def test_what_a_class_method_changes_in_its_class_is_seen_on_both_sides(value, accepted):
    """The class comes as an argument."""
    text = (
        f"def add(cls, name, value):\n    cls._items[str(name).lower()] = {value}\n"
        "    cls.count += 1\n    return cls.count\n"
    )
    good = [Call((Registry, "A", 1)), Call((Registry, "b", 2))]
    report = verify(text, Registry.add, failure=Call((Registry, 7, 3)), good_calls=good)
    assert report.accepted is accepted, str(report)


@pytest.mark.parametrize(("other", "accepted"), [("None", True), ("0", False)])
def test_doctests_of_a_property_run_and_may_ask_for_none(other, accepted):
    """They say so with ``is None``: a result unlike the others is the author's wish."""
    text = f"def first(self):\n    return self.first_one[0] if self.first_one else {other}\n"
    getter = Registry.first.fget
    report = verify(text, getter, failure=Call((Registry([]),)), good_calls=[Call((Registry([5]),))])
    assert report.accepted is accepted, str(report)
    assert not accepted or report.evidence["examples"] == 2


def mean(xs):
    """The mean.

    >>> result = mean([])
    >>> result
    0.0
    >>> [result, 1.0]
    [0.0, 1.0]
    """
    return sum(xs) / len(xs)


@pytest.mark.parametrize(("other", "accepted"), [("0.0", True), ("1.0", False)])
def test_a_doctest_in_two_steps_covers_a_crash_in_the_first(other, accepted):
    """What uses a result that never came has crashed as well."""
    text = f"def mean(xs):\n    return sum(xs) / len(xs) if xs else {other}\n"
    report = verify(text, mean, failure=Call(([],)), good_calls=[Call(([1, 2],)), Call(([4],))])
    assert report.accepted is accepted, str(report)
    assert accepted or report.refused_by == "examples"


def sorted_out(texts):
    """Numbers of the texts, and the texts that are none."""
    numbers, failed = [], []
    for text in texts:
        try:
            numbers.append(float(text))
        except ValueError:
            print("skipped", txt)  # noqa: F821 - the fault
            failed.append(text)
    return numbers, failed


def test_a_statement_of_the_authors_is_not_dropped_with_the_fault():
    """Good results always had an empty list there; that nobody knows what belongs into it is no reason."""
    text = (
        "def sorted_out(texts):\n    numbers, failed = [], []\n    for text in texts:\n        try:\n"
        "            numbers.append(float(text))\n        except ValueError:\n            print('skipped', text)\n"
        "            {}\n    return numbers, failed\n"
    )
    good = [Call((["1", "2"],)), Call((["3"],)), Call(([],))]
    failing = Call((["1", "x", "2"],))
    assert verify(text.format("failed.append(text)"), sorted_out, failure=failing, good_calls=good).accepted
    report = verify(text.format("pass"), sorted_out, failure=failing, good_calls=good)
    assert not report.accepted, str(report)


@functools.lru_cache(maxsize=9)
def ratio(a, b):
    """A part of b."""
    return a / b


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ("@functools.lru_cache(maxsize=9)", True),
        ("@functools.lru_cache(maxsize=1)", False),
        ("@functools.cache", False),
    ],
)
def test_the_decorators_of_the_file_may_be_written_out_again(line, accepted):
    """Word for word; they stay in place whatever a reply says."""
    text = f"{line}\ndef ratio(a, b):\n    return a / b if b else 0.0\n"
    report = verify(text, ratio, failure=Call((1, 0)), good_calls=[Call((1, 2)), Call((3, 4))])
    assert report.accepted is accepted, str(report)


class Steps:
    """Values one after the other."""

    def __init__(self, values):
        self.values, self.at = values, 0

    def __iter__(self):
        return self

    def __next__(self):
        value = self.values[self.at]
        self.at += 1
        return value


class Named:
    """Values by name."""

    def __setstate__(self, state):
        """Nothing to set."""

    def __getattr__(self, name):
        return {"first": 1}[name]


NEXT = (
    "def __next__(self):\n    if self.at >= len(self.values):\n        raise {}\n"
    "    value = self.values[self.at]\n    self.at += 1\n    return value\n"
)


@pytest.mark.parametrize(("what", "accepted"), [("StopIteration", True), ("ValueError('at the end')", False)])
def test_an_iterator_may_end(what, accepted):
    """For whoever loops over it that is no failure."""
    report = verify(NEXT.format(what), Steps.__next__, failure=Call((Steps([]),)))
    assert report.accepted is accepted, str(report)


def test_an_attribute_may_be_missing():
    """``hasattr`` asks for that."""
    text = (
        "def __getattr__(self, name):\n    found = {'first': 1}\n    if name not in found:\n"
        "        raise AttributeError(name)\n    return found[name]\n"
    )
    good = [Call((Named(), "first"))]
    report = verify(text, Named.__getattr__, failure=Call((Named(), "other")), good_calls=good)
    assert report.accepted, str(report)


def test_a_number_of_numpys_is_a_number():
    """A sum over nothing is 0, whoever adds up."""
    numpy = pytest.importorskip("numpy")
    good = [Call((numpy.array([1, 2]),)), Call((numpy.array([5]),))]
    text = "def largest(values):\n    return values.max() if values.size else 0\n"
    report = verify(text, largest, failure=Call((numpy.array([]),)), good_calls=good)
    assert report.accepted, str(report)


def largest(values):
    """The largest of an array's values."""
    return values.max()


LETTERS = {"ä": "ae", "ö": "oe"}


def spelled(text):
    """The text in plain letters."""
    for letter, plain in LETTERS.items():
        text = text.replace(letter, plain)
    return text


def test_a_table_of_the_module_may_be_made_a_translation_of():
    """``str.maketrans`` only reads it."""
    text = "def spelled(text):\n    return (text or '').translate(str.maketrans(LETTERS))\n"
    good = [Call(("schön",)), Call(("x",))]
    report = verify(text, spelled, failure=Call((None,)), good_calls=good)
    assert report.accepted, str(report)


def summed(values: list[float]) -> float:
    """The sum."""
    return sum(values)


def counted(values: list[float]) -> int:
    """The sum of what is there."""
    return sum(values)


@pytest.mark.parametrize(("original", "accepted"), [(summed, True), (counted, False)])
def test_where_the_author_says_float_a_whole_number_is_one(original, accepted):
    """Seven and 7.0 are one answer there, and two where the author says ``int``."""
    text = (
        f"def {original.__name__}(values):\n    total = 0.0\n    for value in values:\n"
        "        total += value or 0\n    return total\n"
    )
    report = verify(text, original, failure=Call(([1, None],)), good_calls=[Call(([1, 2],)), Call(([4],))])
    assert report.accepted is accepted, str(report)


def first_word(words):
    """The first of all words. A LookupError is raised when words is empty."""
    return words[0].strip()


@pytest.mark.parametrize(
    ("answer", "accepted"), [("raise LookupError('none')", True), ("return ''", False), ("raise KeyError(0)", False)]
)
def test_the_passive_voice_documents_an_exception_too(answer, accepted):
    """Half of all docstrings speak so; where the condition can be tried, and is true of the failing call, it must come."""
    text = f"def first_word(words):\n    if not words:\n        {answer}\n    return words[0].strip()\n"
    good = [Call((["a ", "b"],)), Call((["c"],))]
    report = verify(text, first_word, failure=Call(([],)), good_calls=good)
    assert report.accepted is accepted, str(report)
    assert ("return" in answer) is ("raises LookupError when len(words) == 0" in report.reason)


def shared(total, people):
    """Each one's part of a total. It is an error (ValueError) to pass nobody."""
    return total / len(people)


def example(total, people):
    """Each one's part of a total.

    >>> example(1, [])
    Traceback (most recent call last):
    ValueError: nobody
    """
    return total / len(people)


def tolerant(total, people):
    """Each one's part of a total; swallows any ValueError of a caller's."""
    return total / len(people)


NOBODY = "if not people:\n        raise ValueError('nobody')\n    return total / len(people)"


@pytest.mark.parametrize(
    ("function", "body", "accepted", "note"),
    [
        (shared, NOBODY, True, "announces"),
        (shared, "return total / len(people) if people else 0.0", True, "ValueError is raised, in words"),
        (shared, NOBODY.replace("ValueError", "LookupError"), False, ""),
        (example, NOBODY, True, "announces"),
        (example, "return total / len(people) if people else 0.0", False, ""),
        (tolerant, NOBODY, False, ""),
    ],
)
def test_to_name_an_exception_in_any_words_is_to_announce_it(function, body, accepted, note):
    """Also in a doctest; not where it is one that is swallowed."""
    text = f"def {function.__name__}(total, people):\n    {body}\n"
    good = [Call((6, ["a", "b"])), Call((1, ["a"]))]
    report = verify(text, function, failure=Call((1, [])), good_calls=good)
    assert report.accepted is accepted, str(report)
    assert not note or any(note in each for each in report.notes), report.notes


def results_of(functions, value):
    """Result of each function by its name; a function that raises ValueError gives None."""
    return {function.__name__: function(value) for function in functions}


def refusing(value):
    raise ValueError(value)


def plain(value):
    return value


def test_what_others_raise_is_no_purpose_of_the_authors():
    """ "A function that raises ValueError gives None" asks for an answer."""
    text = (
        "def results_of(functions, value):\n    found = {}\n    for function in functions:\n        try:\n"
        "            found[function.__name__] = function(value)\n        except ValueError:\n"
        "            found[function.__name__] = None\n    return found\n"
    )
    good = [Call(([plain], 1)), Call(([plain], 5))]
    report = verify(text, results_of, failure=Call(([plain, refusing], 2)), good_calls=good)
    assert report.accepted, str(report)


def path_value(record, path):
    """Value under a path of keys, None where it leads nowhere."""
    for key in path:
        record = record[key]
    return record


def fallback(config):
    """The port, 80 without one."""
    return int(config["port"])


@pytest.mark.parametrize(
    ("function", "text", "accepted"),
    [
        (
            path_value,
            "def path_value(record, path):\n    try:\n        for key in path:\n            record = record[key]\n"
            "        return record\n    except (KeyError, TypeError):\n        return None\n",
            True,
        ),
        (
            fallback,
            "def fallback(config):\n    try:\n        return int(config['port'])\n    except KeyError:\n"
            "        return 80\n",
            True,
        ),
        (
            fallback,
            "def fallback(config):\n    try:\n        return int(config['port'])\n    except Exception:\n"
            "        return 8080\n",
            False,
        ),
    ],
)
def test_a_noun_phrase_promises_an_answer_too(function, text, accepted):
    """ "80 without one" says what is returned, without a verb."""
    failing, good = {
        "path_value": (Call(({"a": 1}, ["b"])), [Call(({"a": {"b": 2}}, ["a", "b"])), Call(({"x": 1}, ["x"]))]),
        "fallback": (Call(({},)), [Call(({"port": "8000"},)), Call(({"port": 1},))]),
    }[function.__name__]
    report = verify(text, function, failure=failing, good_calls=good)
    assert report.accepted is accepted, str(report)
