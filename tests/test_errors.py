"""Exceptions survive the ways that programs send them."""

from __future__ import annotations

import copy
import pickle

import pytest

from fukkatsu import FlatlineError, ProviderError, Report
from fukkatsu.errors import FukkatsuError


def a_flatline():
    report = Report(function="f", source="def f(): pass", verdicts=())
    return FlatlineError("f", "nothing was accepted", (report,), ZeroDivisionError("division by zero"))


@pytest.mark.parametrize("send", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_a_flatline_keeps_its_reports_and_its_cause_on_its_way(send):
    """Task queues and process pools pickle exceptions, and pickle alone drops the cause."""
    sent = send(a_flatline())
    assert str(sent) == str(a_flatline())
    assert isinstance(sent.__cause__, ZeroDivisionError)
    assert sent.__cause__ is sent.original
    assert sent.reports[0].refused_by == "static"


def test_the_text_of_a_flatline_opens_with_its_line():
    """The words of the first releases."""
    assert str(a_flatline()).startswith("|__|__|______ f flatlined: nothing was accepted")


def test_every_exception_of_ours_is_one_of_ours():
    """One `except` for all, and each with its own parent for people who know it."""
    assert issubclass(FlatlineError, FukkatsuError)
    error = pickle.loads(pickle.dumps(ProviderError("timeout", "too slow")))
    assert (error.kind, str(error)) == ("timeout", "too slow")
