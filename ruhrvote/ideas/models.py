"""Tables of themes and ideas; each consultation has its own list of both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.db import Model, UtcDateTime


class Theme(Model):
    """A theme: a chapter of the list of ideas."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("consultation_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    key: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    name_de: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    # A chapter of ideas that belong to no theme is not ranked among the themes.
    ranked: Mapped[bool] = mapped_column(default=True)


class Idea(Model):
    """A project idea. `position` is its index in every stored ranking, so it never changes after the opening."""

    __tablename__ = "idea"
    __table_args__ = (UniqueConstraint("consultation_id", "number"), UniqueConstraint("consultation_id", "position"))

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id"), index=True)
    position: Mapped[int]
    number: Mapped[int]
    page: Mapped[int | None]
    title_de: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300))
    short_de: Mapped[str] = mapped_column(String(45))
    short_en: Mapped[str] = mapped_column(String(45))
    goal_de: Mapped[str] = mapped_column(Text)
    goal_en: Mapped[str] = mapped_column(Text)
    background_de: Mapped[str] = mapped_column(Text)
    background_en: Mapped[str] = mapped_column(Text)
    # "Aktueller Hinweis": what has happened since the source document was written.
    note_de: Mapped[str] = mapped_column(Text, default="")
    note_en: Mapped[str] = mapped_column(Text, default="")
    note_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When it was retired: voters are not asked about it and it is not ranked, but it keeps its position.
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When its texts were last changed after the opening; TextVersion has the former texts.
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    theme: Mapped[Theme] = relationship()
