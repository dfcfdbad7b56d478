"""Dates and times."""

import datetime as dt

from corpus.case import case, hopeless, wrong

from fukkatsu import Call


def last_day(year, month):
    """The last day of a month.

    >>> last_day(2024, 2)
    datetime.date(2024, 2, 29)
    >>> last_day(2024, 12)
    datetime.date(2024, 12, 31)
    """
    return dt.date(year, month + 1, 1) - dt.timedelta(days=1)


case(
    last_day,
    crash=(2023, 12),
    good=[(2024, 2), (2023, 2), (2023, 4), (2020, 1), (2021, 11), (2022, 7)],
    right=[
        """
        if month == 12:
            return dt.date(year, 12, 31)
        return dt.date(year, month + 1, 1) - dt.timedelta(days=1)
        """,
        """
        first_of_next = dt.date(year + month // 12, month % 12 + 1, 1)
        return first_of_next - dt.timedelta(days=1)
        """,
    ],
    wrong=[
        wrong("constant", "static", "return dt.date(2023, 12, 31)"),
        wrong("point fix", "static", ("if month == 12", "if year == 2023 and month == 12")),
        wrong(
            "swallow",
            "static",
            "try:\n    return dt.date(year, month + 1, 1) - dt.timedelta(days=1)\nexcept Exception:\n    return None",
        ),
        wrong("wrong value", "examples", ("dt.date(year, 12, 31)", "dt.date(year, 12, 30)")),
        wrong("wrong value", "examples", ("dt.date(year, 12, 31)", "dt.date(year + 1, 12, 31)")),
        wrong("off-by-one", "good-calls", ("days=1", "days=2")),
        wrong("wrong type", "examples", ("dt.date(year, 12, 31)", "dt.datetime(year, 12, 31)")),
        wrong(
            "regression",
            "good-calls",
            ("return dt.date(year, month + 1, 1) - dt.timedelta(days=1)", "return dt.date(year, month, 30)"),
        ),
        wrong(
            "wrong type",
            "good-calls",
            ("first_of_next - dt.timedelta(days=1)", "(first_of_next - dt.timedelta(days=1)).isoformat()"),
            of=1,
        ),
    ],
)


def days_between(start: str, end: str) -> int:
    """Days from *start* to *end*, both ISO dates.

    Args:
        start: The first date, as YYYY-MM-DD.
        end: The second date; a time after a T is ignored.

    Returns:
        A number of days, negative where *end* comes first.
    """
    a = [int(part) for part in start.split("-")]
    b = [int(part) for part in end.split("-")]
    return (dt.date(*b) - dt.date(*a)).days


case(
    days_between,
    crash=("2024-01-01", "2024-01-05T10:30"),
    good=[
        ("2024-01-01", "2024-01-05"),
        ("2024-03-01", "2024-02-01"),
        ("2023-12-31", "2024-01-01"),
        ("2020-02-28", "2020-03-01"),
        ("2021-05-05", "2021-05-05"),
    ],
    right=[
        """
        a = [int(part) for part in start.split("-")]
        b = [int(part) for part in end.split("T")[0].split("-")]
        return (dt.date(*b) - dt.date(*a)).days
        """,
        """
        first = dt.date(*map(int, start.split("T")[0].split("-")))
        last = dt.date(*map(int, end.split("T")[0].split("-")))
        return (last - first).days
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 4"),
        wrong(
            "swallow",
            "static",
            "try:\n    a = [int(p) for p in start.split('-')]\n    b = [int(p) for p in end.split('-')]\n    return (dt.date(*b) - dt.date(*a)).days\nexcept ValueError:\n    return 0",
        ),
        wrong("wrong type", "contract", (".days", "")),
        wrong(
            "regression", "good-calls", ("(dt.date(*b) - dt.date(*a)).days", "abs((dt.date(*b) - dt.date(*a)).days)")
        ),
        wrong("off-by-one", "good-calls", ("dt.date(*a)).days", "dt.date(*a)).days + 1")),
        wrong("point fix", "static", ('end.split("T")[0]', 'end.replace("T10:30", "")')),
        wrong("regression", "good-calls", ("return (dt.date(*b) - dt.date(*a)).days", "return b[2] - a[2]")),
        wrong("wrong type", "contract", (".days", ".days / 1")),
        hopeless("wrong value", ("return (dt", 'if "T" in end:\n    return 0\nreturn (dt'), "no example has a time"),
    ],
)


def next_weekday(day, weekday):
    # day: a date; weekday: 0 for Monday to 6 for Sunday, or its English name
    ahead = weekday - day.weekday()
    if ahead <= 0:
        ahead += 7
    return day + dt.timedelta(days=ahead)


case(
    next_weekday,
    crash=(dt.date(2024, 5, 1), "friday"),
    good=[
        (dt.date(2024, 5, 1), 0),
        (dt.date(2024, 5, 1), 2),
        (dt.date(2024, 5, 1), 6),
        (dt.date(2024, 12, 30), 4),
        (dt.date(2023, 2, 28), 1),
        (dt.date(2023, 1, 2), 3),
    ],
    right=[
        """
        if isinstance(weekday, str):
            names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            weekday = names.index(weekday.lower())
        ahead = weekday - day.weekday()
        if ahead <= 0:
            ahead += 7
        return day + dt.timedelta(days=ahead)
        """,
        """
        numbers = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
        wanted = numbers[weekday[:3].lower()] if isinstance(weekday, str) else weekday
        ahead = wanted - day.weekday()
        return day + dt.timedelta(days=ahead if ahead > 0 else ahead + 7)
        """,
    ],
    wrong=[
        wrong("constant", "static", "return dt.date(2024, 5, 3)"),
        wrong(
            "swallow",
            "static",
            "try:\n    ahead = weekday - day.weekday()\n    if ahead <= 0:\n        ahead += 7\n    return day + dt.timedelta(days=ahead)\nexcept TypeError:\n    return day",
        ),
        wrong(
            "point fix",
            "static",
            'if weekday == "friday":\n    weekday = 4\nahead = weekday - day.weekday()\nif ahead <= 0:\n    ahead += 7\nreturn day + dt.timedelta(days=ahead)',
        ),
        wrong("off-by-one", "good-calls", ("if ahead <= 0", "if ahead < 0")),
        wrong("regression", "good-calls", ("ahead += 7", "ahead += 6")),
        wrong(
            "wrong type",
            "good-calls",
            ("return day + dt.timedelta(days=ahead)", "return (day + dt.timedelta(days=ahead)).isoformat()"),
        ),
        wrong(
            "wrong type",
            "good-calls",
            ("weekday = names.index(weekday.lower())", "return names.index(weekday.lower())"),
        ),
        hopeless(
            "wrong value",
            ('"monday", "tuesday"', '"sunday", "monday", "tuesday"'),
            "nothing says which name is which day",
        ),
    ],
)


def age_on(born, day):
    """Age in whole years.

    :param born: date of birth
    :param day: the day that counts
    :return: completed years; someone born on 29 February ages on 1 March in other years
    """
    birthday = born.replace(year=day.year)
    return day.year - born.year - (day < birthday)


case(
    age_on,
    crash=(dt.date(2000, 2, 29), dt.date(2023, 6, 1)),
    good=[
        (dt.date(2000, 2, 29), dt.date(2024, 2, 29)),
        (dt.date(1990, 5, 17), dt.date(2020, 5, 16)),
        (dt.date(1990, 5, 17), dt.date(2020, 5, 17)),
        (dt.date(1985, 12, 31), dt.date(2021, 1, 1)),
        (dt.date(2001, 1, 1), dt.date(2022, 7, 7)),
    ],
    right=[
        "return day.year - born.year - ((day.month, day.day) < (born.month, born.day))",
        """
        if born.month == 2 and born.day == 29:
            had_birthday = (day.month, day.day) >= (2, 29)
        else:
            had_birthday = day >= born.replace(year=day.year)
        return day.year - born.year - (not had_birthday)
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 23"),
        wrong(
            "swallow",
            "static",
            "try:\n    birthday = born.replace(year=day.year)\n    return day.year - born.year - (day < birthday)\nexcept Exception:\n    return 0",
        ),
        wrong("regression", "good-calls", "return day.year - born.year"),
        wrong(
            "off-by-one",
            "good-calls",
            ("(day.month, day.day) < (born.month, born.day)", "(day.month, day.day) <= (born.month, born.day)"),
        ),
        wrong("regression", "good-calls", "return (day - born).days // 366"),
        wrong("wrong type", "good-calls", "return (day - born).days / 365.25"),
        wrong(
            "point fix",
            "static",
            "if born == dt.date(2000, 2, 29) and day == dt.date(2023, 6, 1):\n    return 23\nbirthday = born.replace(year=day.year)\nreturn day.year - born.year - (day < birthday)",
        ),
        wrong(
            "wrong value",
            "differential",
            (
                "return day.year - born.year - ((day.month, day.day) < (born.month, born.day))",
                "return day.year - born.year - (day.timetuple().tm_yday < born.timetuple().tm_yday)",
            ),
        ),
    ],
)


def format_hours(minutes):
    """Return minutes as "H:MM".

    Returns "0:00" if minutes is None.

    :raises ValueError: if minutes is negative
    """
    if minutes < 0:
        raise ValueError("minutes must not be negative")
    return f"{minutes // 60}:{minutes % 60:02d}"


case(
    format_hours,
    crash=(None,),
    good=[(0,), (59,), (60,), (61,), (150,), (1440,), Call((-1,), raised=ValueError)],
    right=[
        """
        if minutes is None:
            return "0:00"
        if minutes < 0:
            raise ValueError("minutes must not be negative")
        return f"{minutes // 60}:{minutes % 60:02d}"
        """,
        """
        minutes = 0 if minutes is None else minutes
        if minutes < 0:
            raise ValueError("minutes must not be negative")
        hours, rest = divmod(minutes, 60)
        return f"{hours}:{rest:02d}"
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return "0:00"'),
        wrong(
            "drops raise",
            "good-calls",
            'if minutes is None or minutes < 0:\n    return "0:00"\nreturn f"{minutes // 60}:{minutes % 60:02d}"',
        ),
        wrong("wrong type", "good-calls", ('return "0:00"', "return None")),
        wrong("regression", "good-calls", ("{minutes % 60:02d}", "{minutes % 60}")),
        wrong("off-by-one", "good-calls", ("minutes < 0", "minutes < 1")),
        wrong("regression", "good-calls", ("minutes // 60", "minutes // 60 % 24")),
        wrong("drops raise", "good-calls", ("ValueError(", "KeyError(")),
        hopeless("wrong value", ('return "0:00"', 'return "00:00"'), "the promise is in words"),
    ],
)
