"""Says what this machine gives the sandbox, layer by layer, and what to do about what is missing."""

from __future__ import annotations

import argparse
import os
import platform
from typing import Any, Final

from fukkatsu._cli.exits import Exit
from fukkatsu._cli.render import Screen, print_json
from fukkatsu._switch import is_disabled

EXAMPLE: Final = """\
example:
  fukkatsu doctor --json

Exit code 0 when there is enough for isolation="required", 1 when that would refuse every correction on this machine.
"""

PACKAGES: Final = ("openai", "RestrictedPython", "hypothesis", "cloudpickle", "typeguard", "rich")


def add_options(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def installed_version(package: str) -> str:
    """Version of an installed *package*, or ``"not installed"``."""
    from importlib.metadata import PackageNotFoundError, version  # slow to load, and only needed here

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def examine() -> dict[str, Any]:
    """What the machine, the installation and the environment give. Says whether a key is set, never which."""
    from fukkatsu import __version__
    from fukkatsu._sandbox.host import isolation

    found = isolation()
    return {
        "fukkatsu": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: installed_version(name) for name in PACKAGES},
        "isolation": found.summary,
        "full": found.full,
        "sufficient": found.sufficient,
        "layers": [{"name": layer.name, "available": layer.available, "why": layer.why} for layer in found.layers],
        "key_set": bool(os.environ.get("OPENAI_API_KEY")),
        "base_url_set": bool(os.environ.get("OPENAI_BASE_URL")),
        "model": os.environ.get("FUKKATSU_MODEL") or None,
        "switched_off": is_disabled(),
    }


def run(options: argparse.Namespace) -> int:
    """Probe once and print."""
    facts = examine()
    if options.json:
        print_json(facts)
        return Exit.DONE if facts["sufficient"] else Exit.NO
    screen = Screen(colour=not options.no_color)
    screen.line(f"fukkatsu {facts['fukkatsu']}, Python {facts['python']}, {facts['platform']}")
    screen.title("Layers of the sandbox")
    for layer in facts["layers"]:
        answer = "yes" if layer["available"] else "no"
        screen.prose(
            layer["why"], "good" if layer["available"] else "bad", indent=2, label=f"{answer:<4} {layer['name']:<18} "
        )
    screen.line()
    if facts["sufficient"]:
        screen.prose(
            f'isolation: {facts["isolation"]}. Policy(isolation="required"), the default on Linux, is satisfied: '
            "it asks for rlimits, no_new_privs, seccomp, and Landlock or namespaces.",
            "good",
        )
    else:
        screen.prose(f"isolation: {facts['isolation']}", "bad")
        screen.prose(
            'Policy(isolation="required"), the default on Linux, refuses every correction here. Run the program where '
            "the missing layers exist (a newer kernel, a less strict container), or permit less: "
            'Policy(isolation="best-effort") uses what there is and says so in every report.'
        )
    screen.title("Model")
    screen.line(
        f"OPENAI_API_KEY    {'set' if facts['key_set'] else 'not set: a failing function flatlines at once'}", indent=2
    )
    screen.line(f"OPENAI_BASE_URL   {'set' if facts['base_url_set'] else 'not set: the SDK default'}", indent=2)
    screen.line(f"FUKKATSU_MODEL    {facts['model'] or 'not set: the default model'}", indent=2)
    if facts["switched_off"]:
        screen.line("FUKKATSU=off      every decorator returns its function untouched", "bad", indent=2)
    screen.title("Packages")
    for name, version in facts["packages"].items():
        screen.line(f"{name:<17} {version}", indent=2)
    return Exit.DONE if facts["sufficient"] else Exit.NO
