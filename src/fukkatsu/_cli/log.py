"""Prints the audit of a store: what was suggested, refused, accepted, decided, by whom; and whether it is whole."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import Screen, print_json

if TYPE_CHECKING:
    from fukkatsu._store.records import Entry, Verification

EXAMPLE: Final = """\
example:
  fukkatsu log --verify --store sqlite:///fixes.db

--verify follows the chain from its beginning and finds an entry that was removed, changed or moved; with the key it
checks every signature, too. A database that was put back as a whole to an earlier day shows only by its head: keep the
number and digest that --json prints, elsewhere.
Exit code 0. 1: the chain does not hold. 2: no such store. 3: it cannot be reached.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which entries of which store."""
    from fukkatsu._cli.storing import add_store_options

    parser.add_argument("--verify", action="store_true", help="follow the chain, and check signatures")
    parser.add_argument("--last", type=int, metavar="N", help="only the last N entries")
    parser.add_argument("--fix", metavar="ID", help="only entries about one fix")
    add_store_options(parser)


def run(options: argparse.Namespace) -> int:
    """Print, and verify."""
    from fukkatsu._cli.storing import opened

    if options.last is not None and options.last < 0:
        msg = f"--last {options.last} must be zero or more"
        raise CommandError(msg)
    with opened(options, changing=False) as store:
        entries = store.entries()
        found = store.verify() if options.verify else None
    head = {"seq": entries[-1].seq, "digest": entries[-1].digest} if entries else {"seq": 0, "digest": ""}
    chosen = [entry for entry in entries if not options.fix or entry.fix_id.startswith(options.fix)]
    if options.fix and not chosen:
        msg = f"no entry is about a fix {options.fix!r}; `fukkatsu fixes` lists them"
        raise CommandError(msg)
    if options.last is not None:
        chosen = chosen[max(0, len(chosen) - options.last) :]
    code = Exit.NO if found is not None and found.problems else Exit.DONE
    if options.json:
        verified = None if found is None else {**asdict(found), "whole": not found.problems}
        print_json({"entries": [asdict(entry) for entry in chosen], "head": head, "verification": verified})
        return code
    screen = Screen(colour=not options.no_color)
    for entry in chosen:
        _print_entry(screen, entry)
    if found is not None:
        _print_verification(screen, found)
    return code


def _print_entry(screen: Screen, entry: Entry) -> None:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.at))
    about = f"{entry.module}:{entry.qualname}" if entry.qualname else ""
    if not about and entry.event.startswith("function."):
        about = "every function"
    said = entry.details.get("reason") or entry.details.get("evidence") or entry.details.get("exception") or ""
    if entry.event == "calls.stored":
        said = ", ".join(f"{count} {what}" for what, count in entry.details.items() if count)
    first = str(said).splitlines()[0] if said else ""
    words = [f"{entry.seq:>5}", when, f"{entry.event:<18}", entry.fix_id or " " * 12, about, entry.actor, first]
    screen.line("  ".join(words).rstrip(), "bad" if entry.event in ("fix.refused", "calls.refused") else "plain")


def _print_verification(screen: Screen, found: Verification) -> None:
    how = "chain and signatures hold" if found.signatures else "the chain holds; signatures were not checked (no key)"
    screen.line()
    if not found.problems:
        screen.line(f"{found.entries} entries: {how}", "good")
    for problem in found.problems:
        screen.line(problem, "bad")
