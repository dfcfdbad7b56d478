"""Put the caller's own objects back to what they were before a failed call, in place."""

from __future__ import annotations

from typing import Any

from fukkatsu._oracle import values
from fukkatsu._wrap.snapshot import PUT_BACK, is_flat, is_immutable


def restore(live: Any, before: Any) -> str | None:
    """Make *live* equal to *before* without replacing any object the caller holds.

    Args:
        live: ``(args, kwargs)`` as the failed call left them.
        before: A copy of them from before the call.

    Returns:
        ``None`` when *live* is now as before, else which argument could not be put back and why; then nothing has
        been changed.
    """
    problem = why_not_restorable(live, before)
    if problem is None:
        for _, now, then in _changed(live, before):
            put_back(now, then)
    return problem


def why_not_restorable(live: Any, before: Any) -> str | None:
    """What `restore` would say, changing nothing."""
    for name, now, then in _changed(live, before):
        if not is_restorable(now, then):
            return (
                f"{name} ({type(now).__name__}) was half changed by the failed call and cannot be put back in place "
                "with certainty: it holds objects that others may hold too"
            )
    return None


def _changed(live: Any, before: Any) -> list[tuple[str, Any, Any]]:
    (live_args, live_kwargs), (before_args, before_kwargs) = live, before
    pairs = [(f"argument {i + 1}", a, b) for i, (a, b) in enumerate(zip(live_args, before_args, strict=True))]
    pairs += [(f"argument {name!r}", live_kwargs[name], before_kwargs[name]) for name in before_kwargs]
    return [(name, now, then) for name, now, then in pairs if not is_equal(now, then)]


def is_equal(now: object, then: object) -> bool:
    if is_immutable(now):
        return True
    a, b = values.encode(now), values.encode(then)
    return not a.opaque and not b.opaque and values.equal(a.text, b.text)


def is_restorable(now: object, then: object) -> bool:
    """Flat builtin containers, and plain instances whose attributes are immutable or such containers."""
    if type(now) is not type(then):
        return False
    if type(now) in (list, dict, set, bytearray):
        return is_flat(then, PUT_BACK)
    state, old = getattr(now, "__dict__", None), getattr(then, "__dict__", None)
    if type(state) is not dict or type(old) is not dict or hasattr(type(now), "__slots__"):
        return False
    if values.encode(then, iterator_items=0).opaque:
        return False  # written in C, say: there is more to it than its attributes
    return all(
        is_immutable(value)
        or (name in state and (state[name] is value or (type(state[name]) is type(value) and is_flat(value))))
        for name, value in old.items()
    )


def put_back(now: Any, then: Any) -> None:
    if isinstance(now, list | bytearray):
        now[:] = then
    elif isinstance(now, dict | set):
        now.clear()
        now.update(then)
    else:
        state, old = now.__dict__, then.__dict__
        kept = {name: state[name] for name in old if not is_immutable(old[name])}
        for name, container in kept.items():
            if container is not old[name]:  # a lock
                put_back(container, old[name])
        state.clear()
        state.update({name: kept.get(name, value) for name, value in old.items()})
