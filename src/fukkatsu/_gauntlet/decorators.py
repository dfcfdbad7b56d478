"""What the decorators around a function promise: conditions of icontract and deal, and invariants of its class.

Found on the decorated object, read as data, never judged here: the conditions travel to the examiner. icontract is
recognised by what it leaves on its wrappers (its own tools for integration read the same attributes), deal is asked
through ``deal.introspection``. Neither is imported unless the user's program has.
"""

from __future__ import annotations

import gc
import inspect
import linecache
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType
from typing import Any, Final

from fukkatsu._oracle import values
from fukkatsu._oracle.conditions import Asking, Condition, Part
from fukkatsu._oracle.docstring import Clause, ClauseKind
from fukkatsu._wrap.contracted import ICONTRACT, MOST_LAYERS

LIBRARIES: Final = ("icontract", "deal")
_DEAL: Final[dict[str, tuple[ClauseKind, Asking]]] = {
    "Pre": ("pre", "arguments"),
    "Post": ("post", "result"),
    "Ensure": ("post", "arguments and result"),
    "Reason": ("reason", "exception"),
}
MOST_TEXT: Final = 200


def conditions_of(original: FunctionType, outer: Any = None, instance: Any = None) -> tuple[Condition, ...]:
    """The conditions that decorators put on *original*, pre-conditions first; none where neither library is loaded.

    Args:
        original: The plain function.
        outer: The decorated object, where it is at hand; otherwise it is looked for under the function's name.
        instance: The first argument of a call: its class has the method, and perhaps invariants.
    """
    if not any(name in sys.modules for name in LIBRARIES):
        return ()
    found: list[Condition] = []
    owner = _owner(original, instance)
    method = None if owner is None else inspect.getattr_static(owner, _name(original), None)
    candidates = (outer, _by_name(original), method)
    decorated = next((one for one in candidates if one is not original and original in _chain(one)), None)
    if decorated is None and outer is None and "<locals>" in original.__qualname__:
        decorated = _among_all(original)
    chain = list(_chain(decorated))
    seen: set[int] = set()
    for layer in chain:
        found.extend(_icontract(layer, seen))
    functions = [layer for layer in chain if type(layer) is FunctionType]  # deal.inherit's object is changed by reading
    if functions and "deal" in sys.modules:
        found.extend(_deal(functions[0], seen))
    if owner is not None:
        found.extend(_invariants(owner, original))
    return tuple(sorted(found, key=lambda condition: condition.clause.kind != "pre"))


# --- finding ----------------------------------------------------------------------------------------------------------


def _name(function: FunctionType) -> str:
    return function.__qualname__.rpartition(".")[2]


def _chain(outer: Any) -> Iterator[Any]:
    """*outer* and everything it is made around, down to the plain function."""
    layer = outer
    for _ in range(MOST_LAYERS):
        if layer is None:
            return
        layer = getattr(layer, "__func__", None) or getattr(layer, "fget", None) or layer
        yield layer
        layer = getattr(layer, "__dict__", {}).get("__wrapped__")


def _by_name(function: FunctionType) -> Any:
    """What stands under the function's qualified name in its module."""
    found: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split("."):
        found = None if found is None else inspect.getattr_static(found, name, None)
    return found


def _owner(function: FunctionType, instance: Any) -> type | None:
    """The class that *function* is a method of."""
    if "." not in function.__qualname__ or function.__code__.co_varnames[:1] != ("self",):
        return None
    kinds: list[Any] = [type(instance)] if instance is not None else []
    module: Any = sys.modules.get(function.__module__)
    holder: Any = module
    for name in function.__qualname__.split(".")[:-1]:
        holder = None if holder is None else inspect.getattr_static(holder, name, None)
    kinds.append(holder)
    for kind in kinds:
        if isinstance(kind, type) and function in _chain(inspect.getattr_static(kind, _name(function), None)):
            return kind
    return None


def _among_all(function: FunctionType) -> Any:
    """For a function defined inside another one, which no name leads to: whatever was made around it, the outermost.

    Asked of what refers to it, never by a list of all objects: such a list would hold, for a moment, tuples that other
    threads are still building, and CPython answers them with a SystemError.
    """
    attributes = [
        one for one in gc.get_referrers(function) if type(one) is dict and one.get("__fukkatsu_original__") is function
    ]
    wanted = {id(one) for one in attributes}
    around = [one for one in gc.get_referrers(*attributes) if type(one) is FunctionType and id(one.__dict__) in wanted]
    return max(around, key=lambda one: len(list(_chain(one))), default=None)


# --- icontract --------------------------------------------------------------------------------------------------------


def _icontract(layer: Any, seen: set[int]) -> Iterator[Condition]:
    attributes = getattr(layer, "__dict__", {})
    groups = attributes.get(ICONTRACT)
    if not isinstance(groups, list) or id(groups) in seen:  # wrappers around it carry the same list
        return
    seen.add(id(groups))
    kept = [group for group in groups if group]
    if len(kept) == 1:
        for contract in kept[0]:
            yield _named("pre", "icontract.require", [[contract]])
    elif kept:
        yield _named("pre", "icontract.require", kept)
    snapshots = attributes.get("__postcondition_snapshots__") or ()
    old = tuple((snapshot.name, _part(snapshot.capture)) for snapshot in snapshots)
    for contract in attributes.get("__postconditions__") or ():
        yield _named("post", "icontract.ensure", [[contract]], old)


def _named(
    kind: ClauseKind, origin: str, groups: Iterable[Iterable[Any]], old: tuple[tuple[str, Part], ...] = ()
) -> Condition:
    groups = [list(group) for group in groups]
    texts = [" and ".join(_text_of(contract.condition, contract.description) for contract in group) for group in groups]
    parts = tuple(tuple(_part(contract.condition) for contract in group) for group in groups)
    needed = any("OLD" in part.takes for group in parts for part in group)
    return Condition(Clause(kind, " or ".join(texts), 0, origin=origin), "names", parts, old if needed else ())


def _part(call: Callable[..., Any]) -> Part:
    parameters = inspect.signature(call).parameters.values()
    takes = tuple(parameter.name for parameter in parameters)
    return Part(call, takes, tuple(p.name for p in parameters if p.default is p.empty))


def _text_of(test: Any, description: str | None = None) -> str:
    """A condition in the author's words: its description, the body of the lambda, or the function's name."""
    code = getattr(test, "__code__", None)
    text = "" if code is None or code.co_name != "<lambda>" else _body(code)
    text = text or (getattr(test, "__name__", "") if code is not None else "") or type(test).__name__
    return f"{text} ({description})"[:MOST_TEXT] if description else text[:MOST_TEXT]


def _body(code: Any) -> str:
    """The text of a lambda's body, from the places that its instructions come from."""
    spots = [spot for spot in code.co_positions() if None not in spot and (spot[0], spot[2]) != (spot[1], spot[3])]
    if not spots:
        return ""
    (line, column), (last, end) = min((s[0], s[2]) for s in spots), max((s[1], s[3]) for s in spots)
    lines = [text.encode() for text in linecache.getlines(code.co_filename)[line - 1 : last]]
    if len(lines) != last - line + 1:
        return ""
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][column:]
    return " ".join(part.decode("utf-8", "replace").strip() for part in lines)


# --- deal -------------------------------------------------------------------------------------------------------------


def _deal(outer: Any, seen: set[int]) -> Iterator[Condition]:
    introspection: Any = sys.modules["deal.introspection"]  # deal imports it itself
    allowed: list[str] | None = None
    for contract in introspection.get_contracts(outer):
        mark = id(getattr(contract, "_wrapped", contract))
        if mark in seen:  # wrappers around it carry the same ones
            continue
        seen.add(mark)
        kind = type(contract).__name__
        if kind == "Raises":
            names = [values.class_name(one) for one in contract.exceptions]
            allowed = names if allowed is None else [name for name in allowed if name in names]
        elif kind in _DEAL:
            yield _validated(contract, *_DEAL[kind], f"deal.{kind.lower()}")
    if allowed is not None:
        said = ", ".join(name.rpartition(".")[2] for name in allowed) or "nothing"
        yield Condition(Clause("raises", said, 0, exceptions=tuple(allowed), origin="deal.raises"), "exception")


def _validated(contract: Any, kind: ClauseKind, asks: Asking, origin: str) -> Condition:
    test = getattr(getattr(contract, "_wrapped", None), "raw_validator", None)
    text = _text_of(test, contract.message).replace("_.", "")
    event = getattr(contract, "event", None)
    exceptions = (values.class_name(event),) if isinstance(event, type) else ()
    if exceptions:
        text = f"{exceptions[0].rpartition('.')[2]} only when {text}"
    return Condition(Clause(kind, text[:MOST_TEXT], 0, exceptions=exceptions, origin=origin), asks, validator=contract)


# --- invariants -------------------------------------------------------------------------------------------------------


def _invariants(owner: type, function: FunctionType) -> Iterator[Condition]:
    """What holds of ``self`` after each call of a public method."""
    name = function.__name__
    if name.startswith("_") and not name.endswith("__"):
        return  # neither library looks at an object in the middle of its own work
    found = getattr(owner, "__invariants_on_call__", None) or getattr(owner, "__invariants__", None)
    for contract in found or ():
        yield _named("post", "icontract.invariant", [[contract]])
    for validator in getattr(owner, "_deal_invariants", ()):
        yield _validated(sys.modules["deal.introspection"].Pre(validator), "post", "self", "deal.inv")
