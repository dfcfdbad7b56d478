"""Generate inputs for one function: around recorded calls, from annotations, from literals, and scaled up.

Runs in the examiner. An input leaves it as a pickle of ``(args, kwargs)``, to be loaded by runners only, and as
canonical text, to be shown by the host.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import math
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._oracle import values
from fukkatsu._oracle.company import in_other_company
from fukkatsu._oracle.domains import NoDomainError, strategy
from fukkatsu._oracle.ladders import ladders
from fukkatsu._oracle.observed import Domain
from fukkatsu._oracle.relations import Relations
from fukkatsu._oracle.sizes import EDGES, MOST_PARTS, parts_of, reduced, spread
from fukkatsu._oracle.subtrees import subtrees

MOST_PROBES: Final = 60
MOST_IN_COMPANY: Final = 16
MOST_COUNTED: Final = 20
_MOST_TEXT: Final = 200_000  # bytes of one input: larger ones are not made


@dataclass(frozen=True, slots=True)
class Input:
    """One generated input.

    Attributes:
        origin: ``"neighbour"`` (of the failing call), ``"around"`` (a call that was seen), ``"domain"`` (drawn from the
            annotations), ``"probe"`` (a literal of the source), ``"edge"`` (nothing, blanks, zero or below of a type
            that was seen), ``"larger"`` (a rung of a ladder) or ``"greater"`` (likewise, where only numbers grow).
        within: Whether every argument lies in the range of what was seen, or of what the annotations say.
        args: Positional arguments.
        kwargs: Keyword arguments.
        ladder: Number of the ladder that it is a rung of, 0 for none; 1 is the failing call's.
    """

    origin: str
    within: bool
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    ladder: int = 0


def _while_it_lasts(source: Iterator[Input], stop: float) -> Iterator[Input]:
    """What *source* gives until *stop*, on ``time.process_time()``.

    An argument that cannot be compared, copied or scaled costs the rest of that source, not every other's.
    """
    while time.process_time() <= stop:
        try:
            yield next(source)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - what an author's objects do when they are handled
            return


class Inputs:
    """A source of inputs for *function*, within what its calls and annotations say.

    Args:
        function: The original.
        load_calls: One callable for each call seen, giving fresh ``(args, kwargs)``; the failing call first, if any.
        failing: Whether the first of them is the failing call.
        mentioned: Calls that the docstring mentions, likewise.
        literals: Constants of the source.
        presumed: What the author's text presumes of which parameter: see `orders_of`.
        permitted: Whether the author's ``pre:`` clauses allow the arguments (by parameter name).
    """

    def __init__(
        self,
        function: Callable[..., Any],
        load_calls: Sequence[Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]],
        *,
        failing: bool,
        mentioned: Sequence[Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]] = (),
        literals: Sequence[Any] = (),
        permitted: Callable[[Mapping[str, Any]], bool] = lambda _arguments: True,
        hints: Mapping[str, Any] | None = None,
        has_pre: bool = False,
        presumed: Mapping[str, Collection[str]] | None = None,
        seed: int = 0,
    ) -> None:
        self.signature = inspect.signature(function)
        self.failing = failing
        self.literals = list(literals)
        self.permitted = permitted
        self.rng = random.Random(seed)  # noqa: S311 - variety, not secrecy
        known = [self.bind(load) for load in [*load_calls, *mentioned]]
        self.relations = Relations([call for call in known if call is not None], presumed=presumed)
        self.cut: list[int] = []
        self.left_out = 0
        self.seen = [self._small(at, call) for at, call in enumerate(known)]
        complete = [call for call in self.seen if call is not None]
        self.names = [name for name in self.signature.parameters if any(name in call for call in complete)]
        self.hints = dict(hints or {})
        self.domains = {
            name: Domain(_seen_as(name, complete), hint=self.hints.get(name), presumed=(presumed or {}).get(name, ()))
            for name in self.names
        }
        self.strategies = self._strategies()
        self.has_pre = has_pre
        self.few = len(complete) < 3
        self.known: set[bytes] = set()

    def bind(self, load: Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]) -> dict[str, Any] | None:
        """The arguments of a call by parameter name, freshly loaded; ``None`` when they do not fit."""
        try:
            args, kwargs = load()
            return dict(self.signature.bind(*args, **kwargs).arguments)
        except Exception:  # noqa: BLE001 - a pickle of the user's objects, or a docstring that names other parameters
            return None

    def _small(self, at: int, call: dict[str, Any] | None) -> dict[str, Any] | None:
        """*call*, or what is left of it where it is too large to work with; ``None`` where that breaks a rule."""
        if call is None:
            return None
        try:
            small = reduced(call)
        except Exception:  # noqa: BLE001 - what an author's objects do when they are looked at
            small = None
        if small is None or (small is not call and not self.relations.hold(small)):
            self.left_out += 1
            return None
        if small is not call:
            self.cut.append(at)
        return dict(small)

    def _strategies(self) -> dict[str, Any]:
        found = {}
        for name, parameter in self.signature.parameters.items():
            if name in self.hints and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                try:
                    found[name] = strategy(self.hints[name])
                except (NoDomainError, Exception):  # noqa: BLE001, S112 - any annotation; observed values remain
                    continue
        return found

    def reason_for_none(self) -> str | None:
        """Why nothing can be generated, or ``None`` when something can."""
        if any(call is not None for call in self.seen):
            return None
        required = [
            p.name
            for p in self.signature.parameters.values()
            if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
        missing = [name for name in required if name not in self.strategies]
        if missing and self.left_out:
            return "what it was called with is too large to make inputs of, and cannot be cut down"
        if missing:
            return f"no call has been seen, and no annotation says what {', '.join(missing)} may be"
        return None if self.signature.parameters else "it takes no arguments"

    # --- kinds of inputs ----------------------------------------------------------------------------------------------

    def generate(self, count: int, seconds: float) -> list[Input]:
        """Up to *count* different inputs (and some scaled ones), within *seconds* of processor time.

        Not of wall time: on a busy machine there must not be less evidence. The host's patience bounds that.
        """
        if self.strategies:
            import hypothesis  # noqa: F401 - where it is cold it takes longer than the inputs may, and is none
        stop = time.process_time() + seconds
        made: list[Input] = []
        for at, call in enumerate(self.seen):
            if call is not None and at in self.cut:  # of the whole call only the whole was seen
                origin = "neighbour" if self.failing and at == 0 else "around"
                made.extend(one for one in [self._accept(origin, call)] if one is not None)
            elif call is not None:
                self._accept("known", call)
        observed = bool(self.domains)
        shares: list[tuple[Iterator[Input], int]] = []
        if observed and self.failing and self.seen[0] is not None:
            shares.append((self._in_other_company(), min(MOST_IN_COMPANY, count // 5)))
            shares.append((self._near([0], "neighbour"), (count * 2) // 5))
        if observed:
            good = [at for at in range(self.failing, len(self.seen)) if self.seen[at] is not None]
            shares.append((self._near(good or [0], "around"), (count * 2) // 5))
            most = count // 5
            shares += [(self._counted(), min(MOST_COUNTED, most)), (self._subtrees(), min(MOST_IN_COMPANY, most))]
            shares.append((self._probes(), min(MOST_PROBES, count // 5)))
        for source, share in shares:
            made.extend(itertools.islice(_while_it_lasts(source, stop), share))
        if observed:
            made.extend(_while_it_lasts(self._edges(), math.inf))
        if self.strategies:  # annotations fill what the others left, and have half of the time at least
            end = max(stop, time.process_time() + seconds / 2)
            made.extend(self._annotated(end, end + seconds, max(count // 5, count - len(made))))
        if observed:  # whatever time the others took: nothing else shows what hangs on more than was seen
            made.extend(_while_it_lasts(self._rungs(), max(stop, time.process_time() + seconds / 2)))
        return made

    def _near(self, bases: Sequence[int], origin: str) -> Iterator[Input]:
        """Calls seen, with one argument (now and then two) redrawn, or taken from another call."""
        rng = self.rng
        dry = 0
        while dry < 60:
            base = self.seen[rng.choice(bases)]
            if base is None or not base:
                return
            call = dict(base)
            for name in rng.sample(list(call), 1 if len(call) == 1 or rng.random() < 0.7 else 2):
                others = self.domains[name].seen
                call[name] = rng.choice(others) if rng.random() < 0.2 else self._redrawn(name, call[name])
            if self.relations.hold(call) and (made := self._accept(origin, call)) is not None:
                dry = 0
                yield made
            else:
                dry += 1

    def _in_other_company(self) -> Iterator[Input]:
        """Calls that were answered, with what only the failing call has put into them."""
        for call in in_other_company(self.seen[0] or {}, self._answered()):
            if self.relations.hold(call) and (made := self._accept("neighbour", call)) is not None:
                yield made

    def _answered(self) -> list[dict[str, Any]]:
        return [call for call in self.seen[self.failing :] if call is not None]

    def _counted(self) -> Iterator[Input]:
        """One whole number after another between those seen, in the largest call that was answered: limits, widths."""
        for name in self.names:
            default = self.signature.parameters[name].default
            bases = [call for call in self._answered() if type(call.get(name, default)) is int]
            numbers = [call.get(name, default) for call in bases]
            base = max(bases, key=lambda call: parts_of({**call, name: 0}, MOST_PARTS), default={})
            for number in spread(min(numbers), max(numbers), MOST_COUNTED) if numbers else ():
                call = {**base, name: number}
                if self.relations.hold(call) and (made := self._accept("around", call)) is not None:
                    yield made

    def _subtrees(self) -> Iterator[Input]:
        for call in self._answered():
            for changed in subtrees(call):
                if self.relations.hold(changed) and (made := self._accept("around", changed)) is not None:
                    yield made

    def _redrawn(self, name: str, value: Any) -> Any:
        """A value near *value*, or that itself where it cannot be copied: that is no reason to vary no other."""
        try:
            near = self.domains[name].near(value, self.rng)
            return self.domains[name].near(near, self.rng) if self.rng.random() < 0.3 else near
        except Exception:  # noqa: BLE001 - what an author's objects do when they are handled
            return value

    def _probes(self) -> Iterator[Input]:
        """Each literal in the place of one argument of its type, around the first calls seen."""
        bases = [call for call in self.seen[:3] if call is not None]
        for value in self.literals:
            for name in self.names:
                for base in bases:
                    if name in base and type(base[name]) is type(value):
                        within = self.relations.hold({**base, name: value}) and self._in_range(name, value)
                        made = self._accept("probe", {**base, name: value}, within=within)
                        if made is not None:
                            yield made

    def _edges(self) -> Iterator[Input]:
        """Where functions break and where authors say what happens then: nothing, blanks, zero, below zero."""
        for name in self.names:
            for kind in self.domains[name].by_type:
                base = next((c for c in self.seen if c is not None and type(c.get(name)) is kind), None)
                if base is None:
                    continue
                for value in EDGES.get(kind, ()):
                    within = self.relations.hold({**base, name: value}) and self._in_range(name, value)
                    made = self._accept("edge", {**base, name: value}, within=within)
                    if made is not None:
                        yield made

    def _in_range(self, name: str, value: Any) -> bool:
        if name not in self.domains:
            return False
        if type(value) in (int, float):
            same = self.domains[name].numbers(type(value))
            return bool(same) and min(same) <= value <= max(same)
        same = self.domains[name].by_type.get(type(value), [])
        if isinstance(value, str):
            characters = set("".join(same))
            return (
                min(map(len, same), default=0) <= len(value) <= max(map(len, same), default=-1)
                and set(value) <= characters
            )
        return False

    def _meant(self, call: Mapping[str, Any]) -> bool:
        """Whether what an annotation makes binds: where ``pre:`` lines permit it, or few calls say what is usual."""
        return self.has_pre or (self.few and self.relations.hold(call)) or self._usual(call)

    def _usual(self, call: Mapping[str, Any]) -> bool:
        """Whether each argument is one that was seen, or a number in the range of those, and together they keep rules.

        Then it binds like any other near what was seen, though an annotation made it.
        """
        return self.relations.hold(call) and all(
            any(value is known.get(name, self) for known in self.seen if known is not None)
            or (type(value) in (int, float) and self._in_range(name, value))
            for name, value in call.items()
        )

    def _annotated(self, end: float, latest: float, wanted: int) -> list[Input]:
        """Half of them a call seen with one argument drawn from its annotation, half drawn whole.

        Drawing ends with the last one that is *wanted*: Hypothesis' own mutations of what it drew are most of its cost.
        Where there are few at the *end* it goes on until *latest*: a processor that others use too counts their time.
        """
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import strategies as st

        parameters = self.signature.parameters.values()
        required = [
            p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
        whole = all(name in self.strategies for name in required)
        drawn: list[Input] = []
        base_calls = [call for call in self.seen if call is not None]
        optional = [name for name in self.strategies if name not in required]

        @settings(
            max_examples=150,
            database=None,
            deadline=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def draw(source: Any) -> None:
            if whole and (not base_calls or source.draw(st.booleans())):
                row = {name: source.draw(self.strategies[name]) for name in required}
                for name in optional:
                    if source.draw(st.booleans()):
                        row[name] = source.draw(self.strategies[name])
            elif base_calls:
                row = dict(base_calls[source.draw(st.integers(0, len(base_calls) - 1))])
                name = source.draw(st.sampled_from(list(self.strategies)))
                row[name] = source.draw(self.strategies[name])
            else:
                return
            ordered = {name: row[name] for name in self.signature.parameters if name in row}
            made = self._accept("domain", ordered, within=self._meant(ordered))
            if made is not None:
                drawn.append(made)
            if len(drawn) >= wanted or time.process_time() > (end if 2 * len(drawn) >= wanted else latest):
                raise TimeoutError

        with contextlib.suppress(Exception):  # the time is up, or a strategy gave up: what was drawn so far is kept
            draw()
        return drawn

    def _rungs(self) -> Iterator[Input]:
        for rung in ladders(self.seen, failing=self.failing, most_bytes=_MOST_TEXT):
            made = self._accept(rung.origin, rung.call, within=False, ladder=rung.ladder)
            if made is not None:
                yield made

    def _accept(self, origin: str, call: Mapping[str, Any], *, within: bool = True, ladder: int = 0) -> Input | None:
        """*call* as an input, unless it is known already or the author's ``pre:`` forbids it."""
        try:
            bound = inspect.BoundArguments(self.signature, dict(call))
            args, kwargs = bound.args, bound.kwargs
            text = values.encode([args, kwargs]).text
        except Exception:  # noqa: BLE001 - a value that cannot be bound or read is no input
            return None
        if text in self.known or len(text) > _MOST_TEXT:
            return None
        self.known.add(text)
        if origin != "known" and not self.permitted(call):
            return None
        return Input(origin, within, tuple(args), dict(kwargs), ladder)


def _seen_as(name: str, calls: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What was passed as one argument, and objects of the same classes that were passed as others: ``a < b``."""
    seen = [call[name] for call in calls if name in call]
    kinds = {type(value) for value in seen if hasattr(value, "__dict__")}
    others = [value for call in calls for other, value in call.items() if other != name and type(value) in kinds]
    return seen + others
