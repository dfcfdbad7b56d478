"""Good calls that processes share: raw arguments only where the policy says so, and evidence only where it holds here."""

from __future__ import annotations

import itertools
import logging
import sys

import pytest
from sqlalchemy import text

from fukkatsu import Checks, Policy, Store, resurrect
from fukkatsu._store.address import open_backend
from fukkatsu._store.connect import writing

KEY = b"a key of the tests, and of nobody else"
SECRET = "sk-live-0123456789abcdefghij"
SHOP = '''
import dataclasses
from fukkatsu import Checks, Policy, resurrect

RATE = 1

@dataclasses.dataclass
class Order:
    pieces: list
    note: str = ""

def make(store, provider, calls="all"):
    @resurrect(
        provider=provider,
        store=store,
        policy=Policy(store_calls=calls),
        checks=Checks(contract="off", examples=5, neighbours=False),
    )
    def share(total, order):
        """Each piece's part."""
        return [RATE * total / len(order.pieces) for _ in order.pieces] or total / len(order.pieces)

    return share
'''
RIGHT = "def share(total, order):\n    return [RATE * total / len(order.pieces) for _ in order.pieces]"
WRONG = RIGHT.replace("/", "//")


def model(*texts):
    """Suggests them one after the other."""
    told = iter(texts)
    return lambda messages: f"```python\n{next(told)}\n```"


@pytest.fixture
def shop(tmp_path, monkeypatch, key):
    """The module that all processes import."""
    (tmp_path / "shop_of_tests.py").write_text(SHOP)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shop_of_tests", raising=False)
    import shop_of_tests

    yield shop_of_tests
    sys.modules.pop("shop_of_tests", None)


@pytest.fixture
def opened(file):
    """Call for one more store over the same file, as another process has it."""
    stores = []

    def open_one():
        stores.append(Store(file, timeout_seconds=20.0))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


def live_through(shop, store, calls="all", note=""):
    """Four good calls and one that fails and is healed; what the function is then."""
    share = shop.make(store, model(RIGHT), calls)
    for pieces in ([1], [1, 2], ["a", "b", "c"]):
        share(10, shop.Order(pieces))
    share(1.5, shop.Order([1], note=note))
    assert share(10, shop.Order([], note=note)) == []
    assert store.settle(60.0)
    return share


def evidence(share):
    """What the last correction of *share* was judged by: good calls, those from the store, those dropped."""
    counts = share.fukkatsu.reports[-1].evidence
    return counts["good_calls"], counts.get("shared", 0), counts["dropped"]


FIRST = """
sys.path.insert(0, {folder!r})
import shop_of_tests as shop
store = Store({url!r}, timeout_seconds=20.0)
share = shop.make(store, lambda messages: {answer!r})
for pieces in ([1], [1, 2], ["a", "b", "c"]):
    share(10, shop.Order(pieces))
assert share(10, shop.Order([])) == []
assert store.settle(60.0), "nothing was written"
"""


def test_a_process_judges_by_the_good_calls_of_another_one(shop, tables, processes, tmp_path):
    """It has none of its own, and a wrong suggestion that only those expose is refused, with the call that shows it."""
    processes(1, FIRST.format(folder=str(tmp_path), url=tables, answer=f"```python\n{RIGHT}\n```"))
    backend = open_backend(tables, KEY)
    (fix,) = backend.fixes()
    backend.change_state(fix.id, "expired", "so that the model is asked again")
    backend.close()
    store = Store(tables, timeout_seconds=20.0)
    share = shop.make(store, model(WRONG, RIGHT))
    assert share(10, shop.Order([])) == []
    refused, accepted = share.fukkatsu.reports
    assert refused.refused_by == "good-calls"
    assert type(refused.counterexample.args[1]) is shop.Order
    assert len(refused.counterexample.args[1].pieces) in (1, 2, 3)
    assert accepted.evidence["dropped"] == 0
    assert "verified on 3 good calls (3 of them from the store)" in accepted.evidence_line()
    store.close()


def test_a_call_that_both_have_seen_is_one_piece_of_evidence(shop, opened):
    """Its own calls are not counted twice."""
    live_through(shop, opened())
    share = shop.make(opened(), None)
    share(10, shop.Order([1]))
    share(99, shop.Order([1]))
    assert share(10, shop.Order([])) == []
    assert evidence(share) == (5, 3, 0)


def test_calls_that_do_not_hold_here_are_dropped_and_counted(shop, opened, monkeypatch):
    """The same text beside another constant answers otherwise: the original of this process is what counts."""
    live_through(shop, opened())
    monkeypatch.setattr(shop, "RATE", 3)
    share = shop.make(opened(), None)
    share(7, shop.Order([1]))
    assert share(10, shop.Order([])) == []
    assert evidence(share) == (1, 0, 4)


def test_calls_of_a_class_that_has_changed_are_dropped_and_counted(shop, opened, monkeypatch):
    """An order without a note is none of this process's orders."""
    live_through(shop, opened())
    exec("import dataclasses\n@dataclasses.dataclass\nclass Order:\n    pieces: list", vars(shop))
    share = shop.make(opened(), None)
    assert share(10, shop.Order([])) == []
    assert evidence(share) == (0, 0, 4)


def test_a_tampered_call_is_no_evidence(shop, opened, file):
    """It is refused, audited, and the repair goes on with the others."""
    live_through(shop, opened())
    backend = open_backend(file, KEY)
    with writing(backend.engine) as connection, connection.begin():
        connection.execute(text("UPDATE calls SET value = '[\"list\",0.0]' WHERE id = 1"))
    share = shop.make(opened(), None)
    assert share(10, shop.Order([])) == []
    assert evidence(share) == (3, 3, 0)
    assert [entry.details["calls"] for entry in backend.entries() if entry.event == "calls.refused"] == [1]
    backend.close()


@pytest.mark.parametrize(("calls", "kept"), [("never", 0), ("without-secrets", 3), ("all", 5)])
def test_raw_arguments_are_in_the_database_only_where_the_policy_says_so(shop, opened, tmp_path, file, calls, kept):
    """Looked for in every byte of the file and of its write-ahead log."""
    live_through(shop, opened(), calls, note=SECRET)
    written = b"".join(path.read_bytes() for path in tmp_path.glob("fixes.db*"))
    assert (SECRET.encode() in written) == (calls == "all")
    backend = open_backend(file, KEY)
    with backend.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM calls")).scalar() == kept
    backend.close()


@pytest.mark.parametrize("place", ["result", "name", "hook"])
def test_what_masking_would_touch_is_a_secret(place):
    """In the result, under a telling name at any depth, or because the user's own hook says so."""
    store = Store()
    arguments = {"result": "plain", "name": {"deep": {"password": "x1"}}, "hook": "Rosebud"}

    @resurrect(
        provider=model("def look(what, n):\n    return (1 / n if n else 0.0), ''"),
        store=store,
        policy=Policy(store_calls="without-secrets"),
        redact=lambda name, told: told.replace("Rosebud", "***"),
        checks=Checks(contract="off", preserve=False, neighbours=False),
    )
    def look(what, n):
        return 1 / n, "ghp_" + "0123456789" * 4 if what == "plain" else ""

    look(arguments[place], 1)
    look("harmless", 1)
    assert look("harmless", 0) == (0.0, "")
    (fix,) = look.fukkatsu.fixes
    assert [call.arguments for call in store.calls(fix.key)] == [
        b'["list",["list","harmless",1],["dict"]]',
        b'["list",["list","harmless",0],["dict"]]',
    ]


def test_who_stores_nothing_uses_nothing(shop, opened):
    """A process whose policy says never does not look at what others have stored."""
    live_through(shop, opened())
    share = shop.make(opened(), model(RIGHT), "never")
    share(7, shop.Order([1]))
    assert share(10, shop.Order([])) == []
    assert evidence(share) == (1, 0, 0)


def test_a_policy_that_keeps_calls_uses_the_same_fixes(shop, opened):
    """What is kept says nothing about what a correction may do."""
    live_through(shop, opened(), "never")
    share = shop.make(opened(), None, "all")
    assert share(10, shop.Order([])) == []


def test_memory_keeps_calls_for_functions_that_are_made_anew(shop):
    """A function decorated at each request has no past of its own; its text has."""
    store = Store()
    live_through(shop, store)
    share = shop.make(store, None)
    assert share(20, shop.Order([])) == []
    assert evidence(share) == (4, 4, 0)


def test_a_repair_goes_on_where_calls_cannot_be_read_or_written(shop, monkeypatch, caplog):
    """Whatever the store does, the caller gets the answer; and no log quotes the arguments."""
    store = Store()

    def broken(*told, **named):
        msg = f"the disk is full of {SECRET}"
        raise OSError(msg)

    monkeypatch.setattr(store, "calls", broken)
    monkeypatch.setattr(store, "note_calls", broken)
    with caplog.at_level(logging.INFO, "fukkatsu"):
        live_through(shop, store)
    assert "stored good calls are not used: OSError" in caplog.text
    assert "good calls are not stored: OSError" in caplog.text
    assert SECRET not in caplog.text


def test_only_calls_that_reproduce_are_passed_on():
    """What depends on anything but its arguments would be dropped by every other process."""
    store, ticks = Store(), itertools.count()

    @resurrect(
        provider=model("def tick(n):\n    return 1 / n + (next(ticks) if n > 2 else 0) if n else 0.0"),
        store=store,
        policy=Policy(store_calls="all"),
        checks=Checks(contract="off", neighbours=False),
    )
    def tick(n):
        return 1 / n + (next(ticks) if n > 2 else 0)

    for number in (1, 2, 4):
        tick(number)
    tick(5)
    assert tick(0) == 0.0
    (fix,) = tick.fukkatsu.fixes
    assert [call.arguments for call in store.calls(fix.key)] == [
        b'["list",["list",%d],["dict"]]' % number for number in (1, 2, 0)
    ]
