"""Canonical values of numpy's and pandas' types. Imports neither: whoever holds such a value has imported them."""

from __future__ import annotations

import array
import base64
import sys
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from fukkatsu._oracle.values_names import instance_dict

Node: TypeAlias = Any

_PLAIN_KINDS: Final = "biufcSUmM"
_FLOATS: Final = {"f8": "d", "f4": "f", "c16": "d", "c8": "f"}


def encoder_for(bases: tuple[type, ...]) -> Callable[[Any, Any, type], Node] | None:
    """The encoder for a class with these *bases*, by identity with numpy's or pandas' own classes."""
    for module, name, encoder in _ENCODERS:
        owner = getattr(sys.modules.get(module), name, None)
        if owner is not None and any(base is owner for base in bases):
            return encoder
    return None


def _array(encoder: Any, value: Any, kind: type) -> Node:
    numpy = sys.modules["numpy"]
    if kind is not numpy.ndarray:
        base = numpy.ndarray.view(value, numpy.ndarray)
        return [
            "sub",
            f"{kind.__module__}.{kind.__qualname__}",
            _array(encoder, base, numpy.ndarray),
            *_state(encoder, value, kind),
        ]
    dtype = value.dtype
    shape = ["tuple", *value.shape]
    if dtype.kind in _PLAIN_KINDS:
        if dtype.byteorder == ">":
            value, dtype = value.astype(dtype.newbyteorder("<")), dtype.newbyteorder("<")
        return ["ndarray", dtype.str, shape, encoder.raw(value.tobytes())]
    if dtype.kind == "O":
        return ["objects", shape, *encoder.parts("", value.ravel().tolist())[1:]]
    if dtype.hasobject:
        return encoder.opaque(value, "an array of records that hold objects")
    return ["records", encoder.text(repr(dtype)), shape, encoder.raw(value.tobytes())]


def _state(encoder: Any, value: Any, kind: type) -> list[Node]:
    nodes: list[Node] = encoder.state(value, kind.__mro__)
    return nodes


def _scalar(encoder: Any, value: Any, _kind: type) -> Node:
    dtype = value.dtype
    if dtype.kind in "biufcSU" and dtype.itemsize <= 16 and dtype.char not in "gG":
        return ["scalar", dtype.str, encoder.node(value.item())]
    if dtype.kind in "SU":
        return ["scalar", dtype.str, encoder.node(value.item())]
    return ["scalar", dtype.str, ["bytes", encoder.raw(value.tobytes())]]


def _dtype(encoder: Any, value: Any, _kind: type) -> Node:
    return ["dtype", encoder.text(str(value))]


def _index(encoder: Any, value: Any, kind: type) -> Node:
    name = "Index" if kind.__name__ == "RangeIndex" else kind.__name__
    names = encoder.node(list(value.names))
    return ["foreign", f"pandas.{name}", names, *_column(encoder, value)]


def _column(encoder: Any, value: Any) -> list[Node]:
    """Type and values of one column or index; extension types go item by item."""
    dtype = value.dtype
    numpy = sys.modules["numpy"]
    if isinstance(dtype, numpy.dtype):
        return [str(dtype), encoder.node(numpy.asarray(value))]
    return [str(dtype), encoder.node(type(value).astype(value, object).tolist())]


def _series(encoder: Any, value: Any, kind: type) -> Node:
    return [
        "foreign",
        _name(kind, "Series"),
        encoder.node(value.name),
        encoder.node(value.index),
        *_column(encoder, value),
    ]


def _frame(encoder: Any, value: Any, kind: type) -> Node:
    columns = [["column", *_column(encoder, value.iloc[:, i])] for i in range(value.shape[1])]
    return ["foreign", _name(kind, "DataFrame"), encoder.node(value.columns), encoder.node(value.index), *columns]


def _with_attributes(encode: Callable[[Any, Any, type], Node]) -> Callable[[Any, Any, type], Node]:
    """*encode*, and beside it what a table was given under public names: pandas keeps its own under private ones."""

    def whole(encoder: Any, value: Any, kind: type) -> Node:
        node = encode(encoder, value, kind)
        given = {name: part for name, part in instance_dict(value).items() if name[:1] != "_"}
        if not given:
            return node
        return [
            "sub",
            node[1],
            node,
            *encoder.parts("", (each for name in sorted(given) for each in (name, given[name])))[1:],
        ]

    return whole


def _name(kind: type, plain: str) -> str:
    return f"pandas.{plain}" if kind.__module__.startswith("pandas.") else f"{kind.__module__}.{kind.__qualname__}"


def _moment(encoder: Any, value: Any, _kind: type) -> Node:
    zone = encoder.node(value.tzinfo) if getattr(value, "tzinfo", None) is not None else None
    return ["foreign", f"pandas.{type(value).__name__}", encoder.text(str(value.value)), zone]


def _missing(encoder: Any, value: Any, _kind: type) -> Node:
    return ["constant", f"pandas.{value!s}"]


_ENCODERS: Final[tuple[tuple[str, str, Callable[[Any, Any, type], Node]], ...]] = (
    ("pandas", "DataFrame", _with_attributes(_frame)),
    ("pandas", "Series", _with_attributes(_series)),
    ("pandas", "Index", _with_attributes(_index)),
    ("pandas._libs.tslibs.nattype", "NaTType", _missing),
    ("pandas._libs.missing", "NAType", _missing),
    ("pandas", "Timestamp", _moment),
    ("pandas", "Timedelta", _moment),
    ("numpy", "ndarray", _array),
    ("numpy", "generic", _scalar),
    ("numpy", "dtype", _dtype),
)


def array_items(node: Node) -> list[float] | None:
    """The numbers of an encoded float array, or ``None`` where only exact comparison applies. Needs no numpy."""
    try:
        if node[0] == "ndarray" and node[1][0] in "<=|" and node[1][1:] in _FLOATS:
            code = _FLOATS[node[1][1:]]
        elif node[0] == "array" and node[1] in ("d", "f"):
            code = node[1]
        else:
            return None
        items = array.array(code)
        items.frombytes(base64.b64decode(node[-1], validate=True))
        return [float(item) for item in items]
    except (ValueError, TypeError, IndexError):
        return None
