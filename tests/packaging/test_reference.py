"""Every public name is explained, with an example and in the reference."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

import fukkatsu
from fukkatsu import errors

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", fukkatsu.__all__)
def test_every_public_name_is_shown_by_example(name):
    """Named on the page, and used in an example or described in a table."""
    assert re.search(rf"`{name}[`(]", (DOCS / "api.md").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(set(fukkatsu.__all__) - {"Provider"}))
def test_every_public_name_is_in_the_reference(name):
    """`Provider` is a type, explained where providers are; the errors come as one module."""
    page = (DOCS / "reference.md").read_text("utf-8")
    home = fukkatsu._HOMES[name]
    assert f"::: fukkatsu.{home}.{name}\n" in page or (hasattr(errors, name) and "::: fukkatsu.errors" in page)


@pytest.mark.parametrize("settings", [fukkatsu.Budget, fukkatsu.Checks])
def test_every_field_of_budget_and_checks_is_described(settings):
    """Also those that few people need."""
    text = (DOCS / "api.md").read_text("utf-8")
    assert [field.name for field in dataclasses.fields(settings) if f"`{field.name}`" not in text] == []


def test_every_docstring_of_a_public_name_says_something():
    """`help(fukkatsu.warm)` is where many look first."""
    silent = [name for name in fukkatsu.__all__ if name != "Provider" and not getattr(fukkatsu, name).__doc__]
    assert silent == []
