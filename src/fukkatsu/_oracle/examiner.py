"""Tasks that run in the examiner, a confined process of our own code with Hypothesis and typeguard.

Each is ``(bytes) -> bytes``. The request is a pickle that the host made; the answer is JSON, read as data. What a
candidate did comes in as canonical text and is rebuilt from it as data.
"""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fukkatsu._oracle import clauses, values
from fukkatsu._oracle.docstring import Clause
from fukkatsu._oracle.domains import Bounds
from fukkatsu._oracle.inputs import Inputs, hints_of
from fukkatsu._oracle.values_rebuild import AnyClass

ANNOTATION: Final = -1
"""Index that stands for the return annotation among the clauses of an answer."""


def _scope(request: Mapping[str, Any]) -> dict[str, Any]:
    """Globals that clauses and annotations name; one that did not travel is left out."""
    found = {}
    for name, carried in request.get("scope", {}).items():
        try:
            found[name] = pickle.loads(carried)  # noqa: S301 - made by the host
        except Exception:  # noqa: BLE001, S112 - a name less: clauses that use it are reported as unexercised
            continue
    return found


def _function(request: Mapping[str, Any]) -> Callable[..., Any]:
    function: Callable[..., Any] = pickle.loads(request["function"])  # noqa: S301 - made by the host
    return function


def _loader(arguments: bytes) -> Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]:
    def load() -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = pickle.loads(arguments)  # noqa: S301 - made by the host
        return tuple(args), dict(kwargs)

    return load


# --- generating -------------------------------------------------------------------------------------------------------


def generate(payload: bytes) -> bytes:
    """Inputs for one function: ``{"inputs": [[origin, within, ladder, pickle, canonical], …], "why": "…"}``."""
    from fukkatsu._sandbox.carry import carry_call

    request = pickle.loads(payload)  # noqa: S301 - made by the host
    function, scope = _function(request), _scope(request)
    compiled = [clauses.compile_clause(text) for text in request["pre"]]

    def permitted(arguments: Mapping[str, Any]) -> bool:
        names = clauses.namespace(scope, arguments, arguments)
        return all(clauses.judge(code, names)[0] != clauses.BROKEN for code in compiled)

    source = Inputs(
        function,
        [_loader(call) for call in request["calls"]],
        failing=request["failing"],
        mentioned=[_loader(call) for call in request["mentioned"]],
        literals=request["literals"],
        permitted=permitted,
        hints=hints_of(function, scope),
        has_pre=bool(compiled),
        seed=request["seed"],
    )
    why = source.reason_for_none()
    rows = []
    for made in source.generate(request["count"], request["seconds"]) if why is None else ():
        try:
            carried = carry_call(made.args, made.kwargs)
        except Exception:  # noqa: BLE001, S112 - a value that cannot travel is no input
            continue
        text = values.encode([made.args, dict(made.kwargs)]).text
        rows.append([made.origin, made.within, made.ladder, base64.b64encode(carried).decode(), text.decode("latin-1")])
    return json.dumps({"inputs": rows, "why": why or ""}).encode()


# --- judging ----------------------------------------------------------------------------------------------------------


def judge(payload: bytes) -> bytes:
    """Clauses on what calls did: for each call a list of ``[index, state, words]``.

    ``index`` is the clause's place, or ``ANNOTATION``. A call that violates ``pre:`` answers for that clause only.
    """
    request = pickle.loads(payload)  # noqa: S301 - made by the host
    judge_of = _Judge(_function(request), _scope(request), request["clauses"], annotation=request["annotation"])
    return json.dumps([judge_of.call(*call) for call in request["calls"]]).encode()


class _Judge:
    def __init__(
        self, function: Callable[..., Any], scope: dict[str, Any], promised: Sequence[Clause], *, annotation: bool
    ) -> None:
        import inspect

        self.signature = inspect.signature(function)
        self.scope = scope
        self.promised = list(promised)
        self.codes = [clauses.compile_clause(clause.text) for clause in promised]
        hints = hints_of(function, scope)
        self.hints = hints
        self.returns = hints.get("return") if annotation else None
        self.has_annotation = annotation and "return" in hints
        self.types = AnyClass()
        self.types |= _classes(
            [function, *scope.values(), *hints.values(), *getattr(function, "__globals__", {}).values()]
        )

    def call(self, arguments: bytes, kind: str, value: bytes, after: bytes, exception: str) -> list[list[Any]]:
        """States of all clauses for one call; *kind* is that of its outcome, or ``""`` to check ``pre:`` only."""
        try:
            before = self.bind(*_loader(arguments)())
            live = self.bind(*_loader(arguments)())
        except Exception as error:  # noqa: BLE001 - arguments that cannot be loaded or bound here: nothing is known
            return [[at, clauses.UNKNOWN, str(error)] for at in range(len(self.codes))]
        self.types.update(_classes(live.values()))
        found: list[list[Any]] = []
        names = clauses.namespace(self.scope, before, before)
        for at, clause in enumerate(self.promised):
            if clause.kind == "pre":
                state, words = clauses.judge(self.codes[at], names)
                found.append([at, state, words])
        if any(state == clauses.BROKEN for _, state, _ in found) or not kind:
            return found
        found += self.must_raise(names, kind, exception)
        if kind == "returned":
            found += self.returned(before, live, value, after)
        return found

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def must_raise(self, names: dict[str, Any], kind: str, exception: str) -> list[list[Any]]:
        found: list[list[Any]] = []
        for at, clause in enumerate(self.promised):
            if clause.kind != "must-raise":
                continue
            state, words = clauses.judge(self.codes[at], names)
            if state != clauses.HELD:
                if words.startswith("raises"):
                    found.append([at, clauses.UNKNOWN, words])
                continue  # the condition does not apply
            raised = kind == "raised" and exception.rpartition(".")[2] in clause.exceptions
            did = f"raised {exception}" if kind == "raised" else "returned"
            found.append([at, clauses.HELD if raised else clauses.BROKEN, "" if raised else f"it {did}"])
        return found

    def returned(self, before: dict[str, Any], live: dict[str, Any], value: bytes, after: bytes) -> list[list[Any]]:
        try:
            result = values.rebuild(value, self.types)
        except Exception as error:  # noqa: BLE001 - opaque, or of a class that is unknown here
            why = f"the result cannot be rebuilt as data: {error}"
            return [[at, clauses.UNKNOWN, why] for at, c in enumerate(self.promised) if c.kind == "post"]
        found: list[list[Any]] = []
        if self.has_annotation and all(
            _fits(self.hints[name], part) for name, part in before.items() if name in self.hints
        ):
            found.append([ANNOTATION, *self.typed(result)])  # an argument of another type absolves the result
        state_after, changed = self.after(before, live, after)
        for at, clause in enumerate(self.promised):
            if clause.kind != "post":
                continue
            if clause.frame is not None:
                roots = {path.split(".")[0].split("[")[0] for path in clause.frame}
                touched = sorted(changed - roots)
                if touched:
                    found.append([at, clauses.BROKEN, f"{', '.join(touched)} was changed by the call"])
                    continue
            if state_after is None:
                found.append([at, clauses.UNKNOWN, "the arguments after the call cannot be rebuilt as data"])
                continue
            old = {name: clauses.frozen_copy(part) for name, part in before.items()}
            names = clauses.namespace(self.scope, state_after, old, result, has_result=True)
            state, words = clauses.judge(self.codes[at], names)
            found.append([at, state, words])
        return found

    def typed(self, result: Any) -> tuple[str, str]:
        import typeguard

        try:
            typeguard.check_type(
                result,
                self.returns,
                collection_check_strategy=typeguard.CollectionCheckStrategy.ALL_ITEMS,
                forward_ref_policy=typeguard.ForwardRefPolicy.IGNORE,
            )
        except typeguard.TypeCheckError as error:
            return clauses.BROKEN, str(error)
        except Exception as error:  # noqa: BLE001 - an annotation that typeguard cannot read checks nothing
            return clauses.UNKNOWN, str(error)
        broken = constraint_violation(self.returns, result)
        return (clauses.BROKEN, broken) if broken else (clauses.HELD, "")

    def after(
        self, before: dict[str, Any], live: dict[str, Any], after: bytes
    ) -> tuple[dict[str, Any] | None, set[str]]:
        """Parameters after the call, and the names of those that it changed."""
        bound = self.signature.bind_partial()
        bound.arguments.update(before)
        unchanged = values.encode([bound.args, bound.kwargs]).text
        if values.equal(unchanged, after):
            return live, set()
        try:
            rebuilt: Any = values.rebuild(after, self.types)
            now = self.bind(tuple(rebuilt[0]), dict(rebuilt[1]))
        except Exception:  # noqa: BLE001 - opaque parts
            return None, set()
        changed = {n for n in now if n in before and not values.equal(_text(now[n]), _text(before[n]))}
        return now, changed


def _text(value: Any) -> bytes:
    return values.encode(value).text


def constraint_violation(hint: Any, value: Any, path: str = "it") -> str | None:
    """Which ``Annotated`` constraint *value* breaks, at any depth of lists, tuples, dicts and unions."""
    import types
    import typing

    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        try:
            broken = Bounds.read(args[1:]).violated(value)
        except Exception:  # noqa: BLE001 - a constraint that does not apply to this value
            broken = None
        return f"{path} = {value!r:.60} {broken}" if broken else constraint_violation(args[0], value, path)
    if origin in (typing.Union, types.UnionType):
        results = [constraint_violation(arg, value, path) for arg in args if _fits(arg, value)]
        return None if not results or None in results else results[0]
    if origin in (list, set, frozenset) and isinstance(value, list | set | frozenset) and args:
        return next((b for at, v in enumerate(value) if (b := constraint_violation(args[0], v, f"{path}[{at}]"))), None)
    if origin is tuple and isinstance(value, tuple) and args:
        hints = [args[0]] * len(value) if len(args) == 2 and args[1] is ... else args
        pairs = zip(hints, value, strict=False)
        return next((b for at, (h, v) in enumerate(pairs) if (b := constraint_violation(h, v, f"{path}[{at}]"))), None)
    if origin is dict and isinstance(value, dict) and len(args) == 2:
        for key, item in value.items():
            broken = constraint_violation(args[0], key, f"a key of {path}") or constraint_violation(
                args[1], item, f"{path}[{key!r}]"
            )
            if broken:
                return broken
    return None


def _fits(hint: Any, value: Any) -> bool:
    import typeguard

    try:
        typeguard.check_type(value, hint)
    except Exception:  # noqa: BLE001 - it does not fit
        return False
    return True


def _classes(found: Any, limit: int = 2_000) -> dict[str, type]:
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
