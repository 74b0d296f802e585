"""A Flask application of one line, and the settings with which gunicorn serves it: those of RuhrVote."""

from __future__ import annotations

from flask import Flask

app = Flask("hello")
app.get("/")(lambda: "Hello, world!")
