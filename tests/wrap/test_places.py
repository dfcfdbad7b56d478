"""Which state a function changes is read from its text, and by which line it may have done so."""

from __future__ import annotations

import argparse
import configparser
import logging
import os
import subprocess
import sys
import textwrap
import threading
import types
from unittest import mock

import pytest

from fukkatsu._wrap.places import places_in, places_of
from fukkatsu._wrap.reached import places_reached
from fukkatsu._wrap.stateful import may_have_state

TABLE: dict[str, int] = {}


def places(body, free=(), parameters="x"):
    text = f"def f({parameters}):\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"
    return {str(place) for place in places_in(text, "f", frozenset(free))}


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("global N\nN += 1", {"N"}),
        ("global N\ndel N", {"N"}),
        ("global N\nfor N in x: pass", {"N"}),
        ("nonlocal n\nn = n + 1", {"n"}),
        ("T[x] = 1", {"T"}),
        ("T[x] += 1", {"T"}),
        ("del T[x]", {"T"}),
        ("T.append(x)", {"T"}),
        ("T[0].append(x)", {"T"}),
        ("T.get(x).append(1)", {"T"}),
        ("T.rows.items.append(x)", {"T.rows.items"}),
        ("T.rows = x", {"T.rows"}),
        ("T.rows.count += 1", {"T.rows.count"}),
        ("t = T\nt.append(x)", {"T"}),
        ("heapq.heappush(T, x)", {"T"}),
        ("[T.append(y) for y in x]", {"T"}),
        ("def inner():\n    T.append(x)\ninner()", {"T"}),
        ("helper(n)", {"n"}),
        ("helper(key=n)", {"n"}),
        ("return len(n)", set()),
        ("return n[x]", set()),
        ("return T[x] + T.get(x)", set()),
        ("t = []\nt.append(x)", set()),
        ("x.append(1)\nx[0] = 2\nx.y = 3", set()),
        ("T = {}\nT[x] = 1", set()),
        ("for t in x:\n    t.append(1)", set()),
        ("return helper(T)", set()),
    ],
)
def test_what_is_changed_is_found_and_what_is_only_read_is_not(body, changed):
    """Globals and closure variables, not arguments and not what the call makes for itself."""
    assert places(body, free=("n",)) == changed


def test_the_class_of_a_method_is_state_and_the_instance_is_an_argument():
    """`cls.a`, `type(self).a`, `self.__class__.a`; not `self.a`."""
    assert places("cls.made += 1\ncls.names.append(1)", parameters="cls") == {"cls.made", "cls.names"}
    body = "type(self).a = 1\nself.__class__.b = 2\nself.c = 3\nself.d.append(4)"
    assert places(body, parameters="self") == {"self.__class__.a", "self.__class__.b"}


@pytest.mark.parametrize(
    ("body", "line", "steady", "may"),
    [
        ("T[x] = 1 / x", 2, False, False),
        ("n = 1\nT[x] = n", 2, False, False),
        ("T[x] = 1\nreturn 1 / x", 3, False, True),
        ("T.append(1 / x)", 2, False, False),
        ("T.extend(1 / y for y in x)", 2, False, True),
        ("T.total += 1 / x", 2, True, False),
        ("T.rows += x", 2, False, True),
        ("for y in x:\n    1 / y\n    T.append(y)", 3, False, True),
        ("try:\n    1 / x\nfinally:\n    T.append(x)", 3, False, True),
        ("try:\n    return 1 / x\nexcept ValueError:\n    T.append(x)", 3, False, True),
        ("def inner():\n    T.append(x)\nreturn 1 / x", 4, False, True),
        ("T.append(x) or 1 / x", 2, False, True),
        ("a = T.b = 1 / x", 2, False, True),
        ("T.add(x)\nreturn 1 / x", 3, True, False),
        ("T.a = x\nreturn 1 / x", 3, True, True),
    ],
)
def test_the_line_of_the_failure_tells_what_cannot_have_happened_yet(body, line, steady, may):
    """In doubt it may have."""
    text = f"def f(x):\n{textwrap.indent(body, '    ')}\n"
    (place,) = places_in(text, "f", frozenset())
    assert any(touch.may_have_run(line, steady=steady) for touch in place.touches) == may


def stores_last(x):
    """A function of this file, for its lines."""
    y = 1 / x
    TABLE["y"] = y


def only_reads(x):
    return TABLE["y"] + len(TABLE) + x


def test_lines_are_those_of_the_file():
    """As a traceback has them."""
    (place,) = places_of(stores_last.__code__)
    assert place.touches[0].first == stores_last.__code__.co_firstlineno + 3


def test_an_indented_definition_is_read_too():
    """Methods, nested functions, strings with lines of their own."""

    class Shop:
        @staticmethod
        def note(x):
            """A string
            that is indented less."""
            TABLE[x] = 1

    (place,) = places_of(Shop.note.__code__)
    assert str(place) == "TABLE"


def test_without_positions_the_definition_is_found_all_the_same(tmp_path):
    """`-X no_debug_ranges`: the lines of closing brackets are in no code."""
    (tmp_path / "slim.py").write_text(
        "from fukkatsu._wrap.places import places_of\n\nT = {}\n\n\ndef note(x):\n    T.update(\n        a=x,\n    )\n"
        "    return [\n        x,\n    ]\n\n\nprint(*places_of(note.__code__))\n"
    )
    command = [sys.executable, "-X", "no_debug_ranges", "slim.py"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("T\n", "")


def test_most_functions_need_no_look_at_their_text():
    """Their bytecode shows it."""
    assert may_have_state(stores_last)
    assert not may_have_state(only_reads)
    assert not may_have_state(textwrap.dedent)


def test_a_text_that_cannot_be_read_says_so():
    """`exec`, a file that is gone."""
    namespace = {}
    exec("def f(x):\n    T[x] = 1\n", namespace)
    assert places_of(namespace["f"].__code__) is None
    assert places_in("def f(", "f", frozenset()) is None


def test_what_is_done_when_a_function_is_made_is_no_change_of_its_calls():
    """Decorators, defaults and annotations have run by then."""
    text = (
        "@T.register\n@T.add(1)\ndef f(x=T.pop(), *, y: T.setdefault('a', 1) = T.clear()) -> T.update():\n    return x"
    )
    assert places_in(text, "f", frozenset({"T"})) == ()


@pytest.mark.parametrize(
    "module", [argparse, configparser, logging, threading, mock], ids=lambda module: module.__name__
)
def test_no_function_is_too_odd_to_be_read(module):
    """The standard library's, as if each were decorated: with what it calls, and what that calls."""
    held = [value for value in vars(module).values() if isinstance(value, type | types.FunctionType)]
    methods = [value for kind in held if isinstance(kind, type) for value in vars(kind).values()]
    functions = [value for value in (*held, *methods) if isinstance(value, types.FunctionType)]
    found = [places_reached(function, ()) for function in functions]
    assert any(found)
    assert None not in [places for places, function in zip(found, functions, strict=True) if is_written(function)]


def is_written(function):
    """Whether its text stands in a file, under its own name."""
    code = function.__code__
    return os.path.exists(code.co_filename) and code.co_name == function.__name__ != "<lambda>"
