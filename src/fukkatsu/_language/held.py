"""Values that a correction meets while it runs: a module among them turns into its view, wherever it was found.

Names of modules arrive as views when a correction is linked. A module can also lie in an object at hand (``self.np``,
``config.os``, an item of a list), and a global can be bound to one later. ``lookups.py`` decides in the text which
attribute look-ups could meet a module so; before those, the value's type is looked up among the ones that are known
to be none, and only a type that is new comes here.
"""

from __future__ import annotations

import sys
import types
from typing import Any, Final

from fukkatsu._language.attributes import BUFFER
from fukkatsu._language.buffers import gives_memory
from fukkatsu._language.modules import Modules
from fukkatsu._language.powers import power_of
from fukkatsu._language.refusals import refuse

_PLAIN: Final = frozenset(
    {int, float, complex, str, bytes, bytearray, bool, list, dict, tuple, set, frozenset, range, type(None), type}
)
# Types whose values may have powers (functions, classes) or hold such values: each of them is asked.
_HOLDERS: Final = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    type,
    list,
    dict,
    tuple,
    set,
    frozenset,
    staticmethod,
)


_PATHS: Final = ("Path", "PosixPath", "WindowsPath")


class Held:
    """What becomes of values for the corrections of one function.

    Args:
        modules: Makes the views.
        looked_up: Attribute names that the original itself looks up: of a module that it holds in an object, its
            corrections may use the same members.
        home: The original's module: what is defined there is the author's.
    """

    def __init__(self, modules: Modules, looked_up: frozenset[str], home: str) -> None:
        self._modules, self.looked_up, self._home = modules, looked_up, home
        self.known: set[type] = set(_PLAIN)
        self.unbuffered: set[type] = set(_PLAIN)
        self._vetted: dict[int, object] = {}
        pathlib = sys.modules.get("pathlib")
        self._path: type | None = getattr(pathlib, "Path", None)
        self.moving: set[type] = {type} | set(filter(None, (getattr(pathlib, name, None) for name in _PATHS)))
        self.inert: set[type] = {int, float, complex, str, bytes, bool, range, type(None)}

    def seen(self, value: Any) -> Any:
        """*value*, or the view of it when it is a module."""
        kind = type(value)
        if kind in self.known:
            return value
        if issubclass(kind, types.ModuleType):
            return self._modules.found(value, self.looked_up)
        self.known.add(kind)
        return value

    def still(self, value: Any, *names: str) -> Any:
        """*value*, on which one of ``ALSO_OF_PATHS``, or ``data``, is looked up: of a path it reaches the disk."""
        value = self.seen(value)
        for name in names:
            if name == BUFFER:
                self.bufferless(value)
            self.leave(value, name)
        return value

    def bufferless(self, value: Any) -> Any:
        """*value*, on which ``data`` is looked up: of an array of objects it would be their addresses."""
        value, kind = self.seen(value), type(value)
        if kind not in self.unbuffered and not gives_memory(value):
            self.unbuffered.add(kind)
        return value

    def leave(self, value: Any, name: str) -> None:
        """Refuse *name* of a path unless the original looks it up itself."""
        kind = value if isinstance(value, type) else type(value)
        if self._path is not None and issubclass(kind, self._path) and name not in self.looked_up:
            refuse(f"{name}() of a path reaches the disk, and the original does not use it")

    def settled(self, value: Any) -> Any:
        """What a name of the original's holds by now, when that is not what the text was checked with."""
        kind = type(value)
        if kind in self.inert:
            return value
        if issubclass(kind, types.ModuleType):
            return self.seen(value)
        if self._vetted.get(id(value)) is value:
            return value
        if power := power_of(value, self._home):
            refuse(f"a name that had another value, or none, holds {power} now, which reaches beyond the function")
        if not issubclass(kind, _HOLDERS) and kind.__module__ not in ("functools", "ctypes", "os"):
            self.inert.add(kind)
        elif len(self._vetted) < _VETTED:
            self._vetted[id(value)] = value
        return value


_VETTED: Final = 100  # a table that a global came to hold is looked through once, not at each reading
