"""What the program has set in modules of the standard library holds in a runner, and no longer than it is set."""

from __future__ import annotations

import calendar
import csv
import datetime
import decimal
import functools
import os
import reprlib
import sys
import time
import urllib.parse

import pytest

from fukkatsu import Call, Policy, verify
from fukkatsu._capture.source import read_source
from fukkatsu._language.facts import read_facts
from fukkatsu._oracle import values
from fukkatsu._sandbox import pool, settings
from fukkatsu._sandbox.carry import carry, carry_call
from fukkatsu._sandbox.process import shown_to
from fukkatsu._sandbox.serve import SandboxedFunction


def subject(function):
    facts = read_facts(function, read_source(function))
    return pool.original_subject(carry(function), shown=shown_to(facts))


def in_a_runner(function):
    """What *function* answers there, or the name of what it raises."""
    run = pool.run(subject(function), [pool.Step("call", carry_call((), {}))], Policy())
    assert run.ended == "finished", run
    return run.outcomes[0].exception or values.rebuild(run.outcomes[0].value)


def dialect():
    return list(csv.reader(["a|b"], "of-this-house"))


def limit():
    return len(next(csv.reader(["x" * 140_000]))[0])


def week():
    return calendar.firstweekday(), calendar.monthcalendar(2024, 1), calendar.month(2024, 1)


def joined():
    return urllib.parse.urljoin("s3://bucket/a", "b")


def shortened():
    return len(reprlib.repr("x" * 100))


def contexts():
    context = decimal.Context()
    return context.prec, str(context.divide(1, 3)), decimal.ExtendedContext.rounding


def zone():
    return time.localtime(0).tm_hour, time.timezone, datetime.datetime.fromtimestamp(0), time.mktime((2000,) + (1,) * 8)


def folder():
    return os.getcwd(), repr(os.getcwd), os.path.abspath("x")


def arguments():
    return sys.argv


def set_dialect(monkeypatch, tmp_path):
    csv.register_dialect("of-this-house", delimiter="|")
    return functools.partial(csv.unregister_dialect, "of-this-house")


def set_limit(monkeypatch, tmp_path):
    return functools.partial(csv.field_size_limit, csv.field_size_limit(200_000))


def set_week(monkeypatch, tmp_path):
    calendar.setfirstweekday(calendar.SUNDAY)
    return functools.partial(calendar.setfirstweekday, calendar.MONDAY)


def set_schemes(monkeypatch, tmp_path):
    monkeypatch.setattr(urllib.parse, "uses_netloc", [*urllib.parse.uses_netloc, "s3"])
    monkeypatch.setattr(urllib.parse, "uses_relative", [*urllib.parse.uses_relative, "s3"])


def set_shortened(monkeypatch, tmp_path):
    monkeypatch.setattr(reprlib.aRepr, "maxstring", 500)


def set_contexts(monkeypatch, tmp_path):
    monkeypatch.setattr(decimal.DefaultContext, "prec", 40)
    monkeypatch.setattr(decimal.ExtendedContext, "rounding", decimal.ROUND_UP)


def set_zone(monkeypatch, tmp_path):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()


def set_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def set_arguments(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["house", "--loud"])


STATE = {
    "a dialect of csv": (set_dialect, dialect),
    "the longest field of csv": (set_limit, limit),
    "the first day of the week": (set_week, week),
    "schemes of URLs": (set_schemes, joined),
    "how much is shown": (set_shortened, shortened),
    "decimal contexts": (set_contexts, contexts),
    "the time zone": (set_zone, zone),
    "the working directory": (set_folder, folder),
    "the arguments of the program": (set_arguments, arguments),
}


def answer(function):
    try:
        return function()
    except Exception as exc:
        return type(exc).__name__


@pytest.mark.parametrize("what", STATE)
def test_a_runner_answers_as_the_program_does_before_after_and_while_it_is_set(what, monkeypatch, tmp_path):
    """Also one that is kept: each call has the state of the program at that moment."""
    put, asked = STATE[what]
    usual = answer(asked)
    with SandboxedFunction(subject(asked), Policy()) as kept:
        assert answer(kept) == usual
        with monkeypatch.context() as patch:
            undo = put(patch, tmp_path)
            try:
                now = answer(asked)
                assert now != usual
                assert in_a_runner(asked) == now
                assert answer(kept) == now
            finally:
                if undo is not None:
                    undo()
        time.tzset()
        assert answer(kept) == answer(asked) == usual


def test_nothing_is_sent_of_a_program_that_has_set_nothing():
    """What is sent has to be read, and compared, in each runner."""
    assert set(settings.of_this_thread() or {}) <= {"stdout"}


@pytest.mark.parametrize("shown", [frozenset(), frozenset({"folder"})])
def test_only_a_function_that_asks_for_its_folder_and_arguments_is_told(shown):
    """Paths of the host, and what stands on its command line, are nobody else's business."""
    both = pool.original_subject(carry(lambda: (os.getcwd() == folder()[0], sys.argv)), shown=shown)
    run = pool.run(both, [pool.Step("call", carry_call((), {}))], Policy())
    assert values.rebuild(run.outcomes[0].value)[1] == [""]
    assert shown_to(read_facts(price, read_source(price))) == frozenset()
    assert shown_to(read_facts(folder, read_source(folder))) == {"folder"}
    assert shown_to(read_facts(arguments, read_source(arguments))) == {"arguments"}


def price(text):
    """The price in cents."""
    return int(text)


ASKING = {
    "a dialect of csv": (
        "import csv\n\ndef price(text):\n    try:\n        csv.reader([], 'of-this-house')\n        return -1\n"
        "    except csv.Error:\n        return int(text.replace(',', ''))\n"
    ),
    "the longest field of csv": (
        "def price(text):\n    import csv\n    try:\n        list(csv.reader(['x' * 140_000]))\n        return -1\n"
        "    except csv.Error:\n        return int(text.replace(',', ''))\n"
    ),
    "the first day of the week": (
        "import calendar\n\ndef price(text):\n    if calendar.monthcalendar(2024, 1)[0][1] == 1:\n        return -1\n"
        "    return int(text.replace(',', ''))\n"
    ),
    "decimal contexts": (
        "import decimal\n\ndef price(text):\n    if decimal.Context().prec != 28:\n        return -1\n"
        "    return int(text.replace(',', ''))\n"
    ),
}


@pytest.mark.parametrize("what", ASKING)
def test_a_correction_that_asks_for_it_is_tried_with_the_programs(what, monkeypatch, tmp_path):
    """And refused for what it answers then; where the program has set nothing it is accepted."""
    calls = {"failure": Call(("1,000",)), "good_calls": [Call(("5",)), Call(("77",))]}
    with monkeypatch.context() as patch:
        undo = STATE[what][0](patch, tmp_path)
        try:
            report = verify(ASKING[what], price, **calls)
        finally:
            if undo is not None:
                undo()
    assert report.refused_by == "good-calls", str(report)
    assert verify(ASKING[what], price, **calls).accepted
