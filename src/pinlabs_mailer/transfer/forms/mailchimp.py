"""Mailchimp's export of an audience: one file for each status, told by its name and its columns.

`subscribed_...` proves consent where it shows when and from where somebody signed up and
confirmed: OPTIN_TIME, OPTIN_IP, CONFIRM_TIME, CONFIRM_IP. People who were imported there, or added
by hand, have no OPTIN_IP and are pending. `unsubscribed_...` are withdrawn, `cleaned_...` bounced.
`nonsubscribed_...` never agreed to get a newsletter and is refused. Times are in UTC.
"""

import re
from collections.abc import Sequence
from pathlib import PurePath

from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.transfer.columns import Columns
from pinlabs_mailer.transfer.stated import Reading, Stated

_PROOF = ("OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP")
_KINDS = ("subscribed", "unsubscribed", "cleaned")


def arrange(columns: Columns, file: str) -> Reading:
    """Return what reads a record of this export."""
    kind = _kind(columns, file)
    email = columns.need("Email Address", "Email")
    names = [columns.find("First Name"), columns.find("Last Name")]
    proof = [columns.need(name) for name in _PROOF]
    unsubscribed, cleaned = columns.find("UNSUB_TIME"), columns.find("CLEAN_TIME")
    reason = columns.find("UNSUB_REASON")

    def read(cells: Sequence[str]) -> Stated:
        def cell(place: int | None) -> str:
            return "" if place is None else cells[place].strip()

        left, bounced = cell(unsubscribed), cell(cleaned)
        stated = Stated(cell(email), " ".join(filter(None, map(cell, names))))
        if kind == "unsubscribed" or left:
            why = f"Mailchimp: unsubscribed {left}; {cell(reason)}".rstrip("; ")
            return stated._replace(status="withdrawn", withdrawn_at=left, note=why)
        if kind == "cleaned" or bounced:
            note = f"Mailchimp: cleaned {bounced}".rstrip()
            return stated._replace(suppressed="bounce", status="none", note=note)
        asked, asked_from, agreed, agreed_from = map(cell, proof)
        if not (asked and asked_from and agreed and agreed_from):
            return stated._replace(consented_at=agreed or asked)
        evidence = f"Mailchimp: signed up {asked} from {asked_from}"
        evidence += f", confirmed {agreed} from {agreed_from}"
        return stated._replace(consented_at=agreed, evidence=evidence)

    return read


def _kind(columns: Columns, file: str) -> str:
    name = PurePath(file).name.lower()
    if match := re.match(r"(nonsubscribed|unsubscribed|subscribed|cleaned)_", name):
        kind = match[1]
    elif columns.find("CLEAN_TIME") is not None:
        kind = "cleaned"
    elif columns.find("UNSUB_TIME") is not None:
        kind = "unsubscribed"
    else:
        kind = ""
    if kind == "nonsubscribed":
        raise BadInput(
            "The people in Mailchimp's nonsubscribed file never asked for a newsletter.",
            "Leave that file out.",
        )
    if kind not in _KINDS:
        raise BadInput(
            f"The name {name[:80]!a} does not tell which of Mailchimp's files this is.",
            "Keep the name it came with: subscribed_..., unsubscribed_... or cleaned_...",
        )
    return kind
