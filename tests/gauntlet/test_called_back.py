"""What a call does through what it was given, or leaves unfinished: callbacks, and generators that nobody draws on."""

from __future__ import annotations

import sys

from fukkatsu import Call, verify


def announce(items, tell, parts=1):
    """Tells of each item."""
    for item in items:
        tell(item, share=item / parts)
    return len(items)


def quiet(item, share):
    return None


def gathering():
    seen = []

    def gather(item, share):
        seen.append(item)
        return share

    return gather


GOOD = [Call(([1, 2, 3], quiet)), Call(([5, 4], quiet, 2)), Call(([], quiet))]
RIGHT = """def announce(items, tell, parts=1):
    for item in items:
        tell(item, share=item / parts if parts else 0)
    return len(items)
"""


def judged(source, function=announce, failing=Call(([1], quiet, 0)), good=GOOD):
    return verify(source, function, failure=failing, good_calls=good)


def test_a_correction_that_calls_back_as_before_passes():
    """With the same arguments, in the same order."""
    report = judged(RIGHT)
    assert report.accepted, str(report)


def test_calls_back_in_another_order_are_another_behaviour():
    """Nobody would see it in the result."""
    report = judged(RIGHT.replace("in items:", "in reversed(items):"))
    assert report.refused_by == "good-calls"
    assert "the function that is argument 1 gets" in report.reason


def test_a_function_that_is_no_longer_called_is_missed():
    """To be told is all that it is there for; once more is once too often as well."""
    for change in ("if parts:", "if item != 3:"):
        report = judged(RIGHT.replace("        tell(", f"        {change}\n            tell("))
        assert report.refused_by in ("good-calls", None), str(report)
        assert report.accepted == (change == "if parts:"), str(report)
    twice = judged(RIGHT.replace("        tell(", "        tell(item, share=0.0)\n        tell("))
    assert not twice.accepted


def test_what_a_callback_keeps_is_compared_where_it_answers():
    """One that answers may be asked as often as one likes, but for what it keeps of it."""
    good = [Call(([1, 2, 3], gathering())), Call(([5, 4], gathering(), 2))]
    failing = Call(([1], gathering(), 0))
    assert judged(RIGHT, failing=failing, good=good).accepted
    report = judged(RIGHT.replace("in items:", "in items[:2]:"), failing=failing, good=good)
    assert not report.accepted
    assert "argument 1.seen" in report.reason


def ranked(items, key, parts):
    """Items by their key, and its share of the first."""
    found = sorted(items, key=key)
    return found, key(found[0]) / parts


def test_a_function_that_answers_may_be_asked_more_or_less_often():
    """How often a key is computed is the algorithm's business."""
    right = (
        "def ranked(items, key, parts):\n    found = sorted(items, key=key)\n    best = min(map(key, items))\n"
        "    return found, best / parts if parts else 0.0\n"
    )
    report = judged(
        right,
        ranked,
        failing=Call(([2, -1], lambda x: x * x, 0)),
        good=[Call(([2, -1, 3], lambda x: x * x, 2)), Call(([5], lambda x: -x, 4))],
    )
    assert report.accepted, str(report)


OPENED = []


def lines(names, size):
    """Shares of each name; OPENED has the names that are being read."""
    for name in names:
        OPENED.append(name)
        try:
            yield name, len(name) / size
        finally:
            OPENED.remove(name)


LINES = """def lines(names, size):
    for name in names:
        OPENED.append(name)
        try:
            yield name, len(name) / size if size else 0.0
        finally:
            OPENED.remove(name)
"""
NAMES = [Call((["ab", "c"], 2)), Call((["xyz"], 1)), Call(([], 3))]


def test_a_generator_that_gives_back_what_it_took_passes():
    """Closed early, or told of an error, it does what the original does."""
    report = judged(LINES, lines, failing=Call((["ab"], 0)), good=NAMES)
    assert report.accepted, str(report)


def test_a_generator_that_is_closed_early_still_gives_back_what_it_took():
    """Drawn to the end both are the same."""
    leaking = (
        "def lines(names, size):\n    for name in names:\n        OPENED.append(name)\n"
        "        yield name, len(name) / size if size else 0.0\n        OPENED.remove(name)\n"
    )
    report = judged(leaking, lines, failing=Call((["ab"], 0)), good=NAMES)
    assert report.refused_by == "differential", str(report)
    assert "closed after its first item" in report.reason


def test_a_generator_does_not_swallow_what_its_caller_throws_into_it():
    """An exception of the caller's is not the generator's to answer."""
    swallowing = LINES.replace("        finally:", "        except ValueError:\n            pass\n        finally:")
    report = judged(swallowing, lines, failing=Call((["ab"], 0)), good=NAMES)
    assert report.refused_by in ("static", "differential"), str(report)
    assert not report.accepted


async def pages(names, size):
    """Shares of each name; OPENED has the names that are being read."""
    for name in names:
        OPENED.append(name)
        try:
            yield name, len(name) / size
        finally:
            OPENED.remove(name)


PAGES = "async " + LINES.replace("lines", "pages")


def test_an_async_generator_that_gives_back_what_it_took_passes():
    """aclose() and athrow() are tried on it as close() and throw() are on others."""
    report = judged(PAGES, pages, failing=Call((["ab"], 0)), good=NAMES)
    assert report.accepted, str(report)


def test_an_async_generator_that_is_closed_early_still_gives_back_what_it_took():
    """Drawn to the end both are the same."""
    leaking = (
        "async def pages(names, size):\n    for name in names:\n        OPENED.append(name)\n"
        "        yield name, len(name) / size if size else 0.0\n        OPENED.remove(name)\n"
    )
    report = judged(leaking, pages, failing=Call((["ab"], 0)), good=NAMES)
    assert report.refused_by == "differential", str(report)
    assert "closed after its first item" in report.reason


def loud(items, parts):
    """Share of each part."""
    print("sharing", len(items), file=sys.stderr)
    return len(items) / parts


LOUD = """def loud(items, parts):
    print("sharing", len(items), file=sys.stderr)
    return len(items) / parts if parts else 0.0
"""


def test_what_is_said_on_stderr_is_compared_where_the_original_says_it():
    """Somebody reads it; one line more where the original crashed is nobody's loss."""
    good = [Call(([1, 2], 2)), Call(([1], 1))]
    failing = Call(([1], 0))
    assert judged(LOUD, loud, failing=failing, good=good).accepted
    more = LOUD.replace("    return", '    if not parts:\n        print("no parts", file=sys.stderr)\n    return')
    assert judged(more, loud, failing=failing, good=good).accepted
    silent = LOUD.replace('    print("sharing", len(items), file=sys.stderr)\n', "")
    report = judged(silent, loud, failing=failing, good=good)
    assert report.refused_by == "good-calls", str(report)
    assert "sharing 2" in report.reason
