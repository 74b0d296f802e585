"""How gunicorn serves RuhrVote: `gunicorn -c python:ruhrvote.server 'ruhrvote.app:create_app()'`.

Nothing of the application is imported here: gevent patches each web process before its code is loaded.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

LONGEST_SOCKET_FOLDER = 90  # characters: the system allows 107 for a socket with its name

worker_class = "gevent"
workers = 2
worker_connections = 20_000  # open streams and requests together; the default of 1,000 would hang everybody
timeout = 60
graceful_timeout = 5
keepalive = 5
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Let `ruhrvote recount` ask this very process which boards it serves."""
    import gevent.pywsgi

    path = socket_folder(Path(worker.wsgi.extensions["ruhrvote_settings"].data_dir)) / f"{os.getpid()}.sock"
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen()
    gevent.pywsgi.WSGIServer(listener, status_of(worker.wsgi), log=None).start()


def worker_exit(server: Any, worker: Any) -> None:
    """Take the socket of a web process away with it."""
    app = getattr(worker, "wsgi", None)  # a process that could not start has none
    if app is not None:
        folder = socket_folder(Path(app.extensions["ruhrvote_settings"].data_dir))
        (folder / f"{worker.pid}.sock").unlink(missing_ok=True)


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """Let other connections have their turn: a busy keep-alive connection would starve them."""
    import gevent

    gevent.sleep(0)


def socket_folder(data_dir: Path) -> Path:
    """Where the web processes of this machine have their sockets."""
    folder = data_dir / "processes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def status_of(app: Any) -> Callable[..., Iterable[bytes]]:
    """A tiny WSGI application that says which digest this process serves for each consultation."""

    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        from ruhrvote.leaderboards.scoreboard import served_digests

        with app.app_context():
            body = json.dumps(served_digests()).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return answer
