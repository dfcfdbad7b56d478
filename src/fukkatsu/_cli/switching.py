"""Switching healing off and on for all processes of a store: the part that `disable` and `enable` share."""

from __future__ import annotations

import argparse
import difflib

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import Screen, print_json


def add_switch_options(parser: argparse.ArgumentParser) -> None:
    """Which function of which store, and why."""
    from fukkatsu._cli.storing import add_store_options

    parser.add_argument("function", nargs="?", metavar="PKG.MOD:NAME", help="without it: every function of the store")
    parser.add_argument("--reason", metavar="TEXT", default="", help="for the audit")
    parser.add_argument("--new-key", action="store_true", help="the store's key was changed, and nothing written since")
    add_store_options(parser)


def switch(options: argparse.Namespace, *, off: bool) -> int:
    """Do it, in the name of whoever is logged in here."""
    from fukkatsu._cli.storing import ANOTHER_KEY, actor, opened

    module, colon, qualname = (options.function or "").partition(":")
    if options.function and not (module and colon and qualname):
        msg = f"{options.function!r} must read PKG.MOD:NAME, for example shop.prices:unit_price"
        raise CommandError(msg)
    with opened(options) as store:
        if not options.new_key and not store.is_our_key():
            remedy = "Where it was changed on purpose, and nothing was written since, say --new-key."
            msg = f"{ANOTHER_KEY} What it signs would not verify: nothing was changed. {remedy}"
            raise CommandError(msg, Exit.UNABLE)
        changed = store.switch(module, qualname, off=off, reason=options.reason, actor=actor())
        left = sorted(":".join(name) if name != ("", "") else "*" for name in store.switched_off())
        known = {f"{failure.key.module}:{failure.key.qualname}" for failure in store.failures()}
    word, what = ("off" if off else "on"), options.function or "every function"
    if options.json:
        told = {"function": options.function, "healing": word, "changed": changed, "switched_off": left}
        print_json({**told, "on_record": not options.function or options.function in known})
    else:
        screen = Screen(colour=not options.no_color)
        screen.line(f"healing of {what} is {word}" + ("" if changed else ", as it was before"), "good")
        if off and options.function and options.function not in known:
            near = difflib.get_close_matches(options.function, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "Is it spelt as the program spells it?"
            screen.line(f"No failure of {options.function} is on record. {hint}", "bad")
        if left:
            screen.line(f"switched off: {', '.join(left)}", "aside")
    return Exit.DONE
