"""What is meant is not healed: documented exceptions; and a recursion is healed as a whole."""

from __future__ import annotations

import logging

import pytest

from fukkatsu import FlatlineError, Store, resurrect
from fukkatsu.testing import scripted_provider

pytestmark = pytest.mark.once  # what is said to a model, and what is made of it

ACCESS = {"ann": "1234"}


def fenced(source):
    return f"```python\n{source}\n```"


def test_a_documented_exception_raised_on_purpose_goes_out_as_it_is():
    """The model is not even asked to take the check away."""
    provider = scripted_provider(fenced("def login(user, pin):\n    return user if pin else pin"))

    @resurrect(provider=provider, store=Store())
    def login(user, pin):
        """Say who it is.

        raises: PermissionError
        """
        if ACCESS.get(user) != pin:
            raise PermissionError("denied")
        return user

    with pytest.raises(PermissionError, match="denied") as info:
        login("ann", "wrong")
    assert not isinstance(info.value, FlatlineError)
    assert any("on purpose" in note for note in info.value.__notes__)
    assert provider.prompts == []


def test_an_undocumented_exception_raised_on_purpose_is_healed_with_a_warning(caplog):
    """The log says how to tell the next time that it was meant."""
    provider = scripted_provider(fenced("def withdraw(balance, amount):\n    return max(balance - amount, 0)"))

    @resurrect(provider=provider, store=Store())
    def withdraw(balance, amount):
        if amount > balance:
            raise ValueError("not enough")
        return balance - amount

    withdraw(5, 2)
    with caplog.at_level(logging.WARNING, "fukkatsu"):
        assert withdraw(1, 2) == 0
    assert "ignore=ValueError" in caplog.text


def test_a_recursion_is_healed_from_its_outermost_call():
    """Healed in its innermost call alone, the faulty outer ones would go on with the answer: 5! would be 0."""
    provider = scripted_provider(fenced("def fact(n):\n    if n <= 0:\n        return 1\n    return n * fact(n - 1)"))

    @resurrect(provider=provider, store=Store())
    def fact(n):
        """
        >>> fact(5)
        120
        """
        return n * fact(n - 1)

    assert fact(5) == 120
    assert fact(6) == 720
    assert len(provider.prompts) == 1


def test_a_tree_is_healed_as_a_whole():
    """Every level ran with the fault, so every level runs again."""
    provider = scripted_provider(
        fenced("def depth(tree):\n    return 1 + max((depth(child) for child in tree['children']), default=0)")
    )

    @resurrect(provider=provider, store=Store())
    def depth(tree):
        return 1 + max(depth(child) for child in tree["children"])

    assert depth({"children": [{"children": []}, {"children": [{"children": []}]}]}) == 3


def test_a_recursion_that_ran_away_leaves_no_half_loaded_module_behind(tmp_path):
    """The flow is loaded by the outermost call, where there is room on the stack, and says nothing on stderr."""
    import subprocess
    import sys
    import textwrap
    from pathlib import Path

    import fukkatsu

    program = textwrap.dedent(
        """
        from fukkatsu import Store, resurrect
        from fukkatsu.testing import scripted_provider
        import logging

        logging.disable(logging.CRITICAL)
        reply = "```python\\ndef down(n):\\n    return 0 if n <= 0 else down(n - 1)\\n```"

        @resurrect(provider=scripted_provider(reply), store=Store())
        def down(n):
            return down(n - 1)

        print(down(3), down(5))
        """
    )
    folder = Path(fukkatsu.__file__).parent.parent
    path = tmp_path / "program.py"
    path.write_text(f"import sys\nsys.path.insert(0, {str(folder)!r})\n{program}")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["0", "0"], done.stderr
    assert done.stderr == ""
