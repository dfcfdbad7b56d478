"""What tokens cost, in dollars for a million: said by whoever pays, and never guessed."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from fukkatsu._cli.exits import CommandError

VARIABLE: Final = "FUKKATSU_PRICES"
UNKNOWN: Final = f"cost unknown: no price is given (--prices, {VARIABLE}, or [tool.fukkatsu.prices])"

Prices: TypeAlias = tuple[float, float]
"""Of questions, and of answers."""

_SNAPSHOT: Final = r"-\d{4}-?\d{2}-?\d{2}"


def prices_for(model: str, given: str | None = None) -> Prices | None:
    """What the tokens of *model* cost; ``None`` where nobody has said it.

    ``--prices``, the environment and the files are asked in this order. A name covers its dated snapshots
    (``gpt-4.1-2025-04-14``), and nothing else that begins like it: a smaller model has another price.

    Args:
        model: As the server calls it.
        given: Of ``--prices``.

    Raises:
        CommandError: What is said is no price.
    """
    if given is not None:
        return _pair(given, "--prices")
    said = os.environ.get(VARIABLE, "").strip()
    if said:
        if "=" not in said:
            return _pair(said, VARIABLE)
        entries = [entry.partition("=") for entry in said.split(";") if entry.strip()]
        return _of(model, {name.strip(): _pair(text, VARIABLE) for name, _, text in entries})
    return _of(model, {name: _pair(value, "[tool.fukkatsu.prices]") for name, value in _from_files().items()})


def cost(prices: Prices | None, prompt_tokens: int, completion_tokens: int) -> float | None:
    """Dollars; ``None`` without prices, or where the server did not count tokens."""
    if prices is None or not (prompt_tokens or completion_tokens):
        return None
    return (prompt_tokens * prices[0] + completion_tokens * prices[1]) / 1e6


def _of(model: str, known: Mapping[str, Prices]) -> Prices | None:
    if model in known:
        return known[model]
    return next((price for name, price in known.items() if re.fullmatch(re.escape(name) + _SNAPSHOT, model)), None)


def _pair(said: Any, where: str) -> Prices:
    parts = said.split(",") if isinstance(said, str) else said
    try:
        question, answer = (float(part) for part in parts)
    except (TypeError, ValueError):
        question = answer = math.nan
    if not (0 <= question < math.inf and 0 <= answer < math.inf):
        msg = f"{where}: {said!r} must be two numbers, dollars for a million tokens: 2.5,10"
        raise CommandError(msg)
    return question, answer


def _from_files() -> Mapping[str, Any]:
    from fukkatsu._store.configured import configured
    from fukkatsu.errors import ConfigurationError

    try:
        said = configured("prices")
    except ConfigurationError as error:
        raise CommandError(str(error)) from error
    if said is None:
        return {}
    if not isinstance(said, dict):
        msg = f'[tool.fukkatsu.prices] must name models: "gpt-4.1" = [2.0, 8.0], not {said!r}'
        raise CommandError(msg)
    return said
