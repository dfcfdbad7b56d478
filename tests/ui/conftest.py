"""A store with fixes in every state, one of them written to attack whoever looks at it."""

from __future__ import annotations

import pytest

from fukkatsu._model.fix import Fix, FixKey
from fukkatsu._model.patch import Candidate
from fukkatsu._model.verdict import STAGES, Report, Verdict
from fukkatsu._store.memory import MemoryBackend
from fukkatsu._store.records import Circumstances, key_digest

ORIGINAL = "def unit_price(total, count):\n    return total / count\n"
CORRECTION = "def unit_price(total, count):\n    if count == 0:\n        return 0.0\n    return total / count\n"
MARKUP = """<script>document.title = 'owned'</script><img src=x onerror="document.title='owned'">"""


def fix_of(name, text=CORRECTION, state="pending", model="model-1", reason=""):
    """A fix of `shop.prices.<name>`, accepted by every stage."""
    report = Report(
        function=name,
        source=text,
        verdicts=tuple(Verdict(stage=s, outcome="accepted", reason=reason, evidence={"good_calls": 1}) for s in STAGES),
        isolation="full",
        notes=(f"note {MARKUP}",),
    )
    key = FixKey(module="shop.prices", qualname=name, source_sha256="0" * 64, fingerprint=name, additional_req="")
    return Fix(key=key, candidate=Candidate(text=text, model=model), report=report, state=state, created=1.7e9)


def refused(text, reason, model="model-1", stage="static"):
    """A suggestion that a stage turned down, and its report."""
    verdict = Verdict(stage=stage, outcome="refused", reason=reason)
    candidate = Candidate(text=text, model=model, prompt_tokens=1000, completion_tokens=200)
    return candidate, Report(function="f", source=text, verdicts=(verdict,), notes=(f"note {MARKUP}",))


def circumstances(**told):
    """Of a division by zero."""
    return Circumstances(
        **{
            "source": ORIGINAL,
            "filename": "shop/prices.py",
            "first_line": 7,
            "exception": "ZeroDivisionError: division by zero",
            "traceback": "Traceback (most recent call last):\n  ...",
            "arguments": {"total": "1", "count": "0"},
            **told,
        }
    )


def fill(store):
    """One pending fix, one pending with markup everywhere, one active, one revoked; their ids by name.

    Two suggestions were refused before the first, one with markup everywhere; and one for a failure without a fix.
    """
    hostile = CORRECTION + f"\n# {MARKUP} \u202e\u2066 reversed\n"
    kept = {
        "pending": store.remember(fix_of("unit_price"), circumstances()),
        "hostile": store.remember(
            fix_of("hostile", hostile, model=MARKUP, reason=MARKUP),
            circumstances(exception=MARKUP, traceback=MARKUP, arguments={MARKUP: MARKUP}, filename=MARKUP),
        ),
        "active": store.remember(fix_of("other", state="active"), circumstances()),
        "revoked": store.remember(fix_of("gone", state="active"), circumstances()),
    }
    store.change_state(kept["revoked"].id, "revoked", f"wrong {MARKUP}", "alice")
    forbidden = CORRECTION.replace("return 0.0", "return eval('0.0')")
    store.note_suggestion(kept["pending"].key, *refused(forbidden, "line 3: eval is not allowed"), circumstances())
    attack = refused(f"I would rather not. {MARKUP} \u202e", f"no candidate: {MARKUP}", MARKUP)
    store.note_suggestion(kept["pending"].key, *attack, circumstances())
    unmended = fix_of("unmended").key
    store.note_failure(unmended, circumstances(exception=f"TypeError: {MARKUP}"))
    store.note_suggestion(unmended, *attack, circumstances())
    kept_ids = {"unmended": key_digest(unmended)}
    return kept_ids | {name: fix.id for name, fix in kept.items()}


@pytest.fixture
def store():
    """In memory; the pages ask nothing that another one would answer differently."""
    return MemoryBackend()


@pytest.fixture
def ids(store):
    """Of the fixes in the store."""
    return fill(store)
