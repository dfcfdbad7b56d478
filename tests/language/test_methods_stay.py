"""What a library's class calls a method stays one: nobody who looks at an object of it is told something else."""

from __future__ import annotations

import collections
import io

import pytest

from fukkatsu._language.guards import GuardRefusal

WRITES = [
    "x.{name} = lambda *_: 666",
    "setattr(x, '{name}', lambda *_: 666)",
    "x.{name}: int = 666",
    "for x.{name} in [len]: pass",
    "with_it = [x]\n    with_it[0].{name} = len",
]


class Bag(collections.Counter):
    """A class of the author's on top of a library's."""


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("value", "name"),
    [
        (collections.OrderedDict(a=1), "items"),
        (collections.Counter("a"), "most_common"),
        (io.StringIO("a"), "getvalue"),
        (io.BytesIO(b"a"), "read"),
        (collections.UserDict(a=1), "get"),
        (Bag("a"), "elements"),
    ],
)
def test_a_method_of_the_librarys_is_not_hidden_behind_an_attribute(language, write, value, name):
    """Whoever reads the object would ask the attribute."""
    fix = language.fix(f"def f(x):\n    {write.format(name=name)}\n    return x")
    with pytest.raises(GuardRefusal, match="is a method"):
        fix(value)


def test_attributes_that_are_called_like_methods_are_everyones_elsewhere(language):
    """Objects of the author's, namespaces, and whatever the original itself assigns."""
    language.same(
        """
        from types import SimpleNamespace
        class Page:
            def count(self):
                return 1
        def f(x):
            page, space = Page(), SimpleNamespace()
            page.items = x
            page.title, page.index = "t", 3
            space.get = len
            setattr(space, "pop", 3)
            page.count = lambda: 2
            return page.items, page.title, page.index, space.get(x), space.pop, page.count()
        """,
        ([1, 2],),
    )
    original = "def f(x):\n    x.items = 1\n    return x"
    assert language.fix("def f(x):\n    x.items = 2\n    return x", original)(collections.OrderedDict()).items == 2
