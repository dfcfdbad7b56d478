"""Coroutines."""

import asyncio

from corpus.case import case, hopeless, wrong


async def fetch_all(sources, wanted):
    """Values for the wanted names, in their order.

    :param sources: a dict of what is to be had
    :param wanted: names
    :returns: a list, with None for a name that is not to be had
    """
    found = []
    for name in wanted:
        await asyncio.sleep(0)
        found.append(sources[name])
    return found


case(
    fetch_all,
    crash=({"a": 1}, ["a", "b"]),
    good=[({"a": 1, "b": 2}, ["b", "a"]), ({"x": "y"}, ["x"]), ({}, []), ({"k": 0, "l": 5}, ["l", "l"])],
    right=[
        """
        found = []
        for name in wanted:
            await asyncio.sleep(0)
            found.append(sources.get(name))
        return found
        """,
        """
        await asyncio.sleep(0)
        return [sources[name] if name in sources else None for name in wanted]
        """,
    ],
    wrong=[
        wrong("constant", "static", "return [1, None]"),
        wrong(
            "swallow",
            "static",
            "try:\n    found = []\n    for name in wanted:\n        await asyncio.sleep(0)\n        found.append(sources[name])\n    return found\nexcept Exception:\n    return []",
        ),
        wrong("wrong type", "good-calls", "return {name: sources.get(name) for name in wanted}"),
        wrong("mutates", "differential", ("sources.get(name)", "sources.setdefault(name)")),
        wrong("off-by-one", "good-calls", ("for name in wanted:", "for name in wanted[:-1]:")),
        wrong("regression", "good-calls", ("for name in wanted:", "for name in sorted(wanted):")),
        wrong("wrong type", "good-calls", "return tuple(sources.get(name) for name in wanted)"),
        hopeless("wrong value", ("sources.get(name)", "sources.get(name, 0)"), "the promise is in words"),
    ],
    imports="import asyncio",
)


async def total_size(sizes, limit=None):
    """Add up sizes, up to the limit where there is one.

    >>> asyncio.run(total_size([1, 2, 3], 4))
    4
    >>> asyncio.run(total_size([1, 2]))
    3
    """
    total = 0
    for size in sizes:
        total += size
        if total > limit:
            return limit
    return total


case(
    total_size,
    crash=([5, 6],),
    good=[([1, 2, 3], 4), ([], 10), ([7], 7), ([2, 2, 2], 100)],
    right=[
        """
        total = sum(sizes)
        return total if limit is None else min(total, limit)
        """,
        """
        total = 0
        for size in sizes:
            total += size
            if limit is not None and total > limit:
                return limit
        return total
        """,
    ],
    wrong=[
        wrong("constant", "static", "return 11"),
        wrong("regression", "good-calls", "return sum(sizes)"),
        wrong("wrong type", "good-calls", "total = sum(sizes)\nreturn None if limit is None else min(total, limit)"),
        wrong("off-by-one", "good-calls", ("min(total, limit)", "min(total, limit - 1)")),
        wrong("wrong type", "good-calls", ("min(total, limit)", "float(min(total, limit))")),
        wrong(
            "mutates",
            "good-calls",
            "total = 0\nwhile sizes:\n    total += sizes.pop()\nreturn total if limit is None else min(total, limit)",
        ),
        wrong(
            "swallow",
            "static",
            "try:\n    total = 0\n    for size in sizes:\n        total += size\n        if total > limit:\n            return limit\n    return total\nexcept TypeError:\n    return 0",
        ),
    ],
)


async def first_reply(replies, default="none"):
    # the first reply that is not empty, without blanks
    for reply in replies:
        if reply.strip():
            return reply.strip()
    return default


case(
    first_reply,
    crash=([None, "ok"],),
    good=[([" a "],), (["", "b"],), ([], "x"), (["  ", "\n", "c d"],), ([" "],)],
    right=[
        """
        for reply in replies:
            if reply and reply.strip():
                return reply.strip()
        return default
        """,
        """
        stripped = [(reply or "").strip() for reply in replies]
        return next((reply for reply in stripped if reply), default)
        """,
    ],
    wrong=[
        wrong("constant", "static", 'return "ok"'),
        wrong(
            "regression",
            "good-calls",
            "for reply in replies:\n    if reply:\n        return reply.strip()\nreturn default",
        ),
        wrong("wrong type", "good-calls", ("return reply.strip()", "return [reply.strip()]")),
        wrong("regression", "good-calls", ("return reply.strip()", "return reply")),
        wrong("off-by-one", "good-calls", ("in replies:", "in replies[1:]:")),
        wrong("regression", "good-calls", ("return default", "return None")),
        wrong(
            "swallow",
            "static",
            "try:\n    for reply in replies:\n        if reply.strip():\n            return reply.strip()\n    return default\nexcept Exception:\n    return ''",
        ),
        wrong(
            "mutates",
            "good-calls",
            (
                "for reply in replies:",
                "replies.reverse()\nreplies.reverse()\nif replies:\n    replies.append('')\nfor reply in replies:",
            ),
        ),
        hopeless(
            "wrong value",
            "for reply in replies:\n    if reply is None:\n        return default\n    if reply.strip():\n        return reply.strip()\nreturn default",
            "nothing says that None is an empty reply",
        ),
    ],
)
