"""``str.format`` templates: which of them only show what they are given.

A replacement field may walk attributes (``{0.__class__.__mro__}``, CVE-2023-41039), so every attribute in it is checked
as an attribute in the text would be. Widths are capped: ``{:>999999999}`` fills the memory.
"""

from __future__ import annotations

import _string  # type: ignore[import-not-found]  # what string.Formatter itself is built on
import re
from typing import Final

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
