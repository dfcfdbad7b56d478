"""What tokens cost is said by whoever pays; a name covers its dated snapshots, and no other model."""

from __future__ import annotations

import pytest

from fukkatsu._cli.exits import CommandError
from fukkatsu._cli.prices import cost, prices_for


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("gpt-4.1", (2.0, 8.0)),
        ("gpt-4.1-2025-04-14", (2.0, 8.0)),
        ("gpt-4.1-20250414", (2.0, 8.0)),
        ("gpt-4.1-mini", None),
        ("gpt-4.1-mini-2025-04-14", None),
        ("gpt-4x1", None),
        ("", None),
    ],
)
def test_a_name_covers_its_snapshots_and_no_smaller_model(monkeypatch, tmp_path, model, found):
    """A price of another model would be an invention."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FUKKATSU_PRICES", raising=False)
    (tmp_path / "fukkatsu.toml").write_text('[prices]\n"gpt-4.1" = [2.0, 8.0]\n')
    assert prices_for(model) == found


@pytest.mark.parametrize("said", ["", "1", "1,2,3", "a,b", "-1,2", "nan,1", "inf,1"])
def test_what_is_no_price_is_refused(said):
    """With how to write one."""
    with pytest.raises(CommandError, match="two numbers"):
        prices_for("m", said)


@pytest.mark.parametrize("text", ["prices = 3", 'prices = ["m"]', '[prices]\nm = "cheap"', "[prices]\nm = 3"])
def test_a_file_that_says_no_price_is_refused(monkeypatch, tmp_path, text):
    """Rather than read as something."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FUKKATSU_PRICES", raising=False)
    (tmp_path / "fukkatsu.toml").write_text(text + "\n")
    with pytest.raises(CommandError, match="prices"):
        prices_for("m")


def test_no_count_of_tokens_is_no_cost_of_zero():
    """Servers need not count."""
    assert cost((1.0, 1.0), 0, 0) is None
    assert cost((0.0, 0.0), 10, 1) == 0
    assert cost(None, 10, 1) is None
