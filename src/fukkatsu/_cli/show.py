"""Shows one fix: the difference, each stage's verdict, the evidence, the model, and what was decided by whom."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.fixes import STYLES, summary_of
from fukkatsu._cli.render import Screen, print_json, report_as_json

if TYPE_CHECKING:
    from fukkatsu._store.records import FixRecord

EXAMPLE: Final = """\
example:
  fukkatsu show 3f2a9c81d0b7 --store sqlite:///fixes.db

An ID may be cut short as long as it is the only one that begins so. --prices 2.5,10 (dollars for a million tokens of
questions, and of answers) has the cost worked out.
Exit code 0. 1: its signature is wrong or missing. 2: there is no such fix. 3: the store cannot be reached.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which fix of which store."""
    from fukkatsu._cli.storing import add_store_options

    parser.add_argument("fix", metavar="ID", help="of the fix; `fukkatsu fixes` lists them")
    parser.add_argument("--prices", metavar="IN,OUT", help="dollars for a million tokens, to work the cost out")
    add_store_options(parser)


def diff_of(record: FixRecord) -> list[str]:
    """The original and the fix, as lines of a unified diff."""
    import difflib

    name = record.fix.key.qualname
    before, after = record.circumstances.source.splitlines(), record.fix.source.splitlines()
    return list(difflib.unified_diff(before, after, f"{name} (original)", f"{name} (fix {record.fix.id})", lineterm=""))


def cost_of(record: FixRecord, prices: str | None) -> float | None:
    """Dollars, where somebody says what tokens cost.

    Raises:
        CommandError: *prices* are not two numbers.
    """
    if prices is None:
        return None
    try:
        question, answer = (float(price) for price in prices.split(","))
    except ValueError:
        msg = f"--prices {prices!r} must be two numbers, dollars for a million tokens: --prices 2.5,10"
        raise CommandError(msg) from None
    candidate = record.fix.candidate
    return (candidate.prompt_tokens * question + candidate.completion_tokens * answer) / 1e6


def run(options: argparse.Namespace) -> int:
    """Print all that is known."""
    from fukkatsu._cli.storing import one_record, opened

    with opened(options, changing=False) as store:
        record = one_record(store, options.fix)
        entries = [entry for entry in store.entries() if entry.fix_id == record.fix.id]
    cost = cost_of(record, options.prices)
    fix, told = record.fix, record.circumstances
    code = Exit.NO if record.signature == "refused" else Exit.DONE
    story = [
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
            "cost_dollars": cost,
            "refused_suggestions": record.refused,
            "approved_by": fix.approved_by,
            "report": report_as_json(fix.report),
            "story": story,
        }
        print_json(document)
        return code
    _print(Screen(colour=not options.no_color), record, story, cost)
    return code


def _print(screen: Screen, record: FixRecord, story: list[dict[str, Any]], cost: float | None) -> None:
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
    dollars = "" if cost is None else f", ${cost:.4f}"
    screen.line(f"model:      {candidate.model or 'not said'}, {spent}{dollars}; {record.refused} refused before it")
    screen.title("The difference")
    screen.diff(diff_of(record))
    screen.title("The gauntlet")
    screen.stages(fix.report)
    screen.prose(fix.report.evidence_line(), "good", indent=4)
    for note in fix.report.notes:
        screen.prose(note, "aside", indent=4, label="note: ")
    screen.title("What happened")
    for one in story:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(one["at"]))
        screen.prose(one["reason"], indent=4, label=f"{when}  {one['event']:<14} {one['actor']}  ")
