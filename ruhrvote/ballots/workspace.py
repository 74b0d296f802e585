"""Everything that the ballot's pages show of one organisation's ballot, gathered in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ruhrvote.accounts.models import Account
from ruhrvote.ballots.actions import Voter
from ruhrvote.ballots.models import BallotVersion, Draft
from ruhrvote.ballots.order import VERY_IMPORTANT, Block, answer_at, blank, block, is_ranking, level_at
from ruhrvote.ballots.queries import find_draft, submitted_version
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation, roll_entry
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import ideas_of, themes_of
from ruhrvote.tally.weak_order import JUDGEMENTS, OPEN


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

    `ranking` is the draft; once the consultation is closed it is the version that counts, if one does.
    """

    consultation: Consultation
    account: Account
    ideas: Sequence[Idea]
    themes: Sequence[Theme]
    on_roll: bool
    draft: Draft | None
    ranking: str
    submitted: BallotVersion | None

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
    def answered(self) -> int:
        """How many ideas have an answer, whichever."""
        return sum(self.answer(idea) != OPEN for idea in self.ideas)

    @property
    def judged(self) -> int:
        """How many ideas have a judgement."""
        return sum(self.answer(idea) in JUDGEMENTS for idea in self.ideas)

    @property
    def can_submit(self) -> bool:
        """Whether there is enough to submit."""
        return self.consultation.is_open and self.on_roll and self.judged >= 2

    @property
    def changed_since_submission(self) -> bool:
        """Whether the draft says something else than the version that counts."""
        return self.submitted is None or self.submitted.ranking != self.ranking

    @property
    def top(self) -> Block:
        """The very important ideas: those in order, and those still tied behind them."""
        return block(self.ranking, VERY_IMPORTANT)

    @property
    def progress(self) -> list[ThemeProgress]:
        """How far each theme has been answered, in the order of the list."""
        result = []
        for theme in self.themes:
            own = [idea for idea in self.ideas if idea.theme_id == theme.id]
            result.append(ThemeProgress(theme, len(own), sum(self.answer(idea) != OPEN for idea in own)))
        return result

    @property
    def next_theme(self) -> Theme | None:
        """The first theme with an idea that is still open, or None once every idea has an answer."""
        return next((step.theme for step in self.progress if step.answered < step.ideas), None)

    @property
    def groups(self) -> list[AnswerGroup]:
        """The weak order of the draft by answer, best first; ideas without a judgement are in none."""
        result = []
        for answer in JUDGEMENTS:
            here = block(self.ranking, answer)
            placed = [[self.ideas[i] for i in tier] for tier in here.tiers]
            result.append(AnswerGroup(answer, placed, [self.ideas[i] for i in here.unplaced]))
        return result

    @property
    def changes(self) -> list[Difference]:
        """What the draft says differently from the version that counts; nothing if none counts."""
        return self.differences(self.submitted.ranking, self.ranking) if self.submitted else []

    def answer(self, idea: Idea) -> int:
        """The answer in the draft."""
        return answer_at(self.ranking, idea.position)

    def level(self, idea: Idea) -> str:
        """Where the idea stands in the draft."""
        return level_at(self.ranking, idea.position)

    def with_answer(self, answer: int) -> list[Idea]:
        """The ideas that have this answer in the draft."""
        return [idea for idea in self.ideas if self.answer(idea) == answer]

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
    if not consultation.is_open and submitted is not None and submitted.ranking:
        ranking = submitted.ranking
    return Workspace(
        consultation=consultation,
        account=account,
        ideas=ideas,
        themes=themes_of(consultation.id),
        on_roll=roll_entry(consultation.id, account.organisation_id) is not None,
        draft=draft,
        ranking=ranking,
        submitted=submitted,
    )
