"""``fukkatsu doctor``: what this machine gives, as the sandbox itself sees it."""

from __future__ import annotations

import json

from fukkatsu._sandbox.host import isolation


def test_the_doctor_says_what_the_sandbox_found(fukkatsu):
    """Every layer with yes or no and why; the exit code is the answer."""
    done = fukkatsu("doctor")
    found = isolation()
    assert done.returncode == (0 if found.sufficient else 1)
    for layer in found.layers:
        assert f"  {'yes' if layer.available else 'no':<4} {layer.name}" in done.stdout


def test_the_json_document_says_the_same(fukkatsu):
    """For scripts: layers, versions, and whether a key is set."""
    done = fukkatsu("doctor", "--json", FUKKATSU_MODEL="some-model")
    facts = json.loads(done.stdout)
    assert (facts["full"], facts["sufficient"]) == (isolation().full, isolation().sufficient)
    assert [layer["name"] for layer in facts["layers"]] == [layer.name for layer in isolation().layers]
    assert (facts["key_set"], facts["model"]) == (False, "some-model")


def test_the_key_itself_is_never_printed(fukkatsu):
    """The output is made to be pasted into a report."""
    done = fukkatsu("doctor", OPENAI_API_KEY="sk-hidden-0123456789", OPENAI_BASE_URL="http://me:pw@host/v1")
    assert "sk-hidden" not in done.stdout + done.stderr
    assert "pw@" not in done.stdout + done.stderr
    assert "OPENAI_API_KEY    set" in done.stdout


def test_the_off_switch_shows(fukkatsu):
    """Whoever wonders why nothing is healed looks here first."""
    assert "FUKKATSU=off" in fukkatsu("doctor", FUKKATSU="off").stdout
