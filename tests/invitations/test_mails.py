"""Invitations and reminders by e-mail: one valid code, nobody too much, and nothing that lost its reason."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask
from sqlalchemy import select, text, update

from ruhrvote.accounts.limits.queries import UNKNOWN_CLIENT
from ruhrvote.accounts.links.actions import LINKS, ask_for_link
from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.invitations.help_desk.actions import issue_letter
from ruhrvote.invitations.models import Sending
from ruhrvote.mail.actions import send_due
from ruhrvote.mail.models import Mail
from tests.drafts.desk import answers
from tests.invitations.conftest import BASE, code_in, lets_in, use_code, work
from tests.jobs.running import do_jobs
from tests.pages import Page, Visitor
from tests.people import World, post, visit
from tests.rounds import submit
from tests.smtp_server import MailServer

HERE = "/consultations/round/invitations"


def order(visitor: Visitor, query: str, **fields: str) -> Page:
    return visitor.page(f"{HERE}/order?channel=mail&{query}").submit(
        fields, action=f"{HERE}/order", button="E-Mails versenden"
    )


def send(app: Flask) -> None:
    with app.app_context():
        send_due()
        db.session.remove()


def states(app: Flask) -> dict[str, str]:
    with app.app_context():
        found = {mail.recipient: mail.state for mail in db.session.scalars(select(Mail).order_by(Mail.id))}
        db.session.remove()
        return found


def test_an_invitation_by_mail_lets_in_and_ends_the_letter(app: Flask, world: World, server: MailServer) -> None:
    visitor = visit(app, world.consultation_admin)
    letters = visitor.page(f"{HERE}/order?kind=firm").submit(action=f"{HERE}/order", button="Briefe beauftragen")
    work(app)
    assert "4 gültige Codes enden damit" in visitor.page(f"{HERE}/order?channel=mail&kind=firm&reissue=y").text
    page = order(visitor, "kind=firm&reissue=y", sure="4")
    work(app)
    assert "im Postausgang" in visitor.page(page.path).text
    assert "4 Briefe gelten nicht mehr" in visitor.page(letters.path).text
    with app.app_context():
        stored = str(db.session.execute(text("SELECT subject, text, recipient FROM mail")).all())
        readable = [mail.text for mail in db.session.scalars(select(Mail))]
    assert f"{BASE}/code#" in readable[0]
    for mail in readable:
        assert code_in(mail) not in stored.replace("-", ""), "in the outbox too it is sealed"
    send(app)
    arrived = {mail["To"]: mail.get_content() for mail in server.received}
    assert len(arrived) == 4
    assert {lets_in(app, code_in(mail)) for mail in arrived.values()} == {4, 5, 6, 7}
    assert lets_in(app, code_in(arrived["info-5@firma.example"])) == 5
    overview = visitor.page(HERE).text
    assert "mit gültigem Brief0" in overview
    assert "mit gültiger Einladung per E-Mail4" in overview


def test_a_mail_whose_code_has_ended_is_not_sent(app: Flask, world: World, server: MailServer) -> None:
    visitor = visit(app, world.consultation_admin)
    order(visitor, "kind=firm")
    work(app)
    visitor.page(f"/consultations/round/help-desk/{world.firm}").submit(button="Eine E-Mail kam zurück")
    send(app)
    assert states(app)[f"info-{world.firm}@firma.example"] == "dropped"
    assert len(server.received) == 3
    assert "nicht mehr nötig (1)" in visitor.page("/mail").text


def test_reminders_tell_not_begun_from_draft_not_submitted(app: Flask, world: World, server: MailServer) -> None:
    visitor = visit(app, world.consultation_admin)
    order(visitor, "kind=firm")
    work(app)
    send(app)
    # The firm has a draft; one has come in, one has submitted, one has done nothing; nobody else was invited.
    answers(app, world, 1)
    _, came_in, submitted = world.round.firms
    use_code(app, came_in)
    with app.app_context():
        submit(world.round, submitted, "1A1B5~5~5~5~")
        with transaction() as session:
            session.execute(update(Account).where(Account.id == world.colleague).values(language="en"))
        people = {one.id: one.email for one in db.session.scalars(select(Account))}
        db.session.remove()
    overview = visitor.page(HERE).text
    assert "Entwurf nicht abgegeben: 2" in overview
    # The chamber whose people have a login counts as invited; here they are no voters.
    assert "Nicht begonnen: 1" in overview
    before = len(server.received)
    order(visitor, "occasion=not_begun", sure="1")
    order(visitor, "occasion=draft", sure="1")
    work(app)
    send(app)
    arrived = {mail["To"]: mail for mail in server.received[before:]}
    assert set(arrived) == {
        f"info-{world.foreign_firm}@firma.example",
        f"info-{came_in}@firma.example",
        people[world.voter],
        people[world.colleague],
    }
    assert "Bisher haben Sie noch nicht begonnen" in unwrapped(arrived[f"info-{world.foreign_firm}@firma.example"])
    assert arrived[f"info-{came_in}@firma.example"]["Subject"].startswith("Ihr Entwurf ist noch nicht abgegeben")
    assert lets_in(app, code_in(arrived[f"info-{came_in}@firma.example"].get_content())) == came_in
    assert "has not submitted the order yet" in unwrapped(arrived[people[world.colleague]])
    assert f"{BASE}/consultations/round/ballot" in arrived[people[world.voter]].get_content()
    # Not twice within a week, and again after it.
    for occasion in ("not_begun", "draft"):
        assert (
            "Wer in den letzten 7 Tagen erinnert wurde"
            in visitor.page(f"{HERE}/order?channel=mail&occasion={occasion}").text
        )
    with app.app_context(), transaction() as session:
        session.execute(update(Sending).values(made_at=clock() - timedelta(days=8)))
    assert "1 Organisation erhält" in visitor.page(f"{HERE}/order?channel=mail&occasion=not_begun").text


def unwrapped(mail) -> str:  # type: ignore[no-untyped-def]
    return " ".join(mail.get_content().split())


def test_whoever_submits_while_the_reminder_waits_gets_none(app: Flask, world: World, server: MailServer) -> None:
    visitor = visit(app, world.consultation_admin)
    answers(app, world, 1)
    order(visitor, "occasion=draft")
    with app.app_context():
        submit(world.round, world.firm, "1A1B5~5~5~5~")
        db.session.remove()
    work(app)
    assert states(app) == {}, "submitted before the worker came"
    use_firm(app, world.round.firms[1])
    order(visitor, "occasion=draft", sure="1")
    work(app)
    assert list(states(app).values()) == ["waiting"]
    with app.app_context():
        submit(world.round, world.round.firms[1], "1A1B5~5~5~5~")
        db.session.remove()
    send(app)
    assert list(states(app).values()) == ["dropped"]
    assert server.received == []


def use_firm(app: Flask, organisation_id: int) -> None:
    """Let an organisation come in by a letter of the help desk."""
    with app.app_context():
        issue_letter(1, organisation_id, 1, 5)
        db.session.remove()
    use_code(app, organisation_id)


def test_closing_stops_what_waits(app: Flask, world: World, server: MailServer) -> None:
    visitor = visit(app, world.consultation_admin)
    answers(app, world, 1)
    order(visitor, "occasion=draft")
    order(visitor, "kind=firm")
    work(app)
    with app.app_context():
        close_consultation("round")
    send(app)
    assert set(states(app).values()) == {"dropped"}
    assert server.received == []


def test_a_refused_address_is_marked_until_a_mail_gets_through(app: Flask, world: World, server: MailServer) -> None:
    visitor = visit(app, world.consultation_admin)
    server.recipient_answers = ["550 5.1.1 no such user"]
    order(visitor, "kind=municipality")
    work(app)
    send(app)
    assert list(states(app).values()) == ["failed"]
    outbox = visitor.page("/mail").text
    assert "550 5.1.1 no such user" in outbox
    assert "1 Adresse nimmt nichts an" in outbox
    assert "das RuhrVote nicht liest" in outbox
    town = world.round.municipalities[0]
    assert "1 E-Mail-Adresse nimmt nichts an" in visitor.page(HERE).text
    desk = visitor.page(f"/consultations/round/help-desk/{town}").text
    assert "nimmt nichts an" in desk
    assert "550 5.1.1 no such user" in desk
    assert (
        "Mit dieser Auswahl ist niemand gemeint"
        in visitor.page(f"{HERE}/order?channel=mail&kind=municipality&reissue=y").text
    )
    visitor.page("/mail?state=failed").submit(action="/mail/1/again")
    send(app)
    assert "nimmt nichts an" not in visitor.page("/mail").text
    assert len(server.received) == 1


def test_a_mail_that_came_back_ends_its_code_and_reminders_until_somebody_uses_a_link(
    app: Flask, world: World, server: MailServer
) -> None:
    visitor = visit(app, world.consultation_admin)
    order(visitor, "kind=municipality")
    work(app)
    send(app)
    (mail,) = server.received
    town = world.round.municipalities[0]
    assert lets_in(app, code_in(mail.get_content())) == town
    page = visitor.page("/mail?state=sent").submit(action="/mail/1/returned")
    assert "Vermerkt" in page.text
    assert "kam zurück (1)" in page.text
    assert lets_in(app, code_in(mail.get_content())) is None
    assert "kam zurück" in visitor.page(f"/consultations/round/help-desk/{town}").text
    nobody = "Mit dieser Auswahl ist niemand gemeint"
    again = f"{HERE}/order?channel=mail&kind=municipality"
    assert nobody in visitor.page(again).text
    assert "1 Brief" in visitor.page(f"{HERE}/order?kind=municipality").text, "a letter goes there instead"
    assert post(visitor, "/mail/1/returned").status_code == 409

    # People of the organisation who log in: their address is marked as well, and accepting a mail proves nothing.
    with app.app_context():
        with transaction() as session:
            session.execute(update(Account).where(Account.id == world.voter).values(email="kim@firma.example"))
            session.execute(update(Account).where(Account.id == world.colleague).values(email=None))
        ask_for_link("kim@firma.example", language="de", client=UNKNOWN_CLIENT)
        do_jobs(LINKS)
        links = [mail.text for mail in db.session.scalars(select(Mail).where(Mail.purpose == "login_link"))]
        db.session.remove()
    answers(app, world, 1)
    send(app)
    visitor.page("/mail?state=sent").submit(action="/mail/2/returned")
    with app.app_context(), transaction() as session:
        session.execute(update(Organisation).where(Organisation.id == world.firm).values(contact_email=None))
    reminder = f"{HERE}/order?channel=mail&occasion=draft"
    assert nobody in visitor.page(reminder).text
    with app.app_context():
        ask_for_link("kim@firma.example", language="de", client=UNKNOWN_CLIENT)
        do_jobs(LINKS)
    send(app)
    assert nobody in visitor.page(reminder).text
    token = re.findall(r"by-link#(\S+)", links[0])[0]
    assert post(app.test_client(), "/login/by-link", {"token": token}).status_code == 303
    assert "1 Organisation erhält" in visitor.page(reminder).text


def test_a_chamber_writes_its_own_words(app: Flask, world: World, server: MailServer) -> None:
    visitor = visit(app, world.chamber_admin)
    page = visitor.page("/letterhead").follow("E-Mail: Einladung (Deutsch)")
    page.submit({"subject": "{organisation}: jetzt", "body": "Liebe {organisation} {unknown}"}, button="Text speichern")
    order(visitor, "kind=municipality")
    work(app)
    send(app)
    (mail,) = server.received
    assert mail["Subject"] == "municipality 1 (round): jetzt"
    assert unwrapped(mail).startswith("Liebe municipality 1 (round) {unknown} https://vote.ruhr.example/code#")
    page = visitor.page("/letterhead").follow("E-Mail: Einladung (Deutsch)").submit(button="Zur Vorgabe zurückkehren")
    assert "eigener Text" not in page.text
