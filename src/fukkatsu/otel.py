"""OpenTelemetry spans and metrics of repairs, for whoever has the extra ``otel`` installed and asks for them.

::

    from fukkatsu.otel import instrument

    instrument()        # once, where the program sets up its tracing; the SDK and its exporters are the program's

Each question to a model is a client span and two histograms after the GenAI semantic conventions (their names as of
release 1.37: ``gen_ai.provider.name``, no longer ``gen_ai.system``); every other step of a repair is a span event on
whatever span was current when the function failed, and a count. Attributes are names, classes and numbers from a short
list: never arguments, source, prompts, replies or reasons, all of which may quote what the function was given.

It rides on `fukkatsu.events`: what goes wrong in an exporter is logged there and cannot break a repair.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context, metrics, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from fukkatsu import __version__, events
from fukkatsu.events import Event

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.37.0"
DURATION_BUCKETS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKEN_BUCKETS: Final = tuple(4**power for power in range(14))
OPEN_QUESTIONS: Final = 1_000  # questions whose end was never told (a thread that died) are forgotten beyond this

_ATTRIBUTES: Final = {
    "exception": "exception.type",
    "stage": "fukkatsu.stage",
    "fix": "fukkatsu.fix.id",
    "lives_left": "fukkatsu.lives_left",
}
"""Details that may become attributes of span events, each under its name there. All others stay inside."""
_COUNTED: Final = {
    "failure.seen": ("exception",),
    "candidate.refused": ("stage",),
    "candidate.accepted": (),
    "fix.installed": (),
    "fix.removed": (),
    "flatline": (),
}
"""Events that are counted, and the details (of few values each) by which."""


def instrument(
    tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
) -> Callable[[], None]:
    """Send spans and metrics of every repair from now on.

    Args:
        tracer_provider: Where spans go; default the global one, also when that is set later.
        meter_provider: Likewise for metrics.

    Returns:
        A callable that ends it; calling it twice does no harm.
    """
    return events.subscribe(_Instrument(tracer_provider, meter_provider))


class _Instrument:
    """The hook: one for each `instrument`."""

    def __init__(self, tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None) -> None:
        self._tracer = trace.get_tracer("fukkatsu", __version__, tracer_provider, schema_url=SCHEMA_URL)
        meter = metrics.get_meter("fukkatsu", __version__, meter_provider, schema_url=SCHEMA_URL)
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="GenAI operation duration.",
            explicit_bucket_boundaries_advisory=DURATION_BUCKETS,
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=TOKEN_BUCKETS,
        )
        self._steps = meter.create_counter(
            "fukkatsu.repair.steps", unit="{step}", description="Steps of repairs, by name and function."
        )
        self._open: dict[int, tuple[Span, Any, float, dict[str, str | int]]] = {}
        self._lock = Lock()

    def __call__(self, event: Event) -> None:
        if event.name == "suggestion.requested":
            self._begin(event)
        elif event.name in ("suggestion.received", "suggestion.failed"):
            self._end(event)
        else:
            self._note(event)

    def _begin(self, event: Event) -> None:
        """The span of one question; it is current until the answer is there, so that the HTTP client's hangs below."""
        details = event.details
        about: dict[str, str | int] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": str(details.get("provider", "custom")),
        }
        for key, name in (("model", "gen_ai.request.model"), ("server", "server.address"), ("port", "server.port")):
            if details.get(key):
                about[name] = details[key]
        span = self._tracer.start_span(
            f"chat {details['model']}" if details.get("model") else "chat",
            kind=SpanKind.CLIENT,
            attributes={**about, "code.function.name": event.function},
        )
        token = context.attach(trace.set_span_in_context(span))
        with self._lock:
            self._open[details["request"]] = span, token, perf_counter(), about
            while len(self._open) > OPEN_QUESTIONS:
                del self._open[next(iter(self._open))]

    def _end(self, event: Event) -> None:
        details = event.details
        with self._lock:
            opened = self._open.pop(details["request"], None)
        if opened is None:
            return  # asked before `instrument`
        span, token, began, about = opened
        seconds = perf_counter() - began
        context.detach(token)
        if details.get("model"):
            about["gen_ai.response.model"] = details["model"]
            span.set_attribute("gen_ai.response.model", details["model"])
        if event.name == "suggestion.failed":
            about["error.type"] = str(details.get("error", "_OTHER"))
            span.set_attribute("error.type", about["error.type"])
            span.set_status(Status(StatusCode.ERROR))
        for key, kind in (("prompt_tokens", "input"), ("completion_tokens", "output")):
            count = details.get(key)
            if count:  # 0 says that the server did not tell
                span.set_attribute(f"gen_ai.usage.{kind}_tokens", count)
                self._tokens.record(count, {**about, "gen_ai.token.type": kind})
        self._duration.record(seconds, about)
        span.end()

    def _note(self, event: Event) -> None:
        known = {name: event.details[key] for key, name in _ATTRIBUTES.items() if event.details.get(key) is not None}
        trace.get_current_span().add_event(f"fukkatsu.{event.name}", {"code.function.name": event.function, **known})
        by = _COUNTED.get(event.name)
        if by is not None:
            counted = {_ATTRIBUTES[key]: event.details[key] for key in by if event.details.get(key) is not None}
            self._steps.add(1, {"fukkatsu.step": event.name, "code.function.name": event.function, **counted})
