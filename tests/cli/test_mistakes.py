"""What somebody gets who is in a hurry: a wrong id, a wrong key, a misspelt function, a database that will not."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest

from .conftest import KEY


@pytest.fixture
def three(place, tmp_path, fix_id):
    """The command over a store with three fixes, two of whose ids begin alike."""
    fukkatsu = place()
    with contextlib.closing(sqlite3.connect(tmp_path / "fixes.db")) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(fixes)")]
        for name in ("abc111", "abc222"):
            chosen = {"id": f"'{name}'", "candidate_sha256": f"'{name}'"}
            picked = ", ".join(chosen.get(column, column) for column in columns)
            database.execute(f"INSERT INTO fixes SELECT {picked} FROM fixes WHERE id = ?", (fix_id,))
    return fukkatsu


def test_a_beginning_that_fits_more_than_one_fix_is_answered_with_those(three):
    """With what tells them apart; nothing is decided."""
    done = three("approve", "abc")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'abc' is the beginning of 2 fixes:" in done.stderr
    assert "  abc111  pending  __main__:share\n  abc222  pending  __main__:share" in done.stderr


def test_an_id_that_is_not_there_is_answered_with_the_nearest_one_and_the_name_of_the_store(three):
    """Whoever has two stores sees which one was asked."""
    done = three("show", "abc112")
    assert done.returncode == 2
    assert "there is no fix 'abc112' in sqlite:///fixes.db; did you mean 'abc111'?" in done.stderr
    assert three("diff", "").returncode == 2


def test_a_log_of_a_fix_that_is_not_there_is_no_empty_success(three):
    """A script would take it for a fix without a story."""
    done = three("log", "--fix", "nobody", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no entry is about a fix 'nobody'" in done.stderr


def test_a_wrong_key_is_named_as_what_is_wrong_and_signs_nothing(place, fix_id):
    """Each signature would look forged, and an entry signed with it would break the audit for good."""
    fukkatsu = place()
    wrong = {"FUKKATSU_STORE_KEY": "another key, and long enough"}
    assert "The key here is another one than that of the store." in fukkatsu("fixes", **wrong).stdout
    done = fukkatsu("approve", fix_id, **wrong)
    assert done.returncode == 1
    assert "The key here is another one than that of the store." in done.stderr
    done = fukkatsu("disable", **wrong)
    assert (done.returncode, done.stdout) == (3, "")
    assert "nothing was changed" in done.stderr
    assert json.loads(fukkatsu("log", "--verify", "--json").stdout)["verification"]["whole"]
    assert fukkatsu("disable", "--new-key", **wrong).returncode == 0


def test_a_misspelt_function_is_switched_off_and_said_to_be_unknown(place):
    """In an incident one must not believe that the right one is off."""
    fukkatsu = place()
    done = fukkatsu("disable", "__main__:shere")
    assert done.returncode == 0
    assert "No failure of __main__:shere is on record. Did you mean __main__:share?" in done.stdout
    assert "No failure" not in fukkatsu("disable", "__main__:share").stdout
    assert "spelt" in fukkatsu("disable", "other.module:thing").stdout


def test_a_database_that_will_not_is_named_with_what_to_do(place, tmp_path, fix_id):
    """Which one, and no traceback; a password is not shown."""
    fukkatsu = place()
    holding = sqlite3.connect(tmp_path / "fixes.db", isolation_level=None)
    holding.execute("BEGIN EXCLUSIVE")
    done = fukkatsu("approve", fix_id)
    holding.close()
    assert done.returncode == 3
    assert "the store sqlite:///fixes.db cannot be used" in done.stderr
    assert "Another program holds it: try again" in done.stderr
    (tmp_path / "folder.db").mkdir()
    done = fukkatsu("fixes", "--store", "sqlite:///folder.db")
    assert done.returncode == 3
    assert "SQLite writes beside the file even to read it" in done.stderr
    done = fukkatsu("fixes", "--store", "postgresql+psycopg://me:secret@127.0.0.1:9/x", FUKKATSU_STORE_KEY=KEY)
    assert done.returncode == 3
    assert "the store postgresql+psycopg://me:***@127.0.0.1:9/x cannot be used" in done.stderr
    assert "secret" not in done.stderr
    done = fukkatsu("fixes", "--store", "sqlite:///nowhere.db")
    assert done.returncode == 2
    assert f"there is no store at {tmp_path / 'nowhere.db'}" in done.stderr
