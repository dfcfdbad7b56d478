"""Recursion."""

from corpus.case import case, hopeless, wrong


def factorial(n: int) -> int:
    """n!

    >>> factorial(5)
    120
    >>> factorial(0)
    1

    :raises ValueError: if n < 0
    """
    if n < 0:
        raise ValueError("n must not be negative")
    if n == 1:
        return 1
    return n * factorial(n - 1)


case(
    factorial,
    crash=(0,),
    good=[(5,), (1,), (2,), (7,), (10,), (12,)],
    right=[
        """
        if n < 0:
            raise ValueError("n must not be negative")
        if n <= 1:
            return 1
        return n * factorial(n - 1)
        """,
        """
        if n < 0:
            raise ValueError("n must not be negative")
        product = 1
        for factor in range(2, n + 1):
            product *= factor
        return product
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 1"),
        wrong("drops raise", "examples", "if n <= 1:\n    return 1\nreturn n * factorial(n - 1)"),
        wrong("wrong value", "examples", ("return 1", "return n")),
        wrong("off-by-one", "good-calls", ("range(2, n + 1)", "range(2, n)"), of=1),
        wrong("wrong type", "good-calls", ("product = 1", "product = 1.0"), of=1),
        wrong("regression", "good-calls", ("n * factorial(n - 1)", "n + factorial(n - 1)")),
        wrong(
            "hangs",
            "differential",
            ("product *= factor", "product *= factor\n    while product > 1_000_000_000_000:\n        pass"),
            of=1,
        ),
        wrong("swallow", "static", "try:\n    return n * factorial(n - 1)\nexcept RecursionError:\n    return 1"),
        wrong("regression", "good-calls", ("product *= factor", "product = min(product * factor, 40320)"), of=1),
    ],
)


def flatten(nested):
    """All items of lists in lists, in order.

    >>> flatten([1, [2, [3]]])
    [1, 2, 3]
    >>> flatten([(1, 2), [3]])
    [1, 2, 3]
    """
    flat = []
    for item in nested:
        if type(item) is int or type(item) is str:
            flat.append(item)
        else:
            flat.extend(flatten(item))
    return flat


case(
    flatten,
    crash=([1, [2.5, None]],),
    good=[([1, [2, [3]]],), ([],), (["ab", ["c"]],), ([[[]]],), ([1, (2, 3)],)],
    right=[
        """
        flat = []
        for item in nested:
            if isinstance(item, (list, tuple)):
                flat.extend(flatten(item))
            else:
                flat.append(item)
        return flat
        """,
        """
        flat, todo = [], list(reversed(nested))
        while todo:
            item = todo.pop()
            if isinstance(item, list) or isinstance(item, tuple):
                todo.extend(reversed(item))
            else:
                flat.append(item)
        return flat
        """,
    ],
    wrong=[
        wrong("constant", "static", "return []"),
        wrong(
            "swallow",
            "static",
            "try:\n    flat = []\n    for item in nested:\n        flat.extend([item] if type(item) in (int, str) else flatten(item))\n    return flat\nexcept TypeError:\n    return []",
        ),
        wrong("regression", "good-calls", ("isinstance(item, (list, tuple))", "isinstance(item, list)")),
        wrong("off-by-one", "good-calls", ("for item in nested", "for item in nested[:-1]")),
        wrong("wrong type", "good-calls", ("return flat", "return tuple(flat)")),
        wrong(
            "mutates",
            "good-calls",
            "flat = []\nwhile nested:\n    item = nested.pop(0) if isinstance(nested, list) else nested[0]\n    if isinstance(nested, tuple):\n        nested = nested[1:]\n    if isinstance(item, (list, tuple)):\n        flat.extend(flatten(item))\n    else:\n        flat.append(item)\nreturn flat",
        ),
        wrong("regression", "good-calls", ("flat.extend(flatten(item))", "flat.extend(item)")),
        wrong(
            "regression",
            "good-calls",
            "return [int(word) for word in str(nested).replace('[', ' ').replace(']', ' ').replace(',', ' ').split() if word.isdigit()]",
        ),
        hopeless(
            "wrong value",
            ("flat.append(item)", "flat.append(item if isinstance(item, (int, str)) else str(item))"),
            "no example has anything else",
        ),
    ],
)


def depth(tree):
    # how deep the dicts go: {} is 1, {"a": {}} is 2
    return 1 + max(depth(branch) for branch in tree.values() if isinstance(branch, dict))


case(
    depth,
    crash=({"a": 1},),
    good=[],
    right=[
        "return 1 + max((depth(branch) for branch in tree.values() if isinstance(branch, dict)), default=0)",
        """
        deepest = 0
        for branch in tree.values():
            if isinstance(branch, dict):
                deepest = max(deepest, depth(branch))
        return deepest + 1
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 1"),
        wrong(
            "swallow",
            "static",
            "try:\n    return 1 + max(depth(branch) for branch in tree.values() if isinstance(branch, dict))\nexcept Exception:\n    return 1",
        ),
        hopeless("off-by-one", ("default=0", "default=1"), "it never answered"),
        hopeless("wrong type", ("return deepest + 1", "return str(deepest + 1)"), "it never answered", of=1),
        wrong(
            "hangs",
            "differential",
            "while len(tree) > 3:\n    pass\nreturn 1 + max((depth(branch) for branch in tree.values() if isinstance(branch, dict)), default=0)",
        ),
        hopeless("wrong value", ("return deepest + 1", "return len(tree)"), "it never answered", of=1),
    ],
)


def gcd(a, b):
    """Greatest common divisor.

    :param a: a whole number
    :param b: another
    :return: the largest number that divides both; gcd(12, 18) is 6 and gcd(5, 0) is 5
    """
    if a % b == 0:
        return b
    return gcd(b, a % b)


case(
    gcd,
    crash=(5, 0),
    good=[(12, 18), (7, 3), (10, 5), (100, 75), (17, 51), (1, 1)],
    right=[
        """
        if b == 0:
            return a
        return gcd(b, a % b)
        """,
        """
        while b:
            a, b = b, a % b
        return a
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 1"),
        wrong(
            "wrong value", "examples", "if b == 0:\n    return 0\nif a % b == 0:\n    return b\nreturn gcd(b, a % b)"
        ),
        wrong(
            "wrong value", "examples", "if b == 0:\n    return 1\nif a % b == 0:\n    return b\nreturn gcd(b, a % b)"
        ),
        wrong("wrong type", "good-calls", ("return a", "return a / 1"), of=1),
        wrong("regression", "good-calls", ("return a", "return min(a, 5)"), of=1),
        wrong("off-by-one", "good-calls", ("while b:", "while b > 1:"), of=1),
        wrong(
            "point fix",
            "static",
            "if (a, b) == (5, 0):\n    return 5\nif a % b == 0:\n    return b\nreturn gcd(b, a % b)",
        ),
        wrong("hangs", "differential", "if b == 0:\n    return a\nwhile a > 500:\n    a = a + b\nreturn gcd(b, a % b)"),
    ],
)


def permutations_of(text: str) -> list[str]:
    """All orders of the letters of a text, sorted, each one once.

    The empty text has one order, itself.

    >>> permutations_of("aab")
    ['aab', 'aba', 'baa']

    post: implies(text == "", __return__ == [""])
    """
    if len(text) == 1:
        return [text]
    found = set()
    for at, letter in enumerate(text):
        for rest in permutations_of(text[:at] + text[at + 1 :]):
            found.add(letter + rest)
    return [min(found)] + sorted(found - {min(found)})


case(
    permutations_of,
    crash=("",),
    good=[("aab",), ("a",), ("ab",), ("ba",), ("abc",)],
    right=[
        """
        if len(text) < 2:
            return [text]
        found = set()
        for at, letter in enumerate(text):
            for rest in permutations_of(text[:at] + text[at + 1 :]):
                found.add(letter + rest)
        return sorted(found)
        """,
        """
        orders = {""}
        for letter in text:
            orders = {order[:at] + letter + order[at:] for order in orders for at in range(len(order) + 1)}
        return sorted(orders)
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return [""]'),
        wrong(
            "wrong value",
            "contract",
            "if not text:\n    return []\nif len(text) == 1:\n    return [text]\nfound = set()\nfor at, letter in enumerate(text):\n    for rest in permutations_of(text[:at] + text[at + 1 :]):\n        found.add(letter + rest)\nreturn sorted(found)",
        ),
        wrong("regression", "good-calls", ("return sorted(found)", "return sorted(found, reverse=True)")),
        wrong("wrong type", "good-calls", ("return sorted(orders)", "return set(orders)"), of=1),
        wrong("wrong type", "good-calls", ("return sorted(orders)", "return tuple(sorted(orders))"), of=1),
        wrong("off-by-one", "good-calls", ("range(len(order) + 1)", "range(len(order))"), of=1),
        wrong("regression", "good-calls", ("return sorted(found)", "return sorted(found)[:2]")),
        wrong(
            "swallow",
            "static",
            "try:\n    if len(text) == 1:\n        return [text]\n    found = set()\n    for at, letter in enumerate(text):\n        for rest in permutations_of(text[:at] + text[at + 1 :]):\n            found.add(letter + rest)\n    return [min(found)] + sorted(found - {min(found)})\nexcept ValueError:\n    return []",
        ),
    ],
)
