"""What happens in the demo, without a word printed: good calls, the failing call, the gauntlet, the answer."""

from __future__ import annotations

import ast
import contextlib
import difflib
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from fukkatsu import events
from fukkatsu._decorator import resurrect
from fukkatsu._demo.patient import my_function
from fukkatsu._demo.recordings import RECORDINGS
from fukkatsu._install import Lifeline
from fukkatsu._model.verdict import Report
from fukkatsu._sandbox.host import isolation
from fukkatsu._store.store import Store
from fukkatsu._suggest.openai import OpenAIProvider
from fukkatsu.errors import FlatlineError
from fukkatsu.policy import Policy
from fukkatsu.testing import ScriptedServer

GOOD_CALLS: Final[tuple[Mapping[str, int], ...]] = (
    {"x": 7, "y": 2, "z": 1},
    {"x": 9, "y": 4, "z": 2},
    {"x": -3, "y": 2, "z": 10},
)
FAILING_CALL: Final[Mapping[str, int]] = {"x": 1, "y": 0, "z": 2}
LATER_CALLS: Final[tuple[Mapping[str, int], ...]] = ({"x": 2, "y": 0, "z": 10}, {"x": 9, "y": 1, "z": 2})
ATTEMPTS: Final = len(RECORDINGS)
LIVES: Final = 1


class Watcher(Protocol):
    """Who is told what happens, when it happens."""

    def began(self, story: Story) -> None:
        """The function is decorated; nothing has been called."""

    def called(self, arguments: Mapping[str, Any], result: object) -> None:
        """A call returned *result*."""

    def failed(self, arguments: Mapping[str, Any], error: str) -> None:
        """The call that is to be healed raised *error*; the model is asked now."""

    def judged(self, number: int, report: Report) -> None:
        """Suggestion *number*, counted from 1, has been through the gauntlet."""


@dataclass(slots=True, kw_only=True)
class Story:
    """What has happened so far.

    Attributes:
        live: Whether a model is asked; otherwise the recordings answer.
        address: Base URL that the SDK is pointed at; empty when live.
        isolation: What the sandbox is made of, as every report says it.
        lowered: The machine lacks a layer and the recordings, which are ours, run with what there is.
        source: The function as its author wrote it.
        reports: One for each suggestion, oldest first.
        answer: What the failing call returned in the end, ``None`` when it flatlined.
        flatline: Text of the ``FlatlineError``, empty when it was healed.
        lives_left: Of ``LIVES``.
        seconds: Real time of the failing call, model and gauntlet included.
        later: Calls made afterwards, with their results.
    """

    live: bool
    address: str = ""
    isolation: str = ""
    lowered: bool = False
    source: str = ""
    reports: list[Report] = field(default_factory=list)
    answer: object = None
    flatline: str = ""
    lives_left: int = LIVES
    seconds: float = 0.0
    later: list[tuple[Mapping[str, Any], object]] = field(default_factory=list)


def source_diff(before: str, after: str) -> list[str]:
    """What a suggestion changes, as the lines of a unified diff without its file header."""
    lines = difflib.unified_diff(before.rstrip().splitlines(), after.rstrip().splitlines(), lineterm="", n=2)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def without_docstring(source: str) -> str:
    """*source* without its functions' docstrings: suggestions seldom repeat them, and a diff should show the change."""
    lines = source.splitlines()
    with contextlib.suppress(SyntaxError):  # a live model may have written anything
        for node in reversed(list(ast.walk(ast.parse(source)))):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and len(node.body) > 1
                and ast.get_docstring(node)
            ):
                first = node.body[0]
                del lines[first.lineno - 1 : first.end_lineno]
    return "\n".join(lines)


def tell(watcher: Watcher, *, live: bool) -> Story:
    """Heal ``my_function`` in front of *watcher*.

    Args:
        live: Ask the user's own model, configured as for any program of theirs. Otherwise a server on loopback
            answers the real SDK with the recordings.

    Raises:
        ProviderError: *live*, and no model is configured.
    """
    story = Story(live=live, isolation=isolation().summary, source=inspect.getsource(my_function))
    policy = Policy()
    if not live and policy.isolation == "required" and not isolation().sufficient:
        # Whoever tries the demo wants to see it run. The recordings are ours and harmless; a model's words are not,
        # so --live and the user's own functions keep failing closed.
        policy, story.lowered = Policy(isolation="best-effort"), True
    with contextlib.ExitStack() as stack:
        if live:
            provider = OpenAIProvider()
        else:
            server = stack.enter_context(ScriptedServer([recording.reply for recording in RECORDINGS]))
            story.address = server.base_url
            provider = OpenAIProvider(base_url=server.base_url, api_key="demo")
        decorate = resurrect(lives=LIVES, attempts=ATTEMPTS, policy=policy, provider=provider, store=Store())
        patient: Callable[..., Any] = decorate(my_function)
        line: Lifeline = patient.fukkatsu  # type: ignore[attr-defined]  # the decorator keeps the function's own type
        watcher.began(story)
        for arguments in GOOD_CALLS:
            watcher.called(arguments, patient(**arguments))
        listener = _Listener(story, watcher, lambda: line.reports)
        stack.callback(events.subscribe(listener))
        started = time.perf_counter()
        try:
            story.answer = patient(**FAILING_CALL)
        except FlatlineError as error:
            story.flatline = str(error)
        story.seconds = time.perf_counter() - started
        listener.catch_up()
        story.lives_left = line.lives_left
        if not story.flatline:
            story.later = [(arguments, patient(**arguments)) for arguments in LATER_CALLS]
    return story


class _Listener:
    """Turns events into what a watcher is told, a report at a time."""

    def __init__(self, story: Story, watcher: Watcher, reports: Callable[[], Sequence[Report]]) -> None:
        self._story, self._watcher, self._reports = story, watcher, reports
        self._trouble: Exception | None = None

    def __call__(self, event: events.Event) -> None:
        try:
            if event.name == "failure.seen":
                self._watcher.failed(FAILING_CALL, str(event.details["exception"]))
            self._tell_new_reports()
        except Exception as error:  # noqa: BLE001 - hooks may not raise: a closed pipe is raised when the call is over
            self._trouble = self._trouble or error

    def catch_up(self) -> None:
        """Tell what no event announced (a reply without any code), and raise what the watcher could not print."""
        if self._trouble is None:
            self._tell_new_reports()
        else:
            raise self._trouble

    def _tell_new_reports(self) -> None:
        for report in self._reports()[len(self._story.reports) :]:
            self._story.reports.append(report)
            self._watcher.judged(len(self._story.reports), report)
