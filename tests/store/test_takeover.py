"""A fix that one process accepted reaches the others: before a call fails there, or after one did and nothing answered.

Two functions with the same source and a store of their own over the same database are what two processes are; the last
test has real ones.
"""

from __future__ import annotations

import asyncio
import textwrap
import threading
import time
from dataclasses import replace

import pytest

import fukkatsu
from fukkatsu import Checks, FlatlineError, Policy, Store, resurrect
from fukkatsu import _asking as asking
from fukkatsu import _news as news
from fukkatsu import _takeover as takeover
from fukkatsu._store.records import Circumstances
from fukkatsu.testing import scripted_provider

QUICK = Checks(contract="off", neighbours=False, failing_literal=False)
GOOD = "```python\ndef share(total, count):\n    return total / count if count else 0.0\n```"
OTHER = "```python\ndef share(total, count):\n    if count == 0:\n        return 0.0\n    return total / count\n```"
WRONG = "```python\ndef share(total, count):\n    return 0.0 if count in (0, 7) else total / count\n```"


@pytest.fixture(autouse=True)
def _fresh():
    asking.reset()
    yield
    asking.reset()


@pytest.fixture
def fleet(tmp_path, key):
    """Call for the store of one more process; *url* for another database than a file."""
    opened = []

    def open_one(url=f"sqlite:///{tmp_path}/fixes.db"):
        opened.append(Store(url, timeout_seconds=10.0, refresh_seconds=0.2))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()
        store._listeners.clear()


def a_process(store, *replies, **options):
    """The function as one process of a fleet has it, and the model that it asks."""
    provider = scripted_provider(*replies)
    options.setdefault("checks", QUICK)

    @resurrect(provider=provider, store=store, **options)
    def share(total, count):
        return total / count

    share.asked = provider.conversations
    return share


def watched(store):
    """Begin the watch of a process as its first failure does: with another function that fails there."""

    @resurrect(provider=scripted_provider("no"), store=store, attempts=1, on_flatline="original")
    def other(text):
        return int(text)

    with pytest.raises(ValueError, match="invalid literal"):
        other("x")
    assert store._watchers[1].listening.wait(30)


def until(what, seconds=60.0):
    """Wait for *what* to be true: another thread is at it."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.02)


def hear(store):
    """What the watch does when it begins, here and now, and all that follows from it."""
    assert news._heard(store, ())
    assert fukkatsu.wait(60)


def stages(function):
    return {verdict.stage: verdict.outcome for verdict in function.fukkatsu.reports[-1].verdicts}


def test_a_fix_is_there_before_the_call_that_would_have_failed(fleet, url):
    """Judged with this process's good calls; nothing died here, so it costs no life."""
    theirs = fleet(url)
    second = a_process(theirs)
    assert second(6, 3) == 2.0
    watched(theirs)
    first = a_process(fleet(url), GOOD)
    assert first(1, 0) == 0.0
    until(lambda: second.fukkatsu.active is not None)
    assert second.fukkatsu.active_fix.id == first.fukkatsu.active_fix.id
    assert second.fukkatsu.lives_left == 1
    assert (stages(second)["failing-call"], stages(second)["good-calls"]) == ("skipped", "accepted")
    assert second(1, 0) == 0.0
    assert second.asked == []
    assert theirs.settle()
    told = [entry.details for entry in theirs.entries() if entry.event == "fix.installed"]
    assert {"how": "taken over before any failure"} in told


def test_an_approved_fix_is_taken_over_by_the_process_that_waits_for_it(fleet, url):
    """With the failing call that it kept, and without another failure: the yes is all that was missing."""
    ours = fleet(url)
    share = a_process(ours, GOOD, approve="manual")
    with pytest.raises(FlatlineError, match="waits for a person"):
        share(1, 0)
    [fix] = ours.fixes()
    assert ours._watchers[1].listening.wait(30)
    fleet(url).change_state(fix.id, "active", "looks right", "ann")
    until(lambda: share.fukkatsu.active is not None)
    assert share.fukkatsu.active_fix.approved_by == "ann"
    assert share.fukkatsu.lives_left == 0
    assert stages(share)["failing-call"] == "accepted"
    assert share(1, 0) == 0.0
    assert len(share.asked) == 1


def test_a_function_that_has_not_answered_yet_waits_until_it_has(fleet):
    """Without a good call and without the failing one there is nothing to judge by: silence is never consent."""
    ours, theirs = fleet(), fleet()
    first = a_process(ours, GOOD)
    assert first(1, 0) == 0.0
    second = a_process(theirs)
    hear(theirs)
    assert second.fukkatsu.active is None
    assert second.fukkatsu.reports == ()
    watched(theirs)
    assert second(6, 3) == 2.0
    until(lambda: second.fukkatsu.active is not None)


def test_a_fix_that_contradicts_a_good_call_is_refused_once_and_written_down(fleet):
    """It is not judged again by the same process; the next failure decides, with the failing call."""
    ours, theirs = fleet(), fleet()
    first = a_process(ours, WRONG)
    assert first(1, 0) == 0.0
    second = a_process(theirs, GOOD)
    assert second(14, 7) == 2.0
    hear(theirs)
    assert [report.refused_by for report in second.fukkatsu.reports] == ["good-calls"]
    news._regularly(theirs)
    assert fukkatsu.wait(60)
    assert len(second.fukkatsu.reports) == 1
    assert theirs.settle()
    [entry] = [entry for entry in theirs.entries() if entry.event == "fix.declined"]
    assert entry.fix_id == first.fukkatsu.active_fix.id
    assert entry.details["stage"] == "good-calls"
    assert second(1, 0) == 0.0
    assert len(second.asked) == 1


def test_after_three_refusals_a_function_is_left_to_its_next_failure(fleet):
    """A store full of fixes that do not suit this process must not keep it busy."""
    ours, theirs = fleet(), fleet()
    first = a_process(ours, WRONG)
    assert first(1, 0) == 0.0
    fix = first.fukkatsu.active_fix
    for number in range(takeover.REFUSALS + 2):
        text = fix.source.replace("0.0", f"{number + 1}.5")
        another = replace(fix, id=f"fix{number}", candidate=replace(fix.candidate, text=text), created=float(number))
        ours.remember(replace(another, key=replace(fix.key, fingerprint=f"another {number}")), Circumstances())
    second = a_process(theirs)
    assert second(14, 7) == 2.0
    hear(theirs)
    hear(theirs)
    assert len(second.fukkatsu.reports) == takeover.REFUSALS
    assert second.fukkatsu.active is None


@pytest.mark.parametrize(
    "options",
    [
        {"policy": Policy(wall_seconds=1.5)},
        {"additional_req": "round to cents"},
        {"approve": "manual"},
        {"approve": lambda fix: None},
        {"verify": False},
        {"checks": Checks(contract="off", neighbours=False, failing_literal=False, agreement=2)},
        {"checks": Checks(contract="off", neighbours=False, failing_literal=False, prose=True)},
    ],
    ids=["policy", "request", "manual", "callable", "classic", "agreement", "prose"],
)
def test_what_a_failure_would_demand_is_demanded_here_as_well(fleet, options):
    """Another policy or request, a person who has not said yes, or evidence that can only be had at a failure."""
    ours, theirs = fleet(), fleet()
    first = a_process(ours, GOOD)
    assert first(1, 0) == 0.0
    second = a_process(theirs, **options)
    assert second(6, 3) == 2.0
    hear(theirs)
    assert second.fukkatsu.active is None


def test_nothing_is_taken_over_while_healing_is_off_and_it_is_afterwards(fleet):
    """In the process, for the function, or in the store."""
    ours, theirs = fleet(), fleet()
    first = a_process(ours, GOOD)
    assert first(1, 0) == 0.0
    second = a_process(theirs)
    assert second(6, 3) == 2.0
    ours.switch(off=True, actor="ann")
    hear(theirs)
    assert second.fukkatsu.active is None
    ours.switch(off=False, actor="ann")
    fukkatsu.disable()
    hear(theirs)
    fukkatsu.enable()
    second.fukkatsu.disable()
    hear(theirs)
    second.fukkatsu.enable()
    assert second.fukkatsu.active is None
    assert second.fukkatsu.reports == ()
    hear(theirs)
    assert second.fukkatsu.active is not None


def test_a_fix_that_was_taken_back_here_does_not_come_back(fleet):
    """A rollback is for good, and after it the function takes over nothing before it fails again."""
    ours, theirs = fleet(), fleet()
    first = a_process(ours, GOOD)
    assert first(1, 0) == 0.0
    second = a_process(theirs)
    assert second(6, 3) == 2.0
    hear(theirs)
    second.fukkatsu.rollback()
    assert theirs.settle()
    third = a_process(ours, OTHER)
    assert third(1, 0) == 0.0
    hear(theirs)
    assert second.fukkatsu.active is None
    assert [fix.state for fix in second.fukkatsu.fixes] == ["revoked"]


def test_a_revocation_while_it_is_installed_is_noticed(fleet):
    """The news came and was heard before there was anything to take back."""
    ours, theirs = fleet(), fleet()
    first = a_process(ours, GOOD)
    assert first(1, 0) == 0.0
    fix_id = first.fukkatsu.active_fix.id

    def revoke_it(fix):
        ours.change_state(fix_id, "revoked", "wrong", "ann")
        return True

    second = a_process(theirs, approve=revoke_it)
    assert second(6, 3) == 2.0
    hear(theirs)
    assert second.fukkatsu.active is None
    assert [fix.state for fix in second.fukkatsu.fixes] == ["revoked"]


def test_a_fix_that_costs_no_life_leaves_the_process_its_own(fleet):
    """A failure that the fix of another process does not mend is healed as if it had never come."""
    ours, theirs = fleet(), fleet()
    first = a_process(ours, GOOD)
    assert first(1, 0) == 0.0
    words = "    if isinstance(count, str):\n        return total / int(count)\n"
    both = f"```python\ndef share(total, count):\n{words}    return total / count if count else 0.0\n```"
    second = a_process(theirs, both, checks=replace(QUICK, preserve=False))
    assert second(6, 3) == 2.0
    hear(theirs)
    assert second.fukkatsu.active is not None
    assert second(6, "3") == 2.0
    assert second.fukkatsu.lives_left == 0
    assert second(1, 0) == 0.0


def test_a_failing_call_that_the_store_keeps_is_tried_before_it_is_made_here(fleet):
    """Where the policy has calls kept: then nothing of the gauntlet is left out, and it costs no life all the same."""
    ours, theirs, policy = fleet(), fleet(), Policy(store_calls="all")
    first = a_process(ours, GOOD, policy=policy)
    assert first(1, 0) == 0.0
    assert ours.settle()
    second = a_process(theirs, policy=policy)
    assert second(6, 3) == 2.0
    hear(theirs)
    assert second.fukkatsu.active is not None
    assert (stages(second)["failing-call"], stages(second)["good-calls"]) == ("accepted", "accepted")
    assert second.fukkatsu.lives_left == 1


def test_coroutines_and_generators_are_taken_over_like_plain_functions(fleet):
    """What replaces them is of their kind."""

    def kinds(store, *replies):
        @resurrect(provider=scripted_provider(*replies[:1]), store=store, checks=QUICK)
        async def halved(total, count):
            return total / count

        @resurrect(provider=scripted_provider(*replies[1:]), store=store, checks=QUICK)
        def shares(total, counts):
            for count in counts:
                yield total / count

        return halved, shares

    ours, theirs = fleet(), fleet()
    replies = (
        "```python\nasync def halved(total, count):\n    return total / count if count else 0.0\n```",
        "```python\ndef shares(total, counts):\n    for count in counts:\n"
        "        yield total / count if count else 0.0\n```",
    )
    halved, shares = kinds(ours, *replies)
    assert asyncio.run(halved(1, 0)) == 0.0
    assert list(shares(1, (1, 0))) == [1.0, 0.0]
    halved, shares = kinds(theirs)
    assert asyncio.run(halved(6, 3)) == 2.0
    assert list(shares(6, (3, 2))) == [2.0, 3.0]
    hear(theirs)
    assert asyncio.run(halved(1, 0)) == 0.0
    assert list(shares(1, (1, 0))) == [1.0, 0.0]
    assert (halved.fukkatsu.lives_left, shares.fukkatsu.lives_left) == (1, 1)


WORKER = """
sys.path.insert(0, {folder!r})
import fukkatsu, shop
from pathlib import Path
folder = Path({folder!r})

def wait_for(what):
    while not what():
        assert not (folder / "stop").exists(), "the test has failed"
        time.sleep(0.02)

store = Store({url!r}, timeout_seconds=20.0, refresh_seconds=1.0)
reply = "```python\\ndef share(total, count):\\n    return total / count if count else 0.0\\n```"
share = shop.make(store, lambda messages: reply if not number else 1 / 0)
assert share(6, 3) == 2.0
if number:
    fukkatsu.join_fleet()
    (folder / f"joined-{{number}}").touch()
else:
    wait_for(lambda: len(list(folder.glob("joined-*"))) == 2)
    assert share(1, 0) == 0.0
wait_for(lambda: share.fukkatsu.active is not None)
(folder / f"healed-{{number}}").touch()
assert share(1, 0) == 0.0  # the first call of the others that would have failed
print(number, share.fukkatsu.lives_left, len(share.fukkatsu.reports), flush=True)
wait_for(lambda: share.fukkatsu.active is None)
(folder / f"withdrawn-{{number}}").touch()
"""


def test_processes_that_joined_have_the_fix_before_they_fail_and_lose_it_when_it_is_revoked(
    url, key, processes, tmp_path
):
    """By polling and by notification; two of three processes never see a failure."""
    shop = """
    from fukkatsu import Checks, resurrect

    def make(store, provider):
        @resurrect(provider=provider, store=store, checks=Checks(contract="off", neighbours=False))
        def share(total, count):
            return total / count

        return share
    """
    (tmp_path / "shop.py").write_text(textwrap.dedent(shop))
    store = Store(url, timeout_seconds=20.0)
    assert store.fixes() == ()

    def revoke_when_all_have_it():
        until(lambda: len(list(tmp_path.glob("healed-*"))) == 3, 100)
        [fix] = store.fixes()
        store.change_state(fix.id, "revoked", "wrong", "ann")
        until(lambda: len(list(tmp_path.glob("withdrawn-*"))) == 3, 100)

    beside = threading.Thread(target=_and_stop, args=(revoke_when_all_have_it, tmp_path / "stop"))
    beside.start()
    try:
        printed = processes(3, WORKER.format(folder=str(tmp_path), url=url))
    finally:
        beside.join(200)
    assert sorted(line.split() for line in printed.splitlines() if line[:1].isdigit()) == [
        ["0", "0", "1"],
        ["1", "1", "1"],
        ["2", "1", "1"],
    ]
    assert len(list(tmp_path.glob("withdrawn-*"))) == 3
    seen = [entry.event for entry in store.entries()]
    assert seen.count("failure.seen") == 1
    store.close()


def _and_stop(act, stop):
    """Do *act*, and let nobody wait for what it did not get to."""
    try:
        act()
    finally:
        stop.touch()
