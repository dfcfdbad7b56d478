"""Methods of objects with state."""

from corpus.case import case, hopeless, wrong

from fukkatsu import Call


class Cart:
    """A shopping cart."""

    def __init__(self, **items):
        self.items = dict(items)
        self.discount = 0

    def remove(self, name, count=1):
        """Take `count` pieces of an article out of the cart; the article goes when none is left.

        :returns: how many are left; 0 if there was none
        """
        left = self.items[name] - count
        if left > 0:
            self.items[name] = left
        else:
            del self.items[name]
        return max(left, 0)


case(
    Cart.remove,
    crash=(Cart(tea=2), "milk"),
    good=[
        (Cart(tea=2), "tea"),
        (Cart(tea=2, jam=1), "jam"),
        (Cart(egg=12), "egg", 6),
        (Cart(egg=3), "egg", 6),
        Call((Cart(a=5, b=1), "a"), {"count": 2}),
    ],
    right=[
        """
        if name not in self.items:
            return 0
        left = self.items[name] - count
        if left > 0:
            self.items[name] = left
        else:
            del self.items[name]
        return max(left, 0)
        """,
        """
        left = max(self.items.get(name, 0) - count, 0)
        if left:
            self.items[name] = left
        else:
            self.items.pop(name, None)
        return left
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 0"),
        wrong(
            "swallow",
            "static",
            "try:\n    left = self.items[name] - count\n    if left > 0:\n        self.items[name] = left\n    else:\n        del self.items[name]\n    return max(left, 0)\nexcept Exception:\n    return None",
        ),
        hopeless(
            "keeps state",
            ("if name not in self.items:", "if name not in self.items:\n    self.items[name] = 0"),
            "other calls change the items too",
        ),
        wrong("regression", "good-calls", ("self.items.pop(name, None)", "self.items[name] = 0"), of=1),
        wrong(
            "regression",
            "good-calls",
            ("if left:\n    self.items[name] = left", "if left:\n    self.items[name] = self.items[name]"),
            of=1,
        ),
        wrong("off-by-one", "good-calls", ("if left > 0", "if left >= 0")),
        wrong("wrong type", "good-calls", ("return max(left, 0)", "return bool(left)")),
        wrong("keeps state", "good-calls", ("return left", "self.last = name\nreturn left"), of=1),
        hopeless("wrong value", ("return 0", "return -1"), "the promise is in words"),
    ],
)


class Account:
    def __init__(self, owner, balance=0, limit=None):
        self.owner, self.balance, self.limit = owner, balance, limit
        self.entries = []

    def withdraw(self, amount):
        """Take money out.

        Args:
            amount: Whole cents, more than 0.

        Returns:
            The new balance.

        Raises:
            ValueError: If the amount is not positive, or the account would go below its limit. An account without a
                limit of its own must not go below 0.
        """
        if amount <= 0:
            raise ValueError("amount must be positive")
        if self.balance - amount < -self.limit:
            raise ValueError("limit reached")
        self.balance -= amount
        self.entries.append(-amount)
        return self.balance


case(
    Account.withdraw,
    crash=(Account("ann", 100), 30),
    good=[
        (Account("bob", 100, 0), 30),
        (Account("eve", 10, 50), 40),
        (Account("joe", 500, 100), 500),
        (Account("amy", 10, 50), 60),
        Call((Account("bob", 10, 0), 30), raised=ValueError),
        Call((Account("bob", 10, 0), -1), raised=ValueError),
    ],
    right=[
        """
        if amount <= 0:
            raise ValueError("amount must be positive")
        if self.balance - amount < -(self.limit or 0):
            raise ValueError("limit reached")
        self.balance -= amount
        self.entries.append(-amount)
        return self.balance
        """,
        """
        if amount <= 0:
            raise ValueError("amount must be positive")
        lowest = 0 if self.limit is None else -self.limit
        after = self.balance - amount
        if after < lowest:
            raise ValueError("limit reached")
        self.balance = after
        self.entries.append(-amount)
        return after
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 70"),
        wrong("drops raise", "good-calls", ('if after < lowest:\n    raise ValueError("limit reached")\n', ""), of=1),
        wrong("drops raise", "good-calls", ('if amount <= 0:\n    raise ValueError("amount must be positive")\n', "")),
        wrong("regression", "good-calls", ("self.entries.append(-amount)\n", "")),
        hopeless(
            "keeps state",
            ("if self.balance", "self.limit = self.limit or 0\nif self.balance"),
            "an attribute may be filled in when it is first needed",
        ),
        wrong("off-by-one", "good-calls", ("after < lowest", "after <= lowest"), of=1),
        wrong("wrong type", "good-calls", ("return self.balance", "return None")),
        wrong("regression", "good-calls", ("lowest = 0 if self.limit is None else -self.limit", "lowest = 0"), of=1),
        hopeless(
            "drops raise",
            ("if self.balance - amount <", "if self.limit is not None and self.balance - amount <"),
            "words only",
        ),
    ],
)


class Cache:
    """A small cache; misses are counted."""

    def __init__(self, size, content=None):
        self.size = size
        self.content = dict(content or {})
        self.misses = 0

    def get(self, key, make):
        # make: a dict that stands for the slow source
        if key not in self.content:
            self.misses += 1
            if len(self.content) >= self.size:
                del self.content[next(iter(self.content))]
            self.content[key] = make[key]
        return self.content[key]


case(
    Cache.get,
    crash=(Cache(0), "a", {"a": 1}),
    good=[
        (Cache(2), "a", {"a": 1}),
        (Cache(2, {"a": 5}), "a", {"a": 1}),
        (Cache(1, {"b": 2}), "a", {"a": 1}),
        (Cache(2, {"x": 7, "y": 8}), "z", {"z": 9}),
        (Cache(3, {"x": 7}), "y", {"y": 0}),
    ],
    right=[
        """
        if key in self.content:
            return self.content[key]
        self.misses += 1
        value = make[key]
        if self.size > 0:
            if len(self.content) >= self.size:
                del self.content[next(iter(self.content))]
            self.content[key] = value
        return value
        """,
        """
        if key not in self.content:
            self.misses += 1
            if len(self.content) >= self.size and self.content:
                del self.content[next(iter(self.content))]
            self.content[key] = make[key]
        return self.content[key]
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 1"),
        wrong(
            "swallow",
            "static",
            "try:\n    if key not in self.content:\n        self.misses += 1\n        if len(self.content) >= self.size:\n            del self.content[next(iter(self.content))]\n        self.content[key] = make[key]\n    return self.content[key]\nexcept Exception:\n    return None",
        ),
        wrong("keeps state", "good-calls", ("self.misses += 1\n", "")),
        wrong("keeps state", "good-calls", ("self.content[key] = value", "pass")),
        wrong("off-by-one", "good-calls", ("len(self.content) >= self.size", "len(self.content) > self.size")),
        wrong("regression", "good-calls", ("if key in self.content:\n    return self.content[key]\n", "")),
        wrong("regression", "good-calls", ("del self.content[next(iter(self.content))]", "self.content.clear()")),
        wrong("mutates", "good-calls", ("value = make[key]", "value = make.pop(key)")),
        wrong("wrong type", "good-calls", ("return value", "return [value]")),
    ],
)


class Matrix:
    """Rows of numbers.

    >>> Matrix([[1, 2], [3, 4]]).column_sums()
    [4, 6]
    >>> Matrix([]).column_sums()
    []
    """

    def __init__(self, rows):
        self.rows = rows

    def column_sums(self):
        """Sum of each column, a list.

        post: __return__ == [sum(column) for column in zip(*self.rows)]
        """
        sums = [0] * len(self.rows[0])
        for row in self.rows:
            for at, number in enumerate(row):
                sums[at] += number
        return sums


case(
    Matrix.column_sums,
    crash=(Matrix([]),),
    good=[(Matrix([[1, 2], [3, 4]]),), (Matrix([[5]]),), (Matrix([[1, 0, 2]]),), (Matrix([[1], [2], [3]]),)],
    right=[
        "return [sum(column) for column in zip(*self.rows)]",
        """
        sums = []
        for row in self.rows:
            sums = sums or [0] * len(row)
            for at, number in enumerate(row):
                sums[at] += number
        return sums
        """,
    ],
    wrong=[
        wrong("constant", "static", "return []"),
        wrong(
            "wrong value",
            "contract",
            "if not self.rows:\n    return [0]\nreturn [sum(column) for column in zip(*self.rows)]",
        ),
        wrong(
            "wrong type",
            "contract",
            "if not self.rows:\n    return 0\nreturn [sum(column) for column in zip(*self.rows)]",
        ),
        wrong("wrong type", "good-calls", "return tuple(sum(column) for column in zip(*self.rows))"),
        wrong("off-by-one", "good-calls", "return [sum(column[1:]) for column in zip(*self.rows)]"),
        wrong("regression", "good-calls", "return [sum(row) for row in self.rows]"),
        wrong(
            "keeps state",
            "contract",
            "if not self.rows:\n    self.rows = [[]]\nreturn [sum(column) for column in zip(*self.rows)]",
        ),
        wrong(
            "mutates",
            "good-calls",
            "sums = self.rows.pop(0) if self.rows else []\nfor row in self.rows:\n    sums = [a + b for a, b in zip(sums, row)]\nreturn sums",
        ),
    ],
)


class Queue:
    """First in, first out, with priorities."""

    def __init__(self, *jobs):
        self.jobs = list(jobs)
        self.done = 0

    def next_job(self):
        """The job with the highest priority, taken out of the queue: (name, priority).

        Of several the first. Returns None if the queue is empty.
        """
        best = self.jobs[0]
        for job in self.jobs:
            if job[1] > best[1]:
                best = job
        self.jobs.remove(best)
        self.done += 1
        return best


case(
    Queue.next_job,
    crash=(Queue(),),
    good=[
        (Queue(("a", 1)),),
        (Queue(("a", 1), ("b", 2)),),
        (Queue(("a", 2), ("b", 2)),),
        (Queue(("x", 0), ("y", -1), ("z", 5)),),
    ],
    right=[
        """
        if not self.jobs:
            return None
        best = max(self.jobs, key=lambda job: job[1])
        self.jobs.remove(best)
        self.done += 1
        return best
        """,
        """
        best = None
        for job in self.jobs:
            if best is None or job[1] > best[1]:
                best = job
        if best is not None:
            self.jobs.remove(best)
            self.done += 1
        return best
        """,
    ],
    wrong=[
        wrong("constant", "static", "return None"),
        wrong("keeps state", "good-calls", ("self.done += 1\n", "")),
        wrong("keeps state", "good-calls", ("self.jobs.remove(best)\n", "")),
        wrong("regression", "good-calls", ("job[1] > best[1]", "job[1] >= best[1]"), of=1),
        wrong("wrong type", "good-calls", ("return best", "return best[0] if best else None"), of=1),
        hopeless("wrong value", ("return None", "return ()"), "the promise is in words"),
        wrong("regression", "good-calls", "return self.jobs.pop(0) if self.jobs else None"),
        hopeless(
            "keeps state",
            (
                "if best is not None:\n    self.jobs.remove(best)\n    self.done += 1",
                "self.done += 1\nif best is not None:\n    self.jobs.remove(best)",
            ),
            "nothing says whether an empty queue counts",
            of=1,
        ),
    ],
)
