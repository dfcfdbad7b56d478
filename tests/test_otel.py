"""Spans and metrics after the GenAI conventions: of every question to a model, and nothing of what was in it."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing

import pytest

pytest.importorskip("opentelemetry.sdk")

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from fukkatsu import Completion, FlatlineError, Store, resurrect
from fukkatsu import _asking as asking
from fukkatsu.otel import instrument
from fukkatsu.testing import Answer, ScriptedServer

FIXED = "```python\ndef share(x, y):\n    if y == 0:\n        return 0.0\n    return x / y\n```"
WRONG = "```python\ndef share(x, y):\n    return x / (y + 0)\n```"


class Telemetry:
    """The SDK with exporters that keep everything."""

    def __init__(self):
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers, self.meters = TracerProvider(), MeterProvider([self.reader])
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.tracers.get_tracer("a program")

    @property
    def spans(self):
        return self.exporter.get_finished_spans()

    def chats(self):
        return [span for span in self.spans if span.kind is SpanKind.CLIENT]

    def points(self, name):
        data = self.reader.get_metrics_data()
        metrics = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics if m.name == name]
        return [point for metric in metrics for point in metric.data.data_points]


@pytest.fixture
def telemetry():
    asking.reset()
    sdk = Telemetry()
    end = instrument(sdk.tracers, sdk.meters)
    yield sdk
    end()
    asking.reset()


@pytest.fixture
def serving(monkeypatch):
    def start(answer):
        server = ScriptedServer(answer).start()
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "test")
        return closing(server)

    return start


def sharing(provider=None, **options):
    @resurrect(provider=provider, store=Store(), **options)
    def share(x, y):
        return x / y

    return share


def test_a_question_to_a_server_is_a_client_span_of_the_genai_conventions(telemetry, serving, monkeypatch):
    """Names, kind and attributes as collectors look for them."""
    monkeypatch.setenv("FUKKATSU_MODEL", "a-model")
    with serving(FIXED):
        assert sharing()(1, 0) == 0.0
    (span,) = telemetry.chats()
    assert span.name == "chat a-model"
    assert span.status.status_code is StatusCode.UNSET
    attributes = dict(span.attributes)
    assert attributes.pop("gen_ai.usage.input_tokens") > 0
    assert attributes.pop("gen_ai.usage.output_tokens") > 0
    assert attributes.pop("gen_ai.response.model")
    assert attributes.pop("server.port") > 0
    assert attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "a-model",
        "server.address": "127.0.0.1",
        "code.function.name": "sharing.<locals>.share",
    }


def test_tokens_and_time_are_the_two_histograms_of_the_conventions(telemetry):
    """With the boundaries that the conventions ask for, so that dashboards add up."""
    answer = Completion(FIXED, "m-1", prompt_tokens=120, completion_tokens=30)
    assert sharing(lambda messages: answer)(1, 0) == 0.0
    tokens = {point.attributes["gen_ai.token.type"]: point for point in telemetry.points("gen_ai.client.token.usage")}
    assert {kind: point.sum for kind, point in tokens.items()} == {"input": 120, "output": 30}
    assert list(tokens["input"].explicit_bounds)[:4] == [1, 4, 16, 64]
    (duration,) = telemetry.points("gen_ai.client.operation.duration")
    assert duration.count == 1
    assert list(duration.explicit_bounds)[:3] == [0.01, 0.02, 0.04]
    assert dict(duration.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "custom",
        "gen_ai.response.model": "m-1",
    }
    (span,) = telemetry.chats()
    assert (span.attributes["gen_ai.usage.input_tokens"], span.attributes["gen_ai.usage.output_tokens"]) == (120, 30)


def test_tokens_that_nobody_told_are_not_reported_as_none_at_all(telemetry):
    """0 tokens would be a claim."""
    assert sharing(lambda messages: FIXED)(1, 0) == 0.0
    assert telemetry.points("gen_ai.client.token.usage") == []
    (span,) = telemetry.chats()
    assert "gen_ai.usage.input_tokens" not in span.attributes


def test_a_question_without_an_answer_is_a_failed_span(telemetry, serving):
    """`error.type` is the kind of the `ProviderError`."""
    with serving(Answer(status=401)), pytest.raises(FlatlineError):
        sharing()(1, 0)
    (span,) = telemetry.chats()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "authentication"
    (duration,) = telemetry.points("gen_ai.client.operation.duration")
    assert duration.attributes["error.type"] == "authentication"


def test_the_span_hangs_below_the_programs_and_above_its_clients(telemetry):
    """A trace of a request shows the repair in its place."""
    inside = []

    def provider(messages):
        inside.append(trace.get_current_span().get_span_context().span_id)
        return FIXED

    with telemetry.tracer.start_as_current_span("request") as request:
        assert sharing(provider)(1, 0) == 0.0
        assert trace.get_current_span() is request
    (chat,) = telemetry.chats()
    assert inside == [chat.context.span_id]
    assert chat.parent.span_id == request.get_span_context().span_id


def test_the_other_steps_are_events_on_the_programs_span_and_counts(telemetry):
    """What happened to the request, on the request."""
    replies = iter([WRONG, FIXED])
    with telemetry.tracer.start_as_current_span("request"):
        assert sharing(lambda messages: next(replies))(1, 0) == 0.0
    (request,) = [span for span in telemetry.spans if span.name == "request"]
    assert [event.name for event in request.events] == [
        "fukkatsu.failure.seen",
        "fukkatsu.candidate.refused",
        "fukkatsu.candidate.accepted",
        "fukkatsu.fix.installed",
    ]
    assert request.events[1].attributes["fukkatsu.stage"] == "failing-call"
    steps = {point.attributes["fukkatsu.step"]: point.value for point in telemetry.points("fukkatsu.repair.steps")}
    assert steps == {"failure.seen": 1, "candidate.refused": 1, "candidate.accepted": 1, "fix.installed": 1}


def test_a_coroutines_repair_belongs_to_the_task_that_failed(telemetry):
    """Context goes along into the repair's thread and back onto the loop."""

    async def provider(messages):
        return FIXED.replace("def share", "async def share")

    @resurrect(provider=provider, store=Store())
    async def share(x, y):
        return x / y

    async def main():
        with telemetry.tracer.start_as_current_span("request") as request:
            assert await share(1, 0) == 0.0
            return request.get_span_context().span_id

    request = asyncio.run(main())
    (chat,) = telemetry.chats()
    assert chat.parent.span_id == request


def test_nothing_of_the_call_the_source_or_the_conversation_is_exported(telemetry):
    """Arguments, secrets, source, prompt, reply, reasons: an exporter sends what it gets to a third party."""

    @resurrect(provider=lambda messages: WRONG + "\n# marker-of-the-reply", store=Store(), attempts=2)
    def share(x, y):
        """marker-of-the-docstring"""
        password = "marker-of-the-source"
        return len(x + password) / y

    with telemetry.tracer.start_as_current_span("request"), pytest.raises(FlatlineError):
        share("marker-of-the-argument", 0)
    exported = [json.loads(span.to_json()) for span in telemetry.spans]
    text = json.dumps([exported, json.loads(telemetry.reader.get_metrics_data().to_json())])
    assert len(telemetry.chats()) == 2
    assert "marker" not in text
    assert "division" not in text


def test_an_instrument_that_breaks_does_not_break_a_repair(telemetry, caplog):
    """It is a hook like any other."""

    class Broken(TracerProvider):
        def get_tracer(self, *args, **kwargs):
            class Tracer:
                def start_span(self, *args, **kwargs):
                    raise ConnectionError("the collector is gone")

            return Tracer()

    end = instrument(Broken(), telemetry.meters)
    try:
        assert sharing(lambda messages: FIXED)(1, 0) == 0.0
    finally:
        end()
    assert "the collector is gone" in caplog.text


def test_after_its_end_nothing_is_sent(telemetry):
    """And ending twice does no harm."""
    end = instrument(telemetry.tracers, telemetry.meters)
    end()
    end()
    assert sharing(lambda messages: FIXED)(1, 0) == 0.0
    assert len(telemetry.chats()) == 1
