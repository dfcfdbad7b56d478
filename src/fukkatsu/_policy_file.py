"""Policies written in TOML: pyproject.toml, fukkatsu.toml, and the file that ``FUKKATSU_POLICY`` names.

Every error names the file and the line. Keys are the fields of ``Policy``; ``allow`` and ``deny`` hold what
``allowing()`` and ``denying()`` take::

    [tool.fukkatsu.policy]
    wall_seconds = 1.0

    [tool.fukkatsu.policy.allow]
    imports = ["numpy", "os.path"]
"""

from __future__ import annotations

import os
import re
from dataclasses import MISSING, dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NoReturn

from fukkatsu.errors import PolicyError
from fukkatsu.policy import POLICY_FIELDS, SECONDS, STORE_CALLS, WHOLE, Policy

_SETS: Final = ("imports", "calls", "attributes")
_KEYS: Final = (*POLICY_FIELDS, "allow", "deny", "locked")
_SECTIONS: Final = ("policy", "store", "prices")
"""What stands beside policies; ``_store.configured`` reads the others."""
_cache: dict[tuple[Any, ...], tuple[Policy, bool, str]] = {}


def load(given: Policy | None) -> Policy:
    """See ``policy.load_policy``."""
    written, locked, source = _from_files()
    if given is None:
        return written
    return _narrow(given, written, source) if locked else given


def _from_files() -> tuple[Policy, bool, str]:
    """The policy of the files, whether it is locked, and the name of the file that locks it."""
    places = _places()
    key = tuple((path, table, _stamp(path)) for path, table in places)
    if key not in _cache:
        policy, locked, source = Policy(), False, ""
        for path, table in places:
            policy, locked = _read(Path(path), table, policy)
            source = path
        _cache.clear()
        _cache[key] = policy, locked, source
    return _cache[key]


@dataclass(frozen=True, slots=True)
class PolicyOrigin:
    """Where the written policy comes from.

    Attributes:
        files: Those that say something about the policy, weakest first.
        locked: Whether the last one may not be widened in code.
        place: The file to write further entries to.
        table: The table in it that holds what is opened.
    """

    files: tuple[str, ...]
    locked: bool
    place: str
    table: str


def policy_origin() -> PolicyOrigin:
    """Which files make the policy of this process, and where an entry would be added.

    Raises:
        PolicyError: A file cannot be used.
    """
    _, locked, _ = _from_files()
    places = [(path, table) for path, table in _places() if not table or _mentions(path, table)]
    path, table = places[-1] if places else ("pyproject.toml", "tool.fukkatsu.policy")
    return PolicyOrigin(tuple(p for p, _ in places), locked, path, f"{table}.allow".lstrip("."))


def _mentions(path: str, table: str) -> bool:
    try:
        return f"[{table}" in Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def _places() -> list[tuple[str, str]]:
    """Files and the table in each, weakest first."""
    places: list[tuple[str, str]] = []
    try:
        here: Path | None = Path.cwd()
    except OSError:  # the working directory was removed
        here = None
    for folder in (here, *here.parents) if here is not None else ():
        found = [
            (str(folder / name), table)
            for name, table in (("pyproject.toml", "tool.fukkatsu.policy"), ("fukkatsu.toml", "policy"))
            if (folder / name).is_file()
        ]
        if found:
            places.extend(found)
            break
    named = os.environ.get("FUKKATSU_POLICY")
    if named:
        places.append((named, ""))
    return places


def _read(path: Path, table: str, base: Policy) -> tuple[Policy, bool]:
    import tomllib

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read as a policy file: {error}"
        raise PolicyError(msg) from error
    if table and "fukkatsu" not in text and path.name == "pyproject.toml":
        return base, False  # somebody else's pyproject.toml: whether it parses is none of our business
    try:
        content: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: {error}"
        raise PolicyError(msg) from error
    steps = table.split(".") if table else []
    if table == "policy":
        _Table(path, text, "").know(content, _SECTIONS, path.name)
    if not table and isinstance(content.get("policy"), dict):
        steps = ["policy"]
        content = {**content, "policy": {**content["policy"], **{k: v for k, v in content.items() if k != "policy"}}}
    for position, step in enumerate(steps):
        content = content.get(step, {}) if isinstance(content, dict) else {}
        if steps[: position + 1] == ["tool", "fukkatsu"] and isinstance(content, dict):
            _Table(path, text, "tool.fukkatsu").know(content, _SECTIONS, "[tool.fukkatsu]")
    return _Table(path, text, ".".join(steps)).apply(content, base)


class _Table:
    """One table of one file, for errors that name the line."""

    def __init__(self, path: Path, text: str, name: str) -> None:
        self._path, self._text, self._name = path, text, name

    def know(self, content: dict[str, Any], known: tuple[str, ...], what: str) -> None:
        """Refuse a key that *what* does not have, naming the nearest that it has."""
        for key in content:
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
                self._fail(key, f"is not a key of {what}; {hint}")

    def apply(self, content: object, base: Policy) -> tuple[Policy, bool]:
        if not isinstance(content, dict):
            self._fail(self._name.rpartition(".")[2], "must be a table")
        changes: dict[str, Any] = {}
        self.know(content, _KEYS, "a policy")
        for key, value in content.items():
            if key in _SETS or key == "read_paths":
                self._list(key, value)
            if key not in ("allow", "deny", "locked"):
                changes[key] = value
        locked = content.get("locked", False)
        if not isinstance(locked, bool):
            self._fail("locked", "must be true or false")
        if locked and self._name not in ("", "policy"):
            self._fail("locked", "only means something in the file that FUKKATSU_POLICY names")
        policy = base
        for key, value in changes.items():
            policy = self._try(key, lambda key=key, value=value, policy=policy: replace(policy, **{key: value}))
        for key, method in (("allow", "allowing"), ("deny", "denying")):
            entries = content.get(key, {})
            if not isinstance(entries, dict):
                self._fail(key, "must be a table with imports, calls or attributes")
            self.know(entries, _SETS, key)
            for name, value in entries.items():
                self._list(name, value)
                policy = self._try(
                    name,
                    lambda name=name, value=value, method=method, policy=policy: getattr(policy, method)(
                        **{name: value}
                    ),
                )
        return policy, locked

    def _list(self, key: str, value: object) -> None:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self._fail(key, f"must be a list of names, not {value!r}")

    def _try(self, key: str, change: Any) -> Policy:
        try:
            policy: Policy = change()
        except PolicyError as error:
            self._fail(key, str(error), error)
        return policy

    def _fail(self, key: str, what: str, cause: Exception | None = None) -> NoReturn:
        msg = (
            f"{self._path}, line {self._line(key)}: {key} {what}"
            if cause is None
            else (f"{self._path}, line {self._line(key)}: {what}")
        )
        raise PolicyError(msg) from cause

    def _line(self, key: str) -> int:
        """The line on which *key* is set, looked for in our own table first."""
        inside, fallback = not self._name, 1
        for number, line in enumerate(self._text.splitlines(), 1):
            header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
            if header:
                name = header.group(1).replace('"', "").replace(" ", "")
                inside = name == self._name or name.startswith(self._name + ".") or not self._name
                if inside and name.rpartition(".")[2] == key:
                    return number
            elif re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line):
                if inside:
                    return number
                fallback = number
        return fallback


def _narrow(given: Policy, locked: Policy, source: str) -> Policy:
    """*given*, nowhere wider than *locked*. A default that is wider is narrowed; a written value is an error."""
    default = Policy()
    changes: dict[str, Any] = {}

    def refuse(name: str, shown: object) -> NoReturn:
        limit = getattr(locked, name)
        msg = f"Policy.{name}={shown!r} is wider than the locked policy of {source} permits ({limit!r})."
        if isinstance(limit, frozenset):  # the list of what it opens is long
            msg = f"Policy.{name} is wider than the locked policy of {source} permits: that one does not open {shown}."
        raise PolicyError(msg)

    for name in _SETS:
        ours, theirs = getattr(given, name), getattr(locked, name)
        wider = frozenset(entry for entry in ours - theirs if not (name == "imports" and _covered(entry, theirs)))
        if wider - getattr(default, name):
            refuse(name, ", ".join(sorted(wider - getattr(default, name))))
        changes[name] = ours - wider
    for name in (*SECONDS, *WHOLE):
        ours, theirs = getattr(given, name), getattr(locked, name)
        if ours > theirs and ours != getattr(default, name):
            refuse(name, ours)
        changes[name] = min(ours, theirs)
    for name, narrow in (("isolation", "required"), ("run_in", "sandbox")):
        ours, theirs = getattr(given, name), getattr(locked, name)
        if theirs == narrow and ours != narrow and ours != getattr(default, name):
            refuse(name, ours)
        changes[name] = narrow if narrow in (ours, theirs) else ours
    if STORE_CALLS.index(given.store_calls) > STORE_CALLS.index(locked.store_calls):
        refuse("store_calls", given.store_calls)  # the default is the narrowest: this one was written
    changes["probation_calls"] = max(given.probation_calls, locked.probation_calls)  # more is narrower
    theirs = locked.first_calls_wall_seconds
    if theirs is not None:
        ours = given.first_calls_wall_seconds
        if ours is not None and ours > theirs:
            refuse("first_calls_wall_seconds", ours)
        changes["first_calls_wall_seconds"] = theirs if ours is None else ours
        changes["first_calls"] = max(given.first_calls, locked.first_calls)
    if not set(given.read_paths) <= set(locked.read_paths):
        refuse("read_paths", given.read_paths)
    return replace(given, **changes)


def _covered(entry: str, opened: frozenset[str]) -> bool:
    """A member of a module that is open as a whole is no widening when the module lists it anyway."""
    from fukkatsu._language.allowlist import MEMBERS

    module, _, name = entry.rpartition(".")
    return module in opened and name in MEMBERS.get(module, "").split()


assert all(field.default is not MISSING for field in fields(Policy))  # noqa: S101  every field has a default to narrow
