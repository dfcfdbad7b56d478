"""Prints a script that lets a shell complete commands, options and choices."""

from __future__ import annotations

import argparse
from typing import Final

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import print_json

SHELLS: Final = ("bash", "zsh", "tcsh")
EXAMPLE: Final = """\
example:
  fukkatsu completion bash > ~/.local/share/bash-completion/completions/fukkatsu
  fukkatsu completion zsh > ~/.zfunc/_fukkatsu        # a folder of $fpath, before compinit

Open a new shell afterwards. Needs the extra: pip install "fukkatsu[cli]".
Exit code 0. 3: the extra is not installed.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which shell."""
    parser.add_argument("shell", choices=SHELLS)


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    try:
        import shtab
    except ImportError as error:
        msg = 'shell completion needs shtab: pip install "fukkatsu[cli]"'
        raise CommandError(msg, Exit.UNABLE) from error
    from fukkatsu._cli.main import build_parser

    script = shtab.complete(build_parser(), shell=options.shell)
    if options.json:
        print_json({"shell": options.shell, "script": script})
    else:
        print(script)
    return Exit.DONE
