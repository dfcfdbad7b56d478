"""What a person decides about one fix: the part that `approve`, `reject` and `revoke` share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import Screen, print_json

if TYPE_CHECKING:
    from fukkatsu._model.fix import FixState


def add_decision_options(parser: argparse.ArgumentParser, *, reason_required: bool) -> None:
    """Which fix of which store, and why."""
    from fukkatsu._cli.storing import add_store_options

    parser.add_argument("fix", metavar="ID", help="of the fix; `fukkatsu fixes` lists them")
    parser.add_argument(
        "--reason", metavar="TEXT", default="", required=reason_required, help="for the audit, and for the next person"
    )
    add_store_options(parser)


def decide(options: argparse.Namespace, state: FixState, done: str) -> int:
    """Put a fix into *state*, in the name of whoever is logged in here.

    Raises:
        CommandError: It cannot be: the fix is in a state that this does not follow, or its signature is wrong.
    """
    from fukkatsu._cli.storing import ANOTHER_KEY, actor, one_record, opened
    from fukkatsu.errors import StoreError

    with opened(options) as store:
        record = one_record(store, options)
        before = record.fix
        if state == "active" and not record.current:
            msg = f"fix {before.id} belongs to an earlier source of {before.key.qualname}: it lapsed when that changed."
            raise CommandError(msg, Exit.NO)
        if state == "rejected" and before.state != "pending":
            msg = f"fix {before.id} is {before.state}, not pending: `fukkatsu revoke {before.id}` takes one back."
            raise CommandError(msg, Exit.NO)
        try:
            after = store.change_state(before.id, state, options.reason, actor())
        except StoreError as error:
            doubt = "" if store.is_our_key() else f" {ANOTHER_KEY}"
            raise CommandError(f"{error}{doubt}", Exit.NO) from error
        now = store.record(before.id)
    mine = now is not None and (now.fix.state, now.decided_by) == (state, actor()) and now.changed != record.changed
    if options.json:
        print_json({"id": before.id, "before": before.state, "state": after.state if after else None, "changed": mine})
    elif mine:
        Screen(colour=not options.no_color).line(f"fix {before.id} of {before.key.qualname} {done}", "good")
    else:
        msg = f"fix {before.id} is {now.fix.state if now else 'gone'} (decided by {now.decided_by if now else '?'})"
        raise CommandError(f"{msg}: nothing was changed", Exit.NO)
    return Exit.DONE if mine else Exit.NO
