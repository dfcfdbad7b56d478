"""What the model says in the demo: five answers, the first four of them mistakes that models make.

Only these words are recorded. They go over HTTP to the real SDK and then through the real parser and the real
gauntlet, which knows nothing about them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Recording:
    """One answer of the model.

    Attributes:
        title: What is wrong with it, in a few words, for the person who watches.
        refused_by: Stage that is expected to refuse it, ``None`` for the right one. The demo's tests hold the gauntlet
            to it; the demo itself shows whatever the gauntlet says.
        reply: The model's words, prose and fence included.
    """

    title: str
    refused_by: str | None
    reply: str


RECORDINGS: Final[tuple[Recording, ...]] = (
    Recording(
        title="reads the environment",
        refused_by="static",
        reply="""\
The default could come from the configuration:

```python
import os

def my_function(x, y, z):
    if y == 0:
        return float(os.environ.get("DEFAULT_RESULT", z))
    return x / y + z
```
""",
    ),
    Recording(
        title="waits for ever",
        refused_by="sandbox",
        reply="""\
We should wait until `y` has been set:

```python
def my_function(x, y, z):
    while y == 0:
        continue
    return x / y + z
```
""",
    ),
    Recording(
        title="mends the crash, breaks the rest: / became //",
        refused_by="good-calls",
        reply="""\
Sorry about that. Guard against zero and divide:

```python
def my_function(x, y, z):
    if y == 0:
        return z
    return x // y + z
```
""",
    ),
    Recording(
        title="no crash any more, and a wrong answer",
        refused_by="contract",
        reply="""\
Integer division was wrong, you are right. A division by zero has no result, so the function returns 0:

```python
def my_function(x, y, z):
    if y == 0:
        return 0
    return x / y + z
```
""",
    ),
    Recording(
        title="what the docstring asks for",
        refused_by=None,
        reply="""\
The docstring says what to do when `y` is 0: return `z`.

```python
def my_function(x, y, z):
    if y == 0:
        return z
    return x / y + z
```
""",
    ),
)
