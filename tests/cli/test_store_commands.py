"""The commands over a store, each as a person types it, over the file that a healed function left behind."""

from __future__ import annotations

import json
import sqlite3
import textwrap

import pytest

from .conftest import KEY, SHOP


def as_json(done, code=0):
    assert done.returncode == code, done.stderr + done.stdout
    return json.loads(done.stdout)


def the_id(fukkatsu):
    [fix] = as_json(fukkatsu("fixes", "--json"))
    return fix["id"]


def test_fixes_lists_what_waits_and_what_is_at_work(place):
    """One line each, and the state in words."""
    fukkatsu = place()
    [fix] = as_json(fukkatsu("fixes", "--pending", "--json"))
    assert (fix["state"], fix["function"], fix["model"]) == ("pending", "__main__:share", "a-model")
    assert (fix["signature"], fix["current"]) == ("valid", True)
    shown = fukkatsu("fixes")
    assert shown.returncode == 0
    assert fix["id"] in shown.stdout
    assert "pending" in shown.stdout
    assert "ZeroDivisionError" in shown.stdout
    assert fukkatsu("fixes", "--function", "other:f").stdout == "no fixes\n"
    fukkatsu("approve", fix["id"])
    assert fukkatsu("fixes", "--pending").stdout == "no fix waits for a person\n"


def test_show_says_everything_that_a_person_needs_to_decide(place):
    """Difference, verdicts, evidence, model, tokens, cost, and the story."""
    fukkatsu = place()
    name = the_id(fukkatsu)
    shown = fukkatsu("show", name[:5], "--prices", "2.5,10").stdout
    for part in (
        f"fix {name} of __main__:share",
        "-    return total / count",
        "+    return total / count if count else 0.0",
        "failing-call",
        "verified on",
        "a-model, 1000 + 200 tokens, $0.0045; 1 refused before it",
        "2 suggestions, 2000 + 400 tokens, $0.0090",
        "refused by static  a-model, 1000 + 200 tokens",
        "eval",
        "argument:   count = 0",
        "fix.proposed",
        "signature:  valid",
    ):
        assert part in shown, shown
    told = as_json(fukkatsu("show", name, "--json"))
    assert told["report"]["accepted"]
    assert told["arguments"] == {"total": "1", "count": "0"}
    assert (told["prompt_tokens"], told["completion_tokens"], told["cost_dollars"]) == (1000, 200, None)
    assert told["diff"] == as_json(fukkatsu("diff", name, "--json"))["diff"]
    assert [one["event"] for one in told["story"]] == ["fix.proposed"]


def test_show_tells_what_was_refused_before(place):
    """In a line and its reason; with --attempts the stages and the difference; in JSON everything."""
    fukkatsu = place()
    name = the_id(fukkatsu)
    assert "eval('total / count')" not in fukkatsu("show", name).stdout.partition("What was refused")[0]
    assert "+    return eval('total / count')" in fukkatsu("show", name, "--attempts").stdout
    refused, accepted = as_json(fukkatsu("show", name, "--json"))["attempts"]
    assert (refused["fix"], refused["report"]["refused_by"], refused["signature"]) == (None, "static", "valid")
    assert "eval('total / count')" in refused["report"]["source"]
    assert (accepted["fix"], accepted["report"]["accepted"]) == (name, True)


def test_show_works_the_cost_out_where_somebody_says_the_prices_and_says_so_where_nobody_does(place, tmp_path):
    """An option, the environment, or a file with a price for each model; none is ever guessed."""
    fukkatsu = place()
    name = the_id(fukkatsu)
    assert (
        "1000 + 200 tokens, cost unknown: no price is given (--prices, FUKKATSU_PRICES" in fukkatsu("show", name).stdout
    )

    def cost(*words, **environment):
        return as_json(fukkatsu("show", name, "--json", *words, **environment))["cost_dollars"]

    assert cost() is None
    assert cost(FUKKATSU_PRICES="2.5,10") == pytest.approx(0.0045)
    assert cost(FUKKATSU_PRICES="other=1,1; a-model=5,20") == pytest.approx(0.009)
    assert cost(FUKKATSU_PRICES="a-mode=5,20") is None
    (tmp_path / "pyproject.toml").write_text('[tool.fukkatsu.prices]\n"a-model" = [1.0, 0]\n')
    assert cost() == pytest.approx(0.001)
    assert cost("--prices", "0,1", FUKKATSU_PRICES="2.5,10") == pytest.approx(0.0002)
    done = fukkatsu("show", name, FUKKATSU_PRICES="cheap")
    assert (done.returncode, done.stdout) == (2, "")
    assert "FUKKATSU_PRICES: 'cheap' must be two numbers" in done.stderr


def test_diff_is_a_diff_and_nothing_else(place):
    """For a pipe."""
    fukkatsu = place()
    lines = fukkatsu("diff", the_id(fukkatsu)).stdout.splitlines()
    assert lines[0] == "--- share (original)"
    assert [line[0] for line in lines if line[:3] not in ("---", "+++")] == ["@", " ", "-", "+"]


def test_approve_puts_a_fix_to_work_at_the_next_failure(place, healed, tmp_path):
    """Typed in one process, heard in another: the program asks no model any more."""
    import os
    import subprocess
    import sys
    from pathlib import Path

    fukkatsu = place()
    name = the_id(fukkatsu)
    done = fukkatsu("approve", name, "--reason", "as in the books")
    assert (done.returncode, done.stdout) == (0, f"fix {name} of share is approved\n")
    told = as_json(fukkatsu("show", name, "--json"))
    assert told["state"] == "active"
    assert "@" in told["approved_by"]
    assert told["reason"] == "as in the books"
    (tmp_path / "shop.py").write_text(SHOP)
    inherited = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "FUKKATSU_STORE_KEY": KEY}
    ran = subprocess.run(
        [sys.executable, "shop.py", "manual"], cwd=tmp_path, env=inherited, capture_output=True, text=True, timeout=100
    )  # fmt: skip
    assert ran.stdout == "0.0\n", ran.stderr
    assert "Requesting" not in ran.stderr
    again = fukkatsu("approve", name)
    assert again.returncode == 1
    assert "nothing was changed" in again.stderr


def test_reject_takes_a_reason_and_is_final(place):
    """The next person reads why."""
    fukkatsu = place()
    name = the_id(fukkatsu)
    without = fukkatsu("reject", name)
    assert without.returncode == 2
    assert "--reason" in without.stderr
    assert as_json(fukkatsu("reject", name, "--reason", "zero is no price", "--json"))["state"] == "rejected"
    assert fukkatsu("approve", name).returncode == 1
    assert as_json(fukkatsu("fixes", "--json"))[0]["reason"] == "zero is no price"
    assert fukkatsu("reject", name, "--reason", "again").returncode == 1


def test_revoke_takes_back_what_is_at_work(place):
    """And says so once."""
    fukkatsu = place("auto")
    name = the_id(fukkatsu)
    assert fukkatsu("revoke", name, "--reason", "wrong").stdout == f"fix {name} of share is revoked\n"
    assert as_json(fukkatsu("fixes", "--json"))[0]["state"] == "revoked"
    assert as_json(fukkatsu("revoke", name, "--json"), 1) == {
        "id": name,
        "before": "revoked",
        "state": "revoked",
        "changed": False,
    }


def test_disable_and_enable_say_what_is_switched_off(place):
    """One function, or all of them."""
    fukkatsu = place("auto")
    assert as_json(fukkatsu("disable", "shop.prices:share", "--reason", "an incident", "--json")) == {
        "function": "shop.prices:share",
        "healing": "off",
        "changed": True,
        "switched_off": ["shop.prices:share"],
        "on_record": False,
    }
    assert "as it was before" in fukkatsu("disable", "shop.prices:share").stdout
    assert fukkatsu("disable").stdout.startswith("healing of every function is off\n")
    assert as_json(fukkatsu("enable", "--json"))["switched_off"] == ["shop.prices:share"]
    assert fukkatsu("enable", "shop.prices:share").stdout == "healing of shop.prices:share is on\n"
    assert fukkatsu("disable", "share").returncode == 2


def test_log_tells_the_story_and_verifies_it(place, tmp_path):
    """In order, with the head to keep elsewhere; a changed entry is found."""
    fukkatsu = place()
    name = the_id(fukkatsu)
    fukkatsu("approve", name)
    shown = fukkatsu("log", "--verify")
    assert shown.returncode == 0
    assert "chain and signatures hold" in shown.stdout
    told = as_json(fukkatsu("log", "--verify", "--json"))
    events = [entry["event"] for entry in told["entries"]]
    assert events == ["failure.seen", "suggestion.refused", "fix.proposed", "fix.approved"]
    assert told["head"] == {"seq": 4, "digest": told["entries"][-1]["digest"]}
    assert told["verification"] == {"entries": 4, "problems": [], "signatures": True, "whole": True}
    assert [entry["event"] for entry in as_json(fukkatsu("log", "--last", "1", "--json"))["entries"]] == [
        "fix.approved"
    ]
    assert len(as_json(fukkatsu("log", "--fix", name, "--json"))["entries"]) == 2
    with sqlite3.connect(tmp_path / "fixes.db") as database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 3")
    database.close()
    broken = fukkatsu("log", "--verify")
    assert broken.returncode == 1
    assert "entry 3 (fix.proposed) was changed" in broken.stdout
    assert not as_json(fukkatsu("log", "--verify", "--json"), 1)["verification"]["whole"]


def test_a_fix_with_a_wrong_signature_is_shown_as_such_and_never_approved(place, tmp_path):
    """Approving it would make it genuine."""
    fukkatsu = place()
    name = the_id(fukkatsu)
    with sqlite3.connect(tmp_path / "fixes.db") as database:
        database.execute("UPDATE suggestions SET candidate = replace(candidate, '0.0', '1.0')")
    database.close()
    assert "SIGNATURE REFUSED" in fukkatsu("fixes").stdout
    assert fukkatsu("show", name).returncode == 1
    assert fukkatsu("diff", name).returncode == 1
    done = fukkatsu("approve", name)
    assert done.returncode == 1
    assert "its signature is wrong" in done.stderr


def test_what_cannot_be_done_is_said_with_what_to_do(place, fukkatsu, tmp_path):
    """Which store, which fix, which key: exit code 2 for what is not there, 3 for what cannot be done here."""
    with_store = place()
    for words, code, said in (
        (("fixes",), 2, "which store?"),
        (("fixes", "--store", "sqlite:///nowhere.db"), 2, "there is no store at"),
        (("fixes", "--store", "mysql://x"), 2, "postgresql+psycopg"),
        (("fixes", "--store", "postgresql+psycopg://me:secret@127.0.0.1:9/x"), 3, "cannot be used"),
        (("show", "nobody", "--store", "sqlite:///fixes.db"), 2, "there is no fix 'nobody'"),
        (("revoke", "x", "--store", "sqlite:///fixes.db"), 3, "FUKKATSU_STORE_KEY"),
    ):
        done = fukkatsu(*words)
        assert (done.returncode, said in done.stderr) == (code, True), (words, done.stderr)
        assert "Traceback" not in done.stderr
        assert "secret" not in done.stderr
    assert with_store("show", "x", "--prices", "cheap").returncode == 2


def test_configuration_names_the_store(place, tmp_path):
    """A file in the folder, so that nobody types it."""
    fukkatsu = place()
    (tmp_path / "pyproject.toml").write_text(
        textwrap.dedent("""
            [tool.fukkatsu]
            store = "sqlite:///fixes.db"
        """)
    )
    assert len(as_json(fukkatsu("fixes", "--json", FUKKATSU_STORE=""))) == 1
