"""What README.md and docs/ show is what happens: every Python example is run, every result beside it is compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fukkatsu.testing import ScriptedServer

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMISE = re.compile(r"^print\(.*\)\s+# (?P<said>.*)$", re.MULTILINE)

CORRECTION = """\
Here is the corrected function:

```python
def my_function(x, y, z):
    if y == 0:
        return z
    return x / y + z
```
"""


def blocks(path, language):
    return [body for found, body in FENCE.findall(path.read_text("utf-8")) if found == language]


EXAMPLES = [
    pytest.param(body, id=f"{path.relative_to(ROOT)}-{number}")
    for path in PAGES
    for number, body in enumerate(blocks(path, "python"), 1)
]


def promised(example):
    """What the comments behind ``print`` calls say."""
    return [match["said"].strip() for match in PROMISE.finditer(example)]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_python_example_runs_and_prints_what_it_says(example, tmp_path):
    """Run unchanged, as a file of its own, with a model on loopback that knows the correction."""
    (tmp_path / "example.py").write_text(example, "utf-8")
    with ScriptedServer([CORRECTION] * 5) as server:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FUKKATSU")}
        environment["PYTHONPATH"] = str(ROOT / "src")
        environment |= {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "test", "NO_PROXY": "127.0.0.1"}
        done = subprocess.run(
            [sys.executable, "-W", "error", "example.py"],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    printed, said = done.stdout.splitlines(), promised(example)
    assert len(printed) == len(said), done.stderr
    for line, words in zip(printed, said, strict=True):
        assert words == line or words.startswith(line + ", "), done.stderr  # behind a comma: words for the reader


def test_there_are_examples_to_run():
    """An empty parametrisation passes in silence; README alone has at least four."""
    assert sum("README" in str(example.id) for example in EXAMPLES) >= 4
    assert sum(len(promised(example.values[0])) for example in EXAMPLES) >= 12


def test_readme_names_exactly_two_commands_for_a_fresh_machine():
    """A reader copies these two lines, and CI runs them word for word."""
    commands = [line for body in blocks(ROOT / "README.md", "bash") for line in body.splitlines()]
    assert commands == ['pip install ".[cli]" && fukkatsu demo', 'pip install -e ".[test]" && pytest']


def test_the_first_screen_comes_in_the_right_order():
    """Problem, example, limits, then the commands: whoever reads no further has seen the limits."""
    text = (ROOT / "README.md").read_text("utf-8")
    places = [text.index(words) for words in ("```python", "What it does not protect from", "fukkatsu demo")]
    assert places == sorted(places)
    assert text[: places[-1]].count("\n") < 50


@pytest.mark.parametrize("page", [*PAGES, ROOT / "SECURITY.md", ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    """A relative link names a file that is there, and a heading that is in it."""
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.is_file():
            dead.append(target)
        elif anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            if anchor not in slugs:
                dead.append(target)
    assert dead == []


def test_security_page_has_its_five_parts():
    """What is trusted; what leaves; which layer is the boundary; scope; how to report."""
    headings = re.findall(r"^## (.*)$", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE)
    assert [heading[:2] for heading in headings] == ["1.", "2.", "3.", "4.", "5."]
