"""kill -9, for real, and eight processes at once: no accepted fix is lost, none is half there, none is there twice."""

from __future__ import annotations

import itertools

import pytest

from fukkatsu import Store
from fukkatsu._model.fix import FixKey

KEY = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="p", additional_req="")


def test_a_process_that_is_killed_loses_no_fix_it_was_told_is_kept(url, key, processes):
    """Each process is killed at a moment of its own, in the midst of writing. What it had been told is there."""
    Store(url, timeout_seconds=20.0).fixes()  # its tables, once
    told = processes(
        6,
        f"""
        read, write = os.pipe()
        child = os.fork()
        if not child:
            store = Store({url!r}, timeout_seconds=30.0)
            for count in range(10_000):
                name = f"{{number}}-{{count}}"
                store.remember(a_fix(name, state="pending"))
                store.change_state(name, "active", "", "ann")
                os.write(write, f"{{name}}\\n".encode())
        os.close(write)
        answers = os.fdopen(read)
        told = [answers.readline().strip()]
        time.sleep(0.02 * number)  # a moment of its own
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        told += answers.read().split()
        print(*told, sep="\\n", flush=True)
        """,
    ).split()
    assert len(told) >= 6
    store = Store(url, timeout_seconds=20.0)
    found = {record.fix.id: record for record in store.records()}
    assert set(told) <= set(found)
    assert {record.fix.state for name, record in found.items() if name in told} == {"active"}
    for record in found.values():
        assert record.signature == "valid"
        assert record.fix.report.accepted
        assert record.fix.state in ("pending", "active")
        assert bool(record.fix.approved_by) == (record.fix.state == "active")
    assert store.verify().problems == ()
    assert len(store.entries()) == sum(2 if record.fix.state == "active" else 1 for record in found.values())
    store.close()


def test_eight_processes_at_once_lose_nothing_and_have_nothing_twice(url, key, processes):
    """The same text from all of them is one fix; each one's own text is a fix of its own; a decision is made once."""
    processes(
        8,
        f"""
        store = Store({url!r}, timeout_seconds=60.0)
        store.remember(a_fix(f"shared-{{number}}", "def f(): return 'the same'"))
        for count in range(5):
            store.remember(a_fix(f"own-{{number}}-{{count}}"))
            store.remember(a_fix(f"wait-{{count}}-{{number}}", f"def f(): return {{count}}", state="pending"))
        for fix in store.find(key):
            if fix.id.startswith("wait"):
                store.change_state(fix.id, "active" if number % 2 else "rejected", str(number), f"person {{number}}")
        store.switch("m", f"g{{number}}", off=True)
        assert not store._link()._warned
        """,
    )
    store = Store(url, timeout_seconds=20.0)
    fixes = store.find(KEY)
    names = [fix.id for fix in fixes]
    assert len([name for name in names if name.startswith("shared")]) == 1
    assert len([name for name in names if name.startswith("own")]) == 8 * 5
    waited = [fix for fix in fixes if fix.id.startswith("wait")]
    assert len(waited) == 5
    entries = store.entries()
    for fix in waited:
        decisions = [entry.event for entry in entries if entry.fix_id == fix.id and entry.event != "fix.proposed"]
        assert decisions == ["fix.approved" if fix.state == "active" else "fix.rejected"]
    assert all(store.is_off("m", f"g{number}") for number in range(8))
    assert store.verify().problems == ()
    store.close()


def test_eight_processes_are_one_holder_of_a_lease(url, key, processes):
    """Whoever has it does the work; whoever dies with it is followed; nobody has it beside another."""
    done = processes(
        8,
        f"""
        store = Store({url!r}, timeout_seconds=60.0, lease_seconds=0.4)
        while True:
            turn = store.take_turn(key)
            if turn.kind == "mine":
                print("begin", number, flush=True)
                if number == 0:
                    os._exit(0)  # dead, with the lease in its hand
                print("end", number, flush=True)
                store.end_turn(key)
                break
            time.sleep(min(turn.seconds, 0.02))
        """,
    ).split("\n")[:-1]
    begun = [line.split()[1] for line in done if line.startswith("begin")]
    assert sorted(begun) == [str(number) for number in range(8)]
    for line, following in itertools.pairwise(done):
        if line.startswith("begin"):
            assert following == line.replace("begin", "end") or line == "begin 0"


def test_a_budget_is_one_for_all_processes(url, key, processes):
    """Eight processes with a limit of five make five requests, and the others are told when it is free again."""
    counted = processes(
        8,
        f"""
        store = Store({url!r}, timeout_seconds=60.0)
        try:
            BudgetKeeper(Budget(requests_per_hour=5)).take(store)
            print("asked", flush=True)
        except BudgetExceededError as why:
            assert "free again in" in str(why)
            print("refused", flush=True)
        """,
    ).split()
    assert sorted(counted) == ["asked"] * 5 + ["refused"] * 3


@pytest.mark.parametrize("what", ["tokens", "seconds"])
def test_tokens_and_seconds_count_when_they_are_known(stores, what):
    """The request that crosses the limit is the last one, in every process."""
    ours = stores()
    assert ours.free_in(what, 1, 10, 3600.0, take=False) == (0.0, 0.0)
    ours.spend(what, 10)
    assert ours.settle()
    wait, spent = stores().free_in(what, 1, 10, 3600.0, take=False)
    assert (spent, 0 < wait <= 3600) == ((0.0, False) if ours.url is None else (10.0, True))
