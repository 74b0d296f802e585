"""A Flask application of one line, and the settings with which gunicorn serves it: those of RuhrVote."""

from __future__ import annotations

from flask import Flask

from ruhrvote.server import (  # noqa: F401  gunicorn reads them here
    control_socket_disable,
    errorlog,
    keepalive,
    loglevel,
    post_request,
    timeout,
    worker_class,
    worker_connections,
    workers,
)

app = Flask("hello")
app.get("/")(lambda: "Hello, world!")
