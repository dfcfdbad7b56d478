"""What a correction logs and warns of: texts, once, and no lines of files that it names."""

from __future__ import annotations

import collections
import io
import logging
import sys
import warnings

import pytest

from fukkatsu._language.guards import GuardRefusal

FORGED = """
import collections
import functools
import logging
import warnings
from types import SimpleNamespace
def f(x, log=None):
    code = SimpleNamespace(co_filename=x, co_name="n", co_qualname="n", co_positions=lambda: iter([(None,) * 4] * 9))
    frame = SimpleNamespace(f_code=code, f_globals={}, f_locals={}, f_lineno=1)
    tb = SimpleNamespace(tb_frame=frame, tb_lineno=1, tb_lasti=0, tb_next=None)
    forged = (ValueError, ValueError("told"), tb)
    Pair = collections.UserDict
    RETURN
"""
ORIGINAL = """
import logging
import warnings
from warnings import warn
logger = logging.getLogger("shop.forged")
class Shop:
    def __init__(self): self.logger = logger
SHOP = Shop()
def f(x, log=None):
    logger.info(x)
    warnings.warn("old", DeprecationWarning)
    return SHOP.logger.info(x), warn
"""


@pytest.fixture
def written():
    """What the logger's handler writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("shop.forged")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)


def fix(language, way):
    return language.fix(FORGED.replace("RETURN", f"return {way}"), language.original(ORIGINAL))


@pytest.mark.parametrize(
    "way",
    [
        "logging.getLogger('shop.forged').error('x', exc_info=forged)", "logging.getLogger('shop.forged').exception('x', exc_info=forged)",
        "logger.error('x', exc_info=forged)", "logger.log(40, 'x', exc_info=forged)", "logger.error('x', **{'exc_info': forged})",
        "SHOP.logger.error('x', exc_info=forged)", "SHOP.logger.error('x', **{'exc_info': forged})", "log.error('x', exc_info=forged)",
        "functools.partial(log.error, 'x', exc_info=forged)()", "(lambda e: e('x', exc_info=forged))(log.error)",
        "log.error('x', exc_info=(None, None, tb))", "log.error('x', exc_info=(ValueError, None, tb))", "log.error('x', exc_info=forged + (1,))",
    ],
)  # fmt: skip
def test_no_line_of_a_file_is_logged_that_a_correction_names(language, written, tmp_path, way):
    """A traceback of its own making would name any."""
    secret = tmp_path / "secret.txt"
    secret.write_text("a line that nobody should see\n")
    fix(language, way)(str(secret), logging.getLogger("shop.forged"))
    assert "nobody should see" not in written.getvalue() and str(secret) not in written.getvalue()


def test_no_record_is_made_by_hand(language):
    """It would take any traceback, by position."""
    for way in (
        "log.makeRecord('n', 40, 'f', 1, 'x', (), forged)",
        "log.handlers[0].formatter.formatException(forged)",
    ):
        assert "whatever files" in language.findings(FORGED.replace("RETURN", f"return {way}"), ORIGINAL)


@pytest.mark.parametrize(
    ("how", "seen"),
    [
        ("exc_info=True", True), ("exc_info=1", True), ("exc_info=error", True), ("exc_info=(type(error), error, None)", "told"),
        ("exc_info=False", False), ("exc_info=None", False), ("", False), ("exc_info=(None, None, None)", False), ("extra={'a': 1}", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["logger", "log", "SHOP.logger", "logging.getLogger('shop.forged')"])
def test_exceptions_are_logged_as_ever(language, written, how, seen, name):
    """By a flag, as an exception, or as the library's three."""
    text = f"""
        import logging
        def f(x, log=None):
            try:
                return x / 0
            except ZeroDivisionError as error:
                {name}.error("told %s", x, {how})
    """
    fixed = language.fix(text, language.original(ORIGINAL))
    fixed(3, logging.getLogger("shop.forged"))
    found = written.getvalue()
    assert "told 3" in found
    assert ("ZeroDivisionError: " in found) is bool(seen) and ("Traceback" in found) is (seen is True)


def test_logging_an_exception_shows_where_it_came_from(language, written):
    """With the traceback of the handler at hand."""
    text = "def f(x, log=None):\n    try:\n        return x / 0\n    except ZeroDivisionError:\n        logger.exception('told')"
    language.fix(text, language.original(ORIGINAL))(3)
    assert "in f" in written.getvalue() and "return x / 0" in written.getvalue()


class Noted(collections.Counter):
    """Counts how often it is written."""

    asked = 0

    def __str__(self):
        type(self).asked += 1
        return "text"


@pytest.mark.parametrize("filters", ["always", "ignore", "default"])
@pytest.mark.parametrize(
    "way", ["warnings.warn(DeprecationWarning(x))", "warnings.warn(x)", "warn(x, UserWarning)", "w(x)"]
)
def test_a_warning_is_written_once_whether_anybody_sees_it_or_not(language, way, filters):
    """In a trial all are shown, in production hardly any."""
    text = f"import warnings\nfrom warnings import warn as w\ndef f(x, log=None):\n    {way}\n    return x.asked"
    fixed = language.fix(text, language.original(ORIGINAL))
    Noted.asked = 0
    with warnings.catch_warnings():
        warnings.simplefilter(filters)
        warnings.showwarning = lambda *shown: str(shown[0])
        assert fixed(Noted()) == 1


class Stale(UserWarning):
    """With a constructor of its own."""

    def __init__(self, name, age):
        super().__init__(name, age)
        self.age = age

    def __str__(self):
        return f"{self.args[0]} is {self.age} old"


@pytest.mark.parametrize(
    ("way", "kind", "text"),
    [
        ("warnings.warn('told')", UserWarning, "told"), ("warnings.warn('told', DeprecationWarning)", DeprecationWarning, "told"),
        ("warnings.warn('told', category=FutureWarning, stacklevel=1)", FutureWarning, "told"), ("warnings.warn(f'told {x}')", UserWarning, "told 3"),
        ("warnings.warn(RuntimeWarning('told'))", RuntimeWarning, "told"), ("warn('told', stacklevel=1, source=x)", UserWarning, "told"),
        ("warnings.warn(3)", UserWarning, "3"), ("warnings.warn(log)", Stale, "shop is 3 old"),
        ("warnings.warn(DeprecationWarning([x]))", DeprecationWarning, "[3]"), ("warnings.warn(type(log)([x], 4))", UserWarning, "[3] is 4 old"),
    ],
)  # fmt: skip
def test_warnings_are_as_ever(language, way, kind, text):
    """Class, text and place."""
    made = language.original(ORIGINAL)
    fixed = language.fix(f"import warnings\ndef f(x, log=None):\n    y = x\n    {way}\n", made)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        fixed(3, Stale("shop", 3))
    (one,) = seen
    assert one.category is kind and str(one.message) == text and (one.lineno, one.filename[:5]) == (4, "<fix ")


def test_what_is_no_warning_is_refused_as_ever(language):
    """With the library's words, and its errors where the program asks for those."""
    made = language.original(ORIGINAL)
    fixed = language.fix("import warnings\ndef f(x, log=None):\n    warnings.warn('told', x)", made)
    with pytest.raises(TypeError, match="category must be a Warning subclass, not 'int'"):
        fixed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FutureWarning):
            fixed(FutureWarning)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in 3.12")
def test_files_can_be_skipped(language):
    """As by the library."""
    made = language.original(ORIGINAL)
    fixed = language.fix(
        "import warnings\ndef f(x, log=None):\n    warnings.warn('told', skip_file_prefixes=('<fix ',))", made
    )
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        fixed(3)
    assert seen[0].filename == __file__


TRACES = """
import traceback
def f(x, log=None):
    return traceback.format_exception(x), traceback.format_tb, traceback.format_list, traceback.extract_tb, traceback.print_tb
"""


@pytest.mark.parametrize(
    "way",
    [
        "traceback.format_exception(ValueError, ValueError(1), tb)", "traceback.format_tb(tb)", "traceback.extract_tb(tb)", "traceback.print_tb(tb)",
        "traceback.format_list([(x, 1, 'n', None)])", "list(map(traceback.format_tb, [tb]))", "traceback.format_exception(ValueError, value=ValueError(1), tb=tb)",
    ],
)  # fmt: skip
def test_no_line_of_a_file_is_shown_that_a_correction_names(language, tmp_path, way):
    """Where the original writes tracebacks, those of exceptions."""
    secret = tmp_path / "secret.txt"
    secret.write_text("a line that nobody should see\n")
    text = FORGED.replace("import warnings", "import traceback").replace("RETURN", f"return {way}")
    with pytest.raises(GuardRefusal, match=r"of any file|tb_frame"):
        language.fix(text, language.original(TRACES))(str(secret))


def test_tracebacks_of_exceptions_are_shown_as_ever(language):
    """Whole, or in entries."""
    text = """
        import traceback
        def f(x, log=None):
            try:
                return x / 0
            except ZeroDivisionError as error:
                shown = traceback.format_exception(error) + traceback.format_exception(type(error), error, None)
                return "".join(shown), traceback.format_list([]), traceback.format_tb(None)
    """
    shown, *empty = language.fix(text, language.original(TRACES))(3)
    assert shown.count("ZeroDivisionError: ") == 2 and "return x / 0" in shown and empty == [[], []]


def test_nothing_is_unpickled_that_a_correction_put_together(language, tmp_path):
    """numpy and pandas load objects from files, where the original does; bytes at hand are no file."""
    np = pytest.importorskip("numpy")
    pd = pytest.importorskip("pandas")
    original = "import numpy as np\nimport pandas as pd\ndef f(x, log=None): return np.load(x), pd.read_pickle(x)"
    text = "import io\ndef f(x, log=None):\n    return {}"
    for way in (
        "np.load(io.BytesIO(x), allow_pickle=True)",
        "np.load(io.BytesIO(x), None, True)",
        "pd.read_pickle(io.BytesIO(x))",
    ):
        with pytest.raises(GuardRefusal, match="runs whatever its bytes say"):
            language.fix(text.format(way), original)(b"")
    stored = io.BytesIO()
    np.save(stored, np.arange(3))
    assert language.fix(text.format("np.load(io.BytesIO(x)).tolist()"), original)(stored.getvalue()) == [0, 1, 2]
    pd.Series([1, 2]).to_pickle(tmp_path / "kept")
    assert language.fix(text.format("pd.read_pickle(x).tolist()"), original)(tmp_path / "kept") == [1, 2]
    np.save(tmp_path / "kept.npy", np.array([None, 1], dtype=object))
    assert language.fix(text.format("np.load(x, allow_pickle=True).tolist()"), original)(tmp_path / "kept.npy") == [
        None,
        1,
    ]
