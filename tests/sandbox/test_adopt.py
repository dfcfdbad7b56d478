"""A correction that recurses meets itself, whichever way leads back: its class, a helper, a closure, a cache."""

from __future__ import annotations

import functools

import pytest

from fukkatsu import Call, verify


class Node:
    def __init__(self, value, *children):
        self.value, self.children = value, children

    def total(self):
        """Sum of the tree."""
        return self.value + sum(child.total() for child in self.children)

    @property
    def size(self):
        """Length of all texts."""
        return len(self.value) + sum(child.size for child in self.children)

    @functools.cached_property
    def width(self):
        """Length of all texts."""
        return len(self.value) + sum(child.width for child in self.children)

    @classmethod
    def depth(cls, node):
        """Levels below."""
        return 1 + max(cls.depth(child) for child in node.children)

    @staticmethod
    def longest(node):
        """Length of the longest text."""
        return max([len(node.value), *(Node.longest(child) for child in node.children)])

    def __len__(self):
        return len(self.value) + sum(len(child) for child in self.children)

    def each(self):
        """Every text in capitals."""
        yield self.value.upper()
        for child in self.children:
            yield from child.each()

    def accept(self, visitor):
        return visitor.visit(self)

    class Leaf:
        def __init__(self, value, then=None):
            self.value, self.then = value, then

        def chain(self):
            """All values, one after the other."""
            return self.value + (self.then.chain() if self.then else "")


class Wide(Node):
    """A subclass that changes nothing."""


class Visitor:
    def visit(self, node):
        """Sum over a tree that calls back."""
        return node.value + sum(child.accept(self) for child in node.children)


def flat(items):
    """Numbers of nested lists."""
    return [number for item in items for number in parts_of(item)]


def parts_of(item):
    return flat(item) if isinstance(item, list) else [item]


def summed(items):
    """Sum of nested lists."""
    return sum(added(item) for item in items)


def added(item):
    return summed(item) if isinstance(item, list) else item


@functools.cache
def ways(n):
    """Ways up a stair."""
    return fewer(n) if n else 1 // n


def fewer(n):
    return ways(n - 1) + (ways(n - 2) if n > 1 else 0)


METHODS = {
    "a method": (
        Node.total,
        "def total(self):\n    return (self.value or 0) + sum({}child.total() for child in self.children)\n",
        "1000 + ",
        Call((Node(1, Node(None), Node(2, Node(None))),)),
        Call((Node(1, Node(2), Node(3, Node(4))),)),
    ),
    "an inherited method": (
        Node.total,
        "def total(self):\n    return (self.value or 0) + sum({}child.total() for child in self.children)\n",
        "1000 + ",
        Call((Wide(1, Wide(2, Wide(None))),)),
        Call((Wide(1, Wide(2), Wide(3, Wide(4))),)),
    ),
    "a property": (
        Node.size.fget,
        "def size(self):\n    return len(self.value or '') + sum({}child.size for child in self.children)\n",
        "1000 + ",
        Call((Node("a", Node("b", Node(None))),)),
        Call((Node("a", Node("bc", Node("def"))),)),
    ),
    "a cached property": (
        Node.width.func,
        "def width(self):\n    return len(self.value or '') + sum({}child.width for child in self.children)\n",
        "1000 + ",
        Call((Node("a", Node("b", Node(None))),)),
        Call((Node("a", Node("bc", Node("def"))),)),
    ),
    "a class method": (
        Node.depth.__func__,
        "def depth(cls, node):\n    return 1 + max(({}cls.depth(child) for child in node.children), default=0)\n",
        "1000 + ",
        Call((Node, Node(1, Node(2)))),
        None,
    ),
    "a static method": (
        Node.longest,
        "def longest(node):\n    own = len(node.value or '')\n"
        "    return max([own, *({}Node.longest(child) for child in node.children)])\n",
        "1000 + ",
        Call((Node("a", Node("b", Node(None))),)),
        Call((Node("a", Node("bc", Node("def"))),)),
    ),
    "a special method": (
        Node.__len__,
        "def __len__(self):\n    return len(self.value or '') + sum({}len(child) for child in self.children)\n",
        "1000 + ",
        Call((Node("a", Node("b", Node(None))),)),
        Call((Node("a", Node("bc", Node("def"))),)),
    ),
    "a generator": (
        Node.each,
        "def each(self):\n    yield (self.value or '').upper()\n"
        "    for child in self.children:\n        yield from {}child.each()\n",
        "[''] and ",
        Call((Node("a", Node("b", Node(None))),)),
        None,
    ),
    "a method of a nested class": (
        Node.Leaf.chain,
        "def chain(self):\n    own = self.value or ''\n    return own + ({}self.then.chain() if self.then else '')\n",
        "'!' + ",
        Call((Node.Leaf("a", Node.Leaf("b", Node.Leaf(None))),)),
        Call((Node.Leaf("a", Node.Leaf("b", Node.Leaf("c"))),)),
    ),
    "a method that is called back": (
        Visitor.visit,
        "def visit(self, node):\n    return (node.value or 0) + sum({}child.accept(self) for child in node.children)\n",
        "1000 + ",
        Call((Visitor(), Node(1, Node(2, Node(None))))),
        Call((Visitor(), Node(1, Node(2, Node(3))))),
    ),
    "a function that its helper calls": (
        summed,
        "def summed(items):\n    return sum({}(added(item) or 0) for item in items)\n",
        "1000 + ",
        Call(([1, [2, [3, None]]],)),
        Call(([1, [2, [3]]],)),
    ),
    "a function behind a cache": (
        ways.__wrapped__,
        "def ways(n):\n    return {}fewer(n) if n else 1\n",
        "1000 + ",
        Call((2,)),
        None,
    ),
}


@pytest.mark.parametrize("what", METHODS)
def test_a_correction_that_recurses_is_judged_by_its_own_answers_all_the_way_down(what):
    """Neither fails where only the original would, nor is taken for right because the original answers below."""
    function, text, _, failing, good = METHODS[what]
    report = verify(text.format(""), function, failure=failing, good_calls=[good] if good else [])
    assert report.accepted, str(report)


@pytest.mark.parametrize("what", [name for name, row in METHODS.items() if row[4] is not None])
def test_a_wrong_answer_further_down_is_seen(what):
    """Each level adds something that nobody asked for."""
    function, text, wrong, failing, good = METHODS[what]
    report = verify(text.format(wrong), function, failure=failing, good_calls=[good])
    assert report.refused_by == "good-calls", str(report)


def test_a_closure_that_calls_itself_meets_the_correction():
    """The cell that its helper reads holds the function under trial."""

    def build():
        def inner(item):
            """Sum of nested lists."""
            return outer(item) if isinstance(item, list) else item + 0

        def outer(items):
            return sum(inner(item) for item in items)

        return inner

    inner = build()
    text = "def inner(item):\n    return outer(item) if isinstance(item, list) else (item or 0)\n"
    report = verify(text, inner, failure=Call(([1, [None]],)), good_calls=[Call(([1, [2]],))])
    assert report.accepted, str(report)
