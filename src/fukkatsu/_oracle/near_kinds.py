"""Values of the standard library's own kinds near one that was seen: days, sums of money, paths, files in memory.

Each has an order, or a text, or bytes, and is varied as those are. What is made stays between the smallest and the
largest that were seen; of days, which are all alike, some before and after them are as good.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import io
import pathlib
import random
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fukkatsu._oracle.observed import Domain

_DAYS_AROUND: Final = 3
_MINUTES_AROUND: Final = 3
_MICROSECONDS: Final = datetime.timedelta(microseconds=1)
_STEPS: Final = tuple(
    datetime.timedelta(**{unit: count}) for unit in ("days", "hours", "minutes", "seconds") for count in (-1, 1)
)


def near_kind(domain: Domain, value: Any, same: Sequence[Any], rng: random.Random) -> tuple[Any] | None:
    """A value close to *value*, alone in a tuple; ``None`` where it is of no kind that is known here."""
    maker = _MAKERS.get(type(value))
    if maker is None and isinstance(value, pathlib.PurePath):
        maker = _path
    if maker is None and _is_scalar(value):
        maker = _scalar
    if maker is None:
        return None
    try:
        return (maker(domain, value, same, rng),)
    except (TypeError, ValueError, ArithmeticError):  # days with and without a time zone have no order
        return (rng.choice(same),)


def _date(domain: Domain, value: datetime.date, same: Sequence[datetime.date], rng: random.Random) -> datetime.date:
    days = [day.toordinal() for day in same]
    if all(day.day == 1 for day in same) and len(same) > 1:
        return rng.choice(same)  # each stands for its month
    low, high = max(1, min(days) - _DAYS_AROUND), min(datetime.date.max.toordinal(), max(days) + _DAYS_AROUND)
    inner = domain.inner("days", [low, *days, high])
    return datetime.date.fromordinal(inner.near(value.toordinal(), rng))


def _moment(
    _domain: Domain, value: datetime.datetime, same: Sequence[datetime.datetime], rng: random.Random
) -> datetime.datetime:
    roll = rng.random()
    if roll < 0.2:
        return rng.choice(same)
    if roll < 0.4:  # one's day, another's time of day
        return datetime.datetime.combine(value.date(), rng.choice(same).timetz())
    around = datetime.timedelta(days=_DAYS_AROUND)
    steps = [step for step in _STEPS if step.seconds == 0 or any(one.time() != datetime.time() for one in same)]
    near = value + rng.choice(steps) * rng.choice((1, 1, 2))
    return near if min(same) - around <= near <= max(same) + around else value


def _time(domain: Domain, value: datetime.time, same: Sequence[datetime.time], rng: random.Random) -> datetime.time:
    if any(one.microsecond for one in same) or rng.random() < 0.2:
        return rng.choice(same)
    step = 60 if not any(one.second for one in same) else 1
    steps = [(one.hour * 3600 + one.minute * 60 + one.second) // step for one in same]
    low, high = max(0, min(steps) - _MINUTES_AROUND), min(86_400 // step - 1, max(steps) + _MINUTES_AROUND)
    now = (value.hour * 3600 + value.minute * 60 + value.second) // step
    near = domain.inner("steps", [low, *steps, high]).near(now, rng) * step
    return value.replace(hour=near // 3600, minute=near // 60 % 60, second=near % 60)


def _span(
    domain: Domain, value: datetime.timedelta, same: Sequence[datetime.timedelta], rng: random.Random
) -> datetime.timedelta:
    unit = next(unit for unit in _UNITS if all(not one % unit for one in same))
    inner = domain.inner("units", [one // unit for one in same])
    return unit * int(inner.near(value // unit, rng))


_UNITS: Final = (
    datetime.timedelta(days=1),
    datetime.timedelta(hours=1),
    datetime.timedelta(minutes=1),
    datetime.timedelta(seconds=1),
    _MICROSECONDS,
)


def _decimal(
    domain: Domain, value: decimal.Decimal, same: Sequence[decimal.Decimal], rng: random.Random
) -> decimal.Decimal:
    finite = [one for one in same if one.is_finite()]
    if not value.is_finite() or rng.random() < 0.15:
        return rng.choice(same)
    exponents = [one.as_tuple().exponent for one in finite]
    places = max(0, *(-one for one in exponents if isinstance(one, int)))
    inner = domain.inner("units", [int(one.scaleb(places)) for one in finite])
    return decimal.Decimal(inner.near(int(value.scaleb(places)), rng)).scaleb(-places)


def _fraction(
    domain: Domain, value: fractions.Fraction, same: Sequence[fractions.Fraction], rng: random.Random
) -> fractions.Fraction:
    above = domain.inner("above", [one.numerator for one in same])
    below = domain.inner("below", [one.denominator for one in same])
    near = fractions.Fraction(above.near(value.numerator, rng), max(1, below.near(value.denominator, rng)))
    return min(max(near, min(same)), max(same))


def _complex(domain: Domain, value: complex, same: Sequence[complex], rng: random.Random) -> complex:
    real = domain.inner("real", [one.real for one in same])
    imaginary = domain.inner("imaginary", [one.imag for one in same])
    return complex(real.near(value.real, rng), imaginary.near(value.imag, rng))


def _uuid(_domain: Domain, value: uuid.UUID, same: Sequence[uuid.UUID], rng: random.Random) -> uuid.UUID:
    """Another one: the last digits say nothing of version and variant."""
    return rng.choice(same) if rng.random() < 0.3 else uuid.UUID(int=value.int ^ rng.randrange(1, 1 << 16))


def _range(domain: Domain, value: range, same: Sequence[range], rng: random.Random) -> range:
    parts = [domain.inner(part, [getattr(one, part) for one in same]) for part in ("start", "stop")]
    start, stop = (part.near(at, rng) for part, at in zip(parts, (value.start, value.stop), strict=True))
    return range(start, stop, rng.choice(same).step)


def _bytes(domain: Domain, value: bytes, same: Sequence[bytes], rng: random.Random) -> bytes:
    text = domain.inner("bytes", [bytes(one).decode("latin-1") for one in same])
    near = text.near(bytes(value).decode("latin-1"), rng).encode("latin-1", "replace")
    return type(value)(near)


def _path(domain: Domain, value: pathlib.PurePath, same: Sequence[pathlib.PurePath], rng: random.Random) -> Any:
    """Along the path, or another name in it; no more and no fewer parts than were seen."""
    few, many = min(len(one.parts) for one in same), max(len(one.parts) for one in same)
    names = [one.name for one in same if one.name]
    roll = rng.random()
    if roll < 0.2:
        near = value.parent
    elif roll < 0.4 and names:
        near = value / rng.choice(names)
    elif roll < 0.6 and names and value.name:
        near = value.with_name(rng.choice(names))
    else:
        texts = domain.inner("path", [str(one) for one in same])
        near = type(value)(texts.near(str(value), rng))
    return near if few <= len(near.parts) <= max(many, few + 1) else value


def _stream(domain: Domain, value: Any, same: Sequence[Any], rng: random.Random) -> Any:
    """A file in memory with near contents, and where it was to be read on from."""
    if value.closed:
        return value
    contents = domain.inner("contents", [one.getvalue() for one in same if not one.closed])
    near = type(value)(contents.near(value.getvalue(), rng))
    near.seek(min(value.tell(), len(near.getvalue())))
    return near


def _is_scalar(value: Any) -> bool:
    if type(value).__module__ != "numpy":
        return False
    return getattr(getattr(value, "dtype", None), "kind", "") in "iuf" and not value.shape


def _scalar(domain: Domain, value: Any, same: Sequence[Any], rng: random.Random) -> Any:
    """A number of numpy's, as the one of Python's that it stands for."""
    return type(value)(domain.inner("scalar", [one.item() for one in same]).near(value.item(), rng))


_MAKERS: Final[dict[type, Callable[..., Any]]] = {
    datetime.date: _date,
    datetime.datetime: _moment,
    datetime.time: _time,
    datetime.timedelta: _span,
    decimal.Decimal: _decimal,
    fractions.Fraction: _fraction,
    complex: _complex,
    uuid.UUID: _uuid,
    range: _range,
    bytes: _bytes,
    bytearray: _bytes,
    io.StringIO: _stream,
    io.BytesIO: _stream,
}

PLAIN_KINDS: Final = frozenset(_MAKERS) - {io.StringIO, io.BytesIO}
"""Of values that hold nothing else and that nobody else's state depends on."""
