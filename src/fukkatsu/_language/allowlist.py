"""The default allow-lists, a reason beside each entry. Data only: this module imports nothing of ours."""

from __future__ import annotations

from typing import Final

DEFAULT_IMPORTS: Final[dict[str, str]] = {}
DEFAULT_CALLS: Final[dict[str, str]] = {}
