"""A recorded call, made readable: for reports, for the next prompt, and for a test to paste."""

from __future__ import annotations

import pickle

from fukkatsu._model.call import UNKNOWN, Call, Outcome
from fukkatsu._oracle import values


def call_from_pickle(arguments: bytes, outcome: Outcome | None = None) -> Call | None:
    """The `Call` behind *arguments*, which this process pickled itself; ``None`` when it cannot be read back.

    Only ever given bytes that the host made: nothing that a runner wrote is unpickled.
    """
    try:
        args, kwargs = pickle.loads(arguments)  # noqa: S301 - made by this process, see above
    except Exception:  # noqa: BLE001 - a class of the user's may refuse; the report then goes without
        return None
    returned: object = UNKNOWN
    if outcome is not None and outcome.kind == "returned":
        try:
            returned = values.rebuild(outcome.value)
        except Exception:  # noqa: BLE001 - not every value can be rebuilt from data
            returned = UNKNOWN
    return Call(tuple(args), dict(kwargs), returned=returned)
