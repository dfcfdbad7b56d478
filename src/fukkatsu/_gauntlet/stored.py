"""Calls on their way into a store and out of it: what can be said completely as data, and nothing else.

A call goes into a store as canonical text and comes out of it as one. Nothing is pickled for it and nothing unpickled:
the values are built anew, of builtin types and of classes that this process has loaded, beneath their constructors.
What cannot be said in this way (locks, functions made on the fly, two arguments that share a list) stays at home.
"""

from __future__ import annotations

import enum
import hashlib
import json
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.good_calls import reproducible
from fukkatsu._model.call import Call, Outcome, RecordedCall
from fukkatsu._oracle import values
from fukkatsu._oracle.values_names import class_name, instance_dict, type_dict, type_mro
from fukkatsu._oracle.values_rebuild import AnyClass, rebuild
from fukkatsu._sandbox import carry
from fukkatsu._sandbox.installed import travels_by_name
from fukkatsu._store.recorded import StoredCall, few
from fukkatsu._wrap.snapshot import is_immutable
from fukkatsu.errors import CarryError, ReplyError

SHARED_CALLS: Final = 32
"""Calls of other processes that a candidate is replayed on, at most: as many as of this process."""
SCREENING_WALL_SECONDS: Final = 1.0
"""Longest time of one of them on the original: a call that took longer elsewhere is not worth a caller's wait."""
SCREENING_SECONDS: Final = 5.0
"""Of all of them."""
_OWN_WAYS: Final = frozenset({"__del__", "__setstate__", "__reduce__", "__reduce_ex__", "__getnewargs__"})
"""Methods of classes whose objects are more than their attributes."""
_GENERATED: Final = frozenset({"dataclasses", "enum", "collections"})
"""Modules that write such methods into classes, to the same effect as none."""


class Loaded(AnyClass):
    """Classes of this process by qualified name. None is imported for it, and no module is asked for what it lacks."""

    def get(self, name: Any, default: Any = None) -> Any:
        parts = name.split(".") if type(name) is str else []
        for split in range(len(parts) - 1, 0, -1):
            found: Any = sys.modules.get(".".join(parts[:split]))
            for at, part in enumerate(parts[split:]):
                inside = instance_dict(found) if at == 0 else type_dict(found) if isinstance(found, type) else {}
                found = inside.get(part)
            if isinstance(found, type) and class_name(found) == name:
                return found if _is_its_attributes(found) else default
        return default


def _is_its_attributes(kind: type) -> bool:
    """Whether an object of *kind* may be put together from its attributes.

    Plain objects only of the user's own classes: one of a library may stand for a file or a process.
    """
    bases = type_mro(kind)
    if any(base in (enum.Enum, tuple, BaseException) for base in bases):
        return True
    if "__dataclass_fields__" not in type_dict(kind) and travels_by_name(kind.__module__):
        return False
    own = (type_dict(base).get(name) for base in bases if base is not object for name in _OWN_WAYS)
    return all(way is None or getattr(way, "__module__", None) in _GENERATED for way in own)


@dataclass(frozen=True, slots=True)
class Read:
    """What a stored call says, as values of this process.

    Attributes:
        call: Its arguments.
        rest: What it returned, and the arguments after it, as far as that can be said.
    """

    call: Call
    rest: tuple[object, ...]


def text_of(call: Call) -> bytes | None:
    """The arguments of *call* as canonical text; ``None`` where that does not say all of them."""
    encoded = values.encode([list(call.args), dict(call.kwargs)], iterator_items=0)
    return None if encoded.opaque or encoded.truncated else encoded.text


def stored(call: RecordedCall, *, failing: bool = False) -> StoredCall | None:
    """*call* for a store; ``None`` where data cannot say it."""
    if call.shown is None or call.healed or _shares([*call.shown.args, *call.shown.kwargs.values()]):
        return None
    arguments = text_of(call.shown)
    if arguments is None:
        return None
    outcome = None if failing or call.outcome is None else replace(call.outcome, message="", seconds=0.0, printed="")
    made = StoredCall(arguments=arguments, outcome=outcome, failing=failing, shape=_shape(arguments, outcome))
    return made if read(made) is not None else None


def read(call: StoredCall) -> Read | None:
    """The values in *call*, whose signature has been checked; ``None`` where they cannot be built here."""
    loaded = Loaded()
    try:
        arguments: Any = rebuild(values.parse(call.arguments), loaded)
        args, kwargs = arguments
        found = Call(tuple(args), kwargs)
        if text_of(found) != call.arguments:  # a class has other fields by now, or attributes that were left out
            return None
    except (ReplyError, TypeError, ValueError):
        return None
    rest = []
    for text in () if call.outcome is None else (call.outcome.value, call.outcome.after):
        try:
            rest.append(rebuild(values.parse(text), loaded) if text else None)
        except ReplyError:
            rest.append(text.decode("ascii", "replace"))
    return Read(found, tuple(rest))


def recorded(call: StoredCall) -> RecordedCall | None:
    """*call* as candidates are replayed on it; ``None`` where it cannot be built here."""
    found = read(call)
    if found is None:
        return None
    try:
        arguments = carry.carry_call(found.call.args, found.call.kwargs)
    except CarryError:
        return None
    return RecordedCall(arguments, call.outcome, shown=found.call, shared=True)


def join(bench: Bench, calls: Sequence[StoredCall]) -> None:
    """Put *calls* of other processes beside the good calls on *bench*: those that it lacks, and that hold here.

    The original has to give the recorded outcome, in a runner of this process; what does not reproduce, or cannot be
    built, is counted in ``bench.dropped``.
    """
    own = {text_of(call.shown) for call in (bench.failure, *bench.good_calls) if call is not None and call.shown}
    wanted = few([call for call in calls if not call.failing and call.arguments not in own], most=SHARED_CALLS)
    built = [made for made in map(recorded, wanted) if made is not None]
    limits = replace(
        bench.policy,
        wall_seconds=min(bench.policy.wall_seconds, SCREENING_WALL_SECONDS),
        total_seconds=min(bench.policy.total_seconds, SCREENING_SECONDS),
    )
    kept = (
        [call for _, call, _ in reproducible(replace(bench, policy=limits, good_calls=tuple(built)))] if built else []
    )
    bench.dropped += len(wanted) - len(kept)
    bench.good_calls = (*bench.good_calls, *kept)


def _shares(parts: list[Any]) -> bool:
    """Whether something that can change is in there twice: as data it would be two things."""
    seen: set[int] = set()
    waiting = list(parts)
    while waiting:
        item = waiting.pop()
        if is_immutable(item) or issubclass(type(item), type):
            continue
        if id(item) in seen:
            return True
        seen.add(id(item))
        kind = type(item)
        if issubclass(kind, dict):
            waiting.extend([*dict.keys(item), *dict.values(item)])
        for base in (list, tuple, set, frozenset, deque):
            if issubclass(kind, base):
                waiting.extend(base.__iter__(item))
        waiting.extend(instance_dict(item).values())
        for base in type_mro(kind):
            slots = [slot for slot in type_dict(base).values() if type(slot).__name__ == "member_descriptor"]
            waiting.extend(slot.__get__(item) for slot in slots if _is_set(slot, item))
    return False


def _is_set(slot: Any, item: Any) -> bool:
    try:
        slot.__get__(item)
    except AttributeError:
        return False
    return True


def _shape(arguments: bytes, outcome: Outcome | None) -> str:
    """Types of the arguments, with sign and emptiness, and what kind of answer there was; the same in every process."""
    args, kwargs = values.parse(arguments)[1:]
    said: list[object] = [_trait(node) for node in args[1:]]
    said += [[name, _trait(node)] for name, node in zip(kwargs[1::2], kwargs[2::2], strict=True)]
    if outcome is not None:
        said += [outcome.kind, outcome.exception, values.type_name(outcome.value) if outcome.value else ""]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _trait(node: Any) -> list[object]:
    if type(node) is not list:
        kind = type(node).__name__
        if type(node) in (int, float):
            return [kind, (node > 0) - (node < 0)]
        return [kind, bool(node)]
    first = node[1] if len(node) > 1 else None
    return [node[0], len(node) > 1, first[0] if type(first) is list else type(first).__name__]
