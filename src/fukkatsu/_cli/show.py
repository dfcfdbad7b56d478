"""Shows one fix: difference, verdicts, evidence, model and cost, what was refused before it, and who decided what."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._cli.exits import Exit
from fukkatsu._cli.fixes import STYLES, summary_of
from fukkatsu._cli.prices import UNKNOWN, cost, prices_for
from fukkatsu._cli.render import Screen, print_json, report_as_json

if TYPE_CHECKING:
    from fukkatsu._cli.prices import Prices
    from fukkatsu._store.records import Attempt, FixRecord

EXAMPLE: Final = """\
example:
  fukkatsu show 3f2a9c81d0b7 --store sqlite:///fixes.db

An ID may be cut short as long as it is the only one that begins so.
The cost is worked out where somebody says what tokens cost, in dollars for a million of questions, and of answers:
--prices 2.5,10, or FUKKATSU_PRICES="2.5,10" (or "model=2.5,10;other=1,4"), or in pyproject.toml
  [tool.fukkatsu.prices]
  "gpt-4.1" = [2.0, 8.0]
Exit code 0. 1: its signature is wrong or missing. 2: there is no such fix. 3: the store cannot be reached.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which fix of which store."""
    from fukkatsu._cli.storing import add_store_options

    parser.add_argument("fix", metavar="ID", help="of the fix; `fukkatsu fixes` lists them")
    parser.add_argument("--prices", metavar="IN,OUT", help="dollars for a million tokens, to work the cost out")
    parser.add_argument(
        "--attempts", action="store_true", help="also what each refused suggestion would have changed, and its stages"
    )
    add_store_options(parser)


def diff_of(record: FixRecord) -> list[str]:
    """The original and the fix, as lines of a unified diff."""
    return _difference(record, record.fix.source, f"fix {record.fix.id}")


def _difference(record: FixRecord, text: str, what: str) -> list[str]:
    import difflib

    name = record.fix.key.qualname
    before, after = record.circumstances.source.splitlines(), text.splitlines()
    return list(difflib.unified_diff(before, after, f"{name} (original)", f"{name} ({what})", lineterm=""))


def run(options: argparse.Namespace) -> int:
    """Print all that is known."""
    from fukkatsu._cli.storing import one_record, opened

    with opened(options, changing=False) as store:
        record = one_record(store, options)
        entries = [entry for entry in store.entries() if entry.fix_id == record.fix.id]
        attempts = store.attempts(record.fix.key)
    bill = Bill(record, attempts, options.prices)
    fix, told = record.fix, record.circumstances
    code = Exit.NO if record.signature == "refused" else Exit.DONE
    story: list[dict[str, Any]] = [
        {"at": entry.at, "event": entry.event, "actor": entry.actor, "reason": entry.details.get("reason", "")}
        for entry in entries
    ]
    if options.json:
        document: dict[str, Any] = {
            **summary_of(record),
            "original": told.source,
            "source": fix.source,
            "diff": "\n".join(diff_of(record)),
            "file": told.filename,
            "first_line": told.first_line,
            "traceback": told.traceback,
            "arguments": dict(told.arguments),
            "additional_req": fix.key.additional_req,
            "prompt_tokens": fix.candidate.prompt_tokens,
            "completion_tokens": fix.candidate.completion_tokens,
            "cost_dollars": bill.fix,
            "cost_dollars_with_refused": bill.all,
            "refused_suggestions": record.refused,
            "attempts": [_attempt_as_json(attempt) for attempt in attempts],
            "approved_by": fix.approved_by,
            "report": report_as_json(fix.report),
            "story": story,
        }
        print_json(document)
        return code
    screen = Screen(colour=not options.no_color)
    _print(screen, record, bill)
    refused = [attempt for attempt in attempts if not attempt.fix_id]
    if refused:
        screen.title("What was refused for the same failure")
        for attempt in refused:
            _print_attempt(screen, record, attempt, whole=options.attempts)
    screen.title("What happened")
    for one in story:
        when = _moment(one["at"])
        screen.prose(one["reason"], indent=4, label=f"{when}  {one['event']:<14} {one['actor']}  ")
    return code


class Bill:
    """What was paid for a fix, and for all suggestions for its failure; ``None`` where that is not known."""

    def __init__(self, record: FixRecord, attempts: Sequence[Attempt], given: str | None) -> None:
        mine = record.fix.candidate
        asked = [attempt.candidate for attempt in attempts] or [mine]
        self.suggestions = len(asked)
        self.prompt_tokens = sum(one.prompt_tokens for one in asked)
        self.completion_tokens = sum(one.completion_tokens for one in asked)
        self.prices: Prices | None = prices_for(mine.model, given)
        self.fix = cost(self.prices, mine.prompt_tokens, mine.completion_tokens)
        each = [cost(prices_for(one.model, given), one.prompt_tokens, one.completion_tokens) for one in asked]
        self.all = None if None in each else sum(dollars or 0.0 for dollars in each)


def _print(screen: Screen, record: FixRecord, bill: Bill) -> None:
    fix, told = record.fix, record.circumstances
    state = fix.state if record.current else f"{fix.state}, for an earlier source of the function"
    screen.line(f"fix {fix.id} of {fix.key.module}:{fix.key.qualname}", "title")
    screen.line(f"state:      {state}", STYLES.get(fix.state, "bad"))
    screen.line(f"signature:  {record.signature}", "bad" if record.signature == "refused" else "plain")
    screen.line(f"place:      {told.filename}:{told.first_line}")
    screen.line(f"exception:  {told.exception}")
    for name, text in told.arguments.items():
        screen.line(f"argument:   {name} = {text}")
    if fix.key.additional_req:
        screen.prose(fix.key.additional_req, label="request:    ")
    candidate = fix.candidate
    spent = f"{candidate.prompt_tokens} + {candidate.completion_tokens} tokens"
    if not (candidate.prompt_tokens or candidate.completion_tokens):
        spent, dollars = "tokens not said", ", cost unknown: the server did not count tokens"
    else:
        dollars = f", {UNKNOWN}" if bill.fix is None else f", ${bill.fix:.4f}"
    screen.line(f"model:      {candidate.model or 'not said'}, {spent}{dollars}; {record.refused} refused before it")
    if bill.suggestions > 1:
        together = f"{bill.suggestions} suggestions, {bill.prompt_tokens} + {bill.completion_tokens} tokens"
        screen.line(f"in all:     {together}" + ("" if bill.all is None else f", ${bill.all:.4f}"))
    screen.title("The difference")
    screen.diff(diff_of(record))
    screen.title("The gauntlet")
    screen.stages(fix.report)
    screen.prose(fix.report.evidence_line(), "good", indent=4)
    for note in fix.report.notes:
        screen.prose(note, "aside", indent=4, label="note: ")


def _print_attempt(screen: Screen, record: FixRecord, attempt: Attempt, *, whole: bool) -> None:
    candidate, report = attempt.candidate, attempt.report
    doubt = ", SIGNATURE REFUSED" if attempt.signature == "refused" else ""
    model = f"{candidate.model or 'model not said'}, {candidate.prompt_tokens} + {candidate.completion_tokens} tokens"
    screen.line(f"{_moment(attempt.created)}  refused by {report.refused_by}  {model}{doubt}", "bad", indent=4)
    screen.prose(report.reason, indent=8)
    if whole:
        screen.stages(report, indent=8)
        screen.diff(_difference(record, candidate.text, "suggestion"), indent=8)


def _attempt_as_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "created": attempt.created,
        "actor": attempt.actor,
        "model": attempt.candidate.model,
        "prompt_tokens": attempt.candidate.prompt_tokens,
        "completion_tokens": attempt.candidate.completion_tokens,
        "fix": attempt.fix_id or None,
        "signature": attempt.signature,
        "report": report_as_json(attempt.report),
    }


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
