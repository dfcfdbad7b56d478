"""A value as bounded text: a look at the first items only, secrets masked by the name they stand under."""

from __future__ import annotations

import dataclasses
import enum
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import FunctionType, MappingProxyType, MemberDescriptorType, ModuleType
from typing import Any, Final

from fukkatsu._capture.secrets import is_secret_name, mask_pairs

ITEMS: Final = 20  # shown of one container
NODES: Final = 300  # values shown of one argument, all levels together
DEPTH: Final = 6
WINDOW: Final = 16 * 1024  # characters of one string that are looked at; what is longer is masked, then cut
_MORE: Final = "…"
_VIEWS: Final[tuple[type, ...]] = (type({}.keys()), type({}.values()), type({}.items()))


class Bounded:
    """One bounded rendering.

    Args:
        characters: Longest text of one string inside the value; the whole is at most about four times as long.
        redact: Applied to each text before it is cut, so that no secret is cut in half and escapes.
    """

    def __init__(self, characters: int, redact: Callable[[str], str]) -> None:
        self._characters, self._redact = characters, redact
        self._nodes = NODES
        self._path: set[int] = set()

    def render(self, value: object, name: str = "") -> str:
        """Text of *value*, masked when *name* says that it is a secret. Never raises an ``Exception``."""
        if is_secret_name(name) and not is_empty(value):
            return f"<masked {type(value).__name__}>"
        self._nodes -= 1
        if self._nodes < 0 or len(self._path) >= DEPTH:
            return _MORE
        if id(value) in self._path:
            return "<cycle>"
        self._path.add(id(value))
        try:
            return self._render(value)
        except Exception as error:  # noqa: BLE001 - the value is foreign: its __repr__, __len__, keys may do anything
            return f"<{type(value).__name__}: {type(error).__name__} while it was shown>"
        finally:
            self._path.discard(id(value))

    def _render(self, value: Any) -> str:
        # Never isinstance: a proxy answers it with the class that it stands for, and may load the object for that.
        kind = type(value)
        if issubclass(kind, str):
            return self._string(str.__str__(value))
        if issubclass(kind, (bytes, bytearray)):
            cut = bytes(value[:WINDOW])
            prefix = "bytearray(" if issubclass(kind, bytearray) else ""
            # latin-1 keeps bytes and characters one to one, so text patterns find tokens in bytes
            return prefix + "b" + self._string(cut.decode("latin-1"), len(value)) + (")" if prefix else "")
        if kind is int and value.bit_length() > 1000:  # its decimal digits would take long, or be refused
            return f"<int of {value.bit_length()} bits>"
        if issubclass(kind, enum.Enum):
            return f"{kind.__qualname__}.{value._name_}"
        if issubclass(kind, type):
            return f"<class {value.__module__}.{value.__qualname__}>"
        if issubclass(kind, FunctionType):
            return f"<function {value.__qualname__}>"
        if issubclass(kind, ModuleType):
            return f"<module {value.__name__}>"
        return self._container(value, kind) or self._object(value, kind)

    def _string(self, text: str, length: int | None = None) -> str:
        length = len(text) if length is None else length
        seen = text[:WINDOW]
        shown = self._redact(mask_pairs(seen))
        if len(shown) <= self._characters and length <= WINDOW:
            return repr(shown)
        if length > WINDOW and len(shown) < 2 * self._characters:
            # most of the window was masked away, so its end, where a secret may be cut in half, came near
            return f"<{length:,} characters, masked>"
        return repr(shown[: self._characters]) + f"{_MORE}<{length:,} characters>"

    def _container(self, value: Any, kind: type) -> str:
        # The base classes' own methods are called: a subclass may load rows or count for minutes in its own.
        if issubclass(kind, tuple) and isinstance(getattr(kind, "_fields", None), tuple):
            pairs = [(str(field), item) for field, item in zip(kind._fields, tuple.__iter__(value), strict=False)]  # type: ignore[attr-defined]  # a named tuple, by its `_fields`
            return self._fields(kind, pairs)
        for base, opening, closing in ((list, "[", "]"), (tuple, "(", ")"), (set, "{", "}"), (frozenset, "{", "}")):
            if issubclass(kind, base):
                return self._sequence(value, kind, base, opening, closing)
        if issubclass(kind, deque):
            return self._sequence(value, kind, None, "[", "]", deque.__iter__(value), deque.__len__(value))
        if issubclass(kind, dict):
            return self._mapping(kind, dict.items(value), dict.__len__(value))
        if kind is MappingProxyType:
            return self._mapping(kind, value.items(), len(value))
        if kind in _VIEWS:
            return self._sequence(value, kind, None, "[", "]", iter(value), len(value))
        if kind.__module__ == "array" and kind.__name__ == "array":
            return f"array({value.typecode!r}, {list(value[:ITEMS])}{_MORE if len(value) > ITEMS else ''})"
        return ""

    def _sequence(
        self,
        value: Any,
        kind: type,
        base: Any,
        opening: str,
        closing: str,
        items: Iterator[Any] | None = None,
        length: int | None = None,
    ) -> str:
        items = base.__iter__(value) if items is None else items
        count: int = base.__len__(value) if length is None else length
        if base is tuple and count == 2:
            first, second = tuple.__iter__(value)
            if is_secret_name(key_name(first)):  # one of a list of pairs: headers, form fields
                return self._named(kind, base, f"({self.render(first)}, {self.render(second, key_name(first))})")
        shown = [self.render(item) for item in islice(items, ITEMS)]
        if count > len(shown):
            shown.append(f"{_MORE}<{count:,} items>")
        if base in (set, frozenset) and not shown:
            return f"{kind.__name__}()"
        comma = "," if base is tuple and count == 1 else ""
        return self._named(kind, base, opening + ", ".join(shown) + comma + closing)

    @staticmethod
    def _named(kind: type, base: object, text: str) -> str:
        return text if kind is base and kind is not frozenset else f"{kind.__name__}({text})"

    def _mapping(self, kind: type, items: Iterable[tuple[Any, Any]], count: int) -> str:
        shown = []
        for key, item in islice(iter(items), ITEMS):
            shown.append(f"{self.render(key)}: {self.render(item, key_name(key))}")
        if count > len(shown):
            shown.append(f"{_MORE}<{count:,} items>")
        return self._named(kind, dict, "{" + ", ".join(shown) + "}")

    def _fields(self, kind: type, pairs: list[tuple[str, Any]]) -> str:
        shown = [f"{name}={self.render(item, name)}" for name, item in pairs[:ITEMS]]
        if len(pairs) > ITEMS:
            shown.append(f"{_MORE}<{len(pairs)} attributes>")
        return f"{kind.__qualname__}({', '.join(shown)})"

    def _object(self, value: Any, kind: Any) -> str:
        own_repr = vars(object)["__repr__"] is not kind.__repr__
        if issubclass(kind, BaseException):
            args = BaseException.args.__get__(value)  # type: ignore[attr-defined]  # a descriptor of the C class
            return f"{kind.__qualname__}({', '.join(self.render(item) for item in args[:ITEMS])})"
        pairs = list(attributes(value))
        generated = dataclasses.is_dataclass(kind) and "__repr__" in vars(kind) and _is_generated(kind)
        if own_repr and not generated and (not pairs or not _is_large(item for _, item in pairs)):
            text = repr(value)
            text = text if type(text) is str else str.__str__(text)
            return self._shortened(self._redact(mask_pairs(text[:WINDOW])), len(text))
        if generated:
            hidden = {field.name for field in dataclasses.fields(kind) if not field.repr}
            pairs = [(name, item) for name, item in pairs if name not in hidden]
        if pairs or generated:
            return self._fields(kind, pairs)
        return f"<{kind.__module__}.{kind.__qualname__} object>"

    def _shortened(self, text: str, length: int) -> str:
        if length > WINDOW and len(text) < 2 * self._characters:
            return f"<{length:,} characters, masked>"
        return text if len(text) <= self._characters else text[: self._characters] + _MORE


def _is_generated(kind: Any) -> bool:
    # dataclass wraps its __repr__ in reprlib.recursive_repr, whose wrapper keeps the original's own name
    method = vars(kind)["__repr__"]
    return getattr(getattr(method, "__wrapped__", None), "__code__", None) is not None and (
        method.__wrapped__.__code__.co_filename == "<string>"
    )


def attributes(value: object) -> Iterator[tuple[str, object]]:
    """State of an instance by name, read past ``__getattribute__``, properties and lazy loading."""
    try:
        state = object.__getattribute__(value, "__dict__")
    except AttributeError:
        state = {}
    if type(state) is dict:
        for name, item in islice(dict.items(state), 10 * ITEMS):
            if isinstance(name, str):
                yield name, item
    for base in type(value).__mro__:
        for name, member in islice(vars(base).items(), 10 * ITEMS):
            if (
                isinstance(member, MemberDescriptorType)
                and member.__objclass__ is base
                and base.__module__ != "builtins"
            ):
                try:
                    yield name, member.__get__(value)
                except AttributeError:
                    continue  # a slot that is not set


def is_empty(value: object) -> bool:
    """Whether *value* is no secret whatever its name: ``None``, a boolean, an empty text or container.

    Often enough it is the fault itself: ``token=None``.
    """
    if value is None or value is True or value is False:
        return True
    return type(value) in (str, bytes, list, tuple, dict, set, frozenset) and not value


def _is_large(items: Iterable[object]) -> bool:
    """Whether a ``__repr__`` over *items* could take long: it would go through all of them."""
    waiting, seen = list(islice(items, 100)), 0
    while waiting:
        seen += 1
        if seen > 100:
            return True
        item: Any = waiting.pop()
        kind = type(item)
        if issubclass(kind, (str, bytes, bytearray)):
            if len(item) > WINDOW:
                return True
        elif issubclass(kind, (list, tuple, set, frozenset, dict, deque)):
            if kind.__len__(item) > 100:
                return True
            waiting.extend(dict.values(item) if issubclass(kind, dict) else item)
        elif not issubclass(kind, type):
            waiting.extend(inner for _, inner in islice(attributes(item), 100))
    return False


def key_name(key: object) -> str:
    """The text of a key that is one (``str`` or ``bytes``), else ``""``."""
    if issubclass(type(key), str):
        return str.__str__(key)
    return key.decode("latin-1") if type(key) is bytes else ""
