"""Prints what a fix changes, as a unified diff of the function: for eyes and pipes. `export` writes a patch for git."""

from __future__ import annotations

import argparse
from typing import Final

from fukkatsu._cli.exits import Exit
from fukkatsu._cli.render import Screen, print_json

EXAMPLE: Final = """\
example:
  fukkatsu diff 3f2a9c81d0b7 --store sqlite:///fixes.db

Exit code 0. 1: its signature is wrong or missing. 2: there is no such fix. 3: the store cannot be reached.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which fix of which store."""
    from fukkatsu._cli.storing import add_store_options

    parser.add_argument("fix", metavar="ID", help="of the fix; `fukkatsu fixes` lists them")
    add_store_options(parser)


def run(options: argparse.Namespace) -> int:
    """Print it."""
    from fukkatsu._cli.show import diff_of
    from fukkatsu._cli.storing import one_record, opened

    with opened(options, changing=False) as store:
        record = one_record(store, options)
    lines = diff_of(record)
    if options.json:
        print_json({"id": record.fix.id, "signature": record.signature, "diff": "\n".join(lines)})
    else:
        Screen(colour=not options.no_color).diff(lines, indent=0)
    return Exit.NO if record.signature == "refused" else Exit.DONE
