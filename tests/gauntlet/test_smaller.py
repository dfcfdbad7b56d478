"""A change that nothing asks for is refused where it changes answers that nobody else can judge."""

from __future__ import annotations

import inspect

import pytest

from fukkatsu import Call, Checks, verify
from fukkatsu._gauntlet.respelling import respelt
from fukkatsu._gauntlet.smaller import without_one_change


def grade(points, most):
    """Grade for so many points."""
    share = points * 100 // most
    if share >= 90:
        return "A"
    if share >= 50:
        return "B"
    return "C"


GRADE = """def grade(points, most):
    share = points * 100 // most if most else 0
    if share >= 90:
        return "A"
    if share >= 50:
        return "B"
    return "C"
"""


def middle(items):
    """The middle one of the items, by size."""
    ordered = sorted(items)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (orderd[half - 1] + ordered[half]) / 2  # noqa: F821 - the fault


MIDDLE = """def middle(items):
    ordered = sorted(items)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2
"""
ODD = [Call(([3, 1, 2],)), Call(([5],)), Call(([9, 7, 8, 1, 4],))]
EVEN = Call(([1, 4, 2, 3],))


def test_a_correction_that_is_no_larger_than_needed_passes():
    """The misspelling mended, in place or by another program that answers alike."""
    other = (
        "def middle(items):\n    ordered = sorted(items)\n    low = ordered[(len(ordered) - 1) // 2]\n"
        "    high = ordered[len(ordered) // 2]\n    return low if len(ordered) % 2 else (low + high) / 2\n"
    )
    for right in (MIDDLE, other):
        report = verify(right, middle, failure=EVEN, good_calls=ODD)
        assert report.accepted, str(report)


def test_where_a_misspelt_name_is_the_whole_fault_another_answer_needs_a_reason():
    """What Python itself asks ("Did you mean: 'ordered'?") passes everything, and the original's author wrote the rest."""
    wrong = MIDDLE.replace("(ordered[half - 1] + ordered[half]) / 2", "(ordered[0] + ordered[-1]) / 2")
    report = verify(wrong, middle, failure=Call(([1, 4, 2, 9],)), good_calls=ODD)
    assert report.refused_by == "differential", str(report)
    assert "`orderd` is spelt `ordered`" in report.reason
    assert report.counterexample is not None


def span_middle(items):
    """The middle one of the items, or the middle of the range: span_middle([1, 2, 2, 9]) returns 5.0."""
    ordered = sorted(items)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (orderd[half - 1] + ordered[half]) / 2  # noqa: F821 - the fault


def test_the_docstring_settles_it():
    """Where an example says so, the smaller correction is refused itself."""
    right = MIDDLE.replace("def middle", "def span_middle")
    right = right.replace("(ordered[half - 1] + ordered[half]) / 2", "(ordered[0] + ordered[-1]) / 2")
    report = verify(right, span_middle, failure=Call(([1, 4, 2, 9],)), good_calls=ODD)
    assert report.accepted, str(report)


def code_of(kind, codes):
    """The code of a kind."""
    if kind in codes:
        return codes[kind]
    return "no-" + len(kind)


CODE_OF = """def code_of(kind, codes):
    if kind in codes:
        return codes[kind]
    return "no-" + str(len(kind))
"""
CODES = {"red": "r", "blue": "b", "green": "gr"}
KNOWN = [Call(("red", CODES)), Call(("blue", CODES)), Call(("green", CODES))]


def test_a_change_that_nothing_asks_for_is_refused_with_what_the_author_wrote():
    """The failing call is answered without it, all that is known stays, and inputs that crashed get other answers."""
    failing = Call(("white", CODES))
    assert verify(CODE_OF, code_of, failure=failing, good_calls=KNOWN).accepted
    wrong = CODE_OF.replace('"no-"', '"none-"')
    report = verify(wrong, code_of, failure=failing, good_calls=KNOWN)
    assert report.refused_by == "differential", str(report)
    assert "line 4: `'none-'`, where the author wrote `'no-'`: without this change all that is known" in report.reason
    lenient = Checks(unneeded_changes=False)
    assert verify(wrong, code_of, failure=failing, good_calls=KNOWN, checks=lenient).accepted


def said_code_of(kind, codes):
    """The code of a kind, or none- and the length of its name."""
    if kind in codes:
        return codes[kind]
    return "no-" + len(kind)


def test_a_change_that_the_prose_of_the_docstring_asks_for_stays():
    """The author has said it in words, where no example could be read: that is a reason."""
    right = CODE_OF.replace("code_of", "said_code_of").replace('"no-"', '"none-"')
    report = verify(right, said_code_of, failure=Call(("white", CODES)), good_calls=KNOWN)
    assert report.accepted, str(report)


@pytest.mark.parametrize(
    ("docstring", "before", "now", "stays"),
    [
        ("Flatten lists, sets and frozensets.", "isinstance(v, list)", "isinstance(v, (list, set, frozenset))", True),
        ("Flatten what can be flattened.", "isinstance(v, list)", "isinstance(v, (list, set, frozenset))", False),
        ("In lower case.", "v.upper()", "v.lower()", True),
        ("In upper case, not in lower case.", "v.upper()", "v.lower()", False),
        ("At most three of them.", "v[:2]", "v[:3]", True),
        ("At most 3 of them.", "v[:2]", "v[:3]", True),
        ("At most 2 of them, not 3.", "v[:2]", "v[:3]", False),
        ("One of them.", "v[:2]", "v[:1]", False),
        ("The v of an item.", "len(w)", "len(v)", False),
    ],
)
def test_the_words_for_what_is_put_in_and_taken_out_decide(docstring, before, now, stays):
    """Types in the plural, methods by their names, numbers as figures or words; variables are in every docstring."""
    source = f'def f(v, w):\n    """{docstring}"""\n    x = BEFORE\n    z = (v, w, x)\n    return z.index(w) + 1\n'
    candidate = source.replace("BEFORE", now).replace("z.index(w) + 1", "z.index(x)")
    taken_back = [one.words for one in without_one_change(candidate, source.replace("BEFORE", before), "f")]
    assert any(words.startswith("line 3") for words in taken_back) != stays


def fill(row, value=0):
    """Replace each None by what stands before it, in place."""
    last = None
    for at, item in enumerate(row):
        if item is None:
            row[at] = last + 0
        last = row[at]
    return row


def test_what_a_value_at_fault_comes_from_is_part_of_the_correction():
    """To leave the value as it was, and to let it through, would be a smaller correction and a worse one."""
    right = (
        "def fill(row, value=0):\n    last = value\n    for at, item in enumerate(row):\n        if item is None:\n"
        "            row[at] = last\n        last = row[at]\n    return row\n"
    )
    goods = [Call(([1, None, 2],)), Call(([],)), Call(([5, None, None],)), Call(([1, 2, 3],))]
    report = verify(right, fill, failure=Call(([None, None, 3],)), good_calls=goods)
    assert report.accepted, str(report)


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (GRADE, []),
        (GRADE.replace(">= 50", "> 50"), ["line 5: `>`, where the author wrote `>=`"]),
        (GRADE.replace("points * 100 // most if most else 0", "0 if not most else points * 100 // most"), []),
        ("def grade(points, most):\n    return 'ABC'[points < most]\n", []),
    ],
)
def test_only_changes_of_a_few_parts_are_taken_back(candidate, words):
    """One change is the correction itself; a program that was written anew has no parts of its own."""
    found = [one.words for one in without_one_change(candidate, inspect.getsource(grade), "grade")]
    assert [one for one in found if "most" not in one] == words


def hypotenuse(a, b):
    """Length of the longest side."""
    if not a or not b:
        return float(a + b)
    return math.sqrt(a * a + b * b)  # noqa: F821 - the fault


def test_a_module_that_was_not_imported_is_a_name_to_mend():
    """What Python itself asks: "Did you forget to import 'math'?"."""
    right = "import math\n\ndef hypotenuse(a, b):\n    return math.hypot(a, b)\n"
    goods = [Call((0, 3)), Call((4, 0)), Call((0, 0))]
    assert verify(right, hypotenuse, failure=Call((3, 4)), good_calls=goods).accepted
    wrong = right.replace("math.hypot(a, b)", "math.hypot(a, b) if not a or not b else a + b - 1")
    report = verify(wrong, hypotenuse, failure=Call((3, 4)), good_calls=goods)
    assert report.refused_by == "differential", str(report)
    assert "`math` is imported" in report.reason


@pytest.mark.parametrize(
    ("name", "message", "right"),
    [
        ("NameError", "name 'totl' is not defined", "total"),
        ("NameError", "name 'toatl' is not defined", "total"),
        ("NameError", "name 'rnd' is not defined", None),
        ("NameError", "name 'lenn' is not defined", "len"),
        ("NameError", "name 'to' is not defined", None),
        ("NameError", "name 'count' is not defined", None),
        ("NameError", "cannot access free variable 'ittem' where it is not associated with a value", None),
        ("UnboundLocalError", "cannot access local variable 'ittem' where it is not associated with a value", None),
        ("AttributeError", "'list' object has no attribute 'appendd'", "append"),
        ("AttributeError", "'list' object has no attribute 'push'", "append"),
        ("AttributeError", "'list' object has no attribute 'shift'", None),
        ("AttributeError", "'Order' object has no attribute 'totl'", None),
        ("KeyError", "'totl'", None),
    ],
)
def test_a_name_is_misspelt_when_one_known_name_is_a_single_slip_away(name, message, right):
    """Letters put in, left out, mistaken or changed places; two candidates are none."""
    wrong = message.split("'")[-2]
    text = f"def f(xs):\n    total = 0\n    for item in xs:\n        total += {wrong}(item)\n    return [].{wrong}\n"
    found = respelt(text, "f", name, message, frozenset({"helper"}))
    assert (found.words.rpartition("`")[0].rpartition("`")[2] if found else None) == right


def spelled(word):
    """The word, each letter twice."""
    return "".join(letter * 3 for letter in wrod)  # noqa: F821 - the fault


def test_where_nothing_is_known_the_author_is_no_better_witness():
    """Without one good call, example or clause the rest of the original is as unproven as the correction."""
    twice = 'def spelled(word):\n    return "".join(letter * 2 for letter in word)\n'
    report = verify(twice, spelled, failure=Call(("ab",)))
    assert report.accepted, str(report)


def worth(coins, rate):
    """Worth of some coins at a rate; 0 at no rate."""
    table = {"dime": 10, "nickel": 5, "quarter": 25}
    if len(coins) > 9:
        raise ValueError("too many coins")
    total = 0
    for coin in coins:
        total += table[coin]
    return total // rate


WORTH = """def worth(coins, rate):
    table = {"dime": 10, "nickel": 5, "quarter": 25}
    if len(coins) > 9:
        raise ValueError("too many coins")
    total = 0
    for coin in coins:
        total += table[coin]
    return total // rate if rate else 0
"""
COINS = [Call((["dime", "nickel"], 1)), Call((["nickel"], 2)), Call((["dime", "dime", "nickel"], 3)), Call(([], 2))]


@pytest.mark.parametrize(
    ("author", "now"),
    [
        ('"quarter": 25', '"quarter": 26'),
        ('"quarter": 25', '"quarters": 25'),
        ("> 9", ">= 9"),
        ("if len(coins) > 9", "if False"),
    ],
    ids=["a number", "a text", "a sign", "a condition"],
)
def test_what_nobody_asks_for_and_no_input_shows_stays_as_the_author_wrote_it(author, now):
    """There was never a quarter among the coins, and never so many of them."""
    assert author in WORTH
    report = verify(WORTH.replace(author, now), worth, failure=Call((["dime"], 0)), good_calls=COINS)
    assert report.refused_by == "differential", str(report)
    assert "where the author wrote" in report.reason


@pytest.mark.parametrize(
    ("author", "now"),
    [
        ("len(coins) > 9", "len(coins) >= 10"),
        ('ValueError("too many coins")', 'ValueError("too many coins!")'),
        (
            "    total = 0\n    for coin in coins:\n        total += table[coin]\n",
            "    total = sum(map(table.get, coins))\n",
        ),
        ("table", "prices"),
    ],
    ids=["another way to say it", "words for people", "another way to do it", "another name"],
)
def test_the_same_said_otherwise_is_no_such_change(author, now):
    """Only one number, sign or text in the place of another is never another way to write the same."""
    failure = Call((["dime"], 0))
    assert author in WORTH
    text = WORTH.replace(author, now)
    report = verify(text, worth, failure=failure, good_calls=COINS)
    assert "where the author wrote" not in str(report), str(report)
