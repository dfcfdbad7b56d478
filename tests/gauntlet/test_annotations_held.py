"""How far a return annotation binds: where the arguments keep theirs, to the last item."""

from __future__ import annotations

import pytest

from fukkatsu import Call, Checks, verify

pytestmark = pytest.mark.once  # what is judged here says nothing about the interpreter


def averaged(values: list[float], window: int) -> list[float]:
    """Simple moving average; where there is nothing to average, the point is None."""
    result = []
    for i in range(len(values)):
        part = values[max(0, i - window + 1) : i + 1]
        result.append(sum(part) / len(part))
    return result


AVERAGED = """\
def averaged(values, window):
    result = []
    for i in range(len(values)):
        part = [v for v in values[max(0, i - window + 1):i + 1] if v is not None]
        result.append(sum(part) / len(part) if part else None)
    return result
"""


def shares(amounts: dict[str, float]) -> dict[str, float]:
    """The share of each; what is unknown (None) stays unknown."""
    total = sum(amounts.values())
    return {name: amount / total for name, amount in amounts.items()}


SHARES = """\
def shares(amounts):
    total = sum(amount for amount in amounts.values() if amount is not None)
    return {name: amount if amount is None else amount / total for name, amount in amounts.items()}
"""


def rows_scaled(rows: list[list[int]], factor: int) -> list[list[int]]:
    """Each number times the factor; a cell that is empty (None) stays so."""
    return [[cell * factor for cell in row] for row in rows]


ROWS_SCALED = """\
def rows_scaled(rows, factor):
    return [[cell if cell is None else cell * factor for cell in row] for row in rows]
"""

CASES = [
    (averaged, AVERAGED, ([1.0, None, 3.0], 2), [([1.0, 2.0, 3.0, 4.0], 2), ([5.0], 3), ([], 2), ([1.0, 1.0, 4.0], 1)]),
    (shares, SHARES, ({"a": 1.0, "b": None},), [({"a": 1.0, "b": 3.0},), ({"c": 2.0},)]),
    (rows_scaled, ROWS_SCALED, ([[1], [2, None]], 3), [([[1], [2, 4]], 3), ([[5, 6]], 2), ([], 1)]),
]


@pytest.mark.parametrize(("function", "right", "failing", "good"), CASES, ids=["list", "dict", "rows"])
def test_a_result_is_absolved_of_its_annotation_where_any_item_of_an_argument_breaks_its_own(
    function, right, failing, good
):
    """A None in the second place of a ``list[float]`` promises nothing, as one in the first."""
    report = verify(right, function, failure=Call(failing), good_calls=[Call(args) for args in good])
    assert report.accepted, str(report)


def first(values: list[int], n: int) -> list[int]:
    """The first n, each divided by n."""
    return [value // n for value in values[:n]] + [0 // n]


def test_a_result_is_held_to_its_annotation_to_the_last_item_where_all_arguments_keep_theirs():
    """Nothing is absolved where nothing was broken."""
    wrong = "def first(values, n):\n    return [v // n for v in values[:n]] + [0 // n] if n else [*values, str(n)]\n"
    report = verify(
        wrong,
        first,
        failure=Call(([1, 2], 0)),
        good_calls=[Call(([1, 2], 1)), Call(([4], 2))],
        checks=Checks(result_type=False, constant_body=False),
    )
    assert report.refused_by == "contract", str(report)
    assert "return annotation" in report.reason
