"""The short way to canonical text, for small values made of nothing but builtin containers and scalars.

Nearly every replay's outcome is one, and nearly all of the work here is done in C. Whatever needs a second look (large
numbers, other alphabets, cycles, sizes) is left to the long way, which writes the same text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from typing import Any, Final

_SCALARS: Final = frozenset({float, bool, type(None)})
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
    return lambda node: "".join(write(node, 0))


dump: Final = dumper()


def quick(value: object) -> bytes | None:
    """Canonical text of *value*, or ``None`` where it takes the long way."""
    kind = type(value)
    if kind not in _NAMES:
        return None
    try:
        text = dump(_node(value, kind, [_PARTS]))
    except _LongWayError:
        return None
    if len(text) > _CHARACTERS or "\\u" in text:  # perhaps a lone surrogate
        return None
    return text.encode("ascii")


def _node(value: Any, kind: type, room: list[int]) -> list[Any]:
    """The node. *room* holds how many parts may still come, which ends cycles too."""
    room[0] -= len(value) + 1
    if room[0] < 0:
        raise _LongWayError
    node: list[Any] = [_NAMES[kind]]
    for item in chain.from_iterable(value.items()) if kind is dict else value:
        inner = type(item)
        if (
            (inner is str and len(item) <= _CHARACTERS)
            or inner in _SCALARS
            or (inner is int and -_WIDE <= item < _WIDE)
        ):
            node.append(item)
        elif inner in _NAMES:
            node.append(_node(item, inner, room))
        else:
            raise _LongWayError
    return node
