"""What functions of the library give back of what they are given, and what they do with it.

Of one that ``callees.py`` does not name the worst is assumed: that it keeps what it is given, hands it to every
function that it may call, and gives it back.
"""

from __future__ import annotations

import ast
import builtins
import sys
from types import ModuleType
from typing import Any, Final

from fukkatsu._language import callees
from fukkatsu._language.depths import NOTHING, OF_LIBRARY, Depths, copied, held, item, itself, join, of
from fukkatsu._language.holdings import RETURNED, Holdings
from fukkatsu._language.lasting import GIVEN, OBJECT, OWN, SHALLOW

_OF_OBJECTS: Final = frozenset({"array", "asarray", "asanyarray", "full", "append", "insert", "concatenate"})
A_CLASS: Final[Depths] = {"<a class>": 1}
_OF_VALUES: Final = frozenset(
    {"datetime", "decimal", "fractions", "ipaddress", "numpy", "pandas", "pathlib", "re", "uuid", "zoneinfo"}
)
"""Modules whose objects keep nothing that they are given later on."""
LOOK_UPS: Final = frozenset({"getattr", "operator.attrgetter"})


def class_of_library(full: str) -> bool:
    """Whether *full* names a class of the library; of a module that nobody has loaded, by how it is written."""
    path = full.split(".")
    for length in range(len(path), 0, -1):
        found: Any = sys.modules.get(".".join(path[:length]))
        if found is None:
            continue
        for name in path[length:]:
            found = vars(found).get(name) if isinstance(found, (ModuleType, type)) else None
        return isinstance(found, type)
    if len(path) == 1:
        return isinstance(getattr(builtins, full, None), type)
    return path[0] in sys.stdlib_module_names and path[-1][:1].isupper()


def class_of(depths: Depths, holdings: Holdings) -> Depths:
    """What ``type(x)`` gives: of an object that outlives the call a part of it."""
    if holdings.of_caller:
        return A_CLASS
    kinds = holdings.kinds
    own = [name for name in itself(depths) if name.endswith(".") or kinds.get(name, "").startswith(OBJECT)]
    return {**A_CLASS, **{f"{name.rstrip('.')}.": 1 for name in own if of(name) in kinds}}


def called_from_library(holdings: Holdings, full: str, node: ast.Call, given: list[Depths]) -> Depths:
    """What a call of *full* gives, *node*, whose arguments hold what is *given*."""
    found = _given_back(holdings, full, node, given)
    if "." in full and full not in callees.CLASSES and full.partition(".")[0] not in _OF_VALUES:
        found = join((found, OF_LIBRARY)) if class_of_library(full) and full != "types.SimpleNamespace" else found
    if holdings.looks_up_loosely and any(holdings.full_name(part) in LOOK_UPS for part in node.args):
        found = join((found, unsure(join(given))))
    return found


def unsure(depths: Depths) -> Depths:
    """What is looked up, by a name that the text does not show, on what is reached by few steps."""
    return {f"{name.partition('@')[0].rstrip('.!')}!": 7 for name in depths if name not in A_CLASS}


def _given_back(holdings: Holdings, full: str, node: ast.Call, given: list[Depths]) -> Depths:
    if full == "type":
        return class_of(given[0], holdings) if given else A_CLASS
    if full in callees.CHANGING and node.args:
        later = join(given[1:])
        holdings.store(node.args[0], join((later, item(later, holdings.kinds))))
    module, _, name = full.rpartition(".")
    given = [{name: mask for name, mask in each.items() if name not in A_CLASS} for each in given]
    if full not in callees.GIVING_BACK:
        given = list(map(holdings.without_callables, given))
    depths = join(given)
    kinds = holdings.kinds
    if full in ("getattr",) and node.args:
        quoted = node.args[1] if len(node.args) > 1 else None
        base = given[0]
        if isinstance(quoted, ast.Constant) and isinstance(quoted.value, str):
            return join((holdings.attribute_of(base, quoted.value), *given[2:]))
        return join((item(base, kinds), {f"{each.rstrip('.')}!": 1 for each in itself(base)}, *given[2:]))
    if not depths and full not in ("map", "functools.reduce", "itertools.accumulate", "itertools.starmap"):
        if not holdings.escaping:
            return NOTHING
        holdings.call_back([], [])
        returned = holdings.described(RETURNED)
        return join((returned, held(returned), held(returned, 2))) if full not in callees.VALUES else NOTHING
    if full == "super":
        return join(given[1:])
    if full in callees.VALUES or full in callees.NOTHING_KEPT:
        holdings.call_back(given, [])
        return NOTHING
    returned = holdings.described(RETURNED)
    if full == "memoryview":
        return depths
    if not module:
        holdings.call_back(given, [])
        below = item(depths, kinds)
        if name in callees.COPIES:
            return join((copied(depths, kinds), held(returned)))
        if name == "dict":
            return join((copied(depths, kinds), held(item(below, kinds)), held(depths) if node.keywords else NOTHING))
        if name in callees.NUMBERED:
            return held(below, 2)
        if name == "map":
            return held(join((_of_each(holdings, node, below), returned)))
        if name in ("max", "min"):
            return join((below, depths if len(node.args) > 1 or node.keywords else NOTHING))
        if name in ("next", "anext"):
            return join((below, *given[1:]))
        if name == "sum":
            return join((copied(below, kinds), *given[1:]))
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, BaseException):
            below = item(depths, kinds)  # SyntaxError takes the parts of a tuple
            return join((held(depths), held(depths, 2), held(below)))
    top = module.partition(".")[0]
    if holdings.of_caller and top in ("numpy", "pandas") and (shown := _shown(holdings, name, node, depths)):
        return shown
    if top == "numpy" and not any(k.arg == "out" or (k.arg == "copy" and not _is_true(k.value)) for k in node.keywords):
        arrays = any(kinds.get(of(each)) not in (GIVEN, OWN) for each in itself(depths))
        if name in callees.VIEWS and holdings.of_caller:
            return {
                f"{each.rstrip('.')}.": 1
                for each in itself(depths)
                if kinds.get(of(each), "").startswith(OBJECT) and not each.endswith("!")
            }
        if name not in callees.VIEWS or not arrays:  # of a list they make an array
            if holdings.of_caller:  # what is in the rows of a list is not in the rows of the array
                kept = {each: mask & ~1 for each, mask in depths.items() if mask & ~1}
                return held(item(kept, kinds)) if name in _OF_OBJECTS else NOTHING
            one = item({each: mask & ~1 for each, mask in depths.items()}, kinds) if name == "take" else NOTHING
            return join((held(item(depths, kinds)), one))
    if full == "functools.reduce":
        holdings.call_back(given, given)
        first = given[2] if len(given) > 2 else item(join(given[1:2]), kinds)
        if _is_own(holdings, node.args[:1]):
            return join((first, returned))
        if _named(holdings, node.args[:1]) in callees.COPYING | callees.NOTHING_KEPT | callees.CHANGING:
            return join((first, copied(first, kinds), copied(item(join(given[1:2]), kinds), kinds)))
    if full == "collections.ChainMap" and len(node.args) == len(given):
        return join((*given[:1], held(depths), held(depths, 2)))  # which keeps what is put in it in the first
    if full in callees.COPYING:
        holdings.call_back(given, [])
        below = join((copied(depths, kinds), held(returned) if name == "defaultdict" else NOTHING))
        return join((below, copied(item(depths, kinds), kinds))) if "chain" in full else below
    if top in callees.FRESH:
        holdings.call_back(given, [])
        below = item(depths, kinds)
        if holdings.of_caller and full not in callees.PICKING:  # an argument may be a text: what is made of it is new
            inside = (held(below), held(below, 2)) if top in callees.GATHERING else ()
            return join((returned, held(returned), *inside))
        return join((below, held(below), held(below, 2), returned, held(returned), *given[1:]))
    if holdings.of_caller and top not in callees.GIVING_BACK_MODULES:
        holdings.call_back(given, given)
        return NOTHING
    holdings.call_back(given, given)
    below = item(depths, kinds)
    return join((depths, held(depths), held(depths, 2), below, held(below), returned))


def _shown(holdings: Holdings, name: str, node: ast.Call, depths: Depths) -> Depths:
    """What numpy and pandas make of an argument without copying it, and what they keep of what is in a display."""
    kinds = holdings.kinds
    found: list[Depths] = []
    sharing = name == "to_numeric" or any(k.arg == "copy" and not _is_true(k.value) for k in node.keywords)
    if sharing:
        arrays = [each for each in (*itself(depths), *itself(item(depths, kinds))) if each[-1] != "!"]
        views = {f"{each.rstrip('.')}.": 1 for each in arrays if kinds.get(of(each), "").startswith(OBJECT)}
        found += [held(views)] if name == "DataFrame" else [views, held(views)]
    kept = {each.partition("@")[0]: mask & ~1 for each, mask in depths.items() if kinds.get(of(each)) != SHALLOW}
    if name == "Series":
        found.append(kept)
    elif name == "DataFrame":  # whose columns are copies
        kept = {each: mask & ~3 for each, mask in kept.items()}
        found += [kept, {each: mask >> 1 for each, mask in kept.items()}]
    elif name == "take":
        found += [item(kept, kinds), held(item(kept, kinds))]
    return {each: mask for each, mask in join(found).items() if mask}


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _named(holdings: Holdings, functions: list[ast.expr]) -> str | None:
    """By what name of the library the first of *functions* is known; ``"str.strip"`` of a method."""
    if not functions:
        return None
    function = functions[0]
    full = holdings.full_name(function)
    if full is None and isinstance(function, ast.Attribute):
        return f"{holdings.full_name(function.value)}.{function.attr}"
    return full


def _is_own(holdings: Holdings, functions: list[ast.expr]) -> bool:
    """Whether the first of *functions* is one of the text, whose answers are known."""
    return bool(functions) and (isinstance(functions[0], ast.Lambda) or holdings.is_own(functions[0]))


def _of_each(holdings: Holdings, node: ast.Call, below: Depths) -> Depths:
    """What the function gives that ``map`` calls with what lies *below*."""
    name = _named(holdings, node.args[:1])
    if name in callees.COPIES | callees.COPYING | {"dict", "list.copy", "dict.copy", "set.copy"}:
        return copied(below, holdings.kinds)
    if _is_own(holdings, node.args[:1]) or name in callees.VALUES | callees.NOTHING_KEPT or (name or "")[:4] == "str.":
        return NOTHING
    return below
