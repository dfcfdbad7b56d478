"""Programs that try to reach beyond their function: each is refused in the text, or by a guard when it runs."""

from __future__ import annotations

import pytest

from fukkatsu._language.guards import GuardRefusal, take_refusals

EXPRESSIONS = """
x.__class__.__base__.__subclasses__()
type(x).mro()
(lambda: 0).__code__
f.__globals__
f.__builtins__
f.__closure__
f.__defaults__
f.__kwdefaults__
().__class__.__bases__[0]
'{0.__class__.__mro__}'.format(x)
'{0.__class__.__mro__}'.format
list(map('{0.__class__.__mro__}'.format, [x]))
('{0.__cl' + 'ass__.__mro__}').format(x)
('{0[0].__cl' + 'ass__}').format([x])
('{0:{0.__cl' + 'ass__}}').format(x)
('{a.__cl' + 'ass__}').format_map({'a': x})
str.format('{0.__class__.__mro__}', x)
getattr(str, 'format')('{0.__class__.__mro__}', x)
getattr('{0.__class__.__mro__}', 'for' + 'mat')(x)
list(map(str.format, ['{0.__class__.__mro__}'], [x]))
getattr(x, '__mro__')
getattr(getattr(x, '__cl' + 'ass__'), '__m' + 'ro__')
getattr(x, '__glo' + 'bals__', None)
list(map(getattr, [f], ['__glo' + 'bals__']))
sorted([f], key=lambda g: getattr(g, '__co' + 'de__'))
type('X', (), {})
type(type(x))('X', (), {})
type(type)('X', (), {})
(type)(*('X', (), {}))
[t for t in [type]][0]('X', (), {})
list(map(type, ['X'], [()], [{}]))
type(lambda: 0)
type(f)
(lambda: 0).__class__
x.__class__.__class__
getattr(x.__class__, '__cl' + 'ass__')
isinstance.__self__
print.__self__.eval('1')
[].append.__self__
(x for x in [1]).gi_frame.f_globals
(x for x in [1]).gi_code
(x for x in [1]).gi_yieldfrom
f.__call__.__self__
f.__init__.__globals__
x.__reduce_ex__(2)
x.__reduce__()
x.__getattribute__('__class__')
object.__getattribute__(x, '__class__')
object.__new__(int)
object.__subclasses__()
int.__subclasses__()
int.__dict__
f.__dict__
x.__dict__
x.__setattr__('a', 1)
BaseException
SystemExit
KeyboardInterrupt
GeneratorExit
BaseExceptionGroup
__import__('os')
__builtins__
__loader__
__spec__
__file__
eval('1')
exec('1')
compile('1', '', 'eval')
open('/etc/passwd')
globals()
locals()
vars()
vars(x)
breakpoint()
input()
help()
exit()
quit()
setattr(x, '__class__', int)
setattr(f, '__code__', 1)
setattr(print, 'a', 1)
setattr(int, 'a', 1)
delattr(x, '__dict__')
ｅval('1')
𝘦𝘷𝘢𝘭('1')
x.__ｃlass__.__mro__
f'{x.__class__.__mro__}'
f'{(lambda: x.__globals__)()}'
f'{x!r:{x.__class__.__mro__}}'
[x.__globals__ for x in [f]]
(y := f).__globals__
(lambda g=f: g.__globals__)()
x.with_traceback(None)
x.__traceback__
x.__context__
x.tb_frame
x.f_back
x.cr_frame
x.ag_frame
x.co_consts
x.get_loop()
x._private
x.os
x.sys.modules
x.system('id')
10 ** 10 ** 10
'x' * 10 ** 10
[0] * 10 ** 12
1 << 10 ** 9
9 ** 9 ** 9 ** 9
f'{x:999999999}'
'{:999999999}'.format(x)
('{:9999' + '99999}').format(x)
Exception.__subclasses__()
super().__getattribute__('x')
super().__class__.__mro__
""".strip().splitlines()

IMPORTS = """
import os | os.system('id')
import os | os.environ
import os | os.remove('x')
import os | os.path.exists('/')
import os.path | os.path.os
import os.path as p | p.genericpath
import sys | sys.modules
import sys | sys.exit()
import sys | sys._getframe()
import sys | sys.stdout.buffer
import json | json.codecs.builtins.eval
import json | json.decoder
import json | getattr(json, 'co' + 'decs')
import json | setattr(json, 'dumps', 1)
import json | json.__dict__
import re | re.enum.sys
import re | re._compiler
import re | getattr(re, 'en' + 'um')
import dataclasses | dataclasses.sys
import dataclasses | dataclasses.make_dataclass('X', [])
import dataclasses | dataclasses.dataclass
import typing | typing.sys
import typing | typing.get_type_hints(x)
import typing | typing.NamedTuple('X', [])
import typing | typing.ForwardRef
import fractions | fractions.sys
import calendar | calendar.sys
import statistics | statistics.sys
import uuid | uuid.os
import contextlib | contextlib.os
import contextlib | contextlib.ExitStack()
import logging | logging.os
import logging | logging.FileHandler('x')
import logging | logging.getLogger().handlers
import logging | logging.getLogger().manager
import functools | functools.singledispatch(f)
import functools | functools.wraps(f).func
import functools | functools.wraps(f, assigned=('__globals__',))(x)
import functools | functools.update_wrapper(x, f, ('__globals__',), ())
import operator | operator.attrgetter('__class__.__mro__')(x)
import operator | operator.attrgetter('__cl' + 'ass__')(x)
import operator | operator.attrgetter('real.__cl' + 'ass__')(x)
import operator | operator.attrgetter('for' + 'mat')('{0.__class__}')(x)
import operator | operator.methodcaller('__cl' + 'ass__')(x)
import operator | operator.methodcaller('for' + 'mat', x)('{0.__class__}')
from operator import attrgetter | attrgetter(*['__cl' + 'ass__'])(x)
from os import system | system
from os import environ | environ
from os import path | path.exists
from os import * | 1
from json import codecs | codecs
from re import enum | enum
from builtins import eval | eval
from functools import reduce | reduce(getattr, ['__cl' + 'ass__', '__m' + 'ro__'], x)
from functools import partial | partial(getattr, x)('__glo' + 'bals__')
from functools import partial | partial(type, 'X', ())({})
import collections | collections.namedtuple('A', 'b')
import collections | collections._sys
from enum import Enum | Enum('X', {'__eq__': lambda s, o: True})
from enum import Enum | Enum('X', 'a b')
from enum import Enum | Enum.real
import enum | enum.EnumType('X', (), {})
import string | string.Formatter().format('{0.__class__}', x)
import decimal | decimal.getcontext()
import decimal | decimal.setcontext(1)
import decimal | decimal.DefaultContext
import random | random.seed(1)
import csv | csv.field_size_limit(1)
from numbers import Number | Number.register(str)
from collections.abc import Sequence | getattr(Sequence, 'regi' + 'ster')(dict)
import time | time.sleep(1)
import types | types.FunctionType
import types | types.CodeType
import copy | copy.copy(copy)
import copy | copy.deepcopy(copy)
import asyncio | asyncio.get_event_loop()
import asyncio | asyncio.create_subprocess_shell('id')
import asyncio | asyncio.sys
import io | io.open('/etc/passwd')
import io | io.FileIO('/etc/passwd')
import pathlib | pathlib.Path('/etc/passwd').read_text()
from pathlib import PurePath | PurePath('a').parser.exists('/')
import math | math.__loader__
import math | math.__spec__
import math | vars(math)
import math | math.__class__
import warnings | warnings.simplefilter('ignore')
import zoneinfo | zoneinfo.reset_tzpath()
import urllib.parse | urllib.request
import urllib.parse | urllib.parse.sys
import urllib.request | 1
import json.decoder | 1
import xml.etree.ElementTree | 1
import importlib | 1
import builtins | 1
import subprocess | 1
import gc | 1
import inspect | inspect.currentframe()
import inspect | inspect.stack()
import pprint | pprint.pprint
import ctypes | 1
import pickle | 1
import marshal | 1
import codecs | 1
import threading | 1
import multiprocessing | 1
import signal | 1
import atexit | 1
import socket | 1
import _io | 1
import posix | 1
import numpy | 1
import does_not_exist | 1
from . import x as y | 1
from .. import os | 1
""".strip().splitlines()


def outcome(language, text):
    """``"static"``, or what running the function came to."""
    if language.findings(text):
        return "static"
    try:
        return language.fix(text)(3)
    except Exception as error:
        return error


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_that_reaches_out_is_refused(language, expression):
    """In the text where the name stands there; by a guard, with a note left, where it is put together."""
    got = outcome(language, f"def f(x):\n    return {expression}\n")
    assert got == "static" or isinstance(got, GuardRefusal), got
    if isinstance(got, GuardRefusal):
        assert take_refusals()


@pytest.mark.parametrize("place", ["beside", "inside"])
@pytest.mark.parametrize("attempt", IMPORTS)
def test_a_module_never_leads_to_another_or_to_its_powers(language, attempt, place):
    """Wherever the import stands; a view lacks what is not open, so that names put together fail too."""
    statement, _, expression = attempt.partition(" | ")
    text = (
        f"{statement}\ndef f(x):\n    return {expression}\n"
        if place == "beside"
        else f"def f(x):\n    {statement}\n    return {expression}\n"
    )
    got = outcome(language, text)
    assert got == "static" or isinstance(got, (GuardRefusal, AttributeError, ImportError, TypeError)), got


STATEMENTS = {
    "decorator": "@print\ndef f(x):\n    return x",
    "decorator on a helper": "@print\ndef g(): pass\ndef f(x):\n    return x",
    "default with code": "def f(x=print('now')):\n    return x",
    "default of a helper": "def g(y=print('now')): pass\ndef f(x):\n    return x",
    "annotation with code": "def f(x: print('now')):\n    return x",
    "annotation that walks": "def f(x) -> ().__class__.__base__:\n    return x",
    "annotation of a variable": "def f(x):\n    y: print('now') = 1\n    return y",
    "class": "def f(x):\n    class A:\n        def __eq__(self, o): return True\n    return A()",
    "class at the top": "class A:\n    pass\ndef f(x):\n    return x",
    "metaclass": "def f(x):\n    class A(metaclass=print): pass\n    return A",
    "top-level call": "print('now')\ndef f(x):\n    return x",
    "top-level assignment": "y = print(1)\ndef f(x):\n    return x",
    "top-level if": "if True:\n    import os\ndef f(x):\n    return x",
    "top-level try": "try:\n    import os\nexcept ImportError:\n    os = None\ndef f(x):\n    return x",
    "top-level walrus": "(f2 := print)\ndef f(x):\n    return x",
    "rebinding": "def f(x):\n    return x\nf = print",
    "second definition": "def f(x):\n    return x\ndef f(x):\n    return 2",
    "import as the function": "import json as f\ndef f(x):\n    return x",
    "global": "def f(x):\n    global SECRET\n    SECRET = 1\n    return x",
    "global print": "def f(x):\n    global print\n    print = 1\n    return x",
    "delete global": "def f(x):\n    global len\n    del len\n    return x",
    "catch everything": "def f(x):\n    try:\n        return x\n    except BaseException:\n        return 1",
    "finally return": "def f(x):\n    while True:\n        try:\n            return 1 / x\n        finally:\n            return 2",
    "finally break": "def f(x):\n    for _ in [1]:\n        try:\n            return 1 / x\n        finally:\n            break",
    "finally continue": "def f(x):\n    for _ in [1]:\n        try:\n            return 1 / x\n        finally:\n            continue",
    "dunder store": "def f(x):\n    x.__class__ = int",
    "dunder delete": "def f(x):\n    del x.__dict__",
    "dunder local": "def f(x):\n    __builtins__ = x",
    "dunder parameter": "def f(x):\n    def g(__import__): pass",
    "dunder for target": "def f(x):\n    for __name__ in []: pass",
    "dunder with target": "def f(x):\n    with x as __file__: pass",
    "dunder except": "def f(x):\n    try: pass\n    except ValueError as __e__: pass",
    "dunder pattern": "def f(x):\n    match x:\n        case [*__a__]: pass",
    "dunder import alias": "import json as __builtins__\ndef f(x): return x",
    "dunder function": "def f(x):\n    def __getattr__(name): pass",
    "pattern attribute": "def f(x):\n    match x:\n        case object(__class__=c): return c",
    "pattern globals": "def f(x):\n    match x:\n        case object(__globals__=g): return g",
    "pattern obj": "def f(x):\n    match x:\n        case AttributeError(obj=o): return o",
    "attribute in for target": "def f(x):\n    for x.__class__ in [int]: pass",
    "attribute in with": "def f(x):\n    with x as x.__class__: pass",
    "attribute in unpacking": "def f(x):\n    (x.__class__, y) = 1, 2",
    "type alias": "def f(x):\n    type X = int\n    return x",
    "async where it was plain": "async def f(x):\n    return x",
    "generator where it was plain": "def f(x):\n    yield x",
    "another name": "def g(x):\n    return x",
    "another parameter": "def f(y):\n    return y",
    "one more parameter": "def f(x, y=1):\n    return x",
    "keyword only": "def f(*, x):\n    return x",
    "a default that was not": "def f(x=1):\n    return x",
    "undefined name": "def f(x):\n    return helper(x)",
    "name bound elsewhere": "def g():\n    open = 1\n    return open\ndef f(x):\n    return open(x)",
    "comprehension scope": "def f(x):\n    [open for open in []]\n    return open(x)",
    "nonlocal of nothing": "def f(x):\n    nonlocal y\n    y = 1",
    "return outside": "return 1",
    "not python": "def f(x:\n    return",
    "nothing": "",
    "only prose": "I cannot help with that.",
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_that_reaches_out_is_refused_in_the_text(language, name):
    """Definition time is run time for decorators, defaults and annotations; scoping is the compiler's own."""
    assert language.findings(STATEMENTS[name])


WRITES = {
    "a module of the original": ("MODULE.x = 1", "import json as MODULE\ndef f(x): return MODULE.dumps(x)"),
    "a class of the original": ("CLASS.x = 1", "class CLASS: pass\ndef f(x): return CLASS()"),
    "a function of the original": ("helper.x = 1", "def helper(): pass\ndef f(x): return helper()"),
    "a builtin class": ("int.x = 1", "def f(x): return x"),
    "setattr on a class": ("setattr(CLASS, 'x', 1)", "class CLASS: pass\ndef f(x): return CLASS()"),
    "delattr on a class": ("delattr(CLASS, 'x')", "class CLASS:\n    x = 1\ndef f(x): return CLASS()"),
    "del on a class": ("del CLASS.x", "class CLASS:\n    x = 1\ndef f(x): return CLASS()"),
    "augmented on a class": ("CLASS.x += 1", "class CLASS:\n    x = 1\ndef f(x): return CLASS()"),
    "a for target": ("for CLASS.x in [1]: pass", "class CLASS: pass\ndef f(x): return CLASS()"),
    "an unpacking": ("CLASS.x, y = 1, 2", "class CLASS: pass\ndef f(x): return CLASS()"),
    "a bound method": ("x.append.y = 1", "def f(x): return x"),
    "an exception group": ("g = ExceptionGroup('a', [ValueError()]); g.split = print", "def f(x): return x"),
}


@pytest.mark.parametrize("name", WRITES)
def test_attributes_of_what_everyone_shares_are_not_written(language, name):
    """Whatever statement writes: assignment, deletion, a loop's target, setattr."""
    statement, around = WRITES[name]
    text = f"def f(x):\n    {statement}\n"
    if language.findings(text, around):
        return
    fixed = language.fix(text, around)
    with pytest.raises(GuardRefusal):
        fixed([])
    assert take_refusals()


def test_item_writes_reach_no_shared_namespace(language):
    """The stock guard on item writes is dropped: of what it kept closed, nothing can be had as a value."""
    for owner in ("globals()", "vars(x)", "x.__dict__", "f.__globals__", "int.__dict__", "__builtins__"):
        assert language.findings(f"def f(x):\n    {owner}['y'] = 1\n"), owner
    for owner in ("math", "int", "f", "print"):
        fixed = language.fix(f"import math\ndef f(x):\n    {owner}['y'] = 1\n")
        with pytest.raises(TypeError):
            fixed(1)


def test_a_guard_cannot_be_shadowed(language):
    """Guards have names that no text can spell; names that look like them are ordinary variables."""
    fixed = language.fix(
        "def f(x):\n    _write_ = _getattr_ = getattr = lambda *a: 'mine'\n    type = getattr\n    return x.format(1)"
    )
    with pytest.raises(GuardRefusal):
        fixed("{0.__class__}")


def test_no_object_that_a_view_hands_out_leads_to_a_module_or_a_frame():
    """Walk everything that is open, attribute by attribute, calling classes along the way."""
    import functools
    import importlib
    import types

    from fukkatsu._language.attributes import closed_because
    from fukkatsu._language.facts import OriginalFacts
    from fukkatsu._language.program import guards_of
    from fukkatsu.policy import Policy

    policy = Policy()
    guards, modules, _ = guards_of(OriginalFacts(name="f", qualname="f"), policy, "x")
    bad = (types.ModuleType, types.FrameType, types.CodeType, types.TracebackType)
    worst = {functools.update_wrapper, eval, exec, open, __import__, type, functools.singledispatch}
    seen: set[int] = set()
    kinds: dict[type, int] = {}
    kept: list[object] = []

    def walk(path: str, value: object, depth: int) -> None:
        plain = isinstance(value, (int, float, str, bytes, type(None)))
        if plain or id(value) in seen or depth > 4 or kinds.get(type(value), 0) > 200:
            return
        seen.add(id(value))
        kept.append(value)  # or its id would be used again
        if not isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
            kinds[type(value)] = kinds.get(type(value), 0) + 1
            if kinds[type(value)] > 4:
                return
        assert not isinstance(value, bad), path
        assert not (isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)) and value in worst), path
        for name in dir(value):
            if closed_because(name, frozenset()):
                continue
            try:
                found = guards.getattr(value, name)
            except Exception:
                continue
            walk(f"{path}.{name}", found, depth + 1)

    for entry in policy.imports:
        module, _, name = entry.rpartition(".")
        try:
            importlib.import_module(entry)
        except ImportError:
            walk(entry, getattr(modules.view(module), name), 0)
        else:
            walk(entry, modules.view(entry), 0)
    assert len(seen) > 1_000
