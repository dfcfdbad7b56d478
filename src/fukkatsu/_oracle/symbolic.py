"""Search for an input on which a correction breaks its original's contract, by symbolic execution (CrossHair).

Runs in a jailed process of its own kind: it executes the candidate. What it finds is a suggestion, no verdict: the host
runs candidate and original on it as on any other input, and the examiner judges. So a candidate that spoils the search
gains nothing: every other check still stands.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import math
import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from fukkatsu._oracle import values
from fukkatsu._oracle.clauses import BROKEN, exists, forall, implies, parse_clause
from fukkatsu._oracle.conditions import Condition, Seen, judge_condition
from fukkatsu._oracle.docstring import Clause
from fukkatsu._oracle.hints import hints_of
from fukkatsu._oracle.judged import load_conditions, load_function, load_scope

SOLVER_WORK: Final = 20_000_000
"""Bound on one question to the solver, in its own unit of work. Its clock would need a thread, and a jail has none."""
_PLAIN: Final[dict[type, tuple[type, ...]]] = {
    int: (int,),
    str: (str,),
    bool: (bool,),
    bytes: (bytes,),
    float: (float, int),
}


def search(payload: bytes) -> bytes:
    """``{"found": canonical [args, kwargs] or "", "paths": how many were tried, "all": whether these are all}``."""
    statespace, core = _crosshair("statespace"), _crosshair("core")
    _crosshair("core_and_libs")  # its models of the standard library
    from fukkatsu._sandbox.subject import link

    request = pickle.loads(payload)  # noqa: S301 - made by the host
    original = load_function(request)
    candidate = link(request["subject"], watched=False).function
    promise = _Promise(request, original)
    found: list[str] = []
    paths = 0

    def attempt(bound: inspect.BoundArguments) -> bool:
        return promise.broken_by(candidate, bound)

    def completed(space: Any, before: inspect.BoundArguments, _after: Any, broken: Any, *_: Any) -> bool:
        nonlocal paths
        paths += 1
        if broken is not True:
            return False
        with core.ExceptionFilter():
            space.detach_path()
            real = core.deep_realize(before)
            found.append(values.encode([real.args, dict(real.kwargs)]).text.decode("latin-1"))
        return bool(found)

    statespace.CROSSHAIR_SMT_RLIMIT = SOLVER_WORK
    options = _crosshair("options").DEFAULT_OPTIONS.overlay(
        per_condition_timeout=request["seconds"], per_path_timeout=math.inf
    )
    root = statespace.RootNode()
    core.explore_paths(attempt, _signature(original, request), options, root, completed, lambda: None)
    return json.dumps({"found": found[0] if found else "", "paths": paths}).encode()


def _crosshair(module: str) -> Any:
    """One of its modules: it is an extra, and what is used of it is not typed."""
    return importlib.import_module(f"crosshair.{module}")


def _signature(original: Callable[..., Any], request: Mapping[str, Any]) -> inspect.Signature:
    """The original's, with the types that CrossHair makes up values of: annotated, or else observed."""
    hints, observed = hints_of(original, load_scope(request)), request["observed"]
    signature = inspect.signature(original)
    parameters = []
    for name, parameter in signature.parameters.items():
        hint = hints.get(name, observed.get(name, parameter.empty))
        parameters.append(parameter.replace(annotation=hint))
    return signature.replace(parameters=parameters)


class _Promise:
    """The contract as code that can be executed symbolically."""

    def __init__(self, request: Mapping[str, Any], original: Callable[..., Any]) -> None:
        self.scope = {**load_scope(request), "implies": implies, "forall": forall, "exists": exists}
        conditions = load_conditions(request)
        wanted = [(at, clause) for at, clause in enumerate(request["clauses"]) if at not in request["disputed"]]
        names = list(inspect.signature(original).parameters)
        self.pre = list(self._tests(wanted, "pre", names, conditions))
        self.must = [_compiled(clause.text, names, self.scope) for _, clause in wanted if clause.kind == "must-raise"]
        self.post = list(self._tests(wanted, "post", [*names, "__return__", "_", "__old__"], conditions))
        hint = hints_of(original, self.scope).get("return")
        self.types = _PLAIN.get(hint) if isinstance(hint, type) else None

    def _tests(
        self, wanted: Iterable[tuple[int, Clause]], kind: str, names: list[str], conditions: Mapping[int, Condition]
    ) -> Iterable[Callable[[Seen], bool]]:
        for at, clause in wanted:
            if clause.kind != kind:
                continue
            if not clause.origin:
                yield _compiled(clause.text, names, self.scope)
            elif at in conditions:
                yield _asked(conditions[at])

    def broken_by(self, candidate: Callable[..., Any], bound: inspect.BoundArguments) -> bool:
        """Whether *candidate* returns, for arguments that the author accepts, what the author does not."""
        bound.apply_defaults()
        names = dict(bound.arguments)
        before = dict(_copied(bound).arguments)
        if not all(test(Seen(bound.args, bound.kwargs, names, before)) for test in self.pre):
            return False
        due = any(test(Seen(bound.args, bound.kwargs, names, before)) for test in self.must)
        try:
            result = candidate(*bound.args, **bound.kwargs)
        except Exception:  # noqa: BLE001 - that it raises is for others to judge
            return False
        if due or (self.types is not None and not isinstance(result, self.types)):
            return True
        seen = Seen(bound.args, bound.kwargs, dict(bound.arguments), before, result, returned=True)
        return not all(test(seen) for test in self.post)


def _copied(bound: inspect.BoundArguments) -> inspect.BoundArguments:
    copying = _crosshair("copyext")
    with _crosshair("tracers").NoTracing():
        copied: inspect.BoundArguments = copying.deepcopyext(bound, copying.CopyMode.REGULAR, {})
        return copied


class _Old:
    """``__old__``: the parameters as they were."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        vars(self).update(before)


def _compiled(text: str, names: list[str], scope: Mapping[str, Any]) -> Callable[[Seen], bool]:
    tree = parse_clause(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    takes = [name for name in names if name in used]
    arguments = ast.arguments([], [ast.arg(name) for name in takes], None, [], [], None, [])
    written = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, tree.body)))
    test = eval(compile(written, "<clause>", "eval"), dict(scope))  # noqa: S307 - the author's clause, in the jail

    def holds(seen: Seen) -> bool:
        extra = {"__return__": seen.result, "_": seen.result, "__old__": _Old(seen.before)} if seen.returned else {}
        given = {**extra, **seen.names}
        try:
            return bool(test(*[given[name] for name in takes]))
        except NameError:
            return True  # says nothing here
        except Exception:  # noqa: BLE001 - a clause that raises does not hold
            return False

    return holds


def _asked(condition: Condition) -> Callable[[Seen], bool]:
    return lambda seen: judge_condition(condition, seen)[0] != BROKEN
