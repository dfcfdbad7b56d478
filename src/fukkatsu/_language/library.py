"""What functions of the library give back of what they are given, and what they do with it.

Of one that ``callees.py`` does not name the worst is assumed: that it keeps what it is given, hands it to every
function that it may call, and gives it back.
"""

from __future__ import annotations

import ast
import builtins
from typing import Final

from fukkatsu._language import callees
from fukkatsu._language.depths import NOTHING, Depths, copied, held, item, itself, join
from fukkatsu._language.holdings import RETURNED, Holdings

A_CLASS: Final[Depths] = {"<a class>": 1}


def called_from_library(holdings: Holdings, full: str, node: ast.Call, given: list[Depths]) -> Depths:
    """What a call of *full* gives, *node*, whose arguments hold what is *given*."""
    if full == "type":
        return A_CLASS
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
            return held(join((below, returned)))
        if name in ("max", "min"):
            return join((below, depths if len(node.args) > 1 or node.keywords else NOTHING))
        if name in ("next", "anext"):
            return join((below, *given[1:]))
        if name == "sum":
            return join((copied(below, kinds), *given[1:]))
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, BaseException):
            return join((held(depths), held(depths, 2)))
    top = module.partition(".")[0]
    if top == "numpy" and name not in callees.VIEWS and not any(k.arg in ("out", "copy") for k in node.keywords):
        return join((held(item(depths, kinds)),))
    if full in callees.COPYING:
        holdings.call_back(given, [])
        below = copied(depths, kinds)
        return join((below, copied(item(depths, kinds), kinds))) if "chain" in full else below
    if top in callees.FRESH:
        holdings.call_back(given, [])
        below = item(depths, kinds)
        return join((below, held(below), held(below, 2)))
    holdings.call_back(given, given)
    below = item(depths, kinds)
    return join((depths, held(depths), held(depths, 2), below, held(below), returned))
