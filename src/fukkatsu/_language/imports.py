"""What a candidate imports: which of it is open, what its names stand for then, and what only says the file again."""

from __future__ import annotations

import ast
import difflib

from fukkatsu._language.allowlist import DEFAULT_IMPORTS, POWERS
from fukkatsu._language.attributes import is_dunder
from fukkatsu._language.facts import OriginalFacts
from fukkatsu._language.findings import Findings
from fukkatsu._language.modules import Openings, public_name, why_closed
from fukkatsu._language.names import check_bound_name


class ImportCheck:
    """The imports of one candidate.

    Args:
        facts: Of the original.
        openings: What the policy and the original open.
        findings: Where refusals go.

    Attributes:
        modules: What the names stand for that are bound to modules, the original's own among them.
        origins: Of names that the text imports from somewhere, from where.
    """

    def __init__(self, facts: OriginalFacts, openings: Openings, findings: Findings) -> None:
        self.facts, self.openings, self.findings = facts, openings, findings
        self.modules: dict[str, str] = {name: public_name(module) for name, module in facts.modules}
        self.origins: dict[str, str] = {}
        self._closed: set[str] = set()

    def bind(self, node: ast.Import | ast.ImportFrom) -> None:
        """Learn what names an import binds, before anything is done with them."""
        for alias in node.names:
            if self._says_again(node, alias):
                continue
            if (alias.asname or alias.name.partition(".")[0]) in self.facts.globals_assigned:
                found = f"an import named {alias.asname or alias.name}"
                self.findings.add(
                    node, found, "the original declares that name global", "Import it under another name."
                )
            if isinstance(node, ast.Import):
                top = alias.name.partition(".")[0]
                self.modules[alias.asname or top] = alias.name if alias.asname else top
            else:
                full = f"{node.module}.{alias.name}"
                self.origins[alias.asname or alias.name] = full
                if self.openings.importable(full):
                    self.modules[alias.asname or alias.name] = full
                else:
                    self.modules.pop(alias.asname or alias.name, None)

    def check_import(self, node: ast.Import) -> None:
        """``import a.b as c``."""
        for alias in node.names:
            check_bound_name(node, alias.asname, self.findings)
            if self._says_again(node, alias):
                continue
            if not self.openings.importable(alias.name):
                self._refuse(node, f"import {alias.name}", alias.name)

    def check_import_from(self, node: ast.ImportFrom) -> None:
        """``from a import b``."""
        if node.level:
            self._name_module(node)
        if node.level or not node.module:
            dots = "." * node.level + (node.module or "")
            self.findings.add(
                node, f"from {dots} import ...", "relative imports depend on where they stand", "Name the module."
            )
            return
        if node.module == "__future__":
            if any(alias.name != "annotations" for alias in node.names):
                self.findings.add(
                    node, "from __future__ import ...", "only annotations has an effect here", "Leave it out."
                )
            return
        for alias in node.names:
            check_bound_name(node, alias.asname or alias.name, self.findings)
            found = f"from {node.module} import {alias.name}"
            if self._says_again(node, alias):
                continue
            if alias.name == "*":
                self.findings.add(node, found, "a star hides what is imported", "Name what you need.")
            elif not self.openings.importable(node.module):
                self._refuse(node, found, node.module)
            elif self.openings.member(node.module, alias.name) is False or is_dunder(alias.name):
                full = f"{node.module}.{alias.name}"
                self.findings.add_closed(node, found, why_closed(node.module, alias.name), ("imports", full))

    def narrow(self) -> None:
        """One reason for a closed module: of those with powers the members that are used, of others the module."""
        for module in self._closed:
            members = [f for f in self.findings if f.opens is not None and f.opens[1].startswith(f"{module}.")]
            if members and module.partition(".")[0] in POWERS:
                members = [f for f in self.findings if f.opens == ("imports", module)]
            for finding in members:
                self.findings.remove(finding)

    def _says_again(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
        """An import of what the original's own name holds: the transformer leaves it out."""
        if isinstance(node, ast.ImportFrom):
            home = "" if node.level else node.module or ""
            return self.facts.says_again(alias.asname or alias.name, home, alias.name)
        return ("." not in alias.name or bool(alias.asname)) and self.facts.says_again(
            alias.asname or alias.name, alias.name
        )

    def _name_module(self, node: ast.ImportFrom) -> None:
        """Give a relative import the name of its module, where it says again what the original's file says.

        Whether that file is a module or a package nobody has told us: one of the two has what it names.
        """
        for package in (self.facts.module.rpartition(".")[0], self.facts.module):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level <= len(parts) else ""
            module = f"{base}.{node.module}" if node.module else base
            if base and all(self.facts.says_again(each.asname or each.name, module, each.name) for each in node.names):
                node.module, node.level = module, 0
                return

    def _refuse(self, node: ast.stmt, found: str, module: str) -> None:
        close = difflib.get_close_matches(module, list(DEFAULT_IMPORTS), n=1, cutoff=0.85)
        hint = f" Did you mean {close[0]}?" if close and close[0] != module else ""
        self._closed.add(module)
        self.findings.add_closed(node, found, why_closed(module), ("imports", module), hint)
