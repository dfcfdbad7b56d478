"""Stage ``compile``: the restricted language's own compiler accepts the candidate."""

from __future__ import annotations

from fukkatsu._gauntlet.bench import Bench
from fukkatsu._language.program import CompileRefusal, Program, compile_program
from fukkatsu._model.verdict import Verdict


def check_compile(bench: Bench) -> Verdict:
    """Compile the candidate; nothing of it is executed."""
    filename = f"<fukkatsu {bench.source.module}.{bench.source.qualname} {bench.candidate.sha256[:12]}>"
    program = Program(text=bench.candidate.text, facts=bench.facts, policy=bench.policy, filename=filename)
    try:
        code = compile_program(program)
    except CompileRefusal as refusal:
        return Verdict(stage="compile", outcome="refused", reason=str(refusal))
    bench.program, bench.code = program, code
    return Verdict(stage="compile", outcome="accepted")
