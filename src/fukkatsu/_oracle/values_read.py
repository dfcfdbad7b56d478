"""Reading canonical values: parsing what a sandbox sent, comparing, rendering.

Everything here takes text that hostile code may have written. It is parsed into plain lists, strings and numbers and
never imported, evaluated or unpickled; whatever is not canonical raises ``ReplyError`` (or compares unequal).
"""

from __future__ import annotations

import decimal
import json
import math
import re
import threading
from collections.abc import Callable
from itertools import accumulate
from typing import Any, Final, TypeAlias

from fukkatsu.errors import ReplyError

Node: TypeAlias = Any

RELATIVE: Final = 1e-9
ABSOLUTE: Final = 1e-12
ORDINARY: Final = 1e-3
"""``ABSOLUTE`` is for what cancellation leaves of numbers of at least this magnitude; 1e-15 by itself is a value."""
SUBNORMAL: Final = 1e-300  # below this a float has fewer digits than RELATIVE asks for
DEPTH_LIMIT: Final = 400  # MAX_DEPTH of the encoder, two brackets a level, and some
NODE_LIMIT: Final = 2_500_000  # the encoder's limit, with a tag for each
NAME_LIMIT: Final = 200
LARGE_BYTES: Final = 1 << 20
MATCH_LIMIT: Final = 300  # members of sets and dict keys that are matched pair by pair, for the sake of float keys
PAIRED_NODES: Final = 2_000_000  # nodes of members tried at pairing in one comparison: about a second

_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]"))
_STEP: Final = {0x5B: 1, 0x5D: -1}
_LONG_NUMBER: Final = re.compile(rb"\d{400}")
_UNORDERED: Final = frozenset({"set", "frozenset"})
_MAPPINGS: Final = {"dict": 1, "Counter": 1, "mappingproxy": 1, "defaultdict": 2}  # tag -> items before the first key


def parse(text: bytes) -> Node:
    """Parse canonical text.

    Raises:
        ReplyError: It is not JSON of the shape that ``encode`` writes: scalars, and lists that start with a tag.
    """
    try:
        if len(text) > LARGE_BYTES or text.count(b"[") > DEPTH_LIMIT or b"{" in text:
            _check_nesting(text)
        characters = text.decode("ascii")
        scan = _scan_carefully if len(text) > 400 and _LONG_NUMBER.search(text) else _scan
        node, end = scan(characters, 0)
        if end != len(characters):
            msg = "not a canonical value: something follows it"
            raise ReplyError(msg)
        if type(node) is list and (b"{" in text or text.count(b"[") != text.count(b'["')):
            _check_shape(node)  # else each bracket, those in strings too, stands before a quote: each list has its tag
    except ReplyError:
        raise
    except (ValueError, RecursionError, MemoryError, TypeError, StopIteration) as failure:
        msg = f"not a canonical value: {type(failure).__name__}"
        raise ReplyError(msg) from None
    return node


def _check_nesting(text: bytes) -> None:
    """Refuse deep nesting, and too many parts, before the standard library's recursive parser meets them."""
    bare = _STRING.sub(b"", text)
    brackets = bare.translate(None, _NOT_BRACKETS)
    why = ""
    if b"{" in bare or b"}" in bare:
        why = "it holds a JSON object"
    elif bare.count(b",") + len(brackets) > NODE_LIMIT:
        why = f"more than {NODE_LIMIT} parts"
    elif max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > DEPTH_LIMIT:
        why = f"nested more than {DEPTH_LIMIT} deep"
    if why:
        msg = f"not a canonical value: {why}"
        raise ReplyError(msg)


def _small_integer(digits: str) -> int:
    if len(digits) > 20:
        msg = "not a canonical value: a bare integer of more than 20 digits"
        raise ReplyError(msg)
    return int(digits)


_scan: Final = vars(json.JSONDecoder())["scan_once"]  # without the search for white space around it
_scan_carefully: Final = vars(json.JSONDecoder(parse_int=_small_integer))["scan_once"]


def _check_shape(node: list[Node]) -> None:
    pending = [node]
    for current in pending:  # grows while it is walked
        if not current or type(current[0]) is not str:
            msg = "not a canonical value: a list without a tag"
            raise ReplyError(msg)
        for item in current:
            if type(item) is list:
                pending.append(item)
            elif type(item) is dict:
                msg = "not a canonical value: it holds a JSON object"
                raise ReplyError(msg)


def equal(a: bytes, b: bytes, *, usual: float = 0.0) -> bool:
    """Whether two canonical texts stand for equal values (exact types, floats within tolerance, nothing opaque)."""
    if a == b and b'"opaque"' not in a:
        return bool(a)
    return difference(a, b, usual=usual) is None


def difference(a: bytes, b: bytes, *, usual: float = 0.0) -> str | None:
    """The first difference from *a* (expected) to *b* (actual), as a short sentence; ``None`` when equal.

    Text that is not canonical differs from everything. Floats may differ by ``RELATIVE`` of themselves; by ``ABSOLUTE``
    only beside numbers of ordinary magnitude: in the same values, or *usual* for such values (see ``magnitude``).
    """
    _work.left = PAIRED_NODES
    try:
        left, right = parse(a), parse(b)
        found = _difference(left, right, "", 0.0)
        if found is not None and max(usual, _magnitude(left), _magnitude(right)) >= ORDINARY:
            found = _difference(left, right, "", ABSOLUTE)
        return found
    except ReplyError as failure:
        return str(failure)
    except RecursionError:
        return "nested too deep to compare"
    except _TooDifferentError:
        return "too many members that are nearly alike to compare"


class _TooDifferentError(Exception):
    """Pairing members one with another has taken all the work that one comparison may take."""


class _Work(threading.local):
    """What is left of it in this thread, in nodes."""

    left = 0


_work: Final = _Work()


def _charge(a: Node, b: Node) -> None:
    """Pay for one try at pairing *a* with *b*: both may be of a hostile runner's making, and so may their number."""
    _work.left -= min(_size(a), _size(b))
    if _work.left < 0:
        raise _TooDifferentError


def _size(node: Node) -> int:
    if type(node) is not list:
        return 1
    pending = [node]
    count = 1
    for part in pending:  # grows while it is walked
        count += len(part)
        pending.extend(item for item in part if type(item) is list)
    return count


def _became(path: str, a: Node, b: Node) -> str:
    shown_a, shown_b = _render(a, 60), _render(b, 60)
    if shown_a == shown_b:
        shown_a, shown_b = f"{shown_a} ({_type_name(a)})", f"{shown_b} ({_type_name(b)})"
    return f"{path.lstrip('.')}: {shown_a} became {shown_b}" if path else f"{shown_a} became {shown_b}"


def magnitude(text: bytes) -> float:
    """The largest finite number in a canonical text by its absolute value; 0.0 when there is none."""
    try:
        return _magnitude(parse(text))
    except ReplyError:
        return 0.0


def _magnitude(node: Node) -> float:
    largest = 0.0
    pending = [node]
    for part in pending:  # grows while it is walked
        if type(part) is list:
            pending.extend(part)
        elif type(part) is float and math.isfinite(part):
            largest = max(largest, abs(part))
    return largest


def _close(a: float, b: float, absolute: float) -> bool:
    return a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=RELATIVE, abs_tol=absolute or SUBNORMAL)


def _difference(a: Node, b: Node, path: str, absolute: float) -> str | None:
    kind = type(a)
    if kind is not type(b):
        return _became(path, a, b)
    if kind is float:
        return None if _close(a, b, absolute) else _became(path, a, b)
    if kind is not list:
        return None if a == b else _became(path, a, b)
    tag = a[0]
    if tag == "opaque" or b[0] == "opaque":
        side = a if tag == "opaque" else b
        why = side[2] if len(side) > 2 else "no canonical form"
        return f"{path.lstrip('.') or 'the value'}: cannot be compared ({_render(side, 60)}: {why})"
    if tag != b[0]:
        return _became(path, a, b)
    if tag in _UNORDERED:
        return _set_difference(a, b, path, absolute)
    if tag in _MAPPINGS:
        return _mapping_difference(a, b, path, _MAPPINGS[tag], absolute)
    special = _SPECIAL.get(tag)
    if special is not None:
        return special(a, b, path, absolute)
    if tag == "exception" and _both_have_arguments(a, b):
        a, b = [*a[:3], "", *a[4:]], [*b[:3], "", *b[4:]]  # the text is made of them, a set's in any order
    if len(a) != len(b):
        if tag in _SEQUENCES:
            shown = f"{len(a) - 1} items became {len(b) - 1}"
            return f"{path.lstrip('.')}: {shown}" if path else f"{_became('', a, b)} ({shown})"
        return _became(path, a, b)
    named = _NAMED.get(tag)
    for index in range(1, len(a)):
        x, y = a[index], b[index]
        if x is y:
            continue
        if type(x) is not list and type(x) is type(y) and x == y:
            continue
        where = path
        if tag in _SEQUENCES:
            where = f"{path}[{index - 1}]"
        elif named is not None and index >= named:
            if (index - named) % 2 == 0:
                return _became(path, a, b)  # another attribute name
            where = f"{path}.{a[index - 1]}"
        found = _difference(x, y, where, absolute)
        if found is not None:
            # a tag's own parts (the digits of a date) say little: show the whole
            return found if where != path or type(x) is list else _became(path, a, b)
    return None


def _both_have_arguments(a: Node, b: Node) -> bool:
    return len(a) > 4 and len(b) > 4 and type(a[4]) is list and type(b[4]) is list


_SEQUENCES: Final = frozenset({"list", "tuple", "deque", "iterator", "dict_keys", "dict_values", "dict_items"})
_NAMED: Final = {"object": 2, "namedtuple": 2, "sub": 3, "exception": 5}  # tag -> index of the first name


_key: Final = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


def _set_difference(a: Node, b: Node, path: str, absolute: float) -> str | None:
    if len(a) != len(b):
        return _became(path, a, b)
    others: dict[str, list[Node]] = {}
    for item in b[1:]:
        others.setdefault(_key(item), []).append(item)
    unmatched = []
    for item in a[1:]:
        same = others.get(_key(item))
        if same and not _has_opaque(item):
            same.pop()
        else:
            unmatched.append(item)
    rest = [item for items in others.values() for item in items]
    if len(unmatched) > MATCH_LIMIT:
        return _became(path, a, b)
    for item in unmatched:
        for index, other in enumerate(rest):
            _charge(item, other)
            if _difference(item, other, "", absolute) is None:
                del rest[index]
                break
        else:
            return _became(path, a, b)
    return None


def _has_opaque(node: Node) -> bool:
    return type(node) is list and _difference(node, node, "", 0.0) is not None


def _mapping_difference(a: Node, b: Node, path: str, first: int, absolute: float) -> str | None:
    if first == 2:
        found = _difference(a[1], b[1], f"{path}.default_factory", absolute) if len(a) > 1 and len(b) > 1 else None
        if found is not None:
            return found
    if (len(a) - first) % 2 or (len(b) - first) % 2:
        return f"{path.lstrip('.') or 'the value'}: not a canonical mapping"
    others: dict[str, int] = {}
    rest = []  # keys that look like another one: distinct NaNs in a real mapping, anything in a forged one
    for i in range(first, len(b), 2):
        if others.setdefault(_key(b[i]), i) != i:
            rest.append(i)
    rest += [others.pop(key) for key in {_key(b[i]) for i in rest}]
    unmatched = []
    for i in range(first, len(a), 2):
        j = others.pop(_key(a[i]), None)
        if j is None or _has_opaque(a[i]):
            unmatched.append(i)
            continue
        found = _difference(a[i + 1], b[j + 1], f"{path}[{_render(a[i], 40)}]", absolute)
        if found is not None:
            return found
    rest += others.values()
    for i in unmatched[:MATCH_LIMIT]:
        here = f"{path}[{_render(a[i], 40)}]"
        found = f"{here.lstrip('.')}: {_render(a[i + 1], 60)} is missing"
        for j in rest:
            _charge(a[i], b[j])
            if _difference(a[i], b[j], "", absolute) is None:
                other = _difference(a[i + 1], b[j + 1], here, absolute)
                if other is None:
                    rest.remove(j)
                    break
                found = other
        else:
            return found
    if len(unmatched) > MATCH_LIMIT:
        return _became(path, a, b)
    if rest:
        return f"{path}[{_render(b[rest[0]], 40)}]".lstrip(".") + f": {_render(b[rest[0] + 1], 60)} was added"
    return None


def _decimal_difference(a: Node, b: Node, path: str, _absolute: float) -> str | None:
    try:
        x, y = decimal.Decimal(a[1]), decimal.Decimal(b[1])
    except (decimal.InvalidOperation, ValueError, TypeError, IndexError):
        return _became(path, a, b)
    if x.is_nan() and y.is_nan():
        return None
    if not x.is_nan() and not y.is_nan() and x == y and x.as_tuple().exponent == y.as_tuple().exponent:
        return None  # 2.50 and 2.5 are equal, and printed differently: how many places there are is part of the value
    return _became(path, a, b)


def _array_difference(a: Node, b: Node, path: str, absolute: float) -> str | None:
    if a == b:
        return None
    from fukkatsu._oracle.values_arrays import array_items

    left, right = array_items(a), array_items(b)
    if left is None or right is None or a[:-1] != b[:-1] or len(left) != len(right):
        return _became(path, a, b)
    largest = max((abs(x) for items in (left, right) for x in items if math.isfinite(abs(x))), default=0.0)
    absolute = ABSOLUTE if largest >= ORDINARY else absolute
    for index, (x, y) in enumerate(zip(left, right, strict=True)):
        if not _close(x, y, absolute):
            return f"{path.lstrip('.') or 'the array'}[flat {index}]: {x!r} became {y!r}"
    return None


_SPECIAL: Final[dict[str, Callable[[Node, Node, str, float], str | None]]] = {
    "decimal": _decimal_difference,
    "ndarray": _array_difference,
    "array": _array_difference,
}


def type_name(text: bytes) -> str:
    """Name of the value's type: ``"int"``, ``"datetime.date"``, ``"package.Order"``; ``"?"`` if malformed."""
    try:
        return _type_name(parse(text))
    except ReplyError:
        return "?"


_TYPE_NAMES: Final = {
    "int": "int", "str": "str", "uuid": "uuid.UUID", "decimal": "decimal.Decimal", "fraction": "fractions.Fraction",
    "date": "datetime.date", "time": "datetime.time", "datetime": "datetime.datetime",
    "timedelta": "datetime.timedelta", "timezone": "datetime.timezone", "zoneinfo": "zoneinfo.ZoneInfo",
    "deque": "collections.deque", "defaultdict": "collections.defaultdict", "OrderedDict": "collections.OrderedDict",
    "Counter": "collections.Counter", "pattern": "re.Pattern", "match": "re.Match", "partial": "functools.partial",
    "ndarray": "numpy.ndarray", "array": "array.array", "union": "types.UnionType", "alias": "types.GenericAlias",
}  # fmt: skip
_NAME_FIRST: Final = frozenset(
    {"object", "sub", "namedtuple", "enum", "exception", "iterator", "opaque", "path", "foreign"}
)


def _type_name(node: Node) -> str:
    if type(node) is not list:
        return "None" if node is None else type(node).__name__
    tag = node[0]
    if tag in _NAME_FIRST or tag == "constant":
        return _shown_name(node[1] if len(node) > 1 else None)
    return _TYPE_NAMES.get(tag) or _shown_name(tag)


def _shown_name(name: object) -> str:
    """A name that hostile code may have chosen, fit for a terminal and a prompt: printable and short."""
    if type(name) is not str:
        return "?"
    return name if len(name) <= NAME_LIMIT and name.isprintable() else repr(name[:NAME_LIMIT])


def render(text: bytes, limit: int = 200) -> str:
    """The value in the style of ``repr``, at most *limit* characters."""
    try:
        return _render(parse(text), limit)
    except ReplyError as failure:
        return f"<{failure}>"


def _render(node: Node, limit: int) -> str:
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
        elif tag in _MAPPINGS or tag == "OrderedDict":
            rest = rest[_MAPPINGS.get(tag, 1) - 1 :]
            put("{" if tag == "dict" else f"{tag}({{")
            for index in range(0, len(rest), 2):
                if index:
                    put(", ")
                _write(rest[index], pieces, left)
                put(": ")
                _write(rest[index + 1], pieces, left)
            put("}" if tag == "dict" else "})")
        elif tag in ("object", "namedtuple"):
            put(f"{_shown_name(rest[0]).rpartition('.')[2]}(")
            for index in range(1, len(rest), 2):
                put(f"{', ' if index > 1 else ''}{_shown_name(rest[index])}=")
                _write(rest[index + 1], pieces, left)
            put(")")
        elif tag == "sub":
            put(f"{_shown_name(rest[0]).rpartition('.')[2]}(")
            _write(rest[1], pieces, left)
            put(")")
        elif tag == "exception":
            put(f"{_shown_name(rest[0])}({rest[2]!r})")
        elif tag == "enum":
            put(f"{_shown_name(rest[0]).rpartition('.')[2]}.{_shown_name(rest[1])}")
        elif tag == "iterator":
            put(f"<{_shown_name(rest[0])} of ")
            joined([item for item in rest[1:] if not (type(item) is list and item[0] in ("end", "more"))])
            put(", …>" if rest[-1:] == [["more"]] else ">")
        elif tag in ("bytes", "bytearray"):
            import base64

            shown = repr(base64.b64decode(rest[0])[: left[0] + 2])
            put(shown if tag == "bytes" else f"bytearray({shown})")
        elif tag in ("int", "str"):
            put(
                hex(int(rest[0], 16)) if tag == "int" else repr(bytes.fromhex(rest[0]).decode("utf-8", "surrogatepass"))
            )
        elif tag == "opaque":
            put(f"<{_shown_name(rest[0]) or 'something'}>")
        elif tag == "cycle":
            put("...")
        elif tag in ("type", "module"):
            put(f"<{'class' if tag == 'type' else 'module'} {rest[0]!r}>")
        elif tag == "function":
            put(f"<function {_shown_name(rest[0])}.{_shown_name(rest[1])}>")
        elif tag == "ndarray":
            put(f"ndarray({_shown_name(rest[0])}, shape={tuple(rest[1][1:])})")
        elif tag == "constant":
            put(_shown_name(rest[0]))
        else:
            put(f"{_shown_name(tag)}(")
            joined(rest)
            put(")")
    except (_FullError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - the text may come from hostile code, and this only shows it
        put(f"<malformed {tag!r}>")


def rebuild(text: bytes, types: Any = None) -> object:
    """Build the value again, as plain data. See ``values_rebuild.rebuild``."""
    from fukkatsu._oracle.values_rebuild import rebuild as build

    return build(parse(text), types or {})
