"""From canonical nodes back to live values: by an allow-list of tags, never by importing what text names."""

from __future__ import annotations

import array
import base64
import builtins
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import pathlib
import re
import sys
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from fukkatsu.errors import ReplyError

Node: TypeAlias = Any


def rebuild(node: Node, types: Mapping[str, type]) -> object:
    """Build the value that *node* stands for.

    Args:
        node: A parsed canonical value.
        types: Classes of the user's that may be built, by qualified name: dataclasses, enums, named tuples, exceptions.

    Raises:
        ReplyError: It is malformed, opaque, or of a type that is neither builtin nor in *types*.
    """
    try:
        return _Builder(types).build(node)
    except ReplyError:
        raise
    except RecursionError:
        msg = "nested too deep to rebuild"
        raise ReplyError(msg) from None
    except Exception as failure:  # noqa: BLE001 - the text may come from hostile code: any mismatch is a refusal
        msg = f"not a value that can be rebuilt: {type(failure).__name__}: {failure}"
        raise ReplyError(msg) from None


class AnyClass(dict[str, type]):
    """Declared classes of which ordinary objects may be built too: for the examiner, where no data is trusted."""


class _Builder:
    def __init__(self, types: Mapping[str, type]) -> None:
        self.types = types
        self.open: list[object] = []  # containers under construction, for cycles

    def build(self, node: Node) -> Any:
        if type(node) is not list:
            return node
        tag = node[0]
        maker = _MAKERS.get(tag)
        if maker is None:
            shown = node[1] if tag in ("opaque", "object") and len(node) > 1 else tag
            msg = f"a value of type {str(shown)[:200]!r} cannot come out of the sandbox"
            raise ReplyError(msg)
        depth = len(self.open)
        self.open.append(_UNDER_CONSTRUCTION)
        try:
            return maker(self, node)
        finally:
            del self.open[depth:]

    def all(self, nodes: list[Node]) -> list[Any]:
        return [self.build(item) for item in nodes]

    def mutable(self, value: Any) -> Any:
        self.open[-1] = value
        return value

    def declared(self, name: object, base: type | None = None) -> type:
        found = self.types.get(name) if type(name) is str else None
        if found is None or (base is not None and not issubclass(found, base)):
            msg = f"the class {str(name)[:200]!r} is not declared: only builtin types and declared classes come back"
            raise ReplyError(msg)
        return found


_UNDER_CONSTRUCTION: Final = object()


def _list(b: _Builder, node: Node) -> Any:
    out = b.mutable([])
    for item in node[1:]:
        out.append(b.build(item))
    return out


def _set(b: _Builder, node: Node) -> Any:
    out = b.mutable(set())
    for item in node[1:]:
        out.add(b.build(item))
    return out


def _fill(b: _Builder, out: Any, nodes: list[Node]) -> Any:
    if len(nodes) % 2:
        msg = "a mapping with a key and no value"
        raise ReplyError(msg)
    for index in range(0, len(nodes), 2):
        key = b.build(nodes[index])
        dict.__setitem__(out, key, b.build(nodes[index + 1]))
    return out


def _ordered(b: _Builder, node: Node) -> Any:
    out = b.mutable(collections.OrderedDict())
    for key, value in zip(b.all(node[1::2]), b.all(node[2::2]), strict=True):
        out[key] = value
    return out


def _defaultdict(b: _Builder, node: Node) -> Any:
    factory = b.build(node[1])
    if factory is not None and factory not in _FACTORIES:
        msg = "a defaultdict with a factory that is not a builtin type"
        raise ReplyError(msg)
    return _fill(b, b.mutable(collections.defaultdict(factory)), node[2:])


_FACTORIES: Final = (int, list, dict, set, str, float, bool, tuple, bytes)


def _deque(b: _Builder, node: Node) -> Any:
    out: Any = b.mutable(collections.deque(maxlen=node[1]))
    for item in node[2:]:
        out.append(b.build(item))
    return out


def _cycle(b: _Builder, node: Node) -> Any:
    # The cycle node itself sits on the stack of containers too: one more step up.
    up = node[1]
    if type(up) is not int or not 0 < up < len(b.open) or b.open[-1 - up] is _UNDER_CONSTRUCTION:
        msg = "a cycle through something that cannot hold one"
        raise ReplyError(msg)
    return b.open[-1 - up]


def _type(b: _Builder, node: Node) -> Any:
    found = getattr(builtins, node[1], None) if "." not in node[1] else None
    return found if isinstance(found, type) else b.declared(node[1])


def _enum(b: _Builder, node: Node) -> Any:
    kind: Any = b.declared(node[1], enum.Enum)
    if type(node[2]) is str and node[2] in kind.__members__:
        return kind.__members__[node[2]]
    if issubclass(kind, enum.Flag) and type(node[3]) is int:
        return kind(node[3])
    msg = f"{node[1]} has no member {str(node[2])[:100]!r}"
    raise ReplyError(msg)


def _object(b: _Builder, node: Node) -> Any:
    """A declared dataclass: fields are put in place without running ``__init__`` or ``__setattr__``."""
    kind: Any = b.declared(node[1])
    fields = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else None
    if fields is None and isinstance(b.types, AnyClass):
        fields = {name for name in node[2::2] if type(name) is str and not name.startswith("__")}
    if fields is None or not set(node[2::2]) <= fields:
        msg = f"{node[1]} is not a dataclass with the attributes {node[2::2]!r}"
        raise ReplyError(msg)
    out = b.mutable(object.__new__(kind))
    for name, value in zip(node[2::2], node[3::2], strict=True):
        object.__setattr__(out, name, b.build(value))
    return out


def _namedtuple(b: _Builder, node: Node) -> Any:
    kind: Any = b.declared(node[1], tuple)
    if list(kind._fields) != node[2::2]:
        msg = f"{node[1]} has other fields than {node[2::2]!r}"
        raise ReplyError(msg)
    return tuple.__new__(kind, b.all(node[3::2]))


def exception_class(node: Node, types: Mapping[str, type]) -> type[Exception] | None:
    """The class of an encoded exception: builtin or declared; ``None`` when it is neither."""
    name = node[1]
    found = types.get(name)
    if found is None and type(name) is str and "." not in name:
        found = getattr(builtins, name, None)
    if found is None and type(name) is str and "." in name and name.partition(".")[0] in sys.stdlib_module_names:
        # json.JSONDecodeError and its like: only from a module that this process has loaded already
        found = getattr(sys.modules.get(name.rpartition(".")[0]), name.rpartition(".")[2], None)
    # SystemExit and its like would end the program of whoever rebuilds them
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def _exception(b: _Builder, node: Node) -> Any:
    kind = exception_class(node, b.types)
    if kind is None:
        msg = f"the exception class {str(node[1])[:200]!r} is neither builtin nor declared"
        raise ReplyError(msg)
    args = (node[3],) if node[4] is None else tuple(b.all(node[4][1:]))
    return bare_exception(kind, args)


def bare_exception(kind: type[BaseException], args: tuple[object, ...]) -> BaseException:
    """An instance of *kind* with *args*, through its own constructor where that agrees, beneath it where not."""
    builtin = getattr(builtins, kind.__name__, None) is kind
    if builtin:
        try:
            return kind(*args)
        except Exception:  # noqa: BLE001 - UnicodeDecodeError and its like want exactly their own arguments
            return RuntimeError(*args)
    out = kind.__new__(kind, *args)
    BaseException.__init__(out, *args)
    return out


def _iterator(b: _Builder, node: Node) -> Any:
    if node[-1][:1] != ["end"]:
        msg = "an iterator that raised, or has more items than Policy.iterator_items"
        raise ReplyError(msg)
    return iter(b.all(node[2:-1]))


def _bytes(_b: _Builder, node: Node) -> bytes:
    return base64.b64decode(node[1], validate=True)


def _stream(b: _Builder, node: Node) -> Any:
    kind: Any = {"io.StringIO": io.StringIO, "io.BytesIO": io.BytesIO}[node[1]]
    out = kind() if node[2] is None else kind(b.build(node[2]))
    if node[2] is None:
        out.close()
    else:
        out.seek(node[3])
    return out


def _zone(_b: _Builder, node: Node) -> Any:
    import zoneinfo

    return zoneinfo.ZoneInfo(node[1])


def _timezone(_b: _Builder, node: Node) -> Any:
    offset = datetime.timedelta(seconds=node[1], microseconds=node[2])
    plain = datetime.timezone(offset)
    if plain == datetime.UTC and node[3] == "UTC":
        return datetime.UTC
    return plain if plain.tzname(None) == node[3] else datetime.timezone(offset, node[3])


def _path(_b: _Builder, node: Node) -> Any:
    kind = {"pathlib.PurePosixPath": pathlib.PurePosixPath, "pathlib.PureWindowsPath": pathlib.PureWindowsPath}.get(
        node[1]
    )
    return (kind or pathlib.Path)(node[2])


def _array(_b: _Builder, node: Node) -> Any:
    if type(node[1]) is not str or node[1] not in "bBhHiIlLqQfd":
        msg = "an array of unknown type"
        raise ReplyError(msg)
    out = array.array(node[1])
    out.frombytes(base64.b64decode(node[2], validate=True))
    return out


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        msg = "numpy is not installed here"
        raise ReplyError(msg) from None
    return numpy


_DTYPE: Final = re.compile(r"[<>|=][biufcSUmM]\d{1,6}(\[\w+\])?\Z")


def _ndarray(b: _Builder, node: Node) -> Any:
    if not _DTYPE.match(node[1]):
        msg = "an array of unknown type"
        raise ReplyError(msg)
    numpy = _numpy()
    return numpy.frombuffer(base64.b64decode(node[3], validate=True), dtype=node[1]).reshape(b.build(node[2])).copy()


def _scalar(b: _Builder, node: Node) -> Any:
    if not _DTYPE.match(node[1]):
        msg = "a number of unknown type"
        raise ReplyError(msg)
    item = b.build(node[2])
    numpy = _numpy()
    dtype = numpy.dtype(node[1])
    if type(item) is bytes and dtype.kind not in "SU":
        return numpy.frombuffer(item, dtype=dtype)[0]
    return dtype.type(item)


def _objects(b: _Builder, node: Node) -> Any:
    numpy = _numpy()
    shape = b.build(node[1])
    out = numpy.empty(len(node) - 2, dtype=object)
    for index, item in enumerate(node[2:]):
        out[index] = b.build(item)
    return out.reshape(shape)


_CONSTANTS: Final = {"Ellipsis": Ellipsis, "NotImplemented": NotImplemented}

_MAKERS: Final[dict[str, Callable[[_Builder, Node], Any]]] = {
    "int": lambda _b, n: int(n[1], 16),
    "str": lambda _b, n: bytes.fromhex(n[1]).decode("utf-8", "surrogatepass"),
    "list": _list,
    "tuple": lambda b, n: tuple(b.all(n[1:])),
    "set": _set,
    "frozenset": lambda b, n: frozenset(b.all(n[1:])),
    "dict": lambda b, n: _fill(b, b.mutable({}), n[1:]),
    "Counter": lambda b, n: _fill(b, b.mutable(collections.Counter()), n[1:]),
    "OrderedDict": _ordered,
    "defaultdict": _defaultdict,
    "deque": _deque,
    "bytes": _bytes,
    "bytearray": lambda b, n: bytearray(_bytes(b, n)),
    "complex": lambda _b, n: complex(n[1], n[2]),
    "range": lambda b, n: range(*b.all(n[1:])),
    "slice": lambda b, n: slice(*b.all(n[1:])),
    "constant": lambda _b, n: _CONSTANTS[n[1]],
    "datetime": lambda b, n: datetime.datetime(*n[1:8]).replace(tzinfo=b.build(n[9]), fold=n[8]),
    "time": lambda b, n: datetime.time(*n[1:5]).replace(tzinfo=b.build(n[6]), fold=n[5]),
    "date": lambda _b, n: datetime.date(*n[1:]),
    "timedelta": lambda _b, n: datetime.timedelta(n[1], n[2], n[3]),
    "timezone": _timezone,
    "zoneinfo": _zone,
    "decimal": lambda _b, n: decimal.Decimal(n[1]),
    "fraction": lambda b, n: fractions.Fraction(b.build(n[1]), b.build(n[2])),
    "uuid": lambda _b, n: uuid.UUID(hex=n[1]),
    "path": _path,
    "stream": _stream,
    "array": _array,
    "ndarray": _ndarray,
    "scalar": _scalar,
    "objects": _objects,
    "cycle": _cycle,
    "type": _type,
    "enum": _enum,
    "object": _object,
    "namedtuple": _namedtuple,
    "exception": _exception,
    "iterator": _iterator,
}
