"""Memory that holds addresses of objects: what writes bytes into a buffer must not write there.

An array of objects gives its memory out as a buffer, like any other. Whoever puts eight bytes into it has made a
reference to whatever lies there: ``struct.pack_into("Q", cells, 0, n)``, ``file.readinto(cells)``,
``memoryview(cells).cast("B")[0] = 1``, ``cells.data[:] = others.data``, ``np.frombuffer(cells, "u8")[0] = n``. So what
writes into buffers refuses such memory, and no view of it is made: the two kinds of ways there are. numpy's own
functions know the types of what they write.

The memory of ctypes' pointers is refused too. A class of ctypes gives access to any address by itself
(``from_address``): those names are closed in ``attributes.py``.
"""

from __future__ import annotations

import array
import builtins
import functools
import random
import re
import struct
import sys
from collections.abc import Callable
from typing import Any, Final

from fukkatsu._language.refusals import refuse

_PLAIN: Final = frozenset({bytes, bytearray, array.array, str, int, float, list, tuple, dict, type(None)})
# As PEP 3118 and ctypes write formats; the names of fields are taken out first.
_ADDRESSES: Final = re.compile(r"[OPzX&]|Z(?![fdg])")  # Zd is a complex number
_FIELD: Final = re.compile(r":[^:]*:")
_WHY: Final = "holds addresses of objects: bytes written there would be taken for such"


def holds_addresses(value: Any) -> bool:
    """Whether the memory that *value* gives out holds addresses."""
    if type(value) in _PLAIN:
        return False
    if _is_of_objects(value):
        return True
    try:
        given = value if type(value) is memoryview else memoryview(value)
        under = given.obj  # of a view of a view, what gives the memory
    except (TypeError, ValueError, BufferError):  # no memory; or of a kind that has no format, or released
        return False
    if type(under) in _PLAIN:  # seen as addresses by a view alone, perhaps
        return False
    if _is_of_objects(under):
        return True
    try:
        form = given.format if under is value else memoryview(under).format
    except (TypeError, ValueError, BufferError):
        form = given.format
    return _ADDRESSES.search(_FIELD.sub("", form)) is not None


def _is_of_objects(value: Any) -> bool:
    """Whether *value* is an array, or a record, with objects among its parts: some have no format at all."""
    kind = type(value)
    if not _is_of_numpy(kind):
        return False
    numpy = sys.modules["numpy"]
    base: Any = numpy.ndarray if issubclass(kind, numpy.ndarray) else numpy.generic
    return bool(base.dtype.__get__(value).hasobject)


def _is_of_numpy(kind: type) -> bool:
    numpy: Any = sys.modules.get("numpy")
    return hasattr(numpy, "generic") and issubclass(kind, (numpy.ndarray, numpy.generic))


def written_by(function: Callable[..., Any]) -> Callable[..., Any]:
    """*function*, which writes into a buffer that it is given: into none with addresses."""

    @functools.wraps(function, updated=())
    def write(*args: Any, **kwargs: Any) -> Any:
        for given in (*args, *kwargs.values()):
            if holds_addresses(given):
                refuse(f"{write.__name__}() into a {type(given).__name__} that {_WHY}")
        return function(*args, **kwargs)

    del write.__wrapped__  # it would lead to the library's own
    return write


def gives_memory(value: Any) -> bool:
    """Whether *value*, whose ``data`` is about to be looked up, is of a kind that gives its memory so.

    Raises:
        GuardRefusal: It does, and addresses are in it.
    """
    if not _is_of_numpy(type(value)):
        return False
    numpy = sys.modules["numpy"]
    own = getattr(type(value), "data", None) in (
        numpy.ndarray.data,
        numpy.generic.data,
    )  # of a masked array it is an array
    if own and _is_of_objects(value):
        refuse(f"data of a {type(value).__name__} that {_WHY}")
    return True


class _TypeOfViews(type):
    """Makes real views, of memory without addresses."""

    def __call__(cls, *args: Any, **kwargs: Any) -> memoryview:
        for given in (*args, *kwargs.values()):
            if holds_addresses(given):
                refuse(f"memoryview() of a {type(given).__name__} that {_WHY}")
        return builtins.memoryview(*args, **kwargs)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, builtins.memoryview)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, builtins.memoryview)


class ViewOfMemory(metaclass=_TypeOfViews):
    """``memoryview`` as corrections see it."""


ViewOfMemory.__name__ = ViewOfMemory.__qualname__ = "memoryview"
ViewOfMemory.__module__ = "builtins"


# -- the formats of struct ---------------------------------------------------------------------------------------------


def _as_format(given: Any) -> str | bytes:
    """A format of text or bytes alone: the library finds whatever equals one in the cache of those it was asked for."""
    if isinstance(given, str):
        return str.__str__(given)
    if isinstance(given, bytes):
        return bytes(memoryview(given))
    msg = f"Struct() argument 1 must be a str or bytes object, not {type(given).__name__}"
    raise TypeError(msg)


def _calcsize(form: Any, /) -> int:
    return struct.calcsize(form if type(form) is str else _as_format(form))


def _pack(form: Any, /, *values: Any) -> bytes:
    return struct.pack(form if type(form) is str else _as_format(form), *values)


def _unpack(form: Any, buffer: Any, /) -> tuple[Any, ...]:
    return struct.unpack(form if type(form) is str else _as_format(form), buffer)


def _iter_unpack(form: Any, buffer: Any, /) -> Any:
    return struct.iter_unpack(form if type(form) is str else _as_format(form), buffer)


def _unpack_from(form: Any, /, buffer: Any, offset: int = 0) -> tuple[Any, ...]:
    return struct.unpack_from(form if type(form) is str else _as_format(form), buffer, offset)


def _pack_into(form: Any, buffer: Any, offset: int, /, *values: Any) -> None:
    written_by(struct.pack_into)(_as_format(form), buffer, offset, *values)


# -- numpy's ----------------------------------------------------------------------------------------------------------


def _frombuffer(buffer: Any, *args: Any, **kwargs: Any) -> Any:
    if holds_addresses(buffer):
        refuse(f"frombuffer() of a {type(buffer).__name__} that {_WHY}")
    return sys.modules["numpy"].frombuffer(buffer, *args, **kwargs)


def _record_maker(name: str) -> Callable[..., Any]:
    """A function of ``numpy.rec`` that may take bytes, or a file's, for the records themselves."""

    def make(first: Any, *args: Any, **kwargs: Any) -> Any:
        numpy = sys.modules["numpy"]
        made = getattr(numpy.rec, name)(first, *args, **kwargs)
        if made.dtype.hasobject and not isinstance(first, (list, tuple, numpy.ndarray)):
            refuse(f"{name}() would take the bytes of a {type(first).__name__} for addresses of objects")
        return made

    make.__name__ = make.__qualname__ = name
    return make


def _as_strided(x: Any, *args: Any, **kwargs: Any) -> Any:
    numpy = sys.modules["numpy"]
    base = numpy.asanyarray(x)
    made = numpy.lib.stride_tricks.as_strided(base, *args, **kwargs)
    while isinstance(under := getattr(base, "base", None), numpy.ndarray):
        base = under
    (first, last), (low, high) = _bounds(base), _bounds(made)
    if made.size and (low < first or high > last):
        refuse("as_strided() past the end of the memory of what it is given")
    return made


def _bounds(values: Any) -> tuple[int, int]:
    """The addresses of the first byte of *values* and of the one behind their last."""
    low = high = values.__array_interface__["data"][0]
    for length, step in zip(values.shape, values.strides, strict=True):
        if step < 0:
            low += (length - 1) * step
        else:
            high += (length - 1) * step
    return low, high + values.itemsize


BUFFERS: Final[dict[str, Any]] = {
    **{
        f"struct.{name}": functools.update_wrapper(made, getattr(struct, name), ("__name__", "__doc__"), ())
        for name, made in (
            ("calcsize", _calcsize),
            ("pack", _pack),
            ("unpack", _unpack),
            ("iter_unpack", _iter_unpack),
            ("unpack_from", _unpack_from),
            ("pack_into", _pack_into),
        )
    },
    "numpy.frombuffer": _frombuffer,
    **{f"numpy.rec.{name}": _record_maker(name) for name in ("array", "fromstring", "fromfile")},
    "numpy.lib.stride_tricks.as_strided": _as_strided,
}
for _made in BUFFERS.values():
    vars(_made).pop("__wrapped__", None)  # it would lead to the library's own

# Not the address: whoever knew where its own bytes lie could have them taken for an object.
_SALT: Final = random.SystemRandom().getrandbits(60)


def salted(number: int) -> int:
    """A number that stands for *number*, the address of an object, in this process."""
    return hash((_SALT, number)) & sys.maxsize
