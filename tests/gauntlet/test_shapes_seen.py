"""Shapes and kinds that all calls had in common, and those that they had not: what binds is what could come."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify
from fukkatsu._oracle.relations import Relations

pytestmark = pytest.mark.once  # says nothing about the interpreter


def column_sums(table):
    """Sums by column."""
    out = [0] * len(table[0])
    for row in table:
        for at, x in enumerate(row):
            out[at] += x
    return out


TABLES = [Call(([[1, 2], [3, 4]],)), Call(([[1, 2, 3]],)), Call(([[5], [6]],))]


@pytest.mark.parametrize(
    ("body", "good", "accepted"),
    [
        ("[sum(column) for column in zip(*table)]", TABLES, True),
        ("[sum(row[at] for row in table) for at in range(len(table[0]))] if table else []", TABLES, True),
        ("[sum(column) for column in zip(*table[:2])]", [*TABLES, Call(([[1], [2], [3]],))], False),
        ("[sum(column) for column in zip(*table)]", [*TABLES, Call(([[1, 2], [3]],))], False),
    ],
    ids=["by columns", "by places", "two rows", "an odd row was seen"],
)
def test_tables_keep_rows_of_one_length_where_all_seen_have(body, good, accepted):
    """Two ways to sum columns differ on a row that is too short, which nobody passes, until somebody does."""
    text = f"def column_sums(table):\n    return {body}\n"
    report = verify(text, column_sums, failure=Call(([],)), good_calls=good)
    assert report.accepted is accepted, str(report)


@pytest.mark.parametrize(
    ("tables", "kept"),
    [
        ([[[1, 2], [3, 4]], [], [[5], [6]]], True),
        ([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], False),  # of one length by chance, perhaps
        ([[[1, 2], [3, 4]], [[5], [6]], [[1], []]], False),
        ([[1, 2], [3]], False),
    ],
)
def test_rows_are_even_where_two_tables_of_another_width_say_so(tables, kept):
    """An empty table contradicts nothing."""
    relations = Relations([{"table": table} for table in tables])
    assert relations.hold({"table": [[1], [2]]})
    assert relations.hold({"table": [[0], []]}) is not kept


def spread(values):
    """Difference of the largest and the smallest value, 0 for fewer than two."""
    return max(values) - min(values)


@pytest.mark.parametrize(
    ("body", "good", "accepted"),
    [
        ("if len(values) < 2:\n        return 0", [[1, 5, 3], [2], [-1.5, 2.0]], True),
        ("if len(values) < 2:\n        return 0", [[1.5, 5.0, 3.5], [2.25], [-1.5, 2.0]], False),
        ("if len(values) < 2:\n        return '0'", [[1, 5, 3], [2], [-1.5, 2.0]], False),
    ],
    ids=["both kinds", "fractions", "text"],
)
def test_a_whole_number_is_as_good_as_an_equal_one_where_results_are_of_both_kinds(body, good, accepted):
    """Nobody minds a 0 for 0.0 who gets whole numbers from the same function; of fractions alone the kind is kept."""
    text = f"def spread(values):\n    {body}\n    return max(values) - min(values)\n"
    report = verify(text, spread, failure=Call(([],)), good_calls=[Call((values,)) for values in good])
    assert report.accepted is accepted, str(report)


def largest(values):
    """The largest value, 0 where there is none."""
    return max(values)


def test_of_equal_numbers_in_one_list_either_may_be_given():
    """Which of 2 and 2.0 is the largest is a matter of who looks first."""
    text = "def largest(values):\n    return sorted(values)[-1] if values else 0\n"
    good = [Call(([2.0, 1],)), Call(([3.0, 2, 1],)), Call(([1, 2.0],)), Call(([3.0, 3.0, 1],))]
    report = verify(text, largest, failure=Call(([],)), good_calls=good)
    assert report.accepted, str(report)
