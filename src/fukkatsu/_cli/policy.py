"""Says what corrections of a function may use and why, and what a given correction would be refused for."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fukkatsu._cli.exits import CommandError, Exit
from fukkatsu._cli.render import Screen, print_json
from fukkatsu._cli.verify import given_policy, load_function

if TYPE_CHECKING:
    from fukkatsu._language.explain import Explanation
    from fukkatsu._language.facts import OriginalFacts
    from fukkatsu._language.findings import Finding, Opening
    from fukkatsu._model.patch import FunctionSource
    from fukkatsu._policy_file import PolicyOrigin
    from fukkatsu.policy import Policy

EXAMPLE: Final = """\
example:
  fukkatsu policy explain shop.rates:load
  fukkatsu policy check fix.py --function shop.rates:load

The policy is the one in force: what the function's decorator says, else [tool.fukkatsu.policy] in pyproject.toml,
[policy] in fukkatsu.toml, or the file that FUKKATSU_POLICY names. The function's module is imported, as `python` would
from the current folder: it is trusted. A correction is only read; nothing of it runs.
"""

EXPLAIN_EXAMPLE: Final = """\
example:
  fukkatsu policy explain shop.rates:load

Exit code 0, whether something is closed or not.
"""

CHECK_EXAMPLE: Final = """\
example:
  fukkatsu policy check fix.py --function shop.rates:load

Exit code 0: the language refuses nothing (the sandbox and the checks come after it: fukkatsu verify). 1: it would be
refused, and each reason stands there with what would permit it.
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Two commands of one subject."""
    commands = parser.add_subparsers(dest="question", metavar="explain|check", required=True)
    raw = argparse.RawDescriptionHelpFormatter
    explain = commands.add_parser(
        "explain",
        help="what corrections of a function may use, and what would open the rest",
        description="Says what corrections of a function may use and why, which of the function's own names are closed "
        "to them,\nand the lines that open those.",
        epilog=EXPLAIN_EXAMPLE,
        formatter_class=raw,
    )
    explain.add_argument("function", metavar="PKG.MOD:NAME", help="the function; NAME may be dotted (Class.method)")
    check = commands.add_parser(
        "check",
        help="what a correction from a file would be refused for",
        description="Says what the language would refuse a correction for, and what would permit it.\n"
        "Nothing of it runs.",
        epilog=CHECK_EXAMPLE,
        formatter_class=raw,
    )
    check.add_argument("file", metavar="FILE", help="source of the correction; - reads standard input")
    check.add_argument("--function", required=True, metavar="PKG.MOD:NAME", help="the function that it corrects")
    for command in (explain, check):  # also after the question, where everybody writes them
        command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document")
        command.add_argument("--no-color", action="store_true", default=argparse.SUPPRESS, help="plain text")


def run(options: argparse.Namespace) -> int:
    """Answer one of the two questions."""
    from fukkatsu.errors import FukkatsuError

    text = _read(options.file) if options.question == "check" else ""
    try:
        subject = _Subject(options.function)
        return _explain(subject, options) if options.question == "explain" else _check(subject, text, options)
    except FukkatsuError as error:
        raise CommandError(f"{options.function}: {error}") from error


class _Subject:
    """The function that is asked about, and the policy that holds for it."""

    source: FunctionSource
    facts: OriginalFacts
    policy: Policy
    origin: PolicyOrigin
    decorated: bool
    """Whether the policy is the decorator's (or that of ``configure``), not that of files."""

    def __init__(self, name: str) -> None:
        if name.count(":") != 1 or not all(name.split(":")):
            msg = f"{name!r} must read PKG.MOD:NAME, for example shop.rates:load"
            raise CommandError(msg)
        found = load_function(name)

        from fukkatsu._capture.source import read_source
        from fukkatsu._language.facts import read_facts
        from fukkatsu._policy_file import policy_origin
        from fukkatsu.policy import load_policy

        self.name = name
        function: Any = getattr(found, "__fukkatsu_original__", found)
        self.source = read_source(function)
        self.facts = read_facts(function, self.source)
        self.origin = policy_origin()
        given = given_policy(found)
        self.decorated = given is not None
        self.policy = load_policy(given)

    def policy_words(self) -> str:
        """Where the policy comes from, for a person."""
        files = ", ".join(self.origin.files)
        locked = f"; {self.origin.place} is locked" if self.origin.locked else ""
        if self.decorated:
            return "the one that its decorator was given" + (f", within {files}" if self.origin.locked else "") + locked
        return (files or "Policy(), the default: no file says otherwise") + locked

    def ways_to_open(self, openings: tuple[Opening, ...]) -> dict[str, str]:
        """The same opening in code and in a file; where a file is locked, code cannot."""
        from fukkatsu._language.explain import in_code, in_toml

        if not openings:
            return {}
        base = "policy" if self.decorated else "Policy()"
        ways = {} if self.origin.locked else {"code": base + in_code(openings)}
        if not self.decorated or self.origin.locked:  # what a decorator is given wins over files
            ways["file"], ways["toml"] = self.origin.place, in_toml(openings, self.origin.table)
        return ways


def _read(path: str) -> str:
    if path == "-":
        return sys.stdin.read()
    try:
        return Path(path).read_text("utf-8", "surrogateescape")
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise CommandError(msg) from error


def _as_json(finding: Finding) -> dict[str, Any]:
    opens = None if finding.opens is None else {finding.opens[0]: [finding.opens[1]]}
    return {
        "line": finding.line, "found": finding.found, "why": finding.why, "remedy": finding.remedy, "opens": opens,
    }  # fmt: skip


def _policy_as_json(subject: _Subject) -> dict[str, Any]:
    policy, origin = subject.policy, subject.origin
    return {
        "decorated": subject.decorated,
        "files": list(origin.files),
        "locked": origin.locked,
        "run_in": policy.run_in,
        "isolation": policy.isolation,
    }


# -- explain -----------------------------------------------------------------------------------------------------------


def _explain(subject: _Subject, options: argparse.Namespace) -> int:
    from fukkatsu._language.explain import explain

    found = explain(subject.source.text, subject.facts, subject.policy)
    ways = subject.ways_to_open(found.to_open)
    if options.json:
        print_json(
            {
                "function": subject.name,
                "policy": _policy_as_json(subject),
                "own": [{"name": own.name, "kind": own.kind, "why": own.why} for own in found.own],
                "closed": [_as_json(finding) for finding in found.closed],
                "to_open": {
                    kind: [name for k, name in found.to_open if k == kind]
                    for kind in ("imports", "calls", "attributes")
                },
                "ways": ways,
                "calls": list(found.calls),
                "imports": list(found.imports),
                "attributes": list(found.attributes),
            }
        )
        return Exit.DONE
    screen = Screen(colour=not options.no_color)
    screen.line(f"What corrections of {subject.name} may use", "title")
    screen.prose(subject.policy_words(), indent=2, label="policy: ")
    place = "in the host, under guards" if subject.policy.run_in == "host" else "in the sandbox, for good"
    screen.prose(place, indent=2, label="an accepted fix runs: ")
    _show_own(screen, found)
    _show_listed(screen, found)
    screen.title(
        "Closed, although the function uses it" if found.closed else "Nothing that the function uses is closed"
    )
    if found.closed:
        _show_findings(screen, found.closed, subject.source.first_line)
        _show_ways(screen, ways)
    return Exit.DONE


def _show_own(screen: Screen, found: Explanation) -> None:
    if not found.own:
        return
    screen.title("Open, because the function uses it")
    width = min(max(len(own.name) for own in found.own), 30)
    for own in found.own:
        screen.prose(f"{own.kind}: {own.why}", indent=2, label=f"{own.name:<{width}}  ")


def _show_listed(screen: Screen, found: Explanation) -> None:
    screen.title("Open, because the policy lists it")
    errors = [name for name in found.calls if name[0].isupper()]
    calls = [name for name in found.calls if not name[0].isupper()]
    whole = [name for name in found.imports if name != "__future__"]
    screen.prose(", ".join(calls) or "none", indent=2, label="builtins:   ")
    screen.prose(f"{len(errors)} of the built-in ones" if errors else "none", indent=2, label="exceptions: ")
    screen.prose(", ".join(whole) or "none", indent=2, label="imports:    ")
    if found.attributes:
        screen.prose(", ".join(found.attributes), indent=2, label="attributes: ")
    screen.prose(
        "every public one that hands out nothing of the interpreter; private ones only where the function uses them",
        indent=2,
        label="attributes: " if not found.attributes else "            ",
    )


def _show_findings(screen: Screen, findings: tuple[Finding, ...], first_line: int = 1) -> None:
    for finding in findings:
        line = first_line + finding.line - 1
        screen.prose(f"{finding.found}: {finding.why}.", "bad", indent=2, label=f"line {line}: ")
        screen.prose(finding.remedy, indent=6)


def _show_ways(screen: Screen, ways: dict[str, str]) -> None:
    if "code" in ways:
        screen.title("To open it, in code")
        screen.line(f"@resurrect(policy={ways['code']})", "added", indent=2)
    if "toml" in ways:
        screen.title(f"{'Or' if 'code' in ways else 'To open it,'} in {ways['file']}")
        screen.line(ways["toml"], "added", indent=2)


# -- check -------------------------------------------------------------------------------------------------------------


def _check(subject: _Subject, text: str, options: argparse.Namespace) -> int:
    from fukkatsu._language.program import CompileRefusal, Program, compile_program
    from fukkatsu._language.static import check_source

    findings = check_source(text, subject.facts, subject.policy)
    if not findings:
        try:
            compile_program(Program(text, subject.facts, subject.policy, f"<{options.file}>"))
        except CompileRefusal as refusal:
            findings = refusal.findings
    openings = tuple(sorted({finding.opens for finding in findings if finding.opens is not None}))
    ways = subject.ways_to_open(openings)
    code = Exit.NO if findings else Exit.DONE
    if options.json:
        print_json(
            {
                "function": subject.name,
                "policy": _policy_as_json(subject),
                "refused": bool(findings),
                "findings": [_as_json(finding) for finding in findings],
                "ways": ways,
            }
        )
        return code
    screen = Screen(colour=not options.no_color)
    if not findings:
        screen.prose(f"The language refuses nothing in this correction of {subject.name}.", "good")
        return code
    screen.line(f"A correction of {subject.name} with this text would be refused", "title")
    screen.prose(subject.policy_words(), indent=2, label="policy: ")
    _show_findings(screen, findings)
    _show_ways(screen, ways)
    return code
