"""The form by which letters and mails are ordered: the same fields choose and confirm."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField
from wtforms.validators import NumberRange

from ruhrvote.accounts.access import reach_of
from ruhrvote.accounts.models import Account, Kind, Organisation
from ruhrvote.accounts.queries import organisations_of_kind
from ruhrvote.accounts.texts import KINDS
from ruhrvote.fields import options
from ruhrvote.invitations.models import Channel, Mailing, Occasion

LARGEST_SPLIT = 5000


class MailingForm(FlaskForm):
    """Recipients, occasion and channel of a mailing. Also sent by GET, so without a token; POSTs are checked before."""

    class Meta:
        """No token: see above."""

        csrf = False

    channel = RadioField(
        _l("How"),
        choices=options({Channel.LETTER: _l("By letter"), Channel.MAIL: _l("By e-mail")}),
        default=Channel.LETTER,
    )
    occasion = SelectField(
        _l("What for"),
        choices=options(
            {
                Occasion.INVITATION: _l("Invitation"),
                Occasion.NOT_BEGUN: _l("Reminder: not begun"),
                Occasion.DRAFT: _l("Reminder: draft not submitted"),
            }
        ),
        default=Occasion.INVITATION,
    )
    members_of = SelectField(_l("Members of"), coerce=int, default=0)
    kind = SelectField(_l("Kind"), choices=options({"": _l("all"), **KINDS}), default="")
    municipality = SelectField(_l("Municipality"), coerce=int, default=0)
    reissue = BooleanField(_l("Also to those who have a valid code: it ends, and the new one counts"))
    split = IntegerField(
        _l("Letters in a file, at most"),
        [NumberRange(1, LARGEST_SPLIT, _l("Enter a number from 1 to 5,000."))],
        default=1000,
    )

    def limit_to(self, account: Account) -> None:
        """Offer what is in an admin's reach."""
        chambers = {place.id: place.name for place in organisations_of_kind(Kind.CHAMBER)}
        reach = reach_of(account).chamber_id
        every = {0: _l("all organisations"), **chambers}
        self.members_of.choices = options(every if reach is None else {reach: chambers.get(reach, "")})
        if reach is not None:
            self.members_of.data = reach
        municipalities = {place.id: place.name for place in organisations_of_kind(Kind.MUNICIPALITY)}
        self.municipality.choices = options({0: _l("all"), **municipalities})

    def mailing(self, consultation_id: int, own: Organisation) -> Mailing:
        """The mailing asked for. A chamber's members get their chamber's letterhead, all others that of `own`."""
        members_of = self.members_of.data or None
        reminder = self.occasion.data != Occasion.INVITATION
        return Mailing(
            consultation_id=consultation_id,
            channel=self.channel.data,
            occasion=self.occasion.data,
            sender_id=members_of or own.id,
            members_of_id=members_of,
            kind=self.kind.data or "",
            municipality_id=self.municipality.data or None,
            reissue=bool(self.reissue.data) and not reminder,
            split=self.split.data or 1000,
        )
