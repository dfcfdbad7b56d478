"""The names of the original that a fix may see: its globals and closure cells, live, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import CellType, FunctionType


class LiveScope(Mapping[str, object]):
    """A read-only view of the named globals and closure cells of *function*.

    Every look-up reads the module's dictionary or the cell again, so that a later change is seen. A name that is not
    bound now (not yet, or no more) is absent.
    """

    __slots__ = ("_cells", "_globals", "_names", "function")

    def __init__(self, function: FunctionType, names: frozenset[str]) -> None:
        self.function = function
        self._globals = function.__globals__
        cells: tuple[CellType, ...] = function.__closure__ or ()
        self._cells = dict(zip(function.__code__.co_freevars, cells, strict=True))
        self._names = names

    def __getitem__(self, name: str) -> object:
        if name not in self._names:
            raise KeyError(name)
        if name in self._cells:
            try:
                return self._cells[name].cell_contents
            except ValueError:  # an empty cell: the enclosing function has not bound the name yet
                raise KeyError(name) from None
        return self._globals[name]

    @property
    def namespace(self) -> dict[str, object]:
        """The module's own dictionary, for linking: which of its names a fix may read is decided before that."""
        return self._globals

    def cell(self, name: str) -> CellType | None:
        """The closure cell behind *name*, shared with the original, when there is one."""
        return self._cells.get(name) if name in self._names else None

    def __iter__(self) -> Iterator[str]:
        return (name for name in sorted(self._names) if name in self)

    def __contains__(self, name: object) -> bool:
        try:
            self[name]  # type: ignore[index]  # any object may be asked for
        except KeyError:
            return False
        return True

    def __len__(self) -> int:
        return sum(1 for _ in self)
