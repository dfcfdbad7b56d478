"""Right corrections in everyday Python that were refused once, end to end: each passes the whole gauntlet now."""

from __future__ import annotations

import threading

from fukkatsu import Call, verify


class Money:
    def __init__(self, cents):
        self.cents = cents

    def __eq__(self, other):
        return self.cents == other.cents

    __hash__ = None


def test_an_operator_may_answer_that_it_does_not_know_the_other_operand():
    """The textbook mend of a comparison, although no good call returned NotImplemented."""
    right = (
        "def __eq__(self, other):\n    if not isinstance(other, Money):\n        return NotImplemented\n"
        "    return self.cents == other.cents\n"
    )
    goods = [Call((Money(1), Money(1)), returned=True), Call((Money(1), Money(2)), returned=False)]
    report = verify(right, Money.__eq__, failure=Call((Money(1), 3)), good_calls=goods)
    assert report.accepted, str(report)


_lock = threading.Lock()
_stock = {"a": 3}


def in_stock(name):
    """Stock; 0 for unknown articles."""
    with _lock:
        return _stock[name]


def test_a_function_that_takes_a_lock_of_its_module_is_healed():
    """The lock does not travel into the sandbox; another one stands for it there."""
    right = "def in_stock(name):\n    with _lock:\n        return _stock.get(name, 0)\n"
    report = verify(right, in_stock, failure=Call(("b",)), good_calls=[Call(("a",))])
    assert report.accepted, str(report)


def test_the_originals_decorators_may_be_written_out_again(language):
    """A model shows the whole function; the original's own decorators stay in place and are not evaluated."""
    original = language.original(
        """
        class Temp:
            def __init__(self, v): self.v = v
            @classmethod
            def parse(cls, text): return cls(int(text[:-1]))
        """,
        "Temp.parse",
    )
    fixed = language.fix("@classmethod\ndef parse(cls, text): return cls(int(text.rstrip('C')))", original)
    assert fixed(original.module.Temp, "12").v == 12
    assert "decorator `@print`" in language.findings("@print\ndef parse(cls, text): return cls(1)", original)
