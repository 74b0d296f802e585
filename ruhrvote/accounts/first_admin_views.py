"""The page to create the first admin of a new installation; 404 once there is one."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.first_admin import create_first_admin, has_admin
from ruhrvote.accounts.limits.actions import try_code
from ruhrvote.accounts.limits.queries import client
from ruhrvote.accounts.models import Kind
from ruhrvote.accounts.passwords import NewPassword
from ruhrvote.accounts.queries import organisations_of_kind
from ruhrvote.errors import INVALID, Refused, TooMany, Unknown
from ruhrvote.fields import email_field, tidy
from ruhrvote.web import back_to, language, show_page

blueprint = Blueprint("first_admin", __name__)


class FirstAdminForm(FlaskForm):
    """Code, person, chamber and password; the view sets the choices of chambers."""

    code = StringField(
        _l("Code from the start of the server"),
        [InputRequired(_l("Enter the code that the server printed when it started.")), Length(max=40)],
        filters=[tidy],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    person = StringField(_l("Your name"), [InputRequired(_l("Enter a name.")), Length(2, 120)], filters=[tidy])
    email = email_field(_l("E-mail address"), "username")
    organisation = SelectField(_l("Chamber that you work for"), coerce=int)
    password = PasswordField(
        _l("Password"),
        [
            InputRequired(_l("Choose a password.")),
            NewPassword(),
        ],
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """`has_admin` for the start page, which links here; a function, so that only that page queries."""
    return {"has_admin": has_admin}


@blueprint.get("/first-admin")
@allow(Permission.PUBLIC)
def show() -> Response:
    """Show the form for the first admin."""
    return _page(_form())


@blueprint.post("/first-admin")
@allow(Permission.PUBLIC)
def create() -> BaseResponse:
    """Create the first admin, who then logs in as usual."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form, INVALID)
    counted = try_code(client())
    if counted.wait:
        return _page(form, TooMany(counted.wait))
    try:
        create_first_admin(
            code=form.code.data or "",
            organisation_id=form.organisation.data,
            email=form.email.data or "",
            person=form.person.data or "",
            password=form.password.data or "",
            language=language(),
        )
    except Refused as refusal:
        return _page(form, refusal)
    flash(_("Your account is created. Log in with it now."))
    return back_to(url_for("accounts.log_in"))


def _form() -> FirstAdminForm:
    if has_admin():
        raise Unknown(_("This installation has an admin already. Log in, or ask them for an account."))
    form = FirstAdminForm()
    form.organisation.choices = [(chamber.id, chamber.name) for chamber in organisations_of_kind(Kind.CHAMBER)]
    return form


def _page(form: FirstAdminForm, refusal: Refused | None = None) -> Response:
    return show_page("accounts/first_admin.html", refusal, form=form)
