"""Copies of values for this process itself: pickled now, read back later, in the same interpreter.

Classes and functions are kept as themselves, whatever module they came from: cloudpickle would rebuild those that no
import finds, and on reading them back would set the rebuilt attributes on the program's own live classes. So are locks:
there is no copy of one. But one that a call took, or gave back, is not as it was. A NaN, and the first and
last date, are kept as themselves too: which one it is matters to whoever looks for it, and nobody changes it.
"""

from __future__ import annotations

import collections
import copyreg
import datetime
import io
import pickle
import types
import weakref
from typing import Any, Final

from fukkatsu._arrays import array_class, reduce_array
from fukkatsu._look import looking
from fukkatsu._oracle.values_locks import LOCKS, is_held
from fukkatsu._reach import may_hold_nan

_kept: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def _recall(key: int) -> Any:
    try:
        return _kept[key]
    except KeyError:
        msg = "a class or function of the kept value does not exist any more"
        raise pickle.UnpicklingError(msg) from None


def _recall_lock(key: int, held: bool) -> Any:
    lock = _recall(key)
    if is_held(lock) != held:
        msg = "a lock of the kept value is held now, and was not; or the other way round"
        raise pickle.UnpicklingError(msg)
    return lock


def _array(array: Any) -> Any:
    reduced = reduce_array(array)
    return array.__reduce_ex__(5) if reduced is NotImplemented else reduced


class _Keeper(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is array_class():
            return reduce_array(obj)
        if type(obj) in LOCKS:
            _kept[id(obj)] = obj
            return _recall_lock, (id(obj), is_held(obj))
        if isinstance(obj, type | types.FunctionType) and obj is not _recall:
            module = getattr(obj, "__module__", None)
            if module != "builtins":
                _kept[id(obj)] = obj
                return _recall, (id(obj),)
        return NotImplemented


class _Kept(bytes):
    """A pickle, with the values in it that are kept as themselves."""

    themselves: list[Any]


_ENDS: Final = (datetime.date.min, datetime.date.max, datetime.datetime.min, datetime.datetime.max)
_LOOK: Final = tuple(pickle.dumps(each, 5).partition(b"C")[2][1:5] for each in _ENDS[:2])  # the year, month and day


class _Sharing(_Keeper):
    def __init__(self, file: io.BytesIO, themselves: list[Any]) -> None:
        super().__init__(file, protocol=5)
        self._themselves = themselves
        self._places: dict[int, int] = {}

    def persistent_id(self, obj: Any) -> int | None:
        kind = type(obj)
        if not ((kind is float or kind is complex) and obj != obj) and not any(obj is each for each in _ENDS):
            return None
        place = self._places.setdefault(id(obj), len(self._themselves))
        if place == len(self._themselves):
            self._themselves.append(obj)
        return place


class _Reader(pickle.Unpickler):
    themselves: list[Any]

    def persistent_load(self, place: int) -> Any:
        return self.themselves[place]


@looking
def keep(value: object) -> bytes:
    """*value* as bytes that `recall` makes a copy of.

    Raises:
        Exception: Whatever the classes' own pickling code raises: a generator or a socket cannot be copied.
    """
    data = _plainly(value)
    if not may_hold_nan(data) and _LOOK[0] not in data and _LOOK[1] not in data:
        return data
    buffer, themselves = io.BytesIO(), list[Any]()
    _Sharing(buffer, themselves).dump(value)
    kept = _Kept(buffer.getvalue())
    kept.themselves = themselves
    return kept


def _plainly(value: object) -> bytes:
    try:
        arrays = array_class()
        if arrays is None:
            return pickle.dumps(value, protocol=5)
        buffer = io.BytesIO()
        pickler = pickle.Pickler(buffer, protocol=5)
        table: Any = collections.ChainMap({arrays: _array}, copyreg.dispatch_table)  # type: ignore[arg-type, unused-ignore]
        pickler.dispatch_table = table
        pickler.dump(value)
        return buffer.getvalue()
    except Exception:  # noqa: BLE001 - pickling runs the classes' own code, which may raise anything
        buffer = io.BytesIO()
        _Keeper(buffer, protocol=5).dump(value)
        return buffer.getvalue()


@looking
def recall(data: bytes) -> Any:
    """The copy. Only for bytes that `keep` made in this process.

    Raises:
        Exception: Whatever the classes' own code raises on being read back.
    """
    if type(data) is _Kept:
        reader = _Reader(io.BytesIO(data))
        reader.themselves = data.themselves
        return reader.load()
    return pickle.loads(data)  # noqa: S301 - made by this process for itself, see above
