"""Switches healing on again, where `disable` switched it off."""

from __future__ import annotations

import argparse
from typing import Final

from fukkatsu._cli.switching import add_switch_options, switch

EXAMPLE: Final = """\
example:
  fukkatsu enable shop.prices:unit_price

Without a function it takes back a `disable` without a function; those of single functions stay.
Exit code 0, also where it stood so before. 2: no such store. 3: it cannot be reached, there is no key to sign with, or
the key is another one than the store's.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which function, and why."""
    add_switch_options(parser)


def run(options: argparse.Namespace) -> int:
    """Switch."""
    return switch(options, off=False)
