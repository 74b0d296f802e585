"""Writes: erasing a person, and deleting data after their retention period. Ballots and ledger are never changed."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, delete, exists, func, or_, select, update

from ruhrvote.accounts.actions import lock_organisation
from ruhrvote.accounts.links.models import LinkRequest
from ruhrvote.accounts.models import Account, ColleagueInvitation, Role
from ruhrvote.accounts.queries import is_demo
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.ballots.models import BallotVersion
from ruhrvote.comments.actions import delete_text
from ruhrvote.comments.models import Comment, EarlierText
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.db import clock, db, delete_bit_by_bit, transaction
from ruhrvote.drafts.models import Draft, DraftChange
from ruhrvote.errors import Conflict, Unknown
from ruhrvote.exports.actions import delete_files_of
from ruhrvote.mail.models import Mail, RefusedAddress
from ruhrvote.mail.texts import Purpose
from ruhrvote.privacy import queries
from ruhrvote.privacy.personal_data import goes_with_the_account, references
from ruhrvote.privacy.retention import AFTER_PUBLICATION
from ruhrvote.search.forgetting import forget_removed_words

NAMES_AT_ONCE = 200  # in one transaction


def erase(account_id: int, *, keep_comments: bool, by: int | None) -> None:
    """Erase a person: delete name, addresses, logins and all other personal data; the organisation's data stay.

    Comments stay without their author, or lose their text. by: the admin who does it, None for the command line. Raises
    Conflict for the last consultation admin and in a demonstration, Unknown for an account that does not exist.
    """
    there = db.session.get(Account, account_id)
    if there is None:
        raise Unknown(_l("There is no such account."))
    _check_erasable(there)
    delete_files_of(account_id)  # before the rest, which goes in one moment: files may be large
    with transaction() as session:
        organisation_id = session.scalar(select(Account.organisation_id).where(Account.id == account_id))
        if organisation_id is None:
            raise Unknown(_l("There is no such account."))
        lock_organisation(organisation_id)
        account = session.get_one(Account, account_id)
        _check_erasable(account)
        _forget_invited(account.id)
        if account.email:
            _forget_address(account.email)
        for comment in queries.comments_written_by(account.id):
            if not keep_comments:
                delete_text(comment)
        mine = select(Comment.id).where(Comment.account_id == account.id)
        session.execute(delete(EarlierText).where(EarlierText.comment_id.in_(mine)))
        session.execute(update(Comment).where(Comment.account_id == account.id).values(account_id=None))
        for table, column in references():
            if goes_with_the_account(column):
                session.execute(delete(table).where(column == account.id))
        account.removed_at = account.removed_at or clock()
        account.email = account.password_hash = account.pin_hash = account.first_since = None
        account.person = nameless(account.id)
        record(Event.ACCOUNT_ERASED, by=by, organisation_id=organisation_id, object_id=account.id)
    forget_removed_words()


def nameless(account_id: int) -> str:
    """The text that replaces an erased name, in any language."""
    return f"#{account_id}"


def forget_what_is_over() -> None:
    """Delete drafts, their history and the names of removed accounts after their retention period."""
    published_before = clock() - AFTER_PUBLICATION
    over = select(Consultation.id).where(
        Consultation.published_at < published_before, Consultation.status.not_in((Status.OPEN, Status.CLOSED))
    )
    # A large round has millions of changes, so they are deleted in small transactions.
    delete_bit_by_bit(DraftChange.id, DraftChange.consultation_id.in_(over))
    delete_bit_by_bit(Draft.organisation_id, Draft.consultation_id.in_(over))
    # The name of a removed account is needed as long as the history of a draft that the person changed.
    needed = or_(
        exists().where(DraftChange.account_id == Account.id),
        exists().where(Draft.account_id == Account.id),
        exists().where(and_(BallotVersion.account_id == Account.id, BallotVersion.consultation_id.not_in(over))),
    )
    removed = select(Account.id).where(Account.removed_at < published_before, ~needed, ~Account.person.like("#%"))
    while nobody := db.session.scalars(removed.limit(NAMES_AT_ONCE)).all():
        with transaction() as session:
            for account_id in nobody:
                session.execute(update(Account).where(Account.id == account_id).values(person=nameless(account_id)))


def _check_erasable(account: Account) -> None:
    if is_demo():
        raise Conflict(_l("The demonstration's people are invented and shared by all who look at it; they stay."))
    last = account.role == Role.CONSULTATION_ADMIN and account.removed_at is None and queries.consultation_admins() == 1
    if last:
        raise Conflict(_l("Nobody else can run consultations. Create another account for that first."))


def _forget_invited(account_id: int) -> None:
    """Delete the mails about open invitations of this person, since they contain the person's name."""
    invited = select(ColleagueInvitation.email).where(ColleagueInvitation.invited_by == account_id)
    ended = Mail.purpose.in_((Purpose.COLLEAGUE_INVITED, Purpose.ACCOUNT_INVITED)) & Mail.recipient.in_(invited)
    db.session.execute(delete(Mail).where(ended))


def _forget_address(email: str) -> None:
    """Delete all that is stored with an e-mail address: mails, invitations, link requests, organisations' contacts."""
    session = db.session
    session.execute(delete(Mail).where(func.lower(Mail.recipient) == email))
    session.execute(delete(RefusedAddress).where(RefusedAddress.address == email))
    session.execute(delete(LinkRequest).where(LinkRequest.email == email))
    session.execute(delete(ColleagueInvitation).where(ColleagueInvitation.email == email))
    for table in db.metadata.sorted_tables:  # organisations, and the rows of imports
        if "contact_email" in table.columns:
            same = func.lower(table.columns.contact_email) == email
            session.execute(update(table).where(same).values(contact_email=None))
