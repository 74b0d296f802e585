"""How fast letters are made: typesetting alone, and by the worker with codes, encryption and storage."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import insert, select

from bench.timing import Line, machine, write
from ruhrvote.accounts.models import Account, Kind, Organisation, Role
from ruhrvote.accounts.typed_codes import new_code
from ruhrvote.app import create_app
from ruhrvote.config import ROOT
from ruhrvote.consultations.actions import create_consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db, transaction
from ruhrvote.invitations.actions import start_mailing
from ruhrvote.invitations.letter import letter_to, sheet_of
from ruhrvote.invitations.letter_pdf import set_letters
from ruhrvote.invitations.models import UNFINISHED, Channel, Mailing, Occasion
from ruhrvote.invitations.produce import MAILINGS
from ruhrvote.invitations.queries import standing
from ruhrvote.jobs.lanes import Lane

LIMIT = 10  # seconds for 1,000 letters


def enter(number: int) -> None:
    """Create a draft consultation and so many firms with addresses."""
    create_consultation(key="bench", title_de="Messung", title_en="Bench", intro_de="", intro_en="", source="")
    with transaction() as session:
        firms = [
            {
                "kind": Kind.FIRM,
                "name": f"Firma {i} GmbH & Co. KG",
                "street": f"Weg {i}",
                "postcode": f"{44000 + i * 7919 % 6000}",
                "town": "Musterstadt",
            }
            for i in range(number)
        ]
        session.execute(insert(Organisation), firms)
        session.add(Account(organisation_id=1, email="a@b.example", person="A", role=Role.CONSULTATION_ADMIN))


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="1,000 letters instead of 20,000")
    number = 1_000 if parser.parse_args().quick else 20_000
    os.environ["RUHRVOTE_DATA_DIR"] = tempfile.mkdtemp()
    app = create_app()
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        enter(number)
        sender, consultation = db.session.get_one(Organisation, 1), get_consultation("bench", drafts=True)
        some = db.session.scalars(select(Organisation).limit(1_000)).all()
        start = time.perf_counter()
        write_letter = letter_to(sender, consultation, Occasion.INVITATION)
        paper = set_letters(sheet_of(sender), [write_letter(one, new_code()) for one in some])
        setting = time.perf_counter() - start
        mailing = Mailing(consultation_id=1, channel=Channel.LETTER, occasion=Occasion.INVITATION, sender_id=1)
        mailing.kind, mailing.reissue, mailing.split = "", False, 1_000
        mailing_id = start_mailing(mailing, consultation, 0, 1)
        start, steps, lane = time.perf_counter(), [], Lane([MAILINGS])
        while db.session.get_one(Mailing, mailing_id, populate_existing=True).state in UNFINISHED:
            begun = time.perf_counter()
            lane.run(0)
            steps.append(time.perf_counter() - begun)
            db.session.rollback()
        making = time.perf_counter() - start
        start = time.perf_counter()
        standing(consultation, None)
        counting = time.perf_counter() - start
    lines = [
        Line("1,000 letters set on paper", setting, LIMIT, at_most=True, unit="s"),
        Line("1,000 letters made by the worker: codes, PDF, CSV, sealed", 1_000 * making / number, LIMIT, True, "s"),
        Line("the longest step of the worker", max(steps), 15, at_most=True, unit="s"),
        Line(f"the counts of the page with {number:,} organisations", counting, 1, at_most=True, unit="s"),
    ]
    print(f"{len(paper) / 1e6:.1f} MB for 1,000 letters")
    print(*lines, sep="\n")
    write(Path("bench/results/letters.json"), {"machine": machine(), "letters": number}, lines)


if __name__ == "__main__":
    main()
