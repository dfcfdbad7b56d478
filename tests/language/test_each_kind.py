"""Every row of the table of syntax, from both sides: a text with it that passes, and one that is refused inside it."""

from __future__ import annotations

import ast
import re
import textwrap

import pytest

from fukkatsu._language.nodes import NODES

# Statements of f(x); §E§ is an expression: x where the text is to pass, a walk where it is to be refused.
# A pair where the refusal is another text altogether. "async " marks bodies of coroutines.
WALK = "x.__globals__"
BODIES: dict[str, str | tuple[str, str]] = {
    "Load": "return E", "Store": "y = E", "Del": ("y = x\ndel y", "del x.__dict__"), "Expr": "print(E)",
    "Starred": "return [*E]", "keyword": "return dict(a=E)", "withitem": "with E as y: pass",
    "alias": ("import json as j", "import subprocess as o"), "match_case": "match x:\n    case 1 if E: pass",
    "List": "return [E]", "Tuple": "return (E, 1)", "Set": "return {E}", "Dict": "return {1: E}",
    "JoinedStr": "return f'{E}'", "Slice": "return x[E:]",
    **{name: f"return E {sign} 1" for name, sign in {
        "Add": "+", "Sub": "-", "Mult": "*", "MatMult": "@", "Div": "/", "Mod": "%", "Pow": "**", "LShift": "<<",
        "RShift": ">>", "BitOr": "|", "BitXor": "^", "BitAnd": "&", "FloorDiv": "//", "And": "and", "Or": "or",
        "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Is": "is", "IsNot": "is not",
        "In": "in", "NotIn": "not in",
    }.items()},
    "Invert": "return ~E", "Not": "return not E", "UAdd": "return +E", "USub": "return -E",
    "BoolOp": "return E and x", "UnaryOp": "return -E", "IfExp": "return 1 if E else 2",
    "NamedExpr": "return (y := E)", "Await": "async return await E", "Yield": "def g(): yield E\nreturn g()",
    "YieldFrom": "def g(): yield from E\nreturn g()", "ListComp": "return [E for _ in x]",
    "SetComp": "return {E for _ in x}", "DictComp": "return {E: 1 for _ in x}", "GeneratorExp": "return list(E for _ in x)",
    "comprehension": "return [1 for _ in E]", "Return": "return E", "Assign": "y = E", "AugAssign": "x += E",
    "If": "if E: pass", "While": "while E: break", "Raise": "raise ValueError(E)", "Assert": "assert E",
    "Pass": ("pass", f"pass\n{WALK}"), "Break": ("for _ in x: break", "try: pass\nfinally:\n    for _ in x: return"),
    "Continue": ("for _ in x: continue", "for _ in x:\n    try: pass\n    finally: continue"),
    "With": "with x: print(E)", "AsyncWith": "async async with E: pass", "For": "for y in E: pass",
    "AsyncFor": "async async for y in E: pass", "Match": "match E:\n    case _: pass",
    "MatchSingleton": "match x:\n    case None: print(E)", "MatchSequence": "match x:\n    case [1, 2]: print(E)",
    "MatchOr": "match x:\n    case 1 | 2: print(E)", "MatchValue": ("match x:\n    case 'a': pass", f"match x:\n    case {WALK}: pass"),
    "Constant": ("return 10 ** 3", f"return {'9' * 4000}"), "BinOp": ("return 'x' * 80", "return 'x' * 10 ** 10"),
    "Compare": ("return 1 < x < 3", "return x is len(x) is x"), "FormattedValue": ("return f'{x:>10}'", "return f'{x:>99999999}'"),
    "Name": ("return len(x)", "return open(x)"), "Attribute": ("return x.name", "return x.__code__"),
    "Subscript": "return x[E]", "Call": ("return type(x)", "return type('X', (), {})"), "Lambda": "return lambda y: E",
    "arguments": "def g(y): return E\nreturn g", "arg": ("def g(y): return y", "def g(__y__): return 1"),
    "AnnAssign": ("y: int = x", "y: print('now') = x"), "Delete": ("y = 1\ndel y", "del x.__class__"),
    "Import": ("import json", "import subprocess"), "ImportFrom": ("from json import dumps", "from os import system"),
    "Nonlocal": ("y = 1\ndef g():\n    nonlocal y\n    y = 2", "def g():\n    nonlocal helper\n    helper = 1"),
    "Global": ("global COUNT\nCOUNT = 1", "global RATE\nRATE = 1"), "Try": "try: print(E)\nexcept ValueError: pass",
    "TryStar": "try: print(E)\nexcept* ValueError: pass", "ExceptHandler": "try: pass\nexcept ValueError: print(E)",
    "FunctionDef": "def g(): return E", "AsyncFunctionDef": "async def g(): return E",
    "MatchClass": ("match x:\n    case str(): pass", "match x:\n    case int(__class__=c): pass"),
    "MatchMapping": ("match x:\n    case {'a': 1, **rest}: pass", "match x:\n    case {**__rest__}: pass"),
    "MatchStar": ("match x:\n    case [1, *rest]: pass", "match x:\n    case [1, *__rest__]: pass"),
    "MatchAs": ("match x:\n    case [y] as z: pass", "match x:\n    case [__y__]: pass"),
    "TypeIgnore": ("return x  # type: ignore", f"return {WALK}  # type: ignore"),
    "ClassDef": "class A: pass", "TypeAlias": "type A = int",
    "TypeVar": ("def g[T](y: T): return y", "def g[T: (x.__globals__)](y): return x.__globals__"),
    "ParamSpec": ("def g[**P](y): return y", "def g[**P](y): return x.__globals__"),
    "TypeVarTuple": ("def g[*T](y): return y", "def g[*T](y): return x.__globals__"),
}  # fmt: skip
NOT_IN_A_BODY = {"Module", "Interactive", "Expression", "FunctionType"}
ORIGINAL = "RATE, COUNT = 1, 0\ndef f(x):\n    global COUNT\n    COUNT = RATE"


def test_no_row_is_forgotten():
    """Every kind of the table stands here, or cannot stand in a function."""
    assert set(BODIES) | NOT_IN_A_BODY == set(NODES)


@pytest.mark.parametrize("name", BODIES)
def test_a_kind_passes_and_is_looked_into(language, name):
    """Refused kinds are refused as they are; of the others one text passes, and a walk inside it is found."""
    if not hasattr(ast, name):
        pytest.skip("this Python has no such node")
    given = BODIES[name]
    passing, refused = given if isinstance(given, tuple) else (_filled(given, "x"), _filled(given, WALK))
    original = language.original(ORIGINAL)
    if _function(passing).startswith("def helper(): return 1\nasync"):
        original = language.original("async def f(x): return x")
    text = _function(passing)
    kinds = {type(node).__name__ for node in ast.walk(ast.parse(text, type_comments=name == "TypeIgnore"))}
    assert name in kinds
    if NODES[name].decision == "refused":
        assert language.findings(text, original)
        return
    assert language.findings(text, original) == ""
    assert language.findings(_function(refused), original)


def _filled(body: str, expression: str) -> str:
    return re.sub(r"\bE\b", expression, body)


def _function(body: str) -> str:
    head = "async def" if body.startswith("async ") and not body.startswith("async def") else "def"
    body = body.removeprefix("async ") if head == "async def" else body
    return f"def helper(): return 1\n{head} f(x):\n{textwrap.indent(body, '    ')}\n"


def test_a_module_holds_definitions_and_nothing_that_runs(language):
    """The one kind that is no part of a function."""
    assert language.findings("'''Why.'''\nimport json\nN = 1\ndef f(x): return x") == ""
    assert language.findings("print(1)\ndef f(x): return x")
