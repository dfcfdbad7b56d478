"""Every node of Python's syntax tree, decided on purpose: allowed, guarded, or refused, each with its reason.

A node that is not in the table is refused: a future Python's new statement waits here for a review. ``docs/policy.md``
shows this table; a test holds the two together.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

Decision: TypeAlias = Literal["allowed", "guarded", "refused"]


class Rule(NamedTuple):
    """What becomes of one kind of node.

    Attributes:
        decision: ``"allowed"`` as it is, ``"guarded"`` (checked or rewritten), ``"refused"``.
        why: The reason, or what is checked.
    """

    decision: Decision
    why: str


def _rules(decision: Decision, why: str, names: str) -> dict[str, Rule]:
    return {name: Rule(decision, why) for name in names.split()}


NODES: Final[dict[str, Rule]] = {
    **_rules("allowed", "structure", "Load Store Del Expr Starred keyword alias withitem match_case"),
    **_rules("allowed", "values", "List Tuple Set Dict JoinedStr Slice"),
    **_rules(
        "allowed", "operators", "And Or Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv"
    ),
    **_rules("allowed", "operators", "Invert Not UAdd USub Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn"),
    **_rules("allowed", "expressions", "BoolOp UnaryOp IfExp NamedExpr Await Yield YieldFrom"),
    **_rules(
        "allowed", "loops need no guard: iterating reads only what the object offers", "ListComp SetComp DictComp"
    ),
    **_rules("allowed", "as the other comprehensions", "GeneratorExp comprehension"),
    **_rules("allowed", "statements", "Return Assign AugAssign If While Raise Assert Pass Break Continue"),
    **_rules("allowed", "as in plain Python; the context manager is an object at hand", "With AsyncWith"),
    **_rules("allowed", "as in plain Python", "For AsyncFor Match MatchSingleton MatchSequence MatchOr MatchValue"),
    "Module": Rule("guarded", "holds imports, constants, helper functions, the function, a docstring; nothing else"),
    "Constant": Rule("guarded", "numbers and text of ordinary size"),
    "BinOp": Rule("guarded", "a power, shift or repetition of constants that would fill the memory is refused"),
    "Compare": Rule("guarded", "`is` counts equal texts and numbers as one, whichever object they are"),
    "FormattedValue": Rule("guarded", "the expression is checked like any other; huge constant widths are refused"),
    "Name": Rule("guarded", "locals, the original's own globals and closure names, builtins that the policy opens"),
    "Attribute": Rule("guarded", "the name is checked in the text; writes ask the object when they run"),
    "Subscript": Rule("allowed", "items need no guard: modules, types and functions have none to give or to take"),
    "Call": Rule(
        "guarded", "type() takes one argument; templates of format() and names given to getattr() are checked"
    ),
    "Lambda": Rule("guarded", "parameter names are checked"),
    "arguments": Rule(
        "guarded", "defaults of helpers are unchangeable literals; those of the function equal the original's"
    ),
    "arg": Rule("guarded", "the name is checked; annotations are dropped, never evaluated"),
    "AnnAssign": Rule("guarded", "becomes a plain assignment; the annotation is dropped, never evaluated"),
    "Delete": Rule("guarded", "attributes as in an assignment"),
    "Import": Rule("guarded", "only what the policy opens; the result is a view, never a module"),
    "ImportFrom": Rule("guarded", "as import; each name is checked; no star, nothing relative"),
    "Nonlocal": Rule(
        "guarded", "its own variables, and those of the original's closure that the original declares too"
    ),
    "Global": Rule("guarded", "only names that the original declares global itself"),
    "Try": Rule("guarded", "a finally block may not swallow exceptions by return, break or continue"),
    "TryStar": Rule("guarded", "as try; exception groups cannot be written to (CVE-2025-22153)"),
    "ExceptHandler": Rule(
        "guarded", "a bare except becomes except Exception; what tells of limits (RecursionError) passes"
    ),
    "FunctionDef": Rule("guarded", "decorators only on nested functions, where they are ordinary calls"),
    "AsyncFunctionDef": Rule("guarded", "as def"),
    "MatchClass": Rule("guarded", "keyword names are attributes and are checked as such"),
    "MatchMapping": Rule("guarded", "names are checked"),
    "MatchStar": Rule("guarded", "names are checked"),
    "MatchAs": Rule("guarded", "names are checked"),
    "ClassDef": Rule("refused", "a class body could redefine what operators, comparison and pickling do"),
    "TypeAlias": Rule("refused", "it has no effect at run time; leave it out"),
    "TypeVar": Rule("guarded", "dropped together with the annotations"),
    "ParamSpec": Rule("guarded", "dropped together with the annotations"),
    "TypeVarTuple": Rule("guarded", "dropped together with the annotations"),
    "TypeIgnore": Rule("allowed", "a comment"),
    "Interactive": Rule("refused", "not part of a module"),
    "Expression": Rule("refused", "not part of a module"),
    "FunctionType": Rule("refused", "not part of a module"),
}

UNKNOWN: Final = Rule("refused", "this kind of syntax has not been reviewed")


def rule_of(node: object) -> Rule:
    """The rule for *node*, by its class's name; unknown kinds are refused."""
    return NODES.get(type(node).__name__, UNKNOWN)
