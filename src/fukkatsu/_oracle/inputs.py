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
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._oracle import values
from fukkatsu._oracle.domains import NoDomainError, strategy
from fukkatsu._oracle.observed import Domain
from fukkatsu._oracle.relations import Relations
from fukkatsu._oracle.sizes import reduced, scaled

MOST_PROBES: Final = 60
_MOST_TEXT: Final = 200_000  # bytes of one input: larger ones are not made
_RUNG: Final = 1.5  # what honest algorithm takes for ever where it took no time on the rung below?
_RUNGS: Final = (1.5, 2.25, 3.4, 5.0, 7.6, 11.4)
_FEW_RUNGS: Final = _RUNGS[1::2]
_GREATEST: Final = 1_000  # numbers grow beyond it only if they were seen so large: they may say how much to make


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
        seed: int = 0,
    ) -> None:
        self.signature = inspect.signature(function)
        self.failing = failing
        self.literals = list(literals)
        self.permitted = permitted
        self.rng = random.Random(seed)  # noqa: S311 - variety, not secrecy
        known = [self.bind(load) for load in [*load_calls, *mentioned]]
        self.relations = Relations([call for call in known if call is not None])
        self.cut: list[int] = []
        self.left_out = 0
        self.seen = [self._small(at, call) for at, call in enumerate(known)]
        complete = [call for call in self.seen if call is not None]
        self.names = [name for name in self.signature.parameters if any(name in call for call in complete)]
        self.hints = dict(hints or {})
        self.domains = {n: Domain(_seen_as(n, complete), hint=self.hints.get(n)) for n in self.names}
        self.strategies = self._strategies()
        self.annotations_rule = has_pre or len(complete) < 3
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
            shares.append((self._near([0], "neighbour"), (count * 2) // 5))
        if observed:
            good = [at for at, call in enumerate(self.seen) if call is not None and not (self.failing and at == 0)]
            shares.append((self._near(good or [0], "around"), (count * 2) // 5))
            shares.append((self._probes(), min(MOST_PROBES, count // 5)))
        for source, share in shares:
            made.extend(itertools.islice(_while_it_lasts(source, stop), share))
        if observed:
            made.extend(_while_it_lasts(self._edges(), math.inf))
        if self.strategies:  # annotations fill what the others left, and have half of the time at least
            end = max(stop, time.process_time() + seconds / 2)
            made.extend(self._annotated(end, max(count // 5, count - len(made))))
        if observed:  # whatever time the others took: nothing else shows what hangs on more than was seen
            made.extend(_while_it_lasts(self._larger(), max(stop, time.process_time() + seconds / 2)))
        return made

    def _near(self, bases: Sequence[int], origin: str) -> Iterator[Input]:
        """Calls seen, with one argument (now and then two) redrawn, or taken from another call."""
        rng = self.rng
        complete = [call for call in self.seen if call is not None]
        dry = 0
        while dry < 60:
            base = self.seen[rng.choice(bases)]
            if base is None or not base:
                return
            call = dict(base)
            for name in rng.sample(list(call), 1 if len(call) == 1 or rng.random() < 0.7 else 2):
                others = [c[name] for c in complete if name in c]
                if rng.random() < 0.2:
                    call[name] = rng.choice(others)
                else:
                    call[name] = self.domains[name].near(call[name], rng)
                    if rng.random() < 0.3:
                        call[name] = self.domains[name].near(call[name], rng)
            if self.relations.hold(call) and (made := self._accept(origin, call)) is not None:
                dry = 0
                yield made
            else:
                dry += 1

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
                for value in _EDGES.get(kind, ()):
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

    def _usual(self, call: Mapping[str, Any]) -> bool:
        """Whether each argument is one that was seen, or a number in the range of those, and together they keep rules.

        Then it binds like any other near what was seen, though an annotation made it.
        """
        return self.relations.hold(call) and all(
            any(value is known.get(name, self) for known in self.seen if known is not None)
            or (type(value) in (int, float) and self._in_range(name, value))
            for name, value in call.items()
        )

    def _annotated(self, end: float, wanted: int) -> list[Input]:
        """Half of them a call seen with one argument drawn from its annotation, half drawn whole.

        Drawing ends with the last one that is *wanted*: Hypothesis' own mutations of what it drew are most of its cost.
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
            made = self._accept("domain", ordered, within=self.annotations_rule or self._usual(ordered))
            if made is not None:
                drawn.append(made)
            if len(drawn) >= wanted or time.process_time() > end:
                raise TimeoutError

        with contextlib.suppress(Exception):  # the time is up, or a strategy gave up: what was drawn so far is kept
            draw()
        return drawn

    def _larger(self) -> Iterator[Input]:
        """Ladders: the failing call and the largest others, each rung half as large again as the one below.

        One ladder scales all arguments together, the others one argument each.
        """
        sizes = [(_size(call), at) for at, call in enumerate(self.seen) if call]
        largest = [at for _, at in sorted(sizes, reverse=True)[:2]]
        ladder = 1 if self.failing else 2  # the first ladder is the failing call's, as a whole
        size_of = {at: size for size, at in sizes}
        for at in dict.fromkeys(([0] if self.failing else []) + largest):
            base = self.seen[at]
            if base is None:
                continue
            for names in ([list(base)] + [[name] for name in base]) if len(base) > 1 else [list(base)]:
                numbers = [abs(base[name]) for name in names if type(base[name]) in (int, float)]
                if numbers and len(numbers) == len(names):
                    whole = any(type(base[name]) is int for name in names)  # of fractions nobody makes so many
                    steps = 1 if names == list(base) else 2
                    origin, rungs = "greater", list(_number_rungs(max(numbers) if whole else math.inf, steps=steps))
                else:
                    origin, rungs = "larger", list(_RUNGS if len(names) == len(base) else _FEW_RUNGS)
                for factor in rungs:
                    if origin == "larger" and size_of.get(at, 0) * factor > 2 * _MOST_TEXT:
                        break
                    call = {name: scaled(value, factor) if name in names else value for name, value in base.items()}
                    made = self._accept(origin, call, within=False, ladder=ladder)
                    if made is not None:
                        yield made
                ladder += 1

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


_EDGES: Final[Mapping[type, tuple[Any, ...]]] = {
    str: ("", " "),
    bytes: (b"",),
    int: (0, 1, 2, -1),
    float: (0.0, 1.0, -1.0),
    list: ([],),
    tuple: ((),),
    dict: ({},),
    set: (set(),),
    frozenset: (frozenset(),),
}


def _size(call: Mapping[str, Any]) -> int:
    """How much there is of a call's arguments; their own ``__repr__`` is not asked, it may be what crashes."""
    return len(values.encode(list(call.values()), iterator_items=0).text)


def _number_rungs(largest: float, *, steps: int) -> Iterator[float]:
    """Factors for numbers of which *largest* is the largest: beyond the usual rungs where it is small."""
    rung = 1
    while largest > 0 and (rung <= len(_RUNGS) or largest * _RUNG**rung < _GREATEST):
        yield _RUNG**rung
        rung += steps


def hints_of(function: Callable[..., Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """The function's annotations, evaluated; those that cannot be are left out."""
    try:
        return typing.get_type_hints(function, localns=dict(scope), include_extras=True)
    except Exception:  # noqa: BLE001 - one annotation that names something unknown must not cost the others
        found = {}
        for name, hint in getattr(function, "__annotations__", {}).items():
            if not isinstance(hint, str):
                found[name] = hint
                continue
            try:
                names = {**vars(typing), **getattr(function, "__globals__", {}), **scope}
                found[name] = eval(hint, names)  # noqa: S307 - the author's annotation, in the confined examiner
            except Exception:  # noqa: BLE001, S112 - see above
                continue
        return found
