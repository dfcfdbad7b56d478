"""Other days than were seen, where a candidate newly looks at parts of dates: ``x.weekday() == 5``, ``x.days / 365``.

A week has seven days and a month as many as it likes; the few dates of recorded calls show little of that.
"""

from __future__ import annotations

import ast
import datetime
from collections.abc import Iterator, Sequence
from typing import Any, Final

from fukkatsu._gauntlet.texts import ReadText

_PARTS: Final = frozenset(
    {"weekday", "isoweekday", "isocalendar", "toordinal", "timetuple", "days", "year", "month", "day", "timedelta"}
)
_WEEK: Final = 7
_DAY: Final = datetime.timedelta(days=1)
_LATER: Final = (28, 31, 59, 365, 366)


def looks_at_days(candidate: ReadText, original: ReadText) -> bool:
    """Whether the candidate compares, or reckons with, parts of dates in a way that the original does not."""
    known = set(_reckoned_in(original))
    return any(text not in known for text in _reckoned_in(candidate))


def _reckoned_in(text: ReadText) -> Iterator[str]:
    for node in text.below:
        if isinstance(node, ast.Compare | ast.BinOp):
            names = {
                inner.attr if isinstance(inner, ast.Attribute) else inner.id
                for inner in ast.walk(node)
                if isinstance(inner, ast.Attribute | ast.Name)
            }
            if not names.isdisjoint(_PARTS):
                yield ast.unparse(node)


def is_date(value: Any) -> bool:
    """Whether *value* is a date or a time of a day, of the standard library's own classes."""
    return type(value) in (datetime.date, datetime.datetime)


def other_days(value: Any, others: Sequence[Any] = ()) -> Iterator[Any]:
    """The days of the week after *value*, a date; the ends of months; the same day of other years, and its eves.

    Of *others*, the dates beside it, the birthdays: their day and month in other years. None is on another side of one
    of them than *value* is: a start comes before its end.
    """
    beside = [other for other in others if type(other) is type(value)]
    for day in _other_days(value, beside):
        if all((day <= other) if value <= other else (day >= other) for other in beside):
            yield day


def _other_days(value: Any, others: Sequence[Any]) -> Iterator[Any]:
    for birthday, years in [(other, years) for other in others for years in (0, 1, -1, -10)]:
        try:
            day = value.replace(year=value.year + years, month=birthday.month, day=birthday.day)
            yield from (day, day - _DAY)
        except (ValueError, OverflowError):
            continue
    for days in (*range(1, _WEEK), *_LATER, -1):
        try:
            yield value + days * _DAY
        except OverflowError:
            continue
    for years in (1, 4, 20, -1):
        try:
            day = value.replace(year=value.year + years)
            yield from (day, day - _DAY)
        except (ValueError, OverflowError):
            continue
