"""Everything that the ballot's pages show of one organisation's ballot, gathered in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeVar

from sqlalchemy import inspect

from ruhrvote.accounts.models import Account
from ruhrvote.accounts.queries import signatory_of
from ruhrvote.ballots.actions import Voter
from ruhrvote.ballots.models import BallotVersion
from ruhrvote.ballots.queries import submitted_version
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.consultations.queries import get_consultation, roll_entry
from ruhrvote.drafts.models import Draft
from ruhrvote.drafts.order import VERY_IMPORTANT, answer_at, blank, block, is_ranking, level_at
from ruhrvote.drafts.queries import find_draft
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import ideas_of, themes_of
from ruhrvote.tally.weak_order import JUDGEMENTS, OPEN

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class ThemeProgress:
    """How far a theme has been answered."""

    theme: Theme
    ideas: int
    answered: int


@dataclass(frozen=True)
class AnswerGroup:
    """The ideas with one answer: those in order as tiers, best first, and those tied behind them."""

    answer: int
    tiers: Sequence[Sequence[Idea]]
    tied: Sequence[Idea]

    @property
    def size(self) -> int:
        """How many ideas have this answer."""
        return sum(map(len, self.tiers)) + len(self.tied)


@dataclass(frozen=True)
class Difference:
    """An idea that stands differently in two rankings; levels as written there."""

    idea: Idea
    before: str
    now: str


@dataclass(frozen=True)
class Workspace:
    """One organisation's ballot in one consultation: the draft and the submitted version, told apart.

    `ranking` is the draft; once the consultation is closed it is the version that counts, if one does. `ideas`
    stand in the order of the list, which is that of the ranking; `themes` in the organisation's reading order.
    """

    consultation: Consultation
    account: Account
    ideas: Sequence[Idea]
    themes: Sequence[Theme]
    on_roll: bool
    draft: Draft | None
    ranking: str
    submitted: BallotVersion | None
    signatory: Account | None

    @property
    def voter(self) -> Voter:
        """For whom the actions act."""
        return Voter(self.consultation.id, self.account.organisation_id, self.account.id)

    @property
    def version(self) -> int:
        """The number of the latest version, 0 if nothing was ever submitted."""
        return self.submitted.version if self.submitted else 0

    @property
    def counts(self) -> bool:
        """Whether a submission of this organisation counts at this moment."""
        return self.submitted is not None and self.submitted.ranking != ""

    @property
    def asked(self) -> Sequence[Idea]:
        """The ideas that are asked: all but those that were retired after the opening."""
        return [idea for idea in self.ideas if idea.retired_at is None]

    @property
    def answered(self) -> int:
        """How many ideas have an answer, whichever."""
        return sum(self.answer(idea) != OPEN for idea in self.asked)

    @property
    def judged(self) -> int:
        """How many ideas have a judgement."""
        return sum(self.answer(idea) in JUDGEMENTS for idea in self.ideas)

    @property
    def can_submit(self) -> bool:
        """Whether there is enough to submit, and this person may."""
        return self.consultation.is_open and self.on_roll and self.judged >= 2 and self.may_sign

    @property
    def may_sign(self) -> bool:
        """Whether this person submits: everybody may while the organisation has named no signatory."""
        return self.signatory is None or self.signatory.id == self.account.id

    @property
    def changed_since_submission(self) -> bool:
        """Whether the draft says something else than the version that counts."""
        return self.submitted is None or self.submitted.ranking != self.ranking

    @property
    def has_news(self) -> bool:
        """Whether there is something to submit that does not count yet."""
        return self.can_submit and (not self.counts or self.changed_since_submission)

    @property
    def top(self) -> AnswerGroup:
        """The very important ideas: those in order, and those still tied behind them."""
        return self.group(VERY_IMPORTANT)

    @property
    def progress(self) -> list[ThemeProgress]:
        """How far each theme has been answered, in reading order."""
        result = []
        for theme in self.themes:
            own = [idea for idea in self.asked if idea.theme_id == theme.id]
            result.append(ThemeProgress(theme, len(own), sum(self.answer(idea) != OPEN for idea in own)))
        return result

    def read(self, ideas: Iterable[Idea]) -> list[Idea]:
        """Ideas in the organisation's reading order."""
        reader = {"consultation_id": self.consultation.id, "organisation_id": self.account.organisation_id}
        return shuffled(ideas, attrgetter("number"), **reader)

    def ideas_in(self, theme: Theme) -> list[Idea]:
        """The ideas of a theme that are asked, in reading order."""
        return self.read(idea for idea in self.asked if idea.theme_id == theme.id)

    def theme_after(self, theme: Theme) -> Theme | None:
        """The theme that follows in reading order, or None after the last."""
        following = self.themes[self.themes.index(theme) + 1 :]
        return following[0] if following else None

    @property
    def next_theme(self) -> Theme | None:
        """The first theme with an idea that is still open, or None once every idea has an answer."""
        return next((step.theme for step in self.progress if step.answered < step.ideas), None)

    @property
    def groups(self) -> list[AnswerGroup]:
        """The weak order of the draft by answer, best first; ideas without a judgement are in none."""
        return [self.group(answer) for answer in JUDGEMENTS]

    @property
    def changes(self) -> list[Difference]:
        """What the draft says differently from the version that counts; nothing if none counts."""
        return self.differences(self.submitted.ranking, self.ranking) if self.submitted else []

    def group(self, answer: int) -> AnswerGroup:
        """The ideas with one answer, what is not in order in the organisation's reading order."""
        here = block(self.ranking, answer)
        tiers = [self.read(self.ideas[i] for i in tier) for tier in here.tiers]
        return AnswerGroup(answer, tiers, self.read(self.ideas[i] for i in here.unplaced))

    def answer(self, idea: Idea) -> int:
        """The answer in the draft."""
        return answer_at(self.ranking, idea.position)

    def level(self, idea: Idea) -> str:
        """Where the idea stands in the draft."""
        return level_at(self.ranking, idea.position)

    def with_answer(self, answer: int) -> list[Idea]:
        """The asked ideas that have this answer in the draft, in reading order."""
        return self.read(idea for idea in self.asked if self.answer(idea) == answer)

    def differences(self, before: str, now: str) -> list[Difference]:
        """The ideas that stand differently in two rankings of these ideas; nothing if one is no ranking."""
        if not (is_ranking(before, len(self.ideas)) and is_ranking(now, len(self.ideas))):
            return []
        pairs = [(idea, level_at(before, idea.position), level_at(now, idea.position)) for idea in self.ideas]
        return [Difference(idea, old, new) for idea, old, new in pairs if old != new]


def open_workspace(key: str, account: Account) -> Workspace:
    """The workspace of an account's organisation; raises Unknown if there is no such consultation."""
    consultation = get_consultation(key)
    ideas = ideas_of(consultation.id)
    draft = find_draft(consultation.id, account.organisation_id)
    submitted = submitted_version(consultation.id, account.organisation_id)
    ranking = draft.ranking if draft else blank(len(ideas))
    if consultation.has_closed and submitted is not None and submitted.ranking:
        ranking = submitted.ranking
    reader = {"consultation_id": consultation.id, "organisation_id": account.organisation_id}
    return Workspace(
        consultation=consultation,
        account=account,
        ideas=ideas,
        themes=shuffled(themes_of(consultation.id), attrgetter("key"), **reader),
        on_roll=roll_entry(consultation.id, account.organisation_id) is not None,
        draft=draft,
        ranking=ranking,
        submitted=submitted,
        signatory=signatory_of(account.organisation_id),
    )


def preview_workspace(key: str, account: Account) -> Workspace:
    """The workspace of an organisation that has not answered yet, as if the consultation were open; nothing is kept."""
    prepared = get_consultation(key, drafts=True)
    columns = {column.key: getattr(prepared, column.key) for column in inspect(Consultation).columns}
    # A copy outside of any session: whoever previews a draft changes nothing.
    opened = Consultation(**columns | {"status": Status.OPEN})
    ideas = ideas_of(prepared.id)
    return Workspace(
        consultation=opened,
        account=account,
        ideas=ideas,
        themes=themes_of(prepared.id),
        on_roll=True,
        draft=None,
        ranking=blank(len(ideas)),
        submitted=None,
        signatory=None,
    )


def shuffled(
    things: Iterable[Thing], name: Callable[[Thing], object], *, consultation_id: int, organisation_id: int
) -> list[Thing]:
    """The things in the organisation's own order; `name` tells them apart.

    They are sorted by the SHA-256 of who reads what: as good as drawn by lot, and nothing has to be stored.
    """

    def lot(thing: Thing) -> bytes:
        return hashlib.sha256(f"{consultation_id} {organisation_id} {name(thing)}".encode()).digest()

    return sorted(things, key=lot)
