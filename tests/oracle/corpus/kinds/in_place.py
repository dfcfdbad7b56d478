"""Functions that change what they are given."""

from corpus.case import case, hopeless, wrong


def move_to_front(items, item):
    """Move an item to the front of the list, in place; one that is not in it is put there.

    >>> xs = [1, 2, 3]
    >>> move_to_front(xs, 3)
    >>> xs
    [3, 1, 2]

    post[items]: items[0] == item
    post: __return__ is None
    """
    items.remove(item)
    items.insert(0, item)


case(
    move_to_front,
    crash=([1, 2], 9),
    good=[([1, 2, 3], 3), ([1], 1), (["a", "b"], "b"), ([4, 4, 5], 5), ([7, 8, 9, 10], 8)],
    right=[
        """
        if item in items:
            items.remove(item)
        items.insert(0, item)
        """,
        """
        try:
            items.remove(item)
        except ValueError:
            pass
        items[:0] = [item]
        """,
    ],
    wrong=[
        wrong("constant", "static", "pass"),
        wrong("swallow", "contract", "if item in items:\n    items.remove(item)\n    items.insert(0, item)"),
        wrong("wrong type", "contract", ("items.insert(0, item)", "items.insert(0, item)\nreturn items")),
        wrong(
            "wrong value",
            "contract",
            "if item not in items:\n    items.append(item)\nelse:\n    items.remove(item)\n    items.insert(0, item)",
        ),
        wrong("regression", "good-calls", ("items.insert(0, item)", "items.append(item)")),
        wrong("regression", "good-calls", ("items.insert(0, item)", "items = [item, *items]")),
        wrong("off-by-one", "good-calls", ("insert(0", "insert(1")),
        wrong("mutates", "good-calls", ("items.remove(item)", "items[:] = [one for one in items if one != item]")),
        wrong("hangs", "differential", ("if item in items:", "while len(items) > 7:\n    pass\nif item in items:")),
    ],
)


def normalise(weights):
    """Scale weights in a dict so that they add up to 1. Changes the dict.

    :param weights: name to number
    :return: the same dict
    """
    total = sum(weights.values())
    for name in weights:
        weights[name] = weights[name] / total
    return weights


case(
    normalise,
    crash=({"a": 0, "b": 0},),
    good=[({"a": 1, "b": 3},), ({"x": 5},), ({"p": 2, "q": 2, "r": 4},), ({},), ({"m": 0, "n": 10},)],
    right=[
        """
        total = sum(weights.values())
        if not total:
            return weights
        for name in weights:
            weights[name] = weights[name] / total
        return weights
        """,
        """
        total = sum(weights.values())
        if total == 0 and weights:
            for name in weights:
                weights[name] = 1 / len(weights)
            return weights
        weights.update({name: weight / total for name, weight in weights.items()})
        return weights
        """,
    ],
    wrong=[
        wrong("constant", "static", "return {}"),
        wrong(
            "regression",
            "good-calls",
            "total = sum(weights.values())\nif not total:\n    return weights\nreturn {name: weight / total for name, weight in weights.items()}",
        ),
        wrong(
            "regression",
            "good-calls",
            "total = sum(weights.values())\nif total:\n    weights = {name: weight / total for name, weight in weights.items()}\nreturn weights",
        ),
        wrong("wrong type", "good-calls", ("if not total:\n    return weights", "if not total:\n    return None")),
        wrong(
            "wrong type",
            "good-calls",
            "total = sum(weights.values())\nfor name in weights:\n    weights[name] = weights[name] / (total or 1)",
        ),
        wrong("off-by-one", "good-calls", ("weights[name] / total", "weights[name] / (total + 1)")),
        wrong("wrong type", "good-calls", ("weights[name] / total", "weights[name] // total")),
        wrong(
            "mutates",
            "good-calls",
            ("return weights\nfor name", "return weights\nweights.setdefault('total', 0)\nfor name"),
        ),
        wrong(
            "swallow",
            "static",
            "try:\n    total = sum(weights.values())\n    for name in weights:\n        weights[name] = weights[name] / total\n    return weights\nexcept Exception:\n    return {}",
        ),
    ],
)


def drop_below(readings: list, limit: float) -> int:
    """Remove readings below the limit from the list.

    Args:
        readings: Numbers; None stands for a missing reading and is removed too.
        limit: The smallest reading that stays.

    Returns:
        How many were removed.
    """
    before = len(readings)
    readings[:] = [one for one in readings if one >= limit]
    return before - len(readings)


case(
    drop_below,
    crash=([3.0, None, 1.0], 2.0),
    good=[([3.0, 1.0], 2.0), ([], 1.0), ([5.0, 6.0], 5.0), ([0.5, 0.25, 4.0], 0.5), ([1.0, 1.0, 1.0], 2.0)],
    right=[
        """
        before = len(readings)
        readings[:] = [one for one in readings if one is not None and one >= limit]
        return before - len(readings)
        """,
        """
        removed = 0
        for at in range(len(readings) - 1, -1, -1):
            if readings[at] is None or readings[at] < limit:
                del readings[at]
                removed += 1
        return removed
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 2"),
        wrong("regression", "good-calls", ("readings[:] =", "readings =")),
        wrong("regression", "good-calls", ("return before - len(readings)", "return len(readings)")),
        wrong("off-by-one", "good-calls", ("one >= limit", "one > limit")),
        wrong("wrong type", "contract", ("return before - len(readings)", "return None")),
        wrong("wrong type", "good-calls", ("return before - len(readings)", "return readings")),
        wrong(
            "mutates",
            "good-calls",
            (
                "before = len(readings)",
                "before = len(readings)\nreadings.sort(key=lambda one: (one is None, one or 0))",
            ),
        ),
        wrong(
            "regression", "good-calls", ("range(len(readings) - 1, -1, -1)", "range(len(readings) - 1, 0, -1)"), of=1
        ),
        hopeless("wrong value", ("one is not None and one >= limit", "one is None or one >= limit"), "words only"),
    ],
)


def push_history(history, entry, size=3):
    # keeps the last entries only, oldest first
    if history[-1] == entry:
        return
    history.append(entry)
    while len(history) > size:
        history.pop(0)


case(
    push_history,
    crash=([], "a"),
    good=[(["a"], "b"), (["a"], "a"), (["a", "b", "c"], "d"), (["x", "y"], "z", 2), ([1, 2], 3)],
    right=[
        """
        if history and history[-1] == entry:
            return
        history.append(entry)
        while len(history) > size:
            history.pop(0)
        """,
        """
        if history[-1:] != [entry]:
            history.append(entry)
            if len(history) > size:
                del history[: len(history) - size]
        """,
    ],
    wrong=[
        wrong("constant", "static", "return None"),
        wrong("regression", "good-calls", "history[:] = [*history, entry][-size:]"),
        wrong("off-by-one", "good-calls", ("len(history) > size", "len(history) >= size")),
        wrong("regression", "good-calls", ("history.pop(0)", "history.pop()")),
        wrong("wrong type", "good-calls", ("history.pop(0)", "history.pop(0)\nreturn history")),
        wrong("regression", "good-calls", ("history and history[-1] == entry", "entry in history[1:]")),
        hopeless(
            "swallow",
            ("if history and", "if not history:\n    return\nif"),
            "nothing says that the first entry is kept",
        ),
        wrong("regression", "good-calls", ("history.append(entry)", "history = [*history, entry]")),
    ],
)


def fill_gaps(row, value=0):
    """Replace None in the row by the value before it, in place.

    A None at the beginning is replaced by `value`. fill_gaps([1, None, 2]) returns [1, 1, 2].
    """
    last = None
    for at, item in enumerate(row):
        if item is None:
            row[at] = last + 0
        last = row[at]
    return row


case(
    fill_gaps,
    crash=([None, None, 3],),
    good=[([1, None, 2],), ([],), ([5, None, None],), ([1, 2, 3],), ([0, None, 4, None],)],
    right=[
        """
        for at, item in enumerate(row):
            if item is None:
                row[at] = row[at - 1] if at else value
        return row
        """,
        """
        last = value
        for at in range(len(row)):
            if row[at] is None:
                row[at] = last
            last = row[at]
        return row
        """,
    ],
    wrong=[
        wrong("constant", "static", "return [0, 0, 3]"),
        wrong("regression", "good-calls", "return [value if item is None else item for item in row]"),
        wrong(
            "regression",
            "good-calls",
            "last, made = value, []\nfor item in row:\n    last = item if item is not None else last\n    made.append(last)\nreturn made",
        ),
        wrong(
            "wrong type",
            "good-calls",
            "last = value\nfor at in range(len(row)):\n    if row[at] is None:\n        row[at] = last\n    last = row[at]",
        ),
        wrong("off-by-one", "good-calls", ("range(len(row))", "range(len(row) - 1)"), of=1),
        wrong("wrong type", "good-calls", ("row[at] = last", "row[at] = float(last)"), of=1),
        hopeless(
            "swallow",
            "last = None\nfor at, item in enumerate(row):\n    if item is None and last is not None:\n        row[at] = last + 0\n    last = row[at]\nreturn row",
            "words only",
        ),
        hopeless("wrong value", ("if at else value", "if at else value + 1"), "words only"),
        wrong("mutates", "good-calls", ("return row", "row.append(value)\nreturn row")),
    ],
)
