"""Whether a candidate changes what it was given, where the original leaves it alone: read from both texts.

Replays compare arguments after each call, on the calls that were tried. A change that waits for another input, and then
raises, would leave the caller's objects changed by a call that the original would have answered.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import ast
import contextlib
import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from fukkatsu._gauntlet.texts import Function, ReadText, read_both, read_text, read_tree
from fukkatsu._language.arguments import Arguments, Change
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.holdings import TooTangledError
from fukkatsu._language.in_place import changed_names, find_helpers
from fukkatsu._language.lasting import GIVEN, OBJECT, OWN, SHALLOW
from fukkatsu._language.plainer import plainer
from fukkatsu._language.stateful import stateful_name
from fukkatsu._language.suspects import is_suspect
from fukkatsu._model.call import Call
from fukkatsu._model.patch import FunctionSource

_SAID: Final = re.compile(
    r"\bin[- ]place\b|\bmodif|\bmutat|\bupdates?\b|\bchanges?\b|\bremoves?\b[^.]*\bfrom\b"
    r"|\badds?\b(?! up\b)[^.]*\bto\b",
    re.IGNORECASE,
)
"""Words of a docstring that may announce it: "adds up the sizes" does not."""
_UNCHANGEABLE: Final = frozenset(
    {
        "int", "float", "complex", "str", "bytes", "bool", "None", "Decimal", "Fraction", "date", "datetime", "time",
        "timedelta", "UUID", "Path", "range",
    }
)  # fmt: skip
"""Annotations of what nobody can change."""
_TAKING: Final = frozenset("clear pop popitem popleft remove discard sort reverse rotate move_to_end".split())
"""Methods that take something away, or move it."""

Kinds = tuple[tuple[str, str], ...]


def changes_what_it_was_given(
    text: str, source: FunctionSource, facts: OriginalFacts, call: Call | None = None, others: Sequence[Call] = ()
) -> str | None:
    """What the candidate changes of its parameters, as a sentence for the model; ``None`` when the original may, too.

    A parameter that the original hands on to somebody who may change it is left out. So is what is filled in on a
    method's own object: a lazily made attribute is how many of them are mended.

    Args:
        text: The candidate's.
        source: The original.
        facts: What is known of it.
        call: One with the kind of arguments that the function gets: of an array a slice is a part, of a list a copy.
        others: More of them: the failing call's list may be an array in all others, and ``asarray()`` then no copy.
    """
    if _SAID.search(source.docstring or ""):
        return None
    both = read_both(text, source)
    if both is None:
        return None
    candidate, original = both
    kinds, containers, making = _parameters(
        original.function, facts, [one for one in (call, *others) if one is not None]
    )
    used = bool(making) or any(kind.startswith(OBJECT) for _, kind in kinds)
    if not kinds or not (used or is_suspect(candidate.nodes, containers, arrays=_uses_arrays(facts))):
        return None
    try:
        change = _change_in(candidate, source, facts, kinds, containers, making)
    except TooTangledError:
        change = _change_by_name(candidate, original, kinds)
    if change is not None:
        plain = plainer(candidate.tree)
        again = read_tree(plain, source.name) if plain is not None else None
        if again is not None:
            with contextlib.suppress(TooTangledError):
                change = _change_in(again, source, facts, kinds, containers, making)
    if change is None:
        return None
    what = change.path.strip(".")
    return (
        f"line {getattr(change.node, 'lineno', 0)}: it changes `{what}`, which the original never does: the caller's "
        "own object would be another one afterwards. Change a copy"
    )


def _change_in(
    candidate: ReadText,
    source: FunctionSource,
    facts: OriginalFacts,
    kinds: Kinds,
    containers: frozenset[str],
    making: frozenset[str],
) -> Change | None:
    left_alone, looked_up = _left_alone(source, facts, kinds, containers, making)
    if not left_alone:
        return None
    given = {name: kind for name, kind in kinds if name in left_alone}
    arguments = Arguments(candidate.tree, given, facts, containers=containers, looked_up=looked_up, making=making)
    for change in arguments.changes():
        if given[change.name] != OWN or not _is_filled_in(change, candidate):
            return change
    return None


@functools.lru_cache(64)
def _left_alone(
    source: FunctionSource, facts: OriginalFacts, kinds: Kinds, containers: frozenset[str], making: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """The parameters that the original neither changes nor hands on, and the attributes that it reads."""
    original = read_text(source.text, source.name)
    if original is None:
        return frozenset(), frozenset()
    arguments = Arguments(original.tree, dict(kinds), facts, containers=containers, making=making)
    touched = {change.name for change in arguments.changes()} | arguments.handed_on()
    return frozenset(name for name, _ in kinds if name not in touched), arguments.looks_up()


def _change_by_name(candidate: ReadText, original: ReadText, kinds: Kinds) -> Change | None:
    """The same for texts that are too large to follow: names only."""
    names = frozenset(name for name, kind in kinds if kind != OWN)
    before = changed_names(original.function, names, find_helpers(list(original.nodes)))
    for name, node in changed_names(candidate.function, names, find_helpers(list(candidate.nodes))).items():
        if name not in before:
            return Change(name, name, node)
    return None


def _parameters(
    function: Function, facts: OriginalFacts, calls: Sequence[Call]
) -> tuple[Kinds, frozenset[str], frozenset[str]]:
    """The parameters whose values can be changed, each with its kind.

    Returns:
        Them, which of them are containers in any of *calls*, and which of these make an entry where none is found.
    """
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    arguments = [*positional, *given.kwonlyargs, *(arg for arg in (given.vararg, given.kwarg) if arg is not None)]
    inside = facts.qualname.split(".")[:-1]
    own = positional[0].arg if inside and inside[-1] != "<locals>" and positional and not _is_static(facts) else ""
    values: defaultdict[str, list[Any]] = defaultdict(list)
    for call in calls:
        for name, value in (
            *((arg.arg, one) for arg, one in zip(positional, call.args, strict=False)),
            *call.kwargs.items(),
        ):
            values[name].append(value)
    kinds = {}
    for arg in arguments:
        if arg.arg == own:
            kinds[arg.arg] = OWN
        elif arg.annotation is None or not _is_unchangeable(arg.annotation):
            kinds[arg.arg] = _most_changeable(values[arg.arg])
    containers = frozenset(
        name
        for name in kinds
        if kinds[name] == OBJECT or any(isinstance(one, (list, dict, set, bytearray)) for one in values[name])
    )
    making = frozenset(
        name
        for name in kinds
        if any(isinstance(one, defaultdict) and one.default_factory is not None for one in values[name])
    )
    return tuple(kinds.items()), containers, making


def _most_changeable(values: Sequence[object]) -> str:
    kinds = [_kind_of(value) for value in values]
    objects = [kind for kind in kinds if kind.startswith(OBJECT)]
    return objects[0] if objects else GIVEN if GIVEN in kinds or not kinds else SHALLOW


def _kind_of(value: object) -> str:
    if isinstance(value, (str, bytes, int, float, complex)):
        return SHALLOW  # there is nothing in it to be changed
    array = type(value).__module__.partition(".")[0] in ("numpy", "pandas")
    stateful = stateful_name(type(value))
    return OBJECT if array else f"{OBJECT} {stateful}" if stateful else GIVEN


def _is_static(facts: OriginalFacts) -> bool:
    return any(decorator.rpartition(".")[2] == "staticmethod" for decorator in facts.decorators)


def _is_unchangeable(annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.Constant):
        return annotation.value is None or (isinstance(annotation.value, str) and annotation.value in _UNCHANGEABLE)
    if isinstance(annotation, ast.BinOp):
        return _is_unchangeable(annotation.left) and _is_unchangeable(annotation.right)
    name = annotation.attr if isinstance(annotation, ast.Attribute) else getattr(annotation, "id", None)
    return name in _UNCHANGEABLE


def _uses_arrays(facts: OriginalFacts) -> bool:
    return any(module.partition(".")[0] in ("numpy", "pandas") for _, module in facts.modules)


def _is_filled_in(change: Change, candidate: ReadText) -> bool:
    """Whether *change*, of a method's own object, only adds to what is private, or gives what was missing."""
    node, path = change.node, change.path.split(".")
    taking = isinstance(getattr(node, "ctx", None), ast.Del) or getattr(node, "attr", "") in _TAKING
    inside = len(path) > 1 and path[1]
    if not inside:  # `self.x = ...`
        attribute = node.attr if isinstance(node, ast.Attribute) else ""
        return bool(attribute) and not taking and (attribute[0] == "_" or _was_missing(attribute, node, candidate))
    if taking:
        return False
    return inside[0] == "_" or _is_made_where_missing(inside, candidate)


def _is_made_where_missing(attribute: str, candidate: ReadText) -> bool:
    stores = [
        node
        for node in candidate.nodes
        if isinstance(node, ast.Attribute) and node.attr == attribute and not isinstance(node.ctx, ast.Load)
    ]
    return bool(stores) and all(_was_missing(attribute, node, candidate) for node in stores)


def _was_missing(attribute: str, store: ast.AST, candidate: ReadText) -> bool:
    """Whether *store* is only reached where the attribute was ``None``, empty, or not there."""
    for node in candidate.nodes:
        if isinstance(node, ast.If):
            branch: Sequence[ast.stmt] = node.body if _asks_for_nothing(node.test, attribute) else ()
        elif isinstance(node, ast.ExceptHandler):
            branch = node.body if isinstance(node.type, ast.Name) and node.type.id == "AttributeError" else ()
        else:
            continue
        if _contains(branch, store):
            return True
    return False


def _contains(branch: Iterable[ast.stmt], wanted: ast.AST) -> bool:
    return any(node is wanted for statement in branch for node in ast.walk(statement))


def _asks_for_nothing(test: ast.expr, attribute: str) -> bool:
    """``self.x is None``, ``not self.x``, ``not hasattr(self, "x")``, alone or with something else that must hold."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_asks_for_nothing(value, attribute) for value in test.values)
    if isinstance(test, ast.Compare):
        right = test.comparators[0]
        nothing = isinstance(test.ops[0], (ast.Is, ast.Eq)) and isinstance(right, ast.Constant) and right.value is None
        return nothing and len(test.ops) == 1 and _is_look_at(test.left, attribute)
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and _is_look_at(test.operand, attribute)


def _is_look_at(node: ast.expr, attribute: str) -> bool:
    """``self.x``, ``hasattr(self, "x")``, ``getattr(self, "x", None)``."""
    if isinstance(node, ast.Attribute):
        return node.attr == attribute
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or len(node.args) < 2:
        return False
    quoted = node.args[1]
    return node.func.id in ("hasattr", "getattr") and isinstance(quoted, ast.Constant) and quoted.value == attribute
