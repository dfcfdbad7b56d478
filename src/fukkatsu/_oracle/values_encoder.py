"""Encoding, the long way: any value, part by part, within a budget. Who only wants the text asks ``values.encode``."""

from __future__ import annotations

import base64
import datetime
import enum
import json
import types
from collections.abc import Iterable
from itertools import chain
from typing import Any, Final, NamedTuple, TypeAlias

from fukkatsu._oracle.values_claims import assigned, is_renamed
from fukkatsu._oracle.values_names import (
    TEXT_LIMIT,
    class_name,
    exception_args,
    exception_text,
    instance_dict,
    masked,
    type_dict,
    type_module,
    type_mro,
)
from fukkatsu._oracle.values_quick import dump
from fukkatsu._oracle.values_types import BASES, EXACT, foreign_encoder

Node: TypeAlias = Any
"""A JSON value: a scalar, or a list that starts with its tag."""

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_DEPTH: Final = 150  # the standard library's JSON parser recurses; the host's own stack may be deep already
INT_LIMIT: Final = 1 << 63


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


class TooMuchError(Exception):
    """The budget of nodes or bytes is spent."""


class Encoder:
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
        except TooMuchError:
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
            raise TooMuchError

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
            encoder = EXACT.get(kind)
            if encoder is not None:
                return encoder(self, value)
            return self.other(value, kind)
        except TooMuchError:
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
                except TooMuchError:
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
            except StopIteration as stop:  # what it returned is what `yield from` gives
                nodes.append(["end"] if stop.value is None else ["end", self.node(stop.value)])
                return nodes
            except BaseException as failure:  # noqa: BLE001 - what drawing raises is part of the outcome
                if len(self.ancestors) <= 1:  # the value itself is this iterator
                    self.failure = failure
                nodes.append(["raised", self.node(failure)])
                return nodes
            try:
                nodes.append(self.node(item))
            except TooMuchError:
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
        bases = type_mro(kind)
        if any(base is type for base in bases):
            return ["type", self.text(class_name(value))]
        if any(base is enum.EnumMeta for base in type_mro(type(kind))):
            return self.enum_member(value, kind)
        if any(base is BaseException for base in bases):
            return self.exception(value, kind, bases)
        foreign = foreign_encoder(bases)
        if foreign is not None:
            return foreign(self, value, kind)
        for base in bases[1:]:
            encoder = BASES.get(base)
            if encoder is None:
                continue
            name = self.text(class_name(kind))
            fields = _named_fields(bases) if base is tuple else None
            if fields is not None and len(fields) == tuple.__len__(value):
                return ["namedtuple", name, *self.pairs("", zip(fields, tuple.__iter__(value), strict=True))[1:]]
            return ["sub", name, encoder(self, value), *self.state(value, bases)]
        if any("__next__" in type_dict(base) for base in bases) and not any(
            type_module(base) == "_io" for base in bases
        ):
            return self.drawn(value, self.text(class_name(kind)))
        if not kind.__flags__ & _HEAP_TYPE or _hidden_bytes(kind, bases) > 0:
            return self.opaque(value, "no canonical form")  # written in C, its state out of sight
        return ["object", self.text(class_name(kind)), *self.state(value, bases)]

    def state(self, value: object, bases: tuple[type, ...]) -> list[Node]:
        """Attributes by name, from ``__dict__`` and slots, sorted; flat: name, value, name, value."""
        found: dict[str, object] = {}
        for base in reversed(bases):
            for name, slot in type_dict(base).items():
                if type(slot) is types.MemberDescriptorType and type(name) is str:
                    try:
                        found[name] = slot.__get__(value)
                    except AttributeError:
                        continue
        for base in bases:
            getter = type_dict(base).get("__dict__")
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
        attributes = instance_dict(value)
        name = attributes.get("_name_")
        return ["enum", self.text(class_name(kind)), self.node(name), self.node(attributes.get("_value_"))]

    def exception(self, value: BaseException, kind: type, bases: tuple[type, ...]) -> Node:
        text = exception_text(value)
        args = exception_args(value)
        plain = len(args) == 1 and type(args[0]) is str and masked(args[0][:TEXT_LIMIT]) == text
        mro = [self.text(class_name(base)) for base in bases[1:] if base is not object]
        attributes = {k: v for k, v in instance_dict(value).items() if type(k) is str and k != "__notes__"}
        attributes |= assigned(value, args)
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
        if type(module) is not str or "<" in name or is_renamed(value):  # <locals>: two of one name may differ
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
        if any(type(type_dict(base).get(name)) is types.GetSetDescriptorType for base in bases[:-1]):
            visible += 8
    for base in bases:
        visible += 8 * sum(type(slot) is types.MemberDescriptorType for slot in type_dict(base).values())
    return kind.__basicsize__ - visible


def _named_fields(bases: tuple[type, ...]) -> tuple[str, ...] | None:
    for base in bases:
        fields = type_dict(base).get("_fields")
        if type(fields) is tuple and all(type(name) is str for name in fields):
            return fields
    return None
