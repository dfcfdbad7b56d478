"""A runner computes as the host does: under the caller's decimal context, and with the same time zones."""

from __future__ import annotations

import contextvars
import decimal
import zoneinfo
from decimal import Decimal

import pytest

from fukkatsu import FlatlineError, Store, resurrect
from fukkatsu._oracle import values
from fukkatsu._sandbox import carry, pool
from fukkatsu._sandbox.serve import SandboxedFunction
from fukkatsu.policy import Policy

CONTEXTS = {
    "usual": {}, "precision": {"prec": 11}, "rounding": {"prec": 5, "rounding": decimal.ROUND_UP},
    "exponents": {"Emin": -5, "Emax": 5, "clamp": 1, "prec": 3}, "small letters": {"capitals": 0},
    "nothing is trapped": {"traps": []}, "everything is trapped": {"traps": list(decimal.Context().flags)},
}  # fmt: skip


def computed(number):
    """What depends on each part of a context, and what it signalled before."""
    now = decimal.getcontext()
    said = [[signal.__name__ for signal, on in now.flags.items() if on], repr(now).split(", flags")[0]]
    for compute in (lambda: number / 3, lambda: number / 0, lambda: number * 10**9, lambda: Decimal("1E+3") * number):
        try:
            said.append(str(compute()))
        except decimal.DecimalException as error:
            said.append(type(error).__name__)
    return said


def in_a_runner(function, *calls):
    steps = [pool.Step("call", carry.carry_call(args, {})) for args in calls]
    run = pool.run(pool.original_subject(carry.carry(function)), steps, Policy())
    return [values.rebuild(outcome.value) for outcome in run.outcomes]


@pytest.mark.parametrize("name", CONTEXTS)
def test_a_call_is_made_under_the_callers_decimal_context(name):
    """Each of its settings; flags are nobody's: every call begins without."""
    with decimal.localcontext(decimal.Context(**CONTEXTS[name])):
        here = contextvars.copy_context().run(computed, Decimal(7))
    with decimal.localcontext(decimal.Context(**CONTEXTS[name])):
        assert in_a_runner(computed, (Decimal(7),), (Decimal(7),)) == [here, here]


def careless(number):
    """Leaves another context behind."""
    answer = str(Decimal(1) / number)
    decimal.getcontext().prec = 3
    return answer


def test_what_a_call_does_to_its_context_is_not_there_for_the_next():
    """Nor is it in a runner that is kept: there each call has its own caller's."""
    assert in_a_runner(careless, (3,), (3,)) == ["0." + "3" * 28] * 2
    subject = pool.original_subject(carry.carry(careless))
    with SandboxedFunction(subject, Policy()) as served:
        assert served(3) == served(3) == "0." + "3" * 28
        with decimal.localcontext(prec=4):
            assert served(3) == "0.3333"
        assert served(3) == "0." + "3" * 28


FIX = "def share(total, count):\n    if count == 0:\n        return total * 0\n    return total / count\n"


@pytest.mark.parametrize(("precision", "compared"), [(6, 2), (28, 0)])
def test_a_correction_is_judged_under_the_context_of_the_failing_call(model, precision, compared):
    """Good calls that were made under another one do not come again under it: they are left out, and counted so."""

    @resurrect(provider=model(FIX), store=Store(), attempts=1)
    def share(total, count):
        return total / count

    with decimal.localcontext(prec=6):
        for count in (3, 7):
            share(Decimal(1), Decimal(count))
    with decimal.localcontext(prec=precision):
        assert share(Decimal(1), 0) == 0
    evidence = share.fukkatsu.reports[-1].evidence
    assert (evidence["good_calls"], evidence["dropped"]) == (compared, 2 - compared)


def test_a_correction_that_asks_which_context_it_runs_under_is_refused(model):
    """It cannot be right in the sandbox alone."""
    told_apart = (
        "def share(total, count):\n    if count == 0:\n        return total * 0\n"
        "    return total / count if str(total / 3)[20:] else total\n"
    )

    @resurrect(provider=model(told_apart), store=Store(), attempts=1)
    def share(total, count):
        return total / count if isinstance(total, Decimal) else Decimal(total)

    with decimal.localcontext(prec=5):
        for count in (3, 7):
            share(Decimal(1), Decimal(count))
        with pytest.raises(FlatlineError, match="good-calls"):
            share(Decimal(1), 0)


def zones(which):
    if which is None:
        return sorted(zoneinfo.available_timezones())
    return zoneinfo.ZoneInfo(which).key


def test_a_runner_knows_the_time_zones_that_its_host_knows():
    """Also the one that is a link out of the folder of them."""
    here = sorted(zoneinfo.available_timezones())
    assert in_a_runner(zones, (None,)) == [here]
    links = [name for name in ("localtime", "UTC") if name in here]
    assert in_a_runner(zones, *((name,) for name in links)) == links
