"""A rehearsal of a run: it touches what every run touches, so that a runner's pages are its own before it is needed.

Each page that a forked process writes to (and in CPython to read is to write: reference counts) is copied at that
moment, and costs as much as a small replay. A runner that waits has the time.
"""

from __future__ import annotations

import pickle
from typing import Any, Final

from fukkatsu._sandbox import steps, wire
from fukkatsu._sandbox.limits import Limits
from fukkatsu._sandbox.subject import link, pack_program

Piece = tuple[tuple[Any, ...], tuple[bytes, ...]]

_TEXT: Final = """\
def rehearsal(x, y=1):
    total = {"sum": 0.0, "items": []}
    for i, item in enumerate(sorted(x)):
        if item < 0:
            raise ValueError(f"negative: {item}")
        total["sum"] += item / y
        total["items"].append((str(item), i))
    return [total, len(x), "done".upper()]
"""
_TIMES: Final = 60  # until the interpreter has specialised the code that every run goes through
_LIMITS: Final = Limits(1 << 20, 1.0, 1_000, 1 << 16, 1_000, 1 << 20)


def prepare() -> list[Piece]:
    """In the zygote, once: subjects and arguments like those of real runs, read as a runner reads them."""
    import marshal

    from fukkatsu._language.facts import read_facts
    from fukkatsu._language.program import Program, compile_program
    from fukkatsu._model.patch import FunctionSource
    from fukkatsu._sandbox.carry import carry, carry_call
    from fukkatsu.policy import Policy

    namespace: dict[str, Any] = {"__name__": "rehearsal"}
    exec(compile(_TEXT, "<rehearsal>", "exec"), namespace)  # noqa: S102 - the lines above
    function = namespace["rehearsal"]
    payloads = (carry_call(([3, 1.5, 2], 2), {}), carry_call(([-1],), {}))
    source = FunctionSource(
        module="rehearsal", qualname="rehearsal", name="rehearsal", text=_TEXT, filename="<rehearsal>", first_line=1,
        docstring=None, signature="(x, y=1)",
    )  # fmt: skip
    program = Program(_TEXT, read_facts(function, source), Policy(), "<rehearsal>")
    code = marshal.dumps(compile_program(program))
    candidate = ("candidate", pack_program(program), carry({}), carry(((1,), None)), code)
    pieces: list[Piece] = [(("original", carry(function), 0), payloads), (candidate, payloads)]
    for _ in range(_TIMES):
        rehearse(pieces)
    return pieces


def rehearse(pieces: list[Piece]) -> None:
    """In a runner, before it waits."""
    printed = steps.Printed(1 << 16)
    for parts, payloads in pieces:
        bench = steps.Bench(link(parts, watched=True), _LIMITS, printed, [])
        for payload in payloads:
            request = pickle.dumps({"steps": [("call", payload)], "nonce": b""}, 5)
            for kind, carried in pickle.loads(request)["steps"]:  # noqa: S301 - from the line above
                wire.frame(b"", wire.OUTCOME, steps.STEPS[kind](bench, carried))
