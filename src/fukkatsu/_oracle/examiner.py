"""Tasks that run in the examiner, a confined process of our own code with Hypothesis and typeguard.

Each is ``(bytes) -> bytes``. The request is a pickle that the host made; the answer is JSON, read as data. What a
candidate did comes in as canonical text and is rebuilt from it as data.
"""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Callable
from typing import Any

from fukkatsu._oracle import values
from fukkatsu._oracle.hints import hints_of
from fukkatsu._oracle.inputs import Inputs
from fukkatsu._oracle.judged import Judged, load_function, load_scope, preconditions
from fukkatsu._sandbox.arrive import read_call

_kept: list[Judged] = []
"""The contract that this process keeps: an examiner that is kept belongs to one function."""


def generate(payload: bytes) -> bytes:
    """Inputs for one function: ``{"inputs": [[origin, within, ladder, pickle, canonical], …], "why": "…"}``.

    ``cut`` and ``left_out`` say how many calls were too large to make inputs of as they are, or at all.
    """
    from fukkatsu._sandbox.carry import carry_call

    request = pickle.loads(payload)  # noqa: S301 - made by the host
    function, scope = load_function(request), load_scope(request)
    source = Inputs(
        function,
        [_loader(call) for call in request["calls"]],
        failing=request["failing"],
        mentioned=[_loader(call) for call in request["mentioned"]],
        literals=request["literals"],
        permitted=preconditions(request),
        hints=hints_of(function, scope),
        presumed=request.get("presumed"),
        has_pre=any(clause.kind == "pre" for clause in request["clauses"]),
        seed=request["seed"],
    )
    why = source.reason_for_none()
    rows = []
    for made in source.generate(request["count"], request["seconds"]) if why is None else ():
        try:
            carried = carry_call(made.args, made.kwargs)
        except Exception:  # noqa: BLE001, S112 - a value that cannot travel is no input
            continue
        text = values.encode([made.args, dict(made.kwargs)]).text
        rows.append([made.origin, made.within, made.ladder, base64.b64encode(carried).decode(), text.decode("latin-1")])
    made_of = {"cut": len(source.cut), "left_out": source.left_out}
    return json.dumps({"inputs": rows, "why": why or "", **made_of}).encode()


def _loader(arguments: bytes) -> Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]:
    def load() -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, kwargs = read_call(arguments)
        return tuple(args), dict(kwargs)

    return load


def judge(payload: bytes) -> bytes:
    """Clauses on what calls did: for each call a list of ``[index, state, words]``.

    ``index`` is the clause's place, or ``ANNOTATION``. A call that violates ``pre:`` answers for that clause only.
    """
    request = pickle.loads(payload)  # noqa: S301 - made by the host
    judged = Judged(request)
    return json.dumps([judged.call(*call) for call in request["calls"]]).encode()


def judge_kept(payload: bytes) -> bytes:
    """The same, in an examiner that is kept: the contract comes with the first request and stays."""
    request = pickle.loads(payload)  # noqa: S301 - made by the host
    if "contract" in request:
        _kept[:] = [Judged(pickle.loads(request["contract"]))]  # noqa: S301 - likewise
    return json.dumps([_kept[0].call(*call) for call in request["calls"]]).encode()
