"""Asks for a board as gunicorn's gevent worker would, and writes what it says of its intervals until they are there.

Started by test_intervals.py: gevent patches a process before anything else is loaded.
"""

import gevent.monkey

gevent.monkey.patch_all()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import gevent  # noqa: E402

from ruhrvote import threads  # noqa: E402
from ruhrvote.app import create_app  # noqa: E402
from ruhrvote.db import db  # noqa: E402
from tests.databases import settings_for  # noqa: E402


def main(url: str, data_dir: str, path: str) -> None:
    threads.PATIENCE = 0
    app = create_app(settings_for(url, Path(data_dir)))
    for _ in range(10_000):
        page = app.test_client().get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
        there = "is plausible" in page
        pending = "is being computed" in page and 'id="row-1"' in page
        sys.stdout.write("there\n" if there else "pending\n" if pending else page)
        if there:
            break
        gevent.sleep(0.01)
    with app.app_context():
        db.engine.dispose()


main(*sys.argv[1:])
