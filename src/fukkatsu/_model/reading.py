"""What a model read in a docstring's prose: expressions as text, nothing that was ever run."""

from __future__ import annotations

from dataclasses import dataclass

OTHERWISE = "else"


@dataclass(frozen=True, slots=True)
class ReadCase:
    """One case of a decision table.

    Attributes:
        when: An expression over the parameters as they were before the call, or ``"else"``.
        then: An expression over them and ``__return__`` that is true of a right result; ``""`` when it raises.
        raises: Last component of the name of an exception, or ``""``.
    """

    when: str
    then: str
    raises: str = ""


@dataclass(frozen=True, slots=True)
class ReadTable:
    """One sentence as a decision table: the first case whose condition holds applies.

    Attributes:
        sentence: Words of the docstring, verbatim.
        cases: One or more, in the model's order.
    """

    sentence: str
    cases: tuple[ReadCase, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read in one docstring.

    Attributes:
        tables: What could be understood.
        ignored: What could not, each with its reason: for the report.
    """

    tables: tuple[ReadTable, ...] = ()
    ignored: tuple[str, ...] = ()
