"""What a correction asks by identity, or what containers ask by it, has the same answer in a trial as in production."""

from __future__ import annotations

import cmath
import dataclasses
import datetime
import functools
import json
import math
import pickle
import uuid

import numpy as np
import pytest

from fukkatsu import Call, Policy, verify
from fukkatsu._oracle import values
from fukkatsu._reach import may_hold_nan, tokens_of
from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry_call, carry_original

NAN = float("nan")
ROWS = [1.0, NAN]


class Settings:
    def __init__(self, n=1):
        self.n = n


CURRENT = Settings(2)


@functools.lru_cache
def default():
    return Settings(3)


@functools.cache
def unbounded():
    return Settings(4)


def shared(_settings=Settings(5)):
    return _settings


def holding():
    settings = Settings(6)

    def held():
        return settings

    return held


held = holding()


def current():
    return CURRENT


def through():
    return current()


def asked(x, how):
    return {
        "math": lambda: [x in (math.nan,), [x] == [math.nan], {math.nan: 1}.get(x)],
        "numpy": lambda: [x in (np.nan,), x in (math.nan,)],
        "json": lambda: [x] == json.loads("[NaN]"),
        "cmath": lambda: [x] == [cmath.nanj],
        "own": lambda: [x in ROWS, ROWS.count(x)],
        "inside": lambda: [x[0] == x[1], x[0].count(x[1][0]), x[2] in x[0], x[0] == [NAN]],
        "date": lambda: x is datetime.date.min,
        "moment": lambda: x is datetime.datetime.max,
        "resolution": lambda: x is datetime.timedelta.resolution,
        "zone": lambda: [x is datetime.timezone.min, x is datetime.UTC],
        "namespace": lambda: x is uuid.NAMESPACE_DNS,
        "missing": lambda: [x is dataclasses.MISSING, x is dataclasses.KW_ONLY],
        "cached": lambda: [x is default(), default() is default(), x is unbounded(), x.n],
        "held": lambda: [x is shared(), x is held(), x is through(), x.n],
    }[how]()


def in_a_trial(function, *args):
    """What *function* answers in a runner that knows what it reaches."""
    arguments = carry_call(args, {}, tokens=tokens_of(function))
    run = pool.run(pool.original_subject(carry_original(function)), [pool.Step("call", arguments)], Policy())
    assert run.ended == "finished", run
    assert run.outcomes[0].kind == "returned", run.outcomes[0]
    return values.rebuild(run.outcomes[0].value)


VALUES = {
    "math.nan": (math.nan, "math"),
    "a NaN of its own": (float("nan"), "math"),
    "numpy.nan": (np.nan, "numpy"),
    "NaN of JSON": (json.loads("NaN"), "json"),
    "another NaN than that of JSON": (float("nan"), "json"),
    "cmath.nanj": (cmath.nanj, "cmath"),
    "a NaN of the module": (NAN, "own"),
    "a NaN that is not the module's": (float("nan"), "own"),
    "the same NaN twice": ([[NAN], [NAN], NAN], "inside"),
    "three NaNs": ([[float("nan")], [float("nan")], float("nan")], "inside"),
    "no NaN": ([[1.0], [1.0], 1.0], "inside"),
    "date.min": (datetime.date.min, "date"),
    "a date like date.min": (datetime.date(1, 1, 1), "date"),
    "datetime.max": (datetime.datetime.max, "moment"),
    "timedelta.resolution": (datetime.timedelta.resolution, "resolution"),
    "another timedelta": (datetime.timedelta(microseconds=1), "resolution"),
    "timezone.min": (datetime.timezone.min, "zone"),
    "UTC": (datetime.UTC, "zone"),
    "NAMESPACE_DNS": (uuid.NAMESPACE_DNS, "namespace"),
    "a UUID like it": (uuid.UUID(str(uuid.NAMESPACE_DNS)), "namespace"),
    "MISSING": (dataclasses.MISSING, "missing"),
    "KW_ONLY": (dataclasses.KW_ONLY, "missing"),
    "what a cache holds": (default(), "cached"),
    "what a cache without a bound holds": (unbounded(), "cached"),
    "what no cache holds": (Settings(), "cached"),
    "a default of a helper": (shared(), "held"),
    "a closure variable of a helper": (held(), "held"),
    "a global of a helper": (CURRENT, "held"),
    "what no helper has": (Settings(), "held"),
}


@pytest.mark.parametrize("which", VALUES)
def test_what_is_one_object_in_the_program_is_one_in_a_trial_and_no_other_is(which):
    """Asked by ``is``, or by a container, which asks for identity before equality."""
    value, how = VALUES[which]
    expected = asked(value, how)
    assert in_a_trial(asked, value, how) == expected
    assert in_a_trial(asked, value, how) == expected


def test_only_what_may_hold_a_nan_is_looked_through_for_one():
    """Whatever else travels is pickled once."""
    for nan in (math.nan, -math.nan, math.inf - math.inf, complex(0.0, math.nan)):
        assert may_hold_nan(pickle.dumps([1.0, nan], 5))
    assert not may_hold_nan(pickle.dumps([1.0, math.inf, -math.inf, 1e-300, "nan", b"\x7f\xf8"], 5))


def price(x, text):
    """The price in cents."""
    if x is shared() or x is held() or x is default():
        return 0
    return int(text)


ASKING = {
    "a NaN": ("import math", "x in (math.nan,)", math.nan),
    "a constant of the library": ("import datetime", "x is datetime.date.min", datetime.date.min),
    "what a cached function holds": ("", "x.n == 3 and x is default()", default()),
}


@pytest.mark.parametrize("what", ASKING)
def test_a_correction_that_acts_otherwise_in_a_trial_by_an_identity_is_refused(what):
    """It would answer -1 from its acceptance on."""
    imports, condition, value = ASKING[what]
    text = (
        f"{imports}\n\ndef price(x, text):\n    if {condition}:\n        return -1\n"
        "    if x is shared() or x is held() or x is default():\n        return 0\n"
        "    return int(text.replace(',', ''))\n"
    ).lstrip()
    report = verify(text, price, failure=Call((value, "1,000")), good_calls=[Call((value, "5"))])
    assert report.refused_by == "good-calls", str(report)
    right = text.replace(f"if {condition}:\n        return -1\n    ", "")
    assert verify(right, price, failure=Call((1, "1,000")), good_calls=[Call((math.nan, "5")), Call((3, "6"))]).accepted
