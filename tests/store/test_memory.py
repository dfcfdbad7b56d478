"""The in-memory store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fukkatsu import Fix, Report, Store
from fukkatsu._model.fix import FixKey
from fukkatsu._model.patch import Candidate

KEY = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="p", additional_req="")


def a_fix(**changes):
    made = Fix(key=KEY, candidate=Candidate(text="def f(): pass"), report=Report(function="f", source="", verdicts=()))
    return replace(made, **changes)


def test_a_fix_is_known_by_every_part_of_its_key():
    """It lapses when any of them changes."""
    store = Store()
    fix = a_fix()
    store.remember(fix)
    assert store.known(KEY) == fix
    for part in ("module", "qualname", "source_sha256", "fingerprint", "additional_req"):
        assert store.known(replace(KEY, **{part: "other"})) is None


def test_a_fix_that_was_taken_back_is_not_known_any_more():
    """Revoked means revoked, and it stays in the list."""
    store = Store()
    fix = a_fix()
    store.remember(fix)
    assert store.change_state(fix.id, "revoked").state == "revoked"
    assert store.known(KEY) is None
    assert [kept.state for kept in store.fixes()] == ["revoked"]
    assert store.change_state("nobody", "revoked") is None


def test_the_newest_of_several_fixes_is_the_known_one():
    """A later correction replaces an earlier one."""
    store = Store()
    older, newer = a_fix(id="1"), a_fix(id="2")
    store.remember(older)
    store.remember(newer)
    assert store.known(KEY).id == "2"
    store.change_state("2", "revoked")
    assert store.known(KEY).id == "1"


def test_a_database_is_refused_until_there_is_one():
    """Never silently memory."""
    with pytest.raises(NotImplementedError, match="not available yet"):
        Store("sqlite:///x.db")
