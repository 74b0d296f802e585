"""Circles: whose ballot somebody may read.

A circle is the people of an organisation who let each other in. An account begins a circle of its own, whether a
letter's code, an invitation by the chamber or the command line made it; only somebody whom a colleague has invited
joins the colleague's. So what a person may read follows from what this person or a colleague of theirs has chosen, and
never from what somebody else has issued: a code is known to whoever holds the print file. What other circles of the
organisation wrote, they see as a fact: that there is a version, and since when.

This is the only place that decides it. Drafts are stored by circle, and a submission is read by `ballots.queries`.
"""

from __future__ import annotations

from ruhrvote.accounts.models import Account


def may_read(reader: Account, writer: Account | None) -> bool:
    """Whether somebody may read what this account wrote for their organisation.

    Without a writer it is an invented ballot of a demonstration, which the people of the demonstration may read.
    """
    if writer is None:
        return reader.is_demo
    return (reader.organisation_id, reader.circle) == (writer.organisation_id, writer.circle)
