"""Loggers as corrections see them: they log, and tell nothing.

Handlers, levels and the tree of loggers belong to the program. Whether a message is wanted differs between a trial and
production, so a correction that learns it could act otherwise here than there: asked, a logger says yes, and what goes
wrong with a message that is wanted goes wrong unseen. What could notice that it is written (a table that counts how
often it is asked) is written once, whether anybody wants the message or not. A name that no logger bears makes none,
since it would stay.
"""

# ruff: noqa: SIM905  long lists of names read better as paragraphs
from __future__ import annotations

import functools
import operator
import sys
import types
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from fukkatsu._language.refusals import refuse

_METHODS: Final = ("debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log")
_OPEN: Final = frozenset({*_METHODS, *"isEnabledFor name extra __name__ __doc__ __class__".split()})


def is_logger(value: object) -> bool:
    """Whether *value* is a logger, or a ``LoggerAdapter``, which does to its logger what it is asked to."""
    logging = sys.modules.get("logging")
    return logging is not None and isinstance(value, (logging.Logger, logging.LoggerAdapter))


def always_enabled(level: int) -> bool:
    """``isEnabledFor``."""
    return True


def only_logs(look_up: Callable[[], Any], method: str) -> Callable[..., None]:
    """The method *method* of the logger that *look_up* gives at the moment of the call."""

    leading = 1 if method == "log" else 0  # the level

    def send(*args: Any, **kwargs: Any) -> None:
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 2
        try:
            if kwargs.keys() & _ASKED:
                _ask(kwargs)
            plain = set(map(type, args)) <= _PLAIN  # nobody notices when such are written
            given = args if plain else (*args[:leading], _written(*args[leading:]))
            getattr(look_up(), method)(*given, **kwargs)
        except (RecursionError, MemoryError):
            raise
        except Exception:  # noqa: BLE001, S110  only a message that is wanted gets as far as here: see above
            pass

    if method == "log":

        def log(level: int, msg: object, *args: object, **kwargs: Any) -> None:
            send(_whole(level), msg, *args, **kwargs)

    else:

        def log(msg: object, *args: object, **kwargs: Any) -> None:  # type: ignore[misc]  # as the library's two
            send(msg, *args, **kwargs)

    log.__name__ = log.__qualname__ = method
    return log


_PLAIN: Final = frozenset({str, int, float, bool, type(None), bytes, complex})
_ASKED: Final = frozenset({"extra", "exc_info", "stack_info"})


def _written(msg: object, *args: object) -> str:
    """The text of a message, as ``logging.LogRecord.getMessage`` makes it; of one that is wrong, its template."""
    text = str(msg)
    if not args:
        return text
    given: Any = args
    if len(args) == 1 and isinstance(args[0], Mapping) and args[0]:
        given = args[0]
    try:
        return str(text % given)
    except (RecursionError, MemoryError):
        raise
    except Exception:  # noqa: BLE001  the library tells nobody but the standard error, and only where it is written
        return text


def _ask(kwargs: dict[str, Any]) -> None:
    """Ask the other arguments what the library asks them when the message is wanted."""
    if (extra := kwargs.get("extra")) is not None:
        kwargs["extra"] = {key: extra[key] for key in extra}
    if "exc_info" in kwargs:
        kwargs["exc_info"] = plain_exc_info(kwargs["exc_info"])
    if "stack_info" in kwargs:
        kwargs["stack_info"] = bool(kwargs["stack_info"])


def plain_exc_info(given: Any) -> Any:
    """``exc_info=``: an exception, with its own traceback or that of a handler; else whether it is wanted.

    What logging writes of a traceback are lines of the files that its frames name: one that a correction put together
    would name any.
    """
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple) and tuple.__len__(given) == 3:
        kind, error, traceback = tuple.__iter__(given)
        if isinstance(error, BaseException) and isinstance(traceback, (types.TracebackType, type(None))):
            return type(error), error, traceback
        if kind is error is traceback is None:
            return None, None, None
    return bool(given)


def warn(
    message: Any, category: Any = None, stacklevel: Any = 1, source: Any = None, *, skip_file_prefixes: Any = ()
) -> None:
    """``warnings.warn``, whose message is made a text at once: whether anybody sees it is the program's affair.

    The library asks the message for its text once more when it is shown. *source* is for a tracer of memory alone.
    """
    if isinstance(message, Warning):
        category = type(message)
        if not set(map(type, message.args)) <= _PLAIN:
            message, category = _of_kind(category, str(message))
    elif type(message) is not str:
        message = str(message)
    if category is not None and not (isinstance(category, type) and issubclass(category, Warning)):
        msg = f"category must be a Warning subclass, not '{type(category).__name__}'"
        raise TypeError(msg)
    more = {"skip_file_prefixes": skip_file_prefixes} if skip_file_prefixes else {}
    warnings.warn(message, category, operator.index(stacklevel) + 1, **more)


def _of_kind(kind: type[Warning], text: str) -> tuple[Warning | str, type[Warning]]:
    """A warning of *kind* that says *text*, or one of the class of the language's own below it."""
    try:
        return kind(text), kind
    except Exception:  # noqa: BLE001 - an author's class, which is made of other things
        return text, next(base for base in kind.__mro__ if base.__module__ == "builtins" and issubclass(base, Warning))


def _whole(level: object) -> int:
    if not isinstance(level, int):
        msg = "level must be an integer"
        raise TypeError(msg)
    return level


def _logger_called(name: str) -> Any:
    """The logger of that name, or one that behaves as it would and that nobody else ever sees."""
    import logging

    known = logging.Logger.manager.loggerDict
    found = known.get(name)
    if isinstance(found, logging.Logger):
        return found
    made = logging.Logger(name)
    while name:
        name = name.rpartition(".")[0]
        if isinstance(parent := known.get(name), logging.Logger):
            made.parent = parent
            return made
    made.parent = logging.getLogger()
    return made


class NewLog:
    """``logging.getLogger(name)``: a logger that only logs."""

    __slots__ = ("__weakref__", "isEnabledFor", "name", *_METHODS)

    def __init__(self, name: str | None = None) -> None:
        import logging

        if name is not None and not isinstance(name, str):
            msg = "A logger name must be a string"
            raise TypeError(msg)
        look_up: Callable[[], Any] = functools.partial(_logger_called, name) if name else logging.getLogger
        self.name = name or "root"
        self.isEnabledFor = always_enabled
        for method in _METHODS:
            setattr(self, method, only_logs(look_up, method))

    def __repr__(self) -> str:
        return _shown(self.name)


def _shown(name: str) -> str:
    """A logger as text: the library adds its level, which a program sets and a trial does not."""
    return f"<Logger {name}>"


class LogView:
    """A logger or adapter of the original's that only logs: what else a logger does, it does to the whole program.

    Args:
        look_up: Gives the value that the name has at this moment: it may be a logger no more.
        members: What the original itself looks up on its loggers, and may therefore be looked up here.
    """

    __slots__ = ("_look_up", "_members")

    def __init__(self, look_up: Callable[[], Any], members: frozenset[str]) -> None:
        object.__setattr__(self, "_look_up", look_up)
        object.__setattr__(self, "_members", members)

    def __getattr__(self, name: str) -> Any:
        look_up = object.__getattribute__(self, "_look_up")
        value = look_up()
        if is_logger(value):
            members = object.__getattribute__(self, "_members")
            if name in _METHODS:
                return only_logs(look_up, name)
            if name == "isEnabledFor":
                return always_enabled
            if name not in _OPEN | members:
                refuse(f"{name} of a logger is closed: handlers, levels and the tree of loggers belong to the program")
            if name == "logger" and is_logger(value.logger):  # of an adapter
                return LogView(lambda: look_up().logger, members)
            if name == "extra" and isinstance(value.extra, dict):
                return dict(value.extra)
        return getattr(value, name)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        refuse("attributes of a logger belong to the program")

    def __bool__(self) -> bool:
        return bool(object.__getattribute__(self, "_look_up")())

    def __repr__(self) -> str:
        value = object.__getattribute__(self, "_look_up")()
        return _shown(value.name) if is_logger(value) else repr(value)


def _root() -> Any:
    import logging

    return logging.getLogger()


WARNINGS: Final[dict[str, Any]] = {"warnings.warn": warn}
# The library's own give the root logger a handler when it has none.
OF_THE_ROOT: Final[dict[str, Any]] = {
    f"logging.{method}": only_logs(_root, method)
    for method in ("debug", "info", "warning", "error", "critical", "exception", "log")
}
