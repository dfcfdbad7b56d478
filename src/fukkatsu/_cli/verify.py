"""Runs the gauntlet on a correction from a file: the same stages that a model's suggestion faces, nothing installed."""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import Screen, print_json, report_as_json

if TYPE_CHECKING:
    from fukkatsu._model.call import Call
    from fukkatsu.policy import Policy

EXAMPLE: Final = """\
example:
  fukkatsu verify --function shop.prices:unit_price --candidate fix.py --calls calls.json

calls.json, both keys optional; what JSON cannot write stands as a Python literal under "$literal":
  {"failure":    {"kwargs": {"total": 1, "count": 0}},
   "good_calls": [{"args": [6, 2], "returned": 3.0},
                  {"args": [6, -1], "raised": "ValueError"},
                  {"args": [{"$literal": "(6, 2)"}]}]}

With --also each further file must pass alone and agree with the first one; with --reading the docstring's prose counts
as a model read it, in the JSON that `Checks(prose=True)` asks for.

The module of --function is imported, as `python` would from the current folder: it is trusted. The candidate is not.
Exit code 0: accepted. 1: refused. 2: a file or the function cannot be read. 3: the sandbox is not available.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to judge, against what."""
    parser.add_argument(
        "--function", required=True, metavar="PKG.MOD:NAME", help="the original; NAME may be dotted (Class.method)"
    )
    parser.add_argument(
        "--candidate", required=True, metavar="FILE", help="source of the correction; - reads standard input"
    )
    parser.add_argument("--calls", metavar="FILE", help="the failing call and good calls, as JSON (see below)")
    parser.add_argument(
        "--also", action="append", default=[], metavar="FILE",
        help="another correction, written independently, that must agree (Checks.agreement); may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--reading", metavar="FILE", help="what a model read in the docstring's prose (Checks.prose), as it answered"
    )
    parser.add_argument(
        "--isolation",
        choices=("required", "best-effort"),
        help="what the sandbox must give; the default is that of Policy()",
    )


def load_function(name: str) -> Callable[..., Any]:
    """The function that ``PKG.MOD:NAME`` names.

    Raises:
        CommandError: No such module, no such name, or it is not callable; a module that fails to import says how.
    """
    module_name, colon, path = name.partition(":")
    if not colon or not module_name or not path:
        msg = f"--function {name!r} must read PKG.MOD:NAME, for example shop.prices:unit_price"
        raise CommandError(msg)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # as `python -m` does: a command's own folder is not where the user's code is
    try:
        with redirect_stdout(sys.stderr):  # what a module says when it is imported is no part of our answer
            found: Any = importlib.import_module(module_name)
    except Exception as error:
        msg = f"cannot import {module_name!r}: {type(error).__name__}: {error}"
        raise CommandError(msg) from error
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            near = [n for n in dir(found) if callable(getattr(found, n, None)) and not n.startswith("_")][:8]
            known = f" It has: {', '.join(near)}." if near else ""
            msg = f"{module_name!r} has no {path!r}.{known}"
            raise CommandError(msg) from None
    if not callable(found):
        msg = f"{name} is not a function but {type(found).__name__}"
        raise CommandError(msg)
    function: Callable[..., Any] = found
    return function


def read_source(path: str, option: str = "--candidate") -> str:
    """Text of the candidate. Bytes that are not UTF-8 are kept as surrogates: judging them is the gauntlet's work."""
    if path == "-":
        return sys.stdin.read()
    try:
        return Path(path).read_text("utf-8", "surrogateescape")
    except OSError as error:
        msg = f"cannot read {option} {path}: {error.strerror}"
        raise CommandError(msg) from error


def _revive(value: dict[str, Any]) -> Any:
    if value.keys() == {"$literal"}:
        return ast.literal_eval(value["$literal"])
    return value


def _exception(name: object, where: str) -> type[BaseException]:
    import builtins

    found = getattr(builtins, name, None) if isinstance(name, str) else None
    if not (isinstance(found, type) and issubclass(found, BaseException)):
        msg = f'--calls: {where}: "raised" must name a built-in exception, not {name!r}'
        raise CommandError(msg)
    return found


def _call(entry: object, where: str) -> Call:
    from fukkatsu._model.call import Call

    known = {"args", "kwargs", "returned", "raised"}
    if not isinstance(entry, dict) or not entry.keys() <= known:
        msg = f"--calls: {where} must be an object with the keys {', '.join(sorted(known))}, not {entry!r}"
        raise CommandError(msg)
    args, kwargs = entry.get("args", []), entry.get("kwargs", {})
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        msg = f'--calls: {where}: "args" must be a list and "kwargs" an object'
        raise CommandError(msg)
    outcome: dict[str, Any] = {}
    if "returned" in entry:
        outcome["returned"] = entry["returned"]
    if "raised" in entry:
        outcome["raised"] = _exception(entry["raised"], where)
    return Call(tuple(args), kwargs, **outcome)


def read_calls(path: str) -> tuple[Call | None, list[Call]]:
    """The failing call, if there is one, and the good calls."""
    try:
        document = json.loads(Path(path).read_text("utf-8"), object_hook=_revive)
    except OSError as error:
        msg = f"cannot read --calls {path}: {error.strerror}"
        raise CommandError(msg) from error
    except (
        ValueError,
        SyntaxError,
        TypeError,
    ) as error:  # json's own errors are ValueErrors, literal_eval's are all three
        msg = f"--calls {path} cannot be read: {error}"
        raise CommandError(msg) from error
    if not isinstance(document, dict) or not document.keys() <= {"failure", "good_calls"}:
        msg = f'--calls {path} must be an object with the keys "failure" and "good_calls"'
        raise CommandError(msg)
    good = document.get("good_calls", [])
    if not isinstance(good, list):
        msg = f'--calls {path}: "good_calls" must be a list'
        raise CommandError(msg)
    failure = _call(document["failure"], '"failure"') if document.get("failure") is not None else None
    return failure, [_call(entry, f'"good_calls"[{number}]') for number, entry in enumerate(good)]


def given_policy(function: Callable[..., Any]) -> Policy | None:
    """What the decorator of *function*, or ``configure``, was told."""
    line: Any = getattr(function, "fukkatsu", None)
    if line is None or not hasattr(function, "__fukkatsu_original__"):
        return None
    policy: Policy | None = line.told().policy
    return policy


def run(options: argparse.Namespace) -> int:
    """Judge, print the report, answer by exit code."""
    source = read_source(options.candidate)
    failure, good_calls = read_calls(options.calls) if options.calls else (None, [])
    also = [read_source(path, "--also") for path in options.also]
    reading = read_source(options.reading, "--reading") if options.reading else None
    original = load_function(options.function)

    from fukkatsu._verify import verify
    from fukkatsu.errors import FukkatsuError, SandboxUnavailableError
    from fukkatsu.policy import Checks, load_policy

    try:
        policy = load_policy(given_policy(original))  # the decorator's, else that of the files
        if options.isolation:
            policy = replace(policy, isolation=options.isolation)
        checks = Checks(agreement=1 + len(also), prose=reading is not None)
        report = verify(
            source,
            original,
            failure=failure,
            good_calls=good_calls,
            policy=policy,
            checks=checks,
            also=also,
            reading=reading,
        )
    except SandboxUnavailableError as error:
        raise CommandError(str(error), Exit.UNABLE) from error
    except FukkatsuError as error:
        raise CommandError(f"{options.function}: {error}") from error
    if options.json:
        print_json(report_as_json(report))
    else:
        screen = Screen(colour=not options.no_color)
        screen.line(str(report), "good" if report.accepted else "bad")
    return Exit.DONE if report.accepted else Exit.NO
