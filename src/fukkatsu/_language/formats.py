"""``str.format`` templates: which of them only show what they are given.

A replacement field may walk attributes (``{0.__class__.__mro__}``, CVE-2023-41039), so every attribute in it is checked
as an attribute in the text would be. Widths are capped: ``{:>999999999}`` fills the memory.
"""

from __future__ import annotations

import _string  # type: ignore[import-not-found]  # what string.Formatter itself is built on
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from fukkatsu._language.attributes import GUARDED, closed_because

MAX_WIDTH_DIGITS: Final = 5
_NUMBER: Final = re.compile(rf"\d{{{MAX_WIDTH_DIGITS + 1},}}")


def template_fault(template: str, opened: frozenset[str], *, nested: int = 0) -> str | None:
    """Why *template* may not be formatted; ``None`` when it may. A malformed one may: format() itself complains."""
    if "{" not in template:
        return None
    if nested > 2:
        return "its replacement fields nest too deeply"
    try:
        fields = list(_string.formatter_parser(template))
    except ValueError:
        return None
    for _, field, specification, _ in fields:
        if field is None:
            continue
        try:
            _, rest = _string.formatter_field_name_split(field)
            steps = list(rest)
        except ValueError:
            continue
        for is_attribute, name in steps:
            if is_attribute and (fault := closed_because(name, opened) or GUARDED.get(name)):
                return f"it looks up the attribute {name}: {fault}"
        if specification:
            if _NUMBER.search(specification):
                return "it asks for a huge width"
            if fault := template_fault(specification, opened, nested=nested + 1):
                return fault
    return None


def looks_up(template: str) -> bool:
    """Whether *template* looks up any attribute."""
    return any(is_attribute for _, steps in _paths(template) for is_attribute, _ in steps)


def walked(template: str, method: str, seen: Callable[[Any], Any]) -> Callable[..., str]:
    """``template.format`` or ``template.format_map``, which looks up nothing on a module: *seen* gives a view of one.

    The look-ups are made once before: a template with attributes is rare, and this module is no formatter.
    """
    plain: Callable[..., str] = getattr(template, method)
    if not looks_up(template):
        return plain

    def formatted(*args: Any, **kwargs: Any) -> str:
        for first, steps in _paths(template):
            try:
                value = args[first] if isinstance(first, int) else (kwargs if method == "format" else args[0])[first]
                for is_attribute, name in steps:
                    value = getattr(seen(value), name) if is_attribute else value[name]
            except (LookupError, AttributeError, TypeError):
                if value is not seen(value):  # the view refused; the method itself would not
                    raise
                break  # the method itself complains, in its own words
        return plain(*args, **kwargs)

    return formatted


def _paths(template: str, number: Iterator[int] | None = None) -> Iterator[tuple[int | str, list[tuple[bool, Any]]]]:
    """Where each replacement field begins and which steps it takes; fields inside specifications after theirs."""
    number = number if number is not None else itertools.count()
    try:
        fields = list(_string.formatter_parser(template))
    except ValueError:
        return
    for _, field, specification, _ in fields:
        if field is None:
            continue
        first, steps = _string.formatter_field_name_split(field)
        yield (next(number) if first == "" else first), list(steps)
        if specification:
            yield from _paths(specification, number)
