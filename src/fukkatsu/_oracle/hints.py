"""What an annotation says of a value and of its parts, as far as it matters to values that were observed.

Runs in the examiner. Callers write ``total(1, 2)`` where the author wrote ``float``: what was seen are whole numbers,
what is meant are numbers.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any


def means_real(hint: Any) -> bool:
    """Whether *hint* is ``float``, alone, constrained, or as one of several."""
    if hint is float:
        return True
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return means_real(args[0])
    return origin in (typing.Union, types.UnionType) and any(map(means_real, args))


def part_of(hint: Any, at: int) -> Any:
    """The annotation of a part: of the items of a sequence, of place *at* in a tuple, of keys (0) or values (1).

    ``None`` where it says nothing, or where it depends on the value which of several it is.
    """
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return part_of(args[0], at)
    if origin in (typing.Union, types.UnionType):
        parts = [part for arg in args if (part := part_of(arg, at)) is not None]
        return parts[0] if len(parts) == 1 else None
    if origin is None or not args:
        return None
    if origin is tuple and len(args) == 2 and args[1] is ...:
        return args[0]
    return args[at] if at < len(args) else None


def field_hint(kind: type, name: str) -> Any:
    """The annotation of a field, or ``None``."""
    return _field_hints(kind).get(name)


@lru_cache(maxsize=64)
def _field_hints(kind: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind, include_extras=True)
    except Exception:  # noqa: BLE001 - a name that is not there at run time: nothing is known, then
        return {}


def hints_of(function: Callable[..., Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """The function's annotations, evaluated; those that cannot be are left out."""
    try:
        return typing.get_type_hints(function, localns=dict(scope), include_extras=True)
    except Exception:  # noqa: BLE001 - one annotation that names something unknown must not cost the others
        found = {}
        for name, hint in getattr(function, "__annotations__", {}).items():
            if not isinstance(hint, str):
                found[name] = hint
                continue
            try:
                names = {**vars(typing), **getattr(function, "__globals__", {}), **scope}
                found[name] = eval(hint, names)  # noqa: S307 - the author's annotation, in the confined examiner
            except Exception:  # noqa: BLE001, S112 - see above
                continue
        return found
