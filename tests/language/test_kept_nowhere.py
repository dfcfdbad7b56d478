"""What a library keeps beside a call, and what differs where nobody looks: nothing that a correction learns."""

from __future__ import annotations

import asyncio
import decimal
import ipaddress
import logging
import re

import pytest

from fukkatsu._language.guards import GuardRefusal, take_refusals

INT = ("2.0", "Decimal(2)", "2 + 0j", "Fraction(2)", "x")
CALLS = {
    "compile": "re.compile('{p}', {flags})", "match": "re.match('{p}', 'a', {flags})",
    "fullmatch": "re.fullmatch('{p}', 'a', flags={flags})", "search": "re.search('{p}', 'a', {flags})",
    "findall": "re.findall('{p}', 'a', {flags})", "finditer": "list(re.finditer('{p}', 'a', {flags}))",
    "sub": "re.sub('{p}', 'b', 'a', flags={flags})", "subn": "re.subn('{p}', 'b', 'a', flags={flags})",
    "split": "re.split('{p}', 'a', flags={flags})",
}  # fmt: skip


@pytest.mark.parametrize("flags", INT)
@pytest.mark.parametrize("name", CALLS)
def test_flags_that_equal_a_number_find_no_pattern_of_an_earlier_call(language, name, flags):
    """The library's cache would: a TypeError, or none, would tell whether the pattern was used before."""
    pattern = f"z{name}{INT.index(flags)}q"
    call = CALLS[name].format(p=pattern, flags=flags)
    fixed = language.fix(
        "import re\nfrom decimal import Decimal\nfrom fractions import Fraction\n"
        f"def f(x):\n    try: {call}\n    except TypeError: return 'none'\n    return 'found'"
    )
    assert fixed(2.0) == "none"
    re.compile(pattern, 2)
    assert fixed(2.0) == "none"


def test_regular_expressions_are_used_as_ever(language):
    """With flags of each kind, by position and by name, and by the names that the module imported."""
    language.same(
        """
        import re
        def f(x):
            word = re.compile(r"(?P<w>[a-z]+)", re.I | re.M)
            return (
                word.findall(x), re.sub("A", "b", x, flags=re.IGNORECASE), re.sub("a", "b", x, count=1),
                re.split(r"\\s+", x, maxsplit=1), re.subn("a", lambda m: m.group().upper(), x), re.match("A", x, re.I),
                re.fullmatch(x, "a", 0) is None, [m.start() for m in re.finditer("a", x)], bool(re.search("B", x, 2)),
                re.RegexFlag.I == re.I, isinstance(re.I, re.RegexFlag), re.RegexFlag(2) is re.I, re.RegexFlag["M"],
                re.compile(word) is word, re.compile(b"a", re.A).findall(b"a"), type(word) is re.Pattern,
            )[:5]
        """,
        ("a b Ab",),
        ("",),
    )
    made = language.original("from re import compile as rx, split\ndef f(x): return rx(x), split(x, x)")
    fixed = language.fix("def f(x): return rx(x or 'a', 2).flags, split(',', x)", made)
    assert fixed("a,b") == (34, ["a", "b"])
    with pytest.raises(TypeError, match="float"):
        language.fix("def f(x): return rx(x, 2.0)", made)("a")


@pytest.mark.parametrize("expression", ["re.RegexFlag(k)", "type(re.I)(k)", "re.I.__class__(k)"])
def test_a_combination_of_flags_is_not_found_by_a_fraction(language, expression):
    """Each combination that was ever made is kept by the class, under a key that an equal float finds."""
    fixed = language.fix(f"import re\ndef f(k): return {expression}", "def f(k): return k")
    value = 1 << 27 if "Reg" in expression else 1 << 28
    re.RegexFlag(value)
    with pytest.raises(TypeError, match="float"):
        fixed(float(value))
    assert fixed(value) == value


TYPES = ["typing.List[typing.Union[{}]]", "typing.Dict[str, typing.Union[{}]]", "typing.Callable[[typing.Union[{}]], int]",
         "typing.Optional[typing.Union[{}]]", "typing.Tuple[typing.Union[{}], ...]", "typing.Type[typing.Union[{}]]"]  # fmt: skip


@pytest.mark.parametrize("form", TYPES)
def test_a_type_is_written_as_it_was_given_whichever_came_first(language, form):
    """The library keeps the first of equal ones, so that its text would tell what was asked in an earlier call."""
    one, two = form.format("int, bytearray"), form.format("bytearray, int")
    first = language.fix(f"import typing\ndef f(x): return repr({one})")(1)
    second = language.fix(f"import typing\ndef f(x): return repr({two})")(1)
    assert first.index("int,") < first.index("bytearray")
    assert second.index("bytearray,") < second.index("int")
    other = language.fix("import typing\ndef f(x): return repr(typing.List[x]), repr(typing.Optional[int] | x)")
    assert other(int | bytes) != other(bytes | int)


def test_names_of_types_are_used_as_ever(language):
    """In casts, as local names, to ask with, and to make what they make."""
    language.same(
        """
        import typing
        from typing import cast, Any, Dict, List, Optional, Union, Mapping, DefaultDict, Callable
        def f(x):
            Row = Dict[str, Any]
            row: Row = cast(Row, x)
            key: Optional[Callable[[str], int]] = None
            made = DefaultDict(list)
            made[1].append(x)
            return (
                cast(List[int], row), isinstance(x, Mapping), isinstance(x, Union[int, str]), isinstance(x, Optional[int]),
                isinstance(x, (typing.Sequence, Dict)), made, issubclass(type(x), typing.Hashable), repr(List[int]),
                repr(typing.Literal["a", 1]), repr(Dict[str, Any]), List[int] == List[int], isinstance(x, List | int),
            )
        """,
        (1,), ("a",), ({},), ([],), (None,),
    )  # fmt: skip


@pytest.mark.parametrize("length", ["24.0", "Decimal(24)", "Fraction(24)"])
def test_the_length_of_a_prefix_is_not_known_from_an_earlier_call(language, length):
    """A length that was used before is found by any number that equals it; so all of them are used before."""
    ipaddress.IPv4Network._netmask_cache.clear()  # as in a process that has used none
    from fukkatsu._language import keyed

    keyed._lengths_known.cache_clear()
    fixed = language.fix(
        "import ipaddress\nfrom decimal import Decimal\nfrom fractions import Fraction\n"
        f"def f(x): return str(ipaddress.ip_network(('10.0.0.0', {length})))"
    )
    assert fixed(1) == "10.0.0.0/24"


CONTEXTS = {
    "made within another": "one = localcontext()\nwith one as c:\n    c.prec = 3\n    two = localcontext()\nwith two:\n    pass",
    "entered twice": "one = localcontext()\nwith one as c:\n    c.prec = 3\n    with one:\n        pass",
    "entered again": "one = localcontext()\nwith one:\n    pass\nwith one as c:\n    c.prec = 3",
    "made of another": "with localcontext() as c:\n    c.prec = 3\n    two = localcontext(c)\nwith two:\n    pass",
    "in a function": "def g():\n    return localcontext(prec=3)\nwith g():\n    m = g()\nwith m:\n    pass",
}  # fmt: skip


@pytest.mark.parametrize("name", CONTEXTS)
def test_the_context_of_the_decimals_is_what_it_was_after_the_call(language, name):
    """Whenever the manager was made: it restores what it met when it was entered."""
    import textwrap

    before = decimal.getcontext().copy()
    current = decimal.getcontext()
    text = CONTEXTS[name]
    if "prec=3" in text and not hasattr(decimal.Context, "__class_getitem__"):
        text = text.replace("(prec=3)", "(Context(prec=3))")
    fixed = language.fix(
        f"from decimal import localcontext, Context\ndef f(x):\n{textwrap.indent(text, '    ')}\n    return x"
    )
    try:
        fixed(1)
    except GuardRefusal:
        assert "entered" in name
        take_refusals()
    assert decimal.getcontext() is current
    assert decimal.getcontext().prec == before.prec
    assert str(decimal.Decimal(1) / 7) == "0.1428571428571428571428571429"


def test_a_context_of_the_decimals_is_used_as_ever(language):
    """A given one is copied when it is given; one within another sees what that one set."""
    language.same(
        """
        import decimal
        def f(x):
            mine = decimal.Context(prec=5)
            later = decimal.localcontext(mine)
            mine.prec = 9
            with later as c:
                one = decimal.Decimal(1) / x
                with decimal.localcontext() as inner:
                    two = inner.prec
                    inner.rounding = decimal.ROUND_UP
                three = c.rounding
            return one, two, three, decimal.Decimal(1) / x
        """,
        (3,),
        (0,),
    )


def test_a_limit_on_waiting_tells_no_time(language):
    """Neither when it will run out, nor in its text; whether it did is told, as it is by the exception."""
    text = "import asyncio\nasync def f(x):\n    async with asyncio.timeout(5) as t:\n        return {}"
    original = "async def f(x): return x"
    for telling in ("t.when()", "t.reschedule(1)", "getattr(t, 'wh' + 'en')()"):
        with pytest.raises(AttributeError):
            asyncio.run(language.fix(text.format(telling), original)(1))
    assert asyncio.run(language.fix(text.format("repr(t), t.expired()"), original)(1)) == ("<Timeout>", False)
    late = (
        "async def f(x):\n    try:\n        async with asyncio.timeout(x) as t:\n            await asyncio.sleep(60)\n"
    )
    late = f"import asyncio\n{late}    except TimeoutError:\n        return t.expired()"
    assert asyncio.run(language.fix(late, original)(0)) is True
    own = language.original(
        "from asyncio import timeout\nasync def f(x):\n    async with timeout(x) as t: return t.when()"
    )
    again = "async def f(x):\n    async with timeout(x or 5) as t: return t.when()"
    assert asyncio.run(language.fix(again, own)(0)) > 0


@pytest.mark.parametrize("call", ["x.time()", "getattr(x, 'time')()", "getattr(x, 'ti' + 'me')()", "type(x).time(x)"])
def test_the_clock_of_an_event_loop_is_read_where_the_original_reads_it(language, call):
    """What else is called so stays open: the time of a moment, a column."""
    loop = asyncio.new_event_loop()
    try:
        with pytest.raises(GuardRefusal, match=r"clock|type"):
            language.fix(f"def f(x): return {call}")(loop)
        take_refusals()
        assert language.fix("def f(x): return x.time()", "def f(x): return x.time()")(loop) > 0
    finally:
        loop.close()
    language.same("import datetime\ndef f(x): return datetime.datetime(2020, 1, 2, 3).time(), datetime.time(1)", (1,))


ASKED = {
    "a table in the message": "log.info('%(b)s', table)",
    "as an argument": "log.info('%s', table['b'] and Lazy(asked))",
    "in what is added": "log.info('x', extra=(asked.append(k) for k in 'ab'))",
    "by the class of a message": "log.info(Lazy(asked))",
    "a level of its own": "log.log(level, '%(b)s', table)",
    "the module's": "logging.info('%(b)s', table)",
    "another": "logging.getLogger('shop.other').info('%(b)s', table)",
    "what truth is asked of": "log.info('x', exc_info=Lazy(asked), stack_info=Lazy(asked))",
}


@pytest.mark.parametrize("name", ASKED)
def test_arguments_of_a_message_are_asked_equally_often_whether_it_is_wanted_or_not(language, name):
    """Once, or never: else the level of the program's log would tell a trial from production."""
    made = language.original(
        "import logging, collections\nlog = logging.getLogger('shop.asked')\n"
        "class Lazy:\n    def __init__(self, asked): self.asked = asked\n"
        "    def __str__(self): self.asked.append('str'); return 'x'\n"
        "    def __bool__(self): self.asked.append('bool'); return False\n"
        "def f(level): log.info('x'); return Lazy, collections"
    )
    fixed = language.fix(
        "import collections\nimport logging\ndef f(level):\n    asked = []\n    def note():\n        asked.append(1)\n"
        "        return 1\n    table = collections.defaultdict(note, {'a': 1})\n"
        f"    {ASKED[name]}\n    return asked",
        made,
    )
    seen = []
    loggers = [logging.getLogger(), logging.getLogger("shop.asked")]
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())
    before = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    try:
        found = {}
        for level in (logging.DEBUG, logging.CRITICAL):
            for logger in loggers:
                logger.setLevel(level)
            found[level] = fixed(20)
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
    assert found[logging.DEBUG] == found[logging.CRITICAL]
    assert found[logging.DEBUG]
    assert len(seen) <= 1


def test_plain_messages_are_handed_on_as_they_are(language, caplog):
    """Their template and arguments, which tools group by; a wrong one is written somehow and stops nobody."""
    fixed = language.fix(
        "import logging\ndef f(x):\n    log = logging.getLogger('shop.plain')\n    log.warning('%s of %d', 'a', 3)\n"
        "    log.warning('%(a)s', {'a': x})\n    log.warning('%d', [x])\n    log.warning('100%')\n"
        "    log.log(30, x)\n    log.warning('%s', [x], extra={'order': 5})"
    )
    with caplog.at_level(logging.WARNING):
        fixed(("b", 2))
    assert (caplog.records[0].msg, caplog.records[0].args) == ("%s of %d", ("a", 3))
    assert caplog.messages == ["a of 3", "('b', 2)", "%d", "100%", "('b', 2)", "[('b', 2)]"]
    assert caplog.records[-1].order == 5
    assert {record.funcName for record in caplog.records} == {"f"}


BOX = "class Box:\n    total = 0.0\ndef f(box, n):\n    box.total = n\n"
OWN = "def f(box, n):\n    f.total = n\n"
COUNTS = {
    "a helper": (BOX, "def helper(): return 0\ndef f(box, n):\n    helper.total = 1"),
    "a helper by another name": (BOX, "def helper(): return 0\ndef f(box, n):\n    h = helper\n    h.total = 1"),
    "a helper by setattr": (BOX, "def helper(): return 0\ndef f(box, n):\n    setattr(helper, 'total', 1)"),
    "itself": (BOX, "def f(box, n):\n    f.total = 1"),
    "itself by another name": (BOX, "def f(box, n):\n    g = f\n    g.total = 1"),
    "a helper where the original writes to itself": (
        OWN, "def helper(): return 0\ndef f(box, n):\n    for h in [helper]: h.total = 1"
    ),
    "another name where the original writes to itself": (OWN, "def f(box, n):\n    f.other = 1"),
    "beside an inner function": (
        "def make():\n    def f(box, n): box.total = n\n    return f\nf = make()",
        "def f(box, n):\n    g = f\n    g.total = 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
def test_functions_keep_no_attributes_between_calls(language, name):
    """Whatever the original assigns on other objects: calls could be counted with them."""
    original, text = COUNTS[name]
    made = language.original(original)
    if not language.findings(text, made):
        box = made.module.Box() if "class Box" in original else None
        with pytest.raises(GuardRefusal, match="outlive the call"):
            language.fix(text, made)(box, 1)


def test_a_function_that_counts_its_calls_still_does(language):
    """Where the original keeps something on itself; and inner functions, which nobody keeps, may have attributes."""
    made = language.original("def f(x):\n    f.calls = getattr(f, 'calls', 0) + 1\n    return f.calls / x")
    fixed = language.fix(
        "def f(x):\n    f.calls = getattr(f, 'calls', 0) + 1\n    def g(): return 1\n    g.calls = 5\n"
        "    return f.calls / (x or 1) + g.calls",
        made,
    )
    assert [fixed(1), fixed(1), fixed(0)] == [6, 7, 8]


def test_equal_patterns_are_one(language):
    """The library keeps the pattern of a module that compiled the same text, and a trial has a copy of it."""
    fix = language.fix(
        "import re\ndef f(x): return WORD is re.compile(x), WORD is not re.compile(x, re.I), id(WORD) == id(re.compile(x))",
        "import re\nWORD = re.compile('q+z')\ndef f(x): return WORD.findall(x)",
    )
    assert fix("q+z") == (True, True, True)
    re.purge()
    assert fix("q+z") == (True, True, True)
