"""Input domains from annotations: Hypothesis strategies, with the traps of ``from_type`` stepped around.

Runs in the examiner only; Hypothesis is imported when a strategy is asked for. Bare ``list`` and ``dict`` would
generate the empty value only, ``Any`` raises, ``object`` takes seconds, ``Mapping`` gives ChainMaps, ``Sequence``
bytes, and ``Annotated[int, Field(gt=0)]`` negatives: each of these has its own line below.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DEPTH: Final = 4
_SMALL: Final = 6  # items in a generated container

_LISTS: Final = frozenset(
    {
        list,
        collections.abc.Sequence,
        collections.abc.MutableSequence,
        collections.abc.Iterable,
        collections.abc.Collection,
    }
)
_MAPPINGS: Final = frozenset({dict, collections.abc.Mapping, collections.abc.MutableMapping})
_SETS: Final = frozenset({set, collections.abc.Set, collections.abc.MutableSet})


class NoDomainError(Exception):
    """The annotation says too little to generate from; the text says which."""


@dataclasses.dataclass(frozen=True, slots=True)
class Bounds:
    """Constraints that travel in ``Annotated``: annotated-types, and what looks like them (pydantic's ``Field``)."""

    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    multiple_of: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: Any = None
    predicates: tuple[Callable[[Any], Any], ...] = ()

    @classmethod
    def read(cls, metadata: tuple[Any, ...]) -> Bounds:
        """Collect the constraints of *metadata*, nested ones (``FieldInfo.metadata``, ``Interval``) included."""
        found: dict[str, Any] = {}
        predicates: list[Callable[[Any], Any]] = []

        def collect(item: Any, depth: int) -> None:
            for name in ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern"):
                limit = getattr(item, name, None)
                if limit is not None and not callable(limit):
                    found[name] = limit
            test = getattr(item, "func", None)
            if type(item).__name__ == "Predicate" and callable(test):
                predicates.append(test)
            if type(item).__name__ == "Not" and callable(test):
                predicates.append(_otherwise(test))
            inner = getattr(item, "metadata", None)
            if depth < 2 and isinstance(inner, list | tuple):
                for part in inner:
                    collect(part, depth + 1)

        for item in metadata:
            collect(item, 0)
        return cls(**found, predicates=tuple(predicates))

    def violated(self, value: Any) -> str | None:
        """Which constraint *value* breaks, in words."""
        tests: tuple[tuple[str, Any, Callable[[Any, Any], Any]], ...] = (
            (">=", self.ge, lambda v, limit: v >= limit),
            (">", self.gt, lambda v, limit: v > limit),
            ("<=", self.le, lambda v, limit: v <= limit),
            ("<", self.lt, lambda v, limit: v < limit),
            ("a multiple of", self.multiple_of, lambda v, limit: v % limit == 0),
            ("at least this long:", self.min_length, lambda v, limit: len(v) >= limit),
            ("at most this long:", self.max_length, lambda v, limit: len(v) <= limit),
            ("like the pattern", self.pattern, lambda v, limit: re.search(limit, v) is not None),
        )
        for words, limit, test in tests:
            if limit is not None and not test(value, limit):
                return f"must be {words} {limit!r}"
        for predicate in self.predicates:
            if not predicate(value):
                return f"must satisfy {getattr(predicate, '__name__', 'its predicate')}"
        return None


def _otherwise(test: Callable[[Any], Any]) -> Callable[[Any], bool]:
    """annotated-types' ``Not``."""

    def inverted(value: Any) -> bool:
        return not test(value)

    inverted.__name__ = f"not {getattr(test, '__name__', 'its predicate')}"
    return inverted


def strategy(hint: Any, depth: int = 0) -> SearchStrategy[Any]:
    """A strategy of everyday values of the type *hint*.

    Raises:
        NoDomainError: *hint* is ``Any``, ``object``, a callable or an open type: draw from observed values instead.
    """
    from hypothesis import strategies as st

    if depth > _DEPTH:
        msg = f"{hint!r} nests too deeply"
        raise NoDomainError(msg)
    if hint is None or hint is type(None):
        return st.none()
    simple = _simple(hint)
    if simple is not None:
        return simple
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _constrained(args[0], Bounds.read(args[1:]), depth)
    if origin is typing.Literal:
        return st.sampled_from(args)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([strategy(arg, depth + 1) for arg in args])
    if isinstance(hint, typing.NewType):
        return strategy(hint.__supertype__, depth)
    if isinstance(hint, typing.TypeVar):
        if hint.__constraints__:
            return strategy(hint.__constraints__[0], depth)
        return strategy(hint.__bound__ or int, depth)
    return _container(hint, origin or hint, args, depth)


def _simple(hint: Any) -> SearchStrategy[Any] | None:
    from hypothesis import strategies as st

    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.one_of(st.integers(-3, 20), st.integers(-20, 20), st.integers(-1000, 1000))
    if hint is float:
        whole = st.integers(-20, 100).map(float)
        return st.one_of(whole, st.floats(-100, 100, allow_nan=False, allow_subnormal=False).map(lambda v: round(v, 3)))
    if hint is complex:
        return st.complex_numbers(max_magnitude=100, allow_nan=False)
    if hint is str:
        words = st.lists(st.text("abcXYZ019_", min_size=1, max_size=5), max_size=4).map(" ".join)
        odd = st.text(
            "aZ0 _-.,'\"%\\/\t\nßéÀ漢字€😀", max_size=6
        )  # an alphabet: all of Unicode takes a second to set up
        return st.one_of(st.text("abcdefghij", max_size=6), words, st.integers(-20, 200).map(str), odd)
    if hint is bytes:
        return st.binary(max_size=8)
    if hint in (Any, object, typing.Hashable):
        msg = f"{hint!r} says nothing"
        raise NoDomainError(msg)
    return None


def _constrained(base: Any, bounds: Bounds, depth: int) -> SearchStrategy[Any]:
    """``Annotated``: integers are drawn within the bounds, all else is drawn and filtered."""
    from hypothesis import strategies as st

    if base is int and not bounds.predicates:
        low = bounds.ge if bounds.ge is not None else None if bounds.gt is None else int(bounds.gt) + 1
        high = bounds.le if bounds.le is not None else None if bounds.lt is None else int(bounds.lt) - 1
        low = (high - 1000 if high is not None else -1000) if low is None else int(low)
        high = low + 1000 if high is None else int(high)
        near = st.integers(low, max(low, min(high, low + 20)))
        whole = st.one_of(near, st.integers(low, max(low, high)))
        step = bounds.multiple_of
        return whole.filter(lambda v: v % step == 0) if step else whole
    if base is float:
        low = bounds.ge if bounds.ge is not None else bounds.gt
        high = bounds.le if bounds.le is not None else bounds.lt
        low = (float(high) - 1000 if high is not None else -1000.0) if low is None else float(low)
        high = low + 1000 if high is None else float(high)
        floats = st.floats(low, high, exclude_min=bounds.gt is not None, exclude_max=bounds.lt is not None)
        return floats.filter(lambda v: bounds.violated(v) is None)
    if base is str and bounds.pattern is not None:  # all of Unicode takes a second to set up
        texts = st.from_regex(bounds.pattern, alphabet=st.characters(codec="ascii"))
        return texts.filter(lambda v: bounds.violated(v) is None)
    return strategy(base, depth).filter(lambda v: bounds.violated(v) is None)


def _container(hint: Any, origin: Any, args: tuple[Any, ...], depth: int) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    def item(at: int, default: Any) -> SearchStrategy[Any]:
        return strategy(args[at] if len(args) > at else default, depth + 1)

    if origin in _LISTS:
        return st.lists(item(0, int), max_size=_SMALL)
    if origin is tuple:
        if not args or (len(args) == 2 and args[1] is ...):
            return st.lists(item(0, int), max_size=_SMALL).map(tuple)
        return st.tuples(*(strategy(arg, depth + 1) for arg in args))
    if origin in _SETS:
        return st.sets(item(0, int), max_size=_SMALL)
    if origin is frozenset:
        return st.frozensets(item(0, int), max_size=_SMALL)
    if origin in _MAPPINGS:
        return st.dictionaries(item(0, str), item(1, int), max_size=_SMALL)
    if isinstance(hint, type):
        if issubclass(hint, enum.Enum):
            return st.sampled_from(list(hint))
        if typing.is_typeddict(hint):
            fields = typing.get_type_hints(hint, include_extras=True)
            return st.fixed_dictionaries({name: strategy(field, depth + 1) for name, field in fields.items()})
        if dataclasses.is_dataclass(hint):
            return _dataclass(hint, depth)
        if hint.__module__ in ("datetime", "decimal", "fractions", "uuid", "ipaddress"):
            return _from_type(hint)
        if issubclass(hint, tuple) and hasattr(hint, "_fields"):
            return _from_type(hint)
    msg = f"no everyday values are known for {hint!r}"
    raise NoDomainError(msg)


def _from_type(hint: type) -> SearchStrategy[Any]:
    import datetime as dt
    import decimal

    from hypothesis import strategies as st

    if hint is dt.date:
        return st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31))
    if hint is dt.datetime:
        return st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2040, 12, 31))
    if hint is dt.timedelta:
        return st.integers(-400, 4000).map(lambda hours: dt.timedelta(hours=hours))
    if hint is decimal.Decimal:
        return st.decimals(-1000, 1000, places=2)
    return st.from_type(hint)


def _dataclass(hint: Any, depth: int) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    hints: Mapping[str, Any] = typing.get_type_hints(hint, include_extras=True)
    required = [f for f in dataclasses.fields(hint) if f.init]
    fields = {f.name: strategy(hints[f.name], depth + 1) for f in required}

    def build(values: Mapping[str, Any]) -> Any:
        try:
            return hint(**values)
        except Exception:  # noqa: BLE001 - the author's __post_init__ refuses it: not a value of this type
            return None

    return st.fixed_dictionaries(fields).map(build).filter(lambda value: value is not None)
