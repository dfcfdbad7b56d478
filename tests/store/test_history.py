"""What was tried is told: failures, and every suggestion for them with its verdicts, in memory and in databases."""

from __future__ import annotations

import sqlite3

import pytest

from fukkatsu import Store
from fukkatsu._model.fix import Fix, FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import STAGES, Report, Verdict
from fukkatsu._store.address import open_backend
from fukkatsu._store.records import Circumstances

KEY = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="p", additional_req="")
TOLD = Circumstances(source="def f(): 1 / 0", filename="m.py", first_line=3, exception="ZeroDivisionError: no")
REFUSAL = Verdict(stage="static", outcome="refused", reason="line 1: eval. Name it in Policy(...)")
ACCEPTED = Report(
    function="f",
    source="def f(): return 2",
    verdicts=tuple(Verdict(stage=stage, outcome="accepted") for stage in STAGES),
)


def refused(number):
    text = f"def f(): eval({number})"
    candidate = Candidate(text=text, model="model-1", prompt_tokens=10, completion_tokens=number)
    return candidate, Report(function="f", source=text, verdicts=(REFUSAL,))


def test_every_attempt_is_told_with_its_verdicts_the_accepted_one_too(store):
    """Oldest first; with the model, its tokens, and the fix that came of it."""
    store.note_failure(KEY, TOLD)
    for number in (1, 2):
        store.note_suggestion(KEY, *refused(number), TOLD)
    assert store.settle()
    store.remember(
        Fix(key=KEY, candidate=Candidate(text=ACCEPTED.source), report=ACCEPTED, id="yes", created=1e11), TOLD
    )
    first, second, third = store.attempts(KEY)
    assert [one.candidate.completion_tokens for one in (first, second)] == [1, 2]
    assert (first.candidate.model, first.candidate.text) == ("model-1", "def f(): eval(1)")
    assert (first.report.refused_by, first.report.reason) == ("static", REFUSAL.reason)
    assert (first.fix_id, third.fix_id) == ("", "yes")
    assert third.report.accepted
    assert {one.signature for one in (first, second, third)} <= {"valid", "unsigned"}
    assert store.attempts(FixKey(module="m", qualname="g", source_sha256="", fingerprint="", additional_req="")) == ()


def test_a_failure_is_told_once_with_how_often_it_was_seen(store):
    """Also one that no suggestion mended: people would not hear of it otherwise."""
    for _ in range(3):
        store.note_failure(KEY, TOLD)
    store.note_suggestion(KEY, *refused(1), TOLD)
    assert store.settle()
    [failure] = store.failures()
    assert (failure.key, failure.seen, failure.refused, failure.fixes) == (KEY, 3, 1, ())
    assert failure.circumstances == TOLD
    assert failure.first_seen <= failure.last_seen
    assert store.failures(failure.digest) == (failure,)
    assert store.failures("another") == ()


@pytest.mark.usefixtures("key")
def test_an_attempt_that_somebody_changed_is_shown_as_such(tmp_path):
    """Nobody runs it; but it is what a person reads."""
    url = f"sqlite:///{tmp_path}/fixes.db"
    store = Store(url, timeout_seconds=10.0)
    store.note_suggestion(KEY, *refused(1), TOLD)
    assert store.settle()
    with sqlite3.connect(tmp_path / "fixes.db") as database:
        database.execute("UPDATE suggestions SET report = 'nonsense'")
    database.close()
    [attempt] = store.attempts(KEY)
    assert (attempt.signature, attempt.report.verdicts) == ("refused", ())
    store.close()
    reader = open_backend(url, None)
    assert reader.attempts(KEY)[0].signature == "unchecked"
    reader.close()
