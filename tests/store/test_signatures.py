"""Whoever can write to the database, and has no key, cannot have code run: every way to try it is refused and told."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import text

from fukkatsu import ConfigurationError, Store
from fukkatsu._store.address import open_backend
from fukkatsu._store.connect import writing
from fukkatsu._store.signing import Signer, find_key
from fukkatsu.errors import StoreError

KEY = b"a key of the tests, and of nobody else"
FIX_ID = "0123456789ab"


@pytest.fixture
def fix():
    from fukkatsu import Fix, Report
    from fukkatsu._model.fix import FixKey
    from fukkatsu._model.patch import Candidate

    key = FixKey(module="m", qualname="f", source_sha256="s", fingerprint="p", additional_req="please")
    report = Report(function="f", source="def f(): pass", verdicts=())
    return Fix(key=key, candidate=Candidate(text="def f(): pass"), report=report, id=FIX_ID, policy_sha256="any")


def change(backend, statement, **values):
    """As somebody with the database and without the key."""
    with writing(backend.engine) as connection, connection.begin():
        connection.execute(text(statement), values)


TAMPERED = {
    "the text": "UPDATE suggestions SET candidate = 'def f(): return 2'",
    "the function": "UPDATE functions SET qualname = 'g'",
    "the module": "UPDATE functions SET module = 'other'",
    "the source that it belongs to": "UPDATE functions SET source_sha256 = 'other'",
    "the failure": "UPDATE failures SET fingerprint = 'other'",
    "the request": "UPDATE failures SET additional_req = 'other'",
    "the policy": "UPDATE fixes SET policy_sha256 = 'other'",
    "the report": "UPDATE suggestions SET report = '{}'",
    "the model": "UPDATE suggestions SET model = 'other'",
    "who approved it": "UPDATE fixes SET decided_by = 'the boss'",
    "the signature": "UPDATE fixes SET signature = ''",
    "another row's signature": "UPDATE fixes SET signature = (SELECT signature FROM suggestions)",
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_changed_row_is_refused_and_the_audit_says_so(backend, fix, what, caplog):
    """The signature binds text, function, source, failure, request, policy, evidence and approval together."""
    backend.remember(fix)
    change(backend, TAMPERED[what])
    assert backend.find(fix.key) == ()
    assert backend.fixes() == ()
    assert backend.find(fix.key) == ()
    refusals = [entry for entry in backend.entries() if entry.event == "fix.refused"]
    assert [entry.fix_id for entry in refusals] == [FIX_ID]
    assert "its signature is" in caplog.text
    assert backend.record(FIX_ID).signature == "refused"


def test_an_approval_cannot_be_written_into_the_database(backend, fix):
    """Pending is signed: a person with the key says yes, or nobody does."""
    backend.remember(replace(fix, state="pending"))
    change(backend, "UPDATE fixes SET state = 'active'")
    assert backend.find(fix.key) == ()


def test_a_row_from_before_its_revocation_is_not_believed(backend, fix):
    """Its old signature is genuine, and the audit knows better."""
    backend.remember(fix)
    with backend.reading() as connection:
        before = (
            connection.execute(text("SELECT state, changed, decided_by, reason, signature FROM fixes")).mappings().one()
        )
    backend.change_state(FIX_ID, "revoked", "wrong", "ann")
    change(
        backend,
        "UPDATE fixes SET state = :state, changed = :changed, decided_by = :decided_by, reason = :reason, "
        "signature = :signature",
        **before,
    )
    assert backend.record(FIX_ID).signature == "valid"
    assert backend.find(fix.key) == ()
    assert "taken back" in backend.entries()[-1].details["reason"]


def test_a_row_with_a_wrong_signature_is_never_signed_by_a_later_change(backend, fix):
    """Approving or revoking it would make it genuine."""
    backend.remember(replace(fix, state="pending"))
    change(backend, "UPDATE suggestions SET candidate = 'def f(): return 2'")
    for state in ("active", "revoked"):
        with pytest.raises(StoreError, match="its signature is wrong"):
            backend.change_state(FIX_ID, state, "", "ann")


def test_a_refused_row_does_not_stand_in_the_way_of_a_real_fix(backend, fix):
    """Or whoever writes to the database could forbid every correction for good."""
    backend.remember(fix)
    change(backend, "UPDATE fixes SET signature = ''")
    again = replace(fix, id="another")
    assert backend.remember(again).id == "another"
    assert [found.id for found in backend.find(fix.key)] == ["another"]


def test_another_key_reads_nothing(url, fix):
    """The key is what makes rows mean something."""
    ours, theirs = open_backend(url, KEY), open_backend(url, b"another key, as long as it must be")
    ours.remember(fix)
    assert theirs.find(fix.key) == ()
    assert [found.id for found in ours.find(fix.key)] == [FIX_ID]
    ours.close()
    theirs.close()


def test_an_unsigned_store_is_asked_for_in_so_many_words(url, fix):
    """Then its rows are believed there, and nowhere else."""
    with pytest.raises(ConfigurationError, match="unsigned=True"):
        Store(url)
    unsigned = Store(url, unsigned=True)
    unsigned.remember(fix)
    assert unsigned.known(fix.key) is not None
    assert unsigned.record(FIX_ID).signature == "unsigned"
    unsigned.close()
    signed = open_backend(url, KEY)
    assert signed.find(fix.key) == ()
    assert "missing" in signed.entries()[-1].details["reason"]
    signed.close()


def test_without_a_key_a_store_can_be_looked_at_and_not_changed(backend, url, fix):
    """Whoever reads a list needs no key; whoever decides does."""
    backend.remember(fix)
    looking = open_backend(url, None)
    assert [record.signature for record in looking.records()] == ["unchecked"]
    assert looking.find(fix.key) == ()
    verification = looking.verify()
    assert (verification.problems, verification.signatures) == ((), False)
    for work in (
        lambda: looking.change_state(FIX_ID, "revoked"),
        lambda: looking.write("x"),
        lambda: looking.remember(fix),
    ):
        with pytest.raises(StoreError, match="FUKKATSU_STORE_KEY"):
            work()
    looking.close()


def _without_triggers(backend):
    statements = {
        "sqlite": ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"),
        "postgresql": ("DROP TRIGGER audit_append_only ON audit",),
    }
    for statement in statements[backend.engine.dialect.name]:
        change(backend, statement)


TAMPERED_AUDIT = {
    "removed": ("DELETE FROM audit WHERE seq = 2", "removed"),
    "changed": ("UPDATE audit SET actor = 'nobody' WHERE seq = 2", "entry 2 .* was changed"),
    "moved": ("UPDATE audit SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3)", "moved"),
    "cut off": ("DELETE FROM audit WHERE seq > 2", "cut off"),
    "emptied": ("DELETE FROM audit", "cut off"),
}


@pytest.mark.parametrize("how", TAMPERED_AUDIT)
def test_an_audit_that_was_tampered_with_does_not_verify(backend, how):
    """Removed, changed, reordered or cut off: the chain says where."""
    for number in range(4):
        backend.write("something.happened", details={"number": number})
    assert backend.verify().problems == ()
    _without_triggers(backend)
    statement, found = TAMPERED_AUDIT[how]
    change(backend, statement)
    if how == "moved":
        change(backend, "UPDATE audit SET seq = -seq WHERE seq < 0")
    problems = " ".join(backend.verify().problems)
    assert re.search(found, problems)


def test_a_chain_made_anew_without_the_key_does_not_verify(backend, url):
    """SHA-256 anybody can compute; the signatures not."""
    backend.write("fix.revoked", details={"reason": "bad"})
    _without_triggers(backend)
    change(backend, "DELETE FROM audit")
    change(backend, "UPDATE audit_head SET seq = 0, digest = '', signature = ''")
    forger = open_backend(url, None, unsigned=True)
    forger.write("nothing.happened")
    assert forger.verify().problems == ()
    assert any("not signed with this key" in problem for problem in backend.verify().problems)
    forger.close()


def test_a_key_is_found_in_the_environment_or_in_a_file(tmp_path, monkeypatch):
    """The variable, the file that is named in code, the file that the environment names; never a short one."""
    assert find_key() is None
    path = tmp_path / "key"
    path.write_text("0123456789abcdef\n")
    monkeypatch.setenv("FUKKATSU_STORE_KEY_FILE", str(path))
    assert find_key() == b"0123456789abcdef"
    monkeypatch.setenv("FUKKATSU_STORE_KEY", "another key, which is as long")
    assert find_key() == b"another key, which is as long"
    assert find_key(path) == b"0123456789abcdef"
    path.write_text("short")
    with pytest.raises(ConfigurationError, match="5 bytes"):
        find_key(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        find_key(tmp_path / "nowhere")


def test_a_signature_of_one_kind_is_none_of_another():
    """A row of the audit cannot be passed off as a fix."""
    signer = Signer(KEY)
    row = {"id": 1}
    assert signer.judge("fix", row, signer.sign("fix", row)) == "valid"
    assert signer.judge("fix", row, signer.sign("audit", row)) == "refused"
    assert signer.judge("fix", row, "") == "refused"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("mysql://host/db", "postgresql\\+psycopg"),
        ("postgresql://me:secret@host/db", "me:\\*\\*\\*@host"),
        ("sqlite://", "leave store out"),
        ("sqlite:///:memory:", "leave store out"),
        ("fixes.db", "sqlite:///fixes.db"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_when_it_is_given(url, found, key):
    """At the decorator, in daylight; and without the password."""
    with pytest.raises(ConfigurationError, match=found) as refused:
        Store(url)
    assert "secret" not in str(refused.value)
