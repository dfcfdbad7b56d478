"""Canonical values for people: names of types, and a rendering in the style of ``repr``, short and harmless."""

from __future__ import annotations

import base64
from typing import Any, Final, TypeAlias

from fukkatsu._oracle.values_read import MAPPINGS, parse, parse_head
from fukkatsu.errors import ReplyError

Node: TypeAlias = Any

NAME_LIMIT: Final = 200
_LARGE_BYTES: Final = 1 << 17
_HEAD_BYTES: Final = 1 << 13


def type_name(text: bytes) -> str:
    """Name of the value's type: ``"int"``, ``"datetime.date"``, ``"package.Order"``; ``"?"`` if malformed."""
    try:
        return name_of(parse(text))
    except ReplyError:
        return "?"


_TYPE_NAMES: Final = {
    "int": "int", "str": "str", "uuid": "uuid.UUID", "decimal": "decimal.Decimal", "fraction": "fractions.Fraction",
    "date": "datetime.date", "time": "datetime.time", "datetime": "datetime.datetime",
    "timedelta": "datetime.timedelta", "timezone": "datetime.timezone", "zoneinfo": "zoneinfo.ZoneInfo",
    "deque": "collections.deque", "defaultdict": "collections.defaultdict", "OrderedDict": "collections.OrderedDict",
    "Counter": "collections.Counter", "pattern": "re.Pattern", "match": "re.Match", "partial": "functools.partial",
    "ndarray": "numpy.ndarray", "array": "array.array", "union": "types.UnionType", "alias": "types.GenericAlias",
    "lock": "threading.Lock",
}  # fmt: skip
_NAME_FIRST: Final = frozenset(
    {"object", "sub", "namedtuple", "enum", "exception", "iterator", "opaque", "path", "foreign", "stream"}
)


def name_of(node: Node) -> str:
    if type(node) is not list:
        return "None" if node is None else type(node).__name__
    tag = node[0]
    if tag in _NAME_FIRST or tag == "constant":
        return shown_name(node[1] if len(node) > 1 else None)
    return _TYPE_NAMES.get(tag) or shown_name(tag)


def shown_name(name: object) -> str:
    """A name that hostile code may have chosen, fit for a terminal and a prompt: printable and short."""
    if type(name) is not str:
        return "?"
    return name if len(name) <= NAME_LIMIT and name.isprintable() else repr(name[:NAME_LIMIT])


def render(text: bytes, limit: int = 200) -> str:
    """The value in the style of ``repr``, at most *limit* characters."""
    if len(text) > _LARGE_BYTES:
        try:  # of which only the beginning will be seen
            return render_node(parse_head(text, _HEAD_BYTES + 20 * limit), limit - 1) + "…"
        except ReplyError:
            pass
    try:
        return render_node(parse(text), limit)
    except ReplyError as failure:
        return f"<{failure}>"


def render_node(node: Node, limit: int) -> str:
    pieces: list[str] = []
    left = [limit * 2 + 20]
    try:
        _write(node, pieces, left)
    except (_FullError, RecursionError):
        pieces.append("…")
    shown = "".join(pieces)
    return shown if len(shown) <= limit else shown[: max(limit - 1, 0)] + "…"


class _FullError(Exception):
    """Enough has been written."""


_BRACKETS: Final = {
    "list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}"), "frozenset": ("frozenset({", "})"),
    "deque": ("deque([", "])"), "dict_keys": ("dict_keys([", "])"), "dict_values": ("dict_values([", "])"),
    "dict_items": ("dict_items([", "])"),
}  # fmt: skip


def _write(node: Node, pieces: list[str], left: list[int]) -> None:
    def put(text: str) -> None:
        pieces.append(text)
        left[0] -= len(text)
        if left[0] < 0:
            raise _FullError

    def joined(items: list[Node]) -> None:
        for index, item in enumerate(items):
            if index:
                put(", ")
            _write(item, pieces, left)

    if type(node) is str:
        put(repr(node[: left[0] + 2]))
        return
    if type(node) is not list:
        put(repr(node))
        return
    tag, rest = node[0], node[1:]
    try:
        if tag in _BRACKETS:
            before, after = _BRACKETS[tag]
            if tag == "set" and not rest:
                put("set()")
                return
            put(before)
            joined(rest[1:] if tag == "deque" else rest)
            put(",)" if tag == "tuple" and len(rest) == 1 else after)
        elif tag in MAPPINGS or tag == "OrderedDict":
            rest = rest[MAPPINGS.get(tag, 1) - 1 :]
            put("{" if tag == "dict" else f"{tag}({{")
            for index in range(0, len(rest) - 1, 2):
                if index:
                    put(", ")
                _write(rest[index], pieces, left)
                put(": ")
                _write(rest[index + 1], pieces, left)
            put("}" if tag == "dict" else "})")
        elif tag in ("object", "namedtuple"):
            put(f"{shown_name(rest[0]).rpartition('.')[2]}(")
            for index in range(1, len(rest) - 1, 2):
                put(f"{', ' if index > 1 else ''}{shown_name(rest[index])}=")
                _write(rest[index + 1], pieces, left)
            put(")")
        elif tag == "sub":
            put(f"{shown_name(rest[0]).rpartition('.')[2]}(")
            _write(rest[1], pieces, left)
            for index in range(2, len(rest) - 1, 2):
                put(f", {shown_name(rest[index])}=")
                _write(rest[index + 1], pieces, left)
            put(")")
        elif tag == "exception":
            put(f"{shown_name(rest[0])}({rest[2]!r})")
        elif tag == "enum":
            put(f"{shown_name(rest[0]).rpartition('.')[2]}.{shown_name(rest[1])}")
        elif tag == "iterator":
            put(f"<{shown_name(rest[0])} of ")
            joined([item for item in rest[1:] if not (type(item) is list and item[0] in ("end", "more"))])
            put(", …>" if rest[-1:] == [["more"]] else ">")
        elif tag in ("bytes", "bytearray"):
            shown = repr(base64.b64decode(rest[0])[: left[0] + 2])
            put(shown if tag == "bytes" else f"bytearray({shown})")
        elif tag in ("int", "str"):
            put(
                hex(int(rest[0], 16)) if tag == "int" else repr(bytes.fromhex(rest[0]).decode("utf-8", "surrogatepass"))
            )
        elif tag == "opaque":
            put(f"<{shown_name(rest[0]) or 'something'}>")
        elif tag == "stream":
            put(f"{shown_name(rest[0])}(")
            _write(rest[1], pieces, left)
            put(f", at {rest[2]!r:.20})")
        elif tag == "cycle":
            put("...")
        elif tag in ("type", "module"):
            put(f"<{'class' if tag == 'type' else 'module'} {rest[0]!r}>")
        elif tag == "function":
            put(f"<function {shown_name(rest[0])}.{shown_name(rest[1])}>")
        elif tag == "ndarray":
            put(f"ndarray({shown_name(rest[0])}, shape={tuple(rest[1][1:])})")
        elif tag == "constant":
            put(shown_name(rest[0]))
        else:
            put(f"{shown_name(tag)}(")
            joined(rest)
            put(")")
    except (_FullError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - the text may come from hostile code, and this only shows it
        put(f"<malformed {tag!r}>")
