"""Whether two canonical values are equal, and where they differ first. Reads what hostile code may have written."""

from __future__ import annotations

import decimal
import json
import math
import threading
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from fukkatsu._oracle.values_read import MAPPINGS, parse
from fukkatsu._oracle.values_show import name_of, render_node
from fukkatsu.errors import ReplyError

Node: TypeAlias = Any

RELATIVE: Final = 1e-9
ABSOLUTE: Final = 1e-12
ORDINARY: Final = 1e-3
"""``ABSOLUTE`` is for what cancellation leaves of numbers of at least this magnitude; 1e-15 by itself is a value."""
COARSE: Final = 0.01
COUNTED: Final = 1e13
"""Of a time in seconds since 1970 ``RELATIVE`` is nearly two of them.

Numbers up to ``COUNTED``, milliseconds since then included, differ by ``COARSE`` at most: rounding does not reach it.
"""
SUBNORMAL: Final = 1e-300  # below this a float has fewer digits than RELATIVE asks for
MATCH_LIMIT: Final = 300  # members of sets and dict keys that are matched pair by pair, for the sake of float keys
PAIRED_NODES: Final = 2_000_000  # nodes of members tried at pairing in one comparison: about a second
_UNORDERED: Final = frozenset({"set", "frozenset"})


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
    shown_a, shown_b = render_node(a, 60), render_node(b, 60)
    if shown_a == shown_b:
        shown_a, shown_b = f"{shown_a} ({name_of(a)})", f"{shown_b} ({name_of(b)})"
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
    if a == b or (a != a and b != b):
        return True
    if not math.isclose(a, b, rel_tol=RELATIVE, abs_tol=absolute or SUBNORMAL):
        return False
    return abs(a - b) <= COARSE or abs(a) > COUNTED


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
        return f"{path.lstrip('.') or 'the value'}: cannot be compared ({render_node(side, 60)}: {why})"
    if tag != b[0]:
        return _became(path, a, b)
    if tag in _UNORDERED:
        return _set_difference(a, b, path, absolute)
    if tag in MAPPINGS:
        return _mapping_difference(a, b, path, MAPPINGS[tag], absolute)
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
        found = _difference(a[i + 1], b[j + 1], f"{path}[{render_node(a[i], 40)}]", absolute)
        if found is not None:
            return found
    rest += others.values()
    for i in unmatched[:MATCH_LIMIT]:
        here = f"{path}[{render_node(a[i], 40)}]"
        found = f"{here.lstrip('.')}: {render_node(a[i + 1], 60)} is missing"
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
        return f"{path}[{render_node(b[rest[0]], 40)}]".lstrip(".") + f": {render_node(b[rest[0] + 1], 60)} was added"
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
