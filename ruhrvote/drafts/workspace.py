"""The workspace: all data about one organisation's draft and ballot that the ballot's pages show."""

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
from ruhrvote.ballots.queries import Submission, submission_for
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
    """How many ideas of a theme have an answer."""

    theme: Theme
    ideas: int
    answered: int


@dataclass(frozen=True)
class AnswerGroup:
    """The ideas with one answer: the placed ones in tiers, best first, and the unplaced ones, tied behind them."""

    answer: int
    tiers: Sequence[Sequence[Idea]]
    tied: Sequence[Idea]

    @property
    def size(self) -> int:
        """How many ideas have this answer."""
        return sum(map(len, self.tiers)) + len(self.tied)


@dataclass(frozen=True)
class Difference:
    """An idea whose level differs between two rankings; the levels are their two characters."""

    idea: Idea
    before: str
    now: str


@dataclass(frozen=True)
class Workspace:
    """One person's draft and their organisation's latest version in one consultation.

    ranking: the draft; after the close, the version that counts, if the person may read it. ideas: by position, as in
    the ranking. themes: in the organisation's reading order.
    """

    consultation: Consultation
    account: Account
    ideas: Sequence[Idea]
    themes: Sequence[Theme]
    on_roll: bool
    draft: Draft | None
    ranking: str
    submitted: Submission | None
    signatory: Account | None

    @property
    def voter(self) -> Voter:
        """The organisation and account, as the actions take them."""
        return Voter(self.consultation.id, self.account.organisation_id, self.account.id)

    @property
    def version(self) -> int:
        """The number of the latest version, 0 if nothing was ever submitted."""
        return self.submitted.version if self.submitted else 0

    @property
    def counts(self) -> bool:
        """Whether the organisation has a ballot that counts now."""
        return self.submitted is not None and not self.submitted.withdrawn

    @property
    def own_version(self) -> BallotVersion | None:
        """The latest version, if this person may read it; None if there is none, or it is another circle's."""
        return self.submitted.own if self.submitted else None

    @property
    def own_counts(self) -> bool:
        """Whether a ballot counts that this person may read."""
        return self.counts and self.own_version is not None

    @property
    def others_counts(self) -> bool:
        """Whether a ballot counts that people of another circle submitted for the organisation."""
        return self.counts and self.own_version is None

    @property
    def asked(self) -> Sequence[Idea]:
        """The ideas that voters are asked about: all but retired ones."""
        return [idea for idea in self.ideas if idea.retired_at is None]

    @property
    def answered(self) -> int:
        """How many of the asked ideas have an answer, "no opinion" included."""
        return sum(self.answer(idea) != OPEN for idea in self.asked)

    @property
    def judged(self) -> int:
        """How many ideas are judged, that is have an answer other than "no opinion"."""
        return sum(self.answer(idea) in JUDGEMENTS for idea in self.ideas)

    @property
    def can_submit(self) -> bool:
        """Whether this person can submit now: the consultation is open and at least two ideas are judged."""
        return self.consultation.is_open and self.on_roll and self.judged >= 2 and self.may_sign

    @property
    def may_sign(self) -> bool:
        """Whether this person may submit: the signatory, or everybody if the organisation has none."""
        return self.signatory is None or self.signatory.id == self.account.id

    @property
    def changed_since_submission(self) -> bool:
        """Whether the draft differs from the latest submitted version, as it always does from one of other people."""
        return self.own_version is None or self.own_version.ranking != self.ranking

    @property
    def has_news(self) -> bool:
        """Whether this person can submit something that does not count yet."""
        return self.can_submit and (not self.counts or self.changed_since_submission)

    @property
    def top(self) -> AnswerGroup:
        """The group of the very important ideas."""
        return self.group(VERY_IMPORTANT)

    @property
    def progress(self) -> list[ThemeProgress]:
        """The progress of each theme, in reading order."""
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
        """The asked ideas of a theme, in reading order."""
        return self.read(idea for idea in self.asked if idea.theme_id == theme.id)

    def theme_after(self, theme: Theme) -> Theme | None:
        """The next theme in reading order, or None after the last."""
        following = self.themes[self.themes.index(theme) + 1 :]
        return following[0] if following else None

    @property
    def next_theme(self) -> Theme | None:
        """The first theme with an idea that is still open, or None once every idea has an answer."""
        return next((step.theme for step in self.progress if step.answered < step.ideas), None)

    @property
    def groups(self) -> list[AnswerGroup]:
        """The groups of all four judgements, best first: the whole weak order."""
        return [self.group(answer) for answer in JUDGEMENTS]

    @property
    def changes(self) -> list[Difference]:
        """The differences between the latest own version and the draft; none if there is no own version."""
        return self.differences(self.own_version.ranking, self.ranking) if self.own_version else []

    def group(self, answer: int) -> AnswerGroup:
        """The group of the ideas with one answer; the unplaced ones are in reading order."""
        here = block(self.ranking, answer)
        tiers = [self.read(self.ideas[i] for i in tier) for tier in here.tiers]
        return AnswerGroup(answer, tiers, self.read(self.ideas[i] for i in here.unplaced))

    def answer(self, idea: Idea) -> int:
        """The answer to an idea in the draft."""
        return answer_at(self.ranking, idea.position)

    def level(self, idea: Idea) -> str:
        """The level of an idea in the draft: its two characters."""
        return level_at(self.ranking, idea.position)

    def with_answer(self, answer: int) -> list[Idea]:
        """The asked ideas that have this answer in the draft, in reading order."""
        return self.read(idea for idea in self.asked if self.answer(idea) == answer)

    def differences(self, before: str, now: str) -> list[Difference]:
        """The ideas whose level differs between two rankings; none if a ranking has not the right length."""
        if not (is_ranking(before, len(self.ideas)) and is_ranking(now, len(self.ideas))):
            return []
        pairs = [(idea, level_at(before, idea.position), level_at(now, idea.position)) for idea in self.ideas]
        return [Difference(idea, old, new) for idea, old, new in pairs if old != new]


def open_workspace(key: str, account: Account) -> Workspace:
    """The workspace of an account's organisation; raises Unknown if there is no such consultation."""
    consultation = get_consultation(key)
    ideas = ideas_of(consultation.id)
    draft = find_draft(consultation.id, account)
    submitted = submission_for(account, consultation.id)
    ranking = draft.ranking if draft else blank(len(ideas))
    if consultation.has_closed and submitted is not None and submitted.own and submitted.own.ranking:
        ranking = submitted.own.ranking
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
        signatory=signatory_of(account.circle),
    )


def preview_workspace(key: str, account: Account) -> Workspace:
    """An empty workspace as if the consultation were open, to preview a draft consultation; nothing is stored."""
    prepared = get_consultation(key, drafts=True)
    columns = {column.key: getattr(prepared, column.key) for column in inspect(Consultation).columns}
    # A copy that belongs to no session, so that the preview changes nothing.
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
    """The things in a pseudo-random order that is stable for each organisation; `name` must be unique.

    Sorted by the SHA-256 of consultation, organisation and name, so no order has to be stored.
    """

    def lot(thing: Thing) -> bytes:
        return hashlib.sha256(f"{consultation_id} {organisation_id} {name(thing)}".encode()).digest()

    return sorted(things, key=lot)
