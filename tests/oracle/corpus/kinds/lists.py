"""Lists."""

from corpus.case import case, hopeless, wrong


def mean(numbers: list[float]) -> float:
    """Arithmetic mean, 0.0 for an empty list.

    >>> mean([1.0, 2.0])
    1.5
    >>> mean([])
    0.0
    """
    return sum(numbers) / len(numbers)


case(
    mean,
    crash=([],),
    good=[([1.0, 2.0],), ([4.0],), ([1.0, 2.0, 6.0],), ([-1.0, 1.0],), ([0.5, 0.25, 0.25],)],
    right=[
        "return sum(numbers) / len(numbers) if numbers else 0.0",
        """
        total, count = 0.0, 0
        for number in numbers:
            total += number
            count += 1
        return total / count if count else 0.0
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 0.0"),
        wrong("wrong value", "examples", ("else 0.0", "else 1.0")),
        wrong("wrong type", "examples", ("else 0.0", "else None")),
        wrong("off-by-one", "good-calls", ("/ len(numbers)", "/ (len(numbers) + 1)")),
        wrong("regression", "good-calls", "return sorted(numbers)[len(numbers) // 2] if numbers else 0.0"),
        wrong(
            "mutates",
            "good-calls",
            "total = 0.0\ncount = len(numbers)\nwhile numbers:\n    total += numbers.pop()\nreturn total / count if count else 0.0",
        ),
        wrong("wrong type", "good-calls", "return int(sum(numbers) / len(numbers)) if numbers else 0.0"),
        wrong("swallow", "static", "try:\n    return sum(numbers) / len(numbers)\nexcept Exception:\n    return -1.0"),
        wrong(
            "hangs",
            "differential",
            "if not numbers:\n    return 0.0\nwhile len(numbers) > 8:\n    pass\nreturn sum(numbers) / len(numbers)",
        ),
    ],
)


def pairs(items):
    """Neighbours two by two: ``[(first, second), (third, fourth), ...]``.

    An item left over stands alone in its tuple.

    >>> pairs([1, 2, 3, 4])
    [(1, 2), (3, 4)]
    """
    return [(items[at], items[at + 1]) for at in range(0, len(items), 2)]


case(
    pairs,
    crash=([1, 2, 3],),
    good=[([1, 2, 3, 4],), ([],), (["a", "b"],), ([5, 6, 7, 8, 9, 10],), ([0, 0],)],
    right=[
        "return [tuple(items[at : at + 2]) for at in range(0, len(items), 2)]",
        """
        made = []
        for at in range(0, len(items), 2):
            if at + 1 < len(items):
                made.append((items[at], items[at + 1]))
            else:
                made.append((items[at],))
        return made
        """,
    ],
    wrong=[
        wrong("constant", "static", "return [(1, 2), (3,)]"),
        wrong(
            "swallow",
            "static",
            "try:\n    return [(items[at], items[at + 1]) for at in range(0, len(items), 2)]\nexcept Exception:\n    return []",
        ),
        wrong(
            "point fix",
            "static",
            "if items == [1, 2, 3]:\n    return [(1, 2), (3,)]\nreturn [(items[at], items[at + 1]) for at in range(0, len(items), 2)]",
        ),
        wrong("wrong type", "good-calls", "return [items[at : at + 2] for at in range(0, len(items), 2)]"),
        wrong("off-by-one", "good-calls", ("at + 2", "at + 3")),
        wrong(
            "mutates",
            "good-calls",
            "made = []\nwhile items:\n    made.append(tuple(items[:2]))\n    del items[:2]\nreturn made",
        ),
        wrong("regression", "good-calls", ("range(0, len(items), 2)", "range(1, len(items), 2)")),
        wrong("wrong type", "good-calls", "return tuple(tuple(items[at : at + 2]) for at in range(0, len(items), 2))"),
        hopeless(
            "wrong value",
            "return [(items[at], items[at + 1]) for at in range(0, len(items) - 1, 2)]",
            "only the prose says what becomes of the last one",
        ),
    ],
)


def rotate(items, steps):
    """The list rotated to the right.

    :param items: any list; it stays as it is
    :param steps: how far, may be more than there are items
    :returns: a new list
    """
    steps = steps % len(items)
    return items[-steps:] + items[:-steps] if steps else list(items)


case(
    rotate,
    crash=([], 2),
    good=[([1, 2, 3], 1), ([1, 2, 3], 0), ([1, 2, 3, 4], 6), (["x"], 5), ([3, 1, 2, 9, 8], 4)],
    right=[
        """
        if not items:
            return []
        steps = steps % len(items)
        return items[-steps:] + items[:-steps] if steps else list(items)
        """,
        """
        size = len(items)
        return [items[(at - steps) % size] for at in range(size)]
        """,
    ],
    wrong=[
        wrong("constant", "static", "return []"),
        wrong("side effect", "differential", ("return []", "return items")),
        wrong("wrong type", "good-calls", ("return []", "return None")),
        wrong(
            "swallow",
            "static",
            "try:\n    steps = steps % len(items)\n    return items[-steps:] + items[:-steps] if steps else list(items)\nexcept Exception:\n    return []",
        ),
        wrong("regression", "good-calls", ("else list(items)", "else items")),
        wrong("regression", "good-calls", "return items[steps:] + items[:steps]"),
        wrong(
            "mutates",
            "good-calls",
            "for _ in range(steps if items else 0):\n    items.insert(0, items.pop())\nreturn list(items)",
        ),
        wrong("off-by-one", "good-calls", ("(at - steps)", "(at - steps - 1)"), of=1),
        wrong(
            "wrong type",
            "good-calls",
            "size = len(items)\nreturn tuple(items[(at - steps) % size] for at in range(size))",
        ),
    ],
)


def second_largest(numbers):
    """Return the second largest different number.

    Returns:
        The number, or None if there are fewer than two different ones.
    """
    first, second = sorted(set(numbers))[-1], sorted(set(numbers))[-2]
    return second


case(
    second_largest,
    crash=([4, 4],),
    good=[([1, 2, 3],), ([5, 5, 4],), ([-1, -2],), ([10, 7, 9, 8],), ([0, 1, 0],)],
    right=[
        """
        different = sorted(set(numbers))
        return different[-2] if len(different) > 1 else None
        """,
        """
        first = second = None
        for number in numbers:
            if first is None or number > first:
                first, second = number, first
            elif number != first and (second is None or number > second):
                second = number
        return second
        """,
    ],
    wrong=[
        wrong("constant", "static", "return None"),
        wrong("regression", "good-calls", ("set(numbers)", "numbers")),
        wrong(
            "off-by-one", "good-calls", ("different[-2] if len(different) > 1", "different[-3] if len(different) > 2")
        ),
        wrong("wrong type", "good-calls", ("else None", "else 'none'")),
        wrong(
            "mutates",
            "good-calls",
            ("different = sorted(set(numbers))", "numbers.sort()\ndifferent = sorted(set(numbers))"),
        ),
        wrong("regression", "good-calls", ("different[-2]", "different[1]")),
        wrong("wrong type", "good-calls", ("different[-2]", "float(different[-2])")),
        hopeless("wrong value", ("else None", "else numbers[0]"), "the promise is in words"),
    ],
)


def running_totals(numbers, start=0):
    total = start
    totals = [numbers[0] + start]
    total = totals[0]
    for number in numbers[1:]:
        total += number
        totals.append(total)
    return totals


case(
    running_totals,
    crash=([],),
    good=[([1, 2, 3],), ([5],), ([1, -1, 4, 2],), ([2, 2], 10), ([0, 0, 1], 3)],
    right=[
        """
        total = start
        totals = []
        for number in numbers:
            total += number
            totals.append(total)
        return totals
        """,
        """
        if not numbers:
            return []
        totals = [numbers[0] + start]
        for number in numbers[1:]:
            totals.append(totals[-1] + number)
        return totals
        """,
    ],
    wrong=[
        wrong("constant", "static", "return []"),
        wrong("wrong type", "good-calls", ("return []", "return 0"), of=1),
        hopeless("wrong type", ("return []", "return None"), "no docstring; None for nothing is common", of=1),
        wrong("regression", "good-calls", ("total = start", "total = 0")),
        wrong("off-by-one", "good-calls", ("for number in numbers", "for number in numbers[:-1]")),
        wrong(
            "mutates",
            "good-calls",
            "for at in range(1, len(numbers)):\n    numbers[at] += numbers[at - 1]\nreturn [number + start for number in numbers]",
        ),
        wrong("wrong type", "good-calls", ("return totals", "return tuple(totals)")),
        wrong(
            "hangs", "differential", ("total += number", "total += number\n    while len(totals) > 5:\n        pass")
        ),
        hopeless("wrong value", ("return []", "return [start]"), "no docstring, no example of it", of=1),
    ],
)


def chunks(items, size):
    """Consecutive parts of at most `size` items.

    >>> chunks([1, 2, 3], 2)
    [[1, 2], [3]]

    pre: size >= 1
    post: sum(__return__, []) == items
    post: forall(__return__, lambda part: 0 < len(part) <= size)
    """
    parts = [items[at : at + size] for at in range(0, len(items), size)]
    if len(parts[-1]) == 0:
        parts.pop()
    return parts


case(
    chunks,
    crash=([], 3),
    good=[([1, 2, 3], 2), ([1, 2, 3, 4], 2), ([7], 5), (["a", "b", "c"], 1), ([1, 2, 3, 4, 5, 6, 7], 3)],
    right=[
        "return [items[at : at + size] for at in range(0, len(items), size)]",
        """
        parts = []
        for at, item in enumerate(items):
            if at % size == 0:
                parts.append([])
            parts[-1].append(item)
        return parts
        """,
    ],
    wrong=[
        wrong("constant", "static", "return []"),
        wrong("wrong value", "contract", ("return [items", "if not items:\n    return [[]]\nreturn [items")),
        wrong("wrong type", "good-calls", ("return [items", "if not items:\n    return None\nreturn [items")),
        wrong("off-by-one", "good-calls", ("range(0, len(items), size)", "range(0, len(items) - 1, size)")),
        wrong("regression", "good-calls", ("items[at : at + size]", "items[at : at + 2]")),
        wrong("wrong type", "good-calls", ("items[at : at + size]", "tuple(items[at : at + size])")),
        wrong(
            "mutates",
            "good-calls",
            "parts = []\nwhile items:\n    parts.append(items[:size])\n    del items[:size]\nreturn parts",
        ),
        wrong(
            "regression",
            "good-calls",
            "parts = [items[at : at + size] for at in range(0, len(items), size)]\nif parts and len(parts[-1]) < size:\n    parts.pop()\nreturn parts",
        ),
    ],
)


def closest(numbers, target):
    """The number closest to the target; the smaller one of two that are equally close.

    Returns None for an empty list.

    >>> closest([1, 5, 9], 6)
    5
    >>> closest([], 3) is None
    True
    """
    best = numbers[0]
    for number in numbers:
        if abs(number - target) < abs(best - target):
            best = number
        elif abs(number - target) == abs(best - target):
            best = min(best, number)
    return best


case(
    closest,
    crash=([], 3),
    good=[([1, 5, 9], 6), ([4, 8], 6), ([8, 4], 6), ([2], 100), ([-3, 3, 0], -1)],
    right=[
        "return min(numbers, key=lambda number: (abs(number - target), number)) if numbers else None",
        """
        best = None
        for number in numbers:
            if best is None or (abs(number - target), number) < (abs(best - target), best):
                best = number
        return best
        """,
    ],
    wrong=[
        wrong("constant", "static", "return None"),
        wrong("wrong value", "examples", ("else None", "else target")),
        wrong("wrong value", "examples", ("else None", "else 0")),
        wrong("regression", "good-calls", ("(abs(number - target), number)", "(abs(number - target), -number)")),
        wrong("off-by-one", "good-calls", ("abs(number - target), number", "abs(number - target - 1), number")),
        wrong(
            "wrong type",
            "good-calls",
            "return float(min(numbers, key=lambda number: (abs(number - target), number))) if numbers else None",
        ),
        wrong(
            "mutates",
            "good-calls",
            "numbers.sort()\nreturn min(numbers, key=lambda number: (abs(number - target), number)) if numbers else None",
        ),
        wrong(
            "regression",
            "good-calls",
            "below = [number for number in numbers if number <= target]\nreturn max(below) if below else None",
        ),
    ],
)
