"""How gunicorn serves RuhrVote: `gunicorn -c python:ruhrvote.server 'ruhrvote.app:create_app()'`.

Nothing of the application is imported here but how it logs: gevent patches each web process before its code is loaded.
"""

from __future__ import annotations

import gc
import json
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from ruhrvote.logs import access_line, make_discreet

LONGEST_SOCKET_FOLDER = 90  # characters: the system allows 107 for a socket with its name

UNREAD_FOR_AT_MOST = 30_000  # milliseconds

worker_class = "gevent"
workers = 2
worker_connections = 20_000  # open streams and requests together; the default of 1,000 would hang everybody
timeout = 60
graceful_timeout = 5
keepalive = 5
control_socket_disable = True
accesslog = None  # `ruhrvote serve` names the file of RUHRVOTE_ACCESS_LOG
access_log_format = '%(h)s %(t)s "%(r)s" %(s)s %(B)s %(M)sms'
errorlog = "-"
loglevel = "warning"


class logger_class(Logger):  # noqa: N801  # the name of gunicorn's setting
    """Gunicorn's logs without whole addresses, query strings and browsers."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                make_discreet(handler)

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        return access_line(super().atoms(resp, req, environ, request_time))


def post_fork(server: Any, worker: Any) -> None:
    """Load the application without looking for garbage on the way: there is none, and looking takes a fifth of it."""
    gc.disable()


def post_worker_init(worker: Any) -> None:
    """Put the kept boards in front of the application, and let `ruhrvote recount` ask this very process for its own."""
    import gevent.pywsgi

    from ruhrvote.leaderboards.cache_middleware import CacheMiddleware
    from ruhrvote.services import services

    worker.wsgi.wsgi_app = services(worker.wsgi).of(CacheMiddleware)
    for listening in worker.sockets:
        # A stream whose browser neither reads nor says goodbye ends; connections inherit this.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_FOR_AT_MOST)
    # What start-up left behind stays for good: no collection walks it again while a ballot waits.
    gc.collect()
    gc.freeze()
    gc.enable()
    path = socket_folder(services(worker.wsgi).settings.data_dir) / f"{os.getpid()}.sock"
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
        from ruhrvote.services import services

        folder = socket_folder(services(app).settings.data_dir)
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
