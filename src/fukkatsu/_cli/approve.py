"""Approves a fix that waits: processes that wait take it over, others at their next failure, after a gauntlet there."""

from __future__ import annotations

import argparse
from typing import Final

from fukkatsu._cli.deciding import add_decision_options, decide

EXAMPLE: Final = """\
example:
  fukkatsu approve 3f2a9c81d0b7 --reason "same answer as the spreadsheet"

The approval binds to this text, this source of the function, this failure and this policy.
Exit code 0. 1: it cannot be, the fix is in another state or its signature is wrong. 2: there is no such fix. 3: the
store cannot be reached, or there is no key to sign with.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which fix, and why."""
    add_decision_options(parser, reason_required=False)


def run(options: argparse.Namespace) -> int:
    """Decide."""
    return decide(options, "active", "is approved")
