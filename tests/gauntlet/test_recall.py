"""What `verify` keeps of a function for a minute: it saves the work, and never stands for another function's answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fukkatsu import Call, verify
from fukkatsu._gauntlet import recall

RATE = 2
DOUBLED = "def priced(amount):\n    return amount * 2 if amount is not None else 0\n"


def priced(amount: Any) -> Any:
    return amount * RATE


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    recall.forget()
    yield
    recall.forget()


def ask(source: str, *amounts: object) -> Any:
    return verify(source, priced, failure=Call((None,)), good_calls=[Call((amount,)) for amount in amounts])


def test_a_second_correction_meets_the_same_inputs():
    """The same function, called with the same arguments: labels are made once."""
    first = ask(DOUBLED, 3, 4)
    (kept,) = recall._kept.values()
    labels = kept.evidence.remember("labels", lambda: pytest.fail("there are none"))
    second = ask(DOUBLED.replace("else 0", "else 1"), 3, 4)
    assert first.accepted, str(first)
    assert first.evidence["generated"] == second.evidence["generated"] > 0
    assert list(recall._kept.values()) == [kept]
    assert kept.evidence.remember("labels", lambda: None) is labels


def test_a_changed_global_is_another_function(monkeypatch: pytest.MonkeyPatch):
    """The answers of yesterday's rate are no evidence for today's."""
    assert ask(DOUBLED, 3, 4).accepted
    monkeypatch.setitem(globals(), "RATE", 5)
    report = ask(DOUBLED, 3, 4)
    assert report.refused_by == "good-calls", str(report)
    assert len(recall._kept) == 2


def test_other_calls_are_another_question():
    """Inputs are made from what was seen."""
    ask(DOUBLED, 3, 4)
    ask(DOUBLED, 3, 5)
    assert len(recall._kept) == 2


def test_what_is_kept_grows_old(monkeypatch: pytest.MonkeyPatch):
    """An original may ask what day it is."""
    monkeypatch.setattr(recall, "KEPT_SECONDS", -1.0)
    ask(DOUBLED, 3, 4)
    (before,) = recall._kept.values()
    ask(DOUBLED, 3, 4)
    (after,) = recall._kept.values()
    assert before.evidence is not after.evidence


def test_no_more_than_a_few_functions_are_kept():
    """Memory is bounded, whoever asks."""
    for number in range(recall.MOST_FUNCTIONS + 2):
        verify("def priced(amount:\n", priced, good_calls=[Call((number,))])
    assert len(recall._kept) == recall.MOST_FUNCTIONS
