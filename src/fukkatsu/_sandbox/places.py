"""One name that holds state: what it held at first, whether it holds something else now, and how to put that back."""

from __future__ import annotations

import array
import contextlib
import copy
import io
import sys
from collections import deque
from typing import Any, Final

from fukkatsu._oracle.values import encode
from fukkatsu._sandbox.installed import travels_by_name
from fukkatsu._sandbox.sharing import ATOMS, is_table, slots_of

MOST_PARTS: Final = 5_000  # of one piece of state; a larger table is not watched
MOST_BYTES: Final = 64 * 1024  # of one array, or file in memory
_ABSENT: Final = object()
_FILES: Final = (io.StringIO, io.BytesIO)


class Place:
    """One name that holds state: how to read it, what it held at first, and a copy of what was in that."""

    __slots__ = ("by_contents", "holder", "key", "kind", "label", "saved", "text", "value")

    def __init__(self, kind: str, holder: Any, key: Any, label: str, value: Any) -> None:
        self.kind, self.holder, self.key, self.label, self.value = kind, holder, key, label, value
        self.by_contents = type(value) in _FILES or _is_array(value)
        if self.by_contents:
            self.saved: Any = _contents(value)
        else:
            self.saved = None if type(value) in ATOMS else copy.deepcopy(value)
        self.text = b""

    def current(self) -> Any:
        try:
            if self.kind == "item":
                return self.holder[self.key]
            if self.kind == "cell":
                return self.holder.cell_contents
            return vars(self.holder)[self.key]
        except (KeyError, ValueError, IndexError):
            return _ABSENT

    def changed(self) -> tuple[Any] | None:
        """What it holds now, when that is something else."""
        now = self.current()
        if now is _ABSENT:
            return (None,)
        if self.saved is None:
            return None if now is self.value or (type(now) is type(self.value) and now == self.value) else (now,)
        if self.by_contents:
            return None if type(now) is type(self.value) and _contents(now) == self.saved else (now,)
        try:
            if now == self.saved and type(now) is type(self.saved):
                return None
        except Exception:  # noqa: BLE001, S110 - a foreign __eq__: the text decides
            pass
        if not self.text:
            self.text = encode(self.saved, iterator_items=0, max_nodes=2 * MOST_PARTS).text
        return None if encode(now, iterator_items=0, max_nodes=2 * MOST_PARTS).text == self.text else (now,)

    def restore(self) -> None:
        """Put back what it held: the same object, with its first contents."""
        if self.saved is not None:
            _refill(self.value, self.saved if self.by_contents else copy.deepcopy(self.saved))
        if self.current() is self.value:
            return
        if self.kind == "item":
            self.holder[self.key] = self.value
        elif self.kind == "cell":
            self.holder.cell_contents = self.value
        else:
            type.__setattr__(self.holder, self.key, self.value)


def _refill(value: Any, contents: Any) -> None:
    if _is_array(value):
        shape, dtype, raw = contents
        if value.shape != shape:
            value.shape = shape
        value[...] = sys.modules["numpy"].frombuffer(raw, dtype).reshape(shape)
    elif type(value) in _FILES:
        if contents is not None and not value.closed:
            value.seek(0)
            value.truncate()
            value.write(contents[0])
            value.seek(contents[1])
    elif is_table(type(value)):
        vars(value)["_mgr"] = contents._mgr
        vars(value).get("_item_cache", {}).clear()
    elif isinstance(value, list | bytearray | array.array):
        value[:] = contents
    elif isinstance(value, dict | set):
        value.clear()
        value.update(contents)
    elif isinstance(value, deque):
        value.clear()
        value.extend(contents)
    else:
        for member in slots_of(type(value)).values():
            try:
                member.__set__(value, member.__get__(contents))
            except AttributeError:  # nothing was there
                with contextlib.suppress(AttributeError):
                    member.__delete__(value)
        if hasattr(value, "__dict__"):
            attributes = vars(value)
            attributes.clear()
            attributes.update(vars(contents))


def is_watchable(value: Any) -> bool:
    """Whether *value* is a container, an array, or an object of the user's, small enough to be copied and compared."""
    kind = type(value)
    if _is_array(value):
        return bool(value.dtype.kind != "O" and value.nbytes <= MOST_BYTES)
    if kind in _FILES:
        return bool(value.closed or len(value.getvalue()) <= MOST_BYTES)
    if (
        not isinstance(value, list | dict | set | bytearray | deque | array.array)
        and not is_table(kind)
        and (travels_by_name(kind.__module__) or not (hasattr(value, "__dict__") or slots_of(kind)))
    ):
        return False
    encoded = encode(value, iterator_items=0, max_nodes=MOST_PARTS)
    return not encoded.opaque and not encoded.truncated


def _is_array(value: object) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is getattr(numpy, "ndarray", None)


def _contents(value: Any) -> Any:
    """What is to be told apart of an array or a file in memory: the quickest that there is."""
    if type(value) not in _FILES:
        return value.shape, value.dtype, value.tobytes()
    return None if value.closed else (value.getvalue(), value.tell())
