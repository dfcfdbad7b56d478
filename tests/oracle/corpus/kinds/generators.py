"""Generators."""

import itertools

from corpus.case import case, hopeless, wrong


def windows(items, size):
    """Yield tuples of `size` neighbours.

    >>> list(windows([1, 2, 3], 2))
    [(1, 2), (2, 3)]
    >>> list(windows([], 2))
    []
    """
    window = tuple(items[:size])
    last = items[-1]
    for at in range(size, len(items) + 1):
        yield window
        if at < len(items):
            window = (*window[1:], items[at])
        elif window[-1] != last:
            return


case(
    windows,
    crash=([], 3),
    good=[([1, 2, 3], 2), ([1], 1), (["a", "b"], 3), ([4, 5, 6, 7], 3), ([0, 0, 1], 2)],
    right=[
        """
        for at in range(len(items) - size + 1):
            yield tuple(items[at : at + size])
        """,
        """
        if items:
            window = tuple(items[:size])
            if len(window) == size:
                yield window
            for item in items[size:]:
                window = (*window[1:], item)
                yield window
        """,
    ],
    wrong=[
        wrong("constant", "static", "yield (1, 2)"),
        wrong(
            "wrong value",
            "examples",
            "if not items:\n    yield ()\nfor at in range(len(items) - size + 1):\n    yield tuple(items[at : at + size])",
        ),
        wrong("wrong type", "good-calls", ("tuple(items[at : at + size])", "items[at : at + size]")),
        wrong("off-by-one", "good-calls", ("len(items) - size + 1", "len(items) - size")),
        wrong(
            "wrong type", "good-calls", "return [tuple(items[at : at + size]) for at in range(len(items) - size + 1)]"
        ),
        wrong("regression", "good-calls", ("range(len(items) - size + 1)", "range(0, len(items) - size + 1, size)")),
        wrong("mutates", "good-calls", "while len(items) >= size:\n    yield tuple(items[:size])\n    items.pop(0)"),
        wrong(
            "hangs",
            "differential",
            "for at in range(len(items) - size + 1):\n    while len(items) > 6:\n        pass\n    yield tuple(items[at : at + size])",
        ),
    ],
)


def numbered(lines, start=1):
    """Yield ``(number, line)`` for lines that are not blank.

    :param lines: an iterable of text; None stands for a blank line
    """
    number = start
    for line in lines:
        if line.strip():
            yield number, line
        number += 1


case(
    numbered,
    crash=(["a", None, "b"],),
    good=[(["a", "b"],), (["a", "", "b"],), ([],), ([" ", "x"], 10), (["one", "two", "three"], 0)],
    right=[
        """
        number = start
        for line in lines:
            if line is not None and line.strip():
                yield number, line
            number += 1
        """,
        """
        for number, line in enumerate(lines, start):
            if (line or "").strip():
                yield number, line
        """,
    ],
    wrong=[
        wrong("constant", "static", 'yield 1, "a"'),
        wrong(
            "swallow",
            "static",
            "number = start\ntry:\n    for line in lines:\n        if line.strip():\n            yield number, line\n        number += 1\nexcept Exception:\n    return",
        ),
        wrong(
            "regression",
            "good-calls",
            "number = start\nfor line in lines:\n    if line is not None and line.strip():\n        yield number, line\n        number += 1",
        ),
        wrong("off-by-one", "good-calls", ("enumerate(lines, start)", "enumerate(lines, start + 1)"), of=1),
        wrong("wrong type", "good-calls", ("yield number, line", "yield [number, line]"), of=1),
        wrong(
            "wrong type",
            "good-calls",
            "return iter([(number, line) for number, line in enumerate(lines, start) if line])",
        ),
        wrong("regression", "good-calls", ("yield number, line", "yield number, line.strip('a')"), of=1),
        hopeless(
            "wrong value",
            "number = start\nfor line in lines:\n    if line is None:\n        continue\n    if line.strip():\n        yield number, line\n    number += 1",
            "nothing says that None counts as a line",
        ),
    ],
)


def merge_sorted(first, second):
    """Merge two sorted lists lazily."""
    a, b = iter(first), iter(second)
    x, y = next(a), next(b)
    while True:
        if x <= y:
            yield x
            x = next(a, None)
            if x is None:
                yield from itertools.chain([y], b)
                return
        else:
            yield y
            y = next(b, None)
            if y is None:
                yield from itertools.chain([x], a)
                return


case(
    merge_sorted,
    crash=([1, 2], []),
    good=[([1, 3], [2]), ([1], [1]), ([5, 6], [1, 2]), ([1, 4, 9], [2, 3, 10, 11])],
    right=[
        """
        at = 0
        for item in first:
            while at < len(second) and second[at] < item:
                yield second[at]
                at += 1
            yield item
        yield from second[at:]
        """,
        """
        i = j = 0
        while i < len(first) or j < len(second):
            if j == len(second) or (i < len(first) and first[i] <= second[j]):
                yield first[i]
                i += 1
            else:
                yield second[j]
                j += 1
        """,
    ],
    wrong=[
        wrong("constant", "static", "yield from (1, 2)"),
        wrong(
            "swallow",
            "static",
            "a, b = iter(first), iter(second)\ntry:\n    x, y = next(a), next(b)\nexcept Exception:\n    return\nyield from sorted([*first, *second])",
        ),
        wrong("regression", "good-calls", "yield from first\nyield from second"),
        wrong("off-by-one", "good-calls", ("yield from second[at:]", "yield from second[at + 1 :]")),
        wrong("wrong type", "good-calls", "return sorted([*first, *second])"),
        wrong(
            "mutates",
            "good-calls",
            "while first or second:\n    if not second or (first and first[0] <= second[0]):\n        yield first.pop(0)\n    else:\n        yield second.pop(0)",
        ),
        wrong("regression", "good-calls", "yield from sorted({*first, *second})"),
        wrong("wrong type", "good-calls", "yield sorted([*first, *second])"),
        hopeless("wrong value", ("at = 0\n", "if not second:\n    return\nat = 0\n"), "no example has an empty list"),
    ],
)


def until_change(readings):
    # pairs of (value, how often in a row)
    value = readings[0]
    count = 0
    for reading in readings:
        if reading == value:
            count += 1
        else:
            yield value, count
            value, count = reading, 1
    yield value, count


case(
    until_change,
    crash=([],),
    good=[([1, 1, 2],), ([5],), (["a", "b", "b", "a"],), ([0, 0, 0],), ([1, 2, 3],)],
    right=[
        """
        for value, group in itertools.groupby(readings):
            yield value, len(list(group))
        """,
        """
        if not readings:
            return
        value, count = readings[0], 0
        for reading in readings:
            if reading == value:
                count += 1
            else:
                yield value, count
                value, count = reading, 1
        yield value, count
        """,
    ],
    wrong=[
        wrong("constant", "static", "yield 1, 2"),
        wrong(
            "regression", "good-calls", "for value in dict.fromkeys(readings):\n    yield value, readings.count(value)"
        ),
        wrong("off-by-one", "good-calls", ("value, count = readings[0], 0", "value, count = readings[0], 1"), of=1),
        wrong("wrong type", "good-calls", ("yield value, len(list(group))", "yield len(list(group)), value")),
        wrong(
            "wrong type",
            "good-calls",
            "return [(value, len(list(group))) for value, group in itertools.groupby(readings)]",
        ),
        wrong(
            "regression",
            "good-calls",
            ("        value, count = reading, 1\nyield value, count", "        value, count = reading, 1"),
            of=1,
        ),
        wrong(
            "mutates",
            "good-calls",
            "while readings:\n    value, count = readings[0], 0\n    while readings and readings[0] == value:\n        readings.pop(0)\n        count += 1\n    yield value, count",
        ),
        hopeless("wrong value", ("    return\n", "    yield None, 0\n    return\n"), "no example of it", of=1),
    ],
    imports="import itertools",
)
