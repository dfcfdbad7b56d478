"""Switching healing off and on for all processes of a store: the part that `disable` and `enable` share."""

from __future__ import annotations

import argparse

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import Screen, print_json


def add_switch_options(parser: argparse.ArgumentParser) -> None:
    """Which function of which store, and why."""
    from fukkatsu._cli.storing import add_store_options

    parser.add_argument("function", nargs="?", metavar="PKG.MOD:NAME", help="without it: every function of the store")
    parser.add_argument("--reason", metavar="TEXT", default="", help="for the audit")
    add_store_options(parser)


def switch(options: argparse.Namespace, *, off: bool) -> int:
    """Do it, in the name of whoever is logged in here."""
    from fukkatsu._cli.storing import actor, opened

    module, colon, qualname = (options.function or "").partition(":")
    if options.function and not (module and colon and qualname):
        msg = f"{options.function!r} must read PKG.MOD:NAME, for example shop.prices:unit_price"
        raise CommandError(msg)
    with opened(options) as store:
        changed = store.switch(module, qualname, off=off, reason=options.reason, actor=actor())
        left = sorted(":".join(name) if name != ("", "") else "*" for name in store.switched_off())
    word, what = ("off" if off else "on"), options.function or "every function"
    if options.json:
        print_json({"function": options.function, "healing": word, "changed": changed, "switched_off": left})
    else:
        screen = Screen(colour=not options.no_color)
        screen.line(f"healing of {what} is {word}" + ("" if changed else ", as it was before"), "good")
        if left:
            screen.line(f"switched off: {', '.join(left)}", "aside")
    return Exit.DONE
