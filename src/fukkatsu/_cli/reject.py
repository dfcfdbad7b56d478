"""Rejects a fix that waits: its text is not accepted again, whoever suggests it."""

from __future__ import annotations

import argparse
from typing import Final

from fukkatsu._cli.deciding import add_decision_options, decide

EXAMPLE: Final = """\
example:
  fukkatsu reject 3f2a9c81d0b7 --reason "zero is no price"

The reason is kept, and the model is told that the text was refused.
Exit code 0. 1: it cannot be, the fix is in another state or its signature is wrong. 2: there is no such fix. 3: the
store cannot be reached, or there is no key to sign with.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which fix, and why."""
    add_decision_options(parser, reason_required=True)


def run(options: argparse.Namespace) -> int:
    """Decide."""
    return decide(options, "rejected", "is rejected")
