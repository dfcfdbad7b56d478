"""The canonical encoding of values: how an outcome leaves the sandbox, and how outcomes are compared.

Compact JSON text. ``None``, ``True``, ``False``, integers below 2**63, floats (``NaN`` and ``Infinity`` included) and
strings stand for themselves; everything else, lists too, is an array whose first item is a tag. Types are told apart
by exact ``type(x)``; classes of the user by qualified name, with their state read beneath every override, so that
encoding an object runs none of its code. Two exceptions, both wanted: iterators are drawn, and exceptions are asked
for their text.

What cannot be encoded becomes an ``opaque`` node: counted, and never equal to anything.

Reading (comparison, rendering, rebuilding) lives in ``values_read`` and is offered here too.
"""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import enum
import fractions
import functools
import json
import pathlib
import re
import types
import uuid
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Final, NamedTuple, TypeAlias

from fukkatsu._oracle.values_quick import dump, quick
from fukkatsu._oracle.values_read import difference, equal, magnitude, parse, rebuild, render, type_name

__all__ = [
    "Encoded",
    "difference",
    "encode",
    "encode_exception",
    "equal",
    "magnitude",
    "parse",
    "rebuild",
    "render",
    "type_name",
]

Node: TypeAlias = Any
"""A JSON value: a scalar, or a list that starts with its tag."""

MAX_NODES: Final = 1_000_000
MAX_BYTES: Final = 16 * 1024 * 1024
MAX_DEPTH: Final = 150  # the standard library's JSON parser recurses; the host's own stack may be deep already
TEXT_LIMIT: Final = 10_000  # characters kept of an exception's text
INT_LIMIT: Final = 1 << 63
QUICK_BYTES: Final = 16_384  # with less room than this, parts are counted one by one


_CONSTANTS: Final = {None: b"null", True: b"true", False: b"false"}

_ADDRESS: Final = re.compile(r"\b0x[0-9A-Fa-f]{6,}\b")
_MASKED_ADDRESS: Final = "0x…"

# Read beneath overrides: what the type's own slots say, not what a class or metaclass claims.
_type_mro = type.__dict__["__mro__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__
_type_module = type.__dict__["__module__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_exception_args = BaseException.__dict__["args"].__get__


class Encoded(NamedTuple):
    """A value as canonical text.

    Attributes:
        text: The encoding, ASCII.
        opaque: How many of its parts could not be encoded.
        truncated: Whether it was larger than ``max_nodes`` or ``max_bytes``.
        failure: What drawing raised, when the value itself is an iterator that failed.
    """

    text: bytes
    opaque: int
    truncated: bool = False
    failure: BaseException | None = None


class _TooMuchError(Exception):
    """The budget of nodes or bytes is spent."""


def class_name(cls: type) -> str:
    """Qualified name of *cls* (``"builtins."`` left out), read without asking its metaclass."""
    try:
        module, name = _type_module(cls), _type_qualname(cls)
    except Exception:  # noqa: BLE001 - a class may have deleted or broken what it is asked for
        return "?"
    if type(module) is not str or type(name) is not str:
        return "?"
    return name if module == "builtins" else f"{module}.{name}"


def masked(text: str) -> str:
    """*text* without memory addresses, which differ from process to process."""
    return _ADDRESS.sub(_MASKED_ADDRESS, text) if "0x" in text else text


def exception_text(exc: BaseException) -> str:
    """``str(exc)``, capped and without addresses; never raises."""
    try:
        text = str(exc)
        if type(text) is not str:
            text = str.__str__(text)
    except BaseException as failure:  # noqa: BLE001 - its __str__ is foreign code
        return f"<text unavailable: its __str__ raised {class_name(type(failure))}>"
    return masked(text[:TEXT_LIMIT])


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
    return _Encoder(iterator_items, max_nodes, max_bytes).run(value)


def encode_exception(exc: BaseException) -> Encoded:
    """Encode an exception: class, masked text, arguments and attributes; no traceback, cause or context."""
    return _Encoder(1_000, MAX_NODES, MAX_BYTES).run(exc)


class _Encoder:
    """One encoding under way: what is left of its budget, and the containers around the current part."""

    def __init__(self, iterator_items: int, max_nodes: int, max_bytes: int) -> None:
        self.iterator_items = iterator_items
        self.nodes_left = max_nodes
        self.bytes_left = max_bytes
        self.opaque_count = 0
        self.truncated = False
        self.failure: BaseException | None = None
        self.ancestors: dict[int, int] = {}  # id -> depth; ids stay valid, the ancestors are alive on the stack

    def run(self, value: object) -> Encoded:
        try:
            node = self.node(value)
            return Encoded(dump(node).encode("ascii"), self.opaque_count, self.truncated, self.failure)
        except _TooMuchError:
            why, self.truncated = "too large", True
        except BaseException as failure:  # noqa: BLE001 - total by contract; user code can run in here (iterators)
            why = f"encoding failed: {class_name(type(failure))}"
        return Encoded(json.dumps(["opaque", class_name(type(value)), why]).encode("ascii"), 1, self.truncated)

    def opaque(self, value: object, why: str) -> Node:
        self.opaque_count += 1
        return ["opaque", self.text(class_name(type(value))), why]

    def spend(self, size: int) -> None:
        self.nodes_left -= 1
        self.bytes_left -= size + 2
        if self.nodes_left < 0 or self.bytes_left < 0:
            self.truncated = True
            raise _TooMuchError

    def text(self, value: str) -> Node:
        """A string; one with lone surrogates is tagged, since JSON would join a pair of them into one character."""
        size = str.__len__(value)
        self.spend(size)
        if str.isascii(value):
            return value
        try:
            str.encode(value, "utf-8")
        except UnicodeEncodeError:
            return ["str", str.encode(value, "utf-8", "surrogatepass").hex()]
        self.bytes_left -= size * 3
        return value

    def raw(self, value: bytes | bytearray | memoryview) -> str:
        """Bytes as base64."""
        self.spend(len(value) * 4 // 3)
        return base64.b64encode(value).decode("ascii")

    def integer(self, value: int) -> Node:
        if -INT_LIMIT <= value < INT_LIMIT:
            self.spend(8)
            return value
        self.spend(value.bit_length() // 4)
        return ["int", f"{value:x}"]

    def node(self, value: object) -> Node:
        kind = type(value)
        if kind is str:
            return self.text(value)  # type: ignore[arg-type]  # `kind` is its exact type
        if kind is int:
            return self.integer(value)  # type: ignore[arg-type]  # `kind` is its exact type
        if value is None or kind is bool or kind is float:
            self.spend(8)
            return value
        self.spend(4)
        identity = id(value)
        ancestors = self.ancestors
        depth = len(ancestors)
        if identity in ancestors:
            return ["cycle", depth - ancestors[identity]]
        if depth >= MAX_DEPTH:
            return self.opaque(value, f"nested more than {MAX_DEPTH} deep")
        ancestors[identity] = depth
        try:
            if kind is list or kind is tuple:
                return self.parts(kind.__name__, value)  # type: ignore[arg-type]  # `kind` is its exact type
            if kind is dict:
                return self.pairs("dict", value.items())  # type: ignore[attr-defined]  # `kind` is its exact type
            encoder = _EXACT.get(kind)
            if encoder is not None:
                return encoder(self, value)
            return self.other(value, kind)
        except _TooMuchError:
            self.bytes_left, self.nodes_left = max(self.bytes_left, 0), max(self.nodes_left, 0)
            return self.opaque(value, "too large")
        finally:
            del ancestors[identity]

    def parts(self, tag: str, items: Iterable[object]) -> list[Node]:
        """``[tag, *items]``; where the budget ends, the rest becomes one opaque part."""
        nodes: list[Node] = [tag]
        add = nodes.append
        for item in items:
            kind = type(item)
            if kind is str and len(item) < 200 and item.isascii():  # type: ignore[arg-type,attr-defined]  # `kind` is its exact type
                self.nodes_left -= 1
                self.bytes_left -= len(item) + 3  # type: ignore[arg-type]  # `kind` is its exact type
                add(item)
            elif kind is float or kind is bool or item is None or (kind is int and -INT_LIMIT <= item < INT_LIMIT):  # type: ignore[operator]  # `kind` is its exact type
                self.nodes_left -= 1
                self.bytes_left -= 10
                add(item)
            else:
                try:
                    add(self.node(item))
                except _TooMuchError:
                    self.nodes_left = -1
            if self.nodes_left < 0 or self.bytes_left < 0:
                self.truncated = True
                self.opaque_count += 1
                add(["opaque", "", "too large"])
                break
        return nodes

    def pairs(self, tag: str, items: Iterable[tuple[object, object]]) -> list[Node]:
        return self.parts(tag, chain.from_iterable(items))

    def unordered(self, tag: str, items: Iterable[object]) -> list[Node]:
        """A set: sorted by the text of its members."""
        members = self.parts(tag, items)[1:]
        members.sort(key=dump)
        return [tag, *members]

    def drawn(self, value: Any, tag_name: str) -> Node:
        """An iterator: its items, and how it ended. Runs its code, wherever that is from."""
        if self.iterator_items <= 0:
            return self.opaque(value, "an iterator that was not drawn")
        nodes: list[Node] = ["iterator", tag_name]
        step = type(value).__next__
        for _ in range(self.iterator_items):
            try:
                item = step(value)
            except StopIteration:
                nodes.append(["end"])
                return nodes
            except BaseException as failure:  # noqa: BLE001 - what drawing raises is part of the outcome
                if len(self.ancestors) <= 1:  # the value itself is this iterator
                    self.failure = failure
                nodes.append(["raised", self.node(failure)])
                return nodes
            try:
                nodes.append(self.node(item))
            except _TooMuchError:
                break
            if self.nodes_left <= 0 or self.bytes_left <= 0:
                break
        else:
            nodes.append(["more"])
            return nodes
        self.opaque_count += 1
        self.truncated = True
        nodes.append(["opaque", "", "too large"])
        return nodes

    def other(self, value: Any, kind: type) -> Node:
        """Whatever has no entry of its own: by what its class is built on."""
        bases = _type_mro(kind)
        if any(base is type for base in bases):
            return ["type", self.text(class_name(value))]
        if any(base is enum.EnumMeta for base in _type_mro(type(kind))):
            return self.enum_member(value, kind)
        if any(base is BaseException for base in bases):
            return self.exception(value, kind, bases)
        foreign = _foreign_encoder(bases)
        if foreign is not None:
            return foreign(self, value, kind)
        for base in bases[1:]:
            encoder = _BASES.get(base)
            if encoder is None:
                continue
            name = self.text(class_name(kind))
            fields = _named_fields(bases) if base is tuple else None
            if fields is not None and len(fields) == tuple.__len__(value):
                return ["namedtuple", name, *self.pairs("", zip(fields, tuple.__iter__(value), strict=True))[1:]]
            return ["sub", name, encoder(self, value), *self.state(value, bases)]
        if any("__next__" in _type_dict(base) for base in bases) and not any(
            _type_module(base) == "_io" for base in bases
        ):
            return self.drawn(value, self.text(class_name(kind)))
        if not kind.__flags__ & _HEAP_TYPE or _hidden_bytes(kind, bases) > 0:
            return self.opaque(value, "no canonical form")  # written in C, its state out of sight
        return ["object", self.text(class_name(kind)), *self.state(value, bases)]

    def state(self, value: object, bases: tuple[type, ...]) -> list[Node]:
        """Attributes by name, from ``__dict__`` and slots, sorted; flat: name, value, name, value."""
        found: dict[str, object] = {}
        for base in reversed(bases):
            for name, slot in _type_dict(base).items():
                if type(slot) is types.MemberDescriptorType and type(name) is str:
                    try:
                        found[name] = slot.__get__(value)
                    except AttributeError:
                        continue
        for base in bases:
            getter = _type_dict(base).get("__dict__")
            if type(getter) is types.GetSetDescriptorType:
                try:
                    attributes = getter.__get__(value)
                except Exception:  # noqa: BLE001, S112 - a C type that has none after all
                    continue
                if type(attributes) is dict:
                    found.update((key, item) for key, item in attributes.items() if type(key) is str)
                break
        return self.parts("", (part for name in sorted(found) for part in (name, found[name])))[1:]

    def enum_member(self, value: object, kind: type) -> Node:
        attributes = _instance_dict(value)
        name = attributes.get("_name_")
        return ["enum", self.text(class_name(kind)), self.node(name), self.node(attributes.get("_value_"))]

    def exception(self, value: BaseException, kind: type, bases: tuple[type, ...]) -> Node:
        text = exception_text(value)
        args = _exception_args(value)
        plain = len(args) == 1 and type(args[0]) is str and masked(args[0][:TEXT_LIMIT]) == text
        mro = [self.text(class_name(base)) for base in bases[1:] if base is not object]
        attributes = {k: v for k, v in _instance_dict(value).items() if type(k) is str and k != "__notes__"}
        return [
            "exception",
            self.text(class_name(kind)),
            ["bases", *mro],
            self.text(text),
            None if plain else self.parts("tuple", args),
            *self.parts("", (part for name in sorted(attributes) for part in (name, attributes[name])))[1:],
        ]

    def function(self, value: types.FunctionType) -> Node:
        module, name = value.__module__, value.__qualname__
        if type(module) is not str or "<" in name:  # <lambda>, <locals>: two of one name may differ
            return self.opaque(value, "a local function")
        return ["function", self.text(module), self.text(name)]

    def builtin_function(self, value: types.BuiltinFunctionType) -> Node:
        owner = value.__self__
        if owner is None or type(owner) is types.ModuleType:
            return ["function", self.text(value.__module__ or "builtins"), self.text(value.__qualname__)]
        return ["method", self.text(value.__name__), self.node(owner)]

    def timezone(self, value: datetime.timezone) -> Node:
        offset = value.utcoffset(None)
        return ["timezone", offset.days * 86_400 + offset.seconds, offset.microseconds, self.text(value.tzname(None))]


_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or by C code that imitates one


def _hidden_bytes(kind: type, bases: tuple[type, ...]) -> int:
    """Size of the instance's state beyond what its slots, ``__dict__`` and ``__weakref__`` account for."""
    visible = object.__basicsize__
    for name in ("__dict__", "__weakref__"):
        if any(type(_type_dict(base).get(name)) is types.GetSetDescriptorType for base in bases[:-1]):
            visible += 8
    for base in bases:
        visible += 8 * sum(type(slot) is types.MemberDescriptorType for slot in _type_dict(base).values())
    return kind.__basicsize__ - visible


def _instance_dict(value: object) -> dict[str, object]:
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except Exception:  # noqa: BLE001 - it has none, or a class attribute of that name misbehaves
        return {}
    return attributes if type(attributes) is dict else {}


def _named_fields(bases: tuple[type, ...]) -> tuple[str, ...] | None:
    for base in bases:
        fields = _type_dict(base).get("_fields")
        if type(fields) is tuple and all(type(name) is str for name in fields):
            return fields
    return None


def _digits(owner: type, value: Any) -> list[Node]:
    """Fields of a date or time, read beneath overrides; isoformat() would ask its tzinfo, which may be user code."""
    names = ("year", "month", "day") if owner is not datetime.time else ()
    if owner is not datetime.date:
        names = (*names, "hour", "minute", "second", "microsecond", "fold")
    return [owner.__dict__.get(name, datetime.date.__dict__.get(name)).__get__(value) for name in names]


def _clock(tag: str, owner: type) -> Callable[[_Encoder, Any], Node]:
    zone = owner.__dict__["tzinfo"].__get__
    return lambda e, v: [tag, *_digits(owner, v), e.node(zone(v))]


def _foreign_encoder(bases: tuple[type, ...]) -> Callable[[_Encoder, Any, type], Node] | None:
    """The encoder for numpy's and pandas' types, loaded only where they are."""
    modules = {_type_module(base) for base in bases if type(_type_module(base)) is str}
    if any(name.partition(".")[0] in ("numpy", "pandas") for name in modules):
        from fukkatsu._oracle.values_arrays import encoder_for

        return encoder_for(bases)
    return None


def _zone(encoder: _Encoder, value: Any) -> Node:
    key = value.key
    return ["zoneinfo", encoder.text(key)] if type(key) is str else encoder.opaque(value, "a zone without key")


def _pattern(encoder: _Encoder, value: re.Pattern[Any]) -> Node:
    return ["pattern", encoder.node(value.pattern), value.flags]


def _match(encoder: _Encoder, value: re.Match[Any]) -> Node:
    return [
        "match",
        encoder.node(value.re),
        encoder.node(value.string),
        encoder.node(value.span(0)),
        value.pos,
        value.endpos,
    ]


def _partial(encoder: _Encoder, value: functools.partial[Any]) -> Node:
    return ["partial", encoder.node(value.func), encoder.node(value.args), encoder.node(value.keywords)]


def _memory(encoder: _Encoder, value: memoryview) -> Node:
    return [
        "memoryview",
        encoder.text(value.format),
        encoder.parts("tuple", value.shape or ()),
        encoder.raw(value.tobytes()),
    ]


def _deque(encoder: _Encoder, value: Any) -> Node:
    size = collections.deque.__dict__["maxlen"].__get__(value)
    return ["deque", size, *encoder.parts("", collections.deque.__iter__(value))[1:]]


def _defaultdict(encoder: _Encoder, value: Any) -> Node:
    factory = collections.defaultdict.__dict__["default_factory"].__get__(value)
    return ["defaultdict", encoder.node(factory), *encoder.pairs("", dict.items(value))[1:]]


def _array(encoder: _Encoder, value: Any) -> Node:
    return ["array", value.typecode, encoder.raw(value.tobytes())]


# By exact type. The lambdas read through the type's own methods only.
_EXACT: Final[dict[type, Callable[[_Encoder, Any], Node]]] = {
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
    functools.partial: _partial,
    collections.deque: _deque,
    collections.defaultdict: _defaultdict,
    collections.OrderedDict: lambda e, v: e.pairs("OrderedDict", dict.items(v)),
    collections.Counter: lambda e, v: e.pairs("Counter", dict.items(v)),
    types.MappingProxyType: lambda e, v: e.pairs("mappingproxy", v.items()),
    type({}.keys()): lambda e, v: e.parts("dict_keys", v),
    type({}.values()): lambda e, v: e.parts("dict_values", v),
    type({}.items()): lambda e, v: e.parts("dict_items", v),
    type: lambda e, v: ["type", e.text(class_name(v))],
    types.FunctionType: lambda e, v: e.function(v),
    types.BuiltinFunctionType: lambda e, v: e.builtin_function(v),
    types.MethodType: lambda e, v: ["method", e.node(v.__func__), e.node(v.__self__)],
    types.ModuleType: lambda e, v: ["module", e.node(_instance_dict(v).get("__name__"))],
    types.GenericAlias: lambda e, v: ["alias", e.node(v.__origin__), e.node(v.__args__)],
    types.UnionType: lambda e, v: ["union", *e.parts("", v.__args__)[1:]],
    **{
        path: (lambda e, v: ["path", f"pathlib.{type(v).__name__}", e.text(str(v))])
        for path in (pathlib.PurePosixPath, pathlib.PureWindowsPath, type(pathlib.Path()))
    },
}

# What a class of the user's may be built on: read through the base, whatever the class overrides.
_BASES: Final[dict[type, Callable[[_Encoder, Any], Node]]] = {
    collections.OrderedDict: lambda e, v: e.pairs("OrderedDict", collections.OrderedDict.items(v)),
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

    _EXACT[array.array] = _array
    _EXACT[zoneinfo.ZoneInfo] = _zone


_register_late_types()
