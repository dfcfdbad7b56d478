"""What a reply says again of the file around the function: its constants, its types, its classes."""

from __future__ import annotations

import sys

import pytest

FILE = """
from __future__ import annotations
import enum
import logging
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Optional, TypeVar
if TYPE_CHECKING:
    from decimal import Decimal
__all__ = ["f"]
T = TypeVar("T")
Pair = tuple[int, int]
logger = logging.getLogger(__name__)
LIMIT = 10
UNUSED = {"a": 1}
DEFAULT = object()
class Point(NamedTuple):
    x: int
    y: int = 0
@dataclass
class Item:
    n: int
    tags: list[str] = field(default_factory=list)
class Color(enum.Enum):
    RED = 1
class Other:
    pass
def double(n): return n * 2
def f(x: int, y: Optional[T] = None) -> int:
    logger.debug("%s", x)
    if x > LIMIT or y is DEFAULT: raise ValueError(x)
    return double(Item(Point(x).x).n) + Color.RED.value
"""
FUNCTION = """
def f(x: int, y: Optional[T] = None) -> int:
    logger.debug("%s", x)
    if x > LIMIT or y is DEFAULT: raise ValueError(x)
    return double(Item(Point(x).x).n) + Color.RED.value
"""


@pytest.mark.parametrize(
    "said",
    [
        "__all__ = ['f']", "__version__ = '2.0'\n__author__ = 'me'", "T = TypeVar('T')",
        "from typing import Optional, TypeVar\nT = TypeVar('T')\nK = TypeVar('K', bound=str)", "Pair = tuple[int, int]",
        "logger = logging.getLogger(__name__)", "LIMIT = 10", "DEFAULT = object()", "import subprocess",
        "UNUSED = {'a': 1}", "if TYPE_CHECKING:\n    from decimal import Decimal",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import subprocess",
        "from typing import NamedTuple\nclass Point(NamedTuple):\n    x: int\n    y: int = 0",
        "@dataclass\nclass Item:\n    n: int\n    tags: list[str] = field(default_factory=list)",
        "from dataclasses import dataclass, field\n@dataclass\nclass Item:\n    n: int\n"
        "    tags: list[str] = field(default_factory=list)",
        "import enum\nclass Color(enum.Enum):\n    RED = 1", "class Other:\n    pass", "def double(n): return n * 2",
    ],
)  # fmt: skip
def test_what_the_file_says_may_be_said_again(language, said):
    """It means the file's own; models repeat what they have seen above a function."""
    made = language.original(FILE)
    fixed = language.fix(f"{said}\n{FUNCTION}", made)
    assert fixed(3) == 7
    made.module.LIMIT = 2  # the file's, live, not a copy
    if "LIMIT" not in said:
        with pytest.raises(ValueError, match="3"):
            fixed(3)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in Python 3.12")
def test_an_alias_of_types_is_left_out(language):
    """Nothing uses it while the program runs."""
    assert language.fix(f"type Size = int | float\n{FUNCTION}", FILE)(3) == 7
    assert "type alias" in language.findings("type Size = int\n" + FUNCTION.replace("return", "return Size,"), FILE)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("class Point(NamedTuple):\n    x: int\n    y: int = 1", "The file has its own `Point`, and this one differs"),
        ("class Item:\n    n = 1", "The file has its own `Item`, and this one differs"),
        ("class New:\n    pass", "a class body could redefine"),
        ("DEFAULT = list()", "The file has its own `DEFAULT`, and this one differs"),
        ("T = TypeVar(print('now'))", "The file has its own `T`, and this one differs"),
        ("if TYPE_CHECKING:\n    import decimal\nelse:\n    import subprocess", "a top-level if"),
        ("if TYPE_CHECKING():\n    import decimal", "a top-level if"),
        ("__all__ = [print('now')]", "__all__"),
        ("import socket", ""),
    ],
)
def test_what_differs_is_refused_with_its_reason(language, said, why):
    """It would be another meaning of the same name, or run when the correction is defined."""
    findings = language.findings(f"{said}\n{FUNCTION}", FILE)
    assert findings and why in findings


@pytest.mark.parametrize("use", ["Other()", "UNUSED['a']", "subprocess.run", "T", "Pair"])
def test_saying_it_again_opens_nothing(language, use):
    """Of the module's own names only those that the original uses are open; a constant is then the correction's own."""
    said = {"Other()": "class Other:\n    pass", "subprocess.run": "import subprocess", "T": "T = TypeVar('T')"}
    used = FUNCTION.replace("    return", f"    print({use})\n    return")
    text = said.get(use, "Pair = tuple[int, int]") + "\nUNUSED = {'a': 1}\n" + used
    if use == "UNUSED['a']":
        assert language.fix(text, FILE)(3) == 7
    else:
        assert language.findings(text, FILE)
