"""Decorators of icontract and deal around a function: recognise them, and slip in beneath them.

Known by what they leave on the wrapper, never by import: whoever uses neither pays nothing, and neither is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

ICONTRACT: Final = "__preconditions__"
"""Attribute that icontract's checker has: a list of groups of conditions."""
DEAL: Final = "__deal_contract"
"""Attribute that deal's wrapper has: an object with the contracts, and ``func``, what they are about."""
MOST_LAYERS: Final = 50


def is_contract(layer: object) -> bool:
    """Whether *layer* is a wrapper of icontract's or deal's; one that merely copied their attributes is not."""
    attributes = getattr(layer, "__dict__", {})
    below = getattr(attributes.get("__wrapped__"), "__dict__", {})
    return "__wrapped__" in attributes and any(
        attributes.get(name) is not below.get(name) for name in (ICONTRACT, DEAL) if name in attributes
    )


def layers(outer: object) -> Iterator[Any]:
    """*outer* and what it wraps, outermost first."""
    layer: Any = outer
    for _ in range(MOST_LAYERS):
        if layer is None:
            return
        yield layer
        layer = getattr(layer, "__dict__", {}).get("__wrapped__")


def beneath(outer: object) -> tuple[Any, Any] | None:
    """What stands beneath the contracts around it, and the innermost of them; ``None`` where there are none."""
    found = list(layers(outer))
    for at, layer in enumerate(found):
        if not is_contract(layer):
            return (layer, found[at - 1]) if at else None
    return None


def slip_in(contract: Any, inner: Callable[..., Any], wrapper: Callable[..., Any]) -> bool:
    """Have *contract* call *wrapper* where it called *inner*; whether that could be done.

    deal keeps what it calls in an attribute. icontract's checker is a closure: its cell is written to, which is what
    rebuilding the checker would come down to, and keeps every reference to it valid.
    """
    attributes = vars(contract)
    deal = attributes.get(DEAL)
    if deal is not None and getattr(deal, "func", None) is inner:
        deal.func = wrapper
    else:
        cells = [cell for cell in getattr(contract, "__closure__", None) or () if _holds(cell, inner)]
        if not cells:
            return False
        for cell in cells:
            cell.cell_contents = wrapper
    attributes["__wrapped__"] = wrapper
    return True


def _holds(cell: Any, value: object) -> bool:
    try:
        return cell.cell_contents is value
    except ValueError:  # an empty cell
        return False
