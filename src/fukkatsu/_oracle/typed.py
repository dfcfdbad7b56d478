"""Whether a value is what an annotation says, and keeps the constraints in it. Runs in the examiner."""

from __future__ import annotations

import types
import typing
from collections import abc
from typing import Any, Final

from fukkatsu._oracle.domains import Bounds

_COLLECTIONS: Final = frozenset(
    {list, set, frozenset, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable, abc.Set, abc.MutableSet}
)
_MAPPINGS: Final = frozenset({dict, abc.Mapping, abc.MutableMapping})
_EXACT: Final = frozenset({int, str, float, bool, bytes, complex})


def constraint_violation(hint: Any, value: Any, path: str = "it") -> str | None:
    """Which ``Annotated`` constraint *value* breaks, at any depth of lists, tuples, dicts and unions."""
    if not _is_constrained(hint):
        return None
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        try:
            broken = Bounds.read(args[1:]).violated(value)
        except Exception:  # noqa: BLE001 - a constraint that does not apply to this value
            broken = None
        return f"{path} = {value!r:.60} {broken}" if broken else constraint_violation(args[0], value, path)
    if origin in (typing.Union, types.UnionType):
        results = [constraint_violation(arg, value, path) for arg in args if _fits(arg, value)]
        return None if not results or None in results else results[0]
    if origin in _COLLECTIONS and isinstance(value, list | tuple | set | frozenset) and args:
        return next((b for at, v in enumerate(value) if (b := constraint_violation(args[0], v, f"{path}[{at}]"))), None)
    if origin is tuple and isinstance(value, tuple) and args:
        hints = [args[0]] * len(value) if len(args) == 2 and args[1] is ... else args
        pairs = zip(hints, value, strict=False)
        return next((b for at, (h, v) in enumerate(pairs) if (b := constraint_violation(h, v, f"{path}[{at}]"))), None)
    if origin in _MAPPINGS and isinstance(value, dict) and len(args) == 2:
        for key, item in value.items():
            broken = constraint_violation(args[0], key, f"a key of {path}") or constraint_violation(
                args[1], item, f"{path}[{key!r}]"
            )
            if broken:
                return broken
    return None


def _is_constrained(hint: Any) -> bool:
    """Whether there is an ``Annotated`` anywhere in a type: without one no item need be looked at."""
    pending = [hint]
    for part in pending:  # grows while it is walked
        if typing.get_origin(part) is typing.Annotated:
            return True
        pending.extend(typing.get_args(part))
    return False


def is_exactly(hint: Any, value: Any) -> bool:
    """Whether *value* is of builtin types to the last item, exactly as *hint* says: no need to look at each of them."""
    kind = type(value)
    if type(hint) is type and hint in _EXACT:  # what travels in Annotated need not have a hash
        return kind is hint
    args = typing.get_args(hint)
    if kind is not typing.get_origin(hint) or kind not in _WHOLE or len(args) != (2 if kind is dict else 1):
        return False
    sides = (value.keys(), value.values()) if kind is dict else (value,)
    return all(
        set(map(type, side)) <= {arg}
        if type(arg) is type and arg in _EXACT
        else all(is_exactly(arg, item) for item in side)
        for arg, side in zip(args, sides, strict=True)
    )


_WHOLE: Final = frozenset({list, set, frozenset, dict})


def keeps(hint: Any, value: Any) -> bool:
    """Whether an argument is what its annotation says, constraints included."""
    return is_exactly(hint, value) or (_fits(hint, value) and constraint_violation(hint, value) is None)


def _fits(hint: Any, value: Any) -> bool:
    """To the last item, as a result is looked at: a list with one item that does not fit promises nothing of it."""
    import typeguard

    try:
        typeguard.check_type(
            value,
            hint,
            collection_check_strategy=typeguard.CollectionCheckStrategy.ALL_ITEMS,
            forward_ref_policy=typeguard.ForwardRefPolicy.IGNORE,
        )
    except Exception:  # noqa: BLE001 - it does not fit
        return False
    return True
