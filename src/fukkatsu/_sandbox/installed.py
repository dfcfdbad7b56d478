"""Which modules a runner finds by their names: those travel as such, everything else by value."""

from __future__ import annotations

import re
import sys
import sysconfig
from typing import Final

_STANDARD: Final = tuple({sysconfig.get_path(name) + "/" for name in ("stdlib", "platstdlib")})
_OWN: Final = frozenset({"fukkatsu", "cloudpickle", "RestrictedPython"})
_INSTALLED: Final = ("/site-packages/", "/dist-packages/")


def travels_by_name(module: str | None) -> bool:
    """Whether *module* is there in a runner too: standard library, installed packages, and ourselves."""
    if not module or module == "__main__":
        return False
    if module.partition(".")[0] in sys.stdlib_module_names or module.partition(".")[0] == "fukkatsu":
        return True
    loaded = sys.modules.get(module)
    file = getattr(loaded, "__file__", None) or getattr(getattr(loaded, "__spec__", None), "origin", None)
    if not isinstance(file, str):
        return False
    return any(part in file for part in _INSTALLED) or file.startswith(_STANDARD)


_DRAWING: Final = re.compile(rb"random|statistics|uuid|secrets|tempfile|imaplib|email|crypt")
_NAME: Final = re.compile(rb"\x8c.([A-Za-z_][A-Za-z_0-9.]*)", re.DOTALL)


def may_draw(pickled: bytes) -> bool:
    """Whether what was carried may use `random`: by its name, or through an installed package that could."""
    if _DRAWING.search(pickled):  # the modules of the standard library that use it themselves, too
        return True
    names = {name.partition(b".")[0].decode() for name in _NAME.findall(pickled)}
    return any(
        name not in sys.stdlib_module_names and name not in _OWN and name in sys.modules and travels_by_name(name)
        for name in names
    )
