"""The function under trial in the place of the original, wherever the author's own code finds that one.

A method is called by its class, a function by its helpers: of those the runner has copies that came with arguments and
globals, and that know the original. Without this a correction that recurses would be judged by what the original
answers one level down. In production the same places hold the decorated function, which runs the accepted fix.
"""

from __future__ import annotations

import functools
import sys
import types
from typing import Any, Final

from fukkatsu._sandbox import arrive

_CACHED: Final = type(functools.lru_cache(lambda: None))


class Adoption:
    """Puts *made* in the place of the function of that module and qualified name.

    Args:
        made: The function under trial.
        module: ``__module__`` of the original.
        qualname: ``__qualname__`` of the original.
    """

    __slots__ = ("imported", "made", "module", "name", "owner", "qualname")

    def __init__(self, made: types.FunctionType, module: str, qualname: str) -> None:
        self.made, self.module, self.qualname = made, module, qualname
        self.owner, _, self.name = qualname.rpartition(".")
        self.imported: types.ModuleType | None = None

    def greet(self) -> None:
        """Look at the functions, classes and modules that have come since the last time."""
        module = sys.modules.get(self.module)
        if module is not None and module is not self.imported:  # one that a runner can import by itself
            self.imported = module
            self._into_module(module)
        for newcomer in arrive.newcomers or ():
            if isinstance(newcomer, types.FunctionType):
                self._into_function(newcomer)
            elif isinstance(newcomer, type):
                self._into_class(newcomer)
            else:
                self._into_names(vars(newcomer))
        if arrive.newcomers:
            arrive.newcomers.clear()

    def _is_original(self, value: object) -> bool:
        return (
            type(value) is types.FunctionType
            and value is not self.made
            and value.__qualname__ == self.qualname
            and value.__module__ == self.module
        )

    def _instead(self, value: Any) -> Any:
        """What takes the place of *value*, the original in whatever its class wraps it; ``None`` for anything else."""
        if self._is_original(value):
            return self.made
        kind = type(value)
        if kind in (staticmethod, classmethod) and self._is_original(value.__func__):
            return kind(self.made)
        if kind is property:
            parts = [value.fget, value.fset, value.fdel]
            if any(map(self._is_original, parts)):
                getter, setter, deleter = (self.made if self._is_original(part) else part for part in parts)
                return property(getter, setter, deleter, value.__doc__)
        if kind is functools.cached_property and self._is_original(value.func):
            made = functools.cached_property(self.made)
            made.__set_name__(object, value.attrname or self.name)
            return made
        if kind is _CACHED and self._is_original(value.__wrapped__):
            return functools.lru_cache(**value.cache_parameters())(self.made)
        return None

    def _into_names(self, names: dict[str, Any]) -> None:
        if self.name in names and (made := self._instead(names[self.name])) is not None:
            names[self.name] = made

    def _into_function(self, function: types.FunctionType) -> None:
        if not self.owner:
            self._into_names(function.__globals__)
        for cell in function.__closure__ or ():
            try:
                made = self._instead(cell.cell_contents)
            except ValueError:  # not filled yet
                continue
            if made is not None and function is not self.made:
                cell.cell_contents = made

    def _into_class(self, cls: type) -> None:
        if cls.__qualname__ != self.owner or cls.__module__ != self.module:
            return
        for name, value in list(vars(cls).items()):
            if (made := self._instead(value)) is not None:
                type.__setattr__(cls, name, made)

    def _into_module(self, module: types.ModuleType) -> None:
        place: Any = module
        for part in self.owner.split(".") if self.owner else ():
            place = vars(place).get(part) if isinstance(place, type | types.ModuleType) else None
        if isinstance(place, type):
            self._into_class(place)
        elif isinstance(place, types.ModuleType):
            self._into_names(vars(place))
