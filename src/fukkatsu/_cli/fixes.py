"""Lists the fixes of a store: what waits for a person, what is at work, and what was taken back."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._cli.exits import Exit
from fukkatsu._cli.render import Screen, print_json

if TYPE_CHECKING:
    from fukkatsu._model.fix import FixState
    from fukkatsu._store.records import FixRecord

EXAMPLE: Final = """\
example:
  fukkatsu fixes --pending --store sqlite:///fixes.db

Exit code 0, also for an empty list. 2: no such store. 3: it cannot be reached.
"""

STYLES: Final = {"active": "good", "pending": "title", "superseded": "aside", "expired": "aside"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which store, and which of its fixes."""
    from fukkatsu._cli.storing import add_store_options

    parser.add_argument("--pending", action="store_true", help="only those that wait for a person")
    parser.add_argument("--function", metavar="PKG.MOD:NAME", help="only those of one function")
    add_store_options(parser)


def summary_of(record: FixRecord) -> dict[str, Any]:
    """One line about a fix, as data; the keys only grow."""
    fix = record.fix
    return {
        "id": fix.id,
        "state": fix.state,
        "function": f"{fix.key.module}:{fix.key.qualname}",
        "exception": record.circumstances.exception,
        "model": fix.candidate.model,
        "created": fix.created,
        "changed": record.changed,
        "decided_by": record.decided_by,
        "reason": record.reason,
        "current": record.current,
        "signature": record.signature,
        "evidence_line": fix.report.evidence_line(),
    }


def run(options: argparse.Namespace) -> int:
    """Print the list."""
    from fukkatsu._cli.storing import ANOTHER_KEY, opened

    states: tuple[FixState, ...] = ("pending",) if options.pending else ()
    with opened(options, changing=False) as store:
        found = [summary_of(record) for record in store.records(states)]
        ours = store.is_our_key()
    if options.function:
        found = [one for one in found if one["function"] == options.function]
    if options.json:
        print_json(found)
        return Exit.DONE
    screen = Screen(colour=not options.no_color)
    if not found:
        screen.line("no fix waits for a person" if options.pending else "no fixes", "aside")
        return Exit.DONE
    width = min(40, max(len(one["function"]) for one in found))
    for one in found:
        state = one["state"] if one["current"] else f"{one['state']}, for an earlier source"
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one["created"]))
        text = f"{one['id']}  {one['function']:<{width}}  {when}  {state}"
        if one["signature"] == "refused":
            text += "  SIGNATURE REFUSED"
        style = "bad" if one["signature"] == "refused" else STYLES.get(one["state"], "bad")
        screen.line(text, style)
        screen.line(one["exception"].splitlines()[0] if one["exception"] else "", "aside", indent=14)
    if not ours:
        screen.line(ANOTHER_KEY, "bad")
    return Exit.DONE
