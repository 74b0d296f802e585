"""A minimal Flask application, to be served by gunicorn with RuhrVote's settings, for comparison."""

from __future__ import annotations

from flask import Flask

app = Flask("hello")
app.get("/")(lambda: "Hello, world!")
