"""numpy's arrays on their way: what owned its memory owns it on arrival, and what looked into another still does.

Pickle puts every array over a text of bytes, so that none is like the one that was sent: its ``base``, its strides, and
whether two of them share memory.
"""

from __future__ import annotations

import sys
from typing import Any, Final

_MOST_BYTES: Final = 1 << 20
_TIMES: Final = 8
"""A view travels with what it looks into, unless that is larger than both: so many bytes, so many times its size."""


def array_class() -> type | None:
    """``numpy.ndarray``, where it has been loaded."""
    found: type | None = getattr(sys.modules.get("numpy"), "ndarray", None)
    return found


def reduce_array(array: Any) -> Any:
    """How to make *array* anew, as pickle's reductions say it; ``NotImplemented`` for what numpy itself has to say."""
    if array.dtype.hasobject or array.dtype.kind == "T":
        return NotImplemented
    root = array
    while type(root.base) is type(array):
        root = root.base
    if type(root.base) is bytearray and len(root.base) == root.nbytes:
        pass  # a copy that pickle made
    elif root.base is not None:
        return NotImplemented
    around = max(_TIMES * array.nbytes, _MOST_BYTES)
    if root is array or root.nbytes > around or not root.flags.c_contiguous or not root.flags.writeable:
        order = "C" if array.flags.c_contiguous or not array.flags.f_contiguous else "F"
        return own, (array.dtype, array.shape, order, array.tobytes(order), array.flags.writeable)
    offset = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return view, (root, array.dtype, array.shape, array.strides, offset, array.flags.writeable)


def own(dtype: Any, shape: tuple[int, ...], order: Any, data: bytes, writeable: bool) -> Any:
    """An array with memory of its own; *order* is ``"C"`` or ``"F"``."""
    import numpy

    made = numpy.empty(shape, dtype, order)
    if made.nbytes:
        made[...] = numpy.frombuffer(data, dtype).reshape(shape, order=order)
    if not writeable:
        made.flags.writeable = False
    return made


def view(root: Any, dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int, writeable: bool) -> Any:
    """An array that looks into *root*."""
    import numpy

    made: Any = numpy.ndarray(shape, dtype, root, offset, strides)
    if not writeable:
        made.flags.writeable = False
    return made
