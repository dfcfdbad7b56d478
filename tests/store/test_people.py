"""What people decide, and what a process finds that was not there before: through the whole flow, sandbox and all.

Two functions with the same source and a store of their own over the same database are what two processes are.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings

import pytest
from sqlalchemy import text

from fukkatsu import Checks, FlatlineError, Policy, Store, resurrect
from fukkatsu import _asking as asking
from fukkatsu.testing import scripted_provider

QUICK = Checks(contract="off", neighbours=False)
GOOD = "```python\ndef share(total, count, password=None):\n    return total / count if count else 0.0\n```"
OTHER = "```python\ndef share(total, count, password=None):\n    if count == 0:\n        return 0.0\n    return total / count\n```"


@pytest.fixture(autouse=True)
def _fresh():
    asking.reset()
    yield
    asking.reset()


def a_process(store, *replies, **options):
    """The function as one process of a fleet has it, and the model that it asks."""
    provider = scripted_provider(*replies)
    options.setdefault("checks", QUICK)

    @resurrect(provider=provider, store=store, **options)
    def share(total, count, password=None):
        return total / count

    share.asked = provider.conversations
    return share


def until(what, seconds=30.0):
    """Wait for *what* to be true: another thread is at it."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.02)


def flatline_of(function, *args, **kwargs):
    with pytest.raises(FlatlineError) as raised:
        function(*args, **kwargs)
    return str(raised.value)


def test_a_fix_outlives_its_process_and_faces_the_gauntlet_again(stores):
    """The next process asks no model, and has a report of its own."""
    first = a_process(stores(), GOOD)
    assert first(1, 0) == 0.0
    second = a_process(stores())
    assert second(6, 3) == 2.0
    assert second(1, 0) == 0.0
    assert second.asked == []
    assert second.fukkatsu.active_fix.id == first.fukkatsu.active_fix.id
    [report] = second.fukkatsu.reports
    assert report.accepted
    assert report.evidence["good_calls"] == 1


def test_a_fix_that_contradicts_a_process_is_not_installed_there(stores):
    """Each one judges with its own good calls; the others keep what they have."""
    wrong = (
        "```python\ndef share(total, count, password=None):\n    return 0.0 if count in (0, 7) else total / count\n```"
    )
    first = a_process(stores(), wrong, checks=Checks(contract="off", neighbours=False, failing_literal=False))
    assert first(1, 0) == 0.0
    second = a_process(stores(), GOOD, checks=Checks(contract="off", neighbours=False, failing_literal=False))
    assert second(14, 7) == 2.0
    assert second(1, 0) == 0.0
    assert len(second.asked) == 1
    assert [report.refused_by for report in second.fukkatsu.reports] == ["good-calls", None]
    assert first(14, 7) == 0.0
    assert len(stores().fixes()) == 2


def test_manual_approval_waits_for_a_person(stores):
    """Callers get the flatline with the id; the model is asked once; the yes is heard at the next failure."""
    share = a_process(stores(), GOOD, approve="manual")
    said = flatline_of(share, 1, 0)
    [fix] = stores().fixes()
    assert fix.state == "pending"
    assert fix.id in said
    assert fix.id in flatline_of(share, 1, 0)
    assert len(share.asked) == 1
    assert share.fukkatsu.lives_left == 1
    stores().change_state(fix.id, "active", "looks right", "ann")
    assert share(1, 0) == 0.0
    assert share.fukkatsu.active_fix.approved_by == "ann"
    assert len(share.asked) == 1


def test_a_rejected_text_is_not_accepted_when_the_model_says_it_again(stores):
    """The model is told, and has to think of something else."""
    share = a_process(stores(), GOOD, GOOD, OTHER, approve="manual")
    flatline_of(share, 1, 0)
    [fix] = stores().fixes()
    stores().change_state(fix.id, "rejected", "zero is a lie", "ann")
    asking.reset()
    waiting = flatline_of(share, 1, 0)
    assert len(share.asked) == 3
    assert f"as fix {fix.id}" in share.asked[2][-1]["content"]
    [other] = [known for known in stores().fixes() if known.state == "pending"]
    assert other.id in waiting
    assert "if count == 0" in other.source


def test_a_fix_that_nobody_approved_is_not_enough_where_a_person_is_asked(stores):
    """Another process needs no approval; this one does, of the same fix."""
    free = a_process(stores(), GOOD)
    assert free(1, 0) == 0.0
    strict = a_process(stores(), approve="manual")
    fix_id = free.fukkatsu.active_fix.id
    assert fix_id in flatline_of(strict, 1, 0)
    stores().change_state(fix_id, "active", "", "ann")
    assert strict(1, 0) == 0.0
    assert strict.asked == []


def test_a_callable_is_asked_about_fixes_of_other_processes(url, key):
    """Its no counts for this process alone."""
    seen, store = [], Store(url, timeout_seconds=10.0)
    first = a_process(Store(url, timeout_seconds=10.0), GOOD)
    first(1, 0)
    second = a_process(store, OTHER, approve=lambda fix: seen.append(fix.source) or "if count == 0" in fix.source)
    assert second(1, 0) == 0.0
    assert [source.startswith("def share") for source in seen] == [True, True]
    assert store.record(first.fukkatsu.active_fix.id).fix.state == "active"
    store.close()


def test_an_approval_lapses_when_the_function_changes(stores):
    """It was given to another text."""
    old = a_process(stores(), GOOD, approve="manual")
    flatline_of(old, 1, 0)
    [fix] = stores().fixes()
    stores().change_state(fix.id, "active", "", "ann")

    def share(total, count, password=None):
        return total * 1 / count

    share.__qualname__ = old.__qualname__
    changed = resurrect(provider=scripted_provider(GOOD), store=stores(), approve="manual", checks=QUICK)(share)
    flatline_of(changed, 1, 0)
    assert sorted(known.state for known in stores().fixes()) == ["active", "pending"]
    assert not stores().record(fix.id).current


def test_a_fix_lapses_under_another_policy(stores):
    """What that one permitted, this one may not."""
    first = a_process(stores(), GOOD)
    first(1, 0)
    second = a_process(stores(), OTHER, policy=Policy(wall_seconds=1.5))
    assert second(1, 0) == 0.0
    assert len(second.asked) == 1


def test_what_a_process_takes_back_is_taken_back_by_all(url, key):
    """A rollback here is heard there within seconds, and nobody installs that fix again."""
    ours, theirs = Store(url, timeout_seconds=10.0), Store(url, timeout_seconds=10.0)
    first, second = a_process(ours, GOOD), a_process(theirs, GOOD)
    assert (first(1, 0), second(1, 0)) == (0.0, 0.0)
    assert second.asked == []
    theirs._watchers[1].listening.wait(30)
    first.fukkatsu.rollback()
    until(lambda: second.fukkatsu.active is None)
    assert [fix.state for fix in second.fukkatsu.fixes] == ["revoked"]
    assert theirs.known(first.fukkatsu.fixes[0].key) is None
    third = a_process(theirs, GOOD, OTHER)
    assert third(1, 0) == 0.0
    assert "if count == 0" in third.fukkatsu.active_fix.source
    ours.close()
    theirs.close()


@pytest.mark.parametrize("everything", [False, True])
def test_a_function_that_is_switched_off_is_left_to_its_original(url, key, everything):
    """In running processes within seconds, in new ones from the start; and on again without another life."""
    ours, theirs = Store(url, timeout_seconds=10.0), Store(url, timeout_seconds=10.0)
    share = a_process(theirs, GOOD)
    assert share(1, 0) == 0.0
    theirs._watchers[1].listening.wait(30)
    name = ("", "") if everything else (share.__module__, share.__qualname__)
    ours.switch(*name, off=True, reason="an incident", actor="ann")
    until(lambda: share.fukkatsu.disabled)
    with pytest.raises(ZeroDivisionError):
        share(1, 0)
    restarted = a_process(ours, GOOD)
    with pytest.raises(ZeroDivisionError) as raised:
        restarted(1, 0)
    assert "switched off in the store" in raised.value.__notes__[0]
    ours.switch(*name, off=False, actor="ann")
    until(lambda: not share.fukkatsu.disabled)
    assert share(1, 0) == 0.0
    assert share.fukkatsu.lives_left == 0
    assert restarted(1, 0) == 0.0
    assert restarted.asked == []
    ours.close()
    theirs.close()


def test_a_fix_that_was_tampered_with_is_not_even_tried(backend, url, key):
    """The model is asked as if there were none, and the audit says what happened."""
    first = a_process(Store(url), GOOD)
    assert first(1, 0) == 0.0
    with backend.changing() as change:
        change.connection.execute(text("UPDATE suggestions SET candidate = replace(candidate, '0.0', '1.0')"))
    second = a_process(Store(url), OTHER)
    assert second(1, 0) == 0.0
    assert len(second.asked) == 1
    refused = [entry.fix_id for entry in backend.entries() if entry.event == "fix.refused"]
    assert refused == [first.fukkatsu.active_fix.id]
    assert [report.accepted for report in second.fukkatsu.reports] == [True]


def test_no_secret_is_written_down(tmp_path, key):
    """Arguments, tracebacks, reasons and counterexamples are masked as they are for the model."""
    wrong = "```python\ndef share(total, count, password=None):\n    raise ValueError(password)\n```"
    store = Store(f"sqlite:///{tmp_path}/fixes.db")
    share = a_process(store, wrong, GOOD)
    assert share(6, 3, password="correct-horse-battery") == 2.0
    assert share(1, 0, password="correct-horse-battery") == 0.0
    record = store.record(share.fukkatsu.active_fix.id)
    assert record.circumstances.arguments["count"] == "0"
    assert "total / count" in record.circumstances.source
    assert record.refused == 1
    store.close()
    until(lambda: not (tmp_path / "fixes.db-wal").exists())
    assert b"battery" not in (tmp_path / "fixes.db").read_bytes()


def test_a_database_that_is_away_keeps_nobody_from_healing(tmp_path, key, caplog):
    """One warning, a healed function, and the fix is in this process's memory."""
    store = Store(f"sqlite:///{tmp_path}/nowhere/fixes.db", timeout_seconds=0.1)
    share = a_process(store, GOOD)
    assert share(1, 0) == 0.0
    share.fukkatsu.rollback()
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING and "nowhere" in r.getMessage()]
    assert len(warnings) == 1
    assert [fix.state for fix in store.fixes()] == ["revoked"]
    store.close()


def test_a_url_is_enough(tmp_path, key, monkeypatch):
    """``store="sqlite:///..."``, the environment, or a file: all functions with the same one share it."""
    url = f"sqlite:///{tmp_path}/fixes.db"
    assert a_process(url, GOOD)(1, 0) == 0.0
    assert a_process(url)(1, 0) == 0.0
    monkeypatch.setenv("FUKKATSU_STORE", url)
    assert a_process(None)(1, 0) == 0.0
    monkeypatch.delenv("FUKKATSU_STORE")
    (tmp_path / "pyproject.toml").write_text(f'[tool.fukkatsu]\nstore = "{url}"\n')
    monkeypatch.chdir(tmp_path)
    assert a_process(None)(1, 0) == 0.0


def test_a_forked_child_hears_what_people_decide_about_its_parents_fix(tmp_path, key):
    """A server that forks its workers after a function was healed: threads do not survive a fork, the watch does."""
    store = Store(f"sqlite:///{tmp_path}/fixes.db", timeout_seconds=10.0)
    share = a_process(store, GOOD)
    assert share(1, 0) == 0.0
    fix_id = share.fukkatsu.active_fix.id
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that there are threads is what this is about
        child = os.fork()
    if not child:
        code = 1
        try:
            until(lambda: share.fukkatsu.active is None)
            code = 0
        finally:
            os._exit(code)
    store.change_state(fix_id, "revoked", "wrong", "ann")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    until(lambda: share.fukkatsu.active is None)
    store.close()
