"""The good calls that something may be put into, and what is put there: one value in one place, the rest as it was.

A call that is made keeps what was true of all calls that were seen: what nobody passes, a right correction may answer
in its own way.
"""

from __future__ import annotations

import ast
import contextlib
import datetime
import decimal
import inspect
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.borders import Border, apart, beside, level, negated
from fukkatsu._gauntlet.calendar_days import is_date, other_days
from fukkatsu._gauntlet.cuts import longer
from fukkatsu._gauntlet.insertions import beginning, begun_otherwise, with_sign
from fukkatsu._gauntlet.nesting import nested
from fukkatsu._gauntlet.presumed import presumed
from fukkatsu._gauntlet.separators import cut_otherwise, sign_in, texts_in
from fukkatsu._gauntlet.shrinking import is_plain
from fukkatsu._gauntlet.sought import Sought
from fukkatsu._gauntlet.texts import ReadText
from fukkatsu._gauntlet.treatments import ASKED, changed_places, decimal_places, halves, is_number, treated
from fukkatsu._gauntlet.truths import nothing_like
from fukkatsu._model.call import Call, RecordedCall
from fukkatsu._oracle.places import Place, places_of, state_of, with_value
from fukkatsu._oracle.relations import Relations
from fukkatsu._sandbox import carry
from fukkatsu.errors import CarryError

MOST_BYTES: Final = 50_000
"""Of a call that something is put into: it is made dozens of times, by original and candidate."""
_MOST_CALLS: Final = 4
_MOST_TEXTS: Final = 4
_MOST_SIDES: Final = 3
_MOST_SPANS: Final = 3
_PARTS: Final = "it cuts texts otherwise, and no call has shown so many parts"
_SIGN: Final = "it looks for a sign that the failing call has, and finds it where no call has shown it"
_NONE_NEW: Final = "it takes None for what is missing, and no call has shown None there"
_NONE_SAID: Final = "it takes None for what is missing, and the docstring speaks of None"
_PART: Final = "it asks whether a text is made of digits or letters, and no call has shown other signs there"
_POSITIVE: Final = re.compile(r"(?<!non-)(?<!non)\bpositiv|\bnon-?zero|greater than (0|zero)", re.IGNORECASE)
_SIGNS: Final = re.compile(r"negativ|positiv|\bbelow\b|less than|\bunder\b|at least|greater|\bminus\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Probe:
    """A call that may show a slip.

    Attributes:
        call: The call.
        control: The same call without what was put in: where the candidate changes that as well, it is no such slip.
        suspicious: Made for something new in the candidate's text, rather than for a constant in it.
        doubt: Why a change here is for a person to decide rather than a slip; empty where it is one.
        drawn: At a border that the author drew and the candidate did not: what the docstring announces is no excuse
            unless it is what the failing call was about.
        outside: Beyond what was seen: only an exception that the docstring announces has to be raised as before.
    """

    call: RecordedCall
    control: RecordedCall | None = None
    suspicious: bool = False
    doubt: str = ""
    drawn: bool = False
    outside: bool = False


def _plain_state(value: Any) -> dict[str, Any]:
    """Those attributes of an object that are plain data."""
    return {name: part for name, part in state_of(value).items() if is_plain(part)}


def _while_it_can(made: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What is made of a call, up to an object that cannot be copied by its state."""
    with contextlib.suppress(TypeError, ValueError):
        yield from made


def _texts_of(arguments: Mapping[str, Any]) -> list[Place]:
    return [place for place in places_of(arguments) if type(place.value) is str]


class Bases:
    """The good calls by parameter name, and what is made of them."""

    def __init__(self, bench: Bench, original: ReadText) -> None:
        self.original = original
        self.signature = inspect.signature(bench.original)
        self.docstring = bench.source.docstring or ""
        good = [call for call in bench.good_calls if not call.healed and len(call.arguments) <= MOST_BYTES]
        self.calls = [bound for call in good if (bound := self._bound(call.shown)) is not None]
        self.failing = self._bound(bench.failure.shown) if bench.failure is not None else None
        self.seen = [*self.calls, *([self.failing] if self.failing is not None else [])]
        plain = all(is_plain(list(call.values())) for call in self.seen)
        known = self.seen if plain else []  # to compare objects of the user's is to run their code
        self.presumed = presumed(bench.source)
        self.relations = Relations(known, presumed=self.presumed)
        self.of_objects: dict[str, Relations] = {}
        self.hints = {name: str(one.annotation) for name, one in self.signature.parameters.items()}

    def _bound(self, call: Call | None) -> dict[str, Any] | None:
        if call is None:
            return None
        try:
            return dict(self.signature.bind(*call.args, **call.kwargs).arguments)
        except TypeError:
            return None

    @contextlib.contextmanager
    def rules_of_both(self, one: str, other: str) -> Iterator[None]:
        """What is made meanwhile keeps of two parameters of one kind what both kept, and what is true between them."""
        before = self.relations, self.of_objects
        turned = [{**call, one: call[other], other: call[one]} for call in self.seen if one in call and other in call]
        if self.relations.rules:
            self.relations = Relations([*self.seen, *turned], presumed=self.presumed)
            self.relations.rules += [rule for rule in before[0].rules if {rule[0], rule[1]} == {one, other}]
        states = [
            _plain_state(call[name])
            for call in self.seen
            for name in (one, other)
            if hasattr(call.get(name), "__dict__")
        ]
        self.of_objects = {**before[1], **dict.fromkeys((one, other), Relations(states))}
        try:
            yield
        finally:
            self.relations, self.of_objects = before

    def with_nothing(self, sought: Sought) -> Iterator[Probe]:
        for base, place in self._places(sought):
            nothing = nothing_like(place.value, self.docstring)
            if nothing is None:
                continue
            made = self.made(base, place, nothing)
            if made is None:
                continue
            yield Probe(made, suspicious=True)
            for name, value in base.items():  # what is compared with nothing may have to be below it
                if name != place.path[0][1] and type(value) in (int, float) and value > 0 and self._compares(name):
                    below = {**base, name: type(value)(-1)}
                    control, both = self.call(below), self.made(below, place, nothing)
                    if control is not None and both is not None:
                        yield Probe(both, control, suspicious=True)

    def _compares(self, name: str) -> bool:
        """Whether the original compares that parameter as it is with a value: below zero is no width and no count."""
        for node in self.original.below:
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                own = any(isinstance(side, ast.Name) and side.id == name for side in sides)
                if own and not any(isinstance(side, ast.Call) for side in sides):
                    return True
        return False

    def beside(self, border: Border) -> Iterator[Probe]:
        sought, length, number = border.sought, border.length, border.number
        if sought is None:
            yield from self._below_zero(border)
            return
        low, high = self._range(sought, length=length)
        if border.choosing and number not in self._failing_numbers(sought, length=length):
            low, high = min(low, number - 1), max(high, number + 1)  # the crash was about something else
        for base, place in self._places(sought):
            real = "float" in self.hints.get(place.path[0][1], "")
            for value in beside(place.value, number, length=length, real=real):
                if not low <= (len(value) if length else value) <= high:
                    continue  # what nobody passes a right correction may answer in its own way
                if not length and value <= 0 and (_POSITIVE if value == 0 else _SIGNS).search(self.docstring):
                    continue  # what the author says of such numbers may be what the original does not do
                made = self.made(base, place, value)
                if made is not None:
                    yield Probe(made, suspicious=True)

    def beside_lost(self, border: Border) -> Iterator[Probe]:
        """The same for a border of the author's own, on both sides of which the text says what is to be done."""
        sought, length = border.sought, border.length
        if sought is None:
            return
        low, high = self._range(sought, length=length)
        for base, place in self._places(sought):
            for value in beside(place.value, border.number, length=length, real=type(place.value) is float):
                outside = not low <= (len(value) if length else value) <= high
                made = self.made(base, place, value, strict=False)
                if made is not None:
                    yield Probe(made, suspicious=True, drawn=True, outside=outside)

    def level(self, one: Sought, other: Sought, *, beyond: bool) -> Iterator[Probe]:
        """What is compared with each other made equal, and with *beyond* a little more and less than that."""
        for base in self.calls[:_MOST_CALLS]:
            places = places_of(base)
            sides = ([place for place in places if side.fits(place.path)][:_MOST_SIDES] for side in (one, other))
            for left, right in itertools.product(*sides):
                if left.path == right.path:
                    continue
                for into, value in ((left, right.value), (right, left.value)):
                    for near in level(into.value, value, beyond=beyond):
                        made = self.made(base, into, near, strict=False)
                        if made is not None:
                            yield Probe(made, suspicious=True, drawn=beyond, outside=near != value)

    def apart(self) -> Iterator[Probe]:
        """What two days, times or numbers differ by made nothing, or as much as is passed, or a default, or seen."""
        given = [one.default for one in self.signature.parameters.values()]
        found = [place.value for call in self.seen for place in places_of(call)]
        spans = list(dict.fromkeys(one for one in (*given, *found) if type(one) is datetime.timedelta))[:_MOST_SPANS]
        turns = [
            [self.made(base, place, value, strict=False) for place, value in apart(base, spans)]
            for base in self.calls[:_MOST_CALLS]
        ]
        yield from self._probes(itertools.chain.from_iterable(itertools.zip_longest(*turns)))

    def varied(self, variants: Callable[[Any], Iterator[Any]], *, each: int) -> Iterator[Probe]:
        """The arguments, and what they hold, with what *variants* makes of them; *each*: how many of one value."""
        for base in self.calls[:_MOST_CALLS]:
            for place in places_of(base):
                for value in itertools.islice(variants(place.value), each):
                    made = self.made(base, place, value)
                    if made is not None:
                        yield Probe(made, suspicious=True)

    def nested(self) -> Iterator[Probe]:
        turns = [[self.call(made) for made in _while_it_can(nested(base))] for base in self.calls[:_MOST_CALLS]]
        yield from self._probes(itertools.chain.from_iterable(itertools.zip_longest(*turns)))

    def recut(self, sign: str) -> Iterator[Probe]:
        """Texts that *sign* cuts with a letter more, or with a part more: a question where nobody passed so many."""
        counts = {
            text.count(one)
            for call in self.seen
            for place in places_of(call)
            for text in texts_in(place.value)
            if (one := sign_in(text, sign))
        }
        for base in self.calls[:_MOST_CALLS]:
            for place in places_of(base):
                for value, count in cut_otherwise(place.value, sign, self.docstring):
                    made = self.made(base, place, value)
                    if made is not None:
                        yield Probe(made, suspicious=True, doubt="" if count in counts else _PARTS)

    def with_sign(self, sign: str) -> Iterator[Probe]:
        """Texts with *sign* inside of words: a question where the failing call has it as well."""
        doubt = _SIGN if any(sign in place.value for place in _texts_of(self.failing or {})) else ""
        yield from self.texts(partial(with_sign, sign=sign), doubt)

    def texts(self, variants: Callable[[Any], Iterator[Any]], doubt: str = "") -> Iterator[Probe]:
        """Each text with what *variants* makes of it; of each call some."""
        turns = [
            [self.made(base, place, value) for place in _texts_of(base) for value in variants(place.value)]
            for base in self.calls[:_MOST_CALLS]
        ]
        yield from self._probes(itertools.chain.from_iterable(itertools.zip_longest(*turns)), doubt)

    def begun_otherwise(self, node: ast.expr) -> Iterator[Probe]:
        defaults = {name: one.default for name, one in self.signature.parameters.items()}
        for base in self.calls[:_MOST_CALLS]:
            start = beginning(node, {**defaults, **base})
            for place in places_of(base) if start else ():
                yield from self._probes(self.made(base, place, one) for one in begun_otherwise(place.value, start))

    def _below_zero(self, border: Border) -> Iterator[Probe]:
        """For a sum, a difference, a mean that is compared with zero: the same calls with negative numbers in them.

        A guard before everything else is often meant for zero only, and written wider than that: a person decides.
        """
        doubt = "" if border.choosing else "it guards against more than zero, and no call has shown less"
        for base in self.calls[:_MOST_CALLS] if not _SIGNS.search(self.docstring) else ():
            for name, value in base.items():
                turned = negated(value)
                made = None if turned is None else self.call({**base, name: turned})
                if made is not None:
                    yield Probe(made, suspicious=True, doubt=doubt)

    def treated(self, name: str, signs: str) -> Iterator[Probe]:
        for base in self.calls[:_MOST_CALLS]:
            if name == "abs":
                yield from self._probes(self.call(changed) for changed in changed_places(base))
                continue
            for place in [place for place in places_of(base) if type(place.value) in (str, int)][:_MOST_TEXTS]:
                doubt = "" if name not in ASKED or self._always_numbers(place) else _PART
                variants = treated(place.value, name, signs)
                yield from self._probes((self.made(base, place, value) for value in variants), doubt)

    def _always_numbers(self, place: Place) -> bool:
        """Whether nothing but whole numbers, as such or as texts, has been seen there."""
        seen = [one.value for call in self.calls for one in places_of(call) if one.path == place.path]
        return all(map(is_number, seen))

    def _probes(self, made: Iterable[RecordedCall | None], doubt: str = "") -> Iterator[Probe]:
        return (Probe(call, suspicious=True, doubt=doubt) for call in made if call is not None)

    def halved(self) -> Iterator[Probe]:
        """Decimal numbers that no float is, with as many places as were seen, and no larger ones."""
        found = [place.value for call in self.seen for place in places_of(call)]
        places = max(map(decimal_places, found), default=0)
        most = max((abs(decimal.Decimal(one)) for one in found if decimal_places(one)), default=decimal.Decimal(0))
        for base in self.calls[:_MOST_CALLS]:
            for place in places_of(base):
                fitting = (one for one in halves(place.value, places) if decimal.Decimal(one) <= most)
                yield from self._probes(self.made(base, place, one) for one in fitting)

    def longer(self, sought: Sought, size: int) -> Iterator[Probe]:
        for base, place in self._places(sought):
            for value in longer(place.value, size):
                made = self.made(base, place, value)
                if made is not None:
                    yield Probe(made, suspicious=True)

    def on_other_days(self) -> Iterator[Probe]:
        turns = []
        for base in self.calls[:_MOST_CALLS]:
            dates = [place for place in places_of(base) if is_date(place.value)]
            for place in dates:
                others = [other.value for other in dates if other is not place]
                turns.append([self.made(base, place, value) for value in other_days(place.value, others)])
        yield from self._probes(itertools.chain.from_iterable(itertools.zip_longest(*turns)))  # of each place some

    def without(self, sought: Sought) -> Iterator[Probe]:
        """``None`` put in: a slip where it was answered for, a question where nobody passed it.

        Nothing where the crash is about it: what the original answers for other such values may be an accident.
        """
        answered, failed = (
            any(place.value is None for call in calls for place in places_of(call))
            for calls in (self.calls, [self.failing or {}])
        )
        said = re.search(r"\bNone\b", self.docstring) is not None
        if failed and not answered:
            return
        for base, place in self._places(sought):
            made = self.made(base, place, None)
            if place.value is not None and made is not None:
                doubt = _NONE_SAID if said else "" if answered else _NONE_NEW
                yield Probe(made, suspicious=True, doubt=doubt)

    def _failing_numbers(self, sought: Sought, *, length: bool) -> set[float]:
        """Numbers, or lengths, at such places of the failing call."""
        values = [place.value for place in places_of(self.failing or {}) if sought.fits(place.path)]
        kinds = (list, tuple, str, bytes, dict) if length else (int, float)
        return {len(value) if length else value for value in values if type(value) in kinds}

    def _range(self, sought: Sought, *, length: bool) -> tuple[float, float]:
        """The smallest and the largest number seen there, or length of what was seen there."""
        values = [place.value for call in self.seen for place in places_of(call) if sought.fits(place.path)]
        kinds = (list, tuple, str, bytes) if length else (int, float)
        numbers = [len(value) if length else value for value in values if type(value) in kinds]
        return min(numbers, default=0), max(numbers, default=0)

    def _places(self, sought: Sought) -> Iterator[tuple[dict[str, Any], Place]]:
        for base in self.calls[:_MOST_CALLS]:
            for place in places_of(base):
                if sought.fits(place.path) and "Annotated" not in self.hints.get(place.path[0][1], ""):
                    yield base, place

    def made(self, base: Mapping[str, Any], place: Place, value: Any, *, strict: bool = True) -> RecordedCall | None:
        try:
            return self.call(with_value(base, place.path, value), strict=strict)
        except (TypeError, ValueError):
            return None

    def _objects_hold(self, arguments: Mapping[str, Any], *, strict: bool) -> bool:
        """Whether what was true of the plain attributes of every object seen (``len(content) <= size``) stays true."""
        for name, value in arguments.items():
            state = _plain_state(value)
            if not state:
                continue
            if name not in self.of_objects:
                seen = [_plain_state(call[name]) for call in self.seen if type(call.get(name)) is type(value)]
                self.of_objects[name] = Relations(seen)
            if not self.of_objects[name].hold(state, strict=strict):
                return False
        return True

    def call(self, arguments: Mapping[str, Any], *, strict: bool = True) -> RecordedCall | None:
        if not self.relations.hold(arguments, strict=strict) or not self._objects_hold(arguments, strict=strict):
            return None
        bound = inspect.BoundArguments(self.signature, dict(arguments))
        try:
            carried = carry.carry_call(bound.args, dict(bound.kwargs))
        except (CarryError, TypeError):
            return None
        return RecordedCall(carried, shown=Call(bound.args, dict(bound.kwargs)))
