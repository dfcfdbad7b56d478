"""The same program in plainer words: what is read instead of a text behaves like the text."""

from __future__ import annotations

import ast
import re

import pytest

from fukkatsu._language.plainer import plainer

PLAINER = {
    "loops apart": (
        "def f(xs):\n    out = []\n    for x in xs:\n        out.append(dict(x))\n"
        "    for x in out:\n        x['a'] = 1\n    return out\n"
    ),
    "loops over pairs": (
        "def f(xs):\n    out = {}\n    for i, x in enumerate(xs):\n        out.setdefault(i, []).extend(x)\n"
        "    for i, x in out.items():\n        x.sort()\n    return out\n"
    ),
    "variables of comprehensions": (
        "def f(xs):\n    out = {i: dict(x) for i, x in enumerate(xs)}\n    for x in xs:\n        len([x for x in x])\n"
        "    for x in out.values():\n        x['b'] = 3\n    return [x for x in out.values() if x]\n"
    ),
    "comprehensions in a loop": (
        "def f(xs):\n    out = []\n    for x in xs:\n        out.append({k: v for k, v in x.items()})\n"
        "    for x in out:\n        x['n'] = sum(v for v in x.values())\n    return out\n"
    ),
    "what is put": (
        "def f(xs):\n    out = []\n    for x in xs:\n        row = dict(x)\n        row['t'] = list(row)\n"
        "        row['t'].append(3)\n        out.append(row)\n    return out\n"
    ),
    "what is put by a name": (
        "def f(xs):\n    out = {}\n    for i, x in enumerate(xs):\n        out[i] = list(x)\n        out[i].append(i)\n"
        "        out[i].append(0)\n    return out\n"
    ),
}
AS_IT_IS = {
    "one loop": "def f(xs):\n    for x in xs:\n        print(x)\n",
    "used after the loop": "def f(xs):\n    for x in xs:\n        pass\n    for x in [1]:\n        pass\n    return x\n",
    "bound before": "def f(x):\n    for x in x:\n        pass\n    for x in [1]:\n        pass\n",
    "one loop in the other": "def f(xs):\n    for x in xs:\n        for x in x:\n            pass\n",
    "in what is drawn from later": (
        "def f(xs):\n    for x in xs:\n        g = (y for y in [1] if x)\n    for x in xs:\n        list(g)\n"
    ),
    "in a variable of its own of a function": (
        "def f(xs):\n    for x in xs:\n        g = lambda x: x\n    for x in xs:\n        g(x)\n"
    ),
    "in a function": "def f(xs):\n    for x in xs:\n        g = lambda: x\n    for x in xs:\n        g()\n",
    "in a pattern": (
        "def f(xs):\n    for x in xs:\n        match x:\n            case [*x]:\n                pass\n"
        "    for x in xs:\n        pass\n    match xs:\n        case {**x}:\n            pass\n"
    ),
    "something between": "def f(r, xs):\n    r['t'] = list(xs)\n    r.update(t=xs)\n    r['t'].append(1)\n",
    "another key": "def f(r, xs):\n    r['t'] = list(xs)\n    r['u'].append(1)\n",
    "a key that is worked out": "def f(r, xs):\n    r[g()] = list(xs)\n    r[g()].append(1)\n",
}


@pytest.mark.parametrize("what", PLAINER)
def test_the_plainer_program_does_the_same(what):
    """Names with blanks in them, which no text can say, are made sayable for the comparison."""
    tree = ast.parse(PLAINER[what])
    before = ast.dump(tree)
    plain = plainer(tree)
    assert plain is not None
    assert ast.dump(tree) == before
    results = []
    for text in (ast.unparse(tree), re.sub(r"\b(\w+) (\d+)(?: (\d+))?\b", r"\1_\2_\3", ast.unparse(plain))):
        namespace = {}
        exec(text, namespace)
        given = [{"a": 2, "b": 1}, {"c": 5}]
        results.append((namespace["f"](given), given))
    assert results[0] == results[1]


@pytest.mark.parametrize("what", AS_IT_IS)
def test_what_might_mean_something_else_is_left_as_it_is(what):
    """A name that another scope, or what comes after the loop, knows; a place that something may have changed."""
    assert plainer(ast.parse(AS_IT_IS[what])) is None
