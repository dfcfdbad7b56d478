"""Every kind of callable is healed, or its decoration says why it cannot be."""

from __future__ import annotations

import abc
import copy
import dataclasses
import functools
import inspect
import os
import pickle
import pydoc
import subprocess
import sys
import textwrap
import zipfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from fukkatsu import Checks, DecorationError, FlatlineError, Store, resurrect

FACTOR = 1.0


def reply(text):
    fenced = f"```python\n{textwrap.dedent(text).strip()}\n```"
    return lambda messages: fenced


def healing(text, **options):
    options.setdefault("store", Store())
    return resurrect(provider=reply(text), **options)


MEAN = """
def mean(self):
    if not self.prices:
        return 0.0
    return sum(self.prices) / len(self.prices)
"""


class Basket:
    def __init__(self, prices):
        self.prices = prices


def test_every_kind_of_parameter_arrives_in_the_fix_as_it_was_given():
    """Positional-only, defaults, keyword-only, the rest of both; what was left out, and changeable defaults too."""

    @healing("""
def share(x, /, y=0, *rest, unit=2.0, seen=[], **named):
    seen.append(y)
    return (x / y if y else 0.0) * unit, rest, named, len(seen)
""", checks=Checks(contract="off"))  # fmt: skip
    def share(x, /, y=0, *rest, unit=2.0, seen=[], **named):
        seen.append(y)
        return x / y * unit, rest, named, len(seen)

    assert share(4, 2) == (4.0, (), {}, 1)
    assert share(1) == (0.0, (), {}, 2)
    assert share(1, 0, "a", "b", unit=3.0, x="named x", z=9) == (0.0, ("a", "b"), {"x": "named x", "z": 9}, 3)
    assert share(6, y=3, unit=1.0) == (2.0, (), {}, 4)
    assert share.fukkatsu.original.__kwdefaults__["seen"] == [2, 0, 0, 3]
    with pytest.raises(TypeError, match="positional-only"):
        healing("")(lonely)(x=1)


def lonely(x, /):
    return x


def test_a_static_method_is_healed_in_either_order():
    """`@staticmethod` above or below."""

    class Shares:
        @staticmethod
        @healing("def above(x, y):\n    return x / y if y else 0.0")
        def above(x, y):
            return x / y

        @healing("def below(x, y):\n    return x / y if y else 0.0")
        @staticmethod
        def below(x, y):
            return x / y

    assert Shares.above(1, 0) == Shares().above(2, 0) == 0.0
    assert Shares.below(1, 0) == Shares().below(2, 0) == 0.0
    assert isinstance(inspect.getattr_static(Shares, "below"), staticmethod)
    assert Shares.below.fukkatsu.lives_left == 0


def test_a_class_method_is_healed_in_either_order():
    """The class arrives as the first argument."""

    class Shares:
        unit = 2.0

        @classmethod
        @healing("def above(cls, y):\n    return cls.unit / y if y else 0.0")
        def above(cls, y):
            return cls.unit / y

        @healing("def below(cls, y):\n    return cls.unit / y if y else 0.0")
        @classmethod
        def below(cls, y):
            return cls.unit / y

    class Larger(Shares):
        unit = 8.0

    assert Shares.above(0) == Larger.below(0) == 0.0
    assert (Shares.above(2), Larger.above(2), Larger.below(2)) == (1.0, 4.0, 4.0)


def test_a_property_is_healed_in_either_order():
    """`@property` above or below, setters included."""

    class Priced(Basket):
        @property
        @healing(MEAN.replace("mean", "above"))
        def above(self):
            return sum(self.prices) / len(self.prices)

        @healing(MEAN.replace("mean", "below"))
        @property
        def below(self):
            """The mean price."""
            return sum(self.prices) / len(self.prices)

        @below.setter
        @healing("def below(self, value):\n    self.prices = [float(value or 0)]")
        def below(self, value):
            self.prices = [float(value)]

    assert Priced([]).above == Priced([]).below == 0.0
    assert Priced([1, 3]).below == 2.0
    assert Priced.below.__doc__ == "The mean price."
    basket = Priced([1])
    basket.below = ""
    assert basket.prices == [0.0]


def test_a_cached_property_is_healed_below_its_cache():
    """Another decorator above."""

    class Priced(Basket):
        @functools.cached_property
        @healing(MEAN)
        def mean(self):
            return sum(self.prices) / len(self.prices)

    basket = Priced([])
    assert basket.mean == 0.0
    assert basket.__dict__["mean"] == 0.0


def test_super_and_private_names_work_in_a_fix():
    """`super()` and `__name` mean what they mean in the class body."""

    class Base:
        def value(self, y):
            return 10 / y

    class Derived(Base):
        def __init__(self):
            self.__scale = 3

        @healing("""
def value(self, y):
    if y == 0:
        return self.__scale
    return super().value(y) * self.__scale
""", checks=Checks(contract="off"))  # fmt: skip
        def value(self, y):
            return super().value(y) * self.__scale

    assert Derived().value(5) == 6.0
    assert Derived().value(0) == 3
    assert Derived().value(5) == 6.0
    assert Derived.value.fukkatsu.active is not None


def test_a_fix_of_a_nested_function_writes_the_real_cell():
    """`nonlocal` reaches the enclosing function's variable, not a copy of it."""

    def register():
        last = -1

        @healing("""
def note(value):
    nonlocal last
    last = int(value or 0)
    return last
""")
        def note(value):
            nonlocal last
            last = int(value)
            return last

        return note, lambda: last

    note, read = register()
    assert note("2") == read() == 2
    assert note("") == read() == 0
    assert note("5") == read() == 5
    other, read_other = register()
    assert other("1") == 1
    assert (read(), read_other()) == (5, 1)


def test_recursion_goes_through_the_wrapper_and_through_the_fix():
    """Each level is the function as it is now."""

    @healing("""
def depth(tree):
    if tree is None:
        return 0
    return 1 + max([depth(branch) for branch in tree], default=0)
""")  # fmt: skip
    def depth(tree):
        return 1 + max([depth(branch) for branch in tree], default=0)

    assert depth([[], [[]]]) == 3
    assert depth([[], None]) == 2
    assert depth([[[[]]], None]) == 4


def test_recursion_by_a_global_name_goes_through_the_wrapper():
    """The module's own name is the wrapper."""
    assert factorial_of(4) == 24
    assert factorial_of("") == 1
    assert factorial_of(3) == 6


@healing("def factorial_of(n):\n    if not n:\n        return 1\n    return n * factorial_of(n - 1)")
def factorial_of(n):
    if n == 0:
        return 1
    return n * factorial_of(n - 1)


def test_two_functions_of_one_name_in_one_file_are_two_functions():
    """Neither their sources nor their fixes are mixed up."""
    store = Store()

    def make(divisor):
        if divisor:

            @healing("def same(x):\n    return 10 / x if x else 1.0", store=store)
            def same(x):
                return 10 / x
        else:

            @healing("def same(x):\n    return 20 / x if x else 2.0", store=store)
            def same(x):
                return 20 / x

        return same

    one, two = make(True), make(False)
    assert (one(0), two(0)) == (1.0, 2.0)
    assert (one(5), two(5)) == (2.0, 4.0)
    assert "10 / x" in one.fukkatsu.source.text
    assert "20 / x" in two.fukkatsu.source.text


def test_a_subclass_that_overrides_keeps_its_own_method():
    """And one that does not inherits the healed one."""

    class Parent(Basket):
        @healing(MEAN)
        def mean(self):
            return sum(self.prices) / len(self.prices)

    class Heir(Parent):
        pass

    class Rebel(Parent):
        def mean(self):
            return super().mean() + 1

    assert Heir([]).mean() == 0.0
    assert Rebel([]).mean() == 1.0
    assert Rebel([2]).mean() == 3.0


def test_abstract_methods_stay_abstract():
    """Under and over."""

    class Shape(abc.ABC):
        @abc.abstractmethod
        @healing("def area(self):\n    return 0")
        def area(self): ...

        @healing("def edge(self):\n    return 0")
        @abc.abstractmethod
        def edge(self): ...

    assert Shape.__abstractmethods__ == {"area", "edge"}
    with pytest.raises(TypeError, match="abstract"):
        Shape()


@dataclasses.dataclass
class Order:
    price: float
    count: int = 0

    @healing("def unit(self):\n    return self.price / self.count if self.count else self.price")
    def unit(self):
        return self.price / self.count


def test_a_dataclass_method_is_healed():
    """The fields are attributes like any other; the decorator is no field."""
    assert Order(8.0).unit() == 8.0
    assert Order(8.0, 2).unit() == 4.0
    assert [field.name for field in dataclasses.fields(Order)] == ["price", "count"]


def test_special_methods_are_healed():
    """`__call__`, `__getitem__`, `__eq__`: looked up on the type."""

    class Table:
        rows = (1, 2)

        @healing("def __getitem__(self, index):\n    return self.rows[index] if index < len(self.rows) else 0")
        def __getitem__(self, index):
            return self.rows[index]

        @healing("def __call__(self, x):\n    return 1 / x if x else 0.0")
        def __call__(self, x):
            return 1 / x

    assert Table()[1] == 2
    assert Table()[7] == 0
    assert Table()(0) == 0.0


def noisy(function):
    @functools.wraps(function)
    def outer(*args, **kwargs):
        return ("noisy", function(*args, **kwargs))

    return outer


def test_other_decorators_above_see_a_plain_function():
    """And `functools.wraps` carries the handle upwards."""

    @noisy
    @healing("def share(x, y):\n    return x / y if y else 0.0")
    def share(x, y):
        return x / y

    assert share(4, 2) == ("noisy", 2.0)
    assert share(1, 0) == ("noisy", 0.0)
    assert share.fukkatsu.lives_left == 0


def test_a_cache_above_caches_the_healed_answer():
    """`functools.lru_cache` keeps no exception."""

    @functools.lru_cache
    @healing("def share(x, y):\n    return x / y if y else 0.0")
    def share(x, y):
        return x / y

    assert share(1, 0) == share(1, 0) == 0.0
    assert share.cache_info().hits == 1


def test_a_decorated_function_below_another_decorator_travels_with_it():
    """What a sandbox gets of an outer decorator is the outer decorator."""

    def twice(function):
        @functools.wraps(function)
        def outer(x):
            return 2 * function(x)

        return outer

    @twice
    @healing("def inner(x):\n    return x")
    def inner(x):
        return x

    @healing("def total(x):\n    return inner(x) + (10 / x if x else 0.0)")
    def total(x):
        return inner(x) + 10 / x

    assert total(5) == 12.0
    assert total(0) == 0.0
    assert total(5) == 12.0
    assert total.fukkatsu.reports[-1].evidence["good_calls"] == 1


def test_decorated_twice_is_said_at_decoration():
    """One decorator with more lives says what is meant."""
    once = healing("def share(x):\n    return 0")(plain)
    with pytest.raises(DecorationError, match="lives=2"):
        healing("def share(x):\n    return 0")(once)
    with pytest.raises(DecorationError, match="lives=2"):
        healing("def share(x):\n    return 0")(noisy(once))


def plain(x):
    return 1 / x


class Callable_:
    def __call__(self, x):
        return x


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (len, "C function"),
        (lambda x: x, "lambda"),
        (functools.partial(plain, 1), "partial"),
        (Basket, "is a class"),
        (Basket([]).__init__, "bound method"),
        (Callable_(), "__call__"),
        (str.join, "C function"),
        (7, "not a function"),
        (eval("[f for f in [type('C', (), {})]][0]"), "is a class"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_cannot_be_healed_is_refused_at_decoration(target, said):
    """With the reason and the remedy."""
    with pytest.raises(DecorationError, match=said):
        resurrect(target)


def test_a_function_without_source_is_refused_at_decoration():
    """`exec` leaves nothing to show a model."""
    namespace = {}
    exec("def made(x):\n    return 1 / x", namespace)
    with pytest.raises(DecorationError, match="no source"):
        resurrect(namespace["made"])


@healing("def by_name(x):\n    return 1 / x if x else 0.0")
def by_name(x: int) -> float:
    """One over *x*."""
    return 1 / x


def test_a_decorated_function_is_pickled_by_its_name_and_copied_as_itself():
    """Task queues and process pools send names; containers are copied with it inside."""
    assert pickle.loads(pickle.dumps(by_name)) is by_name
    assert copy.copy(by_name) is by_name
    assert copy.deepcopy({"f": by_name})["f"] is by_name
    assert pickle.loads(pickle.dumps(Order(8.0).unit))() == 8.0


def test_what_introspection_says_is_what_the_author_wrote():
    """Signature, help, annotations, name, module, docstring, source."""
    assert str(inspect.signature(by_name)) == "(x: 'int') -> 'float'"
    assert inspect.get_annotations(by_name, eval_str=True) == {"x": int, "return": float}
    assert by_name.__name__ == "by_name"
    assert by_name.__module__ == __name__
    text = pydoc.plain(pydoc.render_doc(by_name))
    assert "by_name(x: 'int') -> 'float'" in text
    assert "One over *x*." in text
    assert "return 1 / x" in inspect.getsource(by_name)
    assert inspect.unwrap(by_name) is by_name.fukkatsu.original
    assert inspect.isfunction(by_name)


def in_a_process(x):
    return by_name(x)


def test_it_works_in_a_thread_pool_and_in_a_process_pool():
    """As a target of its own, and called by one."""
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(by_name, [1, 0, 2])) == [1.0, 0.0, 0.5]
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        assert pool.submit(in_a_process, 0).result(60) == 0.0


PROGRAM = """
from fukkatsu import resurrect, Store

def provider(messages):
    return "```python\\ndef share(x, y):\\n    return scaled(x / y if y else 0.0)\\n```"

def scaled(x):
    return x * SCALE

SCALE = 2

@resurrect(provider=provider, store=Store())
def share(x, y):
    return scaled(x / y)

if __name__ == "__main__":
    import logging; logging.disable()
    print(share(4, 2), share(1, 0), share.fukkatsu.lives_left)
"""


def run(*arguments, cwd):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, env=env, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_functions_of_main_are_healed(tmp_path):
    """A script, and `python -m`."""
    (tmp_path / "script.py").write_text(PROGRAM)
    assert run("script.py", cwd=tmp_path) == "4.0 0.0 0\n"
    assert run("-m", "script", cwd=tmp_path) == "4.0 0.0 0\n"


def test_functions_in_a_package_and_in_a_zip_are_healed(tmp_path):
    """Where there is a loader that gives source, there is source."""
    package = tmp_path / "plain" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "shares.py").write_text(PROGRAM)
    check = "import logging; logging.disable()\nfrom shop.shares import share\nprint(share(1, 0), share(4, 2))"
    (tmp_path / "plain" / "check.py").write_text(check)
    assert run("check.py", cwd=tmp_path / "plain") == "0.0 4.0\n"
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.write(package / "__init__.py", "shop/__init__.py")
        archive.write(package / "shares.py", "shop/shares.py")
        archive.writestr("__main__.py", check)
    assert run("app.zip", cwd=tmp_path) == "0.0 4.0\n"


def test_a_source_file_that_changed_since_the_import_heals_nothing(tmp_path, monkeypatch):
    """A model is never shown the text of another function."""
    path = tmp_path / "changing_module.py"
    path.write_text("def share(x, y):\n    return x / y\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import changing_module

    asked = []
    share = resurrect(provider=lambda messages: asked.append(1) or "", store=Store())(changing_module.share)
    path.write_text("def share(x, y, z):\n    return x / y + z\n")
    with pytest.raises(FlatlineError, match="restart") as info:
        share(1, 0)
    assert isinstance(info.value.__cause__, ZeroDivisionError)
    assert asked == []


def test_a_module_global_that_changes_later_is_seen_by_the_fix():
    """Live, in both directions."""
    global FACTOR

    @healing("def scaled(x, y):\n    return FACTOR * x / y if y else FACTOR")
    def scaled(x, y):
        return FACTOR * x / y

    try:
        assert scaled(1, 0) == 1.0
        FACTOR = 5.0
        assert scaled(2, 1) == 10.0
    finally:
        FACTOR = 1.0


def test_the_result_keeps_its_identity():
    """`return x` returns that x, before and after a fix."""

    @healing("def first(items, index):\n    return items[index] if index < len(items) else items[0]")
    def first(items, index):
        return items[index]

    mine, inner = [0], [1]
    assert first([mine], 0) is mine
    assert first([inner], 3) is inner
    assert first([inner], 0) is inner
