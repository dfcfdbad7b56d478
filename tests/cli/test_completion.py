"""`fukkatsu completion`: the shell itself completes commands, options and choices."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from fukkatsu._cli.main import COMMANDS, main


@pytest.fixture
def script(capsys):
    """The script for bash."""
    assert main(["completion", "bash"]) == 0
    return capsys.readouterr().out


def completed(script, *words):
    """What bash offers after these words, the last one unfinished."""
    words = ("fukkatsu", *words)
    quoted = " ".join(f"'{word}'" for word in words)
    asked = f"""{script}
COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMP_LINE="${{COMP_WORDS[*]}}"; COMP_POINT=${{#COMP_LINE}}
function_name=$(complete -p fukkatsu | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function_name" fukkatsu "{words[-1]}" "{words[-2]}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False)
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
def test_bash_completes_commands_options_and_choices(script):
    """Each at its place."""
    assert set(COMMANDS) <= completed(script, "")
    assert completed(script, "dem") == {"demo"}
    assert "--live" in completed(script, "demo", "--")
    assert completed(script, "verify", "--isolation", "bes") == {"best-effort"}


def test_every_shell_gets_a_script(capsys):
    """zsh and tcsh too."""
    for shell in ("zsh", "tcsh"):
        assert main(["completion", shell]) == 0
        assert "fukkatsu" in capsys.readouterr().out
