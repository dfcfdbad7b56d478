"""What the decorator is told is validated when it is told."""

from __future__ import annotations

import math

import pytest

import fukkatsu
from fukkatsu import Budget, Checks, ConfigurationError, DecorationError, configure, resurrect
from fukkatsu._settings import check_files, resolve


@pytest.fixture(autouse=True)
def _unconfigured():
    yield
    from fukkatsu import _settings

    _settings._configured.clear()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lives": 0}, "lives=0"),
        ({"lives": -1}, "lives=-1"),
        ({"lives": 1.5}, "lives=1.5"),
        ({"lives": True}, "lives=True"),
        ({"attempts": 0}, "attempts=0"),
        ({"deadline_seconds": 0}, "deadline_seconds=0"),
        ({"deadline_seconds": -3.0}, "deadline_seconds=-3.0"),
        ({"deadline_seconds": math.nan}, "deadline_seconds=nan"),
        ({"deadline_seconds": math.inf}, "deadline_seconds=inf"),
        ({"deadline_seconds": "60"}, "deadline_seconds='60'"),
        ({"additional_req": None}, "additional_req=None"),
        ({"verify": "yes"}, "verify='yes'"),
        ({"install": "swap"}, "install='swap'"),
        ({"when": "later"}, "when='later'"),
        ({"approve": "never"}, "approve='never'"),
        ({"on_flatline": "ignore"}, "on_flatline='ignore'"),
        ({"catch": BaseException}, "catch="),
        ({"catch": KeyboardInterrupt}, "catch="),
        ({"catch": "ValueError"}, "catch='ValueError'"),
        ({"ignore": (1,)}, "ignore=(1,)"),
        ({"provider": "gpt"}, "provider='gpt'"),
        ({"redact": 1}, "redact=1"),
        ({"policy": "strict"}, "policy='strict'"),
        ({"checks": []}, "checks=[]"),
        ({"budget": 3}, "budget=3"),
        ({"store": 5}, "store=5"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name_at_decoration(given, said):
    """Not at the first failure, at night: the text names the parameter and the value."""
    with pytest.raises(ConfigurationError) as info:
        resurrect(**given)
    assert said in str(info.value)


def test_an_unknown_keyword_names_the_nearest_known_one():
    """A typing error must not silently do nothing."""
    with pytest.raises(TypeError, match="'live'; did you mean 'lives'"):
        resurrect(live=2)


def test_a_cool_down_of_zero_is_none():
    """Tests, and people who pay by the month, want to ask again at once."""
    assert Budget(cooldown_seconds=0).cooldown_seconds < 1e-6


@pytest.mark.parametrize("field", ["requests_per_hour", "tokens_per_day", "seconds_per_hour", "cooldown_seconds"])
@pytest.mark.parametrize("value", [0, -1, math.nan, "5"])
def test_a_budget_without_a_meaning_is_refused(field, value):
    """Zero, below zero and NaN are no limits; zero seconds of cool-down are none."""
    if field == "cooldown_seconds" and value == 0:
        value = -0.5
    with pytest.raises(fukkatsu.PolicyError, match=field):
        Budget(**{field: value})


@pytest.mark.parametrize(
    "given",
    [{"examples": 0}, {"seconds": math.nan}, {"contract": "maybe"}, {"tests": (1,)}, {"minimum": -1}, {"preserve": 2}],
)
def test_checks_without_a_meaning_are_refused(given):
    """Each by the name of its field."""
    with pytest.raises(fukkatsu.PolicyError, match=next(iter(given))):
        Checks(**given)


def test_the_decorator_wins_over_configure_and_configure_over_the_defaults():
    """The nearest word counts."""
    configure(lives=3, attempts=7)
    assert resolve({}).lives == 3
    settings = resolve({"lives": 2})
    assert (settings.lives, settings.attempts) == (2, 7)
    configure(lives=None)
    assert resolve({}).lives == 1


def test_configure_with_a_wrong_value_changes_nothing():
    """Half a configuration would be worse than none."""
    configure(lives=3)
    with pytest.raises(ConfigurationError):
        configure(lives=4, attempts=0)
    assert resolve({}).lives == 3


def test_configure_names_what_it_does_not_know():
    """The same rule as for the decorator."""
    with pytest.raises(TypeError, match="did you mean 'provider'"):
        configure(providr=print)


def test_a_function_decorated_twice_is_told_to_take_one_away():
    """`resurrect(resurrect(f))` would heal the healer; what is meant is another life."""

    @resurrect
    def half(x):
        return x / 2

    with pytest.raises(DecorationError, match=r"cannot heal .*half twice: .* Take one of the two away; .*lives=2"):
        resurrect(half)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FUKKATSU", "of", "must be 'off'.*did you mean 'off'"),
        ("FUKKATSU", "maybe", "must be 'off'"),
        ("FUKKATSU_POLCY", "x.toml", "did you mean FUKKATSU_POLICY"),
        ("FUKKATSU_STOR", "sqlite://", "did you mean FUKKATSU_STORE"),
    ],
)
def test_a_variable_that_means_nothing_is_said_at_decoration(monkeypatch, name, value, said):
    """Somebody thinks that nothing is healed, or that a policy is in force."""
    monkeypatch.setenv(name, value)
    check_files.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match=said):
            resurrect(test_a_variable_that_means_nothing_is_said_at_decoration)
    finally:
        check_files.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"), [("FUKKATSU", "on"), ("FUKKATSU", " Yes "), ("FUKKATSU_REQUIRE_SOMETHING", "1")]
)
def test_other_variables_are_somebody_elses(monkeypatch, name, value):
    """And the switch may say that it is on."""
    monkeypatch.setenv(name, value)
    check_files.cache_clear()
    check_files()
