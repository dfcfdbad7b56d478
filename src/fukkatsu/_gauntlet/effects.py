"""What a call changes besides its result: as its source shows it, and as a runner tells it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Set
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from fukkatsu._gauntlet.texts import read_original
from fukkatsu._language.in_place import MUTATING
from fukkatsu._model.call import Outcome
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle import values
from fukkatsu._sandbox.callbacks import CALLS
from fukkatsu._sandbox.logged import LABEL
from fukkatsu._sandbox.replaced import REPLACED
from fukkatsu._sandbox.sharing import MEMORY

MARK: Final = b',["dict","effects of the call",'
"""How the third part of ``Outcome.after`` begins. Inside strings every quote is escaped: only structure matches."""
UNSETTLED: Final = MARK + b"null]"
MOST_SHARED: Final = 40
_MUTATORS: Final = frozenset(
    {
        "add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft", "insert",
        "intersection_update", "move_to_end", "pop", "popitem", "popleft", "remove", "reverse", "rotate", "setdefault",
        "sort", "subtract", "symmetric_difference_update", "update",
    }
)  # fmt: skip


def split_effects(after: bytes) -> tuple[bytes, bytes]:
    """The arguments after the call, and its other effects (empty when there were none)."""
    at = after.rfind(MARK)
    return (after, b"") if at < 0 else (after[:at] + b"]", after[at + 1 : -1])


def settled(outcome: Outcome, again: Outcome) -> Outcome:
    """*outcome*, with what another run of the same call printed, said or left behind otherwise taken out.

    It binds nobody.
    """
    if outcome.kind == "raised" and outcome.message != again.message:
        outcome = replace(outcome, message="")
    if outcome.printed != again.printed:
        outcome = replace(outcome, printed="")
    (arguments, effects), (_, other) = split_effects(outcome.after), split_effects(again.after)
    if effects != other and not (effects and other and values.equal(effects, other)):
        outcome = replace(outcome, after=arguments[:-1] + UNSETTLED + b"]")
    return outcome


def compare_effects(expected: bytes, actual: bytes) -> str | None:
    """What the candidate does besides, and the original does not, or the other way round.

    State that outlasts the call must be the same. A part of the result that is shared with an argument, with state or
    with another part must have been shared before: whoever changes one would change the other. To share less is no
    matter within a result; but what the call puts into its arguments, or hands out, must be the very object: whoever
    changes a row of an index means the row.
    A place that is called a cache may hold more, or less: what it holds is no answer to anybody.
    """
    if expected in (actual, UNSETTLED[1:]):
        return None
    (left, left_shared), (right, right_shared) = _told(expected), _told(actual)
    before, now = left.pop(LABEL, None), right.pop(LABEL, None)
    if before is not None and (now is None or values.difference(before, now) is not None):
        return f"it logged {values.render(before, 120)} before, and now {values.render(now, 120) if now else 'nothing'}"
    if (change := _other_objects(left.pop(REPLACED, b'["list"]'), right.pop(REPLACED, b'["list"]'))) is not None:
        return change
    for name in sorted(name for name in {*left, *right} if name.startswith(CALLS)):
        change = _other_calls(name[len(CALLS) :], left.pop(name, b'["list"]'), right.pop(name, b'["list"]'))
        if change is not None:
            return change
    for name in sorted({*left, *right}):
        if _CACHE.search(name) and _same_entries(left.get(name), right.get(name)):
            continue
        if name not in left or name not in right:
            if name in right:
                return f"it changes {name} to {values.render(right[name], 80)}, which it did not touch before"
            return f"it no longer changes {name} (it left {values.render(left[name], 80)} there before)"
        change = None if left[name] == right[name] else values.difference(left[name], right[name])
        if change is not None:
            return f"it leaves {name} otherwise than before: {change}"
    known, now_known = ({_PLACE.sub("[]", one) for one in shared} for shared in (left_shared, right_shared))
    added = sorted((one for one in right_shared if _PLACE.sub("[]", one) not in known), key=len)
    if added and not (left_shared and len(left_shared) >= MOST_SHARED):
        if MEMORY in added[0]:
            return f"{added[0]}, which it did not before: make a copy"
        return f"{added[0]}, the very object, where it was another one before: make a copy"
    lost = [one for one in left_shared if _is_meant(one) and _PLACE.sub("[]", one) not in now_known]
    lost.sort(key=len)
    if lost and len(right_shared) < MOST_SHARED:
        return f"{lost[0]} no longer, the very object: now it is another one"
    return None


def _is_meant(shared: str) -> bool:
    """Whether something is put into the arguments, or handed out, that lives elsewhere.

    A view of an array is none of these: whoever gets a copy has what he needs.
    """
    if MEMORY in shared:
        return False
    return shared.startswith("argument ") or " is the result" not in shared


_PLACE: Final = re.compile(r"\[\d+\]")
"""Which of several equal items is shared is no matter."""


_PRIVATE: Final = re.compile(r"\._")
"""An object's own business: nobody else is expected to hold what lies there."""


def _other_objects(expected: bytes, actual: bytes) -> str | None:
    """Where a part of the arguments is another object afterwards, and was not before, or the other way round."""
    if expected == actual:
        return None
    before, now = (
        [where for where in map(str, values.parse(text)[1:]) if not _PRIVATE.search(where)]
        for text in (expected, actual)
    )
    if added := [where for where in now if where not in before]:
        return f"it puts another object in the place of {added[0]}, where the original changes the one that is there"
    if kept := [where for where in before if where not in now]:
        return f"it leaves the very object at {kept[0]}, where the original puts another one in its place"
    return None


def _other_calls(place: str, expected: bytes, actual: bytes) -> str | None:
    """How a function that was given is called otherwise than before: with what, in which order, how often."""
    if expected == actual:
        return None
    before, now = ([str(row[1]).encode() for row in values.parse(text)[1:]] for text in (expected, actual))
    for at, (one, other) in enumerate(zip(before, now, strict=False), 1):
        if one != other and values.difference(one, other) is not None:
            return (
                f"call {at} of the function that is {place} gets {values.render(other, 80)}, where it got "
                f"{values.render(one, 80)} before: keep what is called back, and in which order"
            )
    if len(before) != len(now):
        return (
            f"the function that is {place} is called {len(now)} times, where it was called {len(before)} times before"
        )
    return None


_CACHE: Final = re.compile(r"cache|memo", re.IGNORECASE)


def _same_entries(left: bytes | None, right: bytes | None) -> bool:
    """Whether two dicts, or a dict and what nobody touched, agree where both have an entry."""
    told = [values.parse(one) for one in (left, right) if one is not None]
    if any(not isinstance(one, list) or one[0] != "dict" for one in told):
        return False
    if len(told) < 2:
        return True
    before, now = ({json.dumps(k): v for k, v in zip(one[1::2], one[2::2], strict=False)} for one in told)
    return all(before[key] == now[key] for key in before.keys() & now.keys())


_OTHERS: Final = re.compile(rf".*(?:cache|memo)|{CALLS}|argument ", re.IGNORECASE | re.DOTALL)
"""Caches, and what functions of the caller's do when they are called."""


def changed_state(outcome: Outcome) -> dict[str, bytes]:
    """State that outlasts the call and that it changed: name to what is there now, caches and callbacks left out."""
    if MARK not in outcome.after:
        return {}
    changed, _ = _told(split_effects(outcome.after)[1])
    return {name: now for name, now in changed.items() if name != LABEL and not _OTHERS.match(name)}


def shares_with_arguments(outcome: Outcome) -> bool:
    """Whether a part of the result is a part of an argument."""
    if MARK not in outcome.after or UNSETTLED in outcome.after:
        return False
    _, shared = _told(split_effects(outcome.after)[1])
    return any(one.startswith("the result") and " is argument " in one for one in shared)


def shared_among(outcome: Outcome, side: str) -> frozenset[str]:
    """Which parts of the arguments (*side* ``"argument "``), or of the result, are one object after the call."""
    if MARK not in outcome.after or UNSETTLED in outcome.after:
        return frozenset()
    _, shared = _told(split_effects(outcome.after)[1])
    found = (one for one in shared if one.startswith(side) and f" is {side}" in one and MEMORY not in one)
    return frozenset(_PLACE.sub("[]", one) for one in found if not _WHOLE.fullmatch(one))


_WHOLE: Final = re.compile(r"argument \w+ is argument \w+")
"""One object given twice: the caller's doing."""


def state_in_result(outcome: Outcome) -> str:
    """Where the result is, or holds, an object of a global or a closure (a default is the caller's); else empty."""
    if MARK not in outcome.after or UNSETTLED in outcome.after:
        return ""
    _, shared = _told(split_effects(outcome.after)[1])
    return min((one for one in shared if one.startswith("the result") and _OF_STATE.search(one)), default="")


_OF_STATE: Final = re.compile(r" is (?!argument |the result|(?:.*\.)?default )")


def same_state(one: bytes, other: bytes) -> bool:
    """Whether two calls left the same state behind, whatever their results share."""
    if one == other:
        return True
    left, right = _told(one)[0], _told(other)[0]
    return left.keys() == right.keys() and all(values.equal(left[name], right[name]) for name in left)


def _told(effects: bytes) -> tuple[dict[str, bytes], frozenset[str]]:
    if not effects:
        return {}, frozenset()
    told = values.parse(effects)  # raises ReplyError on anything else: no verdict is a refusal
    named = dict(zip(told[1::2], told[2::2], strict=False))
    shared = named.pop("effects of the call", None)
    changed = {str(name): json.dumps(node, separators=(",", ":")).encode("ascii") for name, node in named.items()}
    return changed, frozenset(map(str, shared[1:])) if isinstance(shared, list) else frozenset()


@lru_cache(maxsize=64)
def changes_arguments(source: FunctionSource) -> bool:
    """Whether a statement of the original changes a parameter in place, or something reached through one."""
    read = read_original(source)
    if read is None:
        return False
    every = read.function.args
    roots = {a.arg for a in (*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg) if a}
    given = frozenset(roots)
    nodes = read.inside
    for _ in range(3):  # for row in rows: row is reached through rows; a few steps of that are enough
        before = len(roots)
        for node in nodes:
            if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) and _root(node.iter) in roots:
                roots |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
            elif isinstance(node, ast.Assign) and _root(node.value) in roots:
                roots |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        if len(roots) == before:
            break
    for node in nodes:
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            if _root(node) in roots:
                return True
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in roots:
            if isinstance(node.op, ast.Add | ast.BitOr) and not isinstance(node.value, ast.Constant):
                return True
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _MUTATORS
            and _root(node.func.value) in roots
        ):
            return True
        elif isinstance(node, ast.Call) and node.args and _name_called(node) in MUTATING:
            drawn = given if _name_called(node) == "next" else roots  # what `iter` made is the function's own
            if not isinstance(node.args[0], ast.Call) and _root(node.args[0]) in drawn:
                return True
    return False


def _name_called(node: ast.Call) -> str:
    """``heappush`` of ``heapq.heappush(heap, item)``."""
    return str(getattr(node.func, "attr", None) or getattr(node.func, "id", ""))


@lru_cache(maxsize=64)
def orders_its_result(source: FunctionSource) -> bool:
    """Whether the original sorts what it makes a dict of: then the order of that dict is meant."""
    try:
        nodes = list(ast.walk(ast.parse(source.text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    ordered = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _in_order(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="sort" | "reverse")):
                ordered.add(name)
    for node in nodes:
        if isinstance(node, ast.DictComp):
            made_of: ast.expr = node.generators[0].iter
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and node.args:
            made_of = node.args[0]
        elif isinstance(node, ast.For | ast.AsyncFor) and any(map(_stores_an_item, node.body)):
            made_of = node.iter
        else:
            continue
        if _in_order(made_of, ordered):
            return True
    return False


def _in_order(made_of: ast.expr, ordered: Set[str]) -> bool:
    """Whether an expression is sorted, or turned round; *ordered* are names of what is."""
    if isinstance(made_of, ast.Call) and isinstance(made_of.func, ast.Name):
        return made_of.func.id in ("sorted", "reversed")
    return isinstance(made_of, ast.Name) and made_of.id in ordered


def _stores_an_item(statement: ast.stmt) -> bool:
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setdefault":
            return True
    return False


def compare_order(expected: bytes, actual: bytes) -> str | None:
    """Whether two equal values hold dicts, or are such, that have their keys in another order."""
    if expected == actual or b'["dict",' not in expected:
        return None
    if _same_order(values.parse(expected), values.parse(actual)):
        return None
    return f"it returned {values.render(expected, 80)} in this order before, and now {values.render(actual, 80)}"


def _same_order(before: Any, now: Any) -> bool:
    if not isinstance(before, list) or not isinstance(now, list) or before[0] in ("set", "frozenset"):
        return True
    if before[0] == "dict" and not _alike(before[1::2], now[1::2]):
        return False
    return all(map(_same_order, before[1:], now[1:]))


def _alike(keys: list[Any], others: list[Any]) -> bool:
    """Whether two lists of keys are the same but for rounding."""
    if keys == others or len(keys) != len(others):
        return True
    written = (json.dumps(["list", *side], separators=(",", ":")).encode("ascii") for side in (keys, others))
    return values.equal(*written)


def _root(node: ast.expr) -> str:
    """The name that attributes, items and calls of methods start with: ``a`` of ``a.b[0].items()``."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        elif isinstance(node, ast.Call) and node.args:
            node = node.args[0]  # list(d), sorted(rows), enumerate(rows)
        else:
            return node.id if isinstance(node, ast.Name) else ""
