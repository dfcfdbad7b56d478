"""Calls with their arguments as they were: kept where a policy permits, signed, few, and never in anybody's way."""

from __future__ import annotations

import pickle

import pytest
from sqlalchemy import text

from fukkatsu import Store
from fukkatsu._gauntlet.stored import read
from fukkatsu._model.call import Outcome
from fukkatsu._model.fix import FixKey
from fukkatsu._oracle.values import encode
from fukkatsu._store.address import open_backend
from fukkatsu._store.connect import writing
from fukkatsu._store.recorded import CALL_BYTES, CALLS, FUNCTION_BYTES, StoredCall, few
from fukkatsu._store.records import Circumstances

KEY = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="p", additional_req="")
THE_KEY = b"a key of the tests, and of nobody else"
NOTHING = Circumstances()


def a_call(*args, shape="one", failing=False, returned=None):
    """A call of these arguments."""
    outcome = None if failing else Outcome("returned", value=encode(returned).text, after=b"null")
    return StoredCall(
        arguments=encode([list(args), {}], iterator_items=0).text, outcome=outcome, failing=failing, shape=shape
    )


def kept(store, key=KEY):
    """What *store* offers, when all is written."""
    assert store.settle(60.0)
    return store.calls(key)


def change(backend, statement, **values):
    """As somebody with the database and without the key."""
    with writing(backend.engine) as connection, connection.begin():
        connection.execute(text(statement), values)


def test_calls_come_back_as_they_were(stores):
    """Arguments, outcome and order, in another process's store too; the failing call is marked."""
    calls = (a_call(1, "é\x00\ud800", returned=2.5), a_call(2), a_call(3, failing=True))
    store = stores()
    store.note_calls(KEY, calls)
    assert kept(store) == calls
    assert kept(stores()) == calls


def test_a_call_is_kept_once_whoever_brings_it(stores):
    """Ten processes with the same traffic hold one copy of it."""
    for store in (stores(), stores()):
        store.note_calls(KEY, [a_call(1), a_call(2)])
        store.settle()
    assert len(kept(stores())) == 2


def test_calls_belong_to_one_text_of_one_function(store):
    """Another module, name or source has none of them."""
    store.note_calls(KEY, [a_call(1)])
    for changed in ({"module": "n"}, {"qualname": "g"}, {"source_sha256": "t"}):
        other = FixKey(
            **{"module": "m", "qualname": "f", "source_sha256": "s", **changed}, fingerprint="p", additional_req=""
        )
        assert kept(store, other) == ()
    elsewhere = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="another", additional_req="too")
    assert kept(store, elsewhere) == (a_call(1),)


def test_the_failing_call_is_that_of_its_own_failure_and_the_newest_one(store):
    """Another failure of the same function has another one."""
    store.note_calls(KEY, [a_call(1, failing=True)])
    store.note_calls(KEY, [a_call(2, failing=True)])
    elsewhere = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="another", additional_req="")
    assert kept(store) == (a_call(2, failing=True),)
    assert kept(store, elsewhere) == ()


def test_the_oldest_of_the_most_frequent_shape_go_first(store):
    """Diverse rather than many: one call of a rare shape outlives a hundred of the usual one."""
    store.note_calls(KEY, [a_call("rare", shape="rare")])
    store.note_calls(KEY, [a_call(number) for number in range(2 * CALLS)])
    found = kept(store)
    assert len(found) == CALLS
    assert found[0] == a_call("rare", shape="rare")
    assert found[1:] == tuple(a_call(number) for number in range(CALLS + 1, 2 * CALLS))


def test_bytes_are_limited_for_one_call_and_for_one_function(store):
    """A call that is too large is not kept at all; together they stay below the limit."""
    large = "x" * (CALL_BYTES - 100)
    calls = [a_call(f"{number}{large}") for number in range(12)]
    store.note_calls(KEY, [a_call("x" * CALL_BYTES), *calls])
    found = kept(store)
    assert found == tuple(calls[-len(found) :])
    assert FUNCTION_BYTES - CALL_BYTES < sum(call.size_bytes for call in found) <= FUNCTION_BYTES


def test_few_leaves_what_is_within_the_limits():
    """Nothing is let go of for its own sake."""
    calls = [a_call(number, shape=str(number % 3)) for number in range(CALLS)]
    assert few(calls) == calls


def test_calls_of_texts_long_gone_are_forgotten(backend):
    """The one before a deployment and the one after it stay; older ones are raw arguments for nothing."""
    keys = [FixKey(module="m", qualname="f", source_sha256=s, fingerprint="p", additional_req="") for s in "abc"]
    for key in keys:
        backend.note_calls(key, [a_call(1)], NOTHING)
    assert [len(backend.calls(key)) for key in keys] == [0, 1, 1]


def test_nothing_new_writes_nothing(backend):
    """The audit grows with what happens, not with every repair."""
    for _ in range(3):
        backend.note_calls(KEY, [a_call(1)], NOTHING)
    assert [(entry.event, entry.details["stored"]) for entry in backend.entries()] == [("calls.stored", 1)]


TAMPERED = {
    "the arguments": 'UPDATE calls SET arguments = \'["list",["list",2],["dict"]]\'',
    "the outcome": "UPDATE calls SET value = '3'",
    "the arguments afterwards": "UPDATE calls SET after = '3'",
    "the kind of outcome": "UPDATE calls SET kind = 'raised', exception = 'ValueError'",
    "the failure": "UPDATE calls SET key_digest = 'other'",
    "the shape": "UPDATE calls SET shape = 'other'",
    "the function": "UPDATE functions SET qualname = 'g'",
    "the module": "UPDATE functions SET module = 'other'",
    "the source": "UPDATE functions SET source_sha256 = 'other'",
    "the signature": "UPDATE calls SET signature = ''",
    "a pickle in the place of the arguments": "UPDATE calls SET arguments = :pickle",
    "a row of a hundred megabytes": "UPDATE calls SET arguments = :large",
}


class Trap:
    """Reading its pickle would show."""

    def __reduce__(self):
        return print, ("a pickle was read",)


@pytest.mark.parametrize("what", TAMPERED)
def test_a_changed_call_is_refused_and_the_audit_says_so(backend, what, caplog, capsys):
    """The signature binds arguments, outcome, failure, function, module and source together."""
    backend.note_calls(KEY, [a_call(1)], NOTHING)
    values = {"pickle": repr(pickle.dumps(Trap())), "large": "1" * 1_000_000}
    named = {name: value for name, value in values.items() if f":{name}" in TAMPERED[what]}
    change(backend, TAMPERED[what], **named)
    asked = FixKey(
        module="other" if what == "the module" else "m",
        qualname="g" if what == "the function" else "f",
        source_sha256="other" if what == "the source" else "s",
        fingerprint="p",
        additional_req="",
    )
    assert backend.calls(asked) == ()
    assert backend.calls(asked) == ()
    refusals = [entry for entry in backend.entries() if entry.event == "calls.refused"]
    assert [(entry.qualname, entry.details["calls"]) for entry in refusals] == [(asked.qualname, 1)]
    assert "refused 1 of the stored calls of" in caplog.text
    assert capsys.readouterr().out == ""


def test_another_key_reads_no_call(url):
    """And without one there is nothing to judge signatures by."""
    ours = open_backend(url, THE_KEY)
    ours.note_calls(KEY, [a_call(1)], NOTHING)
    for other in (b"another key, as long as it must be", None):
        theirs = open_backend(url, other)
        assert theirs.calls(KEY) == ()
        theirs.close()
    assert ours.calls(KEY) == (a_call(1),)
    ours.close()


def test_refused_rows_do_not_stand_in_the_way_of_real_ones(backend):
    """However many somebody wrote: the next real call removes them, and is kept."""
    backend.note_calls(KEY, [a_call(1)], NOTHING)
    change(backend, "UPDATE calls SET signature = ''")
    names = (
        "function_id, key_digest, shape, arguments, kind, value, after, opaque, exception, created, actor, signature"
    )
    copied = text(f"INSERT INTO calls ({names}, digest) SELECT {names}, :digest FROM calls ORDER BY id LIMIT 1")
    with writing(backend.engine) as connection, connection.begin():
        connection.execute(copied, [{"digest": str(number)} for number in range(300)])
    backend.note_calls(KEY, [a_call(1), a_call(2)], NOTHING)
    assert backend.calls(KEY) == (a_call(1), a_call(2))


def test_an_error_of_the_database_quotes_no_arguments(backend):
    """What cannot be written must not end up in a log instead."""
    change(backend, "DROP TABLE calls")
    with pytest.raises(Exception, match="calls") as refused:
        backend.note_calls(KEY, [a_call("hunter2")], NOTHING)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(Exception, match="nowhere") as refused, backend.changing() as made:
        made.connection.execute(text("INSERT INTO nowhere VALUES (:said)"), {"said": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_calls_that_cannot_be_written_stop_nothing_else(url, key, caplog):
    """No exception, no outage: what was promised is still written."""
    store = Store(url, timeout_seconds=10.0)
    store.write("before")
    assert store.settle(60.0)
    backend = open_backend(url, THE_KEY)
    change(backend, "DROP TABLE calls")
    store.note_calls(KEY, [a_call("hunter2")])
    store.write("after")
    assert store.settle(60.0)
    assert [entry.event for entry in store.entries()] == ["before", "after"]
    assert store.reachable
    assert store.calls(KEY) == ()  # asked of a table that is not there: an outage like any other
    assert "good calls of f are not stored" in caplog.text
    assert "hunter2" not in caplog.text
    store.close()
    backend.close()


def test_calls_of_an_unsigned_store_are_believed_there_and_nowhere_else(url):
    """By order, as its fixes are."""
    unsigned = open_backend(url, None, unsigned=True)
    unsigned.note_calls(KEY, [a_call(1)], NOTHING)
    assert unsigned.calls(KEY) == (a_call(1),)
    change(unsigned, "UPDATE calls SET arguments = 'é', kind = 'strange', value = '{', digest = ''")
    (garbled,) = unsigned.calls(KEY)  # data, to be found wanting by whoever reads it
    assert read(garbled) is None
    unsigned.close()
    signed = open_backend(url, THE_KEY)
    assert signed.calls(KEY) == ()
    assert signed.entries()[-1].details["reason"] == "its signature is missing"
    signed.close()


def test_eight_processes_lose_no_call_and_keep_none_twice(tables, key, processes):
    """One call that all of them have seen, and one of each."""
    body = f"""
        from fukkatsu._store.recorded import StoredCall
        store = Store({tables!r}, timeout_seconds=30.0)
        text = b'["list",["list",%d],["dict"]]'
        store.note_calls(key, [StoredCall(arguments=text % n) for n in (0, number + 1)])
        assert store.settle(60.0)
    """
    processes(8, body)
    backend = open_backend(tables, THE_KEY, timeout_seconds=10.0)
    assert sorted(call.arguments for call in backend.calls(KEY)) == [
        b'["list",["list",%d],["dict"]]' % number for number in range(9)
    ]
    assert backend.verify().problems == ()
    backend.close()
