"""Which values that outlive a call a text changes in place, or hands to somebody who may.

What a function reads of its module is there for others too, and outlives the call. A correction may change there what
its original changes, hand it on to whom its original does, and nothing else: read from the text, so that it holds for
inputs that nobody tried. ``flows.py`` follows the values; here stands what must not be done with them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fukkatsu._language import callees
from fukkatsu._language.bindings import Again
from fukkatsu._language.depths import Depths, item, itself, of
from fukkatsu._language.flows import Flows
from fukkatsu._language.holdings import CALLED, TooTangledError
from fukkatsu._language.lasting import CALLABLE, CONTAINERS, DEEP, ITERATOR, OBJECT, SHALLOW, SHARING
from fukkatsu._language.stateful import only_reads, place_of_out
from fukkatsu._language.textgate import flatten

_LOOKED_UP: Final = callees.MUTATORS | {"set", "reset"}
_CHANGING: Final = frozenset(
    {
        ast.Subscript, ast.For, ast.AsyncFor, ast.comprehension, ast.Starred, ast.YieldFrom, ast.Assign, ast.Compare,
        ast.Call, ast.AugAssign, ast.withitem,
    }
)  # fmt: skip
_DISPLAYS: Final = (ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Dict, ast.DictComp)


@dataclass(slots=True)
class Changes:
    """What a text does with the values that outlive its calls.

    Attributes:
        changed: Names whose values are changed, or something inside them, each with the first such place.
        handed: Containers that are handed on whole, as ``(name, to whom)``, each with the first such place.
        afresh: Statements ``x += y`` where ``x`` may lie inside such a value: they are to make a new one.
        tangled: Whether the text was too large to follow.
    """

    changed: dict[str, ast.AST] = field(default_factory=dict)
    handed: dict[tuple[str, str], ast.AST] = field(default_factory=dict)
    afresh: list[ast.AugAssign] = field(default_factory=list)
    tangled: bool = False


def find_changes(
    top: ast.AST,
    kinds: Mapping[str, str],
    *,
    modules: Mapping[str, str],
    members: Mapping[str, str],
    outer: frozenset[str],
    target: str,
    again: Again,
    making: frozenset[str] = frozenset(),
) -> Changes:
    """What *top*, a module or a function, does with the values of *kinds*; see ``Flows`` for the arguments.

    Of those that are *making*, a look-up that finds nothing makes an entry.
    """
    found = Changes()
    if not _concerned(top, kinds):
        return found
    try:
        flows = Flows(top, kinds, modules, members, outer, target, again)
        used = any(" " in kind and kind.startswith((OBJECT, ITERATOR)) for kind in kinds.values())
        nodes = [
            node
            for scope in flows.bindings.scopes
            for node in scope.nodes
            if _may_change(node, used=used or bool(making))
        ]
        flows.making = making
        for node in sorted(nodes, key=lambda node: getattr(node, "lineno", 0)):
            for depths in changed_by(node, flows):
                for name in itself(depths):
                    if (root := of(name).rstrip("!")) in kinds:
                        found.changed.setdefault(root, node)
            if isinstance(node, ast.Call):
                for pair in _handed(node, flows):
                    found.handed.setdefault(pair, node)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                _add_in_place(node, flows, found)
            elif isinstance(node, ast.AugAssign) and isinstance(node.value, _DISPLAYS):
                for name in itself(flows.value(node.target)):
                    if of(name) in kinds:
                        found.changed.setdefault(of(name), node)
        if flows.changed_by_callbacks:
            for name in itself(flows.described(CALLED)):
                if of(name) in kinds:
                    found.changed.setdefault(of(name), flows.handed_on[0])
    except TooTangledError:
        found.tangled = True
    return found


def _may_change(node: ast.AST, *, used: bool) -> bool:
    """Whether it is worth asking ``changed_by``; *used* where there are objects that change when they are used."""
    kind = type(node)
    if isinstance(node, ast.Attribute):
        return used or type(node.ctx) is not ast.Load or node.attr in _LOOKED_UP
    if used and kind in (ast.Subscript, ast.BinOp):
        return True
    return kind in _CHANGING and (kind is not ast.Subscript or type(node.ctx) is not ast.Load)  # type: ignore[attr-defined]  # its kind was asked for


def _concerned(top: ast.AST, kinds: Mapping[str, str]) -> bool:
    """Whether *top* uses any of them otherwise than by calling a function or class."""
    if not kinds:
        return False
    called, used = set[int](), list[ast.Name]()
    for node in flatten(top):
        if isinstance(node, ast.Call):
            called.add(id(node.func))
        elif isinstance(node, ast.Name) and node.id in kinds:
            used.append(node)
    return any(
        id(node) not in called or not kinds[node.id].startswith(CALLABLE) or kinds[node.id].startswith(SHARING)
        for node in used
    )


def _add_in_place(node: ast.AugAssign, flows: Flows, found: Changes) -> None:
    for name in itself(flows.value(node.target)):
        if of(name) not in flows.kinds:
            continue
        whole = not name.endswith(".") and not flows.kinds[name].startswith(CALLABLE)
        if whole or isinstance(node.value, _DISPLAYS):
            found.changed.setdefault(of(name), node)
        elif node not in found.afresh:
            found.afresh.append(node)


def changed_by(node: ast.AST, flows: Flows) -> Iterator[Depths]:
    """What *node* changes in place."""
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        if not isinstance(node.ctx, ast.Load):
            yield flows.value(node.value)
        elif isinstance(node, ast.Subscript):
            yield _making(flows.value(node.value), flows)
        elif isinstance(node, ast.Attribute):
            if node.attr == "__getitem__":
                yield _making(flows.value(node.value), flows)
            if node.attr in callees.MUTATORS:
                yield {  # looked up on a class it is a function
                    name: mask
                    for name, mask in flows.value(node.value).items()
                    if not flows.kinds.get(name, "").startswith(CALLABLE)
                }
            elif node.attr in ("set", "reset"):  # of a context variable
                yield _of_kind(flows.value(node.value), flows, OBJECT)
            else:  # files, locks and their like, which nearly everything changes
                yield {
                    name: mask
                    for name, mask in flows.value(node.value).items()
                    if not only_reads(flows.kinds.get(name, ""), node.attr)
                }
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        yield _iterators(flows.value(node.iter), flows)
    elif isinstance(node, (ast.Starred, ast.YieldFrom)) or (isinstance(node, ast.Assign) and _unpacks(node)):
        yield _iterators(flows.value(node.value), flows)
    elif isinstance(node, ast.Compare):
        for operator, operand in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.In, ast.NotIn)):
                yield _iterators(flows.value(operand), flows)
    elif isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Mod):
            yield _making(flows.value(node.right), flows)
    elif isinstance(node, ast.withitem):  # a lock is taken, a file closed
        yield {
            name: mask
            for name, mask in flows.value(node.context_expr).items()
            if not only_reads(flows.kinds.get(name, ""), "__enter__")
        }
    elif isinstance(node, ast.Call):
        yield from _changed_by_call(node, flows)


_NAMES_COLUMNS: Final = "assign"
"""To a frame's ``assign()`` each keyword is the name of a column of the new frame, ``out`` and ``inplace`` as well."""


def _may_hold_switches(given: ast.expr) -> bool:
    """Whether ``**given`` may say ``out`` or ``inplace``."""
    if not isinstance(given, ast.Dict):
        return True
    keys = [key.value if isinstance(key, ast.Constant) else None for key in given.keys]
    return not {None, "out", "inplace"}.isdisjoint(keys)


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _unpacks(node: ast.Assign) -> bool:
    return any(isinstance(target, (ast.Tuple, ast.List)) for target in node.targets)


def _iterators(depths: Depths, flows: Flows) -> Depths:
    """What is used up by reading it."""
    return _of_kind(depths, flows, ITERATOR)


def _making(depths: Depths, flows: Flows) -> Depths:
    """What makes an entry when one is looked up that is not there."""
    return {name: mask for name, mask in depths.items() if name in flows.making}


def _of_kind(depths: Depths, flows: Flows, kind: str) -> Depths:
    return {name: mask for name, mask in depths.items() if flows.kinds.get(name, "").startswith(kind)}


def _changed_by_call(node: ast.Call, flows: Flows) -> Iterator[Depths]:
    function = node.func
    full = flows.full_name(function)
    given = flows.given(node)
    looked_at = [*given, flows.value(function)]
    if flows.of_caller:
        looked_at = [] if isinstance(function, ast.Attribute) else [flows.value(function)]
    unsure = {name: mask for each in looked_at for name, mask in each.items() if name[-1] == "!"}
    if unsure:  # a method by a name that the text does not show
        yield dict.fromkeys(unsure, 1)
    if full in callees.CHANGING:
        yield from given[:1] if node.args else given
        yield from (
            each for each, keyword in zip(given[len(node.args) :], node.keywords, strict=True) if not keyword.arg
        )
    if full == "getattr" and len(node.args) > 1:
        quoted = node.args[1]
        if isinstance(quoted, ast.Constant):
            if quoted.value in callees.MUTATORS and not (flows.of_caller and quoted.value == "__init__"):
                yield given[0]
        elif not flows.of_caller:
            yield {name: mask for name, mask in given[0].items() if flows.kinds.get(of(name)) in (SHALLOW, DEEP)}
    looked_up = flows.looked_up(function)
    if looked_up is not None and looked_up[1] in callees.MUTATORS and flows.is_class(looked_up[0]):
        yield from given[:1]  # list.append(x, 1)
    if isinstance(function, ast.Attribute):
        if function.attr in callees.CHANGING_METHODS:
            yield from given
        elif function.attr in ("format_map", "substitute", "safe_substitute"):
            yield from (_making(each, flows) for each in given)
        for keyword in node.keywords:
            if keyword.arg == "inplace" and not _is_constant(keyword.value, False):
                yield flows.value(function.value)
    for keyword in node.keywords:
        if keyword.arg in ("out", "file") and not _is_constant(keyword.value, None):
            yield flows.value(keyword.value)
            if keyword.arg == "out":
                yield item(flows.value(keyword.value), flows.kinds)  # numpy takes a tuple
        elif keyword.arg is None and isinstance(function, ast.Attribute) and _may_hold_switches(keyword.value):
            own = _of_kind(flows.value(function.value), flows, OBJECT)
            if own and function.attr == _NAMES_COLUMNS:
                continue
            yield own
            yield _of_kind(item(flows.value(keyword.value), flows.kinds), flows, OBJECT)
    if full in callees.WRITING:
        yield from (_of_kind(each, flows, f"{OBJECT} io") for each in given)
    yield from _written_by_numpy(node, full, given, flows)
    if flows.writers:
        yield from _written_by_values(node, full, given, flows)
    if full not in callees.LOOKING and not flows.of_caller:
        yield from (_iterators(each, flows) for each in given)


def _written_by_numpy(node: ast.Call, full: str | None, given: list[Depths], flows: Flows) -> Iterator[Depths]:
    """Arrays that a call writes to: ``add(a, b, a)``, ``add.at(a, 0, 1)``, ``a.cumsum(0, None, a)``."""
    if full is not None and full.startswith("numpy."):
        name = full.removeprefix("numpy.")
        place = callees.OUT_OF_NUMPY.get(name)
        if name.endswith(".at") or (name == "nan_to_num" and len(node.args) + len(node.keywords) > 1):
            place = 0
        if given and _overwrites(node, name):
            yield given[0]
        ufunc = getattr(sys.modules.get("numpy"), name, None)
        place = getattr(ufunc, "nin", place)
        place = place_of_out(name) if place is None else place
        for each, keyword in zip(given[len(node.args) :], node.keywords, strict=True):
            if not keyword.arg:
                yield each
                yield item(each, flows.kinds)
    elif isinstance(node.func, ast.Attribute):
        place = callees.OUT_OF_ARRAYS.get(node.func.attr)
        if node.func.attr == "partition":
            yield _of_kind(flows.value(node.func.value), flows, OBJECT)
    else:
        return
    if place is not None:
        spread = any(isinstance(part, ast.Starred) for part in node.args)
        yield from given[: len(node.args)][0 if spread else place :][: len(given) if spread else 1]


def _overwrites(node: ast.Call, name: str) -> bool:
    """Whether a function of numpy may use what it is given first as its own: ``median(a, overwrite_input=True)``."""
    place = place_of_out(name, "overwrite_input")
    if place is None:
        return False
    switches = [keyword for keyword in node.keywords if keyword.arg in (None, "overwrite_input")]
    return len(node.args) > place or any(not _is_constant(keyword.value, False) for keyword in switches)


def _written_by_values(node: ast.Call, full: str | None, given: list[Depths], flows: Flows) -> Iterator[Depths]:
    """Arrays that functions of numpy may write to which are handed on: ``map(add, a, b, a)``, ``f(a, 1, a)``."""
    first = next((number for number, part in enumerate(node.args) if flows.writes_from(part) is not None), None)
    if first is not None:
        place = flows.writes_from(node.args[first]) or 0
        method = full is None and isinstance(node.func, ast.Attribute)  # `df.pipe(add, 1, a)`
        written = given[first + 1 + place - method :]
        for keyword in node.keywords:
            if keyword.arg == "args":
                written.append(item(flows.value(keyword.value), flows.kinds))
        if full == "itertools.starmap" and not _is_zip(node.args[-1], place):
            written.append(item(item(given[-1], flows.kinds), flows.kinds))
        elif full in ("map", "itertools.accumulate"):
            written = [item(each, flows.kinds) for each in written]
    elif full is None and not isinstance(node.func, ast.Attribute) and not flows.is_own(node.func):
        written = given[min(flows.writers) :]
    else:
        return
    for each in written:
        yield {name: mask for name, mask in each.items() if flows.kinds.get(of(name), "") not in (SHALLOW, DEEP)}


def _is_zip(node: ast.expr, most: int) -> bool:
    return (
        isinstance(node, ast.Call) and getattr(node.func, "id", "") == "zip" and len(node.args) <= most
    ) or isinstance(node, ast.Constant)


def _handed(node: ast.Call, flows: Flows) -> Iterator[tuple[str, str]]:
    """Containers that *node* hands on whole to functions that nothing is known of."""
    function = node.func
    if flows.full_name(function) is not None or flows.is_own(function) or isinstance(function, ast.Lambda):
        return
    if isinstance(function, ast.Attribute) and function.attr in callees.OF_DATA | callees.MUTATORS | callees.WHOLE:
        return
    if isinstance(function, ast.Call) and flows.full_name(function.func) == "operator.itemgetter":
        return
    for depths in flows.given(node):
        for name in itself(depths):
            if flows.kinds.get(name) in CONTAINERS:
                yield name, flows.name_of(function)
