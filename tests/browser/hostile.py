# ruff: noqa: E501  # long rows of long texts
"""Texts that would run as scripts if they were not escaped, in every text column of the database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from ruhrvote.accounts.models import Account, Membership, Organisation
from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.comments.models import Comment
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db, transaction
from ruhrvote.drafts.models import Draft, DraftChange
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.mail.models import Mail
from ruhrvote.members.importing.models import ImportFault, ImportJob, State
from ruhrvote.review.shortlist.models import ShortlistEntry
from tests.people import WORLD
from tests.security.payloads import PAYLOADS


def fill() -> None:
    """Put every text into every place, past all forms: what stands in the database is shown."""
    now, every = datetime.now(UTC), list(enumerate(PAYLOADS))
    ideas = db.session.scalars(select(Idea.id).order_by(Idea.number)).all()
    piles = [" ".join(PAYLOADS[first::24]) for first in range(24)]
    with transaction() as session:
        circle = session.get_one(Account, WORLD.voter).circle  # whose team, draft and history the pages show
        session.execute(
            insert(Organisation),
            [{"id": 1000 + n, "kind": "firm", "name": text, "sector": text[:60], "district": text[:100], "town": text[:100]}
             for n, text in every],
        )  # fmt: skip
        session.execute(insert(Membership), [{"organisation_id": 1000 + n, "chamber_id": 1} for n, _ in every])
        session.execute(
            insert(Account),
            [{"id": 1000 + n, "organisation_id": WORLD.firm, "circle": circle, "email": f"{n}{text}"[:254], "person": text, "role": "voter",
              "is_demo": False, "language": "de"} for n, text in every],
        )  # fmt: skip
        session.execute(
            insert(Comment),
            [{"idea_id": ideas[n % 2], "organisation_id": 1000 + n, "account_id": None, "kind": "note", "text": text,
              "attribution": "name" if n % 2 else "place", "place": text, "state": "published" if n % 5 else "hidden",
              "hidden_because": text, "agreements": 0, "written_at": now} for n, text in every],
        )  # fmt: skip
        session.execute(
            insert(Mail),
            [{"message_id": f"<{n}@x>", "purpose": "receipt", "recipient": f"{text}@a.example"[:254], "language": "de",
              "subject": text, "text": text, "unsubscribe": "", "state": "failed", "tries": 1, "next_try_at": now,
              "created_at": now, "last_error": text} for n, text in every],
        )  # fmt: skip
        session.execute(
            insert(AuditEntry),
            [{"recorded_at": now, "account_id": 1000 + n, "event": Event.ACCOUNT_CREATED, "organisation_id": 1000 + n,
              "consultation_id": 1, "object_id": 1, "details": json.dumps({text: text, "role": text})} for n, text in every],
        )  # fmt: skip
        session.execute(
            insert(ImportJob),
            [{"id": 1 + n, "chamber_id": 1, "account_id": 1, "state": State.DONE, "file_name": text[:200], "stored_as": f"{n}",
              "problem_detail": "", "encoding": "utf-8", "delimiter": ";", "outside": "take_in"} for n, text in every],
        )  # fmt: skip
        # One waits with the first values of its columns, and one with what is wrong in its rows.
        shown = [{"name": text, "field": "", "example": text} for _, text in every]
        for number, state in ((1, State.COLUMNS), (2, State.CHECKED)):
            session.execute(
                update(ImportJob).where(ImportJob.id == number)
                .values(state=state, layout=json.dumps({"columns": shown}), rows=1, faulty=len(every))
            )  # fmt: skip
        session.execute(
            insert(ImportFault),
            [
                {"job_id": 2, "line": 2 + n, "field": "name", "reason": "missing", "found": text[:80]}
                for n, text in every
            ],
        )
        session.execute(
            insert(ShortlistEntry),
            [{"consultation_id": 1, "chamber_id": 1, "idea_id": idea, "step": "noted", "note": piles[n], "outcome": piles[n],
              "changed_at": now, "published_at": now} for n, idea in enumerate(ideas)],
        )  # fmt: skip
        session.add(
            Draft(
                consultation_id=1,
                organisation_id=WORLD.firm,
                circle=circle,
                ranking="1~2~0~0~0~0~",
                changed_at=now,
                account_id=1007,
            )
        )
        session.flush()
        session.execute(
            insert(DraftChange),
            [{"consultation_id": 1, "organisation_id": WORLD.firm, "circle": circle, "account_id": 1000 + n, "changed_at": now, "kind": "answer",
              "position": n % 6, "before": "0~", "after": "1~", "undone": False} for n, _ in every],
        )  # fmt: skip
        for number, idea in enumerate(ideas):
            title = (PAYLOADS[number * 7] + PAYLOADS[number * 7 + 1])[:300]
            texts = {
                f"{field}_{code}": piles[(number * 4 + n) % 24]
                for n, field in enumerate(("goal", "background", "note"))
                for code in ("de", "en")
            }
            session.execute(
                update(Idea)
                .where(Idea.id == idea)
                .values(title_de=title, title_en=title, short_de="<svg onload=hit(1)>", short_en="'\"><svg/onload=hit(1)>", note_at=now, **texts)
            )  # fmt: skip
        for number, theme in enumerate(session.scalars(select(Theme))):
            theme.name_de = theme.name_en = PAYLOADS[number * 11]
        for consultation in session.scalars(select(Consultation)):
            consultation.title_de = consultation.title_en = consultation.source = PAYLOADS[4] + PAYLOADS[120]
            consultation.intro_de = consultation.intro_en = piles[0]
            consultation.closes_at = now + timedelta(days=3)
        session.execute(
            update(Organisation).where(Organisation.id.in_((1, 2))).values(name=PAYLOADS[8] + PAYLOADS[130])
        )
        session.execute(
            update(Organisation).where(Organisation.id == WORLD.firm).values(name=PAYLOADS[9] + PAYLOADS[140])
        )
