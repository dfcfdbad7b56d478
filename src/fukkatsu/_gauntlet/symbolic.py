"""``Checks(contract="crosshair")``: look for an input on which the contract is broken, then judge it as any other.

CrossHair executes the candidate on symbols, in a process jailed as runners are and killed when its time is up. What
comes back is data: an input, that candidate and original are run on in runners of their own. What that process says of
the outcome is not even asked.
"""

from __future__ import annotations

import functools
import inspect
import json
import operator
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.promised import clauses, conditions, contract_request, promises
from fukkatsu._model.call import Call, Outcome
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry, host, pool
from fukkatsu.errors import CarryError, ReplyError

SEARCH: Final = "fukkatsu._oracle.symbolic:search"  # by name: the host imports neither it nor what it imports
ANSWER_SECONDS: Final = 0.5
"""What an answer may need on its way, beyond the time for the search."""
_SCALARS: Final = (int, str, float, bool, bytes, type(None))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An input that CrossHair suggests, and what the candidate does on it, in a runner.

    Attributes:
        arguments: Pickle made by this process.
        call: The same for people.
    """

    arguments: bytes
    call: Call
    outcome: Outcome


def prepare_search() -> None:
    """Start the process that searches: CrossHair takes seconds to import."""
    if host.jails():
        host.zygote("symbolic")


def search(bench: Bench, disputed: Iterable[int]) -> tuple[Suggestion | None, str]:
    """An input on which the candidate may break the contract, or ``None``; and a sentence for the report.

    Args:
        bench: With a compiled candidate.
        disputed: Places of clauses that do not count.

    Raises:
        SandboxUnavailableError: There is less isolation than the policy requires; then nothing was executed.
    """
    if bench.original.__code__.co_flags & (inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR):
        return None, "CrossHair did not search: it executes plain functions only"
    seconds = min(bench.checks.seconds, max(0.1, bench.remaining_seconds - ANSWER_SECONDS))
    request = contract_request(bench.original, promises(bench).clauses, conditions(bench)) | {
        "subject": bench.subject().parts,
        "disputed": frozenset(disputed),
        "observed": _observed(bench),
        "seconds": 0.9 * seconds,
    }
    if host.jails():
        _ = host.zygote("symbolic", bench.policy.read_paths).isolation  # its start is no part of the search
    try:
        payload = pickle.dumps(request, protocol=5)
        reply = pool.run_task(SEARCH, payload, bench.policy, seconds=seconds + ANSWER_SECONDS, kind="symbolic")
        found, paths = _read(reply)
    except (ReplyError, CarryError, pickle.PicklingError) as error:
        return None, f"CrossHair found no counterexample within Checks.seconds={bench.checks.seconds} s ({error})"
    if not found:
        return None, f"CrossHair found no counterexample on {paths} paths"
    return _tried(bench, found)


def _read(reply: bytes) -> tuple[bytes, int]:
    """Canonical text of ``[args, kwargs]`` (empty for none) and the number of paths.

    Raises:
        ReplyError: It is not that: the candidate has been executed where it comes from.
    """
    try:
        read = json.loads(reply)
        return read["found"].encode("latin-1"), int(read["paths"])
    except Exception as error:  # noqa: BLE001 - anything may have been written there
        msg = f"its answer cannot be read: {type(error).__name__}"
        raise ReplyError(msg) from None


def _tried(bench: Bench, found: bytes) -> tuple[Suggestion | None, str]:
    try:
        rebuilt: Any = values.rebuild(found)  # builtin types only
        call = Call(tuple(rebuilt[0]), dict(rebuilt[1]))
        arguments = carry.carry_call(call.args, dict(call.kwargs))
    except Exception as error:  # noqa: BLE001 - objects of the user's classes, or no input at all
        return None, f"CrossHair suggested an input that cannot be made outside of it ({error})"
    run = bench.run_candidate([pool.Step("call", arguments)])
    if not run.outcomes:
        return None, f"the input that CrossHair suggested could not be run: {run.reason}"
    return Suggestion(arguments, call, run.outcomes[0]), "CrossHair suggested an input"


# --- types ------------------------------------------------------------------------------------------------------------


def _observed(bench: Bench) -> Mapping[str, Any]:
    """Types of the arguments seen, for parameters without an annotation."""
    seen: dict[str, set[Any]] = {}
    signature = inspect.signature(bench.original)
    for call in (bench.failing_call, *(good.shown for good in bench.good_calls)):
        if call is None:
            continue
        try:
            bound = signature.bind(*call.args, **call.kwargs)
        except TypeError:
            continue
        for name, value in bound.arguments.items():
            kind = signature.parameters[name].kind
            if kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
                seen.setdefault(name, set()).add(_type_of(value))
    return {name: functools.reduce(operator.or_, kinds) for name, kinds in seen.items() if None not in kinds}


def _type_of(value: Any) -> Any:
    """A type with its parameters, or ``None`` for what CrossHair could not make up."""
    kind = type(value)
    if kind in _SCALARS:
        return kind
    if kind in (list, set, frozenset) and value:
        inner = {_type_of(item) for item in value}
        return None if None in inner else kind[functools.reduce(operator.or_, inner)]
    if kind is dict and value:
        keys, items = {_type_of(key) for key in value}, {_type_of(item) for item in value.values()}
        if None in keys | items:
            return None
        return dict[functools.reduce(operator.or_, keys), functools.reduce(operator.or_, items)]  # type: ignore[misc]  # a type made at run time
    return None


def anything_to_search(bench: Bench) -> bool:
    """Whether there is a promise about what a call does."""
    return any(clause.kind in ("post", "must-raise") for clause in clauses(bench)) or (
        "return" in bench.original.__annotations__
    )
