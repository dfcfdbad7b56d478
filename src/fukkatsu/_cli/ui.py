"""Serves a review console over a store, on loopback: pending and active fixes, evidence, approval, revocation."""

from __future__ import annotations

import argparse
from typing import Final

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import Screen, print_json

EXAMPLE: Final = """\
example:
  fukkatsu ui --store sqlite:///fixes.db

Open the address that it prints. Whoever has that address can decide about fixes; it is another one at each start.
Ends with Ctrl-C. Needs the extra: pip install "fukkatsu[ui]".
Exit code 0. 2: no such store. 3: there is no key, the port is taken, or the extra is not installed. 130: Ctrl-C.
"""
PORT: Final = 8517


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which store, and where to serve it."""
    from fukkatsu._cli.storing import add_store_options

    add_store_options(parser)
    parser.add_argument("--port", type=int, default=PORT, help=f"on loopback; 0 takes a free one (default: {PORT})")


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from fukkatsu._cli.storing import actor, open_store

    if not 0 <= options.port < 65536:
        msg = f"--port {options.port} must lie between 0 and 65535"
        raise CommandError(msg)
    store = open_store(options)
    try:
        from fukkatsu._ui.serve import serve
    except ImportError as error:
        msg = f'the review console needs {error.name}: pip install "fukkatsu[ui]"'
        raise CommandError(msg, Exit.UNABLE) from error
    screen = Screen(colour=not options.no_color)

    def announce(address: str) -> None:
        if options.json:
            print_json({"address": address})
            return
        screen.line(f"fukkatsu: the review console is at {address}", "title")
        screen.line("Whoever has this address can decide about fixes. Ctrl-C ends it.", "aside")

    try:
        serve(store, port=options.port, actor=actor(), announce=announce)
    except OSError as error:
        msg = f"port {options.port} cannot be taken: {error.strerror or error}. Choose another one with --port."
        raise CommandError(msg, Exit.UNABLE) from error
    return Exit.DONE
