"""``heapq`` and ``bisect`` where arrays are in reach: what they compare is looked over, and nothing else.

A list that somebody keeps sorted may hold anything by now, and looking through all of it at each call would make a
logarithm a line. So these are the library's own algorithms, written out in its documentation's Python, with a look at
each of the two that are compared. Elsewhere the library's own are used: see ``program.guards_of``.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._language.memory import FINE, LOOKING, bare


def _before(left: Any, right: Any) -> bool:
    """``left < right``, both looked over."""
    if type(left) not in FINE:
        bare(left)
    if type(right) not in FINE:
        bare(right)
    return bool(left < right)


def _list(heap: Any) -> list[Any]:
    if not isinstance(heap, list):
        msg = f"heap argument must be a list, not {type(heap).__name__}"
        raise TypeError(msg)
    return heap


def _down(heap: list[Any], start: int, place: int) -> None:
    """Let the item at *place* sink towards the root of the heap, at *start*."""
    item = heap[place]
    while place > start:
        parent = (place - 1) >> 1
        if not _before(item, heap[parent]):
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = item


def _up(heap: list[Any], place: int) -> None:
    """Let the smaller children rise from *place* on, then the item sink to where it belongs."""
    end, start, item = len(heap), place, heap[place]
    child = 2 * place + 1
    while child < end:
        right = child + 1
        if right < end and not _before(heap[child], heap[right]):
            child = right
        heap[place] = heap[child]
        place, child = child, 2 * child + 1
    heap[place] = item
    _down(heap, start, place)


def heappush(heap: Any, item: Any, /) -> None:
    _list(heap).append(item)
    _down(heap, 0, len(heap) - 1)


def heappop(heap: Any, /) -> Any:
    last = _list(heap).pop()
    if not heap:
        return last
    first, heap[0] = heap[0], last
    _up(heap, 0)
    return first


def heapreplace(heap: Any, item: Any, /) -> Any:
    first = _list(heap)[0]
    heap[0] = item
    _up(heap, 0)
    return first


def heappushpop(heap: Any, item: Any, /) -> Any:
    if _list(heap) and _before(heap[0], item):
        item, heap[0] = heap[0], item
        _up(heap, 0)
    return item


def heapify(heap: Any, /) -> None:
    bare(_list(heap))
    heapq.heapify(heap)


def merge(*iterables: Any, key: Any = None, reverse: bool = False) -> Any:
    return heapq.merge(*(map(bare, each) for each in iterables), key=key, reverse=reverse)


def _bounds(values: Any, low: int, high: int | None) -> tuple[int, int]:
    if low < 0:
        msg = "lo must be non-negative"
        raise ValueError(msg)
    return low, len(values) if high is None else high


def bisect_right(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Callable[[Any], Any] | None = None) -> int:
    lo, hi = _bounds(a, lo, hi)
    while lo < hi:
        middle = (lo + hi) // 2
        if _before(x, a[middle] if key is None else key(a[middle])):
            hi = middle
        else:
            lo = middle + 1
    return lo


def bisect_left(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Callable[[Any], Any] | None = None) -> int:
    lo, hi = _bounds(a, lo, hi)
    while lo < hi:
        middle = (lo + hi) // 2
        if _before(a[middle] if key is None else key(a[middle]), x):
            lo = middle + 1
        else:
            hi = middle
    return lo


def insort_right(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Any = None) -> None:
    a.insert(bisect_right(a, x if key is None else key(x), lo, hi, key=key), x)


def insort_left(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Any = None) -> None:
    a.insert(bisect_left(a, x if key is None else key(x), lo, hi, key=key), x)


_HEAPS: Final = (heappush, heappop, heapreplace, heappushpop, heapify, merge)
_SEARCHES: Final = {
    "bisect": bisect_right, "bisect_right": bisect_right, "bisect_left": bisect_left,
    "insort": insort_right, "insort_right": insort_right, "insort_left": insort_left,
}  # fmt: skip
ORDERED: Final[dict[str, Any]] = {
    **{f"heapq.{made.__name__}": made for made in _HEAPS},
    **{f"bisect.{name}": made for name, made in _SEARCHES.items()},
}
"""By dotted name, for programs that may meet arrays."""
AS_THEY_ARE: Final[dict[str, Any]] = {
    name: getattr(heapq if name.startswith("heapq") else bisect, name.rpartition(".")[2]) for name in ORDERED
}
"""The library's own, for others."""
for _made in ORDERED.values():
    _made.__doc__ = "As the library's own."
    LOOKING.add(_made)
