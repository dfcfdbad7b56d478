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
