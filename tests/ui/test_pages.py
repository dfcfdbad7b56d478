"""The console shows what is in the store, decides what a person decides, and lets nobody else in."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from fukkatsu._ui.app import console
from fukkatsu._ui.diff import side_by_side

from .conftest import CORRECTION, MARKUP, ORIGINAL

HOST = "127.0.0.1:8517"
ORIGIN = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def stranger(store, ids):
    """A browser that does not know the token."""
    app = console(store, token="the token", hosts=frozenset({HOST}), actor="bob")
    with TestClient(app, base_url=f"http://{HOST}", follow_redirects=False) as client:
        yield client


@pytest.fixture
def browser(stranger):
    """A browser that came in by the printed address."""
    answer = stranger.get("/?token=the+token")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    return stranger


def form(page, decision):
    """The hidden fields of the form of a decision."""
    text = re.search(rf'action="[^"]*/{decision}">(.*?)</form>', page, re.DOTALL)[1]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))


def decide(browser, fix_id, decision, headers=ORIGIN, **changes):
    """Send the form of a decision as its page has it."""
    fields = form(browser.get(f"/fixes/{fix_id}").text, decision) | {"reason": "seen"} | changes
    return browser.post(f"/fixes/{fix_id}/{decision}", data=fields, headers=headers)


def test_without_the_token_there_is_nothing_to_see(stranger, ids):
    """No page, no style sheet, no decision."""
    for path in ("/", "/audit", f"/fixes/{ids['pending']}", "/style.css", "/?token=guess", "/?token="):
        assert stranger.get(path).status_code == 401
    answer = stranger.post(f"/fixes/{ids['pending']}/approve", headers=ORIGIN, data={"csrf": "x"})
    assert answer.status_code == 401


def test_the_token_leaves_the_address_and_becomes_a_cookie(stranger):
    """One that no script reads, no other site's request carries, and that is not the token."""
    answer = stranger.get("/audit?token=the+token&x=1")
    assert answer.headers["location"] == "/audit?x=1"
    cookie = answer.headers["set-cookie"]
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert "the token" not in cookie
    assert "the+token" not in cookie


def test_every_answer_forbids_scripts_frames_and_keeping(browser):
    """The policy allows our own style sheet and our own forms."""
    for path in ("/", "/audit", "/style.css", "/icon.svg", "/nowhere"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
        )
        assert "script" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_a_foreign_host_name_is_not_answered(browser):
    """It was pointed at loopback by somebody else's name server."""
    assert browser.get("/", headers={"Host": "evil.example:8517"}).status_code == 421


def test_the_overview_groups_fixes_by_what_there_is_to_do(browser, ids):
    """What waits comes first."""
    page = browser.get("/").text
    order = [page.index(ids[name]) for name in ("pending", "active", "revoked")]
    assert order == sorted(order)
    assert "ZeroDivisionError: division by zero" in page


def test_a_fix_is_shown_with_diff_verdicts_and_history(browser, ids):
    """Each stage has its line; the diff stands side by side with the file's own numbers."""
    page = browser.get(f"/fixes/{ids['pending']}").text
    for stage in ("static", "compile", "sandbox", "failing-call", "good-calls", "examples", "contract", "differential"):
        assert f"<td>{stage}</td>" in page
    assert "verified on 8 good calls" in page
    assert re.search(r'<td class="number">7</td>', page)
    assert "fix.proposed" in page
    assert "shop/prices.py" in page


def test_every_attempt_is_shown_with_what_was_found(browser, ids):
    """Refused ones with each stage that spoke, the reason, the model, its tokens and the text beside the original."""
    page = browser.get(f"/fixes/{ids['pending']}").text
    assert re.search(r"Suggestions for this failure <span[^>]*>3</span>", page)
    assert page.count("refused by static") == 2
    assert "line 3: eval is not allowed" in page
    assert "model-1, 1000 + 200 tokens" in page
    assert re.search(r'<td class="new">.*eval', page)
    assert "this fix" in page
    assert 'href="/failures/' in page


def test_a_failure_that_nothing_mended_has_a_page(browser, ids):
    """The overview leads there; what was tried stands on it."""
    overview = browser.get("/").text
    assert f'href="/failures/{ids["unmended"]}"' in overview
    page = browser.get(f"/failures/{ids['unmended']}").text
    assert "shop.prices.unmended" in page
    assert "seen once" in page
    assert "refused by static" in page
    assert "I would rather not" in page
    assert "failure.seen" not in overview
    assert browser.get("/failures/nonsense").status_code == 404


def test_only_what_is_not_mended_stands_among_the_unmended(browser, store, ids):
    """A failure whose only fix was taken back is one of them again."""
    unmended = browser.get("/").text.partition("Failed, with no fix")[2]
    assert ids["unmended"] in unmended
    assert "shop.prices.gone" in unmended
    assert "shop.prices.unit_price" not in unmended
    store.change_state(ids["pending"], "rejected", "no", "alice")
    assert "shop.prices.unit_price" in browser.get("/").text.partition("Failed, with no fix")[2]


def test_no_text_of_a_model_becomes_markup(browser, ids):
    """Wherever it stands: source, reasons, notes, exception, arguments, file, model, audit. Nor does it turn around."""
    fixes = (f"/fixes/{ids[name]}" for name in ("hostile", "revoked", "pending"))
    for path in ("/", *fixes, f"/failures/{ids['unmended']}", "/audit"):
        page = browser.get(path).text
        assert "<script" not in page
        assert "<img" not in page
        assert "\u202e" not in page
        assert "\u2066" not in page
    assert "&lt;script&gt;" in browser.get(f"/fixes/{ids['hostile']}").text
    assert "\\u202e" in browser.get(f"/fixes/{ids['hostile']}").text


def test_an_approval_puts_the_fix_to_work(browser, store, ids):
    """In the name of whoever runs the console."""
    answer = decide(browser, ids["pending"], "approve", reason="")
    assert answer.status_code == 303
    record = store.record(ids["pending"])
    assert (record.fix.state, record.decided_by, record.fix.approved_by) == ("active", "bob", "bob")


def test_a_rejection_and_a_revocation_need_a_reason(browser, store, ids):
    """Without one nothing changes."""
    assert decide(browser, ids["pending"], "reject", reason="  ").status_code == 422
    assert store.record(ids["pending"]).fix.state == "pending"
    assert decide(browser, ids["pending"], "reject", reason="rounds wrongly").status_code == 303
    assert store.record(ids["pending"]).reason == "rounds wrongly"
    assert decide(browser, ids["active"], "revoke", reason="too slow").status_code == 303
    assert store.record(ids["active"]).fix.state == "revoked"


@pytest.mark.parametrize(
    ("headers", "changes", "status"),
    [
        ({"Origin": "http://evil.example"}, {}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, {}, 403),
        ({**ORIGIN, "Content-Type": "text/plain"}, {}, 403),
        (ORIGIN, {"csrf": "guess"}, 403),
        (ORIGIN, {"csrf": ""}, 403),
        (ORIGIN, {"seen": "0" * 64}, 409),
        (ORIGIN, {"reason": "x" * 100_000}, 403),
    ],
)
def test_a_form_that_is_not_ours_changes_nothing(browser, store, ids, headers, changes, status):
    """Another site's, a guessed one, one for another text, one without end."""
    assert decide(browser, ids["pending"], "approve", headers, **changes).status_code == status
    assert store.record(ids["pending"]).fix.state == "pending"


def test_a_decision_by_link_is_not_taken(browser, store, ids):
    """A GET changes nothing."""
    assert browser.get(f"/fixes/{ids['pending']}/approve").status_code in (404, 405)
    assert store.record(ids["pending"]).fix.state == "pending"


def test_of_two_decisions_the_first_one_counts(browser, store, ids):
    """The second is told so."""
    fields = form(browser.get(f"/fixes/{ids['pending']}").text, "approve") | {"reason": ""}
    store.change_state(ids["pending"], "rejected", "no", "alice")
    answer = browser.post(f"/fixes/{ids['pending']}/approve", data=fields, headers=ORIGIN)
    assert answer.status_code == 409
    assert "It is rejected meanwhile" in answer.text
    assert store.record(ids["pending"]).fix.state == "rejected"


def test_the_audit_says_whether_its_chain_holds(browser, store):
    """And says so in words when it does not."""
    assert "entries holds" in browser.get("/audit").text
    del store._entries[1]
    page = browser.get("/audit").text
    assert 'role="alert"' in page
    assert "entries holds" not in page


def test_a_page_that_is_not_there_says_so(browser):
    """With the path that was asked for, as text."""
    answer = browser.get("/fixes/<script>")
    assert answer.status_code == 404
    assert "<script" not in answer.text


def test_a_store_that_does_not_answer_is_a_page_too(store, ids):
    """The console goes on."""

    class Gone:
        def __getattr__(self, name):
            def gone(*_):
                raise ConnectionError(MARKUP)

            return gone

    app = console(Gone(), token="t", hosts=frozenset({HOST}), actor="bob")
    client = TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False)
    answer = client.get("/?token=t")
    assert answer.status_code == 500
    assert "The store did not answer: ConnectionError" in answer.text
    assert "<script" not in answer.text


def test_the_diff_shows_every_line_of_both_sides():
    """What is folded away is counted."""
    rows = side_by_side(ORIGINAL, CORRECTION, 7)
    assert [row.kind for row in rows] == ["same", "added", "added", "same"]
    assert [(row.old_number, row.new_number) for row in rows] == [(7, 1), (None, 2), (None, 3), (8, 4)]
    long = "".join(f"x{n} = {n}\n" for n in range(100))
    rows = side_by_side(long, long.replace("x50 = 50", "x50 = 51"), 1)
    assert sum(row.hidden or 1 for row in rows) == 100
    assert rows[0].kind == rows[-1].kind == "folded"


@pytest.mark.parametrize(
    "text", ["", "\n\n", "'''open", "a\r\nb\r\n", "\x00\x0c\x1b[31m", "é\ud800", "\t" * 50 + MARKUP]
)
def test_any_text_can_be_compared_with_any_other(text):
    """What is not Python is shown as it is, and escaped."""
    for old, new in ((text, CORRECTION), (CORRECTION, text), (text, text)):
        rows = side_by_side(old, new, 1)
        shown = "".join(row.old + row.new for row in rows)
        assert "<script" not in shown
        assert "\x1b" not in shown
