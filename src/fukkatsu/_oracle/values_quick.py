"""The short way to canonical text, for small values made of nothing but builtin containers and scalars.

Nearly every replay's outcome is one, and nearly all of the work here is done in C. Whatever needs a second look (large
numbers, other alphabets, cycles, sizes) is left to the long way, which writes the same text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from typing import Any, Final

_NAMES: Final[dict[type, str]] = {list: "list", tuple: "tuple", dict: "dict"}
_WIDE: Final = 1 << 63
_PARTS: Final = 120
_CHARACTERS: Final = 8_000  # of a string, and of the whole text


class _LongWayError(Exception):
    """There is something here that needs a second look."""


def dumper() -> Callable[[Any], str]:
    """``json.dumps`` for nodes, with what it builds anew for each value built once."""
    encoder = json.JSONEncoder(check_circular=False, separators=(",", ":"))
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encoder.encode
    write = make(None, encoder.default, json.encoder.encode_basestring_ascii, None, ":", ",", False, False, True)
    join = "".join
    return lambda node: join(write(node, 0))


dump: Final = dumper()


def quick(value: object, mutable: list[int] | None = None) -> bytes | None:
    """Canonical text of *value*, or ``None`` where it takes the long way.

    Args:
        value: Anything.
        mutable: Gets the ids of the lists and dicts in *value*, one as often as it stands there; to be looked at only
            where there is a text.
    """
    kind = type(value)
    if kind not in _NAMES:
        return None
    try:
        text = dump(_node(value, kind, [_PARTS], [] if mutable is None else mutable))
    except _LongWayError:
        return None
    if len(text) > _CHARACTERS or "\\u" in text:  # perhaps a lone surrogate
        return None
    return text.encode("ascii")


def _node(value: Any, kind: type, room: list[int], mutable: list[int]) -> list[Any]:
    """The node. *room* holds how many parts may still come, which ends cycles too."""
    room[0] -= len(value) + 1
    if room[0] < 0:
        raise _LongWayError
    node: list[Any] = [_NAMES[kind]]
    add = node.append
    if kind is dict:
        mutable.append(id(value))
        value = chain.from_iterable(value.items())
    elif kind is list:
        mutable.append(id(value))
    for item in value:
        inner = type(item)
        if inner is float or inner is bool or item is None:
            add(item)
        elif inner is int:
            if not -_WIDE <= item < _WIDE:
                raise _LongWayError
            add(item)
        elif inner is str:
            if len(item) > _CHARACTERS:
                raise _LongWayError
            add(item)
        elif inner is tuple or inner is list or inner is dict:
            add(_node(item, inner, room, mutable))
        else:
            raise _LongWayError
    return node
