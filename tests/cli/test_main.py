"""The command line itself: help, version, and errors that say what to type next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fukkatsu import __version__
from fukkatsu._cli.main import COMMANDS

KINDS = ("policy explain", "policy check")
OVER_A_STORE = {"fixes", "show", "diff", "approve", "reject", "revoke", "disable", "enable", "log", "export", "ui"}


def test_help_names_every_command_and_every_exit_code(fukkatsu):
    """What a script may rely on stands in the help."""
    done = fukkatsu("--help")
    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)
    assert all(f"\n  {code} " in done.stdout for code in (0, 1, 2, 3, 130))


def test_no_command_shows_the_help(fukkatsu):
    """Somebody who types only the name wants to know what there is."""
    assert fukkatsu().stdout == fukkatsu("--help").stdout


@pytest.mark.parametrize("command", [*COMMANDS, *KINDS])
def test_each_commands_help_has_an_example_and_its_exit_codes(fukkatsu, command):
    """One line to copy, what a script may rely on, and the options that every command has."""
    done = fukkatsu(*command.split(), "--help")
    assert done.returncode == 0
    assert f"example:\n  fukkatsu {command}" in done.stdout
    assert "xit code 0" in done.stdout or command == "policy"  # the two commands of it say theirs
    assert "--json" in done.stdout
    assert "--no-color" in done.stdout
    assert ("--store URL" in done.stdout) == (command.split()[0] in OVER_A_STORE)


def test_version_is_the_installed_one(fukkatsu):
    """``fukkatsu 0.1.0``: a word and a number."""
    done = fukkatsu("--version")
    assert (done.returncode, done.stdout) == (0, f"fukkatsu {__version__}\n")


def test_an_unknown_command_is_answered_with_the_known_ones(fukkatsu):
    """Exit code 2, the nearest name, the list, and no traceback."""
    done = fukkatsu("dem0")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "'dem0'" in done.stderr
    assert "Did you mean 'demo'?" in done.stderr
    assert "demo, doctor, verify" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_option_is_not_guessed_at(fukkatsu):
    """``--jso`` is a typing error, not ``--json``: a script must not break when an option is added."""
    done = fukkatsu("doctor", "--jso")
    assert done.returncode == 2
    assert "--jso" in done.stderr
    assert "try: fukkatsu" in done.stderr


def test_the_script_and_the_module_are_the_same_command(fukkatsu):
    """Where the package is installed, ``fukkatsu`` stands beside its interpreter."""
    script = Path(sys.executable).with_name("fukkatsu")
    if not script.exists():
        pytest.skip("the package is not installed beside this interpreter (PYTHONPATH run)")
    done = subprocess.run([script, "--help"], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == fukkatsu("--help").stdout
