"""The examples stage: what authors and users wrote down is compared as values, outside the candidate's process."""

from __future__ import annotations

import pytest

from fukkatsu import Call, Checks, verify
from fukkatsu._gauntlet.examples import alike, disagreement
from fukkatsu._model.call import Outcome
from fukkatsu._oracle import values
from fukkatsu._oracle.examples import read_doctests

LIMIT = 3


def mean(xs):
    """The arithmetic mean.

    >>> mean([1, 2])
    1.5
    >>> mean([])
    0
    >>> mean([2, 2]) == LIMIT - 1
    >>> total = mean([4])
    >>> total
    4.0
    """
    return sum(xs) / len(xs)


def spread(xs):
    """Largest minus smallest. spread([5, 1]) => 4, and spread([]) => 0, but spread([2, 2]) => 7."""
    return max(xs) - min(xs)


def refuse(word):
    """Length of a word.

    >>> refuse("abc")
    3
    >>> refuse("")
    Traceback (most recent call last):
    ValueError: an empty word
    """
    if not word:
        raise ValueError("an empty word")
    return len(word) // (len(word) - 1)


def rename(table):
    """>>> sorted(rename({'a': 1}).items())
    [('b', 1)]
    >>> rename({})
    {'b': None}
    >>> rename({'a': 2, 'c': 3})
    {'c': 3, 'b': 2}
    """
    return {**{k: v for k, v in table.items() if k != "a"}, "b": table["a"]}


def report(source, original, failure, **options):
    return verify(source, original, failure=failure, **options)


def reason_of(report):
    assert report.refused_by == "examples", str(report)
    return report.reason


def test_a_doctest_that_covers_the_crash_decides():
    """The crashing call has a documented result: only that result is right."""
    right = report("def mean(xs):\n    return sum(xs) / len(xs) if xs else 0", mean, Call(([],)))
    assert right.accepted, str(right)
    assert right.evidence["examples"] >= 4
    wrong = report("def mean(xs):\n    return sum(xs) / len(xs) if xs else 1", mean, Call(([],)))
    assert "`mean([])` should give 0, but gave 1" in reason_of(wrong)
    assert wrong.counterexample == Call(([],), returned=0)


def chunks(items, size):
    """Pieces of so many items.

    >>> list(chunks(range(5), 2))
    [[0, 1], [2, 3], [4]]
    """
    source = iter(items)
    while True:
        yield [next(source) for _ in range(size)]


def test_a_doctest_covers_a_generator_that_ends_in_an_escaping_stop_iteration():
    """The exception is raised for the generator when its frame has gone."""
    text = (
        "def chunks(items, size):\n    piece = []\n    for item in items:\n        piece.append(item)\n"
        "        if len(piece) == size:\n            yield piece\n            piece = []\n{}"
    )
    failing = Call(([1, 2, 3], 2))
    assert verify(text.format("    if piece:\n        yield piece\n"), chunks, failure=failing).accepted
    assert verify(text.format(""), chunks, failure=failing).refused_by == "examples"


def test_the_type_of_a_number_is_not_what_a_doctest_means():
    """``0`` and ``0.0`` are the same to an author: doctest's comparison of texts refuses right programs."""
    assert report("def mean(xs):\n    return sum(xs) / len(xs) if xs else 0.0", mean, Call(([],))).accepted


def test_a_comparison_without_an_expected_text_must_be_true():
    """``>>> f(x) == y`` alone is an assertion to its author."""
    source = "def mean(xs):\n    if not xs:\n        return 0\n    return 2.5 if xs == [2, 2] else sum(xs) / len(xs)"
    assert "should be true" in reason_of(report(source, mean, Call(([],))))


def test_a_documented_exception_is_expected_with_its_text():
    """The class, and the message that the author shows."""
    failure = Call(("x",))
    keep = "def refuse(word):\n    if not word:\n        raise ValueError('an empty word')\n    return len(word)"
    assert report(keep, refuse, failure, good_calls=()).accepted
    drop = "def refuse(word):\n    return len(word)"
    assert "should raise ValueError, but returned 0" in reason_of(report(drop, refuse, failure))
    other = keep.replace("an empty word", "empty")
    assert "with the text 'an empty word'" in reason_of(report(other, refuse, failure))


def test_a_doctest_that_the_original_fails_by_value_is_disputed_and_not_enforced():
    """``refuse("abc")`` gives 1: author and docstring disagree, and nobody can say who is right."""
    report_ = report(
        "def refuse(word):\n    if not word:\n        raise ValueError('an empty word')\n"
        "    return len(word) // max(len(word) - 1, 1)",
        refuse,
        Call(("x",)),
    )
    assert report_.accepted, str(report_)
    assert any("disputed doctest" in note and "3" in note for note in report_.notes)


def test_dictionaries_are_compared_as_values():
    """Neither the order of keys nor quotes count."""
    source = (
        "def rename(table):\n    found = {'b': table.get('a')}\n"
        "    found.update({k: v for k, v in table.items() if k != 'a'})\n    return found"
    )
    assert report(source, rename, Call(({},)), checks=Checks(preserve=False)).accepted


def test_calls_stated_in_prose_count_unless_the_original_contradicts_them():
    """``spread([]) => 0`` covers the crash; ``spread([2, 2]) => 7`` is careless and only noted."""
    failure = Call(([],))
    right = report("def spread(xs):\n    return max(xs) - min(xs) if xs else 0", spread, failure)
    assert right.accepted, str(right)
    assert any("spread([2, 2]) => 7" in note for note in right.notes)
    wrong = report("def spread(xs):\n    return max(xs) - min(xs) if xs else -1", spread, failure)
    assert "says `spread([]) => 0`, but the function returns -1" in reason_of(wrong)


def test_names_of_the_module_are_there_in_doctests():
    """``LIMIT`` in a doctest is the module's, although nothing but the function travels."""
    assert "LIMIT" in mean.__doc__
    accepted = report("def mean(xs):\n    return sum(xs) / len(xs) if xs else 0", mean, Call(([],)))
    assert not any("not run" in note for note in accepted.notes)


class Basket:
    def __init__(self, prices):
        self.prices = prices

    def mean(self):
        """
        >>> Basket([1, 2]).mean()
        1.5
        >>> Basket([]).mean()
        0
        """
        return sum(self.prices) / len(self.prices)

    @staticmethod
    def share(parts):
        """
        >>> Basket.share(0)
        1.0
        """
        return 1 / parts


def test_doctests_of_a_method_run_through_a_class_that_holds_the_candidate():
    """The class travels with the original method in it: the candidate takes its place there."""
    right = report(
        "def mean(self):\n    return sum(self.prices) / len(self.prices) if self.prices else 0", Basket.mean, None
    )
    assert right.accepted, str(right)
    assert right.evidence["examples"] == 2
    wrong = report("def mean(self):\n    return sum(self.prices) / (len(self.prices) or 1) + 1", Basket.mean, None)
    assert "should give 1.5, but gave 2.5" in reason_of(wrong)
    static = report("def share(parts):\n    return 1 / (parts or 2)", Basket.share, None)
    assert "should give 1.0, but gave 0.5" in reason_of(static)


def bare(x):
    return 1 // x


def test_a_users_test_calls_the_candidate_through_a_proxy_and_its_exception_refuses():
    """The test runs in the host, the candidate does not."""
    seen = []

    def at_zero_it_gives_none(function):
        seen.append(function(0))
        assert function(0) is None, "zero must give None"

    checks = Checks(tests=[at_zero_it_gives_none])
    refused = report("def bare(x):\n    return 1 // x if x else 0", bare, Call((0,)), checks=checks)
    assert "at_zero_it_gives_none" in reason_of(refused)
    assert "zero must give None" in refused.reason
    accepted = report("def bare(x):\n    return 1 // x if x else None", bare, Call((0,)), checks=checks)
    assert accepted.accepted, str(accepted)
    assert accepted.evidence["examples"] == 1
    assert seen == [0, None]


def test_nothing_to_check_is_a_skip_with_a_reason():
    """No docstring, no test."""
    verdict = next(
        v for v in report("def bare(x):\n    return 1 // (x or 1)", bare, Call((0,))).verdicts if v.stage == "examples"
    )
    assert (verdict.outcome, verdict.reason) == ("skipped", "no example in the docstring, no test given")


@pytest.mark.parametrize(
    ("wanted", "actual", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ((1, 2), [1, 2], False),
        ([1, [2.0]], [1, [2]], True),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"b": 1}, False),
        ({1, 2}, {2, 1}, True),
        ("a", "b", False),
        (None, None, True),
        (float("nan"), float("nan"), True),
        (0.1 + 0.2, 0.3, True),
    ],
)
def test_literals_are_alike_when_their_author_would_say_so(wanted, actual, same):
    """Numbers by value, booleans apart from numbers, containers by content."""
    assert alike(wanted, actual) is same


def test_prose_rounds_and_takes_lists_for_tuples():
    """Digits that the author wrote bound the comparison; brackets of prose are careless."""
    assert alike(3.33, 10 / 3, digits=2)
    assert not alike(3.33, 3.35, digits=2)
    assert alike((1, 2), [1, 2], loose=True)


def test_printed_text_counts_where_a_doctest_shows_it():
    """``print`` in an example is compared as text, after what the function itself printed."""
    (example,) = read_doctests(">>> f()\nhello\n2\n")
    shown = Outcome("returned", value=values.encode(2).text, message="2", printed="hello\n")
    assert disagreement(example, shown) is None
    silent = Outcome("returned", value=values.encode(2).text, message="2")
    assert disagreement(example, silent) is not None


def pieces(total, size):
    """How many pieces: pieces(6, 2) => 3, pieces(7, 2) => 3 and pieces(5, 0) => 0."""
    return total // size


def test_whole_numbers_in_all_examples_are_no_floats():
    """One by one 3 and 3.0 are the same; a function of whole numbers that gives nothing but floats is another one."""
    right = "def pieces(total, size):\n    return total // size if size else 0\n"
    assert verify(right, pieces, failure=Call((1, 0))).accepted
    floats = "def pieces(total, size):\n    return float(total // size) if size else 0.0\n"
    report = verify(floats, pieces, failure=Call((1, 0)))
    assert report.refused_by == "examples", str(report)
    assert "show whole numbers, and all are answered with floats" in report.reason


def ratio(total, size):
    """How many: ratio(6, 2) => 3 and ratio(5, 0) => 0."""
    return total / size


def test_where_the_original_gives_floats_its_examples_bind_no_kind():
    """Authors write 3 and mean 3.0."""
    right = "def ratio(total, size):\n    return total / size if size else 0.0\n"
    assert verify(right, ratio, failure=Call((1, 0))).accepted
