"""Every test of the flow starts with nothing spent and nothing cooling down."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _fresh(fresh_flow):
    """As ``fresh_flow``, without asking for it."""
