"""The queue under cohorts: first ballots wait in their group until enough of them can be released together.

Called under the lock of the chain's head, in the transaction of the submission; the rule itself is in
ruhrvote.tally.disclosure. Nothing here touches a ballot's own row.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from ruhrvote.consultations.models import ReleasedBallot, WaitingBallot
from ruhrvote.db import db
from ruhrvote.ledger.actions import append
from ruhrvote.ledger.models import ChainHead, EntryKind
from ruhrvote.tally.disclosure import WAITING, due


def ballot_cast(head: ChainHead, group: str, ballot_id: int, version: int) -> None:
    """Let a ballot wait behind the others of its group, unless it was released once; release the cohort that is due."""
    # Before its second version no ballot can have been released.
    if version > 1 and db.session.get(ReleasedBallot, ballot_id) is not None:
        return
    db.session.add(
        WaitingBallot(
            ballot_id=ballot_id, consultation_id=head.consultation_id, group=group, seq=head.seq, version=version
        )
    )
    waiting = db.session.scalars(
        select(WaitingBallot)
        .where(WaitingBallot.consultation_id == head.consultation_id, WaitingBallot.group == group)
        .order_by(WaitingBallot.seq)
        .limit(WAITING)
    ).all()
    cohort = due(waiting)
    if not cohort:
        return
    payload = release_payload(group, [(ballot.ballot_id, ballot.version) for ballot in cohort])
    entry = append(head, EntryKind.RELEASED, payload)
    for ballot in cohort:
        db.session.add(
            ReleasedBallot(
                ballot_id=ballot.ballot_id,
                consultation_id=head.consultation_id,
                seq=entry.seq,
                version=ballot.version,
            )
        )
        db.session.delete(ballot)


def release_payload(group: str, cohort: Sequence[tuple[int, int]]) -> dict[str, object]:
    """What the ledger keeps of a release: the numbers of the ballots and their versions, oldest first."""
    return {"ballots": [{"ballot": ballot, "version": version} for ballot, version in cohort], "group": group}


def ballot_replaced(ballot_id: int, version: int) -> None:
    """A ballot that waits keeps its place with its new version; one that was released is shown as it is."""
    db.session.execute(update(WaitingBallot).where(WaitingBallot.ballot_id == ballot_id).values(version=version))


def ballot_withdrawn(ballot_id: int) -> None:
    """A ballot that waits leaves the queue unseen; one that was released is shown until the close."""
    db.session.execute(delete(WaitingBallot).where(WaitingBallot.ballot_id == ballot_id))
