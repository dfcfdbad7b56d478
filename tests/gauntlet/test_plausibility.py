"""Signs of a candidate that silences the failure: read off its text, and off what calls did."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fukkatsu import Call, Checks, verify
from fukkatsu._gauntlet.lints import lint_candidate
from fukkatsu._gauntlet.plausibility import (
    check_crash_region,
    check_neighbours,
    check_result_type,
    check_slowdown,
    check_slowdowns,
    same_complaint,
)
from fukkatsu._model.call import Outcome
from fukkatsu._model.patch import FunctionSource
from fukkatsu._oracle import values

ORIGINAL = """def share(total, parts, rest):
    used = 0
    for part in parts:
        used += part
    return (total - used) / len(parts) + rest
"""


def source_of(text=ORIGINAL, docstring=None):
    (function,) = ast.parse(text).body
    return FunctionSource(
        module="m", qualname=function.name, name=function.name, text=text, filename="m.py", first_line=1,
        docstring=docstring, signature="",
    )  # fmt: skip


def lint(body, docstring=None, call=None, original=ORIGINAL, **switches):
    header = original.split("\n", 1)[0]
    return lint_candidate(f"{header}\n{body}", source_of(original, docstring), call, Checks(**switches))


WHOLE = """    try:
        used = 0
        for part in parts:
            used += part
        return (total - used) / len(parts) + rest
    except {kind}:
        return {answer}
"""


@pytest.mark.parametrize(
    "kind", ["Exception", "BaseException", "(ValueError, Exception)", "ZeroDivisionError", "NameError"]
)
@pytest.mark.parametrize("answer", ["0", "None", "-1", "[]", "rest", "(0, 'a')", "dict()", "float('nan')"])
def test_an_added_handler_that_answers_everything_with_a_constant_is_questioned(kind, answer):
    """A broad exception, a fault of the code, or the whole body in one ``try``."""
    said = lint(WHOLE.format(kind=kind, answer=answer))
    assert said is not None
    assert answer.replace("'", "") in said.replace("'", "")


@pytest.mark.parametrize("kind", ["", "Exception", "ZeroDivisionError"])
def test_the_docstring_can_justify_a_constant(kind):
    """``Returns 0 if ...`` is the author's own word."""
    body = WHOLE.replace("except {kind}", "except" + (" {kind}" if kind else "")).format(kind=kind, answer="0")
    assert lint(body, docstring="Returns 0 if there are no parts.") is None
    assert lint(body, docstring="Divides by the number of parts.") is not None
    assert lint(body, docstring="share(1, [], 0) => 0") is not None


def test_a_fault_of_the_code_is_never_justified():
    """NameError comes from a wrong line, whatever the docstring says about empty lists."""
    assert lint(WHOLE.format(kind="NameError", answer="0"), docstring="Returns 0 if there are no parts.") is not None


def test_a_boolean_is_justified_only_where_the_docstring_puts_it():
    """ "True if valid, otherwise False" makes False the answer for the rest, not True."""
    docstring = "Returns True if the parts fit and False otherwise."
    assert lint(WHOLE.format(kind="ValueError", answer="False"), docstring=docstring) is None
    assert lint(WHOLE.format(kind="ValueError", answer="True"), docstring=docstring) is not None


@pytest.mark.parametrize(
    "body",
    [
        "    try:\n        return total / len(parts)\n    except ZeroDivisionError:\n        return 0\n",
        "    for part in parts:\n        try:\n            total -= int(part)\n        except ValueError:\n            continue\n    return total\n",
        "    try:\n        return total / len(parts)\n    except Exception as error:\n        raise ValueError(total) from error\n",
        "    try:\n        return total / len(parts)\n    except Exception:\n        return rest * 2 + total\n",
    ],
)
def test_a_narrow_handler_or_one_that_works_is_ordinary_code(body):
    """One expected exception around the one statement that raises it, or a handler that computes."""
    assert lint(body) is None


def test_a_handler_that_the_original_had_is_its_own():
    """Only what was added is questioned."""
    original = "def share(total, parts, rest):\n" + WHOLE.format(kind="Exception", answer="0")
    assert lint(WHOLE.format(kind="Exception", answer="0"), original=original) is None


@pytest.mark.parametrize(
    "body",
    [
        "    return 7\n",
        "    pass\n    return 'a'\n",
        "    return -1\n    return total\n",
        "    x = [1]\n    return x\n",
    ],
)
def test_a_constant_body_is_questioned(body):
    """It no longer looks at its arguments."""
    assert lint(body) is not None
    assert lint(body, constant_body=False) is None


@pytest.mark.parametrize(
    "condition",
    [
        "(total, parts) == (812, [3, 4, 5])",
        "total == 812",
        "parts == [3, 4, 5]",
        "812 == total and rest",
        "total in (812, 900)",
        "str(total) == '812'",
        "len(parts) == 3",
    ],
)
def test_a_comparison_with_a_literal_of_the_failing_call_is_questioned(condition):
    """It answers this one input, not the fault."""
    call = Call((812, [3, 4, 5], 0))
    body = f"    if {condition}:\n        return 0\n    return total / len(parts)\n"
    assert "failing call" in lint(body, call=call)
    assert lint(body, call=call, failing_literal=False) is None
    assert lint(body, call=Call((5, [9], 0))) is None


@pytest.mark.parametrize(
    "condition", ["not parts", "parts == []", "total == 0", "len(parts) == 0", "rest is None", "total != 2"]
)
def test_comparing_with_what_every_program_compares_with_is_ordinary_code(condition):
    """Zero, None and the empty list come from nowhere."""
    body = f"    if {condition}:\n        return 0\n    return total / len(parts)\n"
    assert lint(body, call=Call((0, [], None))) is None


def test_a_literal_of_the_original_or_its_docstring_is_the_authors():
    """``404`` means something where the author wrote it."""
    body = "    if total == 404:\n        return rest\n    return total / len(parts)\n"
    call = Call((404, [], 0))
    assert lint(body, call=call) is not None
    assert lint(body, call=call, docstring="404 is special.") is None
    original = ORIGINAL.replace("used = 0", "used = 404")
    assert lint(body, call=call, original=original) is None


def test_a_comparison_in_a_helper_beside_the_function_is_questioned_too():
    """Where the text stands is no matter."""
    helper = "def _known(value):\n    return value == 812\n\n\n"
    body = "    if _known(total):\n        return 0\n    return total / len(parts)\n"
    text = helper + "def share(total, parts, rest):\n" + body
    assert "failing call" in lint_candidate(text, source_of(), Call((812, [], 0)), Checks())
    assert lint_candidate(text, source_of(), Call((5, [], 0)), Checks()) is None


@pytest.mark.parametrize("condition", ["total == LIMIT", "total in LIMITS", "str(total) == LABEL", "total == limit"])
def test_a_name_for_data_of_the_failing_call_is_questioned_like_the_data(condition):
    """A constant beside the function, or in it."""
    head = "LIMIT = 812\nLIMITS = (812, 900)\nLABEL = '812'\n\n\ndef share(total, parts, rest):\n    limit = 812\n"
    text = f"{head}    if {condition}:\n        return 0\n    return total / len(parts)\n"
    assert "failing call" in lint_candidate(text, source_of(), Call((812, [], 0)), Checks())
    assert lint_candidate(text, source_of(), Call((5, [], 0)), Checks()) is None


@pytest.mark.parametrize("kinds", ["Exception", "ZeroDivisionError", "KeyError, TypeError, ValueError, IndexError"])
def test_what_is_suppressed_is_asked_for_like_what_is_caught(kinds):
    """With what follows as the answer; the docstring can justify it."""
    body = (
        f"    with contextlib.suppress({kinds}):\n        used = 0\n        for part in parts:\n            used += part\n"
        "        return (total - used) / len(parts) + rest\n    return 0\n"
    )
    assert lint(body) is not None
    assert lint(body, docstring="Returns 0 if there are no parts.") is None
    narrow = "    with contextlib.suppress(ZeroDivisionError):\n        return total / len(parts)\n    return 0\n"
    assert lint(narrow) is None


def test_the_authors_handler_is_not_widened_to_everything():
    """What he lets pass would not pass any more, whatever work the handler does."""
    original = (
        "def share(total, parts, rest):\n    try:\n        return parts(total)\n    except KeyError as error:\n"
        "        return rest + error.code\n"
    )
    body = "    try:\n        return parts(total)\n    except {} as error:\n        return rest + getattr(error, 'code', 0)\n"
    assert "any exception" in lint(body.format("Exception"), original=original)
    assert lint(body.format("KeyError"), original=original) is None
    assert lint(body.format("(KeyError, TypeError)"), original=original) is None


def test_four_kinds_of_exception_are_as_good_as_all():
    """Nobody expects so many at one place."""
    body = "    try:\n        return total / len(parts)\n    except ({}):\n        return 0\n"
    assert lint(body.format("KeyError, TypeError, ValueError, IndexError")) is not None
    assert lint(body.format("KeyError, ZeroDivisionError")) is None


def test_an_added_except_star_is_questioned_like_any_other_handler():
    """It catches what is no group as well."""
    body = WHOLE.format(kind="* Exception", answer="0").replace(
        "        return 0\n", "        answer = 0\n    return answer\n"
    )
    assert lint(body) is not None


@pytest.mark.parametrize(
    ("docstring", "justified"),
    [
        ("The part of the total. None gives 0.", False),
        ("The part of the total. None counts as an empty list.", False),
        ("The part of the total, ignoring None.", False),
        ("The part of the total; None values are skipped.", False),
        ("The part of the total, 0 for None.", False),
        ("The part of the total, None for None.", True),
        ("The part of the total. None gives None.", True),
        ("The part of the total, or None.", True),
        ("None if there are no parts.", True),
    ],
)
def test_none_as_what_comes_in_says_nothing_of_what_comes_out(docstring, justified):
    """A docstring that names an input does not lift the rule for results."""
    reason = check_result_type(returned(None), [returned(1.5)], source_of(docstring=docstring), Checks())
    assert (reason is None) is justified


@pytest.mark.parametrize(
    ("docstring", "justified"),
    [
        ('The part, e.g. "1/4" -> 0.25; None where there is none.', True),
        ("The part (f(1, 4) -> 0.25; ...); None for no parts.", True),
        ("share(1, 4) -> 0.25, None if there are no parts.", True),
        ("share(1, 4) returns 0.25. Or None.", True),
        ("share(1, 4) -> 0.25; share(None) -> None", False),
        ('The part of "None; or none" -> 0.25.', False),
        ("The parts: share(1) -> [1, None if odd]", False),
        ("share(1, 4) == 0.25, share(0, 0) == None", False),
    ],
)
def test_an_example_silences_no_more_of_its_line_than_itself(docstring, justified):
    """One-line docstrings are all one line: what stands beside the arrow still says what is given."""
    reason = check_result_type(returned(None), [returned(1.5)], source_of(docstring=docstring), Checks())
    assert (reason is None) is justified


@pytest.mark.parametrize(
    ("answer", "usual", "docstring", "justified"),
    [
        (None, (1, 2), "Name and password. Returns (None, None) where there are none.", False),
        (None, (1, 2), "Name and password, or None where there are none.", True),
        (None, (1, 2), "Name and password (None if there are none).", True),
        ((None, None), (1, 2), "Name and password. Returns (None, None) where there are none.", True),
        (0, (1, 2), "Name and password. Returns (0, 0) where there are none.", False),
        ([], (1, 2), "The parts, an empty sequence where there are none.", False),
        ([], (1, 2), "The parts, an empty list where there are none.", True),
        ([], 7, "The parts, an empty sequence where there are none.", True),
    ],
)
def test_what_stands_inside_of_a_result_or_names_the_usual_kind_justifies_no_other_kind(
    answer, usual, docstring, justified
):
    """None in a pair is not None, and an empty array is no list where all results are arrays."""
    reason = check_result_type(returned(answer), [returned(usual)], source_of(docstring=docstring), Checks())
    assert (reason is None) is justified


@pytest.mark.parametrize(("usual", "justified"), [([1], False), ((1, 2), False), ({"a": 1}, False), (7, True)])
def test_nothing_made_of_nothing_is_an_empty_one_where_results_are_containers(usual, justified):
    """The largest of no items may be None; all of them in order are an empty list."""
    reason = check_result_type(returned(None), [returned(usual)], source_of(), Checks(), {"parts": []})
    assert (reason is None) is justified


STOCKS = """def stocks(rows):
    out = []
    for row in rows:
        out.append({"name": row["name"], "stock": int(row["stock"])})
    return out
"""


@pytest.mark.parametrize(
    ("answer", "docstring", "justified"),
    [
        ([{"name": "a", "stock": None}], "Names and stocks. A missing stock means 0.", False),
        ([{"name": "a", "stock": 0}], "Names and stocks. A missing stock means 0.", True),
        ([{"name": None, "stock": 2}], "Names and stocks. A missing name is filled up with ''.", False),
        ([{"name": "a", "stock": None}], "Names and stocks. A missing stock means 0, or None for services.", True),
        ([{"name": "a", "stock": None}], "Names and stocks.", True),
        ([{"name": "a", "stock": None}], "Names and stocks, which are not checked.", True),
        ([{"name": None, "stock": 2}], "Names and stocks. A missing stock means 0.", True),
        ([{"name": "a", "stock": 1, "unit": None}], "Names and stocks. A missing stock means 0.", True),
    ],
)
def test_none_inside_of_a_result_is_questioned_where_the_docstring_says_what_belongs_there(
    answer, docstring, justified
):
    """The whole is of the right kind, and still nobody can add it up. Without a word to the contrary None may stand."""
    good = [returned([{"name": "a", "stock": 2}, {"name": "b", "stock": 0}]), returned([])]
    reason = check_result_type(returned(answer), good, source_of(STOCKS, docstring), Checks())
    assert (reason is None) is justified


class Inbox:
    """Mails."""

    def __init__(self, mails):
        self.mails = mails


@pytest.mark.parametrize(
    ("docstring", "justified"),
    [
        ("Mail number i, or a new inbox for a slice.", True),
        ("Mail number i. Returns an `Inbox` for a slice.", True),
        ("Mail number i.", False),
        ("Mail number i, or a part of it if the inbox is empty.", False),
    ],
)
def test_a_class_of_ones_own_is_named_by_its_name_alone(docstring, justified):
    """Nobody writes the module before it."""
    reason = check_result_type(returned(Inbox(["a"])), [returned("a")], source_of(docstring=docstring), Checks())
    assert (reason is None) is justified


async def fetched(make, name):
    """What the coroutine function gives for a name."""
    return await make(name.strip())


async def _made(name):
    return len(name)


def test_a_coroutine_that_nobody_waits_for_is_no_result_whatever_the_docstring_says():
    """The word stands in the docstring of every second asynchronous function."""
    text = (
        "async def fetched(make, name):\n    if name is None:\n        return {}make('')\n"
        "    return await make(name.strip())\n"
    )
    good = [Call((_made, "a")), Call((_made, " bcd "))]
    assert verify(text.format("await "), fetched, failure=Call((_made, None)), good_calls=good).accepted
    report = verify(text.format(""), fetched, failure=Call((_made, None)), good_calls=good)
    assert not report.accepted
    assert "await" in report.reason


def drained(numbers):
    """Differences of neighbours, of any iterable."""
    return [numbers[i + 1] - numbers[i] for i in range(len(numbers) - 1)]


def test_drawing_from_an_iterator_is_not_a_change_of_it():
    """There is no other way to use one; what else is changed still counts."""
    right = (
        "def drained(numbers):\n    numbers = list(numbers)\n    return [b - a for a, b in zip(numbers, numbers[1:])]\n"
    )
    good = [Call(([1, 4, 9],)), Call(([2, 2, 3, 1],))]
    report = verify(right, drained, failure=Call((iter([1, 4, 9]),)), good_calls=good)
    assert report.accepted, str(report)


@given(st.text(alphabet="def share(total, parts, rest):\n    return try:except 0[]\\x", max_size=120))
def test_linting_never_raises(text):
    """Whatever a model wrote."""
    lint_candidate(text, source_of(), Call((1, [], 2)), Checks())


def returned(value, seconds=0.0):
    return Outcome("returned", value=values.encode(value).text, seconds=seconds)


def test_a_result_unlike_every_good_one_is_questioned_with_int_and_float_as_one():
    """A string where numbers were; never an int where floats were."""
    good = [returned(1.5), returned(2.5)]
    assert "type str" in check_result_type(returned("none"), good, source_of(), Checks())
    assert check_result_type(returned(3), good, source_of(), Checks()) is None
    assert check_result_type(returned("none"), good, source_of(), Checks(result_type=False)) is None
    assert check_result_type(returned("none"), [], source_of(), Checks()) is None


@pytest.mark.parametrize(
    ("text", "docstring"),
    [
        (ORIGINAL, "Returns None if there are no parts."),
        (ORIGINAL.replace("used = 0", "used = 0\n    if not total:\n        return None"), None),
        (ORIGINAL.replace("rest):", "rest) -> float | None:"), None),
    ],
)
def test_docstring_annotation_and_other_returns_justify_another_type(text, docstring):
    """The author announced it somewhere."""
    assert check_result_type(returned(None), [returned(1.5)], source_of(text, docstring), Checks()) is None


def test_slow_needs_both_a_ratio_and_a_time_a_person_could_feel():
    """50 times a microsecond is nothing; twice a second is the same work on a busy machine."""
    assert check_slowdown(returned(1, 0.000_01), returned(1, 0.019), Checks()) is None
    assert check_slowdown(returned(1, 0.5), returned(1, 2.0), Checks()) is None
    assert "times longer" in check_slowdown(returned(1, 0.000_01), returned(1, 0.1), Checks())
    assert check_slowdown(returned(1, 0.000_01), returned(1, 0.1), Checks(slowdown=0)) is None


def test_one_slow_call_among_many_is_another_algorithm_most_of_them_are_waste():
    """Unless the one is beyond a second."""
    fast, slow, endless = returned(1, 0.000_01), returned(1, 0.1), returned(1, 1.5)
    assert check_slowdowns([(fast, fast)] * 3 + [(fast, slow)], Checks()) is None
    assert check_slowdowns([(fast, fast)] + [(fast, slow)] * 3, Checks())[0] in (1, 2, 3)
    assert check_slowdowns([(fast, fast)] * 3 + [(fast, endless)], Checks())[0] == 3


def test_neighbours_need_a_majority_and_a_few_of_them():
    """Half is not most, and two inputs are no majority."""
    crash = Outcome("raised", exception="KeyError")
    assert "3 of 4" in check_neighbours(3, 4, crash, Checks())
    assert check_neighbours(2, 4, crash, Checks()) is None
    assert check_neighbours(2, 2, crash, Checks()) is None
    assert check_neighbours(4, 4, crash, Checks(neighbours=False)) is None


def test_odd_results_in_most_of_the_crash_region_are_questioned():
    """One odd answer may be right; a region of them is a pattern."""
    good, odd, usual = [returned(1.5)], returned("x"), returned(2)
    assert check_crash_region(usual, [odd] * 4 + [usual], good, source_of(), Checks()) is not None
    assert check_crash_region(usual, [odd] * 2 + [usual] * 3, good, source_of(), Checks()) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("ValueError", "Invalid isoformat string: ''"), ("ValueError", "Invalid isoformat string: '2024-1'"), True),
        (("ValueError", "Invalid isoformat string: ''"), ("ValueError", "month must be in 1..12"), False),
        (("KeyError", "'a'"), ("KeyError", "(1, 2)"), True),
        (("IndexError", "list index out of range"), ("ValueError", "list index out of range"), False),
        (("TypeError", "takes 2 arguments"), ("TypeError", "takes 3 arguments"), True),
    ],
)
def test_a_complaint_is_the_same_when_only_its_values_differ(one, other, same):
    """One line of code can fail for two reasons, and a fix may mend one of them."""
    outcomes = [Outcome("raised", exception=kind, message=text) for kind, text in (one, other)]
    assert same_complaint(*outcomes) is same


def size_of(shirt):
    """Size of a shirt, by its chest."""
    if shirt["chest"] > 110:
        return "large"
    return "medium"


SIZE_OF = 'def size_of(shirt):\n    if shirt.get("chest", 0) > 110:\n        return "large"\n    return "medium"\n'


def told_size_of(shirt):
    """Size of a shirt, by its chest; an empty string without one."""
    if shirt["chest"] > 110:
        return "large"
    return "medium"


def test_a_function_whose_answers_are_all_spelt_out_does_not_answer_with_nothing():
    """Unless its docstring says so; another word is another matter."""
    goods = [Call(({"chest": 120},)), Call(({"chest": 90},))]
    failing = Call(({"arm": 60},))
    assert verify(SIZE_OF, size_of, failure=failing, good_calls=goods).accepted
    empty = SIZE_OF.replace("    if", '    if "chest" not in shirt:\n        return ""\n    if', 1)
    report = verify(empty, size_of, failure=failing, good_calls=goods)
    assert report.refused_by == "differential", str(report)
    assert "an empty text, where the original says 'large', 'medium' and nothing else" in report.reason
    assert verify(empty.replace('""', '"unknown"'), size_of, failure=failing, good_calls=goods).accepted
    told = empty.replace("size_of", "told_size_of")
    assert verify(told, told_size_of, failure=failing, good_calls=goods).accepted
