"""The console's server: loopback only, one token for each start."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import uvicorn

from fukkatsu._ui.app import console

if TYPE_CHECKING:
    from fukkatsu._store.backend import Backend

ADDRESS: Final = "127.0.0.1"


def serve(store: Backend, *, port: int, actor: str, announce: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        store: Where the fixes are.
        port: On loopback; 0 takes a free one.
        actor: Name under which decisions go into the audit.
        announce: Is told the address, token included, once the port is taken.

    Raises:
        OSError: The port is taken.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port))
        listener.listen(64)
        port = listener.getsockname()[1]
        token = secrets.token_urlsafe(32)
        hosts = frozenset({f"{ADDRESS}:{port}", f"localhost:{port}"})
        app = console(store, token=token, hosts=hosts, actor=actor)
        announce(f"http://{ADDRESS}:{port}/?token={token}")
        config = uvicorn.Config(
            app, log_level="error", access_log=False, server_header=False, lifespan="off", timeout_graceful_shutdown=2
        )
        uvicorn.Server(config).run(sockets=[listener])
