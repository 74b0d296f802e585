"""What staff can and cannot do is said in the same words on the page and in the document, each with its test."""

from __future__ import annotations

import importlib

from flask import Flask
from flask_babel import force_locale

from ruhrvote.config import ROOT
from ruhrvote.privacy.views import CAN, CANNOT
from tests.people import World, visit

MEMBERS, BALLOTS, DESK, CODES = (
    "tests.members.test_organisations",
    "tests.security.test_own_ballots",
    "tests.invitations.test_help_desk",
    "tests.accounts.test_code_login",
)
TESTS = {
    "See the name": (DESK, "test_says_where_it_stands_and_never_what_was_chosen"),
    "Invite somebody": (MEMBERS, "TestCreatingAnAccount.test_an_invitation_goes_to_the_address_on_file"),
    "Order a letter": (CODES, "TestNotIn.test_a_new_letter_replaces_the_old_one_and_ends_its_logins"),
    "Correct the details": ("tests.members.test_editing", "test_the_audit_trail_names_who_changed_an_organisation"),
    "Erase a person": ("tests.privacy.test_own_data", "test_an_admin_erases_who_asks_for_it_within_reach_only"),
    "Read what is in": (BALLOTS, "test_nothing_of_a_ballot_is_told_to_who_did_not_write_it"),
    "Choose, see": (
        MEMBERS,
        "TestCreatingAnAccount.test_never_to_an_address_and_never_with_a_password_of_the_admins_choice",
    ),
    "Say who": (MEMBERS, "TestCreatingAnAccount.test_a_team_names_its_signatory_and_nobody_else_does"),
    "Withdraw": (BALLOTS, "test_a_stranger_replaces_and_does_not_withdraw"),
    "Read a code": ("tests.invitations.test_codes_on_paper", "test_codes_are_on_the_letters_and_nowhere_else"),
}


def test_each_sentence_has_a_test() -> None:
    with force_locale("en"):
        for sentence in (*CAN, *CANNOT):
            (start,) = [start for start in TESTS if str(sentence).startswith(start)]
            module, name = TESTS[start]
            found: object = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
            assert callable(found), sentence


def test_the_page_and_the_document_say_them(app: Flask, world: World) -> None:
    page = visit(app, Accept_Language="en").page("/privacy").text
    document = " ".join((ROOT / "docs" / "data-protection.md").read_text(encoding="utf-8").split())
    with app.app_context(), force_locale("en"):
        for sentence in map(str, (*CAN, *CANNOT)):
            assert sentence in page
            assert sentence in document
