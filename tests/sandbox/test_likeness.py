"""What arrives in a trial is told from what stayed at home by nothing that a correction may ask."""

from __future__ import annotations

import array
import collections
import collections.abc
import dataclasses
import logging
import numbers
import typing

import numpy as np
import pytest

from fukkatsu import Call, Checks, FlatlineError, Policy, Store, resurrect, verify
from fukkatsu._capture.source import read_source
from fukkatsu._language.facts import read_facts
from fukkatsu._language.program import Program, compile_program, link_program
from fukkatsu._language.scope import LiveScope
from fukkatsu._oracle import values
from fukkatsu._sandbox import pool
from fukkatsu._sandbox.carry import carry, carry_call, carry_scope
from fukkatsu._wrap.keep import keep, recall


def in_a_trial(function, *args):
    """What *function* answers in a runner, watched as a trial is."""
    run = pool.run(pool.original_subject(carry(function)), [pool.Step("call", carry_call(args, {}))], Policy())
    assert run.ended == "finished", run
    assert run.outcomes[0].kind == "returned", run.outcomes[0]
    return values.rebuild(run.outcomes[0].value)


class Slotted:
    __slots__ = ("__hidden", "rows")

    def __init__(self, rows):
        self.rows = rows
        self.__hidden = 2

    def hidden(self):
        return self.__hidden


class Heir(Slotted):
    pass


@dataclasses.dataclass(slots=True, frozen=True)
class Fixed:
    x: int = 1


class Pair(typing.NamedTuple):
    a: int


Triple = collections.namedtuple("Triple", "a b c")


def looked_over(value):
    return [sorted(dir(value)), hasattr(value, "__dict__"), hasattr(value, "__weakref__"), repr(value)[:4]]


@pytest.mark.parametrize(
    "value", [Slotted([1]), Heir([1]), Fixed(), Pair(1), Triple(1, 2, 3)], ids=lambda value: type(value).__name__
)
def test_an_object_without_a_dict_arrives_without_one(value):
    """A class that travels keeps its slots, those with a private name as well."""
    assert in_a_trial(looked_over, value) == looked_over(value)


def opened(value):
    try:
        value.other = 1
    except AttributeError:
        return value.hidden()
    return -1


def test_an_attribute_that_a_slotted_object_has_no_room_for_fails_in_a_trial_too():
    """So that a correction which adds one is not accepted."""
    assert in_a_trial(opened, Slotted([1])) == opened(Slotted([1])) == 2


TALLY = Slotted([])


def counted(x):
    """One over x."""
    if x == -1:
        TALLY.rows.append(x)
        return list(TALLY.rows)
    return 1 / x


COUNTED = "def counted(x):\n    if x == -1:\n        TALLY.rows.append(x)\n        return list(TALLY.rows)\n"


def test_what_is_written_into_the_slots_of_a_global_is_told_and_put_back():
    """As it is of any other object: a call that adds to it starts from the same rows each time."""
    right = f"{COUNTED}    return 1 / x if x else 0.0\n"
    calls = [Call((-1,), returned=[-1]), Call((-1,), returned=[-1]), Call((2,))]
    assert verify(right, counted, failure=Call((0,)), good_calls=calls).accepted
    wrong = f"{COUNTED}    TALLY.rows.append(x)\n    return 1 / x if x else 0.0\n"
    report = verify(wrong, counted, failure=Call((0,)), good_calls=[Call((2,)), Call((4,))])
    assert report.refused_by == "good-calls", str(report)
    assert "TALLY" in report.reason


def handed(f, g, rest):
    f(1)
    g(2)
    said = [hasattr(f, "__wrapped__"), "__wrapped__" in dir(f), f is g, rest[0] is f, f.__name__, f.__qualname__]
    try:
        f()
    except TypeError as failure:
        said.append(str(failure))
    return [*said, sorted(dir(f)), f.__defaults__, f.__kwdefaults__]


def made(kept):
    def told(x, y=1, *, z=3):
        kept.append((x, y, z))

    return told


def test_a_function_among_the_arguments_is_itself_while_it_is_listened_to():
    """Nothing of its own is hidden behind another one, and where it stands twice it is one."""
    here = made([])
    assert in_a_trial(handed, here, here, [here]) == handed(here, here, [here])


def told_of(line, on_line):
    """One over the length of a line, of which somebody is told."""
    on_line(len(line))
    return 1 / len(line)


SEEN = []


def on_line(size):
    SEEN.append(size)


def test_calls_of_a_function_among_the_arguments_are_still_heard():
    """A correction that tells it something else, or nothing, is refused."""
    good = [Call(("ab", on_line)), Call(("abcd", on_line))]
    right = "def told_of(line, on_line):\n    on_line(len(line))\n    return 1 / len(line) if line else 0.0\n"
    report = verify(right, told_of, failure=Call(("", on_line)), good_calls=good)
    assert report.accepted, str(report)
    for call in ("on_line(1)", "pass"):
        wrong = right.replace("on_line(len(line))", call)
        report = verify(wrong, told_of, failure=Call(("", on_line)), good_calls=good)
        assert report.refused_by == "good-calls", str(report)


class Options:
    def __init__(self, scale):
        self.scale = scale
        self.rows = []


DEFAULTS = {"scale": 1.0}
PRESET = Options(1.0)
PRICES = {PRESET: 2.0}


def helper(x):
    return x


def by_default(x, options=DEFAULTS):
    """A share."""
    return options["scale"] / x + 0 * len(DEFAULTS)


def by_function(x, scale):
    """A share."""
    return scale(1.0) / x if scale else helper(x)


def by_object(x, options):
    """A share."""
    return options.scale / x if options else PRESET.scale


def by_price(x, options):
    """A share."""
    return PRICES[options] / x


def in_a_list(x, rows):
    """A share."""
    return len(rows) / x if rows else (DEFAULTS, PRESET)


# name: function, what else it is called with, its body, and a question that is answered yes in the program
SAME = {
    "a default and a global": (by_default, (), "options['scale'] / x", "options is DEFAULTS"),
    "a function": (by_function, (helper,), "scale(1.0) / x", "scale is helper"),
    "a function by its value": (by_function, (helper,), "scale(1.0) / x", "scale == helper"),
    "an object": (by_object, (PRESET,), "options.scale / x", "options is PRESET"),
    "an object among others": (by_object, (PRESET,), "options.scale / x", "options in [PRESET]"),
    "the part of an object": (by_object, (PRESET,), "options.scale / x", "options.rows is PRESET.rows"),
    "a key": (by_price, (PRESET,), "PRICES[options] / x", "options in PRICES"),
    "a container in a container": (in_a_list, ([DEFAULTS],), "len(rows) / x", "rows[0] is DEFAULTS"),
    "an object in a container": (in_a_list, ((1, PRESET),), "len(rows) / x", "rows[1] is PRESET"),
}


@pytest.mark.parametrize("which", SAME)
def test_what_is_one_object_in_the_program_is_one_in_a_trial(which):
    """A correction that asks is tried with the answer that it gets later."""
    function, rest, body, question = SAME[which]
    parameters = ", ".join(["x", *function.__code__.co_varnames[1 : function.__code__.co_argcount]])
    if function.__defaults__:
        parameters += "=DEFAULTS"
    head = f"def {function.__name__}({parameters}):\n"
    failure, good = Call((0, *rest)), [Call((2, *rest)), Call((4, *rest))]
    right = f"{head}    if not ({question}):\n        return -1.0\n    return {body} if x else 0.0\n"
    as_they_were = Checks(preserve=False)  # among generated inputs are objects that only look alike
    report = verify(right, function, failure=failure, good_calls=good, checks=as_they_were)
    assert report.accepted, str(report)
    wrong = right.replace("if not (", "if (").replace("):\n        return", ") and x:\n        return")
    report = verify(wrong, function, failure=failure, good_calls=good)
    assert report.refused_by == "good-calls", str(report)


def test_equal_objects_that_are_not_one_stay_apart_in_a_trial():
    """As an argument that only looks like the preset does in the program."""
    text = (
        "def by_object(x, options):\n    if options is PRESET:\n        return -1.0\n"
        "    return options.scale / x if x else 0.0\n"
    )
    good = [Call((2, Options(1.0))), Call((4, Options(1.0)))]
    report = verify(text, by_object, failure=Call((0, Options(1.0))), good_calls=good)
    assert report.accepted, str(report)


def test_what_a_call_does_to_a_global_that_it_is_given_is_not_there_for_the_next():
    """The argument is the global itself, and that is put back between calls."""

    text = "def grown(x, rows):\n    rows.append(x)\n    return len(rows) / x if x else 0.0\n"
    report = verify(text, grown, failure=Call((0, ROWS)), good_calls=[Call((2, ROWS)), Call((4, ROWS))])
    assert report.accepted, str(report)


ROWS = [1]


def grown(x, rows):
    """How many to each."""
    rows.append(x)
    return len(rows) / x if x != -1 else ROWS


def test_calls_that_the_program_made_are_replayed_with_its_own_objects(model):
    """Of them copies were kept, from before each call; an object of the module's is that again."""
    text = (
        "def by_object(x, options):\n    if options is PRESET and x:\n        return -1.0\n"
        "    return options.scale / x if x else 0.0\n"
    )
    healed = resurrect(provider=model(text), store=Store(), attempts=1)(by_object)
    assert [healed(2, PRESET), healed(4, PRESET), healed(5, Options(1.0))] == [0.5, 0.25, 0.2]
    with pytest.raises(FlatlineError):
        healed(0, PRESET)
    assert healed.fukkatsu.reports[-1].refused_by == "good-calls"


LOG = logging.getLogger(__name__)


def noted(n):
    """Ten over n."""
    LOG.debug("asked")
    return 10 // n


def test_the_text_of_a_logger_says_nothing_of_its_level(monkeypatch):
    """That is the program's, which has set one, and a trial has not."""
    monkeypatch.setattr(LOG, "level", logging.INFO)
    said = f"<Logger {__name__}>"
    text = (
        "import logging\n\ndef noted(n):\n"
        f"    if [f'{{LOG!r}}', str(logging.getLogger('new'))] != [{said!r}, '<Logger new>']:\n"
        "        return -1\n    LOG.debug('asked')\n    return 10 // n if n else 0\n"
    )
    report = verify(text, noted, failure=Call((0,)), good_calls=[Call((2,)), Call((5,))])
    assert report.accepted, str(report)
    assert linked(text, noted)(2) == 5


def linked(text, function):
    """*text* in the host, as it is after its acceptance."""
    facts = read_facts(function, read_source(function))
    program = Program(text, facts, Policy(), "<candidate>")
    scope = LiveScope(function, facts.scope_names)
    return link_program(program, compile_program(program), scope, defaults=None, kwdefaults=None)


class Till:
    @resurrect(provider=None)
    def total(self):
        return 1


@resurrect(provider=None)
def rounded(x):
    return round(x)


def asked(n, till):
    """Ten over n."""
    return [10 // n, rounded(1.2), till.total()]


ASKED = {
    "names of a method": "sorted(dir(till.total))",
    "what a method has": "[hasattr(till.total, name) for name in ('__func__', '__self__', '__wrapped__', 'fukkatsu')]",
    "what a wrapper has": "worn(rounded)",
    "what a wrapper of a method has": "worn(till.total)",
    "what a wrapper of a wrapper has": "worn(worn)",
}


@pytest.mark.parametrize("which", ASKED)
def test_what_is_decorated_here_is_told_from_what_is_not_in_a_trial_by_nothing(which):
    """There is nothing around it there: methods are methods all the same, and what is copied from it is its own."""
    text = (
        "import functools\n\ndef worn(function):\n    @functools.wraps(function)\n    def around():\n        return 0\n"
        "    around.n = 1\n    return [hasattr(around, 'n'), sorted(dir(around)), hasattr(around, '__wrapped__')]\n\n"
        f"def asked(n, till):\n    if n == 0:\n        return {ASKED[which]}\n"
        "    return [10 // n, rounded(1.2), till.total()]\n"
    )
    source = read_source(asked)
    program = Program(text, read_facts(asked, source), Policy(), "<candidate>")
    scope = carry_scope(LiveScope(asked, program.facts.scope_names))
    subject = pool.candidate_subject(program, scope, carry((None, None)))
    run = pool.run(subject, [pool.Step("call", carry_call((0, Till()), {}))], Policy())
    assert run.ended == "finished", run
    assert values.rebuild(run.outcomes[0].value) == linked(text, asked)(0, Till())


def looks(array):
    return [
        array.base is None, array.flags.owndata, array.flags.c_contiguous, array.flags.f_contiguous,
        array.flags.writeable, array.strides, array.shape, str(array.dtype), array.tolist(),
    ]  # fmt: skip


def read_only(array):
    array.flags.writeable = False
    return array


TABLE = np.arange(12.0).reshape(3, 4)
ARRAYS = {
    "its own": np.arange(3.0),
    "another shape": TABLE,
    "every other": np.arange(10)[::2],
    "backwards": np.arange(10)[::-1],
    "turned": TABLE.T,
    "a row": TABLE[1],
    "repeated": np.broadcast_to(np.arange(4), (3, 4)),
    "by columns": np.asfortranarray(TABLE),
    "empty": np.empty((0, 3)),
    "one number": np.array(5),
    "texts": np.array(["ab", "c"]),
    "dates": np.array(["2020-01-01"], dtype="M8[D]"),
    "records": np.zeros(3, dtype=[("x", "i4"), ("y", "f8")]),
    "objects": np.array([1, None], dtype=object),
    "read only": read_only(np.arange(3)),
    "the other byte order": np.arange(3, dtype=">i4"),
    "other numbers": np.arange(3).view("u1"),
}


@pytest.mark.parametrize("which", ARRAYS)
def test_an_array_owns_what_it_owned_and_lies_as_it_lay(which):
    """In a trial, and in the copy of it that is kept of a call."""
    array = ARRAYS[which]
    there = looks(array)
    assert in_a_trial(looks, array) == there
    (kept,) = recall(keep((array,)))
    assert looks(kept) == there


def shared_memory(array, part):
    return [np.shares_memory(array, part), part.base is array]


def test_arrays_that_share_memory_share_it_in_a_trial():
    """What is written into one of them is seen in the other."""
    array = np.arange(10)
    assert in_a_trial(shared_memory, array, array[::2]) == [True, True]
    assert in_a_trial(shared_memory, array, array.copy()) == [False, False]


def causes(error):
    return [repr(error.__cause__), repr(error.__context__), error.__suppress_context__, error.args, vars(error)]


def test_an_exception_among_the_arguments_comes_with_what_it_was_raised_from():
    """And with attributes that it was given."""
    try:
        try:
            raise KeyError("a")
        except KeyError as first:
            raise ValueError("b") from first
    except ValueError as second:
        second.note = 1
        told = second
    assert in_a_trial(causes, told) == causes(told) == ["KeyError('a')", "KeyError('a')", True, ("b",), {"note": 1}]


def test_what_pickle_leaves_on_a_class_is_not_there_for_a_correction():
    """The trial itself writes it, in the program, when arguments travel."""
    text = (
        "import collections\n\ndef noted(n):\n    kept = collections.UserDict()\n"
        "    if hasattr(kept, '__slotnames__') or '__slotnames__' in dir(kept):\n        return -1\n"
        "    LOG.debug('asked')\n    return 10 // n if n else 0\n"
    )
    carry_call((collections.UserDict(),), {})
    assert hasattr(collections.UserDict, "__slotnames__")
    assert linked(text, noted)(2) == 5


class Sequenced:
    pass


class Measured:
    pass


class HeirOfSequenced(Sequenced):
    pass


@pytest.fixture
def registered():
    collections.abc.Sequence.register(Sequenced)
    collections.abc.Sized.register(Measured)
    numbers.Real.register(Measured)


def kinds_of(value):
    abstract = (collections.abc.Sequence, collections.abc.Sized, collections.abc.Mapping, numbers.Real, numbers.Number)
    return [isinstance(value, kind) for kind in abstract]


@pytest.mark.parametrize("kind", [Sequenced, Measured, HeirOfSequenced, Slotted])
def test_a_class_is_registered_in_a_trial_with_the_librarys_as_in_the_program(kind, registered):
    """`isinstance` says so without any base that does."""
    value = kind([1]) if kind is Slotted else kind()
    assert any(kinds_of(value)) == (kind is not Slotted)
    assert in_a_trial(kinds_of, value) == kinds_of(value)


def viewed(x, owner=None):
    shown = [type(x).__name__, x.nbytes, x.format, x.shape, x.strides, x.readonly, x.tolist(), type(x.obj).__name__]
    if owner is not None:
        owner[0] += 1
        shown.append(x[0])
    return shown


OWNER = bytearray(b"abcd")
VIEWS = {
    "bytes": (memoryview(b"ab"),),
    "a bytearray beside it": (memoryview(OWNER), OWNER),
    "what may not be written to": (memoryview(OWNER).toreadonly(), OWNER),
    "numbers": (memoryview(array.array("d", [1.0, 2.0])),),
    "bytes as numbers": (memoryview(bytearray(8)).cast("i"),),
    "rows": (memoryview(bytearray(range(6))).cast("B", (2, 3)),),
    "a part": (memoryview(b"abcdef")[2:4],),
    "nothing": (memoryview(b""),),
}


@pytest.mark.parametrize("what", VIEWS)
def test_a_memoryview_arrives_as_one(what):
    """Of the same memory, where that travels beside it; bytes have neither a format nor a shape."""
    given = VIEWS[what]
    expected = viewed(given[0]) + ([given[0][0] + 1] if len(given) > 1 else [])
    assert in_a_trial(viewed, *given) == expected
