"""The database where nobody names one: ``FUKKATSU_STORE``, else ``store`` in pyproject.toml or fukkatsu.toml.

::

    [tool.fukkatsu]
    store = "sqlite:///fixes.db"
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from fukkatsu.errors import ConfigurationError

VARIABLE: Final = "FUKKATSU_STORE"
_cache: dict[tuple[object, ...], str | None] = {}


def configured_url() -> str | None:
    """The URL, or ``None`` where nothing is said.

    Raises:
        ConfigurationError: A file cannot be read, or says something that is no text.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if said:
        return said
    try:
        here = Path.cwd()
    except OSError:  # the working directory was removed
        return None
    for folder in (here, *here.parents):
        files = [folder / name for name in ("fukkatsu.toml", "pyproject.toml") if (folder / name).is_file()]
        if files:  # as for policies: the nearest folder that has one of them decides
            return next((url for url in map(_cached, files) if url is not None), None)
    return None


def _cached(path: Path) -> str | None:
    status = path.stat()
    key = (str(path), status.st_mtime_ns, status.st_size)
    if key not in _cache:
        _cache[key] = _read(path)
    return _cache[key]


def _read(path: Path) -> str | None:
    import tomllib

    try:
        text = path.read_text("utf-8")
        if "fukkatsu" not in text and path.name == "pyproject.toml":
            return None  # somebody else's: whether it parses is none of our business
        content: Any = tomllib.loads(text)
    except (OSError, ValueError) as why:
        msg = f"{path}: {why}"
        raise ConfigurationError(msg) from why
    for step in ("tool", "fukkatsu") if path.name == "pyproject.toml" else ():
        content = content.get(step, {}) if isinstance(content, dict) else {}
    url = content.get("store") if isinstance(content, dict) else None
    if url is None or isinstance(url, str):
        return url
    msg = f"{path}: store must be a URL, not {url!r}"
    raise ConfigurationError(msg)
