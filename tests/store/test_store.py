"""What every store does, wherever it keeps things: one suite for memory, SQLite and PostgreSQL."""

from __future__ import annotations

import os
import uuid
import warnings
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fukkatsu import Fix, Report, Store
from fukkatsu._model.fix import FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import STAGES, Verdict
from fukkatsu._store.records import FOLLOWS, Circumstances

KEY = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="p", additional_req="")
TEXT = "def f(x):\n    return x"
ACCEPTED = Report(
    function="f",
    source=TEXT,
    verdicts=tuple(
        Verdict(stage=stage, outcome="accepted", seconds=0.25, evidence={"good_calls": 2}) for stage in STAGES
    ),
    isolation="full",
    notes=("thin evidence",),
)
TOLD = Circumstances(
    source="def f(x):\n    return 1 / x",
    filename="shop.py",
    first_line=3,
    exception="ZeroDivisionError: division by zero",
    traceback="Traceback ...",
    arguments={"x": "0"},
)


def a_fix(text=TEXT, **changes):
    made = Fix(
        key=KEY,
        candidate=Candidate(text=text, model="a model", prompt_tokens=7, completion_tokens=5),
        report=replace(ACCEPTED, source=text),
        created=12.5,
        policy_sha256="any",
    )
    return replace(made, **changes)


def test_a_fix_comes_back_as_it_went_in(stores):
    """Text, model, tokens, evidence and all, in another process as in this one."""
    fix = a_fix()
    assert stores().remember(fix, TOLD) == fix
    assert stores().find(KEY) == (fix,)
    assert stores().known(KEY).report.accepted


def test_a_fix_is_known_by_every_part_of_its_key(store):
    """It lapses when any of them changes."""
    fix = a_fix()
    store.remember(fix, TOLD)
    assert store.known(KEY) == fix
    for part in ("module", "qualname", "source_sha256", "fingerprint", "additional_req"):
        assert store.known(replace(KEY, **{part: "other"})) is None


def test_a_fix_is_offered_under_the_policy_that_it_was_accepted_under(store):
    """Another policy may forbid what that one permitted."""
    store.remember(a_fix(), TOLD)
    assert store.known(KEY, "any") is not None
    assert store.known(KEY, "another") is None


def test_a_fix_that_was_taken_back_is_not_known_any_more(stores):
    """Revoked means revoked, everywhere, and it stays in the list."""
    fix = a_fix()
    stores().remember(fix)
    assert stores().change_state(fix.id, "revoked", "wrong").state == "revoked"
    assert stores().known(KEY) is None
    assert [kept.state for kept in stores().fixes()] == ["revoked"]
    assert stores().change_state("nobody", "revoked") is None


def test_the_newest_of_several_fixes_is_the_known_one(store):
    """A later correction replaces an earlier one."""
    store.remember(a_fix("def f(x):\n    return 1", id="1", created=1.0))
    store.remember(a_fix("def f(x):\n    return 2", id="2", created=2.0))
    assert store.known(KEY).id == "2"
    store.change_state("2", "revoked")
    assert store.known(KEY).id == "1"


def test_the_same_text_is_one_fix_however_often_it_is_accepted(stores):
    """Two processes that came to the same correction have one."""
    first = a_fix(id="1")
    assert stores().remember(first) == first
    assert stores().remember(a_fix(id="2", created=99.0)).id == "1"
    assert [fix.id for fix in stores().fixes()] == ["1"]


def test_a_text_that_was_taken_back_stays_so_when_it_is_suggested_again(stores):
    """A model says the same thing twice; what a person has refused is not asked about again."""
    stores().remember(a_fix(id="1", state="pending"))
    stores().change_state("1", "rejected", "no", "ann")
    assert stores().remember(a_fix(id="2")).state == "rejected"
    assert stores().known(KEY) is None


@pytest.mark.parametrize("state", [state for state in FOLLOWS if not FOLLOWS[state]])
def test_nothing_follows_an_end(store, state):
    """Of two people who decide at once the first one counts."""
    fix = a_fix(state="pending")
    store.remember(fix)
    assert store.change_state(fix.id, state, "first", "ann").state == state
    for later in FOLLOWS:
        assert store.change_state(fix.id, later, "second", "bob").state == state
    assert store.record(fix.id).decided_by == "ann"


def test_an_approval_carries_its_persons_name(stores):
    """Who said yes is part of the fix."""
    fix = a_fix(state="pending")
    stores().remember(fix, TOLD)
    assert stores().known(KEY) is None
    assert stores().change_state(fix.id, "active", "looks right", "ann").approved_by == "ann"
    assert stores().known(KEY).approved_by == "ann"
    record = stores().record(fix.id)
    assert (record.decided_by, record.reason, record.fix.state) == ("ann", "looks right", "active")


def test_what_is_active_without_a_person_can_still_be_approved(stores):
    """One process needs no approval, another one does."""
    fix = a_fix()
    stores().remember(fix)
    assert stores().change_state(fix.id, "active", "", "ann").approved_by == "ann"
    assert stores().change_state(fix.id, "active", "", "bob").approved_by == "ann"


def test_what_waits_for_approval_lapses_when_the_function_changes(stores):
    """The yes would be to another function."""
    waiting, active = a_fix(state="pending"), a_fix("def f(x):\n    return 3")
    stores().remember(waiting, TOLD)
    stores().remember(active, TOLD)
    noting = stores()
    noting.note_failure(replace(KEY, source_sha256="newer"), TOLD)
    assert noting.settle()
    states = {fix.id: fix.state for fix in stores().fixes()}
    assert states == {waiting.id: "expired", active.id: "active"}
    assert stores().change_state(waiting.id, "active", "", "ann").state == "expired"
    assert not stores().record(active.id).current


def test_an_expired_text_may_be_proposed_anew(stores):
    """The function was changed back: a person is asked again."""
    stores().remember(a_fix(id="1", state="pending"))
    stores().change_state("1", "expired")
    assert stores().remember(a_fix(id="2", state="pending")).id == "2"
    assert len(stores().find(KEY)) == 2


def test_the_audit_tells_the_story_in_order(stores):
    """Proposed, approved, revoked, by whom and why; and the chain holds."""
    fix = a_fix(state="pending")
    stores().remember(fix, TOLD)
    stores().change_state(fix.id, "active", "looks right", "ann")
    stores().change_state(fix.id, "revoked", "does not", "bob")
    noting = stores()
    noting.write("something.happened", qualname="f", details={"count": 3})
    assert noting.settle()
    told = stores().entries()
    assert [entry.event for entry in told] == ["fix.proposed", "fix.approved", "fix.revoked", "something.happened"]
    assert [entry.seq for entry in told] == [1, 2, 3, 4]
    assert told[1].actor == "ann"
    assert told[2].details["reason"] == "does not"
    assert {entry.fix_id for entry in told[:3]} == {fix.id}
    assert [entry.seq for entry in stores().entries(after=2)] == [3, 4]
    verification = stores().verify()
    assert (verification.entries, verification.problems) == (4, ())


def test_refused_suggestions_are_counted_with_the_fix(stores):
    """How many tries it took is part of the evidence."""
    refused = replace(ACCEPTED, verdicts=(Verdict(stage="static", outcome="refused", reason="no eval"),))
    noting = stores()
    noting.note_suggestion(KEY, Candidate(text="def f(x):\n    return eval('x')"), refused, TOLD)
    assert noting.settle()
    fix = a_fix()
    stores().remember(fix, TOLD)
    assert stores().record(fix.id).refused == 1
    assert stores().record("nobody") is None


def test_records_can_be_asked_for_by_state(stores):
    """What waits for a person is a short list."""
    stores().remember(a_fix(id="1", state="pending"), TOLD)
    stores().remember(a_fix("def f(x):\n    return 2", id="2"), TOLD)
    assert [record.fix.id for record in stores().records(["pending"])] == ["1"]
    assert {record.fix.id for record in stores().records()} == {"1", "2"}
    assert stores().record("1").circumstances == TOLD


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(st.characters(codec=None), max_size=30))
def test_any_text_survives(store, words):
    """Exceptions, arguments and requests hold what programs hold: NUL, half a surrogate pair, right-to-left marks."""
    key = replace(KEY, additional_req=words, fingerprint=uuid.uuid4().hex)
    fix = a_fix(key=key)
    store.remember(fix, replace(TOLD, exception=words, arguments={"x": words}))
    assert [found.id for found in store.find(key)] == [fix.id]
    store.change_state(fix.id, "revoked", words, words)
    assert store.verify().problems == ()


def test_forgetting_is_for_this_process(store):
    """Memory is dropped; what a database holds is not this process's alone."""
    fix = a_fix()
    store.remember(fix)
    store.forget()
    assert len(store.fixes()) == (0 if store.url is None else 1)


def test_a_forked_child_uses_the_store_on_its_own(store):
    """Two processes must not talk over one connection."""
    store.remember(a_fix(id="parent"))
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that there are threads is what this is about
        child = os.fork()
    if not child:
        try:
            store.remember(a_fix("def f(x):\n    return 2", id="child"))
            os.write(write, ",".join(sorted(fix.id for fix in store.fixes())).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        seen = answer.read()
    os.waitpid(child, 0)
    assert seen == "child,parent"
    assert {fix.id for fix in store.fixes()} == ({"parent"} if store.url is None else {"child", "parent"})


def test_a_memory_store_needs_neither_key_nor_url():
    """The default costs nothing and asks for nothing."""
    assert repr(Store()) == "<Store in memory>"
