"""The command line: ``fukkatsu demo``, ``fukkatsu doctor``, ``fukkatsu verify``.

One module per command, imported when it is called, so that ``fukkatsu --help`` waits for nothing.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.progress import Progress

COMMANDS: Final = {
    "demo": "heal a function before your eyes, without key or network",
    "doctor": "say what this machine gives the sandbox, and what is missing",
    "verify": "run the gauntlet on a correction from a file",
    "policy": "say what corrections of a function may use, and what one would be refused for",
    "fixes": "list the fixes of a store, or those that wait for a person",
    "show": "show one fix: difference, verdicts, evidence, model, decisions",
    "diff": "print what a fix changes",
    "approve": "approve a fix that waits",
    "reject": "reject a fix that waits",
    "revoke": "take a fix back everywhere",
    "disable": "switch healing off, of one function or of all, in every process of a store",
    "enable": "switch it on again",
    "log": "print the audit of a store, and verify it",
    "export": "write a fix as a patch of the source file, and as a regression test",
    "completion": "print a script for your shell's completion",
    "ui": "serve a review console over a store, on loopback",
}

BUSY: Final = {
    "demo": "healing",
    "doctor": "trying the sandbox",
    "verify": "running the gauntlet",
    "policy": "reading",
    "log": "reading the audit",
    "export": "running the gauntlet",
    "ui": "",  # it says when it is there, and runs until somebody ends it
}
"""What goes on, where a command is quiet for a second; all others ask the store."""

EPILOG: Final = """\
exit codes:
  0    done (verify: accepted; doctor: enough isolation; log --verify: whole)
  1    the answer is no (refused, not healed, less isolation than the default policy asks for, an audit that does not
       hold, a decision that cannot be made)
  2    the command line cannot be understood, or names something that is not there
  3    cannot be done here (no key, no sandbox, no database, FUKKATSU=off)
  130  interrupted

example:
  fukkatsu demo
"""


class _Parser(argparse.ArgumentParser):
    """Errors say what to type next, and an option's first letters are not guessed at."""

    def __init__(self, *args: object, **options: object) -> None:
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **options)  # type: ignore[arg-type]  # argparse's own keywords, handed through

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}\ntry: {self.prog} --help")


class _Version(argparse.Action):
    """``--version``, in the words that every other tool uses."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from fukkatsu import __version__

        print(f"fukkatsu {__version__}")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = _Parser(
        prog="fukkatsu",
        description="Functions that come back to life: a model's corrections, put to work only after a gauntlet.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the installed version and leave")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"fukkatsu._cli.{name}")
        command = commands.add_parser(name, help=summary, description=module.__doc__, epilog=module.EXAMPLE)
        module.add_options(command)
        command.add_argument("--json", action="store_true", help="print one JSON document instead of text")
        command.add_argument("--no-color", action="store_true", help="plain text, also on a terminal")
        command.set_defaults(run=module.run)
    return parser


def check_command_name(argv: Sequence[str]) -> None:
    """An unknown command gets a list of the known ones, and the nearest one by name."""
    given = next((word for word in argv if not word.startswith("-")), None)
    if given is None or given in COMMANDS:
        return
    near = difflib.get_close_matches(given, COMMANDS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    msg = f"there is no command {given!r}.{hint} Commands: {', '.join(COMMANDS)}.\ntry: fukkatsu --help"
    raise CommandError(msg)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Words after ``fukkatsu``; those of the process when ``None``.

    Returns:
        The exit code, see ``Exit``.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # an ASCII terminal must not end a report in an error
    try:
        check_command_name(words)
        parser = build_parser()
        options = parser.parse_args(words)
        if options.command is None:
            parser.print_help()
            return Exit.DONE
        doing = BUSY.get(options.command, "asking the store")
        with Progress(f"fukkatsu {options.command}: {doing}" if doing else ""):
            code = int(options.run(options))
            sys.stdout.flush()
    except CommandError as error:
        print(f"fukkatsu: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print("fukkatsu: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # `fukkatsu demo | head`: the reader has seen enough. The interpreter flushes stdout once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    return code


if __name__ == "__main__":
    sys.exit(main())
