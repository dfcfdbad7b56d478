"""What files say beside policies: the database where nobody names one, and what tokens cost.

::

    [tool.fukkatsu]
    store = "sqlite:///fixes.db"

    [tool.fukkatsu.prices]
    "gpt-4.1" = [2.0, 8.0]
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from fukkatsu.errors import ConfigurationError

VARIABLE: Final = "FUKKATSU_STORE"
_cache: dict[tuple[object, ...], dict[str, Any]] = {}


def configured_url() -> str | None:
    """The URL that ``FUKKATSU_STORE`` or a file names, or ``None`` where nothing is said.

    Raises:
        ConfigurationError: A file cannot be read, or says something that is no text.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if said:
        return said
    url = configured("store")
    if url is None or isinstance(url, str):
        return url
    msg = f"store must be a URL, not {url!r}"
    raise ConfigurationError(msg)


def configured(name: str) -> Any:
    """What ``[tool.fukkatsu]`` in pyproject.toml, or fukkatsu.toml, says under *name*; ``None`` where it says nothing.

    Raises:
        ConfigurationError: A file cannot be read.
    """
    try:
        here = Path.cwd()
    except OSError:  # the working directory was removed
        return None
    for folder in (here, *here.parents):
        files = [folder / name for name in ("fukkatsu.toml", "pyproject.toml") if (folder / name).is_file()]
        if files:  # as for policies: the nearest folder that has one of them decides
            return next((said[name] for said in map(_cached, files) if said.get(name) is not None), None)
    return None


def _cached(path: Path) -> dict[str, Any]:
    status = path.stat()
    key = (str(path), status.st_mtime_ns, status.st_size)
    if key not in _cache:
        _cache[key] = _read(path)
    return _cache[key]


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        text = path.read_text("utf-8")
        if "fukkatsu" not in text and path.name == "pyproject.toml":
            return {}  # somebody else's: whether it parses is none of our business
        content: Any = tomllib.loads(text)
    except (OSError, ValueError) as why:
        msg = f"{path}: {why}"
        raise ConfigurationError(msg) from why
    for step in ("tool", "fukkatsu") if path.name == "pyproject.toml" else ():
        content = content.get(step, {}) if isinstance(content, dict) else {}
    return content if isinstance(content, dict) else {}
