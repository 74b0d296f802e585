"""The consequences of a draft's rules: which groups are merged, and each group's share of the votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ruhrvote.consultations.models import Consultation, ReleasePolicy
from ruhrvote.consultations.queries import kinds_of_organisations
from ruhrvote.tally.disclosure import SMALLEST_GROUP, merged, parts, pooled


@dataclass(frozen=True)
class Consequences:
    """The numbers of organisations by kind and by group, and each group's share of all votes in per cent.

    one_voice: the shares with one voice per organisation; equal_groups: the shares with equal voice per group, if all
    take part.
    """

    kinds: Mapping[str, int]
    groups: Mapping[str, int]
    one_voice: Mapping[str, float]
    equal_groups: Mapping[str, float]

    @property
    def merged(self) -> list[str]:
        """The groups that are merged of several kinds."""
        return [group for group in self.groups if len(parts(group)) > 1]


def consequences(consultation: Consultation) -> Consequences:
    """The consequences if the consultation opened now, with the present organisations."""
    kinds = kinds_of_organisations()
    cohorts = consultation.release_policy == ReleasePolicy.COHORTS
    group_of = merged(kinds, SMALLEST_GROUP) if cohorts else {kind: kind for kind in kinds}
    groups = pooled(kinds, group_of)
    total = sum(groups.values())
    return Consequences(
        kinds=kinds,
        groups=groups,
        one_voice={group: 100 * size / total for group, size in groups.items()},
        equal_groups={group: 100 / len(groups) for group in groups},
    )
