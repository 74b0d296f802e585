"""Former texts: what is kept when texts of a consultation or an idea change after the opening."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ruhrvote.consultations.models import Consultation, Status, TextVersion
from ruhrvote.consultations.roll import digest
from ruhrvote.db import clock, db

TEXTS = ("title_de", "title_en", "intro_de", "intro_en", "source")


def replace_texts(
    consultation: Consultation, idea_number: int | None, thing: object, texts: Mapping[str, str], by: int | None
) -> bool:
    """Set texts of a consultation or an idea; return whether any changed. After the opening, former texts are kept."""
    before = {name: getattr(thing, name) for name, text in texts.items() if getattr(thing, name) != text}
    for name in before:
        setattr(thing, name, texts[name])
    if before and consultation.status != Status.DRAFT:
        keep_former_texts(consultation, idea_number, before, by)
    return bool(before)


def keep_former_texts(
    consultation: Consultation, idea_number: int | None, before: Mapping[str, str], by: int | None
) -> None:
    """Keep former texts, in the caller's transaction; everybody can read them."""
    db.session.add(
        TextVersion(
            consultation_id=consultation.id,
            idea_number=idea_number,
            changed_at=clock(),
            account_id=by,
            before=json.dumps(before, ensure_ascii=False),
        )
    )


def texts_digest(consultation: Consultation) -> str:
    """The digest of title, introduction and source for the ledger, which proves the texts without containing them."""
    return digest([getattr(consultation, name) for name in TEXTS])


def fingerprint(ideas: Sequence[str]) -> dict[str, object]:
    """The number and the digest of a list of ideas in its fixed order, for the ledger."""
    return {"number": len(ideas), "digest": digest(ideas)}
