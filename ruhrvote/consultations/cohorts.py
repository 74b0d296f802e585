"""The queue of the release policy "cohorts": first ballots wait in their group until a cohort can be released.

These functions are called under the lock of the chain's head, in the transaction of the submission. The rule itself is
in `tally.disclosure`. They must not touch the ballot's row, which would be locked in the wrong order.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from ruhrvote.consultations.models import ReleasedBallot, WaitingBallot
from ruhrvote.db import db
from ruhrvote.ledger.actions import append
from ruhrvote.ledger.models import ChainHead, EntryKind
from ruhrvote.tally.disclosure import WAITING, due


def ballot_cast(head: ChainHead, group: str, ballot_id: int, version: int, *, first: bool) -> None:
    """Queue a ballot in its group, unless it was released before, and release the cohort that is then due.

    first: whether it is known to be new, so that nothing can have been released.
    """
    # A ballot can have been released only if this is not its first entry.
    if not first and was_released(ballot_id):
        return
    ballot_waits(head, group, ballot_id, version)
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


def ballot_waits(head: ChainHead, group: str, ballot_id: int, version: int) -> None:
    """Queue a ballot behind all others of its group, without releasing any."""
    db.session.add(
        WaitingBallot(
            ballot_id=ballot_id, consultation_id=head.consultation_id, group=group, seq=head.seq, version=version
        )
    )
    db.session.flush()


def was_released(ballot_id: int) -> bool:
    """Whether a cohort has released a ballot."""
    return db.session.get(ReleasedBallot, ballot_id) is not None


def release_payload(group: str, cohort: Sequence[tuple[int, int]]) -> dict[str, object]:
    """The payload of the ledger entry of a release: group, and ids and versions of the ballots, oldest first."""
    return {"ballots": [{"ballot": ballot, "version": version} for ballot, version in cohort], "group": group}


def ballot_replaced(ballot_id: int, version: int) -> None:
    """Note the new version of a waiting ballot, which keeps its place; a released ballot stays as it is shown."""
    db.session.execute(update(WaitingBallot).where(WaitingBallot.ballot_id == ballot_id).values(version=version))


def ballot_withdrawn(ballot_id: int) -> None:
    """Take a waiting ballot out of the queue; a released ballot is shown until the close."""
    db.session.execute(delete(WaitingBallot).where(WaitingBallot.ballot_id == ballot_id))
