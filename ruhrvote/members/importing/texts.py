"""What an import tells people: where it stands, why a file is not read, and what is wrong with a row."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ruhrvote.members.importing.models import Outside, State

STATES = {
    State.UPLOADED: (_l("being looked at"), "info"),
    State.COLUMNS: (_l("waits for you: columns"), "warning"),
    State.CHECKING: (_l("being checked"), "info"),
    State.CHECKED: (_l("waits for you: preview"), "warning"),
    State.APPLYING: (_l("being applied"), "info"),
    State.MATCHING: (_l("applied, searching for likely duplicates"), "info"),
    State.DONE: (_l("applied"), "success"),
    State.REFUSED: (_l("file refused"), "danger"),
    State.FAILED: (_l("failed, nothing applied"), "danger"),
    State.ABANDONED: (_l("given up, nothing applied"), "plain"),
}
OUTSIDE = {
    Outside.TAKE_IN: _l("Take them in without a municipality: they count for the chamber and for no municipality."),
    Outside.REFUSE: _l("Refuse them: such a row is faulty, and as long as there is one nothing is applied."),
}
ENCODINGS = {"xlsx": "Excel (XLSX)", "utf-8": "UTF-8", "utf-8-sig": _l("UTF-8 with BOM"), "cp1252": "Windows-1252"}
DELIMITERS = {";": _l("semicolons"), ",": _l("commas"), "\t": _l("tabs"), "": ""}
REASONS = {
    "register": _l("same register number"),
    "postcode": _l("same name and postcode"),
    "street": _l("same name and street"),
}
SAVE_AGAIN = _l("Save the list as “Excel workbook (.xlsx)” or as “CSV UTF-8” and upload that file.")
# Why a file is refused, and what to do; %(detail)s is a number or a line.
PROBLEMS = {
    "empty": (_l("The file is empty."), _l("Upload the file with the members, with the names of its columns on top.")),
    "no_text": (_l("The file is no list: it holds bytes that are in no text."), SAVE_AGAIN),
    "utf_16": (_l("The file is encoded as UTF-16 (“Unicode text”), which is not read."), SAVE_AGAIN),
    "ods": (_l("The file is an OpenDocument spreadsheet, which is not read."), SAVE_AGAIN),
    "old_or_encrypted": (
        _l("The file is an old Excel file (.xls), or it is protected by a password."),
        _l("Take the password away, save the list as “Excel workbook (.xlsx)” and upload that file."),
    ),
    "encrypted": (
        _l("The file is protected by a password."),
        _l("Take the password away, save the list and upload it again."),
    ),
    "broken_workbook": (_l("The Excel file is damaged and cannot be read."), SAVE_AGAIN),
    "too_many_parts": (_l("The Excel file has more than %(detail)s parts inside."), SAVE_AGAIN),
    "bomb": (
        _l("Unpacked, the Excel file would be far larger than any list of members."),
        _l("Copy the list into a new workbook and upload that. Values are enough, without formats and pictures."),
    ),
    "document_type": (
        _l("The Excel file defines entities of its own, as no spreadsheet program does."),
        _l("If it does not come from you, do not open it. Otherwise copy the list into a new workbook."),
    ),
    "not_a_list": (_l("The first sheet of the Excel file holds no list."), SAVE_AGAIN),
    "long_cell": (
        _l("A cell holds more than %(detail)s characters."),
        _l("Shorten it; a name has 200 characters at most."),
    ),
    "too_many_columns": (
        _l("The file has more than %(detail)s columns."),
        _l("Delete the columns that are not needed and upload the file again."),
    ),
    "too_many_rows": (
        _l("The file has more than %(detail)s rows."),
        _l("A chamber's list has no more than that. Check whether the right file was chosen."),
    ),
    "broken_quotes": (
        _l("From line %(detail)s on the file cannot be read: a quotation mark is not closed there."),
        _l("Correct this line and upload the file again."),
    ),
    "long_line": (
        _l("Line %(detail)s is far too long for a member."),
        _l("Check whether each member has a line, and whether the right file was chosen."),
    ),
    "file_is_gone": (
        _l("The uploaded file is not there any more."),
        _l("Upload it again. If that happens again: web server and worker must share one data folder."),
    ),
    "register_changed": (
        _l("While the file was being applied somebody else changed the same members. Nothing was applied."),
        _l("Upload the file again."),
    ),
    "failed": (
        _l("Something went wrong on our side. Nothing was applied."),
        _l("Upload the file again. If it fails once more, tell those who run the server."),
    ),
    "unattended": (
        _l("Nobody went on with this import for a day, so the file was deleted. Nothing was applied."),
        _l("Upload the file again."),
    ),
}
# What is wrong with a cell, and what to do.
FAULTS = {
    "missing": _l("is missing; every member needs one"),
    "twice": _l("stands in the file twice, first on the line named; delete one of the rows"),
    "too_long": _l("is too long; shorten it"),
    "unreadable": _l("holds characters that cannot be read; type it anew"),
    "no_name": _l("is no name"),
    "formula": _l("is a formula; paste its value instead"),
    "no_address": _l("is no e-mail address"),
    "no_postcode": _l("is no postcode"),
    "no_key": _l("is no official municipality key, which has eight digits"),
    "no_size": _l("is no size: write a number of people or 1-9, 10-49, 50-249, 250+"),
    "outside": _l("is outside the region's municipalities, and you chose to refuse such rows"),
    "no_place": _l("is missing, so the municipality is not known, and you chose to refuse such rows"),
    "too_many_cells": _l("stands to the right of the last column"),
}
