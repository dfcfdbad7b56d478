"""What a suggestion made of a secret does not travel back to the model that wrote it."""

from __future__ import annotations

import contextlib

import pytest

from fukkatsu import FlatlineError, resurrect
from fukkatsu.testing import ScriptedServer

pytestmark = pytest.mark.once  # what is said to a model, and what is made of it

PASSWORD = "hunter2secret"
API_TOKEN = "tok-of-the-service-9f8e"


def login(user, password, tries):
    """Seconds to wait."""
    return len(user + password) / tries


def call_service(name, tries):
    """Seconds to wait."""
    return len(name + API_TOKEN) / tries


def half(number, parts):
    """Part of a number."""
    return number / parts


LEAKS = {
    "raised": "raise ValueError(' '.join({secret}))",
    "returned": "return ' '.join({secret})",
    "printed": "print(' '.join({secret}))\n    return 1 / 0",
    "reversed": "raise KeyError({secret}[::-1])",
}


@pytest.fixture
def serve(monkeypatch):
    """Starts a scripted server that the SDK is pointed at."""
    with contextlib.ExitStack() as stack:

        def start(*replies):
            server = stack.enter_context(ScriptedServer(list(replies)))
            monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
            monkeypatch.setenv("OPENAI_API_KEY", "a-key-for-tests")
            return server

        yield start


def body(function, statement, secret):
    """A correction of *function* that does this."""
    parameters = ", ".join(function.__code__.co_varnames[: function.__code__.co_argcount])
    return f"```python\ndef {function.__name__}({parameters}):\n    {statement.format(secret=secret)}\n```"


def spelled(secret):
    """How the suggestions above would tell it."""
    return (secret, " ".join(secret), secret[::-1])


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize(("function", "secret"), [(login, "password"), (call_service, "API_TOKEN")])
def test_a_masked_value_does_not_come_back_by_a_refusal(serve, leak, function, secret):
    """An argument, or a global that the original reads; raised, returned on a good call, printed, turned around."""
    value = PASSWORD if secret == "password" else API_TOKEN
    server = serve(*[body(function, LEAKS[leak], secret)] * 2)
    healed = resurrect(attempts=2)(function)
    good, failing = (("ann", PASSWORD, 2), ("ann", PASSWORD, 0)) if function is login else (("ann", 2), ("ann", 0))
    healed(*good)
    with pytest.raises(FlatlineError) as caught:
        healed(*failing)
    assert len(server.requests) == 2
    for prompt in server.prompts:
        for text in spelled(value):
            assert text not in prompt
    if caught.value.reports[0].refused_by != "static":  # which is said in full: nothing had run
        assert "values are withheld" in server.prompts[1]
    assert str(caught.value.reports[0].refused_by) in server.prompts[1]


def test_a_masked_value_is_withheld_where_it_would_travel(serve):
    """The suggestion ran, and told the password in its exception."""
    server = serve(*[body(login, LEAKS["raised"], "password")] * 2)
    with pytest.raises(FlatlineError) as caught:
        resurrect(attempts=2)(login)("ann", PASSWORD, 0)
    assert caught.value.reports[0].refused_by == "failing-call"
    assert "values are withheld" in server.prompts[1]


def test_where_nothing_is_secret_the_model_is_told_what_went_wrong(serve):
    """With values: that is what it learns from."""
    server = serve(*[body(half, "return number // parts if parts else 0.0", "")] * 2)
    healed = resurrect(attempts=2)(half)
    assert healed(7, 2) == 3.5
    with pytest.raises(FlatlineError):
        healed(7, 0)
    assert "3.5 became 3" in server.prompts[1]
    assert "values are withheld" not in server.prompts[1]


def test_a_refusal_of_the_text_alone_is_told_in_full(serve):
    """Nothing had run: there is nothing to withhold."""
    server = serve(*[body(login, "return open('/etc/passwd')", "")] * 2)
    with pytest.raises(FlatlineError):
        resurrect(attempts=2)(login)("ann", PASSWORD, 0)
    assert "`open(...)`" in server.prompts[1]
