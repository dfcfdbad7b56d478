"""What a correction may do, which evidence it needs, and what may be spent on asking for one.

Frozen, keyword-only records: units are in the names, and every field is validated when the record is built.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from fukkatsu._language.allowlist import DEFAULT_CALLS, DEFAULT_IMPORTS
from fukkatsu.errors import PolicyError

KIB: Final = 1024
MIB: Final = 1024 * KIB

Isolation: TypeAlias = Literal["required", "best-effort"]
RunIn: TypeAlias = Literal["host", "sandbox"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a correction may use, and the limits of one run of it.

    Attributes:
        imports: Modules that a correction may import, dotted (``"os.path"``); each opens that module's public
            functions and classes, never its parent or its submodules.
        calls: Builtin names that a correction may use.
        attributes: Attribute names opened although the language refuses them (``"_cache"``, ``"__len__"``).
        isolation: ``"required"`` refuses every candidate where the kernel gives less than rlimits, no_new_privs, seccomp
            and Landlock or namespaces; ``"best-effort"`` uses what there is and says so in the report.
        run_in: Where an accepted fix runs: ``"host"`` (under the language's guards) or ``"sandbox"`` (a runner).
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
    """

    imports: frozenset[str] = frozenset(DEFAULT_IMPORTS)
    calls: frozenset[str] = frozenset(DEFAULT_CALLS)
    attributes: frozenset[str] = frozenset()
    isolation: Isolation = "required" if sys.platform == "linux" else "best-effort"
    run_in: RunIn = "host"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """Which evidence a correction needs.

    Attributes:
        tests: Callables that get the candidate (a proxy: it runs in the sandbox) and raise if they dislike it.
        contract: ``"hypothesis"`` checks annotations and PEP 316 clauses on generated inputs; ``"off"`` does not.
        examples: How many inputs are generated.
        seconds: Longest time spent on generating and labelling inputs, off the critical path.
        preserve: Whether the candidate must answer as the original did where the original returned. ``None``, the
            default, means yes unless ``additional_req`` asks for something.
        broad_except: Refuse an added ``except Exception`` (or wider) that only yields a constant.
        failing_literal: Refuse a candidate that compares a parameter with a literal of the failing arguments.
        constant_body: Refuse a body that answers with a constant whatever the arguments are.
        result_type: Refuse a result for the failing call unlike the type of every good result.
        neighbours: Refuse when most neighbours of the failing input still raise as before.
        slowdown: Refuse when a replayed call takes this many times longer than the original's (and over 20 ms); 0 is off.
        prose: Ask the model for a decision table of the docstring's prose.
        agreement: How many independent suggestions must agree on the crash region.
        minimum: How many pieces of evidence beyond "does not raise" are demanded.
    """

    tests: tuple[Callable[[Callable[..., Any]], object], ...] = ()
    contract: Literal["hypothesis", "off"] = "hypothesis"
    examples: int = 100
    seconds: float = 1.0
    preserve: bool | None = None
    broad_except: bool = True
    failing_literal: bool = True
    constant_body: bool = True
    result_type: bool = True
    neighbours: bool = True
    slowdown: float = 50.0
    prose: bool = False
    agreement: int = 1
    minimum: int = 0

    def __post_init__(self) -> None:
        if callable(self.tests) or not all(callable(test) for test in self.tests):
            msg = f"Checks.tests={self.tests!r} must be a sequence of callables, each taking the function to test."
            raise PolicyError(msg)
        object.__setattr__(self, "tests", tuple(self.tests))
        _check_choice("Checks", "contract", self.contract, ("hypothesis", "off"))
        _check_positive("Checks", "examples", self.examples, whole=True)
        _check_positive("Checks", "seconds", self.seconds, whole=False)
        _check_positive("Checks", "agreement", self.agreement, whole=True)
        if self.slowdown:
            _check_positive("Checks", "slowdown", self.slowdown, whole=False)
        if self.preserve not in (None, True, False):
            msg = f"Checks.preserve={self.preserve!r} must be True, False or None (decide by additional_req)."
            raise PolicyError(msg)
        if isinstance(self.minimum, bool) or not isinstance(self.minimum, int) or self.minimum < 0:
            msg = f"Checks.minimum={self.minimum!r} must be a whole number, zero or more."
            raise PolicyError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What this process may spend on asking the model.

    Attributes:
        requests_per_hour: Requests in any sixty minutes; ``None`` is no limit.
        tokens_per_day: Tokens (prompt and completion) in any 24 hours; ``None`` is no limit.
        seconds_per_hour: Seconds spent waiting for the model in any sixty minutes; ``None`` is no limit.
        cooldown_seconds: After a flatline the same failure asks nothing for this long; doubled each time it flatlines again.
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
        for name in ("seconds_per_hour", "cooldown_seconds", "cooldown_limit_seconds"):
            if getattr(self, name) is not None:
                _check_positive("Budget", name, getattr(self, name), whole=False)
