"""Caches of the library that compare by value: what was asked first does not show later."""

from __future__ import annotations

import datetime
import subprocess
import sys
import typing
import zoneinfo

import pytest

from fukkatsu._language.guards import GuardRefusal
from fukkatsu._language.keyed import FORMS, Form

UTC = datetime.UTC


@pytest.mark.parametrize("way", ["ZoneInfo(UserString(x))", "zoneinfo.ZoneInfo(key=UserString(x))", "(lambda z: z(UserString(x)))(ZoneInfo)",
                                 "ZoneInfo.no_cache(UserString(x))", "type(ZoneInfo(x))(UserString(x))", "list(map(ZoneInfo, [UserString(x)]))"])  # fmt: skip
def test_a_zone_is_found_by_text_alone(language, way):
    """What equals one is a zone only while that one is in the cache."""
    text = f"import zoneinfo\nfrom collections import UserString\nfrom zoneinfo import ZoneInfo\ndef f(x):\n    return {way}"
    fixed = language.fix(text)
    zoneinfo.ZoneInfo("Europe/Paris")
    with pytest.raises(TypeError):
        fixed("Europe/Paris")


@pytest.mark.parametrize(
    "way", ["ZoneInfo.from_file(x)", "ZoneInfo.clear_cache()", "getattr(ZoneInfo, 'from_' + 'file')(x)"]
)
def test_no_zone_bears_a_name_that_is_not_its_own(language, way):
    """And nobody empties the cache of the process."""
    text = f"from zoneinfo import ZoneInfo\ndef f(x):\n    return {way}"
    if not language.findings(text):
        with pytest.raises(GuardRefusal):
            language.fix(text)(1)


def test_zones_are_as_ever(language):
    """Made, compared, asked about, and named by the original's file."""
    text = """
        import datetime
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError
        def f(x):
            zone = ZoneInfo(x)
            try:
                ZoneInfo("No/Where")
            except ZoneInfoNotFoundError:
                found = 1
            match zone:
                case ZoneInfo(key=key):
                    found += 1
            day = datetime.datetime(2024, 7, 1, tzinfo=zone)
            return found, key, isinstance(zone, ZoneInfo), day.utcoffset(), zone is ZoneInfo(key=x), zone
    """
    for original in ("def f(x): return x", "from zoneinfo import ZoneInfo\ndef f(x): return ZoneInfo(x)"):
        found = language.fix(text, original)("Europe/Paris")
        assert found == (
            2,
            "Europe/Paris",
            True,
            datetime.timedelta(hours=2),
            True,
            zoneinfo.ZoneInfo("Europe/Paris"),
        )
    original = "from zoneinfo import ZoneInfo\ndef f(x): return ZoneInfo.from_file(x)"
    with pytest.raises(AttributeError, match="read"):
        language.fix("def f(x):\n    return ZoneInfo.from_file(x, key='a')", original)(1)


@pytest.mark.parametrize("name", ["SupportsAbs", "SupportsRound", "IO", "Generic", "Protocol", "List", "Union"])
def test_a_form_is_written_as_it_was_made(language, name):
    """Not as the first of its equals was."""
    text = f"from typing import {name}\ndef f(x):\n    return repr({name}[int | str] if x else {name}[str | int])"
    fixed = language.fix(text)
    assert "int | str" in fixed(1)
    assert "str | int" in fixed(0)


def test_classes_of_typing_are_asked_as_ever(language):
    """What supports which operation."""
    text = """
        import typing
        from typing import SupportsAbs, SupportsInt
        def f(x: SupportsAbs[float]) -> "typing.IO[str]":
            both: SupportsAbs | SupportsInt = x
            return isinstance(x, SupportsAbs), isinstance(both, (str, SupportsInt)), issubclass(int, typing.SupportsFloat), isinstance("", SupportsAbs)
    """
    assert language.fix(text)(-1) == (True, True, True, False)
    assert all(type(form) is Form for form in FORMS.values()) and "typing.Text" not in FORMS
    assert typing.SupportsAbs[int] == typing.SupportsAbs[int]


def test_a_prefix_is_known_whoever_loads_the_module():
    """The correction's own import may be the first one of the process."""
    program = """
import sys
from tests.language.conftest import Language
text = '''
import ipaddress
def f(x):
    return str(ipaddress.ip_network((0, x + 0.0)))
'''
sys.modules.pop("ipaddress", None)  # others load it
print(Language().fix(text)(24))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "0.0.0.0/24\n", done.stderr
