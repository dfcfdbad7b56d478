"""Promises that decorators make: the author's own callables, carried into the examiner and evaluated there on data.

icontract hands its conditions some of the names that a call has (parameters, ``_ARGS``, ``_KWARGS``, ``result``,
``OLD``), so they are called here and icontract itself need not travel. deal's validators know three ways of being
called and may stand for whole schemas: they travel as they are, and deal judges.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias

from fukkatsu._oracle.clauses import BROKEN, HELD, UNKNOWN
from fukkatsu._oracle.docstring import Clause

Asking: TypeAlias = Literal["names", "arguments", "result", "arguments and result", "self", "exception"]


@dataclass(frozen=True, slots=True)
class Part:
    """A callable of the author's that takes some of the names of a call.

    Attributes:
        call: The callable.
        takes: Names of its parameters.
        needs: Those without a default.
    """

    call: Callable[..., Any]
    takes: tuple[str, ...]
    needs: tuple[str, ...]

    def __call__(self, names: Mapping[str, Any]) -> Any:
        """What it says of *names*.

        Raises:
            NameError: One that it needs is not there; or whatever the callable raises.
        """
        missing = [name for name in self.needs if name not in names]
        if missing:
            msg = f"it takes {missing[0]!r}, which the call does not have"
            raise NameError(msg)
        return self.call(**{name: names[name] for name in self.takes if name in names})


@dataclass(frozen=True, slots=True)
class Condition:
    """One promise of a decorator.

    Attributes:
        clause: How it is reported, and when it applies.
        asks: What it is told of a call.
        groups: Of icontract: it holds where all parts of one group do (a subclass may widen what it accepts).
        old: Of icontract: the snapshots that make up ``OLD``, taken before the call.
        validator: Of deal: one of ``deal.introspection``'s contracts.
    """

    clause: Clause
    asks: Asking
    groups: tuple[tuple[Part, ...], ...] = ()
    old: tuple[tuple[str, Part], ...] = ()
    validator: Any = None


@dataclass(slots=True)
class Seen:
    """What is known of one call at the moment when a condition is judged.

    Attributes:
        args: Positional arguments, as they are at that moment; likewise *kwargs*.
        names: The same by parameter name, defaults filled in.
        before: By parameter name, as they were before the call.
        result: What it returned, once it has.
        returned: Whether it has.
    """

    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    names: Mapping[str, Any]
    before: Mapping[str, Any]
    result: Any = None
    returned: bool = False


def judge_condition(condition: Condition, seen: Seen) -> tuple[str, str]:
    """``held``, ``broken`` (false, or raised) or ``unknown``, and what happened in words."""
    try:
        if condition.validator is not None:
            return _validated(condition, seen)
        return _called(condition, seen)
    except NameError as error:  # of ours, or of a global that did not travel: the condition says nothing here
        return UNKNOWN, str(error)
    except Exception as error:  # noqa: BLE001 - a condition that raises does not hold
        return BROKEN, f"raises {type(error).__name__}: {error}"


def _called(condition: Condition, seen: Seen) -> tuple[str, str]:
    names = {"_ARGS": tuple(seen.args), "_KWARGS": dict(seen.kwargs), **seen.names}
    if condition.old:
        before = {"_ARGS": tuple(seen.args), "_KWARGS": dict(seen.kwargs), **seen.before}
        names["OLD"] = SimpleNamespace(**{name: capture(before) for name, capture in condition.old})
    if seen.returned:
        names["result"] = seen.result
    for group in condition.groups:
        answers = [part(names) for part in group]
        waiting = [answer for answer in answers if inspect.iscoroutine(answer)]
        for coroutine in waiting:
            coroutine.close()
        if waiting:
            return UNKNOWN, "an asynchronous condition is not evaluated"
        if all(answers):
            return HELD, ""
    return BROKEN, "is false"


def _validated(condition: Condition, seen: Seen) -> tuple[str, str]:
    args, kwargs = tuple(seen.args), dict(seen.kwargs)
    if condition.asks == "result":
        args, kwargs = (seen.result,), {}
    elif condition.asks == "arguments and result":
        kwargs["result"] = seen.result
    elif condition.asks == "self":
        args, kwargs = args[:1], {}
    deal_says_no = _contract_errors(condition.validator)
    try:
        condition.validator.validate(*args, **kwargs)
    except deal_says_no as error:
        words = str(error).split("\n")[0]
        return BROKEN, "is false" + (f" ({words:.200})" if words and not words.startswith("expected ") else "")
    return HELD, ""


def _contract_errors(validator: Any) -> tuple[type[BaseException], ...]:
    """What *validator* raises when it is not satisfied; whatever else comes out of it is an accident in it."""
    kind = getattr(validator, "exception_type", None)
    return (kind,) if isinstance(kind, type) and issubclass(kind, BaseException) else (AssertionError,)
