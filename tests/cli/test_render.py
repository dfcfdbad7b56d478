"""Text on a terminal: nothing that a model wrote may steer it."""

from __future__ import annotations

import builtins

from hypothesis import given
from hypothesis import strategies as st

from fukkatsu._cli import render
from fukkatsu._cli.render import Screen, milliseconds, printable


@given(st.text())
def test_printable_text_holds_nothing_that_a_terminal_obeys(text):
    """Neither escape sequences nor characters that reorder others: what is printed is what is there."""
    shown = printable(text)
    assert all(character in "\n\t" or character.isprintable() or character.isspace() for character in shown)
    assert not set(shown) & set("\x1b\x9b\x07\b\r\x7f\u202e\u2066\u200b")


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_ordinary_text_is_left_alone(text):
    """Letters of every script stay as they are."""
    assert printable(text) == text


def test_the_lines_are_the_same_without_rich(capsys, monkeypatch):
    """rich only paints: without it no word is missing."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def show():
        screen = Screen()
        screen.title("A title")
        screen.prose("many words " * 30, "bad", indent=4, label="why: ")
        screen.diff(["+added [bold]not markup[/bold]", "-removed", " kept"])
        return capsys.readouterr().out

    import re

    painted = show()
    real_import = builtins.__import__

    def without_rich(name, *rest):
        if name.startswith("rich"):
            raise ImportError(name)
        return real_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_rich)
    plain = show()
    assert "\x1b" in painted
    painted, by_hand = (re.sub(r"\x1b\[[0-9;]*m", "", shown) for shown in (painted, plain))
    assert painted == by_hand
    assert "\x1b" in plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert show() == by_hand


def test_prose_hangs_behind_its_label_and_fits(capsys, monkeypatch):
    """Long reasons are wrapped to the terminal, each line behind the label."""
    monkeypatch.setenv("COLUMNS", "60")
    Screen(colour=False).prose("word " * 40, indent=2, label="why: ")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("  why: word")
    assert all(line.startswith("       word") for line in lines[1:])
    assert max(map(len, lines)) <= 60


def test_durations_read_as_people_say_them():
    """Milliseconds below a second, seconds above."""
    assert [milliseconds(s) for s in (0.00042, 0.25, 2.004)] == ["0.4 ms", "250.0 ms", "2.00 s"]
    assert render.MARKS.keys() == {"accepted", "refused", "skipped"}
