"""How values of each known type are encoded: by exact type, by what a class is built on, and numpy's and pandas' own.

Each entry gets the encoder under way and the value, and reads the value through the type's own methods only.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import functools
import gc
import io
import pathlib
import pickle
import re
import types
import uuid
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from fukkatsu._oracle.values_locks import LOCKS, is_held
from fukkatsu._oracle.values_names import class_name, instance_dict, type_module, type_mro

Node: TypeAlias = Any


def _digits(owner: type, value: Any) -> list[Node]:
    """Fields of a date or time, read beneath overrides; isoformat() would ask its tzinfo, which may be user code."""
    names = ("year", "month", "day") if owner is not datetime.time else ()
    if owner is not datetime.date:
        names = (*names, "hour", "minute", "second", "microsecond", "fold")
    return [owner.__dict__.get(name, datetime.date.__dict__.get(name)).__get__(value) for name in names]


def _clock(tag: str, owner: type) -> Callable[[Any, Any], Node]:
    zone = owner.__dict__["tzinfo"].__get__
    return lambda e, v: [tag, *_digits(owner, v), e.node(zone(v))]


def foreign_encoder(bases: tuple[type, ...]) -> Callable[[Any, Any, type], Node] | None:
    """The encoder for numpy's and pandas' types, loaded only where they are."""
    modules = {type_module(base) for base in bases if type(type_module(base)) is str}
    if any(name.partition(".")[0] in ("numpy", "pandas") for name in modules):
        from fukkatsu._oracle.values_arrays import encoder_for

        return encoder_for(bases)
    return None


def _zone(encoder: Any, value: Any) -> Node:
    key = value.key
    if type(key) is not str:
        return encoder.opaque(value, "a zone without key")
    try:
        type(value).__reduce__(value)  # type: ignore[call-arg]  # typeshed knows the one of `object` only
    except pickle.PicklingError:  # it may be of any contents, under any key
        return encoder.opaque(value, "a zone from a file")
    return ["zoneinfo", encoder.text(key)]


def _pattern(encoder: Any, value: re.Pattern[Any]) -> Node:
    return ["pattern", encoder.node(value.pattern), value.flags]


def _match(encoder: Any, value: re.Match[Any]) -> Node:
    return [
        "match",
        encoder.node(value.re),
        encoder.node(value.string),
        encoder.node(value.span(0)),
        value.pos,
        value.endpos,
    ]


def _partial(encoder: Any, value: functools.partial[Any]) -> Node:
    return ["partial", encoder.node(value.func), encoder.node(value.args), encoder.node(value.keywords)]


def _memory(encoder: Any, value: memoryview) -> Node:
    return [
        "memoryview",
        encoder.text(value.format),
        encoder.parts("tuple", value.shape or ()),
        encoder.raw(value.tobytes()),
    ]


def _deque(encoder: Any, value: Any) -> Node:
    size = collections.deque.__dict__["maxlen"].__get__(value)
    return ["deque", size, *encoder.parts("", collections.deque.__iter__(value))[1:]]


def _defaultdict(encoder: Any, value: Any) -> Node:
    factory = collections.defaultdict.__dict__["default_factory"].__get__(value)
    return ["defaultdict", encoder.node(factory), *encoder.pairs("", dict.items(value))[1:]]


def _stream(encoder: Any, value: Any) -> Node:
    """A file in memory: what it holds and where one reads or writes next."""
    kind = type(value)
    name = f"io.{kind.__name__}"
    if kind.closed.__get__(value):
        return ["stream", name, None, 0]
    return ["stream", name, encoder.node(kind.getvalue(value)), kind.tell(value)]


def _proxy(encoder: Any, value: Any) -> Node:
    """A view of a mapping: of what lies behind it, which its own methods would ask."""
    behind = gc.get_referents(value)[0]
    kind = type(behind)
    if kind is dict or kind is collections.defaultdict:
        return encoder.pairs("mappingproxy", dict.items(behind))
    return ["sub", "mappingproxy", encoder.node(behind)]


def _ordered(encoder: Any, value: Any) -> Node:
    """By its own order, for a dict's knows no move_to_end; and whole where that order does not know all in it."""
    node = encoder.pairs("OrderedDict", collections.OrderedDict.items(value))
    if len(node) - 1 == 2 * dict.__len__(value) or encoder.truncated:
        return node
    return ["sub", "collections.OrderedDict", node, "also", encoder.pairs("dict", dict.items(value))]


def _with_attributes(encode: Callable[[Any, Any], Node]) -> Callable[[Any, Any], Node]:
    """*encode*, and beside it what the instance was given under names: of classes whose instances take any."""

    def whole(encoder: Any, value: Any) -> Node:
        node = encode(encoder, value)
        if not instance_dict(value):
            return node
        kind = type(value)
        return ["sub", encoder.text(class_name(kind)), node, *encoder.state(value, type_mro(kind))]

    return whole


def _array(encoder: Any, value: Any) -> Node:
    return ["array", value.typecode, encoder.raw(value.tobytes())]


# By exact type. The lambdas read through the type's own methods only.
EXACT: Final[dict[type, Callable[[Any, Any], Node]]] = {
    list: lambda e, v: e.parts("list", v),
    tuple: lambda e, v: e.parts("tuple", v),
    dict: lambda e, v: e.pairs("dict", v.items()),
    set: lambda e, v: e.unordered("set", v),
    frozenset: lambda e, v: e.unordered("frozenset", v),
    bytes: lambda e, v: ["bytes", e.raw(v)],
    bytearray: lambda e, v: ["bytearray", e.raw(v)],
    memoryview: _memory,
    complex: lambda e, v: ["complex", v.real, v.imag],
    range: lambda e, v: ["range", e.node(v.start), e.node(v.stop), e.node(v.step)],
    slice: lambda e, v: ["slice", e.node(v.start), e.node(v.stop), e.node(v.step)],
    types.EllipsisType: lambda _e, _v: ["constant", "Ellipsis"],
    types.NotImplementedType: lambda _e, _v: ["constant", "NotImplemented"],
    types.SimpleNamespace: lambda e, v: ["object", "types.SimpleNamespace", *e.state(v, (types.SimpleNamespace,))],
    datetime.datetime: _clock("datetime", datetime.datetime),
    datetime.time: _clock("time", datetime.time),
    datetime.date: lambda _e, v: ["date", *_digits(datetime.date, v)],
    datetime.timedelta: lambda _e, v: ["timedelta", v.days, v.seconds, v.microseconds],
    datetime.timezone: lambda e, v: e.timezone(v),
    decimal.Decimal: lambda e, v: ["decimal", e.text(str(v))],
    fractions.Fraction: lambda e, v: ["fraction", e.node(v.numerator), e.node(v.denominator)],
    uuid.UUID: lambda _e, v: ["uuid", v.hex],
    re.Pattern: _pattern,
    re.Match: _match,
    functools.partial: _with_attributes(_partial),
    collections.deque: _deque,
    collections.defaultdict: _defaultdict,
    collections.OrderedDict: _with_attributes(_ordered),
    collections.Counter: _with_attributes(lambda e, v: e.pairs("Counter", dict.items(v))),
    types.MappingProxyType: _proxy,
    io.StringIO: _with_attributes(_stream),
    io.BytesIO: _with_attributes(_stream),
    type({}.keys()): lambda e, v: e.parts("dict_keys", v),
    type({}.values()): lambda e, v: e.parts("dict_values", v),
    type({}.items()): lambda e, v: e.parts("dict_items", v),
    type: lambda e, v: ["type", e.text(class_name(v))],
    **{lock: (lambda _e, v: ["lock", LOCKS[type(v)], is_held(v)]) for lock in LOCKS},
    types.FunctionType: lambda e, v: e.function(v),
    types.BuiltinFunctionType: lambda e, v: e.builtin_function(v),
    types.MethodType: lambda e, v: ["method", e.node(v.__func__), e.node(v.__self__)],
    types.ModuleType: lambda e, v: ["module", e.node(instance_dict(v).get("__name__"))],
    types.GenericAlias: lambda e, v: ["alias", e.node(v.__origin__), e.node(v.__args__)],
    types.UnionType: lambda e, v: ["union", *e.parts("", v.__args__)[1:]],
    **{
        path: (lambda e, v: ["path", f"pathlib.{type(v).__name__}", e.text(str(v))])
        for path in (pathlib.PurePosixPath, pathlib.PureWindowsPath, type(pathlib.Path()))
    },
}

# What a class of the user's may be built on: read through the base, whatever the class overrides.
BASES: Final[dict[type, Callable[[Any, Any], Node]]] = {
    collections.OrderedDict: _ordered,
    collections.defaultdict: _defaultdict,
    collections.Counter: lambda e, v: e.pairs("Counter", dict.items(v)),
    collections.deque: _deque,
    dict: lambda e, v: e.pairs("dict", dict.items(v)),
    list: lambda e, v: e.parts("list", list.__iter__(v)),
    tuple: lambda e, v: e.parts("tuple", tuple.__iter__(v)),
    set: lambda e, v: e.unordered("set", set.__iter__(v)),
    frozenset: lambda e, v: e.unordered("frozenset", frozenset.__iter__(v)),
    datetime.datetime: _clock("datetime", datetime.datetime),
    datetime.time: _clock("time", datetime.time),
    datetime.date: lambda _e, v: ["date", *_digits(datetime.date, v)],
    decimal.Decimal: lambda e, v: ["decimal", e.text(decimal.Decimal.__str__(v))],
    int: lambda e, v: e.integer(int.__int__(v)),
    float: lambda _e, v: float.__float__(v),
    complex: lambda _e, v: ["complex", complex.real.__get__(v), complex.imag.__get__(v)],
    str: lambda e, v: e.text(str.__str__(v)),
    bytes: lambda e, v: ["bytes", e.raw(bytes.__getitem__(v, slice(None)))],
    bytearray: lambda e, v: ["bytearray", e.raw(bytearray.__getitem__(v, slice(None)))],
}


def _register_late_types() -> None:
    """Standard types whose modules are not worth importing for everyone's sake."""
    import array
    import zoneinfo

    EXACT[array.array] = _array
    EXACT[zoneinfo.ZoneInfo] = _zone


_register_late_types()
