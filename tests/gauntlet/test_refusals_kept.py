"""What the docstring announces goes on being refused, though it was the failing call's own crash by class and place."""

from __future__ import annotations

import pytest

from fukkatsu import Call, verify

pytestmark = pytest.mark.once  # says nothing about the interpreter


def header(line):
    """Name and value of a header line.

    :raises ValueError: if there is no colon in the line
    """
    name, value = line.split(":")
    return name.strip().lower(), value.strip()


def headed(line):
    """Name and value of a header line."""
    name, value = line.split(":")
    return name.strip().lower(), value.strip()


LINES = [Call((one,)) for one in ("Host: example.org", "X-Test: a", "Accept:  text/html", "A:b")]
REST = "    return name.strip().lower(), value.strip()\n"


@pytest.mark.parametrize(
    ("function", "body", "refused"),
    [
        (header, "    name, value = line.split(':', 1)\n", False),
        (
            header,
            "    name, sep, value = line.partition(':')\n    if not sep:\n        raise ValueError(line)\n",
            False,
        ),
        (header, "    at = line.index(':')\n    name, value = line[:at], line[at + 1:]\n", False),
        (header, "    name, _, value = line.partition(':')\n", True),
        (header, "    name, *rest = line.split(':')\n    value = ':'.join(rest)\n", True),
        (headed, "    name, _, value = line.partition(':')\n", False),  # nobody announced anything
    ],
)
def test_a_line_without_a_colon_is_refused_as_it_was_before(function, body, refused):
    """Two colons are the failure, none is the caller's."""
    text = f"def {function.__name__}(line):\n{body}{REST}"
    report = verify(text, function, failure=Call(("Date: 10:30",)), good_calls=LINES)
    assert report.accepted is not refused, str(report)
    if refused:
        assert report.refused_by == "differential"
        assert "as the docstring announces it" in report.reason


def version(text):
    """Version such as "1.2.3" as a tuple of three ints; "1.2" is 1.2.0.

    :raises ValueError: if it is no version
    """
    major, minor, patch = text.split(".")
    return int(major), int(minor), int(patch)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("    parts = text.split('.')\n    if len(parts) == 2:\n        parts.append('0')\n", False),
        ("    parts = text.split('.')[:3]\n    if len(parts) == 2:\n        parts.append('0')\n", True),
        ("    parts = (text + '.0').split('.')[:3]\n", True),
    ],
)
def test_of_what_is_answered_in_place_of_an_announced_exception_a_person_is_told(body, told):
    """Four parts are no version, and were none before."""
    text = f"def version(text):\n{body}    major, minor, patch = parts\n    return int(major), int(minor), int(patch)\n"
    good = [Call((one,)) for one in ("1.2.3", "10.0.1", "0.0.7", "2.11.0")]
    report = verify(text, version, failure=Call(("1.2",)), good_calls=good)
    notes = [note for note in report.notes if "as the docstring announces it" in note]
    assert bool(notes) is told or not report.accepted, str(report)
    assert told or report.accepted, str(report)
