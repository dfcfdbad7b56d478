"""Ways out of the language that were found by attacking it, each closed where it began and not only as it was written."""

from __future__ import annotations

import textwrap

import pytest

import fukkatsu
from fukkatsu import Call
from fukkatsu._language.guards import GuardRefusal

ORIGINAL = '''
def f(x):
    """Ten through x; 0.0 if x is 0."""
    return 10 / x
'''


def correction(payload: str, imports: str = "", above: str = "") -> str:
    """A right correction that also does *payload*."""
    body = textwrap.indent(textwrap.dedent(payload).strip(), "    ")
    return f"{imports}\n{textwrap.dedent(above)}\ndef f(x):\n{body}\n    return 10 / x if x else 0.0\n"


def stopped(language, text, original=ORIGINAL, name="f", argument=0):
    """Whether *text* is refused as text, or its call raises what a guard, or a narrower signature, raises."""
    made = language.original(original, name)
    if language.findings(text, made):
        return True
    try:
        language.fix(text, made)(argument)
    except (GuardRefusal, TypeError, AttributeError):
        return True
    return False


REACHING = {
    "a memo": ("import copy", "memo = {}\ncopy.deepcopy(getattr, memo)"),
    "a memo by keyword": ("import copy", "copy.deepcopy([getattr], memo={})"),
    "a memo for a hook": (
        "import copy, types",
        "copy.deepcopy([getattr, types.SimpleNamespace(__deepcopy__=lambda memo: 0)])",
    ),
    "a hook through the class of a namespace": (
        "import copy, types",
        "copy.deepcopy(type(types.SimpleNamespace())(**{'__deep' + 'copy__': lambda memo: 0}))",
    ),
    "a hook by initializing again": (
        "import copy, types",
        "n = types.SimpleNamespace()\nn.__init__(**{'__reduce_' + 'ex__': lambda p: (int, ())})",
    ),
    "a hook by initializing through the class": (
        "import types",
        "type(types.SimpleNamespace()).__init__(types.SimpleNamespace(), **{'__reduce_' + 'ex__': 1})",
    ),
    "a hook in an iterator": ("import copy", "copy.deepcopy(iter([getattr]))"),
    "a bound method": ("import copy, calendar", "copy.copy(calendar.Calendar().iterweekdays)"),
    "attributes of an alias": ("", "type(list[int])('{0.__glo' + 'bals__}', ()).format(f)"),
    "the class of an alias": ("import typing", "type(typing.List[int])"),
    "the class of a method": ("import calendar", "type(calendar.Calendar().iterweekdays)"),
    "the class of a function": ("", "type(lambda: 0)"),
    "the class of a union": ("", "type(int | str)"),
    "the class of a stream": ("import sys", "type(sys.stdout)('argv')"),
    "the class of a namespace with dunders": (
        "import types",
        "type(types.SimpleNamespace())(__class__=int)",
    ),
    "the object of an error through an alias": (
        "",
        "try:\n    f.zork\nexcept AttributeError as e:\n    type(list[int])(e, ()).obj",
    ),
    "an abstract class": ("import collections.abc", "collections.abc.Mapping.register(int)"),
    "an abstract class by an alias": ("import typing", "typing.Mapping.register(int)"),
    "an abstract class by a generic alias": (
        "import collections.abc",
        "collections.abc.Mapping[str, int].register(int)",
    ),
    "a class by an alias": ("import typing", "typing.Counter.zork = 1"),
    "a class by setattr on an alias": ("import typing", "setattr(typing.Counter, 'zork', 1)"),
    "a class by a generic alias": ("import collections.abc", "collections.abc.Mapping[str, int].zork = 1"),
    "a class by an annotated one": ("import typing, json", "typing.Annotated[json.JSONEncoder, 1].zork = 1"),
    "a class of an enumeration": ("import enum", "enum.ReprEnum('K', {'__eq__': lambda s, o: True, 'A': 1}, type=int)"),
    "a new type": ("import typing", "typing.NewType('K', int)"),
    "a class's fields": (
        "import dataclasses, types",
        "dataclasses.fields(x)[0].name = 'zork'",
    ),
    "a foreign function": ("import functools, json", "functools.update_wrapper(json.dumps, lambda: 0)"),
    "a foreign function by wraps": ("import functools, json", "functools.wraps(lambda: 0)(json.dumps)"),
    "a builtin's method": ("import functools", "functools.update_wrapper(len, lambda: 0)"),
    "a member of an enumeration": ("import re", "re.I.zork = 1"),
    "a member of an enumeration by setattr": ("import re", "setattr(re.I, 'zork', 1)"),
    "a sentinel": ("import dataclasses", "dataclasses.MISSING.zork = 1"),
    "a typing form": ("import typing", "typing.Union.zork = 1"),
    "names of months": ("import calendar", "calendar.month_name.format = '%d'"),
    "names of days": ("import calendar", "calendar.day_name.__init__('%d')"),
    "keywords": ("import keyword", "keyword.kwlist.clear()"),
    "algorithms": ("import hashlib", "hashlib.algorithms_available.clear()"),
    "a context": ("import decimal", "decimal.localcontext().__enter__().prec = 3"),
    "a context left open": (
        "import decimal",
        "def g():\n    with decimal.localcontext() as c:\n        c.prec = 2\n        yield 1\nnext(g())",
    ),
    "a lying comparison": ("import re", "re.RegexFlag.__members__.clear()"),
}


@pytest.mark.parametrize("way", REACHING)
def test_a_way_to_what_everyone_shares_is_closed(language, way):
    """Each is refused as text, or stopped when it runs."""
    imports, payload = REACHING[way]
    original, argument = ORIGINAL, 0
    if "fields" in payload:
        original = "import dataclasses\n@dataclasses.dataclass\nclass P:\n    n: int\n" + ORIGINAL
        made = language.original(original)
        argument = made.module.P(0)
    assert stopped(language, correction(payload, imports), original, argument=argument)


@pytest.mark.parametrize(
    "way",
    ["a memo", "a memo for a hook", "attributes of an alias", "a class by an alias", "a class of an enumeration"],
)
def test_the_gauntlet_refuses_a_correction_that_takes_such_a_way(way):
    """End to end, whatever else the correction does right."""

    imports, payload = REACHING[way]
    result = fukkatsu.verify(correction(payload, imports), f, failure=Call((0,)), good_calls=[Call((2,)), Call((5,))])
    assert not result.accepted
    assert fukkatsu.verify(correction("pass"), f, failure=Call((0,)), good_calls=[Call((2,)), Call((5,))]).accepted


def f(x):
    """Ten through x; 0.0 if x is 0."""
    return 10 / x


def test_an_annotated_alias_writes_to_nothing_that_it_calls(language):
    """The library's puts ``__orig_class__`` on whatever a call gives."""
    import json

    language.fix("import typing, json\ndef f(x): return typing.Annotated[lambda: json.JSONEncoder, 1]()")(1)
    assert not hasattr(json.JSONEncoder, "__orig_class__")


def test_guards_and_members_of_views_lead_to_no_instance(language):
    """A guard is a function, and so is what a library keeps as a method of an instance that everyone shares."""
    import types

    fix = language.fix(
        "import calendar, operator, reprlib, functools, copy\n"
        "def f(x): return [getattr, setattr, hasattr, delattr, operator.attrgetter, operator.methodcaller,"
        " functools.wraps, copy.deepcopy, calendar.firstweekday, calendar.monthcalendar, reprlib.repr]"
    )
    for found in fix(0):
        assert type(found) is types.FunctionType, found


def test_values_are_still_copied_described_and_written(language):
    """What is closed above leaves the ordinary uses open."""
    original = "import dataclasses\n@dataclasses.dataclass\nclass P:\n    n: list\ndef f(x): return x"
    made = language.original(original)
    fix = language.fix(
        """
        import calendar, collections, copy, dataclasses, datetime, decimal, enum, functools, types, keyword, textwrap

        def f(x):
            other = copy.deepcopy(x)
            other.n.append(1)
            copy.copy(x).n.append(2)
            space = types.SimpleNamespace(a=1)
            space.b = [1]
            wrapper = textwrap.TextWrapper()
            wrapper.width = 20
            with decimal.localcontext() as context:
                context.prec = 3
                third = decimal.Decimal(1) / 3

            def outer(function):
                @functools.wraps(function)
                def inner(*args):
                    return function(*args)
                return inner

            day = type(datetime.date(2024, 1, 1))(2024, 2, 1)
            return (x.n, other.n, copy.deepcopy(space).b, dataclasses.asdict(other), type(x)(5).n, str(third),
                    outer(len)([1]), calendar.month_name[1], "if" in keyword.kwlist, day.month,
                    copy.deepcopy({"a": [1, (2, {3})], "c": collections.Counter("aa")}), isinstance(space, types.SimpleNamespace),
                    type({})(a=1), type(x) is int, isinstance(x, enum.ReprEnum))
        """,
        made,
    )
    assert fix(made.module.P([0])) == (
        [0, 2], [0, 1], [1], {"n": [0, 1]}, 5, "0.333", 1, "January", True, 2,
        {"a": [1, (2, {3})], "c": {"a": 2}}, True, {"a": 1}, False, False,
    )  # fmt: skip


KEEPING = {
    "an attribute of the function": ("f.n = 1", ""),
    "an attribute of the function, added to": ("f.n += 1", ""),
    "an attribute by setattr": ("setattr(f, 'n', 1)", ""),
    "an attribute of a renamed function": ("g = f\ng.n = 1", ""),
    "an attribute of a helper": ("g.n = 1", "def g(): return 1"),
    "an attribute by wraps": ("import functools\nfunctools.wraps(len)(f)", "import functools"),
    "a default of a helper": ("g()", "def g(n=[0]): n[0] += 1"),
    "a default in a tuple": ("g()", "def g(n=([0],)): n[0][0] += 1"),
    "a helper bound anew": ("nonlocal g\n    g = len", "def g(): return 1"),
    "an import bound anew": ("nonlocal json\n    json = 1", "import json"),
    "a constant bound anew": ("nonlocal N\n    N = 1", "N = 0"),
    "a list that is changed": ("N.append(1)", "N = [0]"),
    "a dict that is written": ("N[1] = 1", "N = {}"),
    "a list handed on": ("g = N\ng.append(1)", "N = [0]"),
    "a list handed to a function": ("g(N)", "N = [0]\ndef g(n): n.append(1)"),
    "a list handed to a false reader": ("len(N)", "N = [0]\ndef len(n): n.append(1)"),
    "a list added to": ("N += [1]", "N = [0]"),
    "a list inside a dict": ("N[1].append(1)", "N = {1: [0]}"),
    "a counter under a false name": ("N['n'] += 1", "from collections import Counter as Decimal\nN = Decimal()"),
    "a counter that nobody imported": ("N['n'] += 1", "N = Decimal()"),
    "a module under a false name": ("N.append(1)", "import collections as decimal\nN = decimal.Decimal()"),
    "a reader under a false name": ("len(N, 1)", "from heapq import heappush as len\nN = [2]"),
    "a clock": ("time.time()", "import time"),
    "a clock by name": ("monotonic()", "from time import monotonic"),
    "a clock in a conversion": ("time.gmtime()", "import time"),
    "a clock in a text": ("time.strftime('%Y')", "import time"),
}


@pytest.mark.parametrize("way", KEEPING)
def test_nothing_is_kept_between_calls_and_no_clock_is_read(language, way):
    """A correction that counts its calls, or waits for a day, acts otherwise than where it was tried."""
    payload, above = KEEPING[way]
    assert stopped(language, correction(payload, above=above))


def test_what_is_open_of_time_and_where_the_original_reads_a_clock(language):
    """Given moments are converted, and the original's own clock stays usable."""
    fix = language.fix("import time\ndef f(x): return time.gmtime(0).tm_year, time.strftime('%Y', time.gmtime(x))")
    assert fix(0) == (1970, "1970")
    made = language.original("import time\ndef f(x): return time.time() + x")
    assert language.fix("import time\ndef f(x): return time.time() + (x or 0)", made)(None) > 0


CLASSES = {
    "datetime.datetime": ("import datetime", "datetime.datetime.strptime({}, '%Y')", "2024"),
    "datetime.date": ("import datetime", "datetime.date.fromisoformat({})", "2024-01-02"),
    "Decimal": ("import decimal", "decimal.Decimal.from_float(float({}))", "1"),
    "chain": ("import itertools", "list(itertools.chain.from_iterable({}))", "12"),
    "a class by name": ("from datetime import date", "date.fromisoformat({})", "2024-01-02"),
}


@pytest.mark.parametrize("way", CLASSES)
@pytest.mark.parametrize("where", ["module", "function", "both"])
def test_a_class_of_a_module_is_no_module(language, way, where):
    """What the original looks up on it, a correction may look up in the same words, wherever the import stands."""
    imports, expression, value = CLASSES[way]
    inside = imports if where != "module" else "pass"
    original = f"{imports}\ndef f(x):\n    {inside}\n    return {expression.format('x')}"
    made = language.original(original)
    text = f"def f(x):\n    {imports if where != 'module' else 'pass'}\n    return {expression.format('x.strip()')}"
    assert language.fix(text, made)(f" {value} ")
    assert language.fix(f"{imports}\n{text}", made)(f" {value} ")
    other = "from datetime import datetime\ndef f(x): return datetime.strptime(x.strip(), '%Y')"
    if way == "datetime.datetime":
        assert language.fix(other, made)(" 2024 ")


def test_the_modules_logger_and_promised_exceptions_are_open(language):
    """The docstring promises the one, and everybody writes the other."""
    made = language.original(
        '''
        import logging
        logger = logging.getLogger("shop")
        class Empty(Exception): pass
        class Other(Exception): pass
        def f(x):
            """First of x.

            Raises:
                Empty: There is none.
            """
            return x[0]
        '''
    )
    fix = language.fix(
        "def f(x):\n    if not x:\n        logger.debug('none')\n        raise Empty('none')\n    return x[0]", made
    )
    assert fix([1]) == 1
    with pytest.raises(made.module.Empty):
        fix([])
    assert language.findings("def f(x): raise Other", made)
    assert stopped(
        language, "def f(x): return logger.handlers", "import logging\nlogger = logging.getLogger()\ndef f(x): 1"
    )


def test_constants_may_stand_beside_the_function(language):
    """What cannot change, and what the text only reads."""
    fix = language.fix(
        r"""
        import logging
        import re
        from decimal import Decimal

        logger = logging.getLogger(__name__)
        _WORD = re.compile(r"\w+", re.I | re.A)
        _ZERO = Decimal("0.0")
        LIMIT: int = 64 * 1024
        NAMES = ("a", -1, (2, None))
        MONTHS = {"jan": 1, "feb": 2}
        CASTS = {"int": int}
        SEEN = ["a", "b"]
        KNOWN = frozenset({"a"})

        def helper(x):
            return MONTHS.get(x, LIMIT)

        def f(x):
            logger.debug("x")
            found = [name for name in SEEN if name in KNOWN]
            return (helper(x), _WORD.findall("a b"), _ZERO, NAMES[1], CASTS["int"]("5"), found, sorted(SEEN),
                    {**MONTHS}, len(MONTHS), [key for key, _ in MONTHS.items()])
        """
    )
    assert fix("jan") == (
        1, ["a", "b"], 0, -1, 5, ["a"], ["a", "b"], {"jan": 1, "feb": 2}, 2, ["jan", "feb"],
    )  # fmt: skip
    for constant in (
        "N = print",
        "N = open('x')",
        "N = f(1)",
        "N = [f(1)]",
        "f = 1",
        "N = M = [1]",
        "N.x = 1",
        "a, b = 1, 2",
    ):
        assert language.findings(f"{constant}\ndef f(x): return x"), constant


def test_names_of_the_original_come_guarded_too(language):
    """``from copy import deepcopy`` in the module is the same function under another name."""
    made = language.original(
        "import asyncio\nfrom copy import deepcopy as clone\nfrom enum import Enum\nfrom types import SimpleNamespace as NS\n"
        "class Base(Enum): pass\nclass Color(Enum): RED = 1\n"
        "def f(x): return clone(x), isinstance(x, (Enum, NS, Base)), Color, NS(a=1)"
    )
    assert language.fix("def f(x): return clone([x]), isinstance(Color.RED, Enum), NS(a=1).a", made)(1) == (
        [1],
        True,
        1,
    )
    for payload in (
        "clone(f, {})",
        "Enum('K', {'__eq__': len})",
        "Base('K', {'__eq__': len})",
        "NS(**{'__deep' + 'copy__': len})",
        "setattr(Color.RED, 'zork', 1)",
    ):
        text = f"def f(x):\n    {payload}\n    return clone(x), isinstance(x, (Enum, NS, Base)), Color"
        if not language.findings(text, made):
            with pytest.raises((GuardRefusal, TypeError)):
                language.fix(text, made)(1)


def test_guarded_members_are_the_ones_that_are_looked_for():
    """The table of names and the guards themselves agree."""
    from fukkatsu._language.allowlist import GUARDED_MEMBERS
    from fukkatsu._language.facts import OriginalFacts
    from fukkatsu._language.program import guards_of
    from fukkatsu.policy import Policy

    guards, _, _ = guards_of(OriginalFacts(name="f", qualname="f"), Policy(), "x")
    assert set(guards.members()) | {"copy.replace"} == GUARDED_MEMBERS


def test_logging_functions_leave_the_root_logger_as_it_is(language):
    """``logging.info`` of the library gives it a handler."""
    import logging

    root = logging.getLogger()
    before, root.handlers = root.handlers, []
    try:
        language.fix("import logging\ndef f(x): logging.info('x'); logging.error('%s', x)")(1)
        assert root.handlers == []
    finally:
        root.handlers = before


def test_tasks_do_not_outlive_a_correction_that_does_not_wait_for_them(language):
    """gather() starts what it is given when it is awaited; as_completed() ends what is left."""
    import asyncio

    ran: list[int] = []
    fix = language.fix(
        """
        import asyncio
        def f(x):
            async def later():
                await asyncio.sleep(0)
                x.append(1)
            waiting = later()
            asyncio.gather(waiting).close()
            waiting.close()
            return x
        """
    )

    async def outer():
        fix(ran)
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(outer())
    assert ran == []
    both = language.fix(
        """
        import asyncio
        async def f(x):
            async def later(n):
                await asyncio.sleep(0)
                return n
            done = [await one for one in asyncio.as_completed([later(1), later(2)])]
            return sorted(done) + await asyncio.gather(later(3), later(4))
        """,
        "async def f(x): return x",
    )
    assert asyncio.run(both(0)) == [1, 2, 3, 4]


# -- classes, and what a value leads to --------------------------------------------------------------------------------

LEADING = {
    "the class of an attrgetter": ("import operator", "type(operator.attrgetter('x'))('__class__')"),
    "its class by attribute": ("import operator", "operator.attrgetter('x').__class__('__class__')"),
    "the class of a methodcaller": ("import operator", "type(operator.methodcaller('x'))('__reduce__')"),
    "the class of a partial's function": ("import functools", "type(functools.wraps(f))"),
    "the class of a text wrapper of text": (
        "from collections import UserString",
        "UserString('{0.__class__}').format(x)",
    ),
    "a mapping for it": ("from collections import UserString", "UserString('{a.__class__}').format_map({'a': x})"),
    "its function": ("from collections import UserString", "UserString.format(UserString('{0.__class__}'), x)"),
    "its function, handed on": (
        "from collections import UserString",
        "list(map(UserString.format, [UserString('{0.__class__}')], [x]))",
    ),
    "its function by name": (
        "from collections import UserString",
        "getattr(UserString('{0.__class__}'), 'for' + 'mat')(x)",
    ),
    "a table of a class": ("import textwrap", "textwrap.TextWrapper.unicode_whitespace_trans.clear()"),
    "the same by name": ("import textwrap", "getattr(textwrap.TextWrapper(), 'unicode_' + 'whitespace_trans').clear()"),
    "what a cache was asked": ("import urllib.parse", "urllib.parse.urlsplit.cache_info()"),
    "chance": ("import statistics", "statistics.NormalDist().samples(1)"),
    "chance, by its class": ("import statistics", "statistics.NormalDist.samples(statistics.NormalDist(), 1)"),
    "chance in a density": ("import statistics", "statistics.kde_random([1.0], 1.0)"),
    "a date's clock": ("import datetime", "datetime.date.today()"),
    "a moment's clock": ("import datetime", "datetime.datetime.now(datetime.UTC)"),
    "a moment's clock by name": ("import datetime", "getattr(datetime.datetime, 'no' + 'w')()"),
    "a coroutine driven by hand": ("", "async def g(): return 1\nc = g()\nc.send(None)"),
    "thrown into": ("", "async def g(): return 1\nc = g()\nc.throw(ValueError)"),
    "its wrapper": ("", "async def g(): return 1\nnext(g().__await__())"),
    "a step of an async generator": ("", "async def g(): yield 1\nnext(anext(g()))"),
    "a step by name": ("", "async def g(): yield 1\nnext(g().__anext__())"),
    "a step sent": ("", "async def g(): yield 1\nnext(g().asend(None))"),
}


@pytest.mark.filterwarnings("ignore:coroutine", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("way", LEADING)
def test_a_value_leads_to_nothing_that_an_import_would_not_hand_out(language, way):
    """Neither to a class of the library behind a guard, nor to state that calls share, a clock, chance or a loop's work."""
    imports, payload = LEADING[way]
    assert stopped(language, correction(payload, imports))


def test_classes_of_values_are_compared_and_called(language):
    """Those that an import hands out, and an author's; comparing needs no permission."""
    made = language.original("import collections, argparse\nclass P:\n    n = 1\ndef f(x): return x, P")
    fix = language.fix(
        """
        import collections, datetime, decimal, fractions, functools, operator, uuid

        def f(x):
            values = [1, "a", [1], {}, collections.OrderedDict(a=1), collections.deque([1]), decimal.Decimal(2),
                      fractions.Fraction(1, 2), datetime.date(2024, 1, 1), uuid.UUID(int=3), ValueError("v"), P(),
                      functools.partial(len), collections.Counter("a"), range(3), None]
            classes = [type(value).__name__ for value in values if type(value) is value.__class__]
            same = isinstance(x, type(x)) and type(x) == type(x) and type(x) not in (int, str) and issubclass(type(x), object)
            return len(classes), same, type(values[4])(b=2), type(values[6])("3"), x.__class__.__name__
        """,
        made,
    )
    import argparse

    assert fix(argparse.Namespace()) == (16, True, {"b": 2}, 3, "Namespace")


def test_a_context_of_decimals_is_entered_where_nothing_pauses(language):
    """In a coroutine that is left in the middle it would stay in force."""
    for text in (
        "async def f(x):\n    with decimal.localcontext() as c:\n        c.prec = 3\n    return x",
        "async def f(x):\n    async def g():\n        with decimal.localcontext(): return 1\n    return await g()",
    ):
        import asyncio

        fix = language.fix(f"import decimal\n{text}", "async def f(x): return x")
        with pytest.raises(GuardRefusal):
            asyncio.run(fix(1))
    fix = language.fix(
        "import decimal\nasync def f(x):\n    def third():\n        with decimal.localcontext() as c:\n            c.prec = 3\n"
        "            return decimal.Decimal(1) / 3\n    return str(third())",
        "async def f(x): return x",
    )
    assert asyncio.run(fix(1)) == "0.333"


def test_generators_and_async_generators_work_as_ever(language):
    """Sent to, closed, awaited."""
    import asyncio

    fix = language.fix(
        """
        async def f(x):
            async def numbers():
                got = yield 1
                yield got
            def plain():
                got = yield 1
                yield got
            agen, gen = numbers(), plain()
            first = [await agen.__anext__(), await agen.asend(5), await anext(agen, "end")]
            await agen.aclose()
            second = [next(gen), gen.send(7)]
            gen.close()
            return first, second, [n async for n in numbers()]
        """,
        "async def f(x): return x",
    )
    assert asyncio.run(fix(0)) == ([1, 5, "end"], [1, 7], [1, None])


def test_no_class_that_is_open_shares_state_that_can_be_changed():
    """Walk every open class: what it offers under an open name is unchangeable, or a guarded name."""
    import enum
    import functools
    import importlib
    import re
    import types

    from fukkatsu._language.allowlist import DEFAULT_IMPORTS, MEMBERS
    from fukkatsu._language.attributes import GUARDED, closed_because

    entries = [(module, name) for module, names in MEMBERS.items() for name in names.split()]
    entries += [tuple(entry.rsplit(".", 1)) for entry in DEFAULT_IMPORTS if "." in entry and entry not in MEMBERS]
    changeable = (list, dict, set, bytearray, types.ModuleType, functools._lru_cache_wrapper)
    asked = 0
    for module, name in entries:
        value = getattr(importlib.import_module(module), name, None)
        if not isinstance(value, type) or issubclass(value, enum.Enum):
            continue
        for attribute in dir(value):
            if closed_because(attribute, frozenset()) or attribute in GUARDED or attribute.startswith("__"):
                continue
            asked += 1
            found = getattr(value, attribute, None)
            assert not isinstance(found, changeable) or isinstance(found, re.Pattern), f"{module}.{name}.{attribute}"
    assert asked > 1_000


# -- modules that lie in objects ---------------------------------------------------------------------------------------

HOLDING = """
import os, json, types, math, urllib.parse
class Box:
    lib = math
    def __init__(self): self.os, self.json, self.mine = os, json, types.SimpleNamespace(os=os)
    def pick(self): return self.os
class Child(Box): pass
box, table, tools = Box(), {"os": os, 1: [json]}, types.SimpleNamespace(inner=types.SimpleNamespace(sys=__import__("sys")))
def f(x): return box.pick, table, tools.inner, box.json.dumps(x), box.lib.sqrt, box.mine, box.os
"""


@pytest.mark.parametrize(
    "body",
    """
    return box.os.environ
    return box.pick().environ
    return box.mine.os.environ
    return table['os'].environ
    return table[1][0].codecs
    m = box.os; return m.environ
    m, _ = box.os, 1; return m.environ
    m: object = box.os; return m.environ
    return (m := box.os).environ
    return [m.environ for m in [box.os]]
    return next(m.environ for m in [box.os])
    return [box.os.environ for _ in [1]]
    return [e for e in box.os.environ]
    return [e for e in [box.pick()][0].environ]
    return (lambda m: m.environ)(box.os)
    return sorted([box.os], key=lambda m: m.environ)
    g = lambda m=box.os: m.environ; return g()
    return (box.os or 1).environ
    return (box.os if x else 1).environ
    return getattr(box.os, 'environ')
    return getattr(box, 'o' + 's').environ
    return list(map(getattr, [box.os], ['environ']))
    return '{0.environ}'.format(box.os)
    return '{0.os.environ}'.format(box)
    return '{:{b.os.environ}}'.format(1, b=box)
    return '{b[os].environ}'.format_map({'b': table})
    return str.format('{0.os.environ}', box)
    return f'{box.os.environ}'
    return box.json.codecs
    return box.json.decoder.JSONDecodeError
    return box.lib.__loader__
    return tools.inner.sys.modules
    from operator import attrgetter; return attrgetter('os.environ')(box)
    from operator import attrgetter; return attrgetter('environ')(box.os)
    from operator import attrgetter; return attrgetter('x', 'os.environ')(box)
    from operator import methodcaller; return methodcaller('getcwd')(box.os)
    from functools import partial; return partial(getattr, box.os)('environ')
    with box.os.scandir() as s: return s
    for m in [box.os]: return m.environ
    box.os.environ['zork'] = '1'; return 0
    box.os.zork = 1; return 0
    del box.os.zork; return 0
    box.os.sep += 'x'; return 0
    return vars(box.os)
    return type(box.os)('zork')
    return box.os.__dict__
    return Child().os.environ
    import types; return types.SimpleNamespace(m=box.os).m.environ
    return x.environ
    y = x; return y.environ
    return super_os(x)
    from types import SimpleNamespace as N; return N(strip=lambda: box.os).strip().environ
    import json; return json.loads('{}', object_hook=lambda d: box.os).environ
    import functools; return functools.reduce(lambda a, b: box.os, [1, 2]).environ
    from operator import itemgetter; return itemgetter('os')(table).environ
    import uuid; return uuid.UUID(int=1, is_safe=box.os).is_safe.environ
    """.strip().splitlines(),
)
def test_a_module_in_an_object_is_a_view_wherever_it_is_met(language, body):
    """What the original does not use of it, and the policy does not open, is closed; nothing is written to it."""
    import os

    made = language.original(HOLDING.replace("def f(x): return ", "def f(x): return Child, "))
    lines = body.strip().replace("; return", "\nreturn")
    text = "def super_os(m): return m.environ\ndef f(x):\n" + textwrap.indent(lines, "    ")
    if "super_os" not in body:
        text = text.partition("\n")[2]
    if not language.findings(text, made):
        with pytest.raises((GuardRefusal, AttributeError)):
            language.fix(text, made)(os)
    assert not hasattr(os, "zork")
    assert os.sep == "/" or os.name == "nt"


def test_what_the_original_uses_of_a_module_in_an_object_stays_usable(language):
    """And what the policy opens; a module with powers needs the policy whatever the original does."""
    from fukkatsu.policy import Policy

    made = language.original(HOLDING)
    assert language.fix("def f(x): return box.json.dumps([x]), box.lib.sqrt(4)", made)(1) == ("[1]", 2.0)
    assert language.fix("def f(x):\n    j = box.json\n    return j.dumps(x or 0)", made)(None) == "0"
    assert language.fix("def f(x): return box.os.path.join('a', 'b')", made)(1) == "a/b"
    opened = Policy().allowing(imports={"os.getcwd"})
    assert language.fix("def f(x): return box.os.getcwd()", made, opened)(1)
    self_held = language.original(
        "import random\nclass C:\n    def __init__(self): self.r = random\n    def f(self, x): return self.r.choice(x)",
        "C.f",
    )
    one = self_held.module.C()
    assert language.fix("def f(self, x): return self.r.choice(x or [3])", self_held)(one, []) == 3
    with pytest.raises(AttributeError):
        language.fix("def f(self, x): return self.r.seed(x)", self_held)(one, 0)


def test_look_ups_on_ordinary_values_are_as_ever(language):
    """The rewritten text evaluates each part once, in order, in every scope."""
    language.same(
        """
        def f(rows, names):
            seen = []
            def note(value):
                seen.append(value)
                return value
            first = note(rows)[0].real
            parts = [note(n).imag for n in note(rows) if n.real > 1]
            both = {n.real: [m.real for m in note(rows)] for n in rows}
            gen = list(g.real for g in (r.conjugate() for r in rows))
            (a, b), *rest = [(rows[0], rows[-1]), 1]
            text = ",".join(n.title().replace("a", "b").strip() for n in names)
            for index, row in enumerate(rows):
                first += row.real + index
            with_default = (lambda r=rows[0]: r.real)()
            class_name = rows[0].__class__.__name__
            while (last := rows[-1]).real > 100:
                break
            return first, parts, both, gen, a.real, b.imag, text, with_default, class_name, last.real, seen
        """,
        ([1, 2, 3], ["anna", "bob"]),
        ([4.5], []),
    )


# -- what tells one call from another, or a trial from production ------------------------------------------------------

TELLING = {
    "a cache of patterns": "s = ''.join(['n', str(x)])\nreturn re.compile(s).pattern is s",
    "a cache of patterns by number": "s = ''.join(['n', str(x)])\nreturn id(re.compile(s).pattern) == id(s)",
    "a cache of patterns, negated": "s = ''.join(['n', str(x)])\nreturn not (re.compile(s).pattern is not s)",
    "in a comprehension": "s = ''.join(['n', str(x)])\nreturn [p for p in [s] if re.compile(p).pattern is s] == [s]",
    "in its iterable": "s = ''.join(['n', str(x)])\nreturn [1 for _ in [re.compile(s).pattern is s]] == [1]",
    "interned text": "s = ''.join(['n', str(x)])\nreturn sys.intern(s) is s and sys.intern('n' + str(x)) is s",
    "a big number": "return int('9' * 30) is int('9' * 30)",
    "a name of a logger": "s = ''.join(['n', str(x)])\nreturn logging.getLogger(s).name is s",
    "a level": "return logging.getLogger('a').isEnabledFor(1)",
    "a level of the original's logger": "return log.isEnabledFor(1)",
    "a message that is wanted": "return log.error('a', extra={'message': 1}) is None",
    "a message that is not wanted": "return log.debug('a', extra={'message': 1}) is None",
    "flags of the decimals": "with decimal.localcontext() as c:\n    return not any(c.flags.values())",
    "a terminal": "return not sys.stdout.isatty()",
}


@pytest.mark.parametrize("way", TELLING)
def test_calls_and_trials_are_told_apart_by_nothing(language, way):
    """The answer is the same in the first call and the last, with logging on and off, in a terminal and in none."""
    import decimal
    import logging

    made = language.original("import logging\nlog = logging.getLogger('shop.telling')\ndef f(x): log.info(x)")
    body = textwrap.indent(TELLING[way], "    ")
    fix = language.fix(f"import decimal, logging, re, sys\ndef f(x):\n{body}\n", made)
    root = logging.getLogger()
    before, names = root.level, set(logging.Logger.manager.loggerDict)
    decimal.Decimal(1) / 3
    try:
        for level in (1, 60):
            root.setLevel(level)
            assert fix(12345) is True
            assert fix(12345) is True
    finally:
        root.setLevel(before)
    assert set(logging.Logger.manager.loggerDict) == names


def test_loggers_still_log_under_their_names(language, caplog):
    """With and without a logger of that name, from the line that the message stands on."""
    import logging

    logging.getLogger("shop.made")
    fix = language.fix(
        "import logging\nlog = logging.getLogger(__name__)\ndef f(x):\n    log.warning('one %s', x)\n"
        "    logging.getLogger('shop.made.below').error('two')\n    logging.getLogger('shop.made').log(40, 'three')\n"
        "    logging.warning('four')\n    logging.getLogger().error('five')"
    )
    with caplog.at_level(logging.WARNING):
        fix(1)
    assert caplog.messages == ["one 1", "two", "three", "four", "five"]
    assert [record.name.startswith("shop") for record in caplog.records] == [True, True, True, False, False]
    assert {record.lineno for record in caplog.records} == {4, 5, 6, 7, 8}
    assert "shop.made.below" not in logging.Logger.manager.loggerDict
    for wrong in ("log.warning()", "log.log('x', 'y')", "logging.getLogger(5)"):
        with pytest.raises(TypeError):
            language.fix(f"import logging\nlog = logging.getLogger('a')\ndef f(x): {wrong}")(1)


LIMITED = {
    "except Exception": "try:\n        return g(n + 1)\n    except Exception:\n        return n",
    "bare": "try:\n        return g(n + 1)\n    except:\n        return n",
    "RuntimeError": "try:\n        return g(n + 1)\n    except RuntimeError:\n        return n",
    "a name": "kinds = (ValueError, Exception)\n    try:\n        return g(n + 1)\n    except kinds:\n        return n",
    "a builtin's name": "ValueError = Exception\n    try:\n        return g(n + 1)\n    except ValueError:\n        return n",
    "a tuple": "try:\n        return g(n + 1)\n    except (KeyError, Exception):\n        return n",
    "the second": "try:\n        return g(n + 1)\n    except KeyError:\n        pass\n    except Exception:\n        return n",
    "a group": "m = n\n    try:\n        g(n + 1)\n    except* Exception:\n        m = 0\n    return m",
    "a named group": "m = n\n    try:\n        g(n + 1)\n    except* RuntimeError as e:\n        m = 0\n    return m",
    "suppress": "with contextlib.suppress(Exception):\n        return g(n + 1)\n    return n",
    "by name": "try:\n        return g(n + 1)\n    except RecursionError:\n        return n",
    "memory": "try:\n        return len(bytearray(10 ** 15))\n    except Exception:\n        return n",
    "memory by name": "try:\n        return len(bytearray(10 ** 15))\n    except MemoryError:\n        return n",
}


@pytest.mark.parametrize("way", LIMITED)
def test_no_correction_learns_how_deep_it_may_go_or_how_much_there_is(language, way):
    """A trial has less of it than production, or more: the exception passes every handler."""
    body = LIMITED[way]
    text = f"import contextlib\ndef g(n):\n    {body}\ndef f(x):\n    return g(0)\n"
    if not language.findings(text):
        with pytest.raises((RecursionError, MemoryError, GuardRefusal, BaseExceptionGroup)):
            language.fix(text)(1)


def test_what_the_original_catches_of_it_a_correction_may_catch_too(language):
    """And every other exception is caught as ever."""
    made = language.original("def f(x):\n    try: return f(x)\n    except RecursionError: return 'deep'")
    assert (
        language.fix("def f(x):\n    try: return f(x)\n    except RecursionError: return 'deeper'", made)(1) == "deeper"
    )
    assert language.fix("def f(x):\n    try: return f(x)\n    except Exception: return 'deeper'", made)(1) == "deeper"
    language.same(
        """
        import contextlib
        def f(x):
            seen = []
            for step in (lambda: 1 / x, lambda: {}[x], lambda: int("a"), lambda: x.nothing):
                try:
                    seen.append(step())
                except ZeroDivisionError:
                    seen.append("zero")
                except (KeyError, ValueError) as error:
                    seen.append(type(error).__name__)
                except:
                    seen.append("other")
            with contextlib.suppress(LookupError):
                seen.append([][1])
            try:
                raise ExceptionGroup("g", [ValueError(1)])
            except* Exception as group:
                seen.append(len(group.exceptions))
            return seen
        """,
        (0,),
        (2,),
    )


def test_identity_of_everything_but_text_and_numbers_is_as_ever(language):
    """Lists, None, sentinels, classes, enumerations, instances; and equal texts are one."""
    language.same(
        """
        import enum, math
        def f(a, b):
            first, second = [1], [1]
            nan = math.nan
            return (a is b, a is not b, a is None, first is second, first is first, [first][0] is first, a is _MISSING,
                    _MISSING is _MISSING, type(a) is int, a is True, nan is nan, id(first) == id(second),
                    id(first) == id(first), len({id(first), id(second)}), first is not second, not a is b)
        """,
        (1, 1),
        (None, 0),
        (True, 1),
        original="_MISSING = object()",
    )


def test_control_flow_exceptions_are_classes_that_nobody_hands_out(language):
    """Whoever held CancelledError could catch it."""
    import asyncio

    made = language.original("def f(x): return x")
    with pytest.raises(GuardRefusal):
        language.fix("def f(x): return type(x)", made)(asyncio.CancelledError())
    with pytest.raises(GuardRefusal):
        language.fix("def f(x): return x.__class__", made)(KeyboardInterrupt())
    assert language.fix("def f(x): return type(x), isinstance(x, type(x))", made)(KeyError(1)) == (KeyError, True)


def test_nothing_that_gather_started_goes_on_when_one_of_them_raises(language):
    """The library's lets the others run."""
    import asyncio

    ran: list[int] = []
    fix = language.fix(
        """
        import asyncio
        async def f(x):
            async def wrong():
                raise ValueError("wrong")
            async def later():
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                x.append(1)
            try:
                await asyncio.gather(wrong(), later())
            except ValueError:
                pass
            return await asyncio.gather(asyncio.sleep(0, 2), asyncio.sleep(0, 3))
        """,
        "async def f(x): return x",
    )

    async def outer():
        assert await fix(ran) == [2, 3]
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(outer())
    assert ran == []


# -- texts that would keep the host's own compiler busy ----------------------------------------------------------------


def test_finally_in_finally_is_refused_before_it_is_compiled(language):
    """The compiler doubles the code with each; a few deep, as people write, are compiled."""

    def nested(depth: int) -> str:
        lines, indent = ["def f(x):"], "    "
        for _ in range(depth):
            lines += [f"{indent}try:", f"{indent}    x = x", f"{indent}finally:"]
            indent += "    "
        return "\n".join([*lines, f"{indent}x = x", "    return x", ""])

    assert language.fix(nested(4))(3) == 3
    assert "finally" in language.findings(nested(24))
    many = "def f(x):\n    try:\n" + "        if x: return 1\n" * 2_000 + "    finally:\n" + "        x = x\n" * 50
    assert "finally" in language.findings(many)


def test_a_text_with_thousands_of_unknown_names_is_read_again_once(language, monkeypatch):
    """Each refusal names its line, and the text is parsed no more often for many than for one."""
    import ast

    text = "def f(x):\n" + "".join(f"    a{n}\n" for n in range(2_000))
    original, asked, parse = language.original("def f(x): return x"), [], ast.parse
    with monkeypatch.context() as patched:
        patched.setattr(ast, "parse", lambda *given, **more: asked.append(1) or parse(*given, **more))
        found = language.check(text, original)
    assert [finding.line for finding in found] == list(range(2, 22))
    assert len(asked) <= 2


# -- methods that set attributes ---------------------------------------------------------------------------------------

STRICT = """
import uuid
class Strict:
    def __setattr__(self, name, value): super().__setattr__(name, value)
    def __delattr__(self, name): super().__delattr__(name)
class Frozen:
    def __init__(self, x): object.__setattr__(self, "x", x)
class Made(tuple):
    def __new__(cls, *items): return super().__new__(cls, items)
class Other: pass
"""
SETTING = {
    "another class's parent": ("Strict.__setattr__", "super(uuid.UUID, uuid.NAMESPACE_DNS).__setattr__('int', 1)"),
    "the parent of everything": ("Strict.__setattr__", "super(object, uuid.NAMESPACE_DNS).__setattr__('int', 1)"),
    "a class": ("Strict.__setattr__", "super().__setattr__('__class__', value)"),
    "a class by a name": ("Strict.__setattr__", "super().__setattr__('__cl' + 'ass__', value)"),
    "a namespace": ("Strict.__setattr__", "super().__setattr__('__di' + 'ct__', {})"),
    "another's attribute taken away": ("Strict.__delattr__", "super(uuid.UUID, uuid.NAMESPACE_DNS).__delattr__('int')"),
    "a constant": ("Frozen.__init__", "object.__setattr__(uuid.NAMESPACE_DNS, 'int', 1)"),
    "another author's object": ("Frozen.__init__", "object.__setattr__(x, 'y', 1)"),
    "an instance of another class": ("Made.__new__", "super().__new__(type(items[0]))"),
}


@pytest.mark.parametrize("way", SETTING)
def test_parents_methods_are_open_for_the_class_and_the_instance_at_hand(language, way):
    """Whatever ``super`` is told, and whatever object is named."""
    import uuid

    method, payload = SETTING[way]
    made = language.original(STRICT, method)
    before, other = uuid.NAMESPACE_DNS.int, made.module.Other()
    heads = {
        "__setattr__": "self, name, value",
        "__delattr__": "self, name",
        "__init__": "self, x",
        "__new__": "cls, *items",
    }
    name = method.partition(".")[2]
    text = f"import uuid\ndef {name}({heads[name]}):\n    {payload}\n"
    given = {"__setattr__": ("a", made.module.Other), "__delattr__": ("a",), "__init__": (other,), "__new__": (other,)}
    if not language.findings(text, made):
        fix = language.fix(text, made)
        instance = (
            made.module.Made
            if name == "__new__"
            else getattr(made.module, method.partition(".")[0]).__new__(getattr(made.module, method.partition(".")[0]))
        )
        with pytest.raises(GuardRefusal):
            fix(instance, *given[name])
    assert uuid.NAMESPACE_DNS.int == before
    assert not vars(other)


def test_methods_that_set_attributes_of_their_own_instance_work_as_ever(language):
    """Public and private ones, whatever name the caller gives; frozen ones set themselves up."""
    made = language.original(STRICT, "Strict.__setattr__")
    one = made.module.Strict()
    fix = language.fix("def __setattr__(self, name, value): super().__setattr__(name, value or 0)", made)
    fix(one, "a", None)
    fix(one, "_b", 2)
    language.fix("def __setattr__(self, name, value): super(Strict, self).__setattr__(name, value)", made)(one, "c", 3)
    assert vars(one) == {"a": 0, "_b": 2, "c": 3}
    made = language.original(STRICT, "Strict.__delattr__")
    one = made.module.Strict()
    vars(one)["a"] = 1
    language.fix("def __delattr__(self, name):\n    if name in ('a',): super().__delattr__(name)", made)(one, "a")
    assert vars(one) == {}
    made = language.original(STRICT, "Frozen.__init__")
    frozen = object.__new__(made.module.Frozen)
    language.fix("def __init__(self, x): object.__setattr__(self, 'x', x or 0)", made)(frozen, None)
    assert frozen.x == 0
    made = language.original(STRICT, "Made.__new__")
    assert language.fix("def __new__(cls, *items): return super().__new__(cls, items or (0,))", made)(
        made.module.Made
    ) == (0,)


def test_annotations_that_a_correction_makes_are_not_evaluated(language):
    """Neither set on a namespace nor handed to the original's own get_type_hints."""
    import copy
    import types

    made = language.original(
        "import types, typing\nfrom typing import get_type_hints\ndef f(x): return get_type_hints(x)"
    )

    class Own:
        n: int

    assert language.fix("def f(x): return get_type_hints(x)", made)(Own) == {"n": int}
    with pytest.raises(GuardRefusal):
        language.fix("def f(x): return get_type_hints(x)", made)(types.SimpleNamespace(__annotations__={"a": "1"}))
    if hasattr(copy, "replace"):
        with pytest.raises(GuardRefusal):
            language.fix(
                "import copy, types\ndef f(x): return copy.replace(types.SimpleNamespace(), **{'__annot' + 'ations__': {}})"
            )(1)


@pytest.mark.parametrize(
    "expression",
    ["v.tofile('x')", "d.to_csv('x')", "d.query('@pd.io')", "d.eval('a')", "d.agg('to_csv')", "d.agg(['sum', 'to_csv'])",
     "d.apply('to_pickle')", "d.agg({'a': 'to_csv'})", "d.to_json('x')", "d.pipe(print)", "getattr(d, 'to_' + 'json')('x')"],
)  # fmt: skip
def test_tables_and_arrays_write_no_files_and_run_no_text(language, expression):
    """Unless the original does; functions and plain statistics are applied as ever."""
    np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    original = "def f(d, v): return d.sum()"
    frame, array = pd.DataFrame({"a": [1, 2]}), np.array([1.0])
    text = f"def f(d, v): return {expression}"
    if not language.findings(text, original):
        with pytest.raises(GuardRefusal):
            language.fix(text, original)(frame, array)
    fine = "def f(d, v): return d.agg('sum')['a'] + d.agg({'a': ['sum', 'max']}).a.iloc[0] + d.apply(lambda c: c.max())['a']"
    assert language.fix(fine, original)(frame, array) == 8
    uses = language.original("def f(d, v): return d.query('a > 1')")
    assert len(language.fix("def f(d, v): return d.query('a > 1') if len(d) else d", uses)(frame, array)) == 1


OWNING = """
class Base:
    _below = 1
class Cart(Base):
    rate = 1
    def __init__(self, x=0): self.x, self._items = x, []
    def total(self): return sum(self._items) + self._rounding()
    def _rounding(self): return 0
    def mean(self, other):
        self.x = self.total() / other
    @classmethod
    def tune(cls, rate): cls.rate = rate
class Other(Base):
    def __init__(self, x=0): self.x = x
"""


@pytest.mark.parametrize(
    "payload",
    ["super(type(other), other).__init__(1)", "super(Cart, other).__init__()", "other.__init__(5)", "Base.__init__(other)",
     "type(other).__init__(other, 5)", "type(self).x = 5", "setattr(Cart, 'x', 5)", "Cart.x = 5", "self.__class__.x = 1",
     "type(self).rate = 5"],
)  # fmt: skip
def test_a_method_makes_no_object_anew_and_writes_to_no_class(language, payload):
    """Although it assigns a name of that spelling on its own instance."""
    made = language.original(OWNING, "Cart.mean")
    other = made.module.Other(3)
    if not language.findings(f"def mean(self, other):\n    {payload}", made):
        with pytest.raises((GuardRefusal, TypeError)):
            language.fix(f"def mean(self, other):\n    {payload}", made)(made.module.Cart(), other)
    assert other.x == 3
    assert made.module.Cart.rate == 1
    assert "x" not in vars(made.module.Cart)


def test_a_method_reads_what_its_siblings_do_and_writes_what_it_writes_itself(language):
    """Private names of its class and of those below it; a class method goes on writing to its class."""
    made = language.original(OWNING, "Cart.mean")
    cart = made.module.Cart()
    text = "def mean(self, other):\n    if not self._items:\n        self.x = self._rounding() + self._below\n        return"
    language.fix(text, made)(cart, 0)
    assert cart.x == 1
    assert language.findings("def mean(self, other): self._items = []", made)
    assert language.findings("def mean(self, other): return self._nothing", made)
    made = language.original(OWNING, "Cart.tune")
    language.fix("def tune(cls, rate): cls.rate = rate or 2", made)(made.module.Cart, None)
    assert made.module.Cart.rate == 2
    made = language.original(OWNING, "Cart.__init__")
    assert language.fix("def __init__(self, x=0):\n    super().__init__()\n    self.x, self._items = x or 1, []", made)


@pytest.mark.filterwarnings("ignore:coroutine", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_tasks_end_with_the_one_that_started_them(language):
    """An iterator of as_completed() that its own task keeps alive goes on for no one."""
    import asyncio
    import gc

    ran: list[int] = []
    fix = language.fix(
        """
        import asyncio
        async def f(x):
            kept = []
            async def forever():
                while kept is not None:
                    await asyncio.sleep(0)
                    x.append(1)
            kept.append(iter(asyncio.as_completed([forever()])))
            next(kept[0])
            await asyncio.sleep(0)
            return 1
        """,
        "async def f(x): return x",
    )

    async def outer():
        await asyncio.ensure_future(fix(ran))
        await asyncio.sleep(0)
        so_far = len(ran)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(ran) <= so_far + 1

    asyncio.run(outer())
    gc.collect()


@pytest.mark.parametrize(
    ("imports", "pattern"),
    [
        ("", "object(environ=e)"),
        ("", "[object(environ=e)] | object(environ=e)"),
        ("kind = object", "kind(environ=e)"),
        ("from collections.abc import Hashable", "Hashable(environ=e)"),
        ("import collections.abc", "collections.abc.Hashable(environ=e)"),
        ("import typing", "typing.Hashable(environ=e)"),
        ("", "Widest(environ=e)"),
    ],
)
def test_a_pattern_looks_up_nothing_on_a_module(language, imports, pattern):
    """Attributes in a pattern are looked up by Python itself, so the class must be one that no module is of."""
    import os

    made = language.original("from collections.abc import Hashable as Widest\ndef f(x): return Widest")
    text = f"def f(x):\n    {imports or 'pass'}\n    match x:\n        case {pattern}: return e\n"
    assert language.findings(text, made)
    fine = language.original("class P:\n    def __init__(self): self.x = 3\ndef f(x): return P")
    text = "import datetime\ndef f(x):\n    match x:\n        case P(x=n): return n\n        case datetime.date(year=y): return y\n"
    fixed = language.fix(text, fine)
    assert fixed(fine.module.P()) == 3
    assert fixed(os) is None
