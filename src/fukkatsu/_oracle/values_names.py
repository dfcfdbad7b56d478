"""Names, state and texts of objects, read beneath every override: what the type's own slots say, not what it claims.

Nothing here runs code of the object's class, but for the text of an exception, which is asked for and may fail.
"""

from __future__ import annotations

import re
from typing import Final

TEXT_LIMIT: Final = 10_000  # characters kept of an exception's text

_ADDRESS: Final = re.compile(r"\b0x[0-9A-Fa-f]{6,}\b")
_MASKED_ADDRESS: Final = "0x…"

type_mro = type.__dict__["__mro__"].__get__
type_qualname = type.__dict__["__qualname__"].__get__
type_module = type.__dict__["__module__"].__get__
type_dict = type.__dict__["__dict__"].__get__
exception_args = BaseException.__dict__["args"].__get__


def class_name(cls: type) -> str:
    """Qualified name of *cls* (``"builtins."`` left out), read without asking its metaclass."""
    try:
        module, name = type_module(cls), type_qualname(cls)
    except Exception:  # noqa: BLE001 - a class may have deleted or broken what it is asked for
        return "?"
    if type(module) is not str or type(name) is not str:
        return "?"
    return name if module == "builtins" else f"{module}.{name}"


def masked(text: str) -> str:
    """*text* without memory addresses, which differ from process to process."""
    return _ADDRESS.sub(_MASKED_ADDRESS, text) if "0x" in text else text


def exception_text(exc: BaseException) -> str:
    """``str(exc)``, capped and without addresses; never raises."""
    try:
        text = str(exc)
        if type(text) is not str:
            text = str.__str__(text)
    except BaseException as failure:  # noqa: BLE001 - its __str__ is foreign code
        return f"<text unavailable: its __str__ raised {class_name(type(failure))}>"
    return masked(text[:TEXT_LIMIT])


def instance_dict(value: object) -> dict[str, object]:
    """Its attributes; empty when it has none."""
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except Exception:  # noqa: BLE001 - it has none, or a class attribute of that name misbehaves
        return {}
    return attributes if type(attributes) is dict else {}
