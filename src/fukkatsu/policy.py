"""What a correction may do, which evidence it needs, and what may be spent on asking for one.

Frozen, keyword-only records: units are in the names, and every field is validated when the record is built.
"""

from __future__ import annotations

import functools
import math
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, TypeAlias, TypeVar

from fukkatsu._language.allowlist import DEFAULT_CALLS, DEFAULT_IMPORTS, NEVER_CALLS, OMITTED_CALLS
from fukkatsu._language.attributes import can_be_opened
from fukkatsu.errors import PolicyError

KIB: Final = 1024
MIB: Final = 1024 * KIB

Isolation: TypeAlias = Literal["required", "best-effort"]
RunIn: TypeAlias = Literal["host", "sandbox"]
StoreCalls: TypeAlias = Literal["never", "without-secrets", "all"]
Names: TypeAlias = Iterable[str]
_Record = TypeVar("_Record")


def _check_positive(owner: str, name: str, value: object, *, whole: bool) -> None:
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < math.inf:  # NaN fails too
        noun = "a whole number above zero" if whole else "a positive, finite number"
        msg = f"{owner}.{name}={value!r} must be {noun}: every run has a limit."
        raise PolicyError(msg)


def _check_choice(owner: str, name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        msg = f"{owner}.{name}={value!r} must be one of {', '.join(map(repr, choices))}."
        raise PolicyError(msg)


def _check_names(owner: str, name: str, value: object) -> frozenset[str]:
    """*value* as a frozen set of non-empty texts."""
    if isinstance(value, str):
        msg = f"{owner}.{name}={value!r} must be a set of names: write {{{value!r}}}."
        raise PolicyError(msg)
    if not isinstance(value, Iterable):
        msg = f"{owner}.{name}={value!r} must be a set of names."
        raise PolicyError(msg)
    names = frozenset(value)
    for entry in names:
        if not isinstance(entry, str) or not all(part.isidentifier() for part in entry.split(".")):
            noun = "a dotted module name" if name == "imports" else "a Python name"
            msg = f"{owner}.{name} holds {entry!r}, which is not {noun}."
            raise PolicyError(msg)
    return names


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), 1, cutoff=0.75)
    return f" Did you mean {near[0]!r}?" if near else ""


def _check_module(entry: str) -> None:
    """Refuse an entry of ``imports`` that names nothing importable, without running anything of the user's."""
    if entry in DEFAULT_IMPORTS or entry in sys.modules:
        return
    from importlib.machinery import PathFinder
    from importlib.util import find_spec

    top, *rest = entry.split(".")
    try:
        spec = sys.modules[top].__spec__ if top in sys.modules else find_spec(top)
    except (ImportError, ValueError, AttributeError):
        spec = None
    if spec is None and top not in sys.modules:
        known = {name for name in sys.stdlib_module_names if not name.startswith("_")}
        known |= set(DEFAULT_IMPORTS) | {name.partition(".")[0] for name in sys.modules}
        hint = _nearest(top, known)
        msg = f"Policy.imports holds {entry!r}, but there is no module {top!r} here: install it or mend the name.{hint}"
        raise PolicyError(msg)
    path = top
    for position, part in enumerate(rest):
        below = f"{path}.{part}"
        # A package's folders are searched without importing the package: its code does not run for a question.
        locations = spec.submodule_search_locations if spec is not None else None
        found = PathFinder.find_spec(below, locations) if locations is not None else None
        if found is None and below not in sys.modules:
            _check_member(entry, path, part, last=position == len(rest) - 1)
            return
        spec, path = (found if found is not None else sys.modules[below].__spec__), below


def _check_member(entry: str, module: str, name: str, *, last: bool) -> None:
    """What is no submodule must be a member: asked of a module that is loaded or part of the standard library."""
    loaded = sys.modules.get(module)
    if loaded is None and module.partition(".")[0] in sys.stdlib_module_names:
        from importlib import import_module

        loaded = import_module(module)
    if loaded is not None and hasattr(loaded, name) and last:
        return
    if loaded is None and last:
        return  # a member of a package that is not loaded: the first correction that imports it will tell
    known = [member for member in dir(loaded) if not member.startswith("_")] if loaded is not None else []
    msg = f"Policy.imports holds {entry!r}, but {module!r} has no {name!r}.{_nearest(name, known)}"
    raise PolicyError(msg)


def _names_the_nearest(record: type[_Record]) -> type[_Record]:
    """*record*, whose constructor answers an unknown keyword with the nearest one that it has."""
    told = record.__init__
    known = tuple(field.name for field in fields(record))  # type: ignore[arg-type]  # a dataclass

    @functools.wraps(told)
    def __init__(self: Any, *args: Any, **given: Any) -> None:  # noqa: N807  the name of what it stands for
        for name in given:
            if name not in known:
                hint = _nearest(name, known) or f" It takes {', '.join(known)}."
                msg = f"{record.__name__}() got an unexpected keyword argument {name!r}.{hint}"
                raise TypeError(msg)
        told(self, *args, **given)

    record.__init__ = __init__  # type: ignore[method-assign]  # the same, with better words
    return record


@_names_the_nearest
@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a correction may use, and the limits of one run of it.

    Attributes:
        imports: Modules that a correction may import, dotted (``"os.path"``); each opens that module's public
            functions and classes, never its parent or its submodules. An entry may also name one member
            (``"os.path.exists"``, ``"time.sleep"``).
        calls: Builtin names that a correction may use.
        attributes: Attribute names opened although the language refuses them (``"_cache"``, ``"__len__"``).
        isolation: ``"required"`` refuses every candidate where the kernel gives less than rlimits, no_new_privs,
            seccomp and Landlock or namespaces; ``"best-effort"`` uses what there is and says so in the report.
        run_in: Where an accepted fix runs: ``"host"`` (under the language's guards) or ``"sandbox"`` (a runner).
        probation_calls: For so many calls after its installation, original and fix are compared in the sandbox on
            sampled calls; where the original returns and the fix answers otherwise, the fix is taken back. 0 is off.
        first_calls_wall_seconds: Longest real time of each of an accepted fix's first calls in the host, in seconds:
            such a call is run in the sandbox first, under this clock and the other limits, and made in the host when it
            ended there; one that does not end takes the fix back. ``None`` is off.
        first_calls: How many calls that is.
        wall_seconds: Longest real time of one call in the sandbox, in seconds.
        total_seconds: Longest real time of one whole run (all replays of one candidate), in seconds.
        cpu_seconds: Longest processor time of one run, in seconds.
        memory_bytes: Address space that a run may add to that of the bare interpreter, in bytes.
        output_bytes: What a run may print, in bytes; more ends it.
        reply_bytes: Size of the answers of one run, in bytes; more ends it.
        recursion_depth: Python frames that a run may nest.
        iterator_items: Items drawn from an iterator that a call returns.
        source_bytes: Longest source text of a candidate, in bytes.
        read_paths: Folders that a runner may read beside the interpreter and installed packages: needed only where
            arguments belong to classes that must be imported from there.
        store_calls: Whether good calls and failing calls are kept in the store with their arguments as they were, for
            other processes to judge by and for ``fukkatsu export``: ``"never"``; ``"without-secrets"``, those in which
            masking finds nothing; ``"all"``. What is never kept is not used either where others keep it.
    """

    imports: frozenset[str] = frozenset(DEFAULT_IMPORTS)
    calls: frozenset[str] = frozenset(DEFAULT_CALLS)
    attributes: frozenset[str] = frozenset()
    isolation: Isolation = "required" if sys.platform == "linux" else "best-effort"
    run_in: RunIn = "host"
    probation_calls: int = 0
    first_calls_wall_seconds: float | None = None
    first_calls: int = 100
    wall_seconds: float = 2.0
    total_seconds: float = 10.0
    cpu_seconds: float = 5.0
    memory_bytes: int = 512 * MIB
    output_bytes: int = 64 * KIB
    reply_bytes: int = 16 * MIB
    recursion_depth: int = 1_000
    iterator_items: int = 1_000
    source_bytes: int = 64 * KIB
    read_paths: tuple[str, ...] = ()
    store_calls: StoreCalls = "never"

    def __post_init__(self) -> None:
        for name in ("imports", "calls", "attributes"):
            object.__setattr__(self, name, _check_names("Policy", name, getattr(self, name)))
        for entry in self.imports:
            _check_module(entry)
        _check_calls(self.calls)
        for entry in self.attributes:
            if "." in entry or not can_be_opened(entry):
                msg = f"Policy.attributes holds {entry!r}: it hands out the interpreter, so no policy opens it."
                if "." in entry:
                    msg = f"Policy.attributes holds {entry!r}: name the attribute alone, {entry.rpartition('.')[2]!r}."
                raise PolicyError(msg)
        _check_choice("Policy", "isolation", self.isolation, ("required", "best-effort"))
        _check_choice("Policy", "run_in", self.run_in, ("host", "sandbox"))
        _check_choice("Policy", "store_calls", self.store_calls, STORE_CALLS)
        for name in SECONDS:
            _check_positive("Policy", name, getattr(self, name), whole=False)
        for name in WHOLE:
            _check_positive("Policy", name, getattr(self, name), whole=True)
            if getattr(self, name) < _LEAST.get(name, 1):
                msg = f"Policy.{name}={getattr(self, name)!r} is too little for any run: at least {_LEAST[name]:,}."
                raise PolicyError(msg)
        if self.first_calls_wall_seconds is not None:
            _check_positive("Policy", "first_calls_wall_seconds", self.first_calls_wall_seconds, whole=False)
        _check_positive("Policy", "first_calls", self.first_calls, whole=True)
        if self.probation_calls != 0 or isinstance(self.probation_calls, bool):
            _check_positive("Policy", "probation_calls", self.probation_calls, whole=True)
        object.__setattr__(self, "read_paths", _check_paths(self.read_paths))

    @classmethod
    def strict(cls) -> Policy:
        """No import at all, full isolation, and an accepted fix runs in the sandbox for good."""
        return cls(imports=frozenset(), isolation="required", run_in="sandbox")

    def allowing(self, *, imports: Names = (), calls: Names = (), attributes: Names = ()) -> Policy:
        """A new policy that opens more; this one stays as it is.

        Args:
            imports: Modules or members: ``{"numpy", "os.path", "time.sleep"}``.
            calls: Builtins: ``{"open"}``.
            attributes: Attribute names: ``{"_cache"}``.

        Raises:
            PolicyError: A name means nothing here, or no policy may open it.
        """
        return replace(
            self,
            imports=self.imports | _check_names("allowing()", "imports", imports),
            calls=self.calls | _check_names("allowing()", "calls", calls),
            attributes=self.attributes | _check_names("allowing()", "attributes", attributes),
        )

    def denying(self, *, imports: Names = (), calls: Names = (), attributes: Names = ()) -> Policy:
        """A new policy that opens less; this one stays as it is.

        Denying a module closes its submodules and members too. What the original itself uses stays usable.

        Raises:
            PolicyError: A name means nothing here, so that denying it would deny nothing.
        """
        closed_imports = _check_names("denying()", "imports", imports)
        closed_calls = _check_names("denying()", "calls", calls)
        closed_attributes = _check_names("denying()", "attributes", attributes)
        kept = frozenset(
            entry
            for entry in self.imports
            if not any(entry == name or entry.startswith(name + ".") for name in closed_imports)
        )
        for name in closed_imports - self.imports:
            _check_module(name)
        _check_calls(closed_calls - OMITTED_CALLS.keys())
        return replace(
            self, imports=kept, calls=self.calls - closed_calls, attributes=self.attributes - closed_attributes
        )


STORE_CALLS: Final = ("never", "without-secrets", "all")
"""From the narrowest to the widest."""
SECONDS: Final = ("wall_seconds", "total_seconds", "cpu_seconds")
# With less of it not even `return 1` ends in a runner.
_LEAST: Final = {"memory_bytes": 8 * MIB, "reply_bytes": 4 * KIB, "recursion_depth": 50}
WHOLE: Final = ("memory_bytes", "output_bytes", "reply_bytes", "recursion_depth", "iterator_items", "source_bytes")
POLICY_FIELDS: Final = tuple(field.name for field in fields(Policy))


def _check_calls(calls: frozenset[str]) -> None:
    import builtins

    for name in calls - DEFAULT_CALLS.keys():
        if name in NEVER_CALLS:
            msg = f"Policy.calls holds {name!r}: it would make every other rule meaningless, so no policy opens it."
            raise PolicyError(msg)
        if not hasattr(builtins, name):
            msg = f"Policy.calls holds {name!r}, which is not a builtin.{_nearest(name, dir(builtins))}"
            raise PolicyError(msg)


def _check_paths(value: object) -> tuple[str, ...]:
    if isinstance(value, (str, os.PathLike)) or not isinstance(value, Iterable):
        msg = f"Policy.read_paths={value!r} must be a sequence of folders: write ({value!r},)."
        raise PolicyError(msg)
    paths = []
    for entry in value:
        path = os.fspath(entry) if isinstance(entry, os.PathLike) else entry
        if not isinstance(path, str) or not os.path.isabs(path):
            msg = f"Policy.read_paths holds {entry!r}, which is not an absolute path."
            raise PolicyError(msg)
        paths.append(path)
    return tuple(paths)


def load_policy(given: Policy | None = None) -> Policy:
    """The policy in force: what code gave, else what the files say, else ``Policy()``.

    ``[tool.fukkatsu.policy]`` of pyproject.toml, then ``[policy]`` of fukkatsu.toml, both looked for in the working
    directory and its parents, then the file that ``FUKKATSU_POLICY`` names; later ones win. Where that last file says
    ``locked = true``, *given* may narrow it: its defaults are narrowed silently, a wider value is an error.

    Raises:
        PolicyError: A file cannot be read or holds something that cannot be used, with its line; or *given* is wider
            than a locked file.
    """
    from fukkatsu._policy_file import load

    return load(given)


@_names_the_nearest
@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Which evidence a correction needs.

    Attributes:
        tests: Callables that get the candidate (a proxy: it runs in the sandbox) and raise if they dislike it.
        contract: ``"hypothesis"`` checks annotations, PEP 316 clauses and contract decorators on generated inputs;
            ``"crosshair"`` does that and searches for a counterexample by symbolic execution, within ``seconds`` (the
            extra ``fukkatsu[crosshair]``); ``"off"`` does neither.
        examples: How many inputs are generated.
        seconds: Longest time spent on generating and labelling inputs, off the critical path; and on the search of
            CrossHair, for each candidate.
        preserve: Whether the candidate must answer as the original did where the original returned. ``None``, the
            default, means yes unless ``additional_req`` asks for something.
        broad_except: Refuse an added ``except Exception`` (or wider) that only yields a constant.
        failing_literal: Refuse a candidate that compares a parameter with a literal of the failing arguments.
        constant_body: Refuse a body that answers with a constant whatever the arguments are.
        result_type: Refuse a result for the failing call unlike the type of every good result.
        neighbours: Refuse when most neighbours of the failing input still raise as before.
        unneeded_changes: Refuse a change of the author's code without which all that is known passes as well, and which
            changes answers where the original crashed.
        slowdown: Refuse when a replayed call takes this many times longer than the original's (and over 20 ms); 0 is
            off.
        prose: Have the model read the docstring's prose as decision tables, in a request of its own; what the original
            bears out is enforced, the rest printed as ``post:`` lines.
        agreement: How many suggestions, each asked for in a request of its own, must agree where the original gives
            no answer, before one is installed. None of both in the classic mode (``verify=False``).
        minimum: How many pieces of evidence beyond "does not raise" are demanded.
    """

    tests: tuple[Callable[[Callable[..., Any]], object], ...] = ()
    contract: Literal["hypothesis", "crosshair", "off"] = "hypothesis"
    examples: int = 100
    seconds: float = 1.0
    preserve: bool | None = None
    broad_except: bool = True
    failing_literal: bool = True
    constant_body: bool = True
    result_type: bool = True
    neighbours: bool = True
    unneeded_changes: bool = True
    slowdown: float = 50.0
    prose: bool = False
    agreement: int = 1
    minimum: int = 0

    def __post_init__(self) -> None:
        if callable(self.tests) or not all(callable(test) for test in self.tests):
            msg = f"Checks.tests={self.tests!r} must be a sequence of callables, each taking the function to test."
            raise PolicyError(msg)
        object.__setattr__(self, "tests", tuple(self.tests))
        _check_choice("Checks", "contract", self.contract, ("hypothesis", "crosshair", "off"))
        _check_positive("Checks", "examples", self.examples, whole=True)
        _check_positive("Checks", "seconds", self.seconds, whole=False)
        _check_positive("Checks", "agreement", self.agreement, whole=True)
        if not isinstance(self.prose, bool):
            msg = f"Checks.prose={self.prose!r} must be True or False."
            raise PolicyError(msg)
        if self.slowdown:
            _check_positive("Checks", "slowdown", self.slowdown, whole=False)
        if self.preserve not in (None, True, False):
            msg = f"Checks.preserve={self.preserve!r} must be True, False or None (decide by additional_req)."
            raise PolicyError(msg)
        if isinstance(self.minimum, bool) or not isinstance(self.minimum, int) or self.minimum < 0:
            msg = f"Checks.minimum={self.minimum!r} must be a whole number, zero or more."
            raise PolicyError(msg)

    def require_packages(self) -> None:
        """Say at once what is missing for these checks, not at the first failure.

        Raises:
            PolicyError: CrossHair is asked for and not installed.
        """
        if self.contract == "crosshair":
            import importlib.util

            if importlib.util.find_spec("crosshair") is None:
                msg = 'Checks(contract="crosshair") needs an extra: pip install "fukkatsu[crosshair]".'
                raise PolicyError(msg)


@_names_the_nearest
@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What this process may spend on asking the model; with a store that counts, what all who share the store may.

    Tokens and seconds are known only afterwards: the request that crosses such a limit is the last one.

    Attributes:
        requests_per_hour: Requests in any sixty minutes; ``None`` is no limit.
        tokens_per_day: Tokens (prompt and completion) in any 24 hours; ``None`` is no limit.
        seconds_per_hour: Seconds spent waiting for the model in any sixty minutes; ``None`` is no limit.
        cooldown_seconds: After a flatline the same failure asks nothing for this long; doubled each time it flatlines
            again.
        cooldown_limit_seconds: Where the doubling ends.
    """

    requests_per_hour: int | None = 60
    tokens_per_day: int | None = 1_000_000
    seconds_per_hour: float | None = None
    cooldown_seconds: float = 1.0
    cooldown_limit_seconds: float = 3_600.0

    def __post_init__(self) -> None:
        for name in ("requests_per_hour", "tokens_per_day"):
            if getattr(self, name) is not None:
                _check_positive("Budget", name, getattr(self, name), whole=True)
        if self.cooldown_seconds == 0 and not isinstance(self.cooldown_seconds, bool):
            object.__setattr__(self, "cooldown_seconds", 1e-9)  # no cool-down: the next failure may ask at once
        for name in ("seconds_per_hour", "cooldown_seconds", "cooldown_limit_seconds"):
            if getattr(self, name) is not None:
                _check_positive("Budget", name, getattr(self, name), whole=False)
