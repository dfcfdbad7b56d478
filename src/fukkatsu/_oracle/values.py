"""The canonical encoding of values: how an outcome leaves the sandbox, and how outcomes are compared.

Compact JSON text. ``None``, ``True``, ``False``, integers below 2**63, floats (``NaN`` and ``Infinity`` included) and
strings stand for themselves; everything else, lists too, is an array whose first item is a tag. Types are told apart
by exact ``type(x)``; classes of the user by qualified name, with their state read beneath every override, so that
encoding an object runs none of its code. Two exceptions, both wanted: iterators are drawn, and exceptions are asked
for their text.

What cannot be encoded becomes an ``opaque`` node: counted, and never equal to anything.

This module is the door. Writing is in ``values_quick``, ``values_encoder``, ``values_types`` and ``values_names``;
reading in ``values_read`` (parse), ``values_compare``, ``values_show`` and ``values_rebuild``.
"""

from __future__ import annotations

from typing import Any, Final

from fukkatsu._oracle.values_compare import difference, equal, magnitude
from fukkatsu._oracle.values_encoder import INT_LIMIT, MAX_BYTES, Encoded, Encoder
from fukkatsu._oracle.values_names import class_name, exception_text, masked
from fukkatsu._oracle.values_quick import dump, quick
from fukkatsu._oracle.values_read import MAX_NODES, parse
from fukkatsu._oracle.values_show import render, type_name

__all__ = [
    "Encoded",
    "class_name",
    "difference",
    "encode",
    "encode_exception",
    "equal",
    "exception_text",
    "magnitude",
    "masked",
    "parse",
    "rebuild",
    "render",
    "type_name",
]

QUICK_BYTES: Final = 16_384  # with less room than this, parts are counted one by one
_CONSTANTS: Final = {None: b"null", True: b"true", False: b"false"}


def encode(
    value: object, *, iterator_items: int = 1_000, max_nodes: int = MAX_NODES, max_bytes: int = MAX_BYTES
) -> Encoded:
    """Encode *value*; total: whatever it is, text comes back.

    Args:
        value: Anything.
        iterator_items: Items drawn from an iterator; 0 leaves iterators alone and makes them opaque.
        max_nodes: Parts encoded before the rest becomes opaque.
        max_bytes: Likewise, in bytes of text, approximately.
    """
    kind = type(value)
    if kind is int and -INT_LIMIT <= value < INT_LIMIT:  # type: ignore[operator]  # `kind` is its exact type
        return Encoded(b"%d" % value, 0)  # type: ignore[str-format]  # `kind` is its exact type
    if value is None or kind is bool:
        return Encoded(_CONSTANTS[value], 0)  # type: ignore[index]  # `kind` is its exact type
    if kind is float or (kind is str and len(value) < 1000 and value.isascii()):  # type: ignore[arg-type,attr-defined]  # `kind` is its exact type
        return Encoded(dump(value).encode("ascii"), 0)
    if max_bytes >= QUICK_BYTES <= max_nodes:
        text = quick(value)
        if text is not None:
            return Encoded(text, 0)
    return Encoder(iterator_items, max_nodes, max_bytes).run(value)


def encode_exception(exc: BaseException) -> Encoded:
    """Encode an exception: class, masked text, arguments and attributes; no traceback, cause or context."""
    return Encoder(1_000, MAX_NODES, MAX_BYTES).run(exc)


def rebuild(text: bytes, types: Any = None) -> object:
    """Build the value again, as plain data. See ``values_rebuild.rebuild``."""
    from fukkatsu._oracle.values_rebuild import rebuild as build

    return build(parse(text), types or {})
