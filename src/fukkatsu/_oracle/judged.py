"""The contract of one function, ready to be judged again and again. Runs in the examiner, on data.

What depends on the function alone (compiled clauses, evaluated annotations, classes) is worked out once, what depends
on the arguments alone once for each arguments.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, SimpleNamespace
from typing import Any, Final, TypeAlias

from fukkatsu._oracle import clauses, values
from fukkatsu._oracle.clauses import BROKEN, HELD, UNKNOWN
from fukkatsu._oracle.conditions import Condition, Seen, judge_condition
from fukkatsu._oracle.docstring import Clause
from fukkatsu._oracle.hints import hints_of
from fukkatsu._oracle.owed import owed_by
from fukkatsu._oracle.typed import constraint_violation, is_exactly, keeps
from fukkatsu._oracle.values_rebuild import AnyClass
from fukkatsu._sandbox.arrive import read_call

Answer: TypeAlias = list[list[Any]]

OWED: Final = "owed"
"""State of a clause that names the answer to a call that was not answered."""
ANNOTATION: Final = -1
"""Index that stands for the return annotation among the clauses of an answer."""
MOST_KEPT: Final = 5_000


@dataclass(slots=True)
class _Asked:
    """What is known of a call before anything is known of its outcome.

    Attributes:
        text: Canonical text of ``[args, kwargs]``.
        pre: Answers of the clauses that speak of the arguments alone.
        violated: Whether one of them is broken: then nobody promised anything.
        due: Places of ``must-raise`` clauses whose condition holds, and answers for those where that is unknown.
        typed: Whether every argument keeps its own annotation: otherwise the result is absolved of its.
    """

    text: bytes
    pre: Answer
    violated: bool
    due: list[int]
    undecided: Answer
    typed: bool | None = None


class Judged:
    """The contract of one function.

    Args:
        request: ``function`` and ``scope``, pickled by the host; ``clauses``; ``conditions``, those of them that come
            from decorators, pickled, by place; ``annotation``, whether the return annotation counts.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        function, scope = load_function(request), load_scope(request)
        self.promised: list[Clause] = list(request["clauses"])
        self.conditions = load_conditions(request)
        self.scope = scope
        self.codes: list[CodeType | None] = [
            None if clause.origin else clauses.compile_clause(clause.text) for clause in self.promised
        ]
        self.by_kind = {
            kind: [(at, clause) for at, clause in enumerate(self.promised) if clause.kind == kind]
            for kind in ("pre", "post", "must-raise", "raises", "reason", "answer")
        }
        self.owed = [
            (at, owed)
            for at, clause in [*self.by_kind["post"], *self.by_kind["answer"]]
            if not clause.origin
            for owed in owed_by(clause.text)
        ]
        self.bind = binder(function)
        self.yields = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
        self.hints = hints_of(function, scope)
        self.has_annotation = bool(request["annotation"]) and "return" in self.hints
        self.types = AnyClass()
        self.types |= user_classes(
            [function, *scope.values(), *self.hints.values(), *getattr(function, "__globals__", {}).values()]
        )
        self.asked: dict[bytes, _Asked] = {}

    def call(self, arguments: bytes, kind: str, value: bytes, after: bytes, exception: str) -> Answer:
        """States of all clauses for one call; *kind* is that of its outcome, or ``""`` to check ``pre:`` only."""
        try:
            args, kwargs = read_call(arguments)
            before = self.bind(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - arguments that cannot be loaded or bound here: nothing is known
            return [[at, UNKNOWN, str(error)] for at in range(len(self.promised))]
        asked = self.asked.get(arguments)
        if asked is None:
            if len(self.asked) > MOST_KEPT:
                self.asked.clear()
            asked = self.asked[arguments] = self._ask(args, kwargs, before)
        if asked.violated or not kind:
            return asked.pre
        found = [*asked.pre, *asked.undecided]
        for at in asked.due:
            raised = kind == "raised" and exception.rpartition(".")[2] in self.promised[at].exceptions
            did = f"raised {exception}" if kind == "raised" else "returned"
            found.append([at, HELD if raised else BROKEN, "" if raised else f"it {did}"])
        if kind == "returned":
            found += self._returned(asked, arguments, before, value, after)
        elif kind == "raised":
            found += self._raised(asked, arguments, before, after, exception)
        return found

    def _ask(self, args: tuple[Any, ...], kwargs: dict[str, Any], before: dict[str, Any]) -> _Asked:
        self.types.update(user_classes(before.values()))
        text = values.encode([args, kwargs]).text
        names = clauses.namespace(self.scope, before, before)
        seen = Seen(args, kwargs, before, before)
        pre = [[at, *self.judge(at, names, seen)] for at, _ in self.by_kind["pre"]]
        due, undecided = [], []
        for at, _ in self.by_kind["must-raise"]:
            state, words = self.judge(at, names, seen)
            if state == HELD:
                due.append(at)
            elif words.startswith("raises"):
                undecided.append([at, UNKNOWN, words])
        return _Asked(text, pre, any(state == BROKEN for _, state, _ in pre), due, undecided)

    def judge(self, at: int, names: dict[str, Any], seen: Seen) -> tuple[str, str]:
        """State of one clause, and what happened in words: on *names* in the docstring, on *seen* in decorators."""
        code = self.codes[at]
        if code is not None:
            return clauses.judge(code, names)
        condition = self.conditions.get(at)
        if condition is None:
            return UNKNOWN, "it cannot travel into the examiner"
        return judge_condition(condition, seen)

    def _raised(self, asked: _Asked, arguments: bytes, before: dict[str, Any], after: bytes, exception: str) -> Answer:
        """Values that are owed, and what decorators say of exceptions: which are raised, what must be so when one is.

        deal asks for the reason when the exception is there already, of the arguments as the call has left them.
        """
        found: Answer = []
        if self.owed:
            names = clauses.namespace(self.scope, before, before) | {"__old__": SimpleNamespace(**before)}
            found += [[at, OWED, ""] for at, owed in self.owed if owed.names_a_value(names)]
        for at, clause in self.by_kind["raises"]:
            permitted = exception in clause.exceptions
            found.append([at, HELD if permitted else BROKEN, "" if permitted else f"it raised {exception}"])
        reasons = [at for at, clause in self.by_kind["reason"] if exception in clause.exceptions]
        left, _ = self._after(asked, arguments, before, after) if reasons else (None, None)
        for at in reasons:
            if left is None:
                found.append([at, UNKNOWN, "the arguments after the call cannot be rebuilt as data"])
            else:
                args, kwargs, now = left
                found.append([at, *self.judge(at, {}, Seen(args, kwargs, now, before))])
        return found

    def _returned(self, asked: _Asked, arguments: bytes, before: dict[str, Any], value: bytes, after: bytes) -> Answer:
        try:
            result = values.rebuild(value, self.types)
        except Exception as error:  # noqa: BLE001 - opaque, or of a class that is unknown here
            why = f"the result cannot be rebuilt as data: {error}"
            return [[at, UNKNOWN, why] for at, _ in self.by_kind["post"]]
        found: Answer = []
        if self.has_annotation:
            if asked.typed is None:
                asked.typed = all(keeps(self.hints[name], part) for name, part in before.items() if name in self.hints)
            if asked.typed:
                found.append([ANNOTATION, *self.typed(result)])
        if self.by_kind["post"]:
            found += self._post(asked, arguments, before, result, after)
        if self.by_kind["answer"]:
            names = clauses.namespace(self.scope, before, before, result, has_result=True)
            for at, _ in self.by_kind["answer"]:
                state, words = self.judge(at, names, Seen((), {}, before, before))
                found.append([at, UNKNOWN if words.startswith("raises") else state, words])  # prose is careless
        return found

    def _post(self, asked: _Asked, arguments: bytes, before: dict[str, Any], result: Any, after: bytes) -> Answer:
        """What holds after a call that returned *result*."""
        found: Answer = []
        left, changed = self._after(asked, arguments, before, after)
        seen: Seen | None = None
        names: dict[str, Any] = {}
        if left is not None:
            args, kwargs, now = left
            names = clauses.namespace(self.scope, now, before, result, has_result=True)
            seen = Seen(args, kwargs, now, before, result, returned=True)
        for at, clause in self.by_kind["post"]:
            if clause.frame is not None:
                roots = {path.split(".")[0].split("[")[0] for path in clause.frame}
                touched = sorted(changed - roots)
                if touched:
                    found.append([at, BROKEN, f"{', '.join(touched)} was changed by the call"])
                    continue
            if seen is None:
                found.append([at, UNKNOWN, "the arguments after the call cannot be rebuilt as data"])
            elif self.yields and clause.origin.startswith("deal."):
                found.append([at, UNKNOWN, "deal asks it of each item that is yielded"])
            else:
                found.append([at, *self.judge(at, names, seen)])
        return found

    def typed(self, result: Any) -> tuple[str, str]:
        """Whether *result* is what the return annotation says, to the last item."""
        hint = self.hints["return"]
        if is_exactly(hint, result):
            return HELD, ""
        import typeguard

        try:
            typeguard.check_type(
                result,
                hint,
                collection_check_strategy=typeguard.CollectionCheckStrategy.ALL_ITEMS,
                forward_ref_policy=typeguard.ForwardRefPolicy.IGNORE,
            )
        except typeguard.TypeCheckError as error:
            return BROKEN, str(error)
        except Exception as error:  # noqa: BLE001 - an annotation that typeguard cannot read checks nothing
            return UNKNOWN, str(error)
        broken = constraint_violation(hint, result)
        return (BROKEN, broken) if broken else (HELD, "")

    def _after(
        self, asked: _Asked, arguments: bytes, before: dict[str, Any], after: bytes
    ) -> tuple[tuple[Any, dict[str, Any], dict[str, Any]] | None, set[str]]:
        """Arguments after the call, positional, by keyword and by name, and the names of those that it changed."""
        try:
            if after == asked.text or values.equal(asked.text, after):
                args, kwargs = read_call(arguments)
                return (args, kwargs, self.bind(*args, **kwargs)), set()
            rebuilt: Any = values.rebuild(after, self.types)
            args, kwargs = tuple(rebuilt[0]), dict(rebuilt[1])
            now = self.bind(*args, **kwargs)
        except Exception:  # noqa: BLE001 - opaque parts
            return None, set()
        changed = {n for n in now if n in before and not values.equal(_text(now[n]), _text(before[n]))}
        return (args, kwargs, now), changed


def load_scope(request: Mapping[str, Any]) -> dict[str, Any]:
    """Globals that clauses and annotations name; one that did not travel is left out."""
    found = {}
    for name, carried in request.get("scope", {}).items():
        try:
            found[name] = pickle.loads(carried)  # noqa: S301 - made by the host
        except Exception:  # noqa: BLE001, S112 - a name less: clauses that use it are reported as unexercised
            continue
    return found


def load_function(request: Mapping[str, Any]) -> Callable[..., Any]:
    """The original."""
    function: Callable[..., Any] = pickle.loads(request["function"])  # noqa: S301 - made by the host
    return function


def load_conditions(request: Mapping[str, Any]) -> dict[int, Condition]:
    """Conditions of decorators, by the place of their clauses; one that cannot be read here is left out."""
    found = {}
    for at, carried in request.get("conditions", {}).items():
        try:
            found[at] = pickle.loads(carried)  # noqa: S301 - made by the host
        except Exception:  # noqa: BLE001, S112 - reported as unexercised
            continue
    return found


def preconditions(request: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether arguments, by parameter name, keep everything that the author asks of them beforehand."""
    judged = Judged({**request, "annotation": False})
    signature = inspect.signature(load_function(request))
    places = [at for at, _ in judged.by_kind["pre"]]

    def permitted(arguments: Mapping[str, Any]) -> bool:
        if not places:
            return True
        bound = inspect.BoundArguments(signature, dict(arguments))
        bound.apply_defaults()
        seen = Seen(bound.args, bound.kwargs, bound.arguments, bound.arguments)
        names = clauses.namespace(judged.scope, arguments, arguments)
        return all(judged.judge(at, names, seen)[0] != BROKEN for at in places)

    return permitted


def binder(function: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """What turns a call's arguments into a dict by parameter name, defaults filled in: a function of the same shape.

    Raises ``TypeError``, as the function would, for arguments that do not fit.
    """
    signature = inspect.signature(function)
    parameters = [p.replace(annotation=p.empty, default=p.empty) for p in signature.parameters.values()]
    bare = signature.replace(parameters=[], return_annotation=signature.empty)
    try:
        text = str(bare.replace(parameters=parameters))
        namespace: dict[str, Any] = {}
        exec(f"def bind{text}: return locals()", namespace)  # noqa: S102 - nothing but parameter names is in it
        bind = namespace["bind"]
        if isinstance(function, FunctionType):
            bind.__defaults__, bind.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
            return bind  # type: ignore[no-any-return]  # it came out of a namespace
    except Exception:  # noqa: BLE001, S110 - an unusual signature takes the long way
        pass

    def slowly(*args: Any, **kwargs: Any) -> dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    return slowly


def _text(value: Any) -> bytes:
    return values.encode(value).text


def user_classes(found: Any, limit: int = 2_000) -> dict[str, type]:
    """Classes of the user's, by qualified name, reachable from *found*: values are rebuilt as instances of them."""
    import dataclasses
    import typing

    classes: dict[str, type] = {}
    queue = list(found)
    seen: set[int] = set()
    while queue and len(seen) < limit:
        item = queue.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, type):
            if item.__module__ != "builtins":
                classes[f"{item.__module__}.{item.__qualname__}"] = item
                if dataclasses.is_dataclass(item):
                    queue.extend(f.type for f in dataclasses.fields(item) if not isinstance(f.type, str))
            continue
        queue.extend(typing.get_args(item))
        if isinstance(item, dict):
            queue.extend(item.values())
        elif isinstance(item, list | tuple | set | frozenset):
            queue.extend(item)
        elif type(item).__module__ not in ("builtins", "typing", "types"):
            queue.append(type(item))
            queue.extend(getattr(item, "__dict__", {}).values())
    return classes
