"""Every test of the flow starts with nothing spent and nothing cooling down."""

from __future__ import annotations

import pytest

from fukkatsu import wait


@pytest.fixture(autouse=True)
def _fresh(fresh_flow):
    """As ``fresh_flow``, without asking for it; and nothing that goes on beside a test goes on in the next one."""
    yield
    wait(60)
