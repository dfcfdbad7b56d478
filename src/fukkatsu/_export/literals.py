"""Canonical values as Python source text, for tests that people read."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from fukkatsu._oracle.values import parse
from fukkatsu.errors import ExportError

Node: TypeAlias = Any

_ZONE: Final = "zoneinfo"


@dataclass
class Writer:
    """Writes expressions, and remembers what they need.

    Attributes:
        imports: Modules that the expressions name.
        builds: Whether one of them is an object put together from its state, by ``built(cls, **state)``.
        loose: Whether one of them cannot be compared by ``==`` alone: floats, objects.
    """

    imports: set[str] = field(default_factory=set)
    builds: bool = False
    loose: bool = False

    def expression(self, text: bytes) -> str:
        """The expression whose value has the canonical encoding *text*.

        Raises:
            ExportError: There is none: part of it is opaque, a cycle, or of a type that has no readable form.
        """
        return self.node(parse(text))

    def node(self, node: Node) -> str:
        """The same, of a parsed encoding."""
        if type(node) is float:
            self.loose = True
            return repr(node) if node - node == 0 else f'float("{node}")'
        if type(node) is not list:
            return repr(node)
        maker = _MAKERS.get(node[0])
        if maker is None:
            shown = node[1] if node[0] in ("opaque", "sub") else node[0]
            msg = f"a value of type {str(shown)[:200]!r} cannot be written as source"
            raise ExportError(msg)
        return maker(self, node)

    def named(self, name: str) -> str:
        """A class by its qualified name, imported."""
        parts = name.split(".")
        if "<locals>" in parts or parts[0] == "__main__" or not all(part.isidentifier() for part in parts):
            msg = f"the class {name[:200]!r} cannot be imported by a test"
            raise ExportError(msg)
        if len(parts) > 1:
            # the module is not known apart from the class: what begins in upper case is taken for the class
            split = next((i for i, part in enumerate(parts) if part.lstrip("_")[:1].isupper()), len(parts) - 1)
            self.imports.add(".".join(parts[:split]))
        return name

    def from_module(self, module: str, text: str) -> str:
        """*text*, which needs *module*."""
        self.imports.add(module)
        return text

    def all(self, nodes: list[Node]) -> str:
        """Expressions between commas."""
        return ", ".join(self.node(node) for node in nodes)

    def pairs(self, nodes: list[Node]) -> str:
        """Keys and values between commas."""
        return ", ".join(f"{self.node(k)}: {self.node(v)}" for k, v in zip(nodes[::2], nodes[1::2], strict=True))

    def state(self, nodes: list[Node]) -> str:
        """Attributes as keywords."""
        if not all(type(name) is str and name.isidentifier() for name in nodes[::2]):
            msg = "an object with attributes that are no names cannot be written as source"
            raise ExportError(msg)
        return "".join(f", {k}={self.node(v)}" for k, v in zip(nodes[::2], nodes[1::2], strict=True))


def _tuple(w: Writer, n: Node) -> str:
    return f"({w.all(n[1:])}{',' if len(n) == 2 else ''})"


def _set(w: Writer, n: Node) -> str:
    return f"{{{w.all(n[1:])}}}" if len(n) > 1 else "set()"


def _timezone(w: Writer, n: Node) -> str:
    if n[1:] == [0, 0, "UTC"]:
        return w.from_module("datetime", "datetime.timezone.utc")
    return w.from_module("datetime", f"datetime.timezone(datetime.timedelta(seconds={n[1]}, microseconds={n[2]}))")


def _moment(kind: str, count: int) -> Callable[[Writer, Node], str]:
    def write(w: Writer, n: Node) -> str:
        zone = "" if n[count + 2] is None else f", tzinfo={w.node(n[count + 2])}"
        fold = f", fold={n[count + 1]}" if n[count + 1] else ""
        return w.from_module("datetime", f"datetime.{kind}({w.all(n[1 : count + 1])}{zone}{fold})")

    return write


def _object(w: Writer, n: Node) -> str:
    w.builds = w.loose = True
    return f"built({w.named(n[1])}{w.state(n[2:])})"


def _exception(w: Writer, n: Node) -> str:
    w.loose = True
    arguments = repr(n[3]) if n[4] is None else w.all(n[4][1:])
    return f"{w.named(n[1])}({arguments})"


def _array(w: Writer, n: Node) -> str:
    w.loose = True
    # a copy of the bytes keeps every bit, whatever the type
    data = repr(base64.b64decode(n[3]))
    return w.from_module("numpy", f"numpy.frombuffer({data}, {n[1]!r}).reshape({w.node(n[2])}).copy()")


_MAKERS: Final[dict[str, Callable[[Writer, Node], str]]] = {
    "int": lambda _w, n: f"{'-' if n[1].startswith('-') else ''}0x{n[1].lstrip('-')}",
    "str": lambda _w, n: ascii(bytes.fromhex(n[1]).decode("utf-8", "surrogatepass")),
    "list": lambda w, n: f"[{w.all(n[1:])}]",
    "tuple": _tuple,
    "set": _set,
    "frozenset": lambda w, n: f"frozenset({_set(w, n) if len(n) > 1 else ''})",
    "dict": lambda w, n: f"{{{w.pairs(n[1:])}}}",
    "Counter": lambda w, n: w.from_module("collections", f"collections.Counter({{{w.pairs(n[1:])}}})"),
    "OrderedDict": lambda w, n: w.from_module("collections", f"collections.OrderedDict({{{w.pairs(n[1:])}}})"),
    "defaultdict": lambda w, n: w.from_module(
        "collections", f"collections.defaultdict({w.node(n[1])}, {{{w.pairs(n[2:])}}})"
    ),
    "deque": lambda w, n: w.from_module(
        "collections", f"collections.deque([{w.all(n[2:])}]{'' if n[1] is None else f', {n[1]}'})"
    ),
    "bytes": lambda _w, n: repr(base64.b64decode(n[1])),
    "bytearray": lambda _w, n: f"bytearray({base64.b64decode(n[1])!r})",
    "complex": lambda w, n: f"complex({w.all(n[1:])})",
    "range": lambda w, n: f"range({w.all(n[1:])})",
    "slice": lambda w, n: f"slice({w.all(n[1:])})",
    "constant": lambda _w, n: str(n[1]),
    "datetime": _moment("datetime", 7),
    "time": _moment("time", 4),
    "date": lambda w, n: w.from_module("datetime", f"datetime.date({w.all(n[1:])})"),
    "timedelta": lambda w, n: w.from_module("datetime", f"datetime.timedelta({w.all(n[1:])})"),
    "timezone": _timezone,
    _ZONE: lambda w, n: w.from_module("zoneinfo", f"zoneinfo.ZoneInfo({n[1]!r})"),
    "decimal": lambda w, n: w.from_module("decimal", f"decimal.Decimal({n[1]!r})"),
    "fraction": lambda w, n: w.from_module("fractions", f"fractions.Fraction({w.all(n[1:])})"),
    "uuid": lambda w, n: w.from_module("uuid", f"uuid.UUID({n[1]!r})"),
    "path": lambda w, n: w.from_module("pathlib", f"pathlib.Path({n[2]!r})"),
    "type": lambda w, n: "type(None)" if n[1] == "NoneType" else w.named(n[1]),
    "enum": lambda w, n: f"{w.named(n[1])}[{n[2]!r}]",
    "object": _object,
    "namedtuple": lambda w, n: f"{w.named(n[1])}({w.state(n[2:])[2:]})",
    "exception": _exception,
    "iterator": lambda w, n: f"iter([{w.all(n[2:-1])}])",
    "ndarray": _array,
}
