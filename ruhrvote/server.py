"""The configuration of gunicorn: `gunicorn -c python:ruhrvote.server 'ruhrvote.app:create_app()'`.

It imports nothing of the application except `logs`, since gevent must patch each web process before that.
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

from ruhrvote.logs import access_line, mask_log

LONGEST_SOCKET_FOLDER = 90  # characters; the system allows 107 for the whole path of a socket

UNREAD_FOR_AT_MOST = 30_000  # milliseconds

worker_class = "gevent"
workers = 2
worker_connections = 20_000  # open streams and requests together; at the default of 1,000, further requests would hang
timeout = 60
graceful_timeout = 5
keepalive = 5
control_socket_disable = True
accesslog = None  # `ruhrvote serve` sets it from RUHRVOTE_ACCESS_LOG
# Nobody's headers are believed, wherever they come from: what a proxy may say is up to RUHRVOTE_TRUSTED_PROXIES.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
access_log_format = '%(h)s %(t)s "%(r)s" %(s)s %(B)s %(M)sms'
errorlog = "-"
loglevel = "warning"


class logger_class(Logger):  # noqa: N801  # the name of gunicorn's setting
    """Gunicorn's logger without complete IP addresses, query strings and user agents."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                mask_log(handler)

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        return access_line(super().atoms(resp, req, environ, request_time))


def post_fork(server: Any, worker: Any) -> None:
    """Load the application without looking for garbage on the way: there is none, and looking takes a fifth of it."""
    gc.disable()


def post_worker_init(worker: Any) -> None:
    """Add the cache middleware, and open the status socket on which `ruhrvote recount` asks this process."""
    import gevent.pywsgi

    from ruhrvote.leaderboards.cache_middleware import CacheMiddleware
    from ruhrvote.services import services

    worker.wsgi.wsgi_app = services(worker.wsgi).of(CacheMiddleware)
    for listening in worker.sockets:
        # Ends a connection whose peer no longer acknowledges data; accepted connections inherit this option.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_FOR_AT_MOST)
    # Objects made at start-up live forever: exclude them from garbage collection, which delays requests.
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
    """Delete the status socket of a web process when it ends."""
    app = getattr(worker, "wsgi", None)  # a process that could not start has none
    if app is not None:
        from ruhrvote.services import services

        folder = socket_folder(services(app).settings.data_dir)
        (folder / f"{worker.pid}.sock").unlink(missing_ok=True)


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """Yield to other connections, which a busy keep-alive connection would starve."""
    import gevent

    gevent.sleep(0)


def socket_folder(data_dir: Path) -> Path:
    """The folder with the status sockets of this machine's web processes."""
    folder = data_dir / "processes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def status_of(app: Any) -> Callable[..., Iterable[bytes]]:
    """A small WSGI application that answers with the `served_digests` of this process as JSON."""

    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        from ruhrvote.leaderboards.scoreboard import served_digests

        with app.app_context():
            body = json.dumps(served_digests()).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return answer
