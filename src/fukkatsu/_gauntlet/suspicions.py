"""Good calls with the value put in that would show a slip: nothing where truth is newly asked, both sides of a border,
equals where two things are compared, records that tie, texts in another case, longer, or with more separators.

These are made for one candidate, out of what is new in its text, or gone from the author's; a correction that asks
nothing new costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Final

from fukkatsu._gauntlet.bases import Bases, Probe
from fukkatsu._gauntlet.bench import Bench
from fukkatsu._gauntlet.borders import compares_results, new_borders, new_comparisons
from fukkatsu._gauntlet.calendar_days import looks_at_days
from fukkatsu._gauntlet.cuts import new_cuts
from fukkatsu._gauntlet.depths import calls_itself
from fukkatsu._gauntlet.insertions import (
    matches_otherwise,
    new_signs,
    other_beginnings,
    parts_of_text,
    takes_parts,
    with_more,
)
from fukkatsu._gauntlet.promised import clauses
from fukkatsu._gauntlet.separators import new_separators
from fukkatsu._gauntlet.texts import ReadText, read_both
from fukkatsu._gauntlet.ties import ordered_otherwise, tied
from fukkatsu._gauntlet.treatments import new_treatments, reckons_in_floats
from fukkatsu._gauntlet.truths import asks_results, newly_asked, newly_missing

_MATCHED: Final = "it matches texts with a pattern otherwise, and no call has shown more behind or before"
_MOST_SOUGHT: Final = 8
_MOST_EACH: Final = 12
_MOST_DAYS: Final = 40
_MOST_TIES: Final = 24
_MOST_NESTED: Final = 8
_MOST_HALVES: Final = 16
_MOST_APART: Final = 24
_MOST_OF_ONE: Final = 8


def suspicious_calls(bench: Bench) -> Iterator[Probe]:
    """Calls for what the candidate newly asks; none where ``pre:`` lines say what may be passed."""
    both = read_both(bench.candidate.text, bench.source)
    if both is None or any(clause.kind == "pre" for clause in clauses(bench)):
        return
    known = _Known(bench, both[1])
    yield from _of_values(known, *both)
    yield from _of_texts(known, *both)
    if not bench.settled_examples:  # else the original is no reference for what the candidate leaves out
        yield from _of_comparisons(known, *both)
        yield from _of_differences(known, *both)
        yield from _of_order(known, *both)


class _Known:
    """The good calls, read when the first one wants them: that costs more than to look at the texts."""

    def __init__(self, bench: Bench, original: ReadText) -> None:
        self.bench, self.original = bench, original
        self.docstring = bench.source.docstring or ""
        self._bases: Bases | None = None

    @property
    def bases(self) -> Bases:
        if self._bases is None:
            self._bases = Bases(self.bench, self.original)
        return self._bases


def _of_values(known: _Known, candidate: ReadText, original: ReadText) -> Iterator[Probe]:
    if reckons_in_floats(candidate, original):
        yield from islice(known.bases.halved(), _MOST_HALVES)
    if calls_itself(original):
        yield from islice(known.bases.nested(), _MOST_NESTED)
    if looks_at_days(candidate, original):
        yield from islice(known.bases.on_other_days(), _MOST_DAYS)
    for sought in newly_asked(candidate, original)[:_MOST_SOUGHT]:
        yield from islice(known.bases.with_nothing(sought), _MOST_EACH)
    for border in new_borders(candidate, original)[:_MOST_SOUGHT]:
        yield from islice(known.bases.beside(border), _MOST_EACH)
    for name, signs in new_treatments(candidate, original, known.docstring)[:_MOST_SOUGHT]:
        yield from islice(known.bases.treated(name, signs), _MOST_EACH)
    for sought, size in new_cuts(candidate, original)[:_MOST_SOUGHT]:
        yield from islice(known.bases.longer(sought, size), _MOST_EACH)
    for sought in newly_missing(candidate, original)[:_MOST_SOUGHT]:
        yield from islice(known.bases.without(sought), _MOST_EACH)


def _of_texts(known: _Known, candidate: ReadText, original: ReadText) -> Iterator[Probe]:
    for sign in new_separators(candidate, original)[:_MOST_SOUGHT]:
        yield from islice(known.bases.recut(sign), _MOST_EACH)
    for sign in new_signs(candidate, original)[:_MOST_SOUGHT]:
        yield from islice(known.bases.with_sign(sign), _MOST_EACH)
    if takes_parts(candidate, original):
        yield from islice(known.bases.texts(parts_of_text), _MOST_EACH)
    if matches_otherwise(candidate, original):
        yield from islice(known.bases.texts(with_more, _MATCHED), _MOST_EACH)
    for node in other_beginnings(candidate, original)[:_MOST_SOUGHT]:
        yield from islice(known.bases.begun_otherwise(node), _MOST_EACH)


def _of_comparisons(known: _Known, candidate: ReadText, original: ReadText) -> Iterator[Probe]:
    for border in new_borders(original, candidate)[:_MOST_SOUGHT]:
        yield from islice(known.bases.beside_lost(border), _MOST_EACH)
    for drawn, one, other in ((True, original, candidate), (False, candidate, original)):
        for left, right in new_comparisons(one, other)[:_MOST_SOUGHT]:
            yield from islice(known.bases.level(left, right, beyond=drawn), _MOST_EACH)


def _of_differences(known: _Known, candidate: ReadText, original: ReadText) -> Iterator[Probe]:
    if (
        asks_results(candidate, original)
        or compares_results(candidate, original)
        or compares_results(original, candidate)
    ):
        yield from islice(known.bases.apart(), _MOST_APART)


def _of_order(known: _Known, candidate: ReadText, original: ReadText) -> Iterator[Probe]:
    names = ordered_otherwise(candidate, original)
    if names is not None:
        yield from islice(known.bases.varied(partial(tied, names=names), each=_MOST_OF_ONE), _MOST_TIES)
