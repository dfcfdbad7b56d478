"""Writes a fix of a store as a patch of its source file that git takes, and as a regression test for pytest.

The test holds what the correction answers, in the sandbox and at this moment, on the failing call, on the good calls
that the store holds (``Policy.store_calls``), and on the calls of --calls; it is written only if the correction still
passes the gauntlet against the function as it is here.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import Screen, print_json

if TYPE_CHECKING:
    from fukkatsu._model.call import Call, Outcome, RecordedCall
    from fukkatsu._store.recorded import StoredCall
    from fukkatsu._store.records import FixRecord

EXAMPLE: Final = """\
example:
  fukkatsu export 3f2a9c81d0b7 --store sqlite:///fixes.db --patch fix.patch --test tests/test_unit_price.py
  git apply fix.patch && pytest tests/test_unit_price.py

An ID may be cut short as long as it is the only one that begins so. Without --patch and --test the patch is printed.
--check writes nothing and answers by its exit code. The test holds the failing call and the good calls that the
store keeps where a policy says so (store_calls). Elsewhere the store keeps arguments as masked text; a failing call
that cannot be read back from that is given by --calls, in the form that `fukkatsu verify --help` shows.
Exit code 0; with --check: the function in the tree still has the text that was corrected. 1: it was changed since, the
fix does not pass the gauntlet here, or its signature is wrong. 2: no such fix, store or file. 3: the store cannot be
reached, or a file not be written.
"""
MOST_GOOD_CALLS: Final = 16
"""Good calls from the store that a test holds, of as many shapes as there are: people have to read it."""

_BY_PLACE: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY)
_NOT_WHOLE: Final = ("…", "...", "<masked>")  # marks of a text that was shortened or masked


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which fix, and where it goes."""
    from fukkatsu._cli.storing import add_store_options

    parser.add_argument("fix", metavar="ID", help="of the fix; `fukkatsu fixes` lists them")
    add_store_options(parser)
    parser.add_argument("--patch", metavar="FILE", help="write the patch there; - prints it")
    parser.add_argument("--test", metavar="FILE", help="write a regression test there; - prints it")
    parser.add_argument("--source", metavar="FILE", help="source file of the function, where it is not where it was")
    parser.add_argument("--calls", metavar="FILE", help="the failing call and good calls, as JSON")
    parser.add_argument("--check", action="store_true", help="only say whether the tree still matches")


def run(options: argparse.Namespace) -> int:
    """Write what is asked for."""
    from fukkatsu.errors import ExportError, FukkatsuError

    record, kept = _record(options)
    screen = Screen(colour=not options.no_color)
    try:
        patch = _patch(options, record)
    except ExportError as error:
        if not options.check:
            raise CommandError(str(error), Exit.NO) from error
        if options.json:
            print_json({"fix": record.fix.id, "matches": False, "reason": str(error)})
        else:
            screen.line(str(error), "bad")
        return Exit.NO
    if options.check:
        if options.json:
            print_json({"fix": record.fix.id, "matches": True})
        else:
            screen.line(f"{record.fix.key.qualname} still has the text that was corrected.", "good")
        return Exit.DONE
    try:
        test = _test(options, record, kept) if options.test else None
    except FukkatsuError as error:
        raise CommandError(f"no regression test: {error}", Exit.NO) from error
    written = {}
    for name, data in (("patch", patch), ("test", test.encode() if test is not None else None)):
        path = getattr(options, name)
        if data is None or path is None:
            continue
        if path != "-":
            _write(Path(path), data)
            written[name] = path
    if options.json:
        print_json({"fix": record.fix.id, "patch": patch.decode("utf-8", "replace"), "test": test, "written": written})
        return Exit.DONE
    if options.patch == "-" or not (options.patch or options.test):
        if sys.stdout.isatty():
            screen.diff(patch.decode("utf-8", "replace").splitlines(), indent=0)
        else:
            sys.stdout.buffer.write(patch)  # git compares bytes
    if options.test == "-" and test is not None:
        sys.stdout.write(test)
    for name, path in written.items():
        screen.line(f"{name}: {path}", "good")
    return Exit.DONE


def _record(options: argparse.Namespace) -> tuple[FixRecord, Sequence[StoredCall]]:
    """The fix, and the calls that the store keeps of its function: only such as are signed."""
    from fukkatsu._cli.storing import one_record, opened

    with opened(options, changing=False) as store:
        record = one_record(store, options)
        believed = record.signature != "refused" and options.test
        kept = store.calls(record.fix.key) if believed else ()
    if record.signature == "refused":
        msg = f"the signature of fix {options.fix} is wrong or missing: somebody else may have written it"
        raise CommandError(msg, Exit.NO)
    return record, kept


def _patch(options: argparse.Namespace, record: FixRecord) -> bytes:
    from fukkatsu._export.patch import patch

    key = record.fix.key
    path = Path(options.source or record.circumstances.filename)
    if not path.is_file():
        msg = f"{key.qualname} was read from {path or 'nowhere'}, which is not here: say --source FILE"
        raise CommandError(msg)
    return patch(path, key.qualname, key.source_sha256, record.fix.source)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise CommandError(msg, Exit.UNABLE) from error


def _test(options: argparse.Namespace, record: FixRecord, kept: Sequence[StoredCall]) -> str:
    from fukkatsu._cli.verify import load_function, read_calls
    from fukkatsu._export.kept import fit_for_a_test
    from fukkatsu._export.regression import regression_test
    from fukkatsu._verify import answers
    from fukkatsu.policy import load_policy

    key = record.fix.key
    function = load_function(f"{key.module}:{key.qualname}")
    given, good_calls = read_calls(options.calls) if options.calls else (None, [])
    chosen = fit_for_a_test(kept, inspect.unwrap(function), MOST_GOOD_CALLS)
    failure = given or chosen.failing or failing_call(function, record.circumstances.arguments)
    calls = [failure, *good_calls, *chosen.good]
    report, outcomes = answers(
        record.fix.source, function, failure, calls[1:], load_policy(None), additional_req=key.additional_req
    )
    if not report.accepted:
        msg = f"the correction does not pass the gauntlet against the function as it is here: {report.summary()}"
        raise CommandError(msg, Exit.NO)
    unfit = Counter(chosen.left_out)
    unfit["that the function does not answer here as it did when it was stored"] = outcomes.count(None)
    failed = record.circumstances.exception or "an exception"
    return regression_test(
        key.module,
        key.qualname,
        _examples(calls, outcomes),
        title=f"{key.qualname} answers where it raised {failed} (fix {record.fix.id}).",
        coroutine=inspect.iscoroutinefunction(inspect.unwrap(function)),
        left_out=+unfit,
    )


def _examples(calls: Sequence[Call | RecordedCall], outcomes: Sequence[Outcome | None]) -> list[Any]:
    from fukkatsu._export.regression import Example
    from fukkatsu._gauntlet.effects import split_effects
    from fukkatsu._model.call import RecordedCall
    from fukkatsu._oracle.values import encode

    found = []
    for number, (call, outcome) in enumerate(zip(calls, outcomes, strict=True)):
        shown = call.shown if isinstance(call, RecordedCall) else call
        if outcome is None or shown is None:
            continue
        arguments = encode([list(shown.args), dict(shown.kwargs)]).text
        raised = outcome.exception if outcome.kind == "raised" else ""
        found.append(Example(arguments, outcome.value, raised, split_effects(outcome.after)[0], failing=number == 0))
    return found


def failing_call(function: Any, texts: Mapping[str, str]) -> Call:
    """The failing call again, from the texts that the store keeps of its arguments.

    Raises:
        CommandError: One of them was masked or shortened, or is no literal.
    """
    from fukkatsu._model.call import Call

    parameters = inspect.signature(inspect.unwrap(function)).parameters
    try:
        if any(sign in text for text in texts.values() for sign in _NOT_WHOLE):
            raise ValueError
        given = {name.lstrip("*"): ast.literal_eval(text) for name, text in texts.items()}
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        given = {}
    if not given and (texts or parameters):
        msg = "the store keeps the failing call's arguments as masked text that cannot be read back: give it by --calls"
        raise CommandError(msg)
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    by_place = any(parameter.kind in _BY_PLACE for parameter in parameters.values())
    for name, value in given.items():
        kind = parameters[name].kind if name in parameters else None
        if kind is inspect.Parameter.VAR_POSITIONAL:
            args.extend(value)
        elif kind is inspect.Parameter.VAR_KEYWORD:
            kwargs.update(value)
        elif kind is inspect.Parameter.POSITIONAL_ONLY or (
            kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and by_place
        ):
            args.append(value)
        else:
            kwargs[name] = value
    return Call(tuple(args), kwargs)
