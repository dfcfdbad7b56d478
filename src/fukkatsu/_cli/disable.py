"""Switches healing off, of one function or of all: originals serve again in every process within seconds."""

from __future__ import annotations

import argparse
from typing import Final

from fukkatsu._cli.switching import add_switch_options, switch

EXAMPLE: Final = """\
example:
  fukkatsu disable shop.prices:unit_price --reason "an incident"

Fixes stay in the store; `fukkatsu enable` has them answer again.
A name of which no failure is on record is switched off all the same, and said to be so: it may be misspelt.
Exit code 0, also where it stood so before. 2: no such store. 3: it cannot be reached, there is no key to sign with, or
the key is another one than the store's.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which function, and why."""
    add_switch_options(parser)


def run(options: argparse.Namespace) -> int:
    """Switch."""
    return switch(options, off=True)
