"""What corrections of one function may use and why, and what would open the rest: facts and policy, put into words."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from fukkatsu._language import textgate
from fukkatsu._language.attributes import closed_because
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.findings import Finding, Findings, Opening
from fukkatsu._language.modules import Openings, public_name
from fukkatsu._language.names import refuse_name
from fukkatsu._language.scopes import permitted_builtins, power_is_open
from fukkatsu._language.static import check_source
from fukkatsu.errors import PolicyError

if TYPE_CHECKING:
    from fukkatsu.policy import Policy

Kind: TypeAlias = Literal["global", "closure", "module", "member", "attribute", "builtin"]


@dataclass(frozen=True, slots=True)
class OpenName:
    """Something of the original's that its corrections may use.

    Attributes:
        name: As it is written; members of modules with their module.
        kind: What it is.
        why: The reason, as a clause.
    """

    name: str
    kind: Kind
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What corrections of one function may use.

    Attributes:
        own: The names that the original itself uses and that are open.
        closed: What stands in the original's text and is closed to its corrections, with remedies.
        to_open: Entries of the policy that open all of ``closed`` that can be opened.
        calls: Builtins that are open.
        imports: Entries of modules and members that are open.
        attributes: Attribute names that the policy opens.
    """

    own: tuple[OpenName, ...]
    closed: tuple[Finding, ...]
    to_open: tuple[Opening, ...]
    calls: tuple[str, ...]
    imports: tuple[str, ...]
    attributes: tuple[str, ...]


def explain(text: str, facts: OriginalFacts, policy: Policy) -> Explanation:
    """What corrections of the function with *text* and *facts* may use under *policy*.

    The original's own text is judged as if it were a correction, each time with what was closed before opened, until
    nothing more can be opened: so the entries that are named are enough.
    """
    closed, openings = _closed(text, facts, policy)
    return Explanation(
        own=tuple(_own(facts, policy)),
        closed=closed,
        to_open=tuple(openings),
        calls=tuple(sorted(name for name in permitted_builtins(facts, policy) if not name.startswith("__"))),
        imports=tuple(sorted(policy.imports)),
        attributes=tuple(sorted(policy.attributes)),
    )


def _own(facts: OriginalFacts, policy: Policy) -> Iterator[OpenName]:
    modules, closed = dict(facts.modules), dict(facts.closed)
    for name in sorted(facts.scope_names - {"__class__"}):
        if name in closed and not power_is_open(closed[name], policy):
            continue
        kind: Kind = "closure" if name in facts.free_names else "global"
        if name in modules:
            yield OpenName(name, "module", f"a view of {public_name(modules[name])}: its open members, nothing else")
        elif name in facts.loggers:
            yield OpenName(name, kind, "a logger that only logs; of the rest, what the function uses")
        elif name in facts.globals_assigned | facts.nonlocals:
            yield OpenName(name, kind, "the function assigns it, so a correction may too")
        else:
            yield OpenName(name, kind, "the function uses it; a later change of it is seen")
    openings = Openings.of(policy.imports, facts)
    members = sorted({(public_name(module), member) for module, member in facts.module_members})
    whole = [f"{module}.{member}" for module, member in members]
    for (module, member), full in zip(members, whole, strict=True):
        if member.startswith("__") or any(other.startswith(f"{full}.") for other in whole):
            continue  # a module on the way to a member, which is named itself
        if openings.member(module, member) is not False:
            listed = Openings(policy.imports).member(module, member) is not False
            why = "the policy lists it" if listed else "the function uses it"
            yield OpenName(full, "member", why)
    for name in sorted(facts.attributes):
        if closed_because(name, frozenset()) and not closed_because(name, facts.attributes):
            written = ", and assigns it" if name in facts.attributes_written else ""
            yield OpenName(name, "attribute", f"the function uses it{written}")
    for name in sorted(facts.builtin_names & permitted_builtins(facts, policy)):
        yield OpenName(name, "builtin", "the policy lists it" if name in policy.calls else "the function uses it")


def _closed(text: str, facts: OriginalFacts, policy: Policy) -> tuple[tuple[Finding, ...], list[Opening]]:
    found: dict[Finding, None] = {}
    openings: dict[Opening, None] = {}
    wider = policy
    while True:
        fresh = [finding for finding in check_source(text, facts, wider) if finding not in found]
        found.update(dict.fromkeys(fresh))
        new = [finding.opens for finding in fresh if finding.opens is not None and finding.opens not in openings]
        if not new:
            break
        openings.update(dict.fromkeys(new))
        try:
            wider = widened(wider, new)
        except PolicyError:  # a member that this Python lacks
            break
    # Names are only asked for in a text that passes otherwise, so they are asked for here once more.
    more = Findings()
    lines = _first_lines(text)
    for name, power in facts.closed:
        if not power_is_open(power, policy):
            refuse_name(name, lines.get(name, 1), facts, policy, more)
    for name in facts.builtin_names - permitted_builtins(facts, policy) - {"vars"}:
        refuse_name(name, lines.get(name, 1), facts, policy, more)
    openings.update(dict.fromkeys(finding.opens for finding in more if finding.opens is not None))
    known = {(finding.line, finding.opens) for finding in found if finding.opens} | {(f.line, f.found) for f in found}
    for finding in more:
        if (finding.line, finding.opens) not in known and (finding.line, finding.found) not in known:
            found[finding] = None
    return tuple(sorted(found, key=lambda finding: finding.line)), sorted(openings)


def widened(policy: Policy, openings: Iterable[Opening]) -> Policy:
    """*policy* with *openings* added."""
    entries: dict[str, set[str]] = {"imports": set(), "calls": set(), "attributes": set()}
    for kind, name in openings:
        entries[kind].add(name)
    return policy.allowing(imports=entries["imports"], calls=entries["calls"], attributes=entries["attributes"])


def _first_lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    for node in textgate.flatten(ast.parse(text)):
        if isinstance(node, ast.Name):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return lines


def in_code(openings: Iterable[Opening]) -> str:
    """``.allowing(imports={"os.path"}, calls={"open"})``."""
    return f".allowing({', '.join(f'{kind}={{{names}}}' for kind, names in _grouped(openings))})"


def in_toml(openings: Iterable[Opening], table: str) -> str:
    """The same as lines of a policy file, under the table *table*."""
    return "\n".join([f"[{table}]", *(f"{kind} = [{names}]" for kind, names in _grouped(openings))])


def _grouped(openings: Iterable[Opening]) -> list[tuple[str, str]]:
    given = list(openings)
    return [
        (kind, ", ".join(f'"{name}"' for name in sorted(name for k, name in given if k == kind)))
        for kind in ("imports", "calls", "attributes")
        if any(k == kind for k, _ in given)
    ]
