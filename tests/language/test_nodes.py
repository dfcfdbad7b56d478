"""Every kind of syntax and every builtin is decided on purpose; test_guide.py holds the documentation to it."""

from __future__ import annotations

import ast

import pytest

from fukkatsu._language.allowlist import (
    DEFAULT_CALLS,
    DEFAULT_IMPORTS,
    MEMBERS,
    OMITTED_CALLS,
    OMITTED_IMPORTS,
    OMITTED_MEMBERS,
    POWERS,
)
from fukkatsu._language.nodes import NODES, rule_of

ABSTRACT = {"AST", "mod", "stmt", "expr", "expr_context", "boolop", "operator", "unaryop", "cmpop", "excepthandler",
            "pattern", "type_ignore", "type_param", "slice"}  # fmt: skip
GONE = {"Num", "Str", "Bytes", "NameConstant", "Ellipsis", "Index", "ExtSlice", "Suite", "AugLoad", "AugStore", "Param"}


def test_every_node_of_this_python_is_in_the_table():
    """A node that a new Python brings must be reviewed before corrections may use it."""
    nodes = {name for name, kind in vars(ast).items() if isinstance(kind, type) and issubclass(kind, ast.AST)}
    nodes = {name for name in nodes if not name.startswith("_")}
    assert nodes - ABSTRACT - GONE - set(NODES) == set()


def test_an_unknown_node_is_refused():
    """The table is an allow-list."""

    class Future(ast.expr):
        pass

    assert rule_of(Future()).decision == "refused"


def test_every_builtin_is_decided():
    """Present with a reason, or absent with a reason."""
    import builtins

    constants = {"None", "True", "False", "_"}
    own = {name for name in vars(builtins) if not name.startswith("_")}
    assert own - constants - set(DEFAULT_CALLS) - set(OMITTED_CALLS) == set()
    assert not set(DEFAULT_CALLS) & set(OMITTED_CALLS)


def test_lists_do_not_contradict_each_other():
    """An open module is not omitted; a listed member is not omitted; powers are never open as a whole."""
    assert not set(DEFAULT_IMPORTS) & set(OMITTED_IMPORTS)
    assert set(MEMBERS) <= set(DEFAULT_IMPORTS)
    assert not set(DEFAULT_IMPORTS) & POWERS
    for full in OMITTED_MEMBERS:
        module, _, member = full.rpartition(".")
        assert full not in DEFAULT_IMPORTS
        assert member not in MEMBERS.get(module, "").split(), full


@pytest.mark.parametrize("name", [name for name, rule in NODES.items() if rule.decision == "refused"])
def test_a_refused_node_is_refused_by_the_transformer_alone(name):
    """The second stage does not rely on the first."""
    from fukkatsu._language.facts import OriginalFacts
    from fukkatsu._language.lookups import LookUps
    from fukkatsu._language.transformer import FukkatsuTransformer

    kind = getattr(ast, name, None)
    if kind is None:
        pytest.skip("this Python has no such node")
    transformer = FukkatsuTransformer(OriginalFacts(name="f", qualname="f"), frozenset(), (), LookUps())
    transformer.visit(kind.__new__(kind))
    assert transformer.errors
