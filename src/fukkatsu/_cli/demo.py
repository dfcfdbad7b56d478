"""Heals a function before your eyes, without key or network: the model's words are recorded, all else is real."""

from __future__ import annotations

import argparse
import inspect
import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import Screen, milliseconds, print_json, report_as_json
from fukkatsu._switch import is_disabled

if TYPE_CHECKING:
    from fukkatsu._demo.story import Story
    from fukkatsu._model.verdict import Report

EXAMPLE: Final = """\
example:
  fukkatsu demo
  OPENAI_API_KEY=... fukkatsu demo --live

Exit code 0: healed. 1: not healed. 3: --live without a key, or FUKKATSU=off.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Recorded or live."""
    parser.add_argument(
        "--live", action="store_true", help="ask your own model (OPENAI_API_KEY, OPENAI_BASE_URL, FUKKATSU_MODEL)"
    )


def _shown(arguments: Mapping[str, Any]) -> str:
    return f"my_function({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"


class _Silent:
    """Watches for ``--json``, where only the end is printed."""

    def began(self, story: Story) -> None: ...
    def called(self, arguments: Mapping[str, Any], result: object) -> None: ...
    def failed(self, arguments: Mapping[str, Any], error: str) -> None: ...
    def judged(self, number: int, report: Report) -> None: ...


class _Narrator:
    """Prints each step when it happens."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.story: Story | None = None

    def began(self, story: Story) -> None:
        self.story = story
        screen = self.screen
        screen.line("fukkatsu demo: a function comes back to life", "title")
        screen.line()
        if story.live:
            screen.prose("Live: your own model is asked. Its words may differ each time; so may the verdicts.")
        else:
            screen.prose(
                f"No key, no network. A small server on loopback ({story.address}) plays the model: its five answers "
                "are recorded, and that is all that is. The SDK that asks, the parser, every stage, reason and "
                "millisecond below are real and happen now, on this machine."
            )
        screen.prose(f"isolation of the sandbox: {story.isolation}")
        if story.lowered:
            screen.prose(
                "This machine lacks a layer of the sandbox. The recordings are ours, so the demo goes on with what "
                "there is; your own functions would refuse every correction until you permit "
                'isolation="best-effort". `fukkatsu doctor` says what is missing.',
                "bad",
            )
        screen.title("The function, and what it promises")
        screen.line("@resurrect(lives=1, attempts=5)\n" + story.source.rstrip(), indent=4)
        screen.title("Some calls go well, and are remembered")

    def called(self, arguments: Mapping[str, Any], result: object) -> None:
        self.screen.line(f"{_shown(arguments)}  ->  {result!r}", "good", indent=4)

    def failed(self, arguments: Mapping[str, Any], error: str) -> None:
        self.screen.title("Then one fails")
        self.screen.line(f"{_shown(arguments)}  ->  {error}", "bad", indent=4)
        self.screen.prose(
            "Source, docstring, traceback and arguments go to the model. What comes back has to run the gauntlet.",
            indent=4,
        )

    def judged(self, number: int, report: Report) -> None:
        from fukkatsu._demo.story import source_diff, without_docstring

        screen = self.screen
        answer = "accepted" if report.accepted else f"refused by {report.refused_by}"
        screen.title(f"Suggestion {number}: {answer}")
        assert self.story is not None  # noqa: S101 - `began` is always the first call
        screen.diff(source_diff(without_docstring(self.story.source), without_docstring(report.source)))
        screen.line()
        screen.stages(report)
        if report.accepted:
            screen.prose(report.evidence_line(), "good", indent=4)
        else:
            screen.prose(report.reason, "bad", indent=4, label="why: ")
            call = report.counterexample
            if call is not None:
                words = [repr(a) for a in call.args] + [f"{k}={v!r}" for k, v in call.kwargs.items()]
                screen.prose(f"my_function({', '.join(words)})", indent=4, label="counterexample: ")
        for note in report.notes:
            screen.prose(note, "aside", indent=4, label="note: ")


def _epilogue(screen: Screen, story: Story) -> None:
    from fukkatsu._demo.story import FAILING_CALL, LIVES

    if story.flatline:
        screen.title("Not healed")
        screen.line(story.flatline, "bad", indent=4)
        screen.line()
        screen.prose("The function is as it was, and the original exception is the cause of this one.", indent=4)
    else:
        screen.title("Alive again")
        screen.line(f"{_shown(FAILING_CALL)}  ->  {story.answer!r}", "good", indent=4)
        for arguments, result in story.later:
            screen.line(f"{_shown(arguments)}  ->  {result!r}", indent=4)
        screen.prose(
            f"{milliseconds(story.seconds)} for the failing call, model and gauntlet included. "
            f"A life is used up, {story.lives_left} of {LIVES} left; refused suggestions cost none. "
            "The last calls ran the correction: no model was asked again.",
            indent=4,
        )
    screen.title("What next")
    if story.live:
        screen.line("Put @resurrect above a function of your own.", indent=4)
    else:
        screen.line("export OPENAI_API_KEY=...      then: fukkatsu demo --live, the same with your own model", indent=4)
        screen.line(
            "export OPENAI_BASE_URL=...     for any OpenAI-compatible server; FUKKATSU_MODEL names the model", indent=4
        )
    screen.line("fukkatsu doctor                what this machine gives the sandbox", indent=4)
    screen.line(
        "SECURITY.md                    what is sent to the model, and what this does not protect from", indent=4
    )


def _as_json(story: Story) -> dict[str, Any]:
    return {
        "mode": "live" if story.live else "recorded",
        "isolation": story.isolation,
        "isolation_lowered": story.lowered,
        "function": story.source,
        "suggestions": [report_as_json(report) for report in story.reports],
        "answer": story.answer,
        "flatline": story.flatline or None,
        "lives_left": story.lives_left,
        "seconds": story.seconds,
        "later_calls": [{"kwargs": dict(arguments), "returned": result} for arguments, result in story.later],
    }


def _check_preconditions(options: argparse.Namespace) -> None:
    if is_disabled():
        msg = "FUKKATSU=off is set, so every decorator returns its function untouched: unset it to see one healed."
        raise CommandError(msg, Exit.UNABLE)
    if options.live and not os.environ.get("OPENAI_API_KEY"):
        msg = (
            "--live asks your own model, and OPENAI_API_KEY is not set.\n"
            "  export OPENAI_API_KEY=...      (a local server that wants none takes any word)\n"
            "  export OPENAI_BASE_URL=...     for any OpenAI-compatible server, e.g. http://127.0.0.1:11434/v1\n"
            "  export FUKKATSU_MODEL=...      the model to ask\n"
            "Without a key: fukkatsu demo"
        )
        raise CommandError(msg, Exit.UNABLE)


def run(options: argparse.Namespace) -> int:
    """Tell the story."""
    _check_preconditions(options)
    logging.getLogger("fukkatsu").addHandler(logging.NullHandler())  # or Python prints our warnings between the lines

    from fukkatsu._demo.story import tell
    from fukkatsu.errors import FukkatsuError

    screen = Screen(colour=not options.no_color)
    try:
        story = tell(_Silent() if options.json else _Narrator(screen), live=options.live)
    except FukkatsuError as error:
        raise CommandError(inspect.cleandoc(str(error)), Exit.UNABLE) from error
    if options.json:
        print_json(_as_json(story))
    else:
        _epilogue(screen, story)
    return Exit.NO if story.flatline else Exit.DONE
