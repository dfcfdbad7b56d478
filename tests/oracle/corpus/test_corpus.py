"""The gauntlet against a corpus of functions with right and wrong corrections: no exposable wrong one passes.

``pytest -m corpus`` runs all of it and prints the confusion matrix; ``CORPUS_SEEDS=20 pytest -m corpus`` does so with
twenty seeds for the generated inputs. The default run takes a sample, always the same.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import os

import pytest

from corpus.case import Case, load_cases
from corpus.run import judge

CASES = load_cases()
SEEDS = range(1, 1 + int(os.environ.get("CORPUS_SEEDS", "1")))


def answer(function, call):
    """What a call of the original gives: of a coroutine function its result, of a generator its items."""
    args, kwargs = copy.deepcopy((call.args, dict(call.kwargs)))
    result = function(*args, **kwargs)
    if inspect.iscoroutine(result):
        return asyncio.run(result)
    return list(result) if inspect.isgenerator(result) else result


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_original_crashes_on_the_failing_call_and_answers_the_good_ones(case: Case):
    """A case whose calls are not what they are said to be would measure nothing."""
    with pytest.raises(Exception):
        answer(case.function, case.crash)
    for call in case.good:
        if call.raised is None:
            answer(case.function, call)
        else:
            with pytest.raises(call.raised):
                answer(case.function, call)


def test_the_corpus_is_large_enough_to_say_something():
    """Sixty functions of a dozen kinds, each with right and wrong corrections that are not the same text."""
    assert len(CASES) >= 60
    assert len({case.family for case in CASES}) >= 12
    for case in CASES:
        right = {patch.source for patch in case.patches if patch.right}
        wrong = {patch.source for patch in case.patches if not patch.right}
        assert len(right) >= 2, case.name
        assert len(wrong) >= 6, case.name
        assert not right & wrong, case.name
        assert all(patch.wrong.by or patch.wrong.why for patch in case.patches if patch.wrong is not None), case.name


@pytest.mark.corpus
@pytest.mark.timeout(60 * len(SEEDS) + 60)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_right_corrections_pass_and_exposable_wrong_ones_do_not(case: Case, corpus_results):
    """Whatever the seed of the generated inputs: two right corrections and at least six wrong ones."""
    results = [result for seed in SEEDS for result in judge(case, seed)]
    corpus_results.extend(results)
    mistakes = [str(result) for result in results if result.mistaken]
    assert not mistakes, "\n".join(mistakes)
